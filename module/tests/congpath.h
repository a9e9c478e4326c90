/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small model of a path for suites of congestion controls.
 *
 * Senders that always have data share a bottleneck of a rate, with a queue that drops when it is
 * full and marks beyond a threshold, and a round trip that is the same for all. A segment is sent
 * into it, and that settles when its ACK will come: nothing overtakes. A loss is found by the ACK
 * of the next segment that came through; what was lost is as good as sent again, for all segments
 * are alike.
 */
#ifndef _ATCP_TESTS_CONGPATH_H
#define _ATCP_TESTS_CONGPATH_H

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/math64.h>

#include "proto/cong.h"

#define ATCP_PATH_SEGS	4096	/* in flight at the most */
#define ATCP_PATH_MSS	1448u

/* A segment in flight: times in us. */
struct atcp_path_seg {
	u64 sent_us, ack_us;
	u64 first_us, acked_us;
	u32 delivered, flight, lost;
	bool dropped, marked;
};

/**
 * struct atcp_path_link - the bottleneck
 * @gap_ns: a segment takes so long
 * @rtt_us: round trip without the queue
 * @limit: segments that the queue holds
 * @mark: length from which it marks, segments; 0: never
 * @loss: one in so many is lost for no reason; 0: none
 * @free_ns: when the last one has gone through
 * @queued: sum of the queue's lengths that segments met
 * @met: so many did
 * @drops: segments lost
 * @marks: segments marked
 * @count: of @loss
 */
struct atcp_path_link {
	u64 gap_ns;
	u32 rtt_us;
	u32 limit;
	u32 mark;
	u32 loss;
	u64 free_ns;
	u64 queued;
	u64 met;
	u64 drops;
	u64 marks;
	u32 count;
};

/* A sender. @limited: has data for so many segments in flight only; 0: for any number. */
struct atcp_path_flow {
	struct atcp_cong c;
	struct atcp_path_seg ring[ATCP_PATH_SEGS];
	u32 head, tail;
	u32 delivered, lost, ce;
	u64 next_ns;
	u64 first_us, acked_us;
	u32 recovery_end;
	u32 srtt_us;
	u32 limited;
	bool cwnd_limited;
};

static inline void atcp_path_open(struct atcp_path_flow *f, const struct atcp_cong_ops *ops,
				  const struct atcp_path_link *l, u64 now_us, bool ecn)
{
	const struct atcp_cong_path path = {
		.now_us = now_us, .srtt_us = l->rtt_us, .mss = ATCP_PATH_MSS, .ecn = ecn,
		.sack = true,
	};

	memset(f, 0, sizeof(*f));
	f->srtt_us = l->rtt_us;
	atcp_cong_start(&f->c, ops, ATCP_PATH_MSS);
	atcp_cong_begin(&f->c, &path);
}

static inline u32 atcp_path_flight(const struct atcp_path_flow *f)
{
	return f->head - f->tail;
}

static inline void atcp_path_send(struct atcp_path_flow *f, struct atcp_path_link *l, u64 now_ns)
{
	struct atcp_path_seg *s = &f->ring[f->head % ATCP_PATH_SEGS];
	u64 now_us = div_u64(now_ns, 1000), start = max(now_ns, l->free_ns);
	u32 queue = (u32)div64_u64(start - now_ns, l->gap_ns);

	if (!atcp_path_flight(f)) {
		if (f->c.ops->control && f->limited)
			atcp_cong_tell(&f->c, ATCP_CONG_EV_TX_START, now_us);
		f->first_us = now_us;
		f->acked_us = now_us;
	}
	*s = (struct atcp_path_seg) {
		.sent_us = now_us, .first_us = f->first_us, .acked_us = f->acked_us,
		.delivered = f->delivered, .flight = atcp_path_flight(f) + 1, .lost = f->lost,
	};
	f->head++;
	l->queued += queue;
	l->met++;
	s->dropped = queue >= l->limit || (l->loss && ++l->count % l->loss == 0);
	if (s->dropped) {
		l->drops++;
		s->ack_us = div_u64(start, 1000) + l->rtt_us;
	} else {
		s->marked = l->mark && queue >= l->mark;
		l->marks += s->marked;
		l->free_ns = start + l->gap_ns;
		s->ack_us = div_u64(l->free_ns, 1000) + l->rtt_us;
	}
	if (f->c.pacing_rate)
		f->next_ns = max(f->next_ns, now_ns) +
			     div64_u64((u64)ATCP_PATH_MSS * NSEC_PER_SEC, f->c.pacing_rate);
}

/* What went before a segment that has come, and has not come itself, is lost. */
static inline void atcp_path_lose(struct atcp_path_flow *f, const struct atcp_path_seg *s)
{
	f->lost++;
	if (f->c.ops->on_lost) {
		const struct atcp_cong_lost l = {
			.now_us = s->ack_us, .prior = s->delivered, .flight = s->flight,
			.lost = f->lost - s->lost, .segs = 1,
		};

		f->c.ops->on_lost(&f->c, &l);
	}
	if (f->c.in_recovery && f->tail < f->recovery_end)
		return;
	atcp_cong_enter_recovery(&f->c);
	atcp_cong_tell(&f->c, ATCP_CONG_EV_RECOVERY, s->ack_us);
	f->recovery_end = f->head;
	if (!f->c.ops->control)
		f->c.cwnd = f->c.ssthresh;
}

