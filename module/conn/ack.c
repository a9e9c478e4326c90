// SPDX-License-Identifier: GPL-2.0
/* What an acceptable ACK does: windows, queue, RTT, congestion (RFC 9293 3.10.7.4, fifth). */

#include <net/dst.h>
#include <net/sock.h>

#include "conn/accecn.h"
#include "conn/ack.h"
#include "conn/rack.h"
#include "conn/recovery.h"
#include "conn/scoreboard.h"
#include "conn/tlp.h"
#include "output/accecn.h"
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
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/conn/txstamp.h"
#include "state/listen/fastopen.h"
#include "state/shared/mib.h"

void atcp_ack_rtt(struct sock *sk, u32 rtt_us, u32 least_us, u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);

	rtt_us = max(rtt_us, 1U);
	atcp_rtt_sample(&as->rtt, rtt_us, as->snd_una, as->snd_nxt);
	atcp_rtt_min_update(&as->rtt.min, max(least_us, 1U), atcp_sock_us_to_ts(now_us),
			    ATCP_RTT_MIN_WIN_MS);
	/* RFC 6298 5.7: a sample ends the backoff. */
	as->backoff = 0;
	atcp_rtx_set_rto(sk);
}

/*
 * SND.WND, SND.WL1 (RFC 9293 3.10.7.4). True if the segment's window is the newest: what brings
 * such a one is no duplicate ACK, though it may be as wide as before (as Linux counts).
 */
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
	as->snd_wnd = wnd;
	if (wnd > as->max_window) {
		as->max_window = wnd;
		atcp_xmit_sync_mss(sk, as->pmtu);
	}
	return true;
}

/* @part is acknowledged, which is all or the beginning of an skb, and was not SACKed before. */
static void atcp_ack_arrived(struct atcp_sock *as, const struct atcp_cb *part,
			     struct atcp_news *news)
{
	news->delivered += part->segs;
	news->bytes += part->end_seq - part->seq;
	atcp_rack_arrived(as, part, news, true);
	if (part->sacked & ATCP_CB_EVER)
		news->again = true;
	else
		news->last_us = part->xmit_us;
	if (!news->sent_us)
		news->sent_us = news->last_us;
}

static void atcp_ack_whole(struct sock *sk, struct sk_buff *skb, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_cb *cb = ATCP_CB(skb);

	if (cb->sacked & ATCP_CB_RETRANS)
		as->retrans_out -= cb->segs;
	if (cb->sacked & ATCP_CB_SACKED)
		as->sacked_out -= cb->segs;
	else
		atcp_ack_arrived(as, cb, news);
	if (cb->sacked & ATCP_CB_LOST)
		as->lost_out -= cb->segs;
	as->packets_out -= cb->segs;
	news->acked += cb->segs;
	atcp_sndq_acked(sk, skb);
}

/* Part of a large skb is: that part is given back. */
static void atcp_ack_part(struct sock *sk, struct sk_buff *skb, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_cb part = *ATCP_CB(skb);

	if (!atcp_seq_before(part.seq, as->snd_una) || !skb->len ||
	    atcp_sndq_trim(sk, skb, as->snd_una - part.seq))
		return;
	part.segs -= ATCP_CB(skb)->segs;
	part.end_seq = as->snd_una;
	if (!part.segs)
		return;
	news->acked += part.segs;
	if (!(part.sacked & ATCP_CB_SACKED))
		atcp_ack_arrived(as, &part, news);
}

/*
 * Takes what is acknowledged out of the queue. The oldest of it gives the RTT, as long as nothing
 * of it was sent more than once (Karn, RFC 6298 section 3).
 */
