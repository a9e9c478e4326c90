// SPDX-License-Identifier: GPL-2.0
/* Retransmission: what is marked lost goes again as cwnd allows; the RTO (RFC 6298 5). */

#include <linux/skbuff.h>
#include <net/sock.h>

#include "output/accecn.h"
#include "output/pace.h"
#include "output/route.h"
#include "output/rtx.h"
#include "output/xmit.h"
#include "proto/ecn.h"
#include "proto/rtt.h"
#include "proto/seg.h"
#include "state/conn/auth.h"
#include "state/conn/metrics.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/conn/urgent.h"
#include "state/shared/mib.h"
#include "state/shared/trace.h"

/* A SYN that asks for ECN. */
#define ATCP_RTX_ECN_SYN	(ATCP_F_SYN | ATCP_F_ECE | ATCP_F_CWR)

void atcp_rtx_set_rto(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	u32 max_us = READ_ONCE(an->sysctl.rto_max_ms) * USEC_PER_MSEC;
	struct atcp_sock *as = atcp_sk(sk);
	u32 rto;

	/* The route may be another one by now. */
	as->rtt.rto_min_us = atcp_metrics_rto_min_us(sk);
	rto = as->rtt.srtt_us ? atcp_rtt_rto_us(&as->rtt, as->rtt.rto_min_us, max_us) :
	      min(ATCP_RTT_RTO_INIT_US, max_us);
	as->rto_us = atcp_rtt_backoff_us(rto, as->backoff, max_us);
}

u64 atcp_rtx_user_us(const struct atcp_sock *as, u32 since, u64 us)
{
	u32 elapsed = max_t(s32, atcp_sock_ts_now() - since, 0), user = READ_ONCE(as->user_timeout);

	if (!user)
		return us;
	return elapsed < user ? min(us, (u64)(user - elapsed) * USEC_PER_MSEC) : 1;
}

/* Until the RTO of the oldest segment is over, us; at least 1. */
static u64 atcp_rtx_rest_us(const struct sock *sk, u64 now_us)
{
	const struct sk_buff *head = atcp_sndq_rtx_head(sk);
	u64 at_us;

	if (!head)
		return atcp_sk(sk)->rto_us;
	at_us = ATCP_CB(head)->xmit_us + atcp_sk(sk)->rto_us;
	return at_us > now_us ? at_us - now_us : 1;
}

void atcp_rtx_rearm(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!as->packets_out) {
		atcp_timer_stop(sk);
		return;
	}
	/* RFC 6298 5.1, 5.3. After a timer that came first the time runs on. */
	if (as->pending == ATCP_TIMER_REO || as->pending == ATCP_TIMER_TLP)
		atcp_timer_arm(sk, ATCP_TIMER_RTX, atcp_rtx_rest_us(sk, atcp_sock_now_us()));
	else
		atcp_timer_arm(sk, ATCP_TIMER_RTX, as->rto_us);
}

/* When something was last sent, which what is being sent just now is. */
static u64 atcp_rtx_last_us(const struct atcp_sock *as)
{
	const struct sk_buff *last = list_last_entry(&as->rtxq.sent, struct sk_buff,
						     tcp_tsorted_anchor);

	return list_empty(&as->rtxq.sent) ? atcp_sock_now_us() : ATCP_CB(last)->xmit_us;
}

bool atcp_rtx_arm_probe(struct sock *sk, bool acked)
{
	int mode = READ_ONCE(atcp_sock_net(sk)->sysctl.early_retrans);
	struct atcp_sock *as = atcp_sk(sk);
	u64 us = ATCP_RTT_RTO_INIT_US, rest;

	if (as->fo.lsk || mode < 3 || !as->packets_out || !as->sack_ok ||
	    (as->ca_state != ATCP_CA_OPEN && as->ca_state != ATCP_CA_CWR))
		return false;
	if (as->rtt.srtt_us)
		us = (as->rtt.srtt_us >> 2) + (as->packets_out == 1 ? as->rtt.rto_min_us :
					       ATCP_RTX_SLACK_US);
	rest = acked ? as->rto_us : atcp_rtx_rest_us(sk, atcp_rtx_last_us(as));
	/* What is overdue, after an undo, was not lost: no reason to probe at once. */
	if (rest > 1)
		us = min(us, rest);
	atcp_timer_arm(sk, ATCP_TIMER_TLP, us);
	return true;
}