/* The segment at the tail has come: all that an ACK of it does. */
static inline void atcp_path_ack(struct atcp_path_flow *f, u32 newly_lost, u32 before)
{
	const struct atcp_path_seg s = f->ring[f->tail % ATCP_PATH_SEGS];
	u64 send_us = s.sent_us - s.first_us, ack_us = s.ack_us - s.acked_us;
	struct atcp_cong_sample n = {
		.now_us = s.ack_us, .acked = 1, .ce = s.marked, .lost = newly_lost,
		.delivered = f->delivered + 1, .in_flight = before,
		.rtt_us = s.ack_us - s.sent_us, .srtt_us = f->srtt_us, .mss = ATCP_PATH_MSS,
		.snd_una = f->tail + 1, .snd_nxt = f->head,
		.cwnd_limited = f->cwnd_limited, .is_ecn = s.marked,
		.dr = {
			.us = max(send_us, ack_us), .prior = s.delivered, .flight = s.flight,
			.limited = f->limited, .lost = f->lost - s.lost,
		},
	};

	f->tail++;
	f->delivered++;
	f->ce += s.marked;
	f->first_us = s.sent_us;
	f->acked_us = s.ack_us;
	n.dr.segs = f->delivered - s.delivered;
	n.left = atcp_path_flight(f);
	f->srtt_us += ((s32)n.rtt_us - (s32)f->srtt_us) / 8;
	if (f->c.ops->on_news)
		f->c.ops->on_news(&f->c, &n);
	if (f->c.in_recovery && f->tail >= f->recovery_end)
		atcp_cong_exit_recovery(&f->c, n.now_us);
	if (s.marked && !f->c.in_recovery) {
		atcp_cong_on_ece(&f->c);
		f->recovery_end = f->head;
		if (!f->c.ops->control)
			f->c.cwnd = f->c.ssthresh;
	}
	if (f->c.ops->control)
		atcp_cong_control(&f->c, &n);
	else
		atcp_cong_on_ack(&f->c, &n);
}

/* Segments that were dropped and that the next one which came through shows to be lost. */
static inline void atcp_path_arrive(struct atcp_path_flow *f)
{
	u32 before = atcp_path_flight(f), lost = 0;

	while (atcp_path_flight(f) && f->ring[f->tail % ATCP_PATH_SEGS].dropped) {
		/* The last ones of all: as if a probe had found it. */
		atcp_path_lose(f, &f->ring[f->tail % ATCP_PATH_SEGS]);
		f->tail++;
		lost++;
	}
	if (atcp_path_flight(f))
		atcp_path_ack(f, lost, before);
}

/* When the next ACK comes, ns. */
static inline u64 atcp_path_ack_ns(const struct atcp_path_flow *f)
{
	u32 i;

	for (i = f->tail; i != f->head; i++)
		if (!f->ring[i % ATCP_PATH_SEGS].dropped || i + 1 == f->head)
			return f->ring[i % ATCP_PATH_SEGS].ack_us * NSEC_PER_USEC;
	return U64_MAX;
}

/* When the next segment may be sent, ns. */
static inline u64 atcp_path_send_ns(struct atcp_path_flow *f, u64 now_ns)
{
	u32 flight = atcp_path_flight(f);

	f->cwnd_limited = flight >= f->c.cwnd;
	if (f->cwnd_limited || flight >= ATCP_PATH_SEGS - 1 || (f->limited && flight >= f->limited))
		return U64_MAX;
	return max(now_ns, f->next_ns);
}

/* Lets @n senders send from @from_us to @to_us. */
static inline void atcp_path_run(struct atcp_path_flow *f, unsigned int n,
				 struct atcp_path_link *l, u64 from_us, u64 to_us)
{
	u64 now_ns = from_us * NSEC_PER_USEC;

	while (now_ns < to_us * NSEC_PER_USEC) {
		u64 best = U64_MAX, at;
		unsigned int i, who = 0;
		bool ack = false;

		for (i = 0; i < n; i++) {
			at = atcp_path_ack_ns(&f[i]);
			if (at < best) {
				best = at;
				who = i;
				ack = true;
			}
			at = atcp_path_send_ns(&f[i], now_ns);
			if (at < best) {
				best = at;
				who = i;
				ack = false;
			}
		}
		if (best == U64_MAX)
			return;
		now_ns = max(now_ns, best);
		if (ack)
			atcp_path_arrive(&f[who]);
		else
			atcp_path_send(&f[who], l, now_ns);
	}
}

/* The mean length of the queue since the last look, in tenths of a segment. */
static inline u32 atcp_path_queue(struct atcp_path_link *l)
{
	u32 mean = l->met ? (u32)div64_u64(l->queued * 10, l->met) : 0;

	l->queued = 0;
	l->met = 0;
	return mean;
}

#endif /* _ATCP_TESTS_CONGPATH_H */