static void atcp_ack_clean(struct sock *sk, struct atcp_news *news, u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb;

	while ((skb = atcp_sndq_rtx_head(sk))) {
		atcp_txstamp_acked(sk, skb, news->prior_una);
		if (atcp_seq_after(ATCP_CB(skb)->end_seq, as->snd_una)) {
			atcp_ack_part(sk, skb, news);
			/* RFC 2018 section 8. */
			news->reneged = ATCP_CB(skb)->sacked & ATCP_CB_SACKED;
			break;
		}
		atcp_ack_whole(sk, skb, news);
	}
	/* Without SACK an ACK of both does not tell which one has brought it about. */
	if (news->again && !as->sack_ok)
		news->original = false;
	if (news->sent_us && !news->again) {
		news->rtt_us = max_t(u64, now_us - news->sent_us, 1);
		if (!news->last_rtt_us)
			news->last_rtt_us = max_t(u64, now_us - news->last_us, 1);
	}
	if (news->acked)
		news->timer = true;
	/* It must not fall behind by half of the sequence space. */
	if (atcp_seq_before(as->high_sacked, as->snd_una))
		as->high_sacked = as->snd_una;
	if (as->sack_ok && atcp_seq_before(news->reord, news->prior_high))
		atcp_rack_reordered(sk, news->reord, false);
}

/* RFC 7323 section 4: the echo measures even what was retransmitted; 1 ms is its grain. */
static void atcp_ack_measure(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news,
			     u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!news->rtt_us && as->ts_ok && rx->opts.has_ts && rx->opts.tsecr && news->una_advanced) {
		u32 delta = atcp_sock_us_to_ts(now_us) + as->ts_off - rx->opts.tsecr;

		if (delta < 1U << 22)
			news->rtt_us = max(delta, 1U) * USEC_PER_MSEC;
		news->last_rtt_us = news->rtt_us;
	}
	if (news->rtt_us)
		atcp_ack_rtt(sk, news->rtt_us, news->last_rtt_us, now_us);
}

/*
 * Something was SACKed, and nothing acknowledged: an RTT all the same. If it was sent before the
 * head was for the last time, the RTO begins anew; what was sent after says that the head is
 * missing, and must not put off its timeout again and again.
 */
static void atcp_ack_sacked_rtt(struct sock *sk, struct atcp_news *news, u64 now_us)
{
	const struct sk_buff *head = atcp_sndq_rtx_head(sk);

	atcp_ack_rtt(sk, news->rtt_us, news->last_rtt_us, now_us);
	if (head && news->rtt_us > now_us - ATCP_CB(head)->xmit_us)
		news->timer = true;
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
		as->probe_stamp = 0;
		atcp_rtx_set_rto(sk);
		if (as->pending == ATCP_TIMER_PROBE)
			atcp_timer_stop(sk);
	} else if (as->pending != ATCP_TIMER_RTX) {
		u64 us = max(as->rto_us, ATCP_RTT_RTO_MIN_US);

		/* ACKs put neither the first probe off nor the end of the user's patience. */
		if (as->probe_stamp)
			us = atcp_rtx_user_us(as, as->probe_stamp, us);
		else if (as->pending == ATCP_TIMER_PROBE)
			return;
		atcp_timer_arm(sk, ATCP_TIMER_PROBE, us);
	}
}

void atcp_ack_check_space(struct sock *sk)
{
	/* Paired with the test in poll and sk_stream_wait_memory. */
	smp_mb();
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags)) {
		atcp_sndq_filled(sk);
		if (atcp_sndq_writable(sk))
			sk->sk_write_space(sk);
	}
	/* A device that freed an skb may have told the user before. */
	if (sk->sk_socket && !test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		atcp_chrono_stop(sk, ATCP_CHRONO_SNDBUF);
}

/* Slow start has ended before anything was lost. */
static void atcp_ack_slow_start_ends(struct sock *sk)
{
	struct atcp_cong *c = &atcp_sk(sk)->cong;

	if (c->ss_end == ATCP_CONG_SS_END_TRAIN) {
		ATCP_SK_INC(sk, TCPHYSTARTTRAINDETECT);
		ATCP_SK_ADD(sk, TCPHYSTARTTRAINCWND, c->cwnd);
	} else {
		ATCP_SK_INC(sk, TCPHYSTARTDELAYDETECT);
		ATCP_SK_ADD(sk, TCPHYSTARTDELAYCWND, c->cwnd);
	}
	c->ss_end = ATCP_CONG_SS_END_NONE;
}

