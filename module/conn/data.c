// SPDX-License-Identifier: GPL-2.0
/* The text of a segment (RFC 9293 3.10.7.4, seventh): queued, or kept if early; its ACK. */

#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "conn/close.h"
#include "conn/data.h"
#include "output/output.h"
#include "output/rcvack.h"
#include "output/reply.h"
#include "proto/ecn.h"
#include "proto/fsm.h"
#include "proto/seg.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/rcvmem.h"
#include "state/conn/rcvq.h"
#include "state/listen/fastopen.h"
#include "state/shared/mib.h"

/*
 * RFC 8257 section 3.2: the ACK that waits goes with the echo of what it is about, and the next one
 * does not wait. RCV.NXT is still what it was before this segment.
 */
static void atcp_data_ecn_each(struct sock *sk, u8 ecn)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool ce = ecn == ATCP_ECN_IP_CE;

	atcp_cong_tell(&as->cong, ce ? ATCP_CONG_EV_CE : ATCP_CONG_EV_NO_CE, atcp_sock_now_us());
	if (atcp_ecn_each_turns(as->ecn.flags, ecn)) {
		if (as->ack_pending & ATCP_ACK_TIMER) {
			/* CWR may have ended it meanwhile. */
			atcp_ecn_each_echo(&as->ecn.flags, !ce);
			atcp_output_ack(sk);
		}
		as->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_NOW;
	}
	atcp_ecn_each_echo(&as->ecn.flags, ce);
}

/* A sender that is told of congestion may have little in flight: ACKs do not wait. */
static void atcp_data_ecn(struct sock *sk, u8 ecn)
{
	const u8 each = ATCP_ECN_OK | ATCP_ECN_EACH;
	struct atcp_sock *as = atcp_sk(sk);

	if (unlikely((as->ecn.flags & each) == each && ecn != ATCP_ECN_IP_NOT_ECT))
		atcp_data_ecn_each(sk, ecn);
	if (unlikely(atcp_ecn_rcv_data(&as->ecn.flags, ecn)))
		atcp_rcvack_quick(as, 2);
}

/* New text came in order: an ACK is owed, and the rhythm of the sender is learnt. */
static void atcp_data_event(struct sock *sk, const struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 now = (u32)jiffies, gap = now - as->lrcvtime, rto = usecs_to_jiffies(as->rto_us);

	as->ack_pending |= ATCP_ACK_SCHED;
	atcp_rcvbuf_measure(sk, skb, rx->seg.doff, rx->seg.flags);
	if (!as->ato) {
		atcp_rcvack_incr(as, ATCP_RCVACK_QUICK_MAX);
		as->ato = TCP_ATO_MIN;
	} else if (gap <= TCP_ATO_MIN / 2) {
		as->ato = (as->ato >> 1) + TCP_ATO_MIN / 2;
	} else if (gap < as->ato) {
		as->ato = min((as->ato >> 1) + gap, rto);
	} else if (gap > rto) {
		/* A sender that was silent that long starts slowly: help it. */
		atcp_rcvack_incr(as, ATCP_RCVACK_QUICK_MAX);
	}
	as->lrcvtime = now;
	atcp_data_ecn(sk, rx->ecn);
	atcp_rcvbuf_rtt(sk);
	if (skb->len >= 128)
		atcp_rcvbuf_open(sk, skb, skb->truesize);
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

/* What cannot be taken now: the sender hears of that at once. */
static void atcp_data_refuse(struct sock *sk, struct sk_buff *skb, enum atcp_drop why)
{
	atcp_sk(sk)->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_NOW;
	atcp_mib_drop(sock_net(sk), skb, why);
}

static void atcp_data_early(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);

	/* It begins where nothing is offered any more, or not yet: there may be no room for it. */
	if (!atcp_seq_before(ATCP_CB(skb)->seq, as->rcv_nxt + atcp_sock_rcv_window(as))) {
		ATCP_INC(net, BEYONDWINDOW);
		atcp_rcvack_quick(as, ATCP_RCVACK_QUICK_MAX);
		atcp_data_refuse(sk, skb, ATCP_DROP_OUT_OF_WINDOW);
		return;
	}
	atcp_data_ecn(sk, rx->ecn);
	as->ack_pending |= ATCP_ACK_SCHED;
	if (!atcp_rcvmem_ok(sk, skb)) {
		ATCP_INC(net, TCPOFODROP);
		/* The reader may be waiting for more than there is room for. */
		sk->sk_data_ready(sk);
		atcp_mib_drop(net, skb, ATCP_DROP_OFO_FULL);
		return;
	}
	as->rcv_ooopack += max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	if (skb->len) {
		atcp_rcvbuf_measure(sk, skb, rx->seg.doff, rx->seg.flags);
		/* Without SACK a window that grows would make an ACK that is no duplicate. */
		if (as->sack_ok)
			atcp_rcvbuf_open(sk, skb, 0);
	}
	if (atcp_rcvq_ofo_insert(sk, skb))
		as->ack_pending |= ATCP_ACK_NOW;
	atcp_rcvbuf_early(sk);
}

