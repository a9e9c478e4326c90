// SPDX-License-Identifier: GPL-2.0
/* Receive window, send window and Nagle's rule (RFC 9293 section 3.8.6, 1122). */
#include "proto/wnd.h"

#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/math64.h>

#include "proto/opts.h"
#include "proto/seq.h"

#define ATCP_WND_MAX	((u32)U16_MAX << ATCP_OPTS_WSCALE_MAX)	/* bytes */

/**
 * atcp_wnd_initial() - the window and shift count for our SYN
 * @space: window that the receive buffer allows now, bytes
 * @max_space: window that it may grow to, bytes: the shift count must do for it
 * @mss: our MSS, bytes
 * @wnd_clamp: the most ever to be advertised, bytes, 0 for no limit
 * @wscale_ok: window scaling is, or may be, agreed
 * @rcv_wscale: the shift count to announce, 0..14
 * @rcv_wnd: the window to put into the SYN, which is never scaled, bytes
 *
 * Return: the clamp, reduced to what the shift count can express, bytes.
 */
u32 atcp_wnd_initial(u32 space, u32 max_space, u32 mss, u32 wnd_clamp,
		     bool wscale_ok, u8 *rcv_wscale, u32 *rcv_wnd)
{
	u32 clamp = min(wnd_clamp ?: ATCP_WND_MAX, ATCP_WND_MAX);

	space = min(space, clamp);
	/* Whole segments, when there is room for one at all. */
	if (mss && space > mss)
		space = rounddown(space, mss);
	*rcv_wnd = min_t(u32, space, U16_MAX);

	*rcv_wscale = 0;
	if (wscale_ok) {
		u32 most = min(max(space, max_space), clamp);

		if (most > U16_MAX)
			*rcv_wscale = min(ilog2(most) - 15,
					  ATCP_OPTS_WSCALE_MAX);
	}
	return min(clamp, (u32)U16_MAX << *rcv_wscale);
}

/**
 * atcp_wnd_initial_segs() - the same where a route says how many segments it is to be
 * @rcv_wnd: window of atcp_wnd_initial(), bytes
 * @segs: at most so many segments (initrwnd), 0: there is no word on it
 * @mss: our MSS, bytes
 *
 * Return: the window to put into the SYN, bytes.
 */
u32 atcp_wnd_initial_segs(u32 rcv_wnd, u32 segs, u32 mss)
{
	return segs ? min_t(u64, (u64)segs * mss, rcv_wnd) : rcv_wnd;
}

/*
 * Without scaling the window is of whole segments and stays what it is while it would grow by
 * less than one, or, where the buffer holds no more than one, by less than half of it.
 */
static u32 atcp_wnd_step(const struct atcp_wnd_offer *o, u32 room, u32 mss)
{
	if (o->rcv_wnd > room || room - o->rcv_wnd >= mss)
		return rounddown(room, mss);
	if (mss == o->full_space && room - o->rcv_wnd > o->full_space >> 1)
		return room;
	return o->rcv_wnd;
}

/**
 * atcp_wnd_want() - the window that there is room for
 * @o: buffer and connection
 *
 * Receiver SWS avoidance: a window that cannot hold a segment is offered as none, and it grows
 * by worthwhile steps only (RFC 9293 section 3.8.6.2.2).
 *
 * Return: bytes, not scaled; may be less than what was offered.
 */
u32 atcp_wnd_want(const struct atcp_wnd_offer *o)
{
	u32 mss = min(o->mss, o->full_space), unit = 1u << o->rcv_wscale;
	u32 room = min(o->free_space, o->full_space);

	if (!mss)
		return 0;
	if (o->shrink)
		room = round_down(room, unit);
	if (room < o->full_space >> 1) {
		room = round_down(room, unit);
		if (room < o->all_space >> 4 || room < mss || (o->shrink && !room))
			return 0;
	}
	room = min(room, o->rcv_ssthresh);
	/* A scaled window does not line up with segments; do not scale it away. */
	return o->rcv_wscale ? ALIGN(room, unit) : atcp_wnd_step(o, room, mss);
}

/**
 * atcp_wnd_bound() - the window to advertise
 * @o: buffer and connection
 * @want: atcp_wnd_want() of them, bytes
 *
 * The right edge never moves back (SHLD-14), unless the administrator lets it.
 *
 * Return: bytes, not scaled; a multiple of 1 << @o->rcv_wscale that fits the header.
 */