/* Figures of what was sent again. */
static void atcp_rtx_count(struct sock *sk, const struct sk_buff *skb)
{
	const struct atcp_cb *cb = ATCP_CB(skb);
	struct atcp_sock *as = atcp_sk(sk);
	enum atcp_rtx_kind kind;

	if (skb->len)
		as->lsndtime = (u32)jiffies;
	as->total_retrans += cb->segs;
	as->bytes_retrans += skb->len;
	ATCP_SK_ADD(sk, RETRANSSEGS, cb->segs);

	if (cb->flags & ATCP_F_SYN) {
		ATCP_SK_INC(sk, TCPSYNRETRANS);
		kind = ATCP_RTX_SYN;
	} else if (as->ca_state == ATCP_CA_LOSS) {
		kind = ATCP_RTX_RTO;
	} else {
		kind = ATCP_RTX_FAST;
	}
	trace_atcp_retransmit(sk, NULL, cb->seq, skb->len, kind);
}

static void atcp_rtx_account(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_cb *cb = ATCP_CB(skb);

	atcp_rtxq_again(as, skb);
	/*
	 * The timestamp that went with it, for whose echo it is compared with: a later one would
	 * have that echo speak for the original. 0 is none, and one that is too early does no harm.
	 */
	if (!as->retrans_stamp)
		as->retrans_stamp = atcp_sock_us_to_ts(cb->xmit_us) ?: U32_MAX;
	if (as->undo_retrans < 0)
		as->undo_retrans = 0;
	as->undo_retrans += cb->segs;
	if (as->ca_state == ATCP_CA_CWR || as->ca_state == ATCP_CA_RECOVERY)
		as->prr.out += cb->segs;
	atcp_rtx_count(sk, skb);
}

static void atcp_rtx_without_ecn(struct atcp_sock *as, struct atcp_cb *cb)
{
	cb->flags &= ~(ATCP_F_ECE | ATCP_F_CWR);
	as->ecn.ip = ATCP_ECN_IP_NOT_ECT;
}

/*
 * Bytes of @segs segments that the peer's window has room for: whole segments, or a part of the
 * first. A peer that has closed its window gets the oldest segment nevertheless.
 */
static u32 atcp_rtx_most(const struct atcp_sock *as, const struct atcp_cb *cb, u32 segs, u32 mss)
{
	s32 room = atcp_sock_wnd_end(as) - cb->seq;

	if (room <= 0)
		return mss;
	if (segs <= (u32)room / mss)
		return segs * mss;
	return (u32)room < mss ? room : rounddown((u32)room, mss);
}

/* What follows @skb goes with it where that makes no more than @most bytes, one segment. */
static void atcp_rtx_collapse(struct sock *sk, struct sk_buff *skb, u32 most)
{
	const struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *next;

	if ((ATCP_CB(skb)->flags & ATCP_F_SYN) ||
	    !READ_ONCE(atcp_sock_net(sk)->sysctl.retrans_collapse))
		return;
	while ((next = atcp_rtxq_next(skb)) && skb->len + next->len <= most &&
	       !atcp_seq_after(ATCP_CB(next)->end_seq, atcp_sock_wnd_end(as)) &&
	       atcp_sndq_collapse(sk, skb, next))
		;
}

