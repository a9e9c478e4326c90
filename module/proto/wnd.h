/* SPDX-License-Identifier: GPL-2.0 */
/* Windows: what to advertise, when to believe one, when to send a small segment. */
#ifndef _ATCP_PROTO_WND_H
#define _ATCP_PROTO_WND_H

#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * struct atcp_wnd_nagle - what decides whether a segment may be sent now
 * @len: bytes of payload the segment would have
 * @mss: bytes of a full segment
 * @packets_out: segments in flight
 * @snd_sml: end of the last small segment sent (Minshall)
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 * @nodelay: TCP_NODELAY
 * @cork: TCP_CORK or MSG_MORE
 * @push: send regardless of Nagle and cork (cork removed, urgent data)
 * @fin: the segment carries FIN
 */
struct atcp_wnd_nagle {
	u32 len;
	u32 mss;
	u32 packets_out;
	u32 snd_sml;
	u32 snd_una;
	u32 snd_nxt;
	bool nodelay;
	bool cork;
	bool push;
	bool fin;
};

/**
 * struct atcp_wnd_offer - what decides which window is offered
 * @free_space: window that the free receive buffer allows, bytes
 * @all_space: window that the whole of it allows, bytes
 * @full_space: the same, but not more than the connection is to offer ever, bytes
 * @mss: the peer's segment size as estimated from what it sends, bytes
 * @rcv_wnd: the window last offered, bytes
 * @cur_wnd: what is left of it, bytes
 * @rcv_ssthresh: the slowly growing limit of the window, bytes
 * @rcv_wscale: our shift count
 * @shrink: the right edge may move back (net.atcp.shrink_window); only with a shift
 */
struct atcp_wnd_offer {
	u32 free_space;
	u32 all_space;
	u32 full_space;
	u32 mss;
	u32 rcv_wnd;
	u32 cur_wnd;
	u32 rcv_ssthresh;
	u8 rcv_wscale;
	bool shrink;
};

/**
 * struct atcp_wnd_drs - what decides how large the receive buffer is to be
 * @took: bytes that the reader took in the last round trip, but for what waited before it
 * @before: the same of the time before
 * @early: bytes from RCV.NXT to the end of what is held out of order
 * @rtt_us: round trip as the receiver sees it, us
 * @low_rtt_us: below this the buffer grows in proportion to the round trip only, us
 */
struct atcp_wnd_drs {
	u32 took;
	u32 before;
	u32 early;
	u32 rtt_us;
	u32 low_rtt_us;
};

/* Half of a buffer is window, until it was seen what segments cost. */
#define ATCP_WND_RATIO		128

u32 atcp_wnd_initial(u32 space, u32 max_space, u32 mss, u32 wnd_clamp,
		     bool wscale_ok, u8 *rcv_wscale, u32 *rcv_wnd);
u32 atcp_wnd_want(const struct atcp_wnd_offer *o);
u32 atcp_wnd_bound(const struct atcp_wnd_offer *o, u32 want);
u32 atcp_wnd_select(const struct atcp_wnd_offer *o);
u32 atcp_wnd_grow(u32 cost, u32 most, u32 len, u32 rcv_ssthresh, u32 advmss, u32 rcv_mss);
u32 atcp_wnd_drs(const struct atcp_wnd_drs *d);
u8 atcp_wnd_ratio(u32 len, u32 truesize);
u32 atcp_wnd_initial_segs(u32 rcv_wnd, u32 segs, u32 mss);
bool atcp_wnd_nagle_ok(const struct atcp_wnd_nagle *n);
bool atcp_wnd_update_ok(u32 snd_una, u32 snd_wl1, u32 snd_wnd, u32 ack,
			u32 seq, u32 wnd);

/**
 * atcp_wnd_from_space() - the window that buffer space allows, bytes
 * @space: bytes of buffer; may be negative when overcommitted
 *
 * Half of it: the rest is for the overhead of skbs (tcp_adv_win_scale 1).
 */
static inline u32 atcp_wnd_from_space(int space)
{
	return space <= 0 ? 0 : (u32)space - ((u32)space >> 1);
}

/**
 * atcp_wnd_space_from() - the buffer space that a window needs, bytes
 * @win: window in bytes
 */
static inline u32 atcp_wnd_space_from(u32 win)
{
	return win > (U32_MAX >> 1) ? U32_MAX : win << 1;
}

/**
 * atcp_wnd_from_space_by() - the same by what the connection's segments cost, bytes
 * @ratio: atcp_wnd_ratio()
 * @space: bytes of buffer; may be negative when overcommitted
 */
static inline u32 atcp_wnd_from_space_by(u8 ratio, int space)
{
	return space <= 0 ? 0 : (u64)space * ratio >> 8;
}

/**
 * atcp_wnd_space_from_by() - the buffer space that a window needs, bytes
 * @ratio: atcp_wnd_ratio()
 * @win: window in bytes
 */
static inline u32 atcp_wnd_space_from_by(u8 ratio, u32 win)
{
	return min_t(u64, div_u64((u64)win << 8, ratio), INT_MAX);
}

#endif /* _ATCP_PROTO_WND_H */
