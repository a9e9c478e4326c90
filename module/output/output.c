// SPDX-License-Identifier: GPL-2.0
/*
 * What to send now. New data goes as far as the peer's window, cwnd and Nagle
 * let it; ACKs go at once, with data, or after the delayed-ACK time.
 */

#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "output/accecn.h"
#include "output/fit.h"
#include "output/mtuprobe.h"
#include "output/output.h"
#include "output/pace.h"
#include "output/route.h"
#include "output/rtx.h"
#include "output/syndata.h"
#include "output/xmit.h"
#include "proto/ecn.h"
#include "proto/isn.h"
#include "proto/seg.h"
#include "proto/wnd.h"
#include "state/conn/ao.h"
#include "state/conn/chrono.h"
#include "state/conn/fwd.h"
#include "state/conn/metrics.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/sndq.h"
#include "state/conn/steer.h"
#include "state/conn/timer.h"
#include "state/conn/urgent.h"
#include "state/shared/mib.h"

static bool atcp_output_may_send(const struct sock *sk)
{
	/* RFC 7413 section 4.2.2: before the ACK of a fast open's SYN-ACK. */
	if (sk->sk_state == TCP_SYN_RECV && atcp_sk(sk)->fo.lsk)
		return true;
	return (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT |
				      TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK);
}

static void atcp_output_sent(struct sock *sk, struct sk_buff *skb, u32 mss)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool first = !as->packets_out;

	if (skb->len)
		as->lsndtime = (u32)jiffies;
	if (skb->len % mss)
		as->snd_sml = ATCP_CB(skb)->end_seq;
	atcp_sndq_sent(sk, skb);
	ATCP_SK_ADD(sk, TCPORIGDATASENT, ATCP_CB(skb)->segs);
	if (first || as->pending == ATCP_TIMER_TLP || as->pending == ATCP_TIMER_NONE)
		atcp_rtx_rearm(sk);
	if (as->ca_state == ATCP_CA_CWR || as->ca_state == ATCP_CA_RECOVERY)
		as->prr.out += ATCP_CB(skb)->segs;
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		atcp_sndq_filled(sk);
	/* An answer within the delayed-ACK time: the connection is interactive. */
	if (as->lrcvtime && (u32)((u32)jiffies - as->lrcvtime) < as->ato)
		as->pingpong = as->pingpong ?: ATCP_PINGPONG_ON;
}

/* RFC 9293 3.8.6.1: the window is closed (or Nagle waits) and nothing will come back. */
static void atcp_output_check_probe(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	/* What waits for its time goes by itself. */
	if (!as->packets_out && atcp_sndq_head(sk) && as->pending == ATCP_TIMER_NONE &&
	    !hrtimer_is_queued(&as->pace_timer))
		atcp_timer_arm(sk, ATCP_TIMER_PROBE, max(as->rto_us, ATCP_RTT_RTO_MIN_US));
}

/*
 * How much of cwnd was used in this round trip (RFC 7661's question, Linux's answer): whether
 * it was ever the limit, and the most that was in flight.
 */
static void atcp_output_cwnd_used(struct atcp_sock *as, bool limited)
{
	if (atcp_seq_before(as->snd_una, as->cwnd_usage_seq) && !limited &&
	    (as->cwnd_limited || as->packets_out <= as->max_packets_out))
		return;
	as->cwnd_limited = limited;
	as->max_packets_out = as->packets_out;
	as->cwnd_usage_seq = as->snd_nxt;
}

/*
 * RFC 2861, by Linux's rule: a cwnd that was not used for an RTO comes half the way down to
 * what was. Not while the user only waits for room in the send buffer.
 */
static void atcp_output_cwnd_unused(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (atcp_sock_cwnd_used(as)) {
		as->cwnd_used = 0;
		as->cwnd_stamp = (u32)jiffies;
		return;
	}
	as->cwnd_used = max(as->cwnd_used, as->packets_out);
	if (!READ_ONCE(atcp_sock_net(sk)->sysctl.slow_start_after_idle) ||
	    jiffies_to_usecs((u32)jiffies - as->cwnd_stamp) < as->rto_us)
		return;
	if (as->ca_state == ATCP_CA_OPEN && sk->sk_socket &&
	    !test_bit(SOCK_NOSPACE, &sk->sk_socket->flags)) {
		atcp_cong_on_unused(&as->cong, as->cwnd_used);
		as->cwnd_used = 0;
	}
	as->cwnd_stamp = (u32)jiffies;
}