/* What the ACK tells the algorithm; @delivered: segments delivered so far, with the ACK's. */
static struct atcp_cong_sample atcp_ack_sample(const struct sock *sk, const struct atcp_news *news,
					       u64 now_us, u32 delivered)
{
	const struct atcp_sock *as = atcp_sk(sk);

	return (struct atcp_cong_sample) {
		.now_us		= now_us,
		.acked		= news->delivered,
		.ce		= news->ce,
		.lost		= as->lost - news->prior_lost,
		.delivered	= delivered,
		.in_flight	= news->prior_flight,
		.left		= atcp_sock_in_flight(as),
		.rtt_us		= news->last_rtt_us,
		.srtt_us	= as->rtt.srtt_us >> 3,
		.snd_una	= as->snd_una,
		.snd_nxt	= as->snd_nxt,
		.cwnd_limited	= as->cong.ops->control ? as->cwnd_limited :
							  atcp_sock_cwnd_used(as),
		.is_ecn		= news->ece,
		.rate		= READ_ONCE(sk->sk_pacing_rate),
		.burst		= READ_ONCE(sk->sk_gso_max_size),
		.mss		= as->mss_cache,
		.paced		= READ_ONCE(sk->sk_pacing_status) != SK_PACING_NONE,
		.dr		= {
			.segs		= news->rate.segs,
			.us		= news->rate.us,
			.prior		= news->rate.tx.delivered,
			.flight		= news->rate.tx.flight,
			.lost		= as->lost - news->rate.tx.lost,
			.limited	= news->rate.limited,
		},
	};
}

/* Figures are kept of all ACKs, and before what becomes of this one depends on them. */
static void atcp_ack_tell(struct sock *sk, struct atcp_news *news, u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_cong_sample s;

	if (news->ece && !atcp_accecn_on(as))
		news->ce = news->delivered;
	s = atcp_ack_sample(sk, news, now_us, as->delivered + news->delivered);
	as->cong.ops->on_news(&as->cong, &s);
}

static void atcp_ack_congestion(struct sock *sk, const struct atcp_news *news, u64 now_us)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_cong_sample s = atcp_ack_sample(sk, news, now_us, as->delivered);

	if (unlikely(as->cong.ops->control)) {
		atcp_cong_control(&as->cong, &s);
		if (as->cong.app_limited)
			as->rate.app_limited = (as->delivered + s.left) ?: 1;
		as->cong.app_limited = false;
		atcp_pace_update(sk);
		return;
	}
	/*
	 * What is SACKed may be early, and the ACK that fills the hole then lets cwnd grow by all
	 * of it; where much reordering is seen, cwnd would wait for that too long (Linux).
	 */
	if (!atcp_recovery_cwnd(sk, news) && news->delivered &&
	    (news->acked || (news->sacked && as->reordering >
			     READ_ONCE(atcp_sock_net(sk)->sysctl.reordering)))) {
		atcp_cong_on_ack(&as->cong, &s);
		/* RFC 2861: while ACKs come it is in use, whether it grows or not (Linux). */
		as->cwnd_stamp = (u32)jiffies;
		if (unlikely(as->cong.ss_end))
			atcp_ack_slow_start_ends(sk);
	}
	atcp_pace_update(sk);
}

/* RFC 3168: CWR ends our echo; ECE, which is returned, is the peer's. */
static bool atcp_ack_ecn(struct atcp_sock *as, const struct atcp_rx *rx)
{
	/* The peer's window may be a single segment now: what it sends is not left waiting. */
	if (atcp_ecn_rcv_cwr(&as->ecn.flags, rx->seg.flags) && rx->seg.len)
		as->ack_pending |= ATCP_ACK_NOW;
	return atcp_ecn_echo(as->ecn.flags, rx->seg.flags);
}

/* What the ACK says of numbers and windows. */
static void atcp_ack_numbers(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);

	news->una_advanced = atcp_seq_after(rx->seg.ack, as->snd_una);
	news->useful = rx->seg.seq != rx->seg.end_seq;
	if (atcp_ack_window(sk, rx))
		news->useful = true;
	if (!atcp_accecn_on(as))
		news->ece = atcp_ack_ecn(as, rx);
	if (!news->una_advanced)
		return;
	as->bytes_acked += rx->seg.ack - as->snd_una;
	WRITE_ONCE(as->snd_una, rx->seg.ack);
	as->retransmits = 0;
	/* Closed before its SYN-ACK was acknowledged: it is now. */
	if (unlikely(as->fo.lsk))
		atcp_fastopen_release(sk, false);
}

