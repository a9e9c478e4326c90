// SPDX-License-Identifier: GPL-2.0
/*
 * Recovery: what an ACK does to a connection that may have lost something.
 *
 * The states are Linux's, which its tools show (tcpi_ca_state):
 *
 *   open       nothing is amiss
 *   disorder   something was SACKed, or an ACK repeated: new data goes on (RFC 3042)
 *   cwr        the peer has told of congestion: cwnd comes down
 *   recovery   something is lost and sent again: cwnd comes down by PRR (proto/prr.c)
 *   loss       the retransmission timer fired; whether rightly F-RTO finds out (RFC 5682)
 *
 * Recovery and loss end when all that was in flight at their beginning is acknowledged, or by
 * what shows that nothing was lost: D-SACKs for all retransmissions (RFC 2883), or an ACK that
 * echoes a timestamp from before them (RFC 3522). Then cwnd is what it was (RFC 4015).
 */
#include "conn/recovery.h"

#include <net/sock.h>

#include "conn/rack.h"
#include "output/mtuprobe.h"
#include "output/output.h"
#include "output/rtx.h"
#include "proto/ecn.h"
#include "proto/seg.h"
#include "state/conn/chrono.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/shared/mib.h"

/* The least time before data is sent again that the peer had SACKed and gave back, us. */
#define ATCP_RECOVERY_RENEGE_US	(10 * USEC_PER_MSEC)

/* Anything sent again that is not acknowledged? */
static bool atcp_recovery_any_again(const struct sock *sk)
{
	const struct sk_buff *head = atcp_sndq_rtx_head(sk);

	return atcp_sk(sk)->retrans_out || (head && (ATCP_CB(head)->sacked & ATCP_CB_EVER));
}

static void atcp_recovery_watch(struct atcp_sock *as)
{
	as->undo_marker = as->snd_una;
	as->undo_retrans = (int)(as->retrans_out + (as->tlp_high_seq && as->tlp_retrans)) ?: -1;
}

/* One reduction for all that is in flight now. */
static void atcp_recovery_reduce(struct atcp_sock *as)
{
	as->high_seq = as->snd_nxt;
	as->tlp_high_seq = 0;
	as->prr = (struct atcp_prr) {};
	atcp_cong_enter_recovery(&as->cong);
	atcp_ecn_reduced(&as->ecn.flags);
}

static bool atcp_recovery_reducing(const struct atcp_sock *as)
{
	return as->ca_state == ATCP_CA_CWR || as->ca_state == ATCP_CA_RECOVERY;
}

/* The reduction is over: cwnd is what it was for. */
static void atcp_recovery_reduced(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	atcp_cong_exit_recovery(&as->cong, atcp_sock_now_us());
}

static void atcp_recovery_keep_open(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u8 state = as->sacked_out || as->lost_out || atcp_recovery_any_again(sk) ?
		   ATCP_CA_DISORDER : ATCP_CA_OPEN;

	if (as->ca_state == state)
		return;
	as->ca_state = state;
	as->high_seq = as->snd_nxt;
}

/*
 * The peer tells of congestion: as good as a loss, once for all that is in flight
 * (RFC 3168 6.1.2), and no reason to send anything again.
 */
static void atcp_recovery_ece(struct atcp_sock *as)
{
	as->cong.prior_ssthresh = 0;
	if (as->ca_state >= ATCP_CA_CWR)
		return;
	as->undo_marker = 0;
	atcp_recovery_reduce(as);
	as->cong.prior_ssthresh = 0;
	as->ca_state = ATCP_CA_CWR;
}

static void atcp_recovery_try_open(struct sock *sk, const struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!atcp_recovery_any_again(sk))
		as->retrans_stamp = 0;
	if (news->ece)
		atcp_recovery_ece(as);
	if (as->ca_state != ATCP_CA_CWR)
		atcp_recovery_keep_open(sk);
}

/* --- undo ----------------------------------------------------------------------------------- */

static void atcp_recovery_undo(struct sock *sk, bool unmark)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (unmark)
		atcp_rtxq_not_lost(as);
	if (as->cong.prior_ssthresh > as->cong.ssthresh)
		atcp_ecn_undo(&as->ecn.flags);
	atcp_cong_undo(&as->cong);
	as->undo_marker = 0;
	as->rack.advanced = true;
}

