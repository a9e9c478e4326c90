// SPDX-License-Identifier: GPL-2.0
/* Is a segment acceptable: PAWS, the state machine's verdict, and the answers to what is not. */

#include <net/sock.h>

#include "conn/accecn.h"
#include "conn/check.h"
#include "conn/close.h"
#include "conn/fastopen.h"
#include "output/accecn.h"
#include "output/output.h"
#include "output/rcvack.h"
#include "output/reply.h"
#include "output/rtx.h"
#include "proto/fsm.h"
#include "proto/seg.h"
#include "state/conn/sndq.h"
#include "state/shared/mib.h"

bool atcp_check_rate_limited(struct net *net, u32 *last, int mib)
{
	int limit = READ_ONCE(atcp_net_get(net)->sysctl.invalid_ratelimit);
	s32 elapsed = (u32)jiffies - READ_ONCE(*last);

	if (elapsed >= 0 && elapsed < limit) {
		this_cpu_inc(atcp_net_get(net)->mib->cell[mib]);
		return true;
	}
	WRITE_ONCE(*last, (u32)jiffies);
	return false;
}

void atcp_check_challenge(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);

	if (atcp_check_rate_limited(net, &as->last_oow_ack, ATCP_MIB_TCPACKSKIPPEDCHALLENGE))
		return;
	/* RFC 5961 section 7; off unless set: a shared budget can be probed (CVE-2016-5696). */
	if (!atcp_net_challenge_allow(atcp_net_get(net)))
		return;
	ATCP_INC(net, TCPCHALLENGEACK);
	atcp_output_ack(sk);
}

/* The same for @rx. If it is not sent, the next ACK does not answer it either. */
static void atcp_check_challenge_by(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (atcp_accecn_on(as) && (rx->seg.flags & ATCP_F_SYN))
		atcp_accecn_challenged(sk, rx);
	atcp_check_challenge(sk);
	as->ecn.acc.reflect = 0;
}

/*
 * A bare ACK that overtook nothing of value: networks swap those, and refusing
 * it by PAWS would answer each with another ACK (Linux: tcp_disordered_ack).
 */
static bool atcp_check_disordered_ack(const struct atcp_sock *as, const struct atcp_rx *rx)
{
	const struct atcp_seg *seg = &rx->seg;

	return (seg->flags & ATCP_F_ACK) && seg->seq == seg->end_seq &&
	       seg->seq == as->rcv_nxt && !atcp_seq_after(seg->ack, as->snd_una) &&
	       as->ts_recent - rx->opts.tsval <= as->rto_us / USEC_PER_MSEC;
}

static bool atcp_check_paws_bad(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!as->ts_ok || !rx->opts.has_ts || !as->ts_recent_stamp ||
	    (rx->seg.flags & ATCP_F_RST))
		return false;
	if ((s32)(rx->opts.tsval - as->ts_recent) >= 0)
		return false;
	if ((u32)ktime_get_seconds() - as->ts_recent_stamp >= ATCP_RX_PAWS_24DAYS)
		return false;
	return !atcp_check_disordered_ack(as, rx);
}

/* The duplicate ACK that an unacceptable segment deserves (RFC 9293 3.10.7.4, first). */
static void atcp_check_answer_ack(struct sock *sk, const struct atcp_rx *rx, bool paws)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_seg *seg = &rx->seg;

	/* Without text of its own it may be part of an ACK loop. */
	if ((seg->seq == seg->end_seq || (seg->flags & ATCP_F_SYN)) &&
	    atcp_check_rate_limited(sock_net(sk), &as->last_oow_ack,
				    paws ? ATCP_MIB_TCPACKSKIPPEDPAWS :
				    ATCP_MIB_TCPACKSKIPPEDSEQ))
		return;
	if (seg->seq != seg->end_seq && atcp_seq_before(seg->seq, as->rcv_nxt)) {
		ATCP_SK_INC(sk, DELAYEDACKLOST);
		atcp_rcvack_quick(as, ATCP_RCVACK_QUICK_MAX);
		if (atcp_accecn_on(as))
			atcp_accecn_repeated(sk, rx);
		/* A FIN's number alone is no text that came twice. */
		if (seg->len && as->sack_ok && READ_ONCE(an->sysctl.dsack)) {
			ATCP_SK_INC(sk, TCPDSACKOLDSENT);
			/* The last one had that too: it may be our ACKs' path that loses. */
			if (as->sack_rx.dsack.start == seg->seq && sk_rethink_txhash(sk))
				ATCP_SK_INC(sk, TCPDUPLICATEDATAREHASH);
			atcp_sack_rx_dsack(&as->sack_rx, seg->seq,
					   atcp_seq_min(seg->seq + seg->len, as->rcv_nxt));
		}
	}
	atcp_output_ack(sk);
}

static enum atcp_drop atcp_check_reason(const struct atcp_sock *as, const struct atcp_rx *rx,
					u32 v, bool paws)
{
	const struct atcp_seg *seg = &rx->seg;

	if (seg->flags & ATCP_F_RST)
		return v & ATCP_V_ABORT ? ATCP_DROP_RST_OK : ATCP_DROP_RST_BAD;
	if (paws)
		return ATCP_DROP_PAWS;
	if (seg->flags & ATCP_F_SYN)
		return ATCP_DROP_SYN_IN_WINDOW;
	if (!atcp_seq_after(seg->end_seq, as->rcv_nxt) && seg->seq != as->rcv_nxt)
		return ATCP_DROP_OLD_SEQ;
	if (atcp_seq_after(seg->seq + seg->len, as->rcv_nxt + atcp_sock_rcv_window_max(as)) ||
	    atcp_seq_after(seg->seq, as->rcv_nxt + atcp_sock_rcv_window(as)))
		return ATCP_DROP_OUT_OF_WINDOW;
	if (!(seg->flags & ATCP_F_ACK))
		return ATCP_DROP_NO_ACK_FLAG;
	if (atcp_seq_after(seg->ack, as->snd_nxt))
		return ATCP_DROP_BAD_ACK;
	return ATCP_DROP_OLD_ACK;
}

