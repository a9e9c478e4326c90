// SPDX-License-Identifier: GPL-2.0
/*
 * Loss detection and recovery.
 *
 * A segment is taken for lost when something sent sufficiently later has
 * arrived (RFC 8985, RACK): "sufficiently" is nothing once three segments are
 * SACKed and no reordering was ever seen, else a quarter of the least RTT. It
 * finds lost retransmissions too. Without SACK three duplicate ACKs mark the
 * head, and each partial ACK the next one (RFC 6582, NewReno). In recovery the
 * pipe (RFC 6675) is kept at ssthresh; a D-SACK or timestamp that shows that
 * nothing was lost gives the old window back (RFC 3522, 4015, 2883).
 */

#include <net/sock.h>

#include "conn/loss.h"
#include "output/mtuprobe.h"
#include "output/rtx.h"
#include "proto/ecn.h"
#include "proto/seg.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/shared/mib.h"

#define ATCP_LOSS_DUPTHRESH	3

void atcp_loss_delivered(struct atcp_sock *as, const struct atcp_cb *cb)
{
	/* The ACK of a retransmission may be of the original: too fast, it is. */
	if ((cb->sacked & ATCP_CB_EVER) &&
	    atcp_sock_now_us() - cb->xmit_us < atcp_rtt_min_us(&as->rtt.min))
		return;
	if (cb->xmit_us > as->rack_xmit_us ||
	    (cb->xmit_us == as->rack_xmit_us &&
	     atcp_seq_after(cb->end_seq, as->rack_end_seq))) {
		as->rack_xmit_us = cb->xmit_us;
		as->rack_end_seq = cb->end_seq;
	}
}

void atcp_loss_rate(struct atcp_sock *as, const struct atcp_cb *cb, struct atcp_loss_ack *la)
{
	atcp_rate_arrived(&as->rate, &la->rate, &cb->tx, cb->xmit_us, cb->end_seq,
			  cb->sacked & ATCP_CB_APP);
}

/* RFC 8985 6.2 step 4: how much later is late enough, us. */
static u32 atcp_loss_reo_wnd(const struct atcp_sock *as)
{
	if (!as->reord_seen && (as->ca_state >= ATCP_CA_RECOVERY ||
				as->sacked_out >= ATCP_LOSS_DUPTHRESH))
		return 0;
	return min(atcp_rtt_min_us(&as->rtt.min) / 4, as->rtt.srtt_us >> 3);
}

static void atcp_loss_mark(struct sock *sk, struct sk_buff *skb)
{
	if (ATCP_CB(skb)->sacked & ATCP_CB_RETRANS)
		ATCP_SK_INC(sk, TCPLOSTRETRANSMIT);
	atcp_rtxq_lost(atcp_sk(sk), skb);
}

/*
 * RFC 8985 6.2 step 5. Returns the time until the last suspect is due, us; 0: none. What is in
 * flight is in order of sending: nothing is overdue behind one that is not, and nothing is suspect
 * that was sent after what has arrived.
 */
static u64 atcp_loss_rack(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 reo = atcp_loss_reo_wnd(as);
	struct sk_buff *skb, *next;
	u64 now, rtt;

	if (!as->rack_xmit_us || list_empty(&as->rtxq.sent))
		return 0;
	now = atcp_sock_now_us();
	rtt = now - as->rack_xmit_us;
	rtt = min_t(u64, rtt, as->rtt.last_us ?: as->rtt.srtt_us >> 3);
	list_for_each_entry_safe(skb, next, &as->rtxq.sent, tcp_tsorted_anchor) {
		const struct atcp_cb *cb = ATCP_CB(skb);

		if (cb->xmit_us > as->rack_xmit_us ||
		    (cb->xmit_us == as->rack_xmit_us &&
		     !atcp_seq_before(cb->end_seq, as->rack_end_seq)))
			break;
		if (cb->xmit_us + rtt + reo > now)
			return as->rack_xmit_us + rtt + reo - now;
		atcp_loss_mark(sk, skb);
	}
	return 0;
}

