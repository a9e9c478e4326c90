// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when a timer fires. Retransmission (RFC 6298 5.4-5.7), zero-window
 * probes (RFC 9293 3.8.6.1), delayed ACKs, keepalive and FIN-WAIT-2 of orphans,
 * the end of a TIME_WAIT; and when a connection is given up
 * (R1 and R2 of RFC 9293 3.8.3).
 */

#include <net/dst.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "conn/close.h"
#include "conn/expire.h"
#include "conn/fastopen.h"
#include "conn/pmtu.h"
#include "conn/rack.h"
#include "conn/recovery.h"
#include "conn/tlp.h"
#include "output/mtuprobe.h"
#include "output/output.h"
#include "output/rcvack.h"
#include "output/route.h"
#include "output/rtx.h"
#include "output/xmit.h"
#include "state/conn/chrono.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/shared/mib.h"
#include "state/shared/twq.h"
#include "state/shared/wheel.h"

/* After a send that failed for want of memory, or of room in a queue of this host's, us. */
#define ATCP_EXPIRE_AGAIN_US	(500 * USEC_PER_MSEC)

/* A thin stream has fewer segments in flight, and waits for so many RTOs of equal length. */
#define ATCP_EXPIRE_THIN		4
#define ATCP_EXPIRE_THIN_RETRIES	6

/* The connection is given up. */
static void atcp_expire_give_up(struct sock *sk)
{
	int err = READ_ONCE(sk->sk_err_soft) ?: ETIMEDOUT;

	ATCP_SK_INC(sk, TCPABORTONTIMEOUT);
	atcp_sock_abort(sk, err, ATCP_CAUSE_TIMEOUT);
}

/* Retransmissions of an orphan: fewer, or none if its peer is silent (Linux). */
static int atcp_expire_orphan_retries(const struct sock *sk, bool alive)
{
	int n = READ_ONCE(atcp_sock_net(sk)->sysctl.orphan_retries);

	if (sk->sk_err_soft && !alive)
		return 0;
	return !n && alive ? 8 : n;
}

static bool atcp_expire_alive(const struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);

	return atcp_sk(sk)->rto_us <
	       (u32)READ_ONCE(an->sysctl.rto_max_ms) * (u32)USEC_PER_MSEC;
}

/*
 * An orphan that costs too much is reset, not closed in good order. True: it is gone.
 */
static bool atcp_expire_out_of_resources(struct sock *sk)
{
	if (!atcp_sock_orphan_excess(sk))
		return false;
	atcp_output_rst(sk, GFP_ATOMIC);
	ATCP_SK_INC(sk, TCPABORTONMEMORY);
	atcp_sock_done(sk, ATCP_CAUSE_MEMORY);
	return true;
}

/* Time that @n timeouts take which double from @base ms on: what retries2 means (RFC 9293's R2). */
static u64 atcp_expire_budget_ms(const struct sock *sk, u64 base, unsigned int n)
{
	u64 most = READ_ONCE(atcp_sock_net(sk)->sysctl.rto_max_ms), sum = 0, t;
	unsigned int i;

	for (i = 0, t = max(base, 1ULL); i <= n; i++) {
		sum += min(t, most);
		if (t < most)
			t <<= 1;
	}
	return sum;
}

/*
 * True: the SYN, or our own SYN-ACK, has been sent often enough. Timeouts that do not double are
 * beyond those that syn_retries counts, but no reason to wait for longer than without them: of the
 * two that come first, the count and the time that it stands for, one decides (Linux 6.5).
 */
static bool atcp_expire_syn_over(struct sock *sk, u32 elapsed, u32 user)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	int retries, most;

	if (as->retransmits)
		dst_negative_advice(sk);
	if (as->fo.lsk)
		return as->retransmits >= atcp_fastopen_retries(sk);
	retries = READ_ONCE(as->syn_retries) ?: READ_ONCE(an->sysctl.syn_retries);
	most = retries;
	if (sk->sk_state == TCP_SYN_SENT)
		most += READ_ONCE(an->sysctl.syn_linear_timeouts);
	if (!as->retransmits || as->retransmits >= most)
		return as->retransmits >= most;
	return elapsed + jiffies_to_msecs(1) >=
	       (user ?: atcp_expire_budget_ms(sk, ATCP_RTT_RTO_INIT_US / USEC_PER_MSEC, retries));
}