/* What holds up the rest, @err by atcp_fit(), and the user, after @sent skbs. */
static void atcp_output_limits(struct sock *sk, int err, int sent)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool cwnd_limited = err == -EBUSY;

	if (err == -EMSGSIZE)
		atcp_chrono_start(as, ATCP_CHRONO_RWND);
	else
		atcp_chrono_stop(sk, ATCP_CHRONO_RWND);
	cwnd_limited |= atcp_sock_in_flight(as) >= as->cong.cwnd;
	if (sent || cwnd_limited) {
		atcp_output_cwnd_used(as, cwnd_limited);
		atcp_output_cwnd_unused(sk);
	}
	if (sent && !err && !cwnd_limited && sk->sk_socket &&
	    test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		atcp_chrono_start(as, ATCP_CHRONO_SNDBUF);
}

/* TCP_REPAIR: what is put into the send queue has been sent, by another host. */
static void atcp_output_restore(struct sock *sk, u32 mss)
{
	u64 now_us = atcp_sock_now_us();
	struct sk_buff *skb;

	while ((skb = atcp_sndq_head(sk))) {
		atcp_sndq_set_segs(skb, mss);
		/* When it was is not known: it says nothing of the round trip (Karn). */
		ATCP_CB(skb)->sacked |= ATCP_CB_EVER;
		atcp_xmit_remember(atcp_sk(sk), skb, now_us);
		atcp_output_sent(sk, skb, mss);
	}
	atcp_rtx_arm_probe(sk, false);
}

/* Nothing was in flight for a while. */
static void atcp_output_idle(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u64 idle;

	if (unlikely(as->cong.ops->control)) {
		/* Its window is its own; that there was nothing to send is news. */
		if (as->rate.app_limited)
			atcp_cong_tell(&as->cong, ATCP_CONG_EV_TX_START, atcp_sock_now_us());
		return;
	}
	/* RFC 5681 4.1: cwnd says nothing of the path after a long silence. */
	if (!READ_ONCE(atcp_sock_net(sk)->sysctl.slow_start_after_idle))
		return;
	idle = jiffies_to_usecs((u32)jiffies - as->lsndtime);
	if (idle > as->rto_us) {
		atcp_cong_on_idle(&as->cong, idle, as->rto_us, atcp_sock_now_us());
		as->cwnd_stamp = (u32)jiffies;
		as->cwnd_used = 0;
	}
}

/* What there is, by segments of @mss, but at most @most skbs. */
static void atcp_output_push_mss(struct sock *sk, int nonagle, u32 mss, int most)
{
	struct atcp_sock *as = atcp_sk(sk);
	int err = 0, sent = 0;
	struct sk_buff *skb;
	u32 max_segs = 0;

	if (unlikely(as->ask.repair && as->ask.repair_queue == TCP_SEND_QUEUE)) {
		atcp_output_restore(sk, mss);
		return;
	}

	if (!as->packets_out && as->lsndtime)
		atcp_output_idle(sk);
	err = atcp_mtuprobe_send(sk, mss);
	if (!err)
		return;
	if (err > 0) {
		skb = atcp_sndq_head(sk);
		atcp_output_sent(sk, skb, skb->len);
		sent++;
	}
	err = 0;
	while (sent < most && (skb = atcp_sndq_head(sk))) {
		err = -EAGAIN;
		if (atcp_pace_wait(sk))
			break;
		if (skb->len > mss && !max_segs)
			max_segs = atcp_pace_segs(sk, mss);
		err = atcp_fit(sk, skb, mss, nonagle, max_segs);
		if (err)
			break;
		err = -EAGAIN;
		if (atcp_pace_throttled(sk, skb))
			break;
		if (atcp_xmit_skb(sk, skb, true, sk_gfp_mask(sk, GFP_ATOMIC)) == -ENOBUFS) {
			err = -ENOMEM;
			break;
		}
		/* Other errors are the network's: the segment is as good as lost in it. */
		atcp_output_sent(sk, skb, mss);
		err = 0;
		sent++;
	}
	atcp_output_limits(sk, err, sent);
	/* One for each tail. */
	if (sent)
		atcp_rtx_arm_probe(sk, false);
	atcp_output_check_probe(sk);
}

void atcp_output_push(struct sock *sk, int nonagle)
{
	if (atcp_output_may_send(sk) && atcp_sndq_head(sk))
		atcp_output_push_mss(sk, nonagle, atcp_xmit_mss(sk), INT_MAX);
}