/* Without SACK: duplicate ACKs stand for segments that have arrived (RFC 5681 3.2). */
static void atcp_loss_reno(struct sock *sk, const struct atcp_loss_ack *la)
{
	struct sk_buff *head = atcp_sndq_rtx_head(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 mss = max_t(u32, as->mss_cache, 1);

	if (la->una_advanced)
		/* What had arrived early is acknowledged now, less the hole. */
		as->sacked_out -= min(as->sacked_out, la->acked > 1 ? la->acked - 1 : 0);
	else if (la->dup)
		as->sacked_out++;
	/* At least the head is missing, or there would be no duplicates. */
	as->sacked_out = min(as->sacked_out, as->packets_out - max(as->lost_out, 1U));
	if (!head)
		return;
	if (as->ca_state == ATCP_CA_RECOVERY ? !la->una_advanced :
	    as->sacked_out < ATCP_LOSS_DUPTHRESH)
		return;
	if (ATCP_CB(head)->sacked & (ATCP_CB_LOST | ATCP_CB_RETRANS))
		return;
	if (head->len > mss && atcp_sndq_split(sk, head, mss, mss, true, GFP_ATOMIC))
		return;
	atcp_loss_mark(sk, head);
}

static void atcp_loss_enter_recovery(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	/* A probe was too large: it is sent again in usual segments, and cwnd stays. */
	if (unlikely(atcp_mtuprobe_lost(sk))) {
		as->high_seq = as->snd_nxt;
		as->undo_marker = 0;
		as->ca_state = ATCP_CA_LOSS;
		return;
	}
	if (as->sack_ok)
		ATCP_SK_INC(sk, TCPSACKRECOVERY);
	else
		ATCP_SK_INC(sk, TCPRENORECOVERY);
	as->high_seq = as->snd_nxt;
	as->undo_marker = as->snd_una;
	as->undo_retrans = as->retrans_out ? (int)as->retrans_out : -1;
	as->retrans_stamp = 0;
	atcp_cong_enter_recovery(&as->cong);
	if (as->ca_state != ATCP_CA_CWR)
		atcp_ecn_reduced(&as->ecn);
	as->ca_state = ATCP_CA_RECOVERY;
}

static void atcp_loss_leave(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	atcp_cong_exit_recovery(&as->cong, atcp_sock_now_us());
	if (!as->sack_ok)
		as->sacked_out = 0;
	as->undo_marker = 0;
	as->undo_retrans = -1;
	as->retrans_stamp = 0;
	as->ca_state = ATCP_CA_OPEN;
}

/*
 * Was the reduction for nothing? Every retransmission was reported as received
 * twice (RFC 2883), or the ACK echoes a timestamp from before the first one
 * (RFC 3522).
 */
static bool atcp_loss_spurious(const struct atcp_sock *as, const struct atcp_rx *rx,
			       const struct atcp_loss_ack *la)
{
	if (!as->undo_marker)
		return false;
	if (la->dsack && as->undo_retrans == 0)
		return true;
	return la->una_advanced && as->ts_ok && rx->opts.has_ts && rx->opts.tsecr &&
	       as->retrans_stamp &&
	       (s32)(rx->opts.tsecr - as->ts_off - as->retrans_stamp) < 0;
}

static void atcp_loss_undo(struct sock *sk, const struct atcp_loss_ack *la)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (la->dsack && as->undo_retrans == 0)
		ATCP_SK_INC(sk, TCPDSACKUNDO);
	else if (as->ca_state == ATCP_CA_LOSS)
		ATCP_SK_INC(sk, TCPLOSSUNDO);
	else
		ATCP_SK_INC(sk, TCPFULLUNDO);
	atcp_rtxq_not_lost(as);
	if (as->cong.prior_ssthresh)
		atcp_ecn_undo(&as->ecn);
	atcp_cong_undo(&as->cong);
	/* What was taken for lost had been passed: allow for that from now on. */
	as->reord_seen++;
	as->backoff = 0;
	atcp_rtx_set_rto(sk);
	atcp_loss_leave(sk);
}

/*
 * The peer tells of congestion: as good as a loss, once for all that is in flight
 * (RFC 3168 6.1.2), and no reason to send anything again.
 */