/* The ACK is of something sent before the first retransmission (RFC 3522, Eifel). */
static bool atcp_recovery_echoes_original(const struct atcp_sock *as, const struct atcp_rx *rx)
{
	return as->retrans_stamp && as->ts_ok && rx->opts.has_ts && rx->opts.tsecr &&
	       (s32)(rx->opts.tsecr - as->ts_off - as->retrans_stamp) < 0;
}

static bool atcp_recovery_may_undo(const struct atcp_sock *as, const struct atcp_rx *rx)
{
	return as->undo_marker && (!as->undo_retrans || atcp_recovery_echoes_original(as, rx));
}

/*
 * Without SACK an ACK of exactly what was in flight does not tell a retransmission's from a
 * duplicate's: the state stays until something beyond is acknowledged (RFC 6582 section 4.1).
 */
static bool atcp_recovery_hold(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (as->sack_ok || as->snd_una != as->high_seq)
		return false;
	if (!atcp_recovery_any_again(sk))
		as->retrans_stamp = 0;
	return true;
}

/* All that was in flight is acknowledged. True: the state is held. */
static bool atcp_recovery_complete(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (atcp_recovery_may_undo(as, rx)) {
		bool loss = as->ca_state == ATCP_CA_LOSS;

		atcp_recovery_undo(sk, false);
		if (loss)
			ATCP_SK_INC(sk, TCPLOSSUNDO);
		else
			ATCP_SK_INC(sk, TCPFULLUNDO);
	} else {
		atcp_rack_recovered(&as->rack);
	}
	if (atcp_recovery_hold(sk))
		return true;
	/* After a timeout cwnd has grown already, by slow start. */
	if (as->ca_state == ATCP_CA_LOSS)
		atcp_cong_exit_recovery(&as->cong, atcp_sock_now_us());
	as->ca_state = ATCP_CA_OPEN;
	return false;
}

static bool atcp_recovery_undo_dsack(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!as->undo_marker || as->undo_retrans)
		return false;
	atcp_rack_spurious(&as->rack);
	atcp_recovery_undo(sk, false);
	ATCP_SK_INC(sk, TCPDSACKUNDO);
	return true;
}

static bool atcp_recovery_undo_loss(struct sock *sk, const struct atcp_rx *rx, bool frto)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!frto && !atcp_recovery_may_undo(as, rx))
		return false;
	atcp_recovery_undo(sk, true);
	ATCP_SK_INC(sk, TCPLOSSUNDO);
	if (frto)
		ATCP_SK_INC(sk, TCPSPURIOUSRTOS);
	as->retransmits = 0;
	if (atcp_recovery_hold(sk))
		return true;
	if (frto || as->sack_ok)
		as->ca_state = ATCP_CA_OPEN;
	return true;
}

/* In recovery, a hole was filled by what had only been late. True: the ACK is dealt with. */
static bool atcp_recovery_undo_partial(struct sock *sk, const struct atcp_rx *rx,
				       const struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!as->undo_marker || !atcp_recovery_echoes_original(as, rx))
		return false;
	atcp_rack_reordered(sk, news->prior_una, true);
	/* What was sent again since is on its way: new data goes on, nothing more is marked. */
	if (as->retrans_out)
		return true;
	if (!atcp_recovery_any_again(sk))
		as->retrans_stamp = 0;
	atcp_recovery_undo(sk, true);
	ATCP_SK_INC(sk, TCPPARTIALUNDO);
	atcp_recovery_keep_open(sk);
	return true;
}

/* --- without SACK --------------------------------------------------------------------------- */

/* Duplicate ACKs stand for segments that have arrived; the head at least has not. */
static bool atcp_recovery_reno_limit(struct atcp_sock *as)
{
	u32 holes = min(max(as->lost_out, 1U), as->packets_out);

	if (as->sacked_out + holes <= as->packets_out)
		return false;
	as->sacked_out = as->packets_out - holes;
	return true;
}

static void atcp_recovery_reno_reordered(struct sock *sk, u32 more)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!atcp_recovery_reno_limit(as))
		return;
	as->reordering = min_t(u32, as->packets_out + more,
			       READ_ONCE(atcp_sock_net(sk)->sysctl.max_reordering));
	as->reord_seen++;
	ATCP_SK_INC(sk, TCPRENOREORDER);
}

