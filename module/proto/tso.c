// SPDX-License-Identifier: GPL-2.0
/*
 * How large what is handed to the device at once is, and whether to wait for more.
 *
 * Large skbs save work, small ones keep the path's queue short: so an skb has what
 * the connection sends in a millisecond. Where cwnd opens by a segment or two at a
 * time the next ACK may be worth waiting for, if it is near: Linux's rules.
 */
#include "proto/tso.h"

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/time64.h>

/* Without a divisor: more than so many segments are sent, for an ACK is for two (RFC 5681). */
#define ATCP_TSO_MAX_DEFERRED	3

/**
 * atcp_tso_segs() - segments that an skb may have
 * @s: the connection
 */
u32 atcp_tso_segs(const struct atcp_tso_size *s)
{
	u64 bytes = s->rate >> s->shift;
	u32 r = s->min_rtt_us >> s->rtt_log;

	/* Where the path is short its queue is drained soon. */
	if (r < 32)
		bytes += s->gso_max >> r;
	bytes = min_t(u64, bytes, s->gso_max);
	return max_t(u32, (u32)bytes / s->mss, s->min_segs);
}

/* Is there enough room in the windows for it to be sent, whatever comes? */
static bool atcp_tso_enough(const struct atcp_tso_wait *w, u64 limit)
{
	if (limit >= (u64)w->max_segs * w->mss)
		return true;
	if (!w->last && limit >= w->len)
		return true;
	if (w->divisor)
		return limit >= min_t(u64, w->snd_wnd, (u64)w->cwnd * w->mss) / w->divisor;
	return limit > ATCP_TSO_MAX_DEFERRED * w->mss;
}

/**
 * atcp_tso_wait() - is the next ACK worth waiting for?
 * @w: an skb of two segments or more, and the connection
 */
enum atcp_tso_verdict atcp_tso_wait(const struct atcp_tso_wait *w)
{
	u64 cong_win = (u64)(w->cwnd - w->in_flight) * w->mss;
	u32 near = min_t(u32, w->srtt_us >> 1, USEC_PER_MSEC);

	/* Who has not sent for a millisecond is not in the middle of a burst. */
	if (w->idle_us > USEC_PER_MSEC)
		return ATCP_TSO_SEND;
	if (atcp_tso_enough(w, min_t(u64, w->send_win, cong_win)))
		return ATCP_TSO_SEND;
	/* The next ACK is for the oldest, a round trip after it has left. */
	if (w->oldest_us == U32_MAX || (u64)w->oldest_us + near < w->srtt_us)
		return ATCP_TSO_SEND;

	if (cong_win < w->send_win) {
		if (cong_win <= w->len)
			return ATCP_TSO_WAIT_CWND;
	} else if (w->send_win <= w->len) {
		return ATCP_TSO_WAIT_RWND;
	}
	return w->closed ? ATCP_TSO_SEND : ATCP_TSO_WAIT;
}