/* True: the connection was given up (and is gone). */
static bool atcp_expire_too_long(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 elapsed = atcp_sock_ts_now() - as->rto_stamp;
	u32 user = READ_ONCE(as->user_timeout);
	int retries, base_ms;
	bool over;

	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) {
		over = atcp_expire_syn_over(sk, elapsed, user);
	} else if (as->fo.lsk) {
		over = as->retransmits >= atcp_fastopen_retries(sk);
	} else {
		base_ms = READ_ONCE(an->sysctl.rto_min_us) / USEC_PER_MSEC;
		retries = READ_ONCE(an->sysctl.retries1);
		if (as->retransmits && elapsed >= atcp_expire_budget_ms(sk, base_ms, retries)) {
			atcp_mtuprobe_blackhole(sk);
			dst_negative_advice(sk);
		}
		retries = READ_ONCE(an->sysctl.retries2);
		if (sock_flag(sk, SOCK_DEAD)) {
			bool alive = atcp_expire_alive(sk);

			retries = atcp_expire_orphan_retries(sk, alive);
			if (atcp_expire_out_of_resources(sk))
				return true;
		}
		/* RFC 5482: the user's word goes before the count. */
		over = as->retransmits &&
		       elapsed >= (user ?: atcp_expire_budget_ms(sk, base_ms, retries));
	}
	atcp_fastopen_timeout(sk, over);
	if (over) {
		atcp_expire_give_up(sk);
		return true;
	}
	/* Another path, where there are several (RFC 6438, net.core.txrehash). */
	if (sk_rethink_txhash(sk)) {
		as->ask.rehashed++;
		ATCP_SK_INC(sk, TCPTIMEOUTREHASH);
	}
	return false;
}

/* The next timeout, not later than the user's limit. */
static void atcp_expire_rearm(struct sock *sk, enum atcp_timer_what what)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 since = what == ATCP_TIMER_PROBE ? as->probe_stamp : as->rto_stamp;
	u64 us = as->rto_us;

	/* How often a SYN-ACK is sent again is the listener's to say. */
	if (!as->fo.lsk)
		us = atcp_rtx_user_us(as, since, us);
	atcp_timer_arm(sk, what, us);
}

static void atcp_expire_count(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);

	if (!as->retransmits) {
		if (as->ca_state == ATCP_CA_RECOVERY && as->sack_ok)
			ATCP_INC(net, TCPSACKRECOVERYFAIL);
		else if (as->ca_state == ATCP_CA_RECOVERY)
			ATCP_INC(net, TCPRENORECOVERYFAIL);
		else if (as->ca_state == ATCP_CA_LOSS)
			ATCP_INC(net, TCPLOSSFAILURES);
		else if (as->sacked_out && as->sack_ok)
			ATCP_INC(net, TCPSACKFAILURES);
		else if (as->sacked_out)
			ATCP_INC(net, TCPRENOFAILURES);
	}
}

/*
 * The next timeout is as long as this one. The first few of a SYN are so (Linux 6.5), and
 * where it is asked for those of a stream with little in flight, which gets no duplicate ACKs
 * and waits for each RTO (Linux's thin streams).
 */
static bool atcp_expire_linear(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	if (sk->sk_state == TCP_SYN_SENT)
		return as->retransmits <=
		       READ_ONCE(atcp_sock_net(sk)->sysctl.syn_linear_timeouts);
	return sk->sk_state == TCP_ESTABLISHED && as->retransmits <= ATCP_EXPIRE_THIN_RETRIES &&
	       (as->ask.thin_linear ||
		READ_ONCE(atcp_sock_net(sk)->sysctl.thin_linear_timeouts)) &&
	       as->packets_out < ATCP_EXPIRE_THIN && as->cong.ssthresh < ATCP_CONG_SSTHRESH_INF;
}

/*
 * When the trouble began by whose length a connection is given up: a SYN's when it was sent, all
 * else's when it was sent again for the first time, as on Linux.
 */