void atcp_output_push_one(struct sock *sk)
{
	if (atcp_output_may_send(sk) && atcp_sndq_head(sk))
		atcp_output_push_mss(sk, ATCP_NAGLE_PUSH | ATCP_NAGLE_FULL, atcp_xmit_mss(sk), 1);
}

bool atcp_output_probe_new(struct sock *sk)
{
	struct sk_buff *skb = atcp_sndq_head(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 mss, len;

	if (!skb || !atcp_output_may_send(sk))
		return false;
	mss = atcp_xmit_mss(sk);
	len = min(skb->len, mss);
	if (atcp_seq_after(skb->len > mss ? ATCP_CB(skb)->seq + mss : ATCP_CB(skb)->end_seq,
			   atcp_sock_wnd_end(as)))
		return false;
	atcp_sndq_set_segs(skb, mss);
	if (len < skb->len && atcp_sndq_split(sk, skb, len, mss, false, GFP_ATOMIC))
		return true;
	if (skb_queue_is_last(&sk->sk_write_queue, skb) && skb->len)
		ATCP_CB(skb)->flags |= ATCP_F_PSH;
	if (atcp_xmit_skb(sk, skb, true, sk_gfp_mask(sk, GFP_ATOMIC)) != -ENOBUFS) {
		atcp_output_sent(sk, skb, mss);
		atcp_output_limits(sk, 0, 1);
	}
	return true;
}

void atcp_output_push_sent(struct sock *sk, int flags, int nonagle, u32 mss)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *tail = skb_peek_tail(&sk->sk_write_queue);

	if (!tail)
		return;
	if (flags & MSG_OOB) {
		as->snd_up = as->write_seq;
		as->urg_sending = true;
	}
	if (flags & MSG_MORE)
		nonagle |= ATCP_NAGLE_CORK;
	/*
	 * MSG_MORE asks for no haste, but the peer's buffer is to be emptied. What TCP_CORK
	 * keeps has its PSH, as Linux's: whatever lets it go, it is all that was written.
	 */
	if (!(flags & MSG_MORE) ||
	    as->write_seq - as->pushed_seq > as->max_window >> 1)
		atcp_sndq_push_mark(sk);
	/* The caller has just asked the route, unless something has changed since. */
	if (unlikely(mss != as->mss_cache))
		atcp_output_push(sk, nonagle);
	else if (atcp_output_may_send(sk))
		atcp_output_push_mss(sk, nonagle, mss, INT_MAX);
}

void atcp_output_push_pending(struct sock *sk)
{
	if (atcp_sndq_head(sk))
		atcp_output_push(sk, atcp_sk(sk)->nonagle);
}

void atcp_output_ack(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 seq = as->snd_nxt;

	if (sk->sk_state == TCP_CLOSE)
		return;
	/* RFC 9293 3.10.7.4: SND.NXT, but never beyond a window that has shrunk. */
	if (atcp_seq_before(atcp_sock_wnd_end(as), seq))
		seq = atcp_sock_wnd_end(as);
	if (!atcp_xmit_ctl(sk, seq, ATCP_F_ACK, sk_gfp_mask(sk, GFP_ATOMIC | __GFP_NOWARN))) {
		as->ato = max_t(u32, as->ato, TCP_ATO_MIN);
		atcp_timer_arm_delack(sk, TCP_DELACK_MAX);
	}
	atcp_fwd_settle(sk);
}