static void atcp_recovery_reno_dup(struct sock *sk, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 before = as->sacked_out;

	as->sacked_out++;
	atcp_recovery_reno_reordered(sk, 0);
	if (as->sacked_out > before)
		news->delivered += as->sacked_out - before;
}

/* What had arrived early is acknowledged now, less the hole. */
static void atcp_recovery_reno_acked(struct sock *sk, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!news->acked)
		return;
	news->delivered = news->acked > as->sacked_out ?
			  max(news->acked - as->sacked_out, 1U) : 1;
	as->sacked_out -= min(as->sacked_out, news->acked - 1);
	atcp_recovery_reno_reordered(sk, news->acked);
}

/* RFC 6582: the head, at the third duplicate; after that each partial ACK shows the next one. */
static void atcp_recovery_reno_mark(struct sock *sk, const struct atcp_news *news)
{
	struct sk_buff *head = atcp_sndq_rtx_head(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 mss = max_t(u32, as->mss_cache, 1);

	if (!(as->ca_state < ATCP_CA_RECOVERY && as->sacked_out >= as->reordering) &&
	    !(as->ca_state == ATCP_CA_RECOVERY && news->una_advanced))
		return;
	if (!head || (ATCP_CB(head)->sacked & ATCP_CB_LOST))
		return;
	if (head->len > mss && atcp_sndq_split(sk, head, mss, mss, true, GFP_ATOMIC))
		return;
	atcp_rack_mark(sk, head);
}

/* --- the states ----------------------------------------------------------------------------- */

static void atcp_recovery_find_lost(struct sock *sk, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 again = as->retrans_out;

	if (!as->packets_out)
		return;
	if (!as->sack_ok) {
		atcp_recovery_reno_mark(sk, news);
		return;
	}
	if (atcp_rack_ack(sk))
		news->timer = false;
	if (as->retrans_out < again)
		news->lost_again = true;
}

void atcp_recovery_repair(struct atcp_sock *as)
{
	as->high_seq = as->snd_nxt;
	as->undo_marker = 0;
	as->frto = false;
	as->ca_state = ATCP_CA_LOSS;
}

void atcp_recovery_enter(struct sock *sk, bool ece)
{
	struct atcp_sock *as = atcp_sk(sk);

	/* A probe was too large: it is sent again in usual segments, and cwnd stays. */
	if (unlikely(atcp_mtuprobe_lost(sk))) {
		atcp_recovery_repair(as);
		return;
	}
	if (as->sack_ok)
		ATCP_SK_INC(sk, TCPSACKRECOVERY);
	else
		ATCP_SK_INC(sk, TCPRENORECOVERY);
	as->cong.prior_ssthresh = 0;
	atcp_recovery_watch(as);
	if (!atcp_recovery_reducing(as)) {
		atcp_recovery_reduce(as);
		if (ece)
			as->cong.prior_ssthresh = 0;
	}
	as->ca_state = ATCP_CA_RECOVERY;
	atcp_cong_tell(&as->cong, ATCP_CONG_EV_RECOVERY, atcp_sock_now_us());
}

/*
 * After a timeout. F-RTO (RFC 5682 section 3.1): the head alone was sent again. If an ACK of it
 * comes, new data is sent in place of the rest; if something comes of that which was never sent
 * again, the timeout was for nothing; if not, all is sent again.
 */
static enum atcp_resend atcp_recovery_loss(struct sock *sk, const struct atcp_rx *rx,
					   struct atcp_news *news, bool dup)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool recovered = !atcp_seq_before(as->snd_una, as->high_seq);

	if (news->una_advanced && atcp_recovery_undo_loss(sk, rx, false))
		return ATCP_RESEND_NONE;
	if (as->frto) {
		/* Step 3b. */
		if (news->original && atcp_recovery_undo_loss(sk, rx, true))
			return ATCP_RESEND_NONE;
		if (atcp_seq_after(as->snd_nxt, as->high_seq)) {
			/* Step 3a. */
			if (news->sacked || dup)
				as->frto = false;
		} else if (news->una_advanced && !recovered) {
			/* Step 2b. */
			as->high_seq = as->snd_nxt;
			if (atcp_sndq_head(sk) &&
			    atcp_seq_after(atcp_sock_wnd_end(as), as->snd_nxt))
				return ATCP_RESEND_NEW;
			as->frto = false;
		}
	}
	if (recovered) {
		/* Step 2a. */
		atcp_recovery_complete(sk, rx);
		return ATCP_RESEND_NONE;
	}
	if (!as->sack_ok) {
		if (atcp_seq_after(as->snd_nxt, as->high_seq) && dup)
			atcp_recovery_reno_dup(sk, news);
		else if (news->una_advanced)
			as->sacked_out = 0;
	}
	return ATCP_RESEND_LOST;
}

