// SPDX-License-Identifier: GPL-2.0
/* What an acceptable ACK does: windows, queue, RTT, congestion (RFC 9293 3.10.7.4, fifth). */

#include <net/dst.h>
#include <net/sock.h>

#include "conn/ack.h"
#include "conn/check.h"
#include "conn/loss.h"
#include "conn/scoreboard.h"
#include "output/mtuprobe.h"
#include "output/output.h"
#include "output/pace.h"
#include "output/rtx.h"
#include "output/xmit.h"
#include "proto/ecn.h"
#include "proto/seg.h"
#include "proto/wnd.h"
#include "state/conn/chrono.h"
#include "state/conn/metrics.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/conn/txstamp.h"
#include "state/listen/fastopen.h"
#include "state/shared/mib.h"

/* How long the least RTT is remembered, ms (Linux: tcp_min_rtt_wlen, 300 s). */
#define ATCP_ACK_MIN_RTT_WIN	(300 * MSEC_PER_SEC)

void atcp_ack_rtt(struct sock *sk, u32 rtt_us, u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);

	rtt_us = max(rtt_us, 1U);
	atcp_rtt_sample(&as->rtt, rtt_us, as->snd_una, as->snd_nxt);
	atcp_rtt_min_update(&as->rtt.min, rtt_us, atcp_sock_us_to_ts(now_us),
			    ATCP_ACK_MIN_RTT_WIN);
	/* RFC 6298 5.7: a sample ends the backoff. */
	as->backoff = 0;
	atcp_rtx_set_rto(sk);
}

/* SND.WND, SND.WL1 (RFC 9293 3.10.7.4). True if the window changed. */
static bool atcp_ack_window(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 wnd = rx->seg.wnd;

	if (!(rx->seg.flags & ATCP_F_SYN))
		wnd <<= as->snd_wscale;
	if (!atcp_wnd_update_ok(as->snd_una, as->snd_wl1, as->snd_wnd, rx->seg.ack,
				rx->seg.seq, wnd))
		return false;
	as->snd_wl1 = rx->seg.seq;
	if (as->snd_wnd == wnd)
		return false;
	as->snd_wnd = wnd;
	if (wnd > as->max_window) {
		as->max_window = wnd;
		atcp_xmit_sync_mss(sk, as->pmtu);
	}
	return true;
}

/* Takes what is acknowledged out of the queue; the newest sent-once skb gives the RTT (Karn). */
static void atcp_ack_clean(struct sock *sk, struct atcp_loss_ack *la, u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);
	u64 sent_us = 0;
	struct sk_buff *skb;

	while ((skb = atcp_sndq_rtx_head(sk))) {
		struct atcp_cb *cb = ATCP_CB(skb);
		u32 segs;

		atcp_txstamp_acked(sk, skb, la->prior_una);
		if (atcp_seq_after(cb->end_seq, as->snd_una)) {
			u32 was = cb->segs;

			if (!atcp_seq_before(cb->seq, as->snd_una) || !skb->len)
				break;
			/* Part of a large skb: give that part back. */
			if (atcp_sndq_trim(sk, skb, as->snd_una - cb->seq))
				break;
			was -= cb->segs;
			la->acked += was;
			if (!(cb->sacked & ATCP_CB_SACKED)) {
				la->delivered += was;
				if (was)
					atcp_loss_rate(as, cb, la);
			}
			break;
		}
		segs = cb->segs;
		if (cb->sacked & ATCP_CB_RETRANS)
			as->retrans_out -= segs;
		if (!(cb->sacked & ATCP_CB_EVER) && !(cb->sacked & ATCP_CB_SACKED))
			sent_us = cb->xmit_us;
		if (cb->sacked & ATCP_CB_SACKED) {
			as->sacked_out -= segs;
		} else {
			la->delivered += segs;
			atcp_loss_delivered(as, cb);
			atcp_loss_rate(as, cb, la);
			if (!(cb->sacked & ATCP_CB_EVER) && as->sack_ok &&
			    atcp_seq_before(cb->end_seq, as->high_sacked) &&
			    atcp_seq_after(as->high_sacked, la->prior_una)) {
				/* It was passed by what was SACKed before it. */
				if (!as->reord_seen)
					ATCP_SK_INC(sk, TCPSACKREORDER);
				as->reord_seen++;
			}
		}
		if (cb->sacked & ATCP_CB_LOST)
			as->lost_out -= segs;
		as->packets_out -= segs;
		la->acked += segs;
		atcp_sndq_acked(sk, skb);
	}
	if (sent_us)
		la->rtt_us = max_t(u64, now_us - sent_us, 1);
}