/* Counts what was delivered. */
static void atcp_ack_count(struct sock *sk, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);

	as->delivered += news->delivered;
	ATCP_SK_ADD(sk, TCPDELIVERED, news->delivered);
	if (!news->ece || atcp_accecn_on(as))
		return;
	news->ce = news->delivered;
	as->delivered_ce += news->ce;
	ATCP_SK_ADD(sk, TCPDELIVEREDCE, news->ce);
}

/* Nothing was in flight: only a D-SACK or the window can have said something. */
static void atcp_ack_idle(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news)
{
	if (atcp_accecn_on(atcp_sk(sk)))
		atcp_accecn_ack(sk, rx, news);
	if (news->dsack) {
		atcp_recovery_ack(sk, rx, news);
		atcp_ack_count(sk, news);
	}
	atcp_ack_probe(sk);
	if (atcp_sk(sk)->tlp_high_seq)
		atcp_tlp_ack(sk, rx->seg.ack, news);
}

static enum atcp_resend atcp_ack_recover(struct sock *sk, const struct atcp_rx *rx,
					 struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	u8 before = as->ca_state;
	enum atcp_resend what = atcp_recovery_ack(sk, rx, news);

	/* RFC 2861: another cwnd has had no time yet to be left unused. */
	if (as->ca_state != before && max_t(u8, as->ca_state, before) >= ATCP_CA_CWR)
		as->cwnd_stamp = (u32)jiffies;
	return what;
}

/* What was in flight: what of it has arrived, what is lost, and what follows from that. */
static void atcp_ack_flight(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	u64 now_us = news->now_us;
	enum atcp_resend what;

	if (news->una_advanced) {
		atcp_ack_clean(sk, news, now_us);
		atcp_mtuprobe_acked(sk);
		if (news->acked)
			news->useful = true;
		sk_dst_confirm(sk);
		atcp_ack_measure(sk, rx, news, now_us);
	} else if (news->rtt_us) {
		atcp_ack_sacked_rtt(sk, news, now_us);
	}
	if (as->sack_ok)
		atcp_rack_adapt(&as->rack, as->delivered + news->delivered,
				news->rate.valid ? news->rate.tx.delivered : 0);
	if (atcp_accecn_on(as))
		atcp_accecn_ack(sk, rx, news);
	if (as->tlp_high_seq)
		atcp_tlp_ack(sk, rx->seg.ack, news);
	if (unlikely(as->cong.ops->on_news))
		atcp_ack_tell(sk, news, now_us);
	what = atcp_ack_recover(sk, rx, news);
	/* RFC 6298 5.2, 5.3; RACK's timer comes sooner, and looks to the other after it. */
	if (news->timer && !atcp_rtx_arm_probe(sk, true))
		atcp_rtx_rearm(sk);
	atcp_ack_count(sk, news);
	atcp_rate_ack(&as->rate, &news->rate, now_us, as->delivered, news->delivered,
		      atcp_rtt_min_us(&as->rtt.min));
	atcp_ack_congestion(sk, news, now_us);
	atcp_recovery_resend(sk, what);
}

/*
 * An ACK that another has overtaken: its SACKs tell what is lost, and what was not, but not what
 * the network can take now: cwnd and timer stay (as Linux has it).
 */
static void atcp_ack_old(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news)
{
	enum atcp_resend what;

	if (!rx->opts.nr_sacks || !atcp_sk(sk)->sack_ok)
		return;
	what = atcp_ack_recover(sk, rx, news);
	atcp_ack_count(sk, news);
	atcp_recovery_resend(sk, what);
}

/* TS.Recent, when the segment is in order (RFC 7323 section 4.3). */
static void atcp_ack_store_ts(struct atcp_sock *as, const struct atcp_rx *rx)
{
	if (!as->ts_ok || !rx->opts.has_ts || atcp_seq_after(rx->seg.seq, as->rcv_wup))
		return;
	if ((s32)(rx->opts.tsval - as->ts_recent) < 0 && as->ts_recent_stamp &&
	    (u32)ktime_get_seconds() - as->ts_recent_stamp < ATCP_RX_PAWS_24DAYS)
		return;
	as->ts_recent = rx->opts.tsval;
	as->ts_recent_stamp = (u32)ktime_get_seconds();
}