/* Does the state end? True: there is nothing more to do. */
static bool atcp_recovery_ends(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (as->ca_state == ATCP_CA_OPEN) {
		as->retrans_stamp = 0;
	} else if (atcp_seq_before(as->snd_una, as->high_seq)) {
		return false;
	} else if (as->ca_state == ATCP_CA_CWR) {
		/* Something sent since must have arrived, and with it CWR (RFC 3168 6.1.2). */
		if (as->snd_una != as->high_seq) {
			atcp_recovery_reduced(sk);
			as->ca_state = ATCP_CA_OPEN;
		}
	} else if (as->ca_state == ATCP_CA_RECOVERY) {
		if (!as->sack_ok)
			as->sacked_out = 0;
		if (atcp_recovery_complete(sk, rx))
			return true;
		atcp_recovery_reduced(sk);
	}
	return false;
}

/* RFC 2018 section 8: a receiver may give back what it had SACKed: that is sent again soon. */
static bool atcp_recovery_reneged(struct sock *sk, struct atcp_news *news)
{
	if (!news->reneged || !news->una_advanced)
		return false;
	atcp_timer_arm(sk, ATCP_TIMER_RTX, max_t(u32, atcp_sk(sk)->rtt.srtt_us >> 4,
						 ATCP_RECOVERY_RENEGE_US));
	news->timer = false;
	return true;
}

/* In a state without a recovery, or one that has just been undone: does one begin? */
static enum atcp_resend atcp_recovery_begin(struct sock *sk, struct atcp_news *news)
{
	if (!atcp_sk(sk)->lost_out) {
		atcp_recovery_try_open(sk, news);
		return ATCP_RESEND_NONE;
	}
	atcp_recovery_enter(sk, news->ece);
	return ATCP_RESEND_LOST;
}

static enum atcp_resend atcp_recovery_default(struct sock *sk, struct atcp_news *news, bool dup)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!as->sack_ok) {
		if (news->una_advanced)
			as->sacked_out = 0;
		if (dup)
			atcp_recovery_reno_dup(sk, news);
	}
	if (as->ca_state <= ATCP_CA_DISORDER)
		atcp_recovery_undo_dsack(sk);
	atcp_recovery_find_lost(sk, news);
	return atcp_recovery_begin(sk, news);
}

static enum atcp_resend atcp_recovery_recovery(struct sock *sk, const struct atcp_rx *rx,
					       struct atcp_news *news, bool dup)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (news->una_advanced) {
		if (atcp_recovery_undo_partial(sk, rx, news))
			return ATCP_RESEND_NONE;
	} else if (!as->sack_ok && dup) {
		atcp_recovery_reno_dup(sk, news);
	}
	if (atcp_recovery_undo_dsack(sk))
		atcp_recovery_try_open(sk, news);
	atcp_recovery_find_lost(sk, news);
	if (as->ca_state == ATCP_CA_RECOVERY)
		return ATCP_RESEND_LOST;
	if (!as->lost_out)
		return ATCP_RESEND_NONE;
	atcp_recovery_enter(sk, news->ece);
	return ATCP_RESEND_LOST;
}

/* What an ACK says where something is amiss. */
static enum atcp_resend atcp_recovery_judge(struct sock *sk, const struct atcp_rx *rx,
					    struct atcp_news *news)
{
	bool dup = !news->una_advanced && !news->useful && !news->dsack;
	struct atcp_sock *as = atcp_sk(sk);
	enum atcp_resend what;

