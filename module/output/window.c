// SPDX-License-Identifier: GPL-2.0
/* The window that is offered (RFC 9293 3.8.6): what the receive buffer has room for. */
#include "output/window.h"

#include <net/sock.h>

#include "proto/wnd.h"
#include "state/conn/rcvbuf.h"
#include "state/shared/memcg.h"
#include "state/shared/mib.h"

static void atcp_window_ask(struct sock *sk, struct atcp_wnd_offer *o)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);

	o->free_space = atcp_rcvbuf_free(sk);
	o->all_space = atcp_rcvbuf_full(sk);
	o->full_space = min(as->window_clamp, o->all_space);
	if (o->free_space < o->full_space >> 1) {
		/* The reader lags behind: its ACKs are what it sends when it reads. */
		as->quickack = 0;
		if (atcp_memcg_pressed(sk))
			atcp_rcvbuf_shrink(as);
	}
	o->mss = as->rcv_mss;
	o->rcv_wnd = as->rcv_wnd;
	o->cur_wnd = atcp_sock_rcv_window(as);
	o->rcv_ssthresh = as->rcv_ssthresh;
	o->rcv_wscale = as->rcv_wscale;
	o->shrink = as->rcv_wscale && READ_ONCE(an->sysctl.shrink_window);
}

u32 atcp_window_want(struct sock *sk)
{
	struct atcp_wnd_offer o;

	atcp_window_ask(sk, &o);
	return atcp_wnd_want(&o);
}

u16 atcp_window_offer(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 old = as->rcv_wnd, wnd = 0, want;
	struct atcp_wnd_offer o;

	/* What was dropped for want of memory would be dropped again: the peer is to probe. */
	if (likely(!(as->ack_pending & ATCP_ACK_NOMEM))) {
		atcp_window_ask(sk, &o);
		want = atcp_wnd_want(&o);
		wnd = atcp_wnd_bound(&o, want);
		if (unlikely(!want && o.cur_wnd && wnd == ALIGN(o.cur_wnd, 1u << o.rcv_wscale)))
			ATCP_SK_INC(sk, TCPWANTZEROWINDOWADV);
	}
	as->rcv_wnd = wnd;
	as->rcv_wup = as->rcv_nxt;
	if (atcp_seq_after(as->rcv_nxt + wnd, as->rcv_mwnd))
		as->rcv_mwnd = as->rcv_nxt + wnd;
	if (!wnd && old)
		ATCP_SK_INC(sk, TCPTOZEROWINDOWADV);
	else if (wnd && !old)
		ATCP_SK_INC(sk, TCPFROMZEROWINDOWADV);
	return min_t(u32, wnd >> as->rcv_wscale, U16_MAX);
}