/* There is no room for what comes next in order. True, and @skb is gone. */
static bool atcp_data_no_room(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);
	bool closed = !atcp_sock_rcv_window(as);

	if (atcp_sock_rcv_window_max(as)) {
		if (atcp_rcvmem_ok(sk, skb))
			return false;
		as->ack_pending |= ATCP_ACK_NOMEM;
		/* The reader may be waiting for more than there is room for. */
		sk->sk_data_ready(sk);
	}
	if (closed) {
		ATCP_INC(net, TCPZEROWINDOWDROP);
		atcp_rcvack_quick(as, ATCP_RCVACK_QUICK_MAX);
	} else {
		ATCP_INC(net, TCPRCVQDROP);
	}
	atcp_data_refuse(sk, skb, closed ? ATCP_DROP_ZERO_WINDOW : ATCP_DROP_RCVQ_FULL);
	return true;
}

static void atcp_data_in_order(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx)
{
	bool fin = ATCP_CB(skb)->flags & ATCP_F_FIN;
	struct atcp_sock *as = atcp_sk(sk);

	/* A bare FIN takes no room; those who send it whatever the window would not stop. */
	if (skb->len && atcp_data_no_room(sk, skb))
		return;
	if (skb->len)
		atcp_data_event(sk, skb, rx);
	atcp_rcvq_queue(sk, skb);
	if (!fin && !RB_EMPTY_ROOT(&as->ofo)) {
		fin = atcp_rcvq_ofo_drain(sk);
		/* RFC 5681 4.2: the ACK for a hole that is filled does not wait. */
		if (RB_EMPTY_ROOT(&as->ofo))
			as->ack_pending |= ATCP_ACK_NOW;
	}
	if (fin) {
		/* Nothing follows a FIN, whatever came early; it says enough of what came twice. */
		atcp_rcvq_ofo_purge(sk);
		atcp_rcvack_fin(sk);
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
		/* By the segment's numbers, RFC 9293 3.10.7.1: nobody is here to take it. */
		atcp_reply_rst_sock(sk, skb);
		atcp_mib_drop(net, skb, ATCP_DROP_RCVQ_SHUT);
		atcp_sock_abort(sk, ECONNRESET, ATCP_CAUSE_ABORT);
		return;
	}
	if (!atcp_data_prepare(sk, skb, rx, v)) {
		atcp_mib_drop(net, skb, ATCP_DROP_NOMEM);
		return;
	}
	if (as->ts_ok && rx->opts.has_ts)
		atcp_rcvbuf_echo(sk, skb->len, rx->opts.tsecr);
	if (ATCP_CB(skb)->seq != as->rcv_nxt) {
		atcp_data_early(sk, skb, rx);
		return;
	}
	atcp_data_in_order(sk, skb, rx);
	if (!sock_flag(sk, SOCK_DEAD) && sk->sk_state != TCP_CLOSE)
		sk->sk_data_ready(sk);
}
