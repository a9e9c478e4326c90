// SPDX-License-Identifier: GPL-2.0
/*
 * Loss detection by time (RFC 8985): a segment is taken for lost when something that was sent
 * sufficiently later has arrived. It finds lost retransmissions too. The arithmetic is
 * proto/rack.c's.
 */
#include "conn/rack.h"

#include <net/sock.h>

#include "conn/recovery.h"
#include "output/rtx.h"
#include "proto/seg.h"
#include "state/conn/rtxq.h"
#include "state/conn/timer.h"
#include "state/shared/mib.h"

/*
 * The ACK echoes what was sent before the retransmission @cb: it was the original that arrived
 * (RFC 8985 6.2 step 2). A SACK's echo is of what came before the hole, and does not tell.
 */
static bool atcp_rack_original(const struct atcp_sock *as, const struct atcp_cb *cb)
{
	return as->ts_ok && as->ts_lastecr &&
	       (s32)(as->ts_lastecr - as->ts_off - atcp_sock_us_to_ts(cb->xmit_us)) < 0;
}

void atcp_rack_arrived(struct atcp_sock *as, const struct atcp_cb *cb, struct atcp_news *news,
		       bool acked)
{
	u32 *reord = acked ? &news->reord : &news->reord_sack;
	bool again = cb->sacked & ATCP_CB_EVER;

	if (!again || !acked || !atcp_rack_original(as, cb))
		atcp_rack_delivered(&as->rack, cb->xmit_us, cb->end_seq, again, news->now_us,
				    atcp_rtt_min_us(&as->rtt.min));
	atcp_rate_arrived(&as->rate, &news->rate, &cb->tx, cb->xmit_us, cb->end_seq,
			  cb->sacked & ATCP_CB_APP);
	if (again)
		return;
	if (!atcp_seq_after(cb->end_seq, as->high_seq))
		news->original = true;
	if (atcp_seq_before(cb->seq, news->prior_high) && atcp_seq_before(cb->seq, *reord))
		*reord = cb->seq;
}

void atcp_rack_reordered(struct sock *sk, u32 low, bool ts)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 mss = max_t(u32, as->mss_cache, 1), far;

	if (!atcp_seq_before(low, as->high_sacked))
		return;
	far = as->high_sacked - low;
	if (far > as->reordering * mss)
		as->reordering = min_t(u32, DIV_ROUND_UP(far, mss),
				       READ_ONCE(atcp_sock_net(sk)->sysctl.max_reordering));
	as->reord_seen++;
	if (ts)
		ATCP_SK_INC(sk, TCPTSREORDER);
	else
		ATCP_SK_INC(sk, TCPSACKREORDER);
}

/* The algorithm is told what it was sent into. */
static void atcp_rack_tell(struct atcp_sock *as, const struct atcp_cb *cb)
{
	const struct atcp_cong_lost l = {
		.now_us	= atcp_sock_now_us(),
		.prior	= cb->tx.delivered,
		.flight	= cb->tx.flight,
		.lost	= as->lost - cb->tx.lost,
		.segs	= cb->segs,
		.limited = cb->sacked & ATCP_CB_APP,
	};

	as->cong.ops->on_lost(&as->cong, &l);
}

void atcp_rack_mark(struct sock *sk, struct sk_buff *skb)
{
	if (ATCP_CB(skb)->sacked & ATCP_CB_RETRANS)
		ATCP_SK_ADD(sk, TCPLOSTRETRANSMIT, ATCP_CB(skb)->segs);
	atcp_rtxq_lost(atcp_sk(sk), skb);
	if (unlikely(atcp_sk(sk)->cong.ops->on_lost))
		atcp_rack_tell(atcp_sk(sk), ATCP_CB(skb));
}

/* RFC 8985 6.2 step 4, and its rule for connections that have never seen reordering, us. */
static u32 atcp_rack_window(const struct atcp_sock *as)
{
	if (!as->reord_seen &&
	    (as->ca_state >= ATCP_CA_RECOVERY || as->sacked_out >= as->reordering))
		return 0;
	return atcp_rack_reo_us(&as->rack, atcp_rtt_min_us(&as->rtt.min), as->rtt.srtt_us >> 3);
}

/*
 * The last suspect; @skb is the first, of which there is one. What was found to be suspect before
 * still is, or is gone from its place: whatever is in flight, each transmission is passed once.
 */