/* RFC 7323 section 4: the echo measures even what was retransmitted; 1 ms is its grain. */
static void atcp_ack_measure(struct sock *sk, const struct atcp_rx *rx, struct atcp_loss_ack *la,
			     u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!la->rtt_us && as->ts_ok && rx->opts.has_ts && rx->opts.tsecr && la->una_advanced) {
		u32 delta = atcp_sock_us_to_ts(now_us) + as->ts_off - rx->opts.tsecr;

		if (delta < 1U << 22)
			la->rtt_us = max(delta, 1U) * USEC_PER_MSEC;
	}
	if (la->rtt_us)
		atcp_ack_rtt(sk, la->rtt_us, now_us);
}

/* The window opened, or stayed shut, while nothing is in flight (RFC 9293 3.8.6.1). */
static void atcp_ack_probe(struct sock *sk)
{
	struct sk_buff *head = atcp_sndq_head(sk);
	struct atcp_sock *as = atcp_sk(sk);

	if (!head)
		return;
	if (!atcp_seq_after(ATCP_CB(head)->end_seq, atcp_sock_wnd_end(as)) ||
	    as->snd_wnd >= as->mss_cache) {
		as->backoff = 0;
		atcp_rtx_set_rto(sk);
		if (as->pending == ATCP_TIMER_PROBE)
			atcp_timer_stop(sk);
	} else if (as->pending != ATCP_TIMER_RTX) {
		atcp_timer_arm(sk, ATCP_TIMER_PROBE, max(as->rto_us, ATCP_RTT_RTO_MIN_US));
	}
}

void atcp_ack_check_space(struct sock *sk)
{
	/* Paired with the test in poll and sk_stream_wait_memory. */
	smp_mb();
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags)) {
		atcp_sndq_tune(sk);
		if (atcp_sndq_writable(sk))
			sk->sk_write_space(sk);
	}
	/* A device that freed an skb may have told the user before. */
	if (sk->sk_socket && !test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		atcp_chrono_stop(sk, ATCP_CHRONO_SNDBUF);
}

static void atcp_ack_congestion(struct sock *sk, const struct atcp_loss_ack *la, u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_cong_sample s = {
		.now_us		= now_us,
		.acked		= la->delivered,
		.in_flight	= la->prior_flight,
		.rtt_us		= la->rtt_us,
		.srtt_us	= as->rtt.srtt_us >> 3,
		.snd_una	= as->snd_una,
		.snd_nxt	= as->snd_nxt,
		.cwnd_limited	= atcp_sock_cwnd_used(as),
		.is_ecn		= la->ece,
	};

	if (la->delivered && as->ca_state != ATCP_CA_RECOVERY) {
		atcp_cong_on_ack(&as->cong, &s);
		atcp_sndq_tune(sk);
	}
	atcp_pace_update(sk);
}

/* RFC 5681 section 2: the definition of a duplicate ACK. */
static bool atcp_ack_is_dup(const struct atcp_sock *as, const struct atcp_rx *rx,
			    bool window_changed)
{
	return rx->seg.ack == as->snd_una && as->packets_out && !rx->seg.len &&
	       !window_changed && !(rx->seg.flags & (ATCP_F_SYN | ATCP_F_FIN));
}

/* RFC 3168: CWR ends our echo; ECE, which is returned, is the peer's. */
static bool atcp_ack_ecn(struct atcp_sock *as, const struct atcp_rx *rx)
{
	/* The peer's window may be a single segment now: what it sends is not left waiting. */
	if (atcp_ecn_rcv_cwr(&as->ecn, rx->seg.flags) && rx->seg.len)
		as->ack_pending |= ATCP_ACK_NOW;
	return atcp_ecn_echo(as->ecn, rx->seg.flags);
}

