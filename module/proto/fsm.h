/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state machine: what a close, a FIN, an acknowledged FIN and an arriving
 * segment do in each of the eleven states (RFC 9293 section 3.10, RFC 5961).
 */
#ifndef _ATCP_PROTO_FSM_H
#define _ATCP_PROTO_FSM_H

#include <linux/types.h>

#include "proto/seg.h"

/**
 * struct atcp_fsm_close - what close() or shutdown(SHUT_WR) does
 * @state: next state (TCP_ESTABLISHED... of net/tcp_states.h)
 * @fin: a FIN is to be queued
 */
struct atcp_fsm_close {
	u8 state;
	bool fin;
};

/*
 * What to do with an arriving segment. Do the replies and the steps whose
 * bits are set, in this order: ABORT; reply (ACK, CHALLENGE, RST, SYNACK);
 * stop if DROP; NEW_SYN; SIMOPEN; ESTABLISH; PROCESS_ACK; DATA; FIN.
 *
 * DROP		nothing of the segment is used (a reply may be due)
 * ACK		answer with <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. Rate-limit it
 *		only for a segment without sequence space or with SYN: one with
 *		data or FIN cannot be part of an ACK loop. A segment wholly
 *		before RCV.NXT deserves a D-SACK in it.
 * CHALLENGE	answer with a challenge ACK (RFC 5961 section 7: throttled)
 * RST		answer with RST: <SEQ=SEG.ACK> if the segment has ACK, else
 *		<SEQ=0><ACK=end_seq>; the connection itself is left alone
 * ABORT	the connection ends: ECONNREFUSED in SYN-SENT, a request
 *		is forgotten in a passive SYN-RECEIVED, EPIPE in CLOSE-WAIT,
 *		otherwise ECONNRESET. In TIME-WAIT RFC 1337 may forbid it.
 * PROCESS_ACK	SEG.ACK is acceptable: SND.UNA =< SEG.ACK =< SND.NXT
 * OLD_ACK	SEG.ACK is before SND.UNA, within what was ever offered: no
 *		use of the ACK or window; SACK blocks may still be read
 * ESTABLISH	the handshake is complete (SYN-SENT, SYN-RECEIVED). In SYN-SENT
 *		RCV.NXT is to be set to SEG.SEQ + 1 first.
 * SIMOPEN	a SYN without ACK in SYN-SENT: go to SYN-RECEIVED, send SYN-ACK
 * DATA		the segment has new text in the window; trim it on both sides.
 *		It may be ahead of RCV.NXT.
 * FIN		the segment has an acceptable FIN; it too may be ahead of
 *		RCV.NXT, and it may come without DATA. With ACK in TIME-WAIT:
 *		a retransmitted FIN, restart the 2 MSL timer.
 * NEW_SYN	LISTEN: handle the SYN. TIME-WAIT: the SYN may start a new
 *		connection, give it to the listener.
 * SYNACK	SYN-RECEIVED: the peer's SYN again, retransmit the SYN-ACK
 */
#define ATCP_V_DROP		0x0001u
#define ATCP_V_ACK		0x0002u
#define ATCP_V_CHALLENGE	0x0004u
#define ATCP_V_RST		0x0008u
#define ATCP_V_ABORT		0x0010u
#define ATCP_V_PROCESS_ACK	0x0020u
#define ATCP_V_ESTABLISH	0x0040u
#define ATCP_V_SIMOPEN		0x0080u
#define ATCP_V_DATA		0x0100u
#define ATCP_V_FIN		0x0200u
#define ATCP_V_NEW_SYN		0x0400u
#define ATCP_V_OLD_ACK		0x0800u
#define ATCP_V_SYNACK		0x1000u

/**
 * struct atcp_fsm_ctx - what the verdict needs to know of a connection
 * @rcv_nxt: RCV.NXT, next sequence number expected
 * @rcv_wup: RCV.NXT as it was when the last window was advertised; the
 *	window's right edge is @rcv_wup + @rcv_wnd. Segments between @rcv_wup
 *	and RCV.NXT still have their ACK used.
 * @rcv_wnd: last window advertised, bytes (scaled up)
 * @snd_una: SND.UNA, oldest unacknowledged sequence number
 * @snd_nxt: SND.NXT, next sequence number to be sent
 * @iss: initial send sequence number
 * @irs: initial receive sequence number; for SYN-RECEIVED
 * @max_wnd: how far below SND.UNA an ACK may be, bytes: the largest window the
 *	peer ever offered (RFC 5961 section 5), but no more than it acknowledged
 * @held: from RCV.NXT to the end of the last text that is held out of order and
 *	reported by SACK; 0 where there is none
 * @state: TCP_ESTABLISHED... of net/tcp_states.h; TCP_NEW_SYN_RECV counts as
 *	TCP_SYN_RECV
 * @paws_bad: the timestamp is older than TS.Recent (RFC 7323 section 5.3); in
 *	SYN-SENT: TSecr is not of a timestamp we sent
 * @passive: SYN-RECEIVED was reached from LISTEN, not from SYN-SENT
 * @unread: text waits for the program: what reaches beyond the window is refused whole
 */
struct atcp_fsm_ctx {
	u32 rcv_nxt;
	u32 rcv_wup;
	u32 rcv_wnd;
	u32 snd_una;
	u32 snd_nxt;
	u32 iss;
	u32 irs;
	u32 max_wnd;
	u32 held;
	u8 state;
	bool paws_bad;
	bool passive;
	bool unread;
};

struct atcp_fsm_close atcp_fsm_on_close(u8 state);
u8 atcp_fsm_on_fin(u8 state);
u8 atcp_fsm_on_fin_acked(u8 state);
bool atcp_fsm_may_send(u8 state);
bool atcp_fsm_may_recv(u8 state);
const char *atcp_fsm_name(u8 state);
u32 atcp_fsm_verdict(const struct atcp_fsm_ctx *c, const struct atcp_seg *s);

/**
 * atcp_fsm_expected() - the verdict on what nearly every segment is
 * @s: the segment; PAWS has nothing against it
 * @rcv_nxt: RCV.NXT
 * @room: bytes from there to the window's right edge
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 *
 * Next in order, whole in the window, nothing but an ACK of what is in flight.
 *
 * Return: what atcp_fsm_verdict() says of it in state ESTABLISHED; 0: ask that
 */
static inline u32 atcp_fsm_expected(const struct atcp_seg *s, u32 rcv_nxt, u32 room,
				    u32 snd_una, u32 snd_nxt)
{
	const u8 any = ATCP_F_PSH | ATCP_F_ECE | ATCP_F_CWR;

	if ((s->flags & ~any) != ATCP_F_ACK || s->seq != rcv_nxt || s->len > room ||
	    s->ack - snd_una > snd_nxt - snd_una)
		return 0;
	return s->len ? ATCP_V_PROCESS_ACK | ATCP_V_DATA : ATCP_V_PROCESS_ACK;
}

#endif /* _ATCP_PROTO_FSM_H */