static u32 atcp_expire_began(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	if (as->fo.lsk || (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		return atcp_sock_ts_now() - as->rto_us / USEC_PER_MSEC;
	if (as->ca_state == ATCP_CA_RECOVERY && as->retrans_stamp)
		return as->retrans_stamp;
	/* After a timeout, too: something was acknowledged since, or it would not be the first. */
	return atcp_sock_ts_now();
}

/*
 * The peer has taken back its window with something in flight: what goes again are window probes,
 * and the connection lives as long as they are answered (RFC 1122 4.2.2.17), or the user allows.
 */
static void atcp_expire_shut(struct sock *sk, struct sk_buff *head)
{
	u64 most = 2ULL * READ_ONCE(atcp_sock_net(sk)->sysctl.rto_max_ms);
	struct atcp_sock *as = atcp_sk(sk);
	u32 lasting, user = READ_ONCE(as->user_timeout);
	int err;

	as->rto_stamp = as->retrans_stamp ?: atcp_sock_us_to_ts(ATCP_CB(head)->xmit_us);
	lasting = atcp_sock_ts_now() - as->rto_stamp;
	if ((user && lasting > user) ||
	    (lasting > most && jiffies_to_msecs((u32)jiffies - as->rcv_tstamp) > most)) {
		atcp_expire_give_up(sk);
		return;
	}
	atcp_recovery_timeout(sk);
	as->cwnd_stamp = (u32)jiffies;
	err = atcp_rtx_skb(sk, head, 1);
	if (err == -ENOBUFS || err == -ENOMEM) {
		atcp_timer_arm(sk, ATCP_TIMER_RTX, ATCP_EXPIRE_AGAIN_US);
		return;
	}
	as->backoff = min(as->backoff + 1, 31);
	atcp_rtx_set_rto(sk);
	atcp_expire_rearm(sk, ATCP_TIMER_RTX);
}

static void atcp_expire_rto(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *head = atcp_sndq_rtx_head(sk);
	int err;

	if (!as->packets_out || WARN_ON_ONCE(!head))
		return;
	if (!as->snd_wnd && !sock_flag(sk, SOCK_DEAD) && !as->fo.lsk &&
	    !((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV))) {
		atcp_expire_shut(sk, head);
		return;
	}
	if (!as->retransmits)
		as->rto_stamp = atcp_expire_began(sk);
	ATCP_INC(sock_net(sk), TCPTIMEOUTS);
	if (atcp_expire_too_long(sk))
		return;
	atcp_expire_count(sk);
	/* A fast open child's SYN-ACK that is lost once says nothing of the rest (RFC 5681 3.1). */
	if (!as->fo.lsk || as->retransmits == 1) {
		atcp_recovery_timeout(sk);
		as->cwnd_stamp = (u32)jiffies;
	}
	atcp_chrono_rto(as, !as->retransmits);
	as->retransmits = min(as->retransmits + 1, U8_MAX);

	err = atcp_rtx_skb(sk, head, 1);
	if (err == -ENOBUFS || err == -ENOMEM) {
		/* Nothing went out: this says nothing of the path. */
		atcp_timer_arm(sk, ATCP_TIMER_RTX, ATCP_EXPIRE_AGAIN_US);
		return;
	}
	/* RFC 6298 5.5. */
	as->backoff = atcp_expire_linear(sk) ? 0 : min(as->backoff + 1, 31);
	atcp_rtx_set_rto(sk);
	atcp_expire_rearm(sk, ATCP_TIMER_RTX);
}

static void atcp_expire_probe(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	int most = READ_ONCE(an->sysctl.retries2);
	u32 user = READ_ONCE(as->user_timeout);

	if (as->packets_out || !atcp_sndq_head(sk)) {
		as->probes_out = 0;
		as->probe_stamp = 0;
		return;
	}
	if (!as->probe_stamp)
		as->probe_stamp = atcp_sock_ts_now() | 1;
	else if (user && (s32)(atcp_sock_ts_now() - as->probe_stamp - user) >= 0)
		goto give_up;

	/*
	 * A peer that answers may keep its window closed as long as it likes
	 * (RFC 9293 3.8.6.1, MUST-37); answers clear probes_out. Not so for orphans, nor
	 * beyond the time that the user gives it.
	 */
	if (sock_flag(sk, SOCK_DEAD)) {
		bool alive = atcp_expire_alive(sk);

		most = atcp_expire_orphan_retries(sk, alive);
		if (!alive && as->backoff >= most)
			goto give_up;
		if (atcp_expire_out_of_resources(sk))
			return;
	}
	if (as->probes_out >= most)
		goto give_up;

	if (atcp_output_probe(sk) == -ENOBUFS) {
		/* A try, but not one that the peer has not answered: the next is no later. */
		as->probes_out = min(as->probes_out + 1, U8_MAX);
		atcp_timer_arm(sk, ATCP_TIMER_PROBE, ATCP_EXPIRE_AGAIN_US);
		return;
	}
	if (as->packets_out || !atcp_sndq_head(sk)) {
		/* It fitted the window after all and is ordinary data now. */
		as->probes_out = 0;
		return;
	}
	as->probes_out = min(as->probes_out + 1, U8_MAX);
	as->backoff = min(as->backoff + 1, 31);
	atcp_rtx_set_rto(sk);
	atcp_expire_rearm(sk, ATCP_TIMER_PROBE);
	return;

give_up:
	atcp_expire_give_up(sk);
}

static void atcp_expire_rtx(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u8 what = as->pending;

	as->pending = ATCP_TIMER_NONE;
	switch (what) {
	case ATCP_TIMER_RTX:
		atcp_expire_rto(sk);
		break;
	case ATCP_TIMER_PROBE:
		atcp_expire_probe(sk);
		break;
	/* What these arm is to know that the RTO has been running. */
	case ATCP_TIMER_REO:
		as->pending = ATCP_TIMER_REO;
		atcp_rack_reo_timeout(sk);
		break;
	case ATCP_TIMER_TLP:
		as->pending = ATCP_TIMER_TLP;
		atcp_tlp_timeout(sk);
		break;
	}
}

/* An orphan that waited in FIN-WAIT-2 for what exceeds 60 s, or for a FIN's text. */
static void atcp_expire_fin_wait2(struct sock *sk)
{
	int rest = atcp_close_fin_time(sk) - ATCP_TW_LEN;

	if (rest > 0) {
		atcp_close_time_wait(sk, TCP_FIN_WAIT2, rest);
		return;
	}
	atcp_output_rst(sk, GFP_ATOMIC);
	atcp_sock_done(sk, ATCP_CAUSE_TIMEOUT);
}

static u32 atcp_expire_idle(const struct atcp_sock *as)
{
	u32 now = (u32)jiffies;

	return min(now - as->rcv_tstamp, as->lrcvtime ? now - as->lrcvtime : U32_MAX);
}

static void atcp_expire_keep(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 time = as->keepalive_time ?: READ_ONCE(an->sysctl.keepalive_time);
	u32 probes = as->keepalive_probes ?: READ_ONCE(an->sysctl.keepalive_probes);
	u32 idle, user = READ_ONCE(as->user_timeout);

	if (sk->sk_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD)) {
		atcp_expire_fin_wait2(sk);
		return;
	}
	if (!sock_flag(sk, SOCK_KEEPOPEN) ||
	    ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_SYN_SENT | TCPF_LISTEN)))
		return;
	/* What is in flight or waits is a better probe (RFC 9293 3.8.4). */
	if (as->packets_out || atcp_sndq_head(sk)) {
		atcp_timer_arm_keep(sk, time);
		return;
	}
	idle = atcp_expire_idle(as);
	if (idle < time) {
		atcp_timer_arm_keep(sk, time - idle);
		return;
	}
	if (user ? idle >= msecs_to_jiffies(user) && as->probes_out > 0 :
	    as->probes_out >= probes) {
		atcp_output_rst(sk, GFP_ATOMIC);
		atcp_expire_give_up(sk);
		return;
	}
	atcp_output_keepalive(sk);
	as->probes_out++;
	atcp_timer_arm_keep(sk, as->keepalive_intvl ?: READ_ONCE(an->sysctl.keepalive_intvl));
}