	if (!as->packets_out)
		as->sacked_out = 0;
	if (news->ece)
		as->cong.prior_ssthresh = 0;
	if (atcp_recovery_reneged(sk, news) || atcp_recovery_ends(sk, rx))
		return ATCP_RESEND_NONE;
	switch (as->ca_state) {
	case ATCP_CA_RECOVERY:
		return atcp_recovery_recovery(sk, rx, news, dup);
	case ATCP_CA_LOSS:
		what = atcp_recovery_loss(sk, rx, news, dup);
		atcp_recovery_find_lost(sk, news);
		/* Undone, or what was sent again is lost too: maybe that is a recovery. */
		if (as->ca_state != ATCP_CA_OPEN && !news->lost_again)
			return what;
		fallthrough;
	default:
		return atcp_recovery_default(sk, news, dup);
	}
}

enum atcp_resend atcp_recovery_ack(struct sock *sk, const struct atcp_rx *rx,
				   struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool loss = as->ca_state == ATCP_CA_LOSS;
	enum atcp_resend what;

	if (!as->sack_ok)
		atcp_recovery_reno_acked(sk, news);
	/* The common case: nothing is amiss, and nothing says so. */
	if (likely(as->ca_state == ATCP_CA_OPEN && news->useful && !news->sacked && !news->ece &&
		   !news->dsack))
		return ATCP_RESEND_NONE;

	what = atcp_recovery_judge(sk, rx, news);
	if (loss && as->ca_state != ATCP_CA_LOSS)
		atcp_chrono_rto_over(as);
	return what;
}

void atcp_recovery_resend(struct sock *sk, enum atcp_resend what)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (what == ATCP_RESEND_NONE)
		return;
	if (what == ATCP_RESEND_NEW) {
		atcp_output_push(sk, ATCP_NAGLE_OFF);
		if (atcp_seq_after(as->snd_nxt, as->high_seq))
			return;
		as->frto = false;
	}
	atcp_rtx_lost(sk);
}

bool atcp_recovery_cwnd(struct sock *sk, const struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_prr_ack a = {
		.ssthresh	= as->cong.ssthresh,
		.prior_cwnd	= max(as->cong.prior_cwnd, 1U),
		.in_flight	= atcp_sock_in_flight(as),
		.delivered	= news->delivered,
		.safe		= news->una_advanced && as->lost == news->prior_lost,
	};

	if (!atcp_recovery_reducing(as))
		return false;
	if (news->delivered && !as->cong.ops->control)
		as->cong.cwnd = atcp_prr_cwnd(&as->prr, &a);
	return true;
}

void atcp_recovery_probed(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	atcp_recovery_reduce(as);
	as->ca_state = ATCP_CA_CWR;
	atcp_recovery_reduced(sk);
	as->ca_state = ATCP_CA_OPEN;
	atcp_recovery_keep_open(sk);
}

void atcp_recovery_timeout(struct sock *sk)
{
	const struct sk_buff *head = atcp_sndq_rtx_head(sk);
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 usual = READ_ONCE(an->sysctl.reordering);
	bool fresh = as->ca_state < ATCP_CA_RECOVERY;
	/* RFC 2018 section 8. */
	bool reneged = head && (ATCP_CB(head)->sacked & ATCP_CB_SACKED);
	bool again;

	if (reneged)
		ATCP_SK_INC(sk, TCPSACKRENEGING);
	if (!as->sack_ok)
		as->sacked_out = 0;
	/* Once for a flight (RFC 5681 section 3.1): not if it was reduced for this one. */
	again = as->ca_state <= ATCP_CA_DISORDER || !atcp_seq_after(as->high_seq, as->snd_una) ||
		(as->ca_state == ATCP_CA_LOSS && !as->retransmits);
	atcp_rack_timeout(sk, reneged);
	/* So many have arrived, and no loss was seen: too much reordering was waited for. */
	if (as->ca_state <= ATCP_CA_DISORDER && as->sacked_out >= usual)
		as->reordering = min(as->reordering, usual);
	atcp_cong_on_rto(&as->cong, atcp_sock_now_us(), again);
	if (again)
		atcp_recovery_watch(as);
	as->cong.cwnd = atcp_sock_in_flight(as) + 1;
	as->high_seq = as->snd_nxt;
	as->tlp_high_seq = 0;
	atcp_ecn_reduced(&as->ecn.flags);
	as->ca_state = ATCP_CA_LOSS;
	/* An MTU probe that is lost says nothing of the rest. */
	as->frto = READ_ONCE(an->sysctl.frto) && (fresh || as->retransmits) && !as->mtup.size;
}
