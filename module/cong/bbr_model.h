/* SPDX-License-Identifier: GPL-2.0 */
/* BBR's model of a path: what is known of it, and what that says of how much may be sent. */
#ifndef _ATCP_CONG_BBR_MODEL_H
#define _ATCP_CONG_BBR_MODEL_H

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "proto/cong.h"

#define ATCP_BBR_INF		U32_MAX		/* not bounded */
#define ATCP_BBR_BW_SHIFT	24		/* of a rate: segments a microsecond */
#define ATCP_BBR_GAIN(x)	((u16)((x) * 256 / 100))	/* percent */

/* Section 2.8 and others of the draft. */
#define ATCP_BBR_MIN_PIPE	4u		/* segments */
#define ATCP_BBR_LOSS_PERCENT	2u		/* more than that in a round trip is too much */
#define ATCP_BBR_LOSS_RANGES	6u		/* in so many places, in startup */
#define ATCP_BBR_CE_ROUNDS	2u		/* half of all is marked for so many, in startup */
#define ATCP_BBR_FULL_ROUNDS	3u		/* without growth: the path is full */
#define ATCP_BBR_DRAIN_ROUNDS	3u		/* at the most */
#define ATCP_BBR_RENO_ROUNDS	63u		/* between probes, at the most */
#define ATCP_BBR_WAIT_MS	2000u		/* and up to a second more */
#define ATCP_BBR_PROBE_RTT_MS	5000u		/* after so long without a shorter RTT */
#define ATCP_BBR_PROBE_LAST_MS	200u
#define ATCP_BBR_MIN_RTT_MS	10000u		/* so long it is remembered */
#define ATCP_BBR_EXTRA_ROUNDS	5u		/* half of what aggregation is remembered for */
#define ATCP_BBR_MARGIN_PERCENT	99u		/* pacing stays that much below the rate */
#define ATCP_BBR_SLOW		150000u		/* bytes/s, below which segments go one by one */
#define ATCP_BBR_QUANTUM	65536u		/* the most sent as one, bytes */

enum atcp_bbr_state {
	ATCP_BBR_STARTUP,
	ATCP_BBR_DRAIN,
	ATCP_BBR_DOWN,
	ATCP_BBR_CRUISE,
	ATCP_BBR_REFILL,
	ATCP_BBR_UP,
	ATCP_BBR_PROBE_RTT,
};

/* What the ACKs that come are of, seen from the last probe. */
enum atcp_bbr_acks {
	ATCP_BBR_ACKS_NONE,
	ATCP_BBR_ACKS_REFILLING,
	ATCP_BBR_ACKS_STARTING,
	ATCP_BBR_ACKS_FEEDBACK,
	ATCP_BBR_ACKS_STOPPING,
};

/**
 * struct atcp_bbr - the model of a path
 * Rates are segments a microsecond << ATCP_BBR_BW_SHIFT, amounts segments. Some of a count of
 * delivered segments end a round trip when a segment is delivered that was sent after them.
 * @bw_max: highest rates of the last cycle of probing and of this one
 * @bw: what is paced by
 * @bw_lo: bound of it until the next probe
 * @bw_latest: highest rate of this round trip
 * @full_bw: rate that is to be exceeded by a quarter, or the path is full
 * @undo_bw_lo: @bw_lo before the losses of this round trip
 * @inflight_hi: what the last probe found to be safe
 * @inflight_lo: bound until the next probe
 * @inflight_latest: the most delivered in a round trip of this one
 * @undo_inflight_hi: @inflight_hi before the losses of this round trip
 * @undo_inflight_lo: likewise
 * @delivered: segments delivered so far
 * @round_end: of the round trip
 * @loss_end: of the round trip over which losses are looked at
 * @ce: segments marked in the latter
 * @prior_cwnd: the last cwnd that was good, before recovery or a probe of the RTT
 * @up_acked: segments delivered since @inflight_hi was raised last
 * @up_per_inc: so many raise it by one
 * @extra_us: since when deliveries exceed what @bw expects, us
 * @extra_acked: segments delivered since
 * @extra: by how much, at the most, in two spans of round trips
 * @min_rtt_us: shortest RTT of the last 10 s
 * @min_rtt_ms: when that was measured, ms
 * @probe_min_us: shortest RTT since the last probe for it
 * @probe_min_ms: when that was measured, or the last such probe ended, ms
 * @probe_done_ms: when the present one ends, ms
 * @cycle_ms: when down began, ms
 * @mss: bytes of a full segment
 * @wait_ms: so long after that there is a probe for the rate
 * @rounds_since_up: round trips since then
 * @full_rounds: round trips without growth
 * @up_rounds: round trips of growth of @inflight_hi
 * @extra_rounds: round trips of the present span
 * @drain_rounds: round trips in drain
 * @loss_events: ACKs of this round trip that showed losses
 * @ce_rounds: round trips of startup in which half was marked
 * @state: enum atcp_bbr_state
 * @acks: enum atcp_bbr_acks
 * @undo_state: startup or up, which losses of this round trip ended; down: neither
 * @full_now: the path is full, in this probe
 * @full: it was, once
 * @round_start: a round trip has ended with this ACK
 * @loss_round_start: one over which losses are looked at has
 * @loss_in_round: there were some in it
 * @probe_sample: ACKs are of segments that a probe for the rate has sent
 * @too_high: the last such probe lost too much
 * @careful: the present one has ended early for that
 * @idle_restart: nothing was in flight, for there was nothing to send
 * @probe_rtt_due: there was no shorter RTT for long
 * @probe_rtt_timed: @probe_done_ms is set
 * @probe_rtt_round: and a round trip has passed
 * @seen_rtt: the initial pacing rate is by an RTT
 * @sack: more than one loss in a round trip can be told
 */
