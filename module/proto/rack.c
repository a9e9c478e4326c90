// SPDX-License-Identifier: GPL-2.0
/*
 * RACK (RFC 8985): a segment is lost if one that was sent sufficiently later has arrived.
 *
 * "Sufficiently" is the reordering window: a quarter of the least RTT, and one quarter more for
 * each round trip in which a D-SACK tells that the window was too small (section 6.2, step 4).
 * After 16 recoveries without such a word it is a quarter again.
 */
#include "proto/rack.h"

#include <linux/kernel.h>

#include "proto/seq.h"

#define ATCP_RACK_PERSIST	16	/* RFC 8985 6.2: RACK.reo_wnd_persist */
#define ATCP_RACK_STEPS_MAX	255

/* RFC 8985 section 6.2, RACK_sent_after(). */
static bool atcp_rack_later(u64 t1_us, u32 seq1, u64 t2_us, u32 seq2)
{
	return t1_us > t2_us || (t1_us == t2_us && atcp_seq_after(seq1, seq2));
}

/**
 * atcp_rack_init() - a connection begins
 * @r: state
 */
void atcp_rack_init(struct atcp_rack *r)
{
	*r = (struct atcp_rack) { .steps = 1 };
}

/**
 * atcp_rack_delivered() - steps 1 and 2: a segment is known to be delivered
 * @r: state
 * @xmit_us: when it was last sent, us
 * @end_seq: its end
 * @again: it was sent more than once
 * @now_us: the time, us
 * @min_rtt_us: least RTT, us
 */
void atcp_rack_delivered(struct atcp_rack *r, u64 xmit_us, u32 end_seq, bool again, u64 now_us,
			 u32 min_rtt_us)
{
	u32 rtt_us = min_t(u64, now_us - xmit_us, U32_MAX);

	/* Too fast for the retransmission: it was the original that arrived. */
	if (again && rtt_us < min_rtt_us)
		return;
	r->advanced = true;
	r->rtt_us = rtt_us;
	if (atcp_rack_later(xmit_us, end_seq, r->xmit_us, r->end_seq)) {
		r->xmit_us = xmit_us;
		r->end_seq = end_seq;
	}
}

/**
 * atcp_rack_sent_before() - was a segment sent before the latest that is delivered?
 * @r: state
 * @xmit_us: when it was last sent, us
 * @end_seq: its end
 */
bool atcp_rack_sent_before(const struct atcp_rack *r, u64 xmit_us, u32 end_seq)
{
	return atcp_rack_later(r->xmit_us, r->end_seq, xmit_us, end_seq);
}

/**
 * atcp_rack_rest_us() - step 5: how long a segment may still be on its way, us
 * @r: state
 * @xmit_us: when it was last sent, us
 * @reo_us: reordering window, us
 * @now_us: the time, us
 *
 * Return: 0 or less: it is lost.
 */
s64 atcp_rack_rest_us(const struct atcp_rack *r, u64 xmit_us, u32 reo_us, u64 now_us)
{
	return (s64)(xmit_us + r->rtt_us + reo_us - now_us);
}

/**
 * atcp_rack_reo_us() - the reordering window, us
 * @r: state
 * @min_rtt_us: least RTT, us
 * @srtt_us: smoothed RTT (not shifted), us: its bound
 */
u32 atcp_rack_reo_us(const struct atcp_rack *r, u32 min_rtt_us, u32 srtt_us)
{
	return min_t(u64, (u64)(min_rtt_us >> 2) * r->steps, srtt_us);
}

/**
 * atcp_rack_adapt() - step 4, for each ACK: the window follows what D-SACKs tell
 * @r: state
 * @delivered: segments delivered so far
 * @prior_delivered: of these, when the newest segment that this ACK delivers was sent; 0: the
 *	ACK delivers none
 */
void atcp_rack_adapt(struct atcp_rack *r, u32 delivered, u32 prior_delivered)
{
	if (!prior_delivered)
		return;
	/* Once a round trip: until then it is of what was sent before it grew. */
	if (atcp_seq_before(prior_delivered, r->judged))
		r->dsack = false;
	if (r->dsack) {
		r->steps = min(r->steps + 1, ATCP_RACK_STEPS_MAX);
		r->dsack = false;
		r->judged = delivered;
		r->persist = ATCP_RACK_PERSIST;
	} else if (!r->persist) {
		r->steps = 1;
	}
}

/**
 * atcp_rack_spurious() - all of a recovery was for nothing
 * @r: state
 *
 * What was found lost is looked at anew.
 */
void atcp_rack_spurious(struct atcp_rack *r)
{
	r->persist = min(r->persist + 1, ATCP_RACK_PERSIST);
}

/**
 * atcp_rack_recovered() - a recovery was for something
 * @r: state
 */
void atcp_rack_recovered(struct atcp_rack *r)
{
	if (r->persist)
		r->persist--;
}