void atcp_ack_process(struct sock *sk, const struct atcp_rx *rx, bool old)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_loss_ack la = {
		.prior_una	= as->snd_una,
		.prior_flight	= atcp_sock_in_flight(as),
	};
	bool changed = false;
	u64 now_us;

	as->probes_out = 0;
	as->rcv_tstamp = (u32)jiffies;
	WRITE_ONCE(sk->sk_err_soft, 0);
	if (as->ts_ok && rx->opts.has_ts)
		as->ts_lastecr = rx->opts.tsecr;
	atcp_check_store_ts(as, rx);

	if (!old) {
		la.una_advanced = atcp_seq_after(rx->seg.ack, as->snd_una);
		changed = atcp_ack_window(sk, rx);
		la.ece = atcp_ack_ecn(as, rx);
		if (la.una_advanced) {
			as->bytes_acked += rx->seg.ack - as->snd_una;
			WRITE_ONCE(as->snd_una, rx->seg.ack);
			/* Closed before its SYN-ACK was acknowledged: it is now. */
			if (unlikely(as->fo.lsk))
				atcp_fastopen_release(sk, false);
		} else {
			la.dup = atcp_ack_is_dup(as, rx, changed);
		}
	}
	if (rx->opts.nr_sacks && as->sack_ok)
		atcp_scoreboard_ack(sk, rx, &la);
	else
		as->sacks_seen = 0;
	if (!as->packets_out) {
		if (!old)
			atcp_ack_probe(sk);
		return;
	}

	now_us = atcp_sock_now_us();
	if (la.una_advanced) {
		atcp_ack_clean(sk, &la, now_us);
		/* It must not fall behind by half of the sequence space. */
		if (atcp_seq_before(as->high_sacked, as->snd_una))
			as->high_sacked = as->snd_una;
		atcp_mtuprobe_acked(sk);
		as->retransmits = 0;
		as->dup_acks = 0;
		sk_dst_confirm(sk);
		atcp_ack_measure(sk, rx, &la, now_us);
	}
	as->delivered += la.delivered;
	ATCP_SK_ADD(sk, TCPDELIVERED, la.delivered);
	if (la.ece) {
		as->delivered_ce += la.delivered;
		ATCP_SK_ADD(sk, TCPDELIVEREDCE, la.delivered);
	}
	atcp_rate_ack(&as->rate, &la.rate, now_us, as->delivered, la.delivered,
		      atcp_rtt_min_us(&as->rtt.min));
	atcp_loss_ack(sk, rx, &la);
	atcp_ack_congestion(sk, &la, now_us);

	/* RFC 6298 5.2, 5.3; RACK's timer comes sooner, and looks to the other after it. */
	if (la.una_advanced && (!as->packets_out || as->pending != ATCP_TIMER_REO))
		atcp_rtx_rearm(sk);
	if (!as->packets_out)
		atcp_ack_probe(sk);
	if (as->lost_out)
		atcp_rtx_lost(sk);
}

void atcp_ack_establish(struct sock *sk, u32 seq, u32 ack, u32 wnd)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *syn = atcp_sndq_rtx_head(sk);
	/* A fast open has begun with its SYN. */
	bool begun = as->fo.lsk;

	/* Simultaneous open: our SYN is in the queue; a child has none. */
	if (syn && (ATCP_CB(syn)->flags & ATCP_F_SYN)) {
		as->packets_out -= ATCP_CB(syn)->segs;
		if (ATCP_CB(syn)->sacked & ATCP_CB_RETRANS)
			as->retrans_out -= ATCP_CB(syn)->segs;
		if (ATCP_CB(syn)->sacked & ATCP_CB_LOST)
			as->lost_out -= ATCP_CB(syn)->segs;
		if (!(ATCP_CB(syn)->sacked & ATCP_CB_EVER)) {
			u64 now_us = atcp_sock_now_us();

			atcp_ack_rtt(sk, now_us - ATCP_CB(syn)->xmit_us, now_us);
		}
		atcp_sndq_acked(sk, syn);
		atcp_rtx_rearm(sk);
	}
	/* Of what a fast open sent before this, the ACK is still to be processed. */
	WRITE_ONCE(as->snd_una, as->packets_out ? as->iss + 1 : ack);
	atcp_fastopen_release(sk, false);
	as->snd_wnd = wnd << as->snd_wscale;
	as->snd_wl1 = seq;
	as->max_window = max(as->max_window, as->snd_wnd);
	as->retransmits = 0;
	/* The SYN, or a child's SYN-ACK. */
	as->delivered++;
	as->retrans_stamp = 0;
	as->undo_retrans = -1;
	as->undo_marker = 0;
	as->ca_state = ATCP_CA_OPEN;
	if (!begun) {
		atcp_mtuprobe_begin(sk);
		atcp_metrics_begin(sk);
	}
	atcp_xmit_sync_mss(sk, as->pmtu);
	atcp_pace_update(sk);
	atcp_rcvbuf_init(sk);
	atcp_sndq_tune(sk);
	/* RFC 6298 5.7 has 3 s after a lost SYN; Linux too. */
	as->lsndtime = (u32)jiffies;

	atcp_sock_set_state(sk, TCP_ESTABLISHED, ATCP_CAUSE_ACK);
	sk->sk_state_change(sk);
	if (sk->sk_socket)
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	if (sock_flag(sk, SOCK_KEEPOPEN))
		atcp_timer_arm_keep(sk, as->keepalive_time ?:
				    READ_ONCE(atcp_sock_net(sk)->sysctl.keepalive_time));
}