struct atcp_bbr {
	u32 bw_max[2];
	u32 bw;
	u32 bw_lo;
	u32 bw_latest;
	u32 full_bw;
	u32 undo_bw_lo;
	u32 inflight_hi;
	u32 inflight_lo;
	u32 inflight_latest;
	u32 undo_inflight_hi;
	u32 undo_inflight_lo;
	u32 delivered;
	u32 round_end;
	u32 loss_end;
	u32 ce;
	u32 prior_cwnd;
	u32 up_acked;
	u32 up_per_inc;
	u32 extra_us;
	u32 extra_acked;
	u32 extra[2];
	u32 min_rtt_us;
	u32 min_rtt_ms;
	u32 probe_min_us;
	u32 probe_min_ms;
	u32 probe_done_ms;
	u32 cycle_ms;
	u32 mss;
	u16 wait_ms;
	u8 rounds_since_up;
	u8 full_rounds;
	u8 up_rounds;
	u8 extra_rounds;
	u8 drain_rounds;
	u8 loss_events;
	u8 ce_rounds;
	u8 state;
	u8 acks;
	u8 undo_state;
	u8 full_now:1,
	   full:1,
	   round_start:1,
	   loss_round_start:1,
	   loss_in_round:1,
	   probe_sample:1,
	   too_high:1,
	   careful:1;
	u8 idle_restart:1,
	   probe_rtt_due:1,
	   probe_rtt_timed:1,
	   probe_rtt_round:1,
	   seen_rtt:1,
	   sack:1;
};

/* Percent * 256 / 100 of the rate, and of rate times round trip. */
struct atcp_bbr_gain {
	u16 pacing;
	u16 cwnd;
};

extern const struct atcp_bbr_gain atcp_bbr_gains[];

static inline struct atcp_bbr *atcp_bbr_of(struct atcp_cong *c)
{
	BUILD_BUG_ON(sizeof(struct atcp_bbr) > sizeof(c->priv));
	return (struct atcp_bbr *)c->priv;
}

static inline u32 atcp_bbr_ms(u64 now_us)
{
	return (u32)div_u64(now_us, USEC_PER_MSEC);
}

static inline u32 atcp_bbr_max_bw(const struct atcp_bbr *b)
{
	return max(b->bw_max[0], b->bw_max[1]);
}

static inline bool atcp_bbr_probes_bw(const struct atcp_bbr *b)
{
	return b->state >= ATCP_BBR_DOWN && b->state <= ATCP_BBR_UP;
}

/* 70 %, as CUBIC. */
static inline u32 atcp_bbr_beta(u32 x)
{
	return (u32)div_u64((u64)x * 7, 10);
}

/* Amounts, segments. */
u32 atcp_bbr_bdp(const struct atcp_cong *c, const struct atcp_bbr *b, u32 bw, u16 gain);
u32 atcp_bbr_budget(const struct atcp_cong *c, const struct atcp_bbr *b, u32 segs, u32 mss);
u32 atcp_bbr_inflight(const struct atcp_cong *c, const struct atcp_bbr *b, u32 bw, u32 mss);
u32 atcp_bbr_with_headroom(const struct atcp_bbr *b);
u32 atcp_bbr_target(const struct atcp_cong *c, const struct atcp_bbr *b);
u32 atcp_bbr_probe_rtt_cwnd(const struct atcp_cong *c, const struct atcp_bbr *b);
void atcp_bbr_save_cwnd(const struct atcp_cong *c, struct atcp_bbr *b);
void atcp_bbr_restore_cwnd(struct atcp_cong *c, const struct atcp_bbr *b);

/* Steps after an ACK; @bw: the rate that it tells of, 0: none. */
void atcp_bbr_update_latest(struct atcp_bbr *b, const struct atcp_cong_sample *s, u32 bw);
void atcp_bbr_update_round(struct atcp_bbr *b, const struct atcp_cong_sample *s);
void atcp_bbr_adapt_lower(const struct atcp_cong *c, struct atcp_bbr *b);
void atcp_bbr_update_extra(const struct atcp_cong *c, struct atcp_bbr *b,
			   const struct atcp_cong_sample *s);
void atcp_bbr_update_min_rtt(struct atcp_bbr *b, const struct atcp_cong_sample *s);

/* Losses. */
void atcp_bbr_note_loss(const struct atcp_cong *c, struct atcp_bbr *b);
bool atcp_bbr_is_too_high(const struct atcp_bbr *b, u32 lost, u32 flight);
u32 atcp_bbr_flight_at_loss(const struct atcp_cong_lost *l);

/* Beginnings: of a round trip, of looking for a full path, of what losses say. */
static inline void atcp_bbr_start_round(struct atcp_bbr *b)
{
	b->round_end = b->delivered;
}

static inline void atcp_bbr_reset_full(struct atcp_bbr *b, u32 bw)
{
	b->full_bw = bw;
	b->full_rounds = 0;
	b->full_now = 0;
}

/* What was learned of losses since the last probe is forgotten. */
static inline void atcp_bbr_reset_short(struct atcp_bbr *b)
{
	b->bw_lo = ATCP_BBR_INF;
	b->inflight_lo = ATCP_BBR_INF;
}

static inline void atcp_bbr_reset_signals(struct atcp_bbr *b)
{
	b->loss_in_round = 0;
	b->ce = 0;
	b->bw_latest = 0;
	b->inflight_latest = 0;
}

#endif /* _ATCP_CONG_BBR_MODEL_H */