void atcp_ack_process(struct sock *sk, const struct atcp_rx *rx, bool old)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_news news = {
		.now_us		= as->packets_out ? atcp_sock_now_us() : 0,
		.prior_una	= as->snd_una,
		.prior_high	= as->high_sacked,
		.prior_flight	= atcp_sock_in_flight(as),
		.prior_lost	= as->lost,
		.reord		= as->snd_nxt,
		.reord_sack	= as->snd_nxt,
		/* An old one is no duplicate. */
		.useful		= old,
		.handshake	= as->ecn.acc.handshake,
	};
	u32 ts_recent = as->ts_recent;

	as->ecn.acc.handshake = 0;
	as->probes_out = 0;
	as->rcv_tstamp = (u32)jiffies;
	WRITE_ONCE(sk->sk_err_soft, 0);
	if (as->ts_ok && rx->opts.has_ts)
		as->ts_lastecr = rx->opts.tsecr;
	atcp_ack_store_ts(as, rx);
	news.ts_advanced = as->ts_recent != ts_recent;

	if (!old)
		atcp_ack_numbers(sk, rx, &news);
	if (rx->opts.nr_sacks && as->sack_ok)
		atcp_scoreboard_ack(sk, rx, &news);
	else
		as->sacks_seen = 0;
	if (old)
		atcp_ack_old(sk, rx, &news);
	else if (as->packets_out)
		atcp_ack_flight(sk, rx, &news);
	else
		atcp_ack_idle(sk, rx, &news);
}

void atcp_ack_handshake(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	s32 since = rx->opts.tsecr - as->ts_off - as->retrans_stamp;

	/*
	 * To the millisecond: the stamp is never 0, and the segment was made right after it. A
	 * fast open child has that of the first retransmission.
	 */
	as->syn_spurious = as->total_retrans && as->retrans_stamp && as->ts_ok &&
			   rx->opts.has_ts && (as->fo.lsk ? since < 0 : abs(since) <= 1);
}

/*
 * The timeouts of a fast open child's SYN-ACK have marked what was sent behind it. True: it is
 * still taken for lost.
 */
static bool atcp_ack_synack_lost(struct atcp_sock *as)
{
	if (as->ca_state != ATCP_CA_LOSS)
		return false;
	if (as->syn_spurious) {
		atcp_rtxq_not_lost(as);
		atcp_cong_undo(&as->cong);
	} else if (!as->packets_out) {
		atcp_cong_exit_recovery(&as->cong, atcp_sock_now_us());
	}
	return !as->syn_spurious && as->packets_out;
}

void atcp_ack_establish(struct sock *sk, u32 seq, u32 ack, u32 wnd)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *syn = atcp_sndq_rtx_head(sk);
	/* A fast open has begun with its SYN. */
	bool begun = as->fo.lsk, lost;

	/* Simultaneous open: our SYN is in the queue; a child has none. */
	if (syn && (ATCP_CB(syn)->flags & ATCP_F_SYN)) {
		as->packets_out -= ATCP_CB(syn)->segs;
		if (ATCP_CB(syn)->sacked & ATCP_CB_RETRANS)
			as->retrans_out -= ATCP_CB(syn)->segs;
		if (ATCP_CB(syn)->sacked & ATCP_CB_LOST)
			as->lost_out -= ATCP_CB(syn)->segs;
		if (!(ATCP_CB(syn)->sacked & ATCP_CB_EVER)) {
			u64 now_us = atcp_sock_now_us();
			u32 rtt_us = now_us - ATCP_CB(syn)->xmit_us;

			atcp_ack_rtt(sk, rtt_us, rtt_us, now_us);
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
	if (begun) {
		/* The SYN-ACK's timeouts are not those of the data that went after it. */
		as->backoff = 0;
		atcp_rtx_set_rto(sk);
	}
	atcp_chrono_rto_over(as);
	/* The SYN, or a child's SYN-ACK. */
	as->delivered++;
	as->retrans_stamp = 0;
	as->undo_retrans = -1;
	lost = begun && atcp_ack_synack_lost(as);
	if (!lost) {
		as->undo_marker = 0;
		as->ca_state = ATCP_CA_OPEN;
	}
	if (!begun) {
		/* What tcpi_last_data_recv counts from until there is data. */
		as->lrcvtime = (u32)jiffies;
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