/* ISN and timestamp offset of an active open, RFC 6528 and 7323 7.1. */
static void atcp_output_isn(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	const struct inet_sock *inet = inet_sk(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 iss, off;

	/* Both are known. */
	if (unlikely(as->ask.repair)) {
		as->iss = as->write_seq;
		return;
	}
	if (as->af_ops->family == AF_INET) {
		iss = atcp_isn_v4(inet->inet_saddr, inet->inet_daddr, inet->inet_sport,
				  inet->inet_dport, &an->isn_key, ktime_get_real_ns(), &off);
	} else {
		iss = atcp_isn_v6(&sk->sk_v6_rcv_saddr, &sk->sk_v6_daddr, inet->inet_sport,
				  inet->inet_dport, &an->isn_key, ktime_get_real_ns(), &off);
	}
	as->ts_off = READ_ONCE(an->sysctl.timestamps) == 1 ? off : 0;
	/* A TIME_WAIT taken over has set write_seq beyond all it had sent. */
	as->iss = as->write_seq ? as->write_seq : iss;
}

static void atcp_output_connect_init(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 space, max_space;
	u8 wscale;

	if (as->user_mss)
		as->mss_clamp = as->user_mss;
	else
		as->mss_clamp = U16_MAX;
	as->advmss = atcp_route_advmss(sk, dst);
	atcp_mtuprobe_begin(sk);
	/* Until the peer has said otherwise; the SYN itself has no payload. */
	atcp_xmit_sync_mss(sk, dst_mtu(dst));
	as->rcv_mss = min_t(u32, as->mss_cache, TCP_MSS_DEFAULT);

	space = atcp_rcvbuf_full(sk);
	if (!as->window_clamp)
		as->window_clamp = dst_metric(dst, RTAX_WINDOW);
	/* A buffer that the user fixed will not grow; another one may, by all of it. */
	max_space = space;
	if (!(sk->sk_userlocks & SOCK_RCVBUF_LOCK))
		max_space = max_t(u32, space, READ_ONCE(an->sysctl.rmem[2]));
	as->window_clamp = atcp_wnd_initial(space, max_space, as->advmss, as->window_clamp,
					    READ_ONCE(an->sysctl.window_scaling), &wscale,
					    &as->rcv_wnd);
	as->rcv_wnd = atcp_wnd_initial_segs(as->rcv_wnd, atcp_metrics_initrwnd(dst), as->advmss);
	as->rcv_wscale = wscale;
	as->rcv_ssthresh = as->rcv_wnd;

	atcp_output_isn(sk);
	as->write_seq = as->iss;
	as->snd_una = as->iss;
	as->high_sacked = as->iss;
	as->snd_nxt = as->iss;
	as->snd_sml = as->iss;
	as->pushed_seq = as->iss;
	as->snd_wnd = 0;
	as->rcv_tstamp = (u32)jiffies;
	as->rto_us = ATCP_RTT_RTO_INIT_US;
	WRITE_ONCE(sk->sk_err, 0);
	sock_reset_flag(sk, SOCK_DONE);
	as->retransmits = 0;
	as->backoff = 0;
	atcp_steer_restart(sk);
	atcp_metrics_route(sk);
}

/* Flags of a SYN that asks for ECN, by the knob, the route or the algorithm; or none. */
static u8 atcp_output_ask_ecn(struct sock *sk)
{
	struct atcp_net *an = atcp_net_get(sock_net(sk));
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct atcp_sock *as = atcp_sk(sk);
	bool needs = as->cong.ops->needs_ecn;
	int mode = READ_ONCE(an->sysctl.ecn);

	memset(&as->ecn, 0, sizeof(as->ecn));
	if (mode == ATCP_ECN_MODE_ACC)
		as->ecn.flags = ATCP_ECN_OK | ATCP_ECN_ACC;
	else if (needs || mode == ATCP_ECN_MODE_ON || mode == ATCP_ECN_MODE_ACC_ON ||
		 (dst && dst_feature(dst, RTAX_FEATURE_ECN)))
		as->ecn.flags = ATCP_ECN_OK;
	if (!as->ecn.flags)
		return 0;
	/* A queue that drops what it would have marked is worse for a SYN (Linux, RFC 8311). */
	if (needs) {
		as->ecn.flags |= ATCP_ECN_EACH;
		as->ecn.ip = ATCP_ECN_IP_ECT_0;
	}
	return ATCP_F_ECE | ATCP_F_CWR;
}

int atcp_output_connect(struct sock *sk)
{
	struct sk_buff *skb;
	int err;

	if (!atcp_sk(sk)->af_ops->route(sk))
		return -EHOSTUNREACH;
	err = atcp_ao_connect(sk);
	if (err)
		return err;
	atcp_output_connect_init(sk);
	atcp_ao_connecting(sk);
	if (unlikely(atcp_sk(sk)->ask.repair))
		return 0;

	skb = atcp_sndq_alloc_ctl(sk, atcp_sk(sk)->iss, ATCP_F_SYN | atcp_output_ask_ecn(sk),
				  sk->sk_allocation);
	if (!skb)
		return -ENOBUFS;
	atcp_sndq_queue_ctl(sk, skb);
	atcp_sndq_sent(sk, skb);
	atcp_sk(sk)->retrans_stamp = atcp_sock_ts_now() | 1;
	ATCP_SK_INC(sk, ACTIVEOPENS);
	err = atcp_sk(sk)->fo.syn ? atcp_syndata_send(sk, skb) :
				    atcp_xmit_skb(sk, skb, true, sk->sk_allocation);
	if (err == -ECONNREFUSED)
		return -ECONNREFUSED;
	atcp_rtx_rearm(sk);
	return 0;
}

void atcp_output_simopen_synack(struct sock *sk)
{
	struct sk_buff *skb = atcp_sndq_rtx_head(sk);
	u8 flags = ATCP_F_SYN | ATCP_F_ACK;

	/* A child's SYN-ACK was its request's: an old SYN gets what any old segment gets. */
	if (!skb || !(ATCP_CB(skb)->flags & ATCP_F_SYN)) {
		atcp_output_ack(sk);
		return;
	}
	if (atcp_accecn_on(atcp_sk(sk)))
		flags |= ATCP_ACCECN_SYNACK;
	else if (atcp_sk(sk)->ecn.flags & ATCP_ECN_OK)
		flags |= ATCP_F_ECE;
	ATCP_CB(skb)->flags = flags;
	atcp_xmit_skb(sk, skb, true, GFP_ATOMIC);
}

void atcp_output_fin(struct sock *sk)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_write_queue), *skb;
	struct atcp_sock *as = atcp_sk(sk);

	if (as->fin_queued)
		return;
	as->fin_queued = 1;
	if (tail && !(ATCP_CB(tail)->flags & ATCP_F_SYN)) {
		/* What TCP_CORK has kept back has its end now. */
		if (as->nonagle & ATCP_NAGLE_CORK)
			atcp_sndq_push_mark(sk);
		/* On the last data segment; it goes now, Nagle or not. */
		ATCP_CB(tail)->flags |= ATCP_F_FIN;
		ATCP_CB(tail)->end_seq++;
		WRITE_ONCE(as->write_seq, as->write_seq + 1);
	} else {
		/* The FIN may be late, it may not be left out: the caller can sleep. */
		skb = atcp_sndq_alloc_ctl(sk, as->write_seq, ATCP_F_ACK | ATCP_F_FIN,
					  GFP_KERNEL | __GFP_NOFAIL);
		atcp_sndq_queue_ctl(sk, skb);
	}
	atcp_output_push(sk, ATCP_NAGLE_OFF);
}

