// SPDX-License-Identifier: GPL-2.0
/* The text of a segment (RFC 9293 3.10.7.4, seventh): queued, or kept if early; its ACK. */

#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "conn/close.h"
#include "conn/data.h"
#include "output/output.h"
#include "proto/ecn.h"
#include "proto/fsm.h"
#include "proto/seg.h"
#include "state/conn/rcvq.h"
#include "state/listen/fastopen.h"
#include "state/shared/mib.h"

#define ATCP_DATA_MAX_QUICKACKS		16

/* The next @max segments, or fewer, are acknowledged at once, unless the user wants not. */
static void atcp_data_quickack(struct atcp_sock *as, unsigned int max)
{
	unsigned int n = as->rcv_wnd / (2 * max_t(u32, as->rcv_mss, 1));

	n = clamp(n, 2U, max);
	as->quickack = max_t(u8, as->quickack, n);
}

/* A sender that is told of congestion may have little in flight: ACKs do not wait. */
static void atcp_data_ecn(struct sock *sk, u8 ecn)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (likely(!atcp_ecn_rcv_data(&as->ecn, ecn)))
		return;
	atcp_data_quickack(as, 2);
	as->pingpong = 0;
	as->ato = TCP_ATO_MIN;
}

/* New text came in order: an ACK is owed, and the rhythm of the sender is learnt. */
static void atcp_data_event(struct sock *sk, const struct sk_buff *skb, u8 ecn)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 now = (u32)jiffies, gap = now - as->lrcvtime;

	as->ack_pending |= ATCP_ACK_SCHED;
	if (!as->ato) {
		atcp_data_quickack(as, ATCP_DATA_MAX_QUICKACKS);
		as->ato = TCP_ATO_MIN;
	} else if (gap <= TCP_ATO_MIN / 2) {
		as->ato = (as->ato >> 1) + TCP_ATO_MIN / 2;
	} else if (gap < as->ato) {
		as->ato = (as->ato >> 1) + gap;
	} else if (gap > usecs_to_jiffies(as->rto_us)) {
		/* A sender that was silent that long starts slowly: help it. */
		atcp_data_quickack(as, ATCP_DATA_MAX_QUICKACKS);
	}
	as->lrcvtime = now;
	atcp_data_ecn(sk, ecn);
	atcp_rcvq_rtt_update(sk);
	if (skb->len >= 128)
		atcp_rcvq_grow_window(sk, skb);
}

/* Fills the control block; cuts off the header and what was received before. */
static bool atcp_data_prepare(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx, u32 v)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	bool fin = v & ATCP_V_FIN;
	struct atcp_cb *cb;
	u32 old;

	skb_dst_drop(skb);
	skb->dev = NULL;
	__skb_pull(skb, rx->seg.doff);
	cb = ATCP_CB(skb);
	memset(cb, 0, sizeof(*cb));
	cb->seq = rx->seg.seq + !!(rx->seg.flags & ATCP_F_SYN);
	cb->flags = rx->seg.flags & (fin ? ATCP_F_FIN | ATCP_F_PSH : ATCP_F_PSH);
	cb->end_seq = cb->seq + skb->len + fin;
	cb->has_ts = rx->opts.has_ts;
	cb->tsval = rx->opts.tsval;

	if (!atcp_seq_before(cb->seq, as->rcv_nxt))
		return true;
	old = as->rcv_nxt - cb->seq;
	if (as->sack_ok && READ_ONCE(an->sysctl.dsack)) {
		ATCP_SK_INC(sk, TCPDSACKOLDSENT);
		atcp_sack_rx_dsack(&as->sack_rx, cb->seq, as->rcv_nxt);
	}
	cb->seq = as->rcv_nxt;
	return old <= skb->len && pskb_pull(skb, old);
}

static void atcp_data_early(struct sock *sk, struct sk_buff *skb, u8 ecn)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);

	/* RFC 5681 4.2: a hole is reported at once. */
	as->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_NOW;
	as->quickack = max_t(u8, as->quickack, 2);
	atcp_data_ecn(sk, ecn);
	as->rcv_ooopack += max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	if (!atcp_rcvq_mem_ok(sk, skb)) {
		ATCP_INC(net, TCPOFODROP);
		atcp_mib_drop(net, skb, ATCP_DROP_OFO_FULL);
		return;
	}
	atcp_rcvq_ofo_insert(sk, skb);
}

static void atcp_data_in_order(struct sock *sk, struct sk_buff *skb, u8 ecn)
{
	bool fin = ATCP_CB(skb)->flags & ATCP_F_FIN;
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);

	if (!atcp_sock_rcv_window(as) && skb->len) {
		ATCP_INC(net, TCPZEROWINDOWDROP);
		as->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_NOW;
		atcp_mib_drop(net, skb, ATCP_DROP_ZERO_WINDOW);
		return;
	}
	if (!atcp_rcvq_mem_ok(sk, skb)) {
		ATCP_INC(net, TCPRCVQDROP);
		as->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_NOW;
		/* The reader may be waiting for more than there is room for. */
		sk->sk_data_ready(sk);
		atcp_mib_drop(net, skb, ATCP_DROP_RCVQ_FULL);
		return;
	}
	if (skb->len)
		atcp_data_event(sk, skb, ecn);
	atcp_rcvq_queue(sk, skb);
	if (!RB_EMPTY_ROOT(&as->ofo)) {
		/* The ACK for a hole that is filled does not wait either. */
		as->ack_pending |= ATCP_ACK_NOW;
		if (!fin)
			fin = atcp_rcvq_ofo_drain(sk);
	}
	if (fin) {
		/* It ends what an answer could still be waited for with. */
		as->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_NOW;
		atcp_close_fin_rcvd(sk);
	}
}

void atcp_data_rcv(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx, u32 v)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);

	/* Text for a reader who has gone: RFC 9293 3.6.1, RFC 1122 4.2.2.13. */
	if ((sk->sk_shutdown & RCV_SHUTDOWN) && (v & ATCP_V_DATA) &&
	    (sk->sk_state == TCP_FIN_WAIT1 || sk->sk_state == TCP_FIN_WAIT2)) {
		ATCP_INC(net, TCPABORTONDATA);
		if (as->fo.asked && (v & ATCP_V_FIN))
			atcp_fastopen_blackhole(sk);
		atcp_output_rst(sk, GFP_ATOMIC);
		atcp_mib_drop(net, skb, ATCP_DROP_RCVQ_SHUT);
		atcp_sock_abort(sk, ECONNRESET, ATCP_CAUSE_ABORT);
		return;
	}
	as->data_segs_in += max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	if (!atcp_data_prepare(sk, skb, rx, v)) {
		atcp_mib_drop(net, skb, ATCP_DROP_NOMEM);
		return;
	}
	if (ATCP_CB(skb)->seq != as->rcv_nxt) {
		atcp_data_early(sk, skb, rx->ecn);
		return;
	}
	atcp_data_in_order(sk, skb, rx->ecn);
	if (!sock_flag(sk, SOCK_DEAD) && sk->sk_state != TCP_CLOSE)
		sk->sk_data_ready(sk);
}