static struct sk_buff *atcp_rack_last_suspect(struct atcp_sock *as, struct sk_buff *skb)
{
	struct sk_buff *last = as->rtxq.suspect ?: skb;

	skb = last;
	list_for_each_entry_continue(skb, &as->rtxq.sent, tcp_tsorted_anchor) {
		const struct atcp_cb *cb = ATCP_CB(skb);

		if (!atcp_rack_sent_before(&as->rack, cb->xmit_us, cb->end_seq))
			break;
		last = skb;
	}
	as->rtxq.suspect = last;
	return last;
}

/*
 * Until the last suspect is due, us, of which @skb is the first. It was sent no later than the
 * newest that has arrived; where RACK.rtt is of an older one, as after retransmissions, that would
 * be too long, and the last suspect is looked up.
 */
static u64 atcp_rack_due_us(struct atcp_sock *as, struct sk_buff *skb, u32 reo_us, u64 now_us)
{
	u64 xmit_us = as->rack.xmit_us;

	if (xmit_us + as->rack.rtt_us > now_us)
		xmit_us = ATCP_CB(atcp_rack_last_suspect(as, skb))->xmit_us;
	return max_t(s64, atcp_rack_rest_us(&as->rack, xmit_us, reo_us, now_us), 1);
}

/*
 * Step 5. Returns the time until the last suspect is due, us; 0: none. What is in flight is in
 * order of sending: nothing is overdue behind one that is not, and nothing is suspect that was
 * sent after what has arrived.
 */
static u64 atcp_rack_detect(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 reo_us = atcp_rack_window(as);
	struct sk_buff *skb, *next;
	u64 now_us;

	if (!as->rack.xmit_us || list_empty(&as->rtxq.sent))
		return 0;
	now_us = atcp_sock_now_us();
	list_for_each_entry_safe(skb, next, &as->rtxq.sent, tcp_tsorted_anchor) {
		const struct atcp_cb *cb = ATCP_CB(skb);

		if (!atcp_rack_sent_before(&as->rack, cb->xmit_us, cb->end_seq))
			break;
		if (atcp_rack_rest_us(&as->rack, cb->xmit_us, reo_us, now_us) > 0)
			return atcp_rack_due_us(as, skb, reo_us, now_us);
		atcp_rack_mark(sk, skb);
	}
	return 0;
}

bool atcp_rack_ack(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u64 rest;

	if (!as->rack.advanced)
		return false;
	as->rack.advanced = false;
	rest = atcp_rack_detect(sk);
	if (!rest)
		return false;
	atcp_timer_arm(sk, ATCP_TIMER_REO, rest + ATCP_RTX_SLACK_US);
	return true;
}

void atcp_rack_reo_timeout(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 before = atcp_sock_in_flight(as);
	struct atcp_news news = { .prior_lost = as->lost };
	u64 rest = atcp_rack_detect(sk);

	if (atcp_sock_in_flight(as) != before) {
		if (as->ca_state != ATCP_CA_RECOVERY) {
			atcp_recovery_enter(sk, false);
			/* The first of a recovery goes at once. */
			news.delivered = 1;
			atcp_recovery_cwnd(sk, &news);
		}
		atcp_rtx_lost(sk);
	}
	/* Ticks are coarse: where the first of them came too soon, the next one does. */
	if (rest)
		atcp_timer_arm(sk, ATCP_TIMER_REO, rest + ATCP_RTX_SLACK_US);
	else if (as->pending != ATCP_TIMER_RTX)
		atcp_rtx_rearm(sk);
}

void atcp_rack_timeout(struct sock *sk, bool reneged)
{
	struct sk_buff *head, *skb, *next;
	struct atcp_sock *as = atcp_sk(sk);
	u64 now_us = atcp_sock_now_us();

	if (reneged || !as->sack_ok) {
		atcp_rtxq_all_lost(as, reneged);
		return;
	}
	/* What was sent less than a round trip ago may well arrive. */
	head = atcp_rtxq_head(as);
	list_for_each_entry_safe(skb, next, &as->rtxq.sent, tcp_tsorted_anchor) {
		if (skb == head ||
		    atcp_rack_rest_us(&as->rack, ATCP_CB(skb)->xmit_us, 0, now_us) <= 0)
			atcp_rack_mark(sk, skb);
	}
}