u32 atcp_wnd_bound(const struct atcp_wnd_offer *o, u32 want)
{
	if (!o->shrink)
		want = max(want, ALIGN(o->cur_wnd, 1u << o->rcv_wscale));
	return min(want, (u32)U16_MAX << o->rcv_wscale);
}

/**
 * atcp_wnd_select() - both in one
 * @o: buffer and connection
 */
u32 atcp_wnd_select(const struct atcp_wnd_offer *o)
{
	return atcp_wnd_bound(o, atcp_wnd_want(o));
}

/**
 * atcp_wnd_grow() - by how much a segment opens the window
 * @cost: window that its memory would have been good for, bytes
 * @most: window that the largest buffer would give, bytes
 * @len: bytes that it carries
 * @rcv_ssthresh: the window's present limit, bytes
 * @advmss: MSS that we announced, bytes
 * @rcv_mss: the peer's segment size as estimated, bytes
 *
 * By two segments for each that came with reasonable overhead: the sender's slow start seen
 * from here. One that costs more than it carries counts while the window is small.
 *
 * Return: bytes.
 */
u32 atcp_wnd_grow(u32 cost, u32 most, u32 len, u32 rcv_ssthresh, u32 advmss, u32 rcv_mss)
{
	if (cost <= len)
		return 2 * max(advmss, len);
	cost >>= 1;
	for (most >>= 1; most && rcv_ssthresh <= most; most >>= 1) {
		if (cost <= len)
			return 2 * max(rcv_mss, len);
		cost >>= 1;
	}
	return 0;
}

/**
 * atcp_wnd_drs() - the window that a reader's pace asks for (dynamic right-sizing)
 * @d: the reader's pace
 *
 * What is measured is a round trip old: twice of it. A sender in slow start doubles, and what
 * its window allows now it sends in the next round trip: the growth counts twice again. Where
 * the round trip is short there is no need to be ahead by that much.
 *
 * Return: bytes.
 */
u32 atcp_wnd_drs(const struct atcp_wnd_drs *d)
{
	u64 took = min(d->took, 1u << 30), before = max(d->before, 1u);
	u64 win = took << 1, more = 0;

	if (d->rtt_us < d->low_rtt_us)
		more = div_u64(win * d->rtt_us, d->low_rtt_us);
	else if (took > before)
		more = div_u64((win << 1) * (took - before), before);
	return min_t(u64, win + more + d->early, INT_MAX);
}

/**
 * atcp_wnd_ratio() - how much window 256 bytes of buffer hold
 * @len: bytes that a segment, or several that came as one, carried
 * @truesize: memory that it took, bytes
 *
 * Return: 1..255.
 */
u8 atcp_wnd_ratio(u32 len, u32 truesize)
{
	return clamp_t(u64, div_u64((u64)len << 8, max(truesize, 1u)), 1, U8_MAX);
}

/**
 * atcp_wnd_nagle_ok() - whether Nagle's rule lets a segment go
 * @n: the segment and the connection
 *
 * Nagle as Minshall changed it: a small segment waits only while another small
 * one is unacknowledged (RFC 9293 section 3.7.4, MUST-17).
 */
bool atcp_wnd_nagle_ok(const struct atcp_wnd_nagle *n)
{
	if (n->len >= n->mss || n->push || n->fin)
		return true;
	if (n->cork)
		return false;
	if (n->nodelay || !n->packets_out)
		return true;
	return !(atcp_seq_after(n->snd_sml, n->snd_una) &&
		 !atcp_seq_after(n->snd_sml, n->snd_nxt));
}

/**
 * atcp_wnd_update_ok() - whether to believe the window of an acceptable ACK
 * @snd_una: SND.UNA before this ACK; SND.WL2 is never anything else
 * @snd_wl1: SND.WL1, SEG.SEQ of the last window update
 * @snd_wnd: SND.WND, bytes
 * @ack: SEG.ACK
 * @seq: SEG.SEQ
 * @wnd: SEG.WND, scaled up, bytes
 *
 * RFC 9293 section 3.10.7.4, but of two segments with equal numbers the larger
 * window wins, since the network may have swapped them; a closed one is believed.
 */
bool atcp_wnd_update_ok(u32 snd_una, u32 snd_wl1, u32 snd_wnd, u32 ack,
			u32 seq, u32 wnd)
{
	return atcp_seq_after(ack, snd_una) || atcp_seq_after(seq, snd_wl1) ||
	       (seq == snd_wl1 && (wnd > snd_wnd || !wnd));
}