/*
 * The SYN of a connection that it made itself, once more: the SYN-ACK is sent
 * again. RFC 9293 3.10.7.4 has it as an old segment, whose answer would be an ACK.
 */
static bool atcp_check_fastopen_syn(struct sock *sk, const struct atcp_rx *rx, bool paws)
{
	const u8 mask = ATCP_F_SYN | ATCP_F_ACK | ATCP_F_RST | ATCP_F_FIN;
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *synack;

	if (!as->fo.lsk || paws || (rx->seg.flags & mask) != ATCP_F_SYN ||
	    rx->seg.seq != as->rcv_isn)
		return false;
	synack = atcp_sndq_rtx_head(sk);
	if (synack && !atcp_check_rate_limited(sock_net(sk), &as->last_oow_ack,
					       ATCP_MIB_TCPACKSKIPPEDSYNRECV))
		atcp_rtx_skb(sk, synack, 1);
	return true;
}

/* How far the text reaches that was reported by SACK, from RCV.NXT. */
static u32 atcp_check_held(const struct atcp_sock *as)
{
	u32 right = as->rcv_nxt;
	u8 i;

	if (!as->sack_ok)
		return 0;
	for (i = 0; i < as->sack_rx.nr; i++)
		right = atcp_seq_max(right, as->sack_rx.sacks[i].end);
	return right - as->rcv_nxt;
}

/* What is not as it was expected: the state machine is asked. */
static noinline u32 atcp_check_unexpected(struct sock *sk, struct sk_buff *skb,
					  const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool paws = atcp_check_paws_bad(sk, rx);
	const struct atcp_fsm_ctx c = {
		.rcv_nxt	= as->rcv_nxt,
		.rcv_wup	= as->rcv_wup,
		/* The window may have shrunk since the peer heard of it (RFC 7323 2.4). */
		.rcv_wnd	= max(as->rcv_wnd, as->rcv_mwnd - as->rcv_wup),
		/* Until the handshake's ACK our SYN is what is unacknowledged. */
		.snd_una	= sk->sk_state == TCP_SYN_RECV ? as->iss : as->snd_una,
		.snd_nxt	= as->snd_nxt,
		.iss		= as->iss,
		.irs		= as->rcv_isn,
		/* Bytes that never were cannot be acknowledged, whatever the window. */
		.max_wnd	= min_t(u64, as->max_window, as->bytes_acked),
		.held		= atcp_check_held(as),
		.state		= sk->sk_state,
		.paws_bad	= paws,
		.passive	= as->passive,
		.unread		= !skb_queue_empty(&sk->sk_receive_queue),
	};
	struct net *net = sock_net(sk);
	enum atcp_drop reason;
	u32 v;

	if (unlikely(as->fo.lsk) && atcp_check_fastopen_syn(sk, rx, paws)) {
		consume_skb(skb);
		return 0;
	}
	v = atcp_fsm_verdict(&c, &rx->seg);
	if (paws && (v & ATCP_V_DROP))
		ATCP_INC(net, PAWSESTAB);
	if (atcp_accecn_on(as) && !(v & (ATCP_V_DROP | ATCP_V_ABORT | ATCP_V_CHALLENGE)))
		atcp_accecn_segment(sk, skb, rx);
	if (!(v & (ATCP_V_DROP | ATCP_V_ABORT | ATCP_V_ACK | ATCP_V_CHALLENGE)))
		return v;

	reason = atcp_check_reason(as, rx, v, paws);
	if (v & ATCP_V_ABORT) {
		atcp_close_rst_rcvd(sk);
		goto drop;
	}
	if (v & ATCP_V_CHALLENGE) {
		atcp_fastopen_stray(sk, rx);
		if (rx->seg.flags & ATCP_F_SYN)
			ATCP_INC(net, TCPSYNCHALLENGE);
		atcp_check_challenge_by(sk, rx);
	}
	if (v & ATCP_V_SYNACK)
		atcp_output_simopen_synack(sk);
	if (v & ATCP_V_RST)
		atcp_reply_rst_sock(sk, skb);
	if (v & ATCP_V_DROP) {
		if (reason == ATCP_DROP_OUT_OF_WINDOW)
			ATCP_INC(net, BEYONDWINDOW);
		if (v & ATCP_V_ACK)
			atcp_check_answer_ack(sk, rx, paws);
		goto drop;
	}
	/* Old text with a usable ACK: the answer goes when the ACK is processed. */
	if (v & ATCP_V_ACK)
		atcp_check_answer_ack(sk, rx, false);
	return v;

drop:
	atcp_mib_drop(net, skb, reason);
	return 0;
}

u32 atcp_check_segment(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	s32 room;
	u32 v;

	if (unlikely(sk->sk_state != TCP_ESTABLISHED || as->fo.lsk) ||
	    (as->ts_ok && rx->opts.has_ts && (s32)(rx->opts.tsval - as->ts_recent) < 0))
		return atcp_check_unexpected(sk, skb, rx);
	room = as->rcv_wup + max(as->rcv_wnd, as->rcv_mwnd - as->rcv_wup) - as->rcv_nxt;
	v = atcp_fsm_expected(&rx->seg, as->rcv_nxt, max(room, 0), as->snd_una, as->snd_nxt);
	if (unlikely(!v))
		return atcp_check_unexpected(sk, skb, rx);
	if (atcp_accecn_on(as))
		atcp_accecn_segment(sk, skb, rx);
	return v;
}