void atcp_expire_set_keepalive(struct sock *sk, int on)
{
	struct atcp_net *an = atcp_sock_net(sk);

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	if (on && !sock_flag(sk, SOCK_KEEPOPEN))
		atcp_timer_arm_keep(sk, atcp_sk(sk)->keepalive_time ?:
				    READ_ONCE(an->sysctl.keepalive_time));
	else if (!on && !(sk->sk_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD)))
		atcp_timer_stop_keep(sk);
}

/* Pacing, or the device below, lets it go on: first with what is to be sent again. */
static void atcp_expire_more(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (as->lost_out > as->retrans_out)
		atcp_rtx_lost(sk);
	atcp_output_push_pending(sk);
}

static void atcp_expire_tw(struct atcp_mini *m)
{
	struct atcp_tw *tw = container_of(m, struct atcp_tw, mini);

	if (m->node.u1 != TCP_CLOSE)
		ATCP_INC(tw->net, TW);
	atcp_twq_kill(tw);
	atcp_twq_put(tw);
}

static const struct atcp_timer_ops atcp_expire_ops = {
	.rtx	= atcp_expire_rtx,
	.delack	= atcp_rcvack_timeout,
	.sack	= atcp_rcvack_sack_timeout,
	.keep	= atcp_expire_keep,
	.more	= atcp_expire_more,
	.mtu	= atcp_pmtu_reduced,
};

void atcp_expire_init(void)
{
	atcp_timer_set_ops(&atcp_expire_ops);
	atcp_wheel_set_fn(ATCP_KIND_TW, atcp_expire_tw);
}