static void atcp_loss_ece(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	atcp_cong_on_ece(&as->cong);
	if (as->ca_state >= ATCP_CA_CWR)
		return;
	as->high_seq = as->snd_nxt;
	as->undo_marker = 0;
	atcp_ecn_reduced(&as->ecn);
	as->ca_state = ATCP_CA_CWR;
}

/*
 * Something sent since the reduction has arrived, and so has CWR, or it was lost:
 * then ECE that comes now asks for another one.
 */
static void atcp_loss_leave_cwr(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!atcp_seq_after(as->snd_una, as->high_seq))
		return;
	atcp_cong_exit_recovery(&as->cong, atcp_sock_now_us());
	as->ca_state = as->sacked_out ? ATCP_CA_DISORDER : ATCP_CA_OPEN;
}

void atcp_loss_ack(struct sock *sk, const struct atcp_rx *rx, struct atcp_loss_ack *la)
{
	struct atcp_sock *as = atcp_sk(sk);
	u64 rest = 0;

	if (as->ca_state >= ATCP_CA_RECOVERY) {
		if (atcp_loss_spurious(as, rx, la))
			atcp_loss_undo(sk, la);
		else if (!atcp_seq_before(as->snd_una, as->high_seq))
			atcp_loss_leave(sk);
	} else if (as->ca_state == ATCP_CA_CWR) {
		atcp_loss_leave_cwr(sk);
	}
	if (la->ece)
		atcp_loss_ece(sk);
	if (!as->packets_out) {
		/* Duplicates that stood for something stand for nothing now. */
		as->sacked_out = 0;
		if (as->ca_state == ATCP_CA_DISORDER)
			as->ca_state = ATCP_CA_OPEN;
		return;
	}

	if (as->sack_ok)
		rest = atcp_loss_rack(sk);
	else
		atcp_loss_reno(sk, la);
	/* RFC 6582: after a timeout each partial ACK shows the next hole. */
	if (as->ca_state < ATCP_CA_RECOVERY) {
		if (as->lost_out)
			atcp_loss_enter_recovery(sk);
		else if (as->ca_state != ATCP_CA_CWR)
			as->ca_state = as->sacked_out ? ATCP_CA_DISORDER : ATCP_CA_OPEN;
	}
	if (rest && as->pending != ATCP_TIMER_PROBE &&
	    time_after(as->rtx_expires, jiffies + usecs_to_jiffies(rest)))
		atcp_timer_arm(sk, ATCP_TIMER_REO, rest);
}

void atcp_loss_reo_timeout(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u64 rest = atcp_loss_rack(sk);

	if (as->lost_out && as->ca_state < ATCP_CA_RECOVERY)
		atcp_loss_enter_recovery(sk);
	if (as->lost_out)
		atcp_rtx_lost(sk);
	if (rest)
		atcp_timer_arm(sk, ATCP_TIMER_REO, rest);
	else
		atcp_rtx_rearm(sk);
}

void atcp_loss_enter_loss(struct sock *sk)
{
	const struct sk_buff *head = atcp_sndq_rtx_head(sk);
	struct atcp_sock *as = atcp_sk(sk);
	bool renege;

	/* RFC 2018 section 8: a receiver may give back what it had SACKed. */
	renege = head && (ATCP_CB(head)->sacked & ATCP_CB_SACKED);
	if (renege)
		ATCP_SK_INC(sk, TCPSACKRENEGING);
	if (!as->sack_ok)
		as->sacked_out = 0;
	if (as->ca_state != ATCP_CA_LOSS || !atcp_seq_before(as->snd_una, as->high_seq)) {
		as->undo_marker = as->snd_una;
		as->undo_retrans = -1;
		/* A SYN's is that of the first: any of them may be the one that is echoed. */
		if (sk->sk_state != TCP_SYN_SENT)
			as->retrans_stamp = 0;
	}
	as->high_seq = as->snd_nxt;
	atcp_rtxq_all_lost(as, renege);
	atcp_cong_on_rto(&as->cong, atcp_sock_now_us());
	atcp_ecn_reduced(&as->ecn);
	as->ca_state = ATCP_CA_LOSS;
}
