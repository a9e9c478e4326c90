// SPDX-License-Identifier: GPL-2.0
/* A connection's entrance: a segment goes through the steps of RFC 9293 3.10.7, in their order. */
#include "conn/conn.h"

#include <linux/skbuff.h>
#include <net/busy_poll.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/sock.h>

#include "conn/accecn.h"
#include "conn/ack.h"
#include "conn/check.h"
#include "conn/close.h"
#include "conn/data.h"
#include "conn/synsent.h"
#include "conn/urgent.h"
#include "output/accecn.h"
#include "output/output.h"
#include "output/rcvack.h"
#include "proto/fsm.h"
#include "state/conn/fwd.h"
#include "state/conn/stash.h"
#include "state/conn/txstamp.h"
#include "state/shared/mib.h"

/* Our FIN has been acknowledged? Then states go on; true if the socket is done. */
static bool atcp_conn_fin_acked(struct sock *sk, u32 v)
{
	const struct atcp_sock *as = atcp_sk(sk);

	return as->fin_queued && as->snd_una == as->write_seq &&
	       atcp_close_fin_acked(sk, v & (ATCP_V_DATA | ATCP_V_FIN));
}

static void atcp_conn_segment(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 v;

	as->segs_in += max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	if (rx->seg.len)
		as->data_segs_in += max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	/* Where the reader may wait for more, and to which CPU that is to be steered. */
	sock_rps_save_rxhash(sk, skb);
	if (sk->sk_state == TCP_ESTABLISHED)
		sk_mark_napi_id(sk, skb);
	atcp_txstamp_heard(sk, skb);
	switch (sk->sk_state) {
	case TCP_CLOSE:
	case TCP_LISTEN:
		atcp_mib_drop(net, skb, ATCP_DROP_STATE_CLOSED);
		return;
	case TCP_SYN_SENT:
		v = atcp_synsent_rcv(sk, skb, rx);
		break;
	default:
		v = atcp_check_segment(sk, skb, rx);
		break;
	}
	if (!v)
		return;

	/* The window of a crossed SYN-ACK is not scaled (RFC 7323 2.2). */
	if (v & ATCP_V_ESTABLISH && sk->sk_state == TCP_SYN_RECV) {
		atcp_ack_handshake(sk, rx);
		if (atcp_accecn_on(as))
			atcp_accecn_established(sk, rx);
		atcp_ack_establish(sk, rx->seg.seq, rx->seg.ack,
				   rx->seg.flags & ATCP_F_SYN ?
				   rx->seg.wnd >> as->snd_wscale : rx->seg.wnd);
	}
	if (v & (ATCP_V_PROCESS_ACK | ATCP_V_OLD_ACK)) {
		atcp_ack_process(sk, rx, v & ATCP_V_OLD_ACK);
		if (atcp_conn_fin_acked(sk, v)) {
			atcp_stash_rcvd(skb);
			return;
		}
	}
	/* The FIN of a shutdown() in SYN-RECEIVED. */
	if (v & ATCP_V_ESTABLISH && sk->sk_shutdown & SEND_SHUTDOWN)
		atcp_close_shutdown(sk, SEND_SHUTDOWN);
	if (unlikely((rx->seg.flags & ATCP_F_URG) || as->urg_data == ATCP_URG_NOTYET))
		atcp_urgent_rcv(sk, skb, rx);
	if (v & (ATCP_V_DATA | ATCP_V_FIN))
		atcp_data_rcv(sk, skb, rx, v);
	else
		atcp_stash_rcvd(skb);
	if (sk->sk_state == TCP_CLOSE)
		return;
	/* RFC 9293 figure 7 ends with the crossed SYN-ACK: its number is old, so it is answered. */
	if (v & ATCP_V_ESTABLISH && rx->seg.flags & ATCP_F_SYN && rx->seg.flags & ATCP_F_ACK)
		as->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_NOW;
	atcp_output_push_pending(sk);
	/* What was sent just now counts: a writer may wait for what is not sent (notsent_lowat). */
	if (v & ATCP_V_PROCESS_ACK)
		atcp_ack_check_space(sk);
	atcp_rcvack_check(sk);
}

static void atcp_conn_do(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_rx rx;

	atcp_rx_parse(skb, &rx);
	atcp_conn_segment(sk, skb, &rx);
	atcp_fwd_settle(sk);
}

int atcp_conn_backlog(struct sock *sk, struct sk_buff *skb)
{
	atcp_conn_do(sk, skb);
	return 0;
}

/* All that the socket's buffers may hold, and what one packet merged of many may exceed it by. */
static unsigned int atcp_conn_backlog_limit(const struct sock *sk)
{
	u64 limit = (u64)READ_ONCE(sk->sk_rcvbuf) + READ_ONCE(sk->sk_sndbuf) + 64 * 1024;

	return min_t(u64, limit, UINT_MAX);
}

void atcp_conn_locked(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct net *net = sock_net(sk);

	if (sock_owned_by_user(sk)) {
		if (sk_add_backlog(sk, skb, atcp_conn_backlog_limit(sk))) {
			ATCP_INC(net, TCPBACKLOGDROP);
			atcp_mib_drop(net, skb, ATCP_DROP_BACKLOG_FULL);
		}
	} else if (rx) {
		atcp_conn_segment(sk, skb, rx);
		atcp_fwd_settle(sk);
	} else {
		atcp_conn_do(sk, skb);
	}
}

/*
 * Keeps the route that a packet was delivered by, for those to come: see input/early.c. Who reads
 * it is under RCU.
 */
static noinline void atcp_conn_keep_route(struct sock *sk, const struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb), *old;

	if (sock_owned_by_user(sk) || !dst ||
	    !((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_SYN_SENT)) || !dst_hold_safe(dst))
		return;
	WRITE_ONCE(sk->sk_rx_dst_ifindex, skb->skb_iif);
	if (atcp_sock_node(sk)->family == AF_INET6)
		WRITE_ONCE(sk->sk_rx_dst_cookie,
			   rt6_get_cookie(container_of(dst, struct rt6_info, dst)));
	old = rcu_replace_pointer(sk->sk_rx_dst, dst, true);
	dst_release(old);
}

void atcp_conn_rcv(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx)
{
	sk_incoming_cpu_update(sk);
	/* It may wait in the backlog longer than the device lives. */
	skb->dev = NULL;
	bh_lock_sock_nested(sk);
	if (unlikely(skb_dst(skb) != rcu_access_pointer(sk->sk_rx_dst)))
		atcp_conn_keep_route(sk, skb);
	skb_dst_drop(skb);
	atcp_conn_locked(sk, skb, rx);
	bh_unlock_sock(sk);
}
