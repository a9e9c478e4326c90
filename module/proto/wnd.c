// SPDX-License-Identifier: GPL-2.0
/* Receive window, send window and Nagle's rule (RFC 9293 section 3.8.6, 1122). */
#include "proto/wnd.h"

#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math.h>

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
 * Without scaling the right edge moves by whole segments, or, where the buffer
 * holds less than two, by half of it.
 */
static u32 atcp_wnd_step(u32 free_space, u32 full_space, u32 mss, u32 cur_wnd)
{
	u32 more = free_space > cur_wnd ? free_space - cur_wnd : 0;

	if (more >= mss)
		return cur_wnd + rounddown(more, mss);
	if (more && more >= full_space >> 1)
		return free_space;
	return cur_wnd;
}

/**
 * atcp_wnd_select() - the window to advertise
 * @free_space: window that the free receive buffer allows, bytes
 * @full_space: window that the whole receive buffer allows, clamped, bytes
 * @mss: the peer's segment size as estimated from what it sends, bytes
 * @cur_wnd: what is left of the window last advertised, bytes
 * @rcv_wscale: our shift count
 * @rcv_ssthresh: the slowly growing limit of the window, bytes
 *
 * Receiver SWS avoidance: a window that cannot hold a segment is offered as
 * none, and the right edge moves by worthwhile steps only (RFC 9293 section
 * 3.8.6.2.2). The right edge never moves back (SHLD-14).
 *
 * Return: bytes, not scaled; a multiple of 1 << @rcv_wscale that fits the header.
 */
u32 atcp_wnd_select(u32 free_space, u32 full_space, u32 mss, u32 cur_wnd,
		    u8 rcv_wscale, u32 rcv_ssthresh)
{
	u32 unit = 1u << rcv_wscale;
	u32 wnd = 0;

	mss = min(mss, full_space);
	free_space = min(free_space, full_space);
	if (free_space < full_space >> 1) {
		free_space = round_down(free_space, unit);
		if (free_space < full_space >> 4 || free_space < mss)
			goto out;
	}

	free_space = min(free_space, rcv_ssthresh);
	if (!mss)
		goto out;
	/* A scaled window does not line up with segments; do not scale it away. */
	if (rcv_wscale)
		wnd = ALIGN(free_space, unit);
	else
		wnd = atcp_wnd_step(free_space, full_space, mss, cur_wnd);
out:
	wnd = max(wnd, ALIGN(cur_wnd, unit));
	return min(wnd, (u32)U16_MAX << rcv_wscale);
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
