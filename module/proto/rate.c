// SPDX-License-Identifier: GPL-2.0
/*
 * Delivery rate (draft-cheng-iccrg-delivery-rate-estimation): between the time
 * when a segment was sent and the time when it arrived, so many others arrived.
 * The time taken is that of sending or of the ACKs, whichever was longer, so
 * that neither a burst of the one nor of the other looks like a fast path.
 */
#include "proto/rate.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "proto/seq.h"

/**
 * atcp_rate_sent() - a segment is sent, for the first time or again
 * @r: state
 * @tx: what it is to remember
 * @now_us: the time, us
 * @idle: nothing was in flight before it
 * @delivered: segments delivered so far
 */
void atcp_rate_sent(struct atcp_rate *r, struct atcp_rate_tx *tx, u32 now_us, bool idle,
		    u32 delivered)
{
	if (idle) {
		r->first_us = now_us;
		r->acked_us = now_us;
	}
	tx->first_us = r->first_us;
	tx->acked_us = r->acked_us;
	tx->delivered = delivered;
}

/**
 * atcp_rate_arrived() - an ACK, or a SACK in it, delivers a segment
 * @r: state
 * @s: the ACK's sample
 * @tx: what the segment remembers
 * @xmit_us: when it was last sent, us
 * @end_seq: its end
 * @limited: it was sent while the user set the pace
 *
 * Of several the newest counts.
 */
void atcp_rate_arrived(struct atcp_rate *r, struct atcp_rate_sample *s,
		       const struct atcp_rate_tx *tx, u32 xmit_us, u32 end_seq, bool limited)
{
	if (s->valid && !atcp_seq_after(xmit_us, r->first_us) &&
	    (xmit_us != r->first_us || !atcp_seq_after(end_seq, s->end_seq)))
		return;
	s->valid = true;
	s->tx = *tx;
	s->end_seq = end_seq;
	s->limited = limited;
	s->send_us = xmit_us - tx->first_us;
	r->first_us = xmit_us;
}

/**
 * atcp_rate_ack() - takes an ACK's sample
 * @r: state
 * @s: sample
 * @now_us: the time, us
 * @delivered: segments delivered so far, with this ACK's
 * @newly: of these, this ACK's
 * @min_rtt_us: least RTT: a sample over less is an error of measurement, us
 *
 * While the user sets the pace only a higher rate says something of the path.
 */
void atcp_rate_ack(struct atcp_rate *r, struct atcp_rate_sample *s, u32 now_us,
		   u32 delivered, u32 newly, u32 min_rtt_us)
{
	u32 segs, us;

	if (r->app_limited && atcp_seq_after(delivered, r->app_limited))
		r->app_limited = 0;
	if (newly)
		r->acked_us = now_us;
	if (!s->valid)
		return;
	segs = delivered - s->tx.delivered;
	us = max(s->send_us, now_us - s->tx.acked_us);
	if (us < min_rtt_us || !us)
		return;
	s->segs = segs;
	s->us = us;
	if (s->limited && (u64)segs * r->us < (u64)r->segs * us)
		return;
	r->segs = segs;
	r->us = us;
	r->limited = s->limited;
}

/**
 * atcp_rate_bytes() - the delivery rate, bytes a second; 0 before any sample
 * @r: state
 * @mss: payload of a segment, bytes
 */
u64 atcp_rate_bytes(const struct atcp_rate *r, u32 mss)
{
	if (!r->us)
		return 0;
	return div_u64((u64)r->segs * mss * USEC_PER_SEC, r->us);
}