/* Sends it; what that means for the rest is the caller's. */
static int atcp_rtx_send(struct sock *sk, struct sk_buff *skb, u32 segs)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_cb *cb = ATCP_CB(skb);
	u32 mss, most, was;
	int err;

	/* RFC 4821 section 7.6: not known now why a probe was not acknowledged. */
	as->mtup.size = 0;
	if (atcp_seq_before(cb->seq, as->snd_una) && skb->len) {
		err = atcp_sndq_trim(sk, skb, as->snd_una - cb->seq);
		if (err)
			return err;
	}
	if (!as->af_ops->route(sk))
		return -EHOSTUNREACH;
	mss = atcp_xmit_mss(sk);
	/* Each has its own urgent pointer, or signature: what a device cuts would have one. */
	if (unlikely(atcp_urgent_sending(as)) || atcp_accecn_single(as) || atcp_auth_room(sk))
		segs = 1;
	/* A peer that has taken back its window still gets the oldest segment. */
	if (!atcp_seq_before(cb->seq, atcp_sock_wnd_end(as)) && cb->seq != as->snd_una)
		return -EAGAIN;

	most = atcp_rtx_most(as, cb, segs, mss);
	if (skb->len > most) {
		err = atcp_sndq_split(sk, skb, most, mss, true, GFP_ATOMIC);
		if (err)
			return err;
	} else if (skb->len) {
		/* Small ones that were merged when they were SACKed are fewer now. */
		was = cb->segs;
		atcp_sndq_set_segs(skb, mss);
		atcp_rtxq_adjust(as, skb, cb->segs - was);
	}
	if (skb->len < min(most, mss))
		atcp_rtx_collapse(sk, skb, min(most, mss));

	/* RFC 3168 6.1.1.1: what asks for ECN may be what was not let through. */
	if (atcp_accecn_on(as) && (cb->flags & ATCP_F_SYN))
		atcp_accecn_again(sk, skb);
	else if ((cb->flags & ATCP_RTX_ECN_SYN) == ATCP_RTX_ECN_SYN &&
		 READ_ONCE(atcp_net_get(sock_net(sk))->sysctl.ecn_fallback))
		atcp_rtx_without_ecn(as, cb);
	err = atcp_xmit_skb(sk, skb, true, GFP_ATOMIC);
	if (err == -ENOBUFS) {
		ATCP_SK_INC(sk, TCPRETRANSFAIL);
		return err;
	}
	return 0;
}

int atcp_rtx_skb(struct sock *sk, struct sk_buff *skb, u32 segs)
{
	int err = atcp_rtx_send(sk, skb, segs);

	if (!err)
		atcp_rtx_account(sk, skb);
	return err;
}

int atcp_rtx_probe(struct sock *sk, struct sk_buff *skb)
{
	int err = atcp_rtx_send(sk, skb, 1);

	if (!err) {
		atcp_rtxq_probed(atcp_sk(sk), skb);
		atcp_rtx_count(sk, skb);
	}
	return err;
}

void atcp_rtx_lost(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct sk_buff *head = atcp_sndq_rtx_head(sk);
	u32 max_segs = 0;
	struct sk_buff *skb;
	bool first = false;

	while ((skb = atcp_rtxq_first_lost(as))) {
		u32 flight = atcp_sock_in_flight(as);

		if (atcp_pace_wait(sk))
			break;
		if (flight >= as->cong.cwnd) {
			as->cwnd_limited = true;
			break;
		}
		/* Merged when they were SACKed, they may be larger than the rate asks for. */
		max_segs = max_segs ?: atcp_pace_segs(sk, as->mss_cache);
		if (atcp_rtx_skb(sk, skb, min(as->cong.cwnd - flight, max_segs)))
			break;
		first |= skb == head;
		if (as->ca_state == ATCP_CA_LOSS)
			ATCP_SK_ADD(sk, TCPSLOWSTARTRETRANS, ATCP_CB(skb)->segs);
		else
			ATCP_SK_ADD(sk, TCPFASTRETRANS, ATCP_CB(skb)->segs);
	}
	/* RFC 6298 5.1: it is timed again. */
	if (as->pending == ATCP_TIMER_NONE || (first && as->pending != ATCP_TIMER_REO))
		atcp_timer_arm(sk, ATCP_TIMER_RTX, as->rto_us);
}
