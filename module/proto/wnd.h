/* SPDX-License-Identifier: GPL-2.0 */
/* Windows: what to advertise, when to believe one, when to send a small segment. */
#ifndef _ATCP_PROTO_WND_H
#define _ATCP_PROTO_WND_H

#include <linux/limits.h>
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

u32 atcp_wnd_initial(u32 space, u32 max_space, u32 mss, u32 wnd_clamp,
		     bool wscale_ok, u8 *rcv_wscale, u32 *rcv_wnd);
u32 atcp_wnd_select(u32 free_space, u32 full_space, u32 mss, u32 cur_wnd,
		    u8 rcv_wscale, u32 rcv_ssthresh);
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

#endif /* _ATCP_PROTO_WND_H */