void atcp_output_rst(struct sock *sk, gfp_t gfp)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 seq = as->snd_nxt;

	ATCP_SK_INC(sk, OUTRSTS);
	if (atcp_seq_before(atcp_sock_wnd_end(as), seq))
		seq = atcp_sock_wnd_end(as);
	if (!atcp_xmit_ctl(sk, seq, ATCP_F_ACK | ATCP_F_RST, gfp | __GFP_NOWARN))
		ATCP_SK_INC(sk, TCPABORTFAILED);
}

/* An old sequence number makes any peer answer with an ACK (RFC 9293 3.8.4, 3.10.7.4). */
void atcp_output_keepalive(struct sock *sk)
{
	ATCP_SK_INC(sk, TCPKEEPALIVE);
	atcp_xmit_ctl(sk, atcp_sk(sk)->snd_una - 1, ATCP_F_ACK, GFP_ATOMIC);
}

int atcp_output_probe(struct sock *sk)
{
	struct sk_buff *skb = atcp_sndq_head(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 mss, room;

	if (sk->sk_state == TCP_CLOSE)
		return -1;
	if (!skb || !atcp_seq_before(ATCP_CB(skb)->seq, atcp_sock_wnd_end(as))) {
		/* The window is closed: one old byte, without the byte. */
		ATCP_SK_INC(sk, TCPWINPROBE);
		/* That is dropped before its urgent pointer is looked at: this is not. */
		if (atcp_urgent_sending(as))
			atcp_xmit_ctl(sk, as->snd_una, ATCP_F_ACK, GFP_ATOMIC);
		return atcp_xmit_ctl(sk, as->snd_una - 1, ATCP_F_ACK, GFP_ATOMIC) ? 0 : -ENOBUFS;
	}

	/* Something fits: send that, however little (RFC 9293 3.8.6.2.1 (4)). */
	mss = atcp_xmit_mss(sk);
	room = min(atcp_sock_wnd_end(as) - ATCP_CB(skb)->seq, mss);
	if (skb->len > room) {
		if (atcp_sndq_split(sk, skb, room, mss, false, GFP_ATOMIC))
			return -ENOBUFS;
	} else {
		atcp_sndq_set_segs(skb, mss);
	}
	ATCP_CB(skb)->flags |= ATCP_F_PSH;
	if (atcp_xmit_skb(sk, skb, true, GFP_ATOMIC) == -ENOBUFS)
		return -ENOBUFS;
	atcp_output_sent(sk, skb, mss);
	return 0;
}
