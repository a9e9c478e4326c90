// SPDX-License-Identifier: GPL-2.0
/*
 * The options of IPPROTO_TCP that are an int, in a table: number, range, and how it is set and
 * read; with Linux's numbers, ranges and errnos.
 */
#include "socket/tcpopt.h"

#include <linux/tcp.h>
#include <net/sock.h>

#include "output/output.h"
#include "output/rcvack.h"
#include "proto/reqtime.h"
#include "socket/fastopen.h"
#include "state/conn/sndq.h"
#include "state/conn/sock.h"
#include "state/conn/timer.h"
#include "state/listen/knob.h"

#define ATCP_SOCKOPT_SYNCNT_MAX		127
#define ATCP_SOCKOPT_KEEP_MAX		32767
#define ATCP_SOCKOPT_KEEPCNT_MAX	127
#define ATCP_SOCKOPT_MSS_MIN		88
#define ATCP_SOCKOPT_MSS_MAX		32767
#define ATCP_SOCKOPT_LINGER2_MAX	120
/* us; some 268 s, as Linux has it from 6.18 on */
#define ATCP_SOCKOPT_TX_DELAY_MAX	((1 << 28) - 1)

static const struct atcp_sysctl *atcp_sockopt_sysctl(const struct sock *sk)
{
	return &atcp_net_get(sock_net(sk))->sysctl;
}

static bool atcp_sockopt_open(const struct sock *sk)
{
	return !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN));
}

static int atcp_sockopt_set_nodelay(struct sock *sk, int val)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!val) {
		as->nonagle &= ~ATCP_NAGLE_OFF;
		return 0;
	}
	/* What is queued goes at once, corked or not. */
	as->nonagle |= ATCP_NAGLE_OFF;
	if (atcp_sockopt_open(sk))
		atcp_output_push(sk, as->nonagle | ATCP_NAGLE_PUSH);
	return 0;
}

static int atcp_sockopt_get_nodelay(struct sock *sk)
{
	return !!(atcp_sk(sk)->nonagle & ATCP_NAGLE_OFF);
}

static int atcp_sockopt_set_cork(struct sock *sk, int val)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (val) {
		as->nonagle |= ATCP_NAGLE_CORK;
		return 0;
	}
	as->nonagle &= ~ATCP_NAGLE_CORK;
	/* What MSG_MORE kept back has its end now. */
	if (skb_peek_tail(&sk->sk_write_queue))
		atcp_sndq_push_mark(sk);
	if (atcp_sockopt_open(sk))
		atcp_output_push_pending(sk);
	return 0;
}

static int atcp_sockopt_get_cork(struct sock *sk)
{
	return !!(atcp_sk(sk)->nonagle & ATCP_NAGLE_CORK);
}

static int atcp_sockopt_set_maxseg(struct sock *sk, int val)
{
	if (val && val < ATCP_SOCKOPT_MSS_MIN)
		return -EINVAL;
	atcp_sk(sk)->user_mss = val;
	return 0;
}

static int atcp_sockopt_get_maxseg(struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	/* What the peer takes: a part of what is restored elsewhere. */
	if (as->ask.repair)
		return as->mss_clamp;
	return as->user_mss && !atcp_sockopt_open(sk) ? as->user_mss : as->mss_cache;
}

static int atcp_sockopt_set_syncnt(struct sock *sk, int val)
{
	struct atcp_knob_turn turn = atcp_knob_before(sk, ATCP_KNOB_SYNACK_RETRIES);

	WRITE_ONCE(atcp_sk(sk)->syn_retries, val);
	atcp_knob_yield(sk, &turn);
	return 0;
}

static int atcp_sockopt_get_syncnt(struct sock *sk)
{
	return atcp_sk(sk)->syn_retries ?: READ_ONCE(atcp_sockopt_sysctl(sk)->syn_retries);
}

/* Seconds of waiting for data are counted in retransmissions of the SYN-ACK: 1, 3, 7, ... s. */
static int atcp_sockopt_set_defer(struct sock *sk, int val)
{
	struct atcp_knob_turn turn = atcp_knob_before(sk, ATCP_KNOB_DEFER_ACCEPT);

	WRITE_ONCE(atcp_sk(sk)->defer_accept, atcp_reqtime_defer(val));
	atcp_knob_yield(sk, &turn);
	return 0;
}

static int atcp_sockopt_get_defer(struct sock *sk)
{
	return atcp_reqtime_defer_sec(atcp_sk(sk)->defer_accept);
}

static unsigned long atcp_sockopt_keep_time(const struct sock *sk)
{
	return atcp_sk(sk)->keepalive_time ?: READ_ONCE(atcp_sockopt_sysctl(sk)->keepalive_time);
}

void atcp_sockopt_keepalive(struct sock *sk, int val)
{
	if (!atcp_sockopt_open(sk))
		return;
	if (val && !sock_flag(sk, SOCK_KEEPOPEN))
		atcp_timer_arm_keep(sk, atcp_sockopt_keep_time(sk));
	else if (!val)
		atcp_timer_stop_keep(sk);
}

static int atcp_sockopt_set_keepidle(struct sock *sk, int val)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 idle, last;

	WRITE_ONCE(as->keepalive_time, val * HZ);
	if (!sock_flag(sk, SOCK_KEEPOPEN) || !atcp_sockopt_open(sk))
		return 0;
	last = max_t(s32, as->lrcvtime - as->rcv_tstamp, 0) + as->rcv_tstamp;
	idle = (u32)jiffies - last;
	atcp_timer_arm_keep(sk, as->keepalive_time > idle ? as->keepalive_time - idle : 0);
	return 0;
}

static int atcp_sockopt_get_keepidle(struct sock *sk)
{
	return atcp_sockopt_keep_time(sk) / HZ;
}

static int atcp_sockopt_set_keepintvl(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->keepalive_intvl, val * HZ);
	return 0;
}

static int atcp_sockopt_get_keepintvl(struct sock *sk)
{
	return (atcp_sk(sk)->keepalive_intvl ?:
		READ_ONCE(atcp_sockopt_sysctl(sk)->keepalive_intvl)) / HZ;
}

static int atcp_sockopt_set_keepcnt(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->keepalive_probes, val);
	return 0;
}

static int atcp_sockopt_get_keepcnt(struct sock *sk)
{
	return atcp_sk(sk)->keepalive_probes ?:
		READ_ONCE(atcp_sockopt_sysctl(sk)->keepalive_probes);
}

static int atcp_sockopt_set_linger2(struct sock *sk, int val)
{
	if (val > ATCP_SOCKOPT_LINGER2_MAX)
		val = ATCP_SOCKOPT_LINGER2_MAX;
	WRITE_ONCE(atcp_sk(sk)->linger2, val < 0 ? -1 : val * HZ);
	return 0;
}

static int atcp_sockopt_get_linger2(struct sock *sk)
{
	int val = atcp_sk(sk)->linger2;

	if (val < 0)
		return val;
	return (val ?: READ_ONCE(atcp_sockopt_sysctl(sk)->fin_timeout)) / HZ;
}

static int atcp_sockopt_set_user_timeout(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->user_timeout, val);
	return 0;
}

static int atcp_sockopt_get_user_timeout(struct sock *sk)
{
	return atcp_sk(sk)->user_timeout;
}

/* 1: out of interactive mode, and the ACK of what was read goes now. Even: only this once. */
static int atcp_sockopt_set_quickack(struct sock *sk, int val)
{
	struct atcp_sock *as = atcp_sk(sk);

	as->pingpong = val ? 0 : ATCP_PINGPONG_USER;
	if (!val)
		return 0;
	if (((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) &&
	    (as->ack_pending & ATCP_ACK_SCHED)) {
		atcp_rcvack_flush(sk);
		if (!(val & 1))
			as->pingpong = ATCP_PINGPONG_USER;
	}
	return 0;
}

static int atcp_sockopt_get_quickack(struct sock *sk)
{
	return !atcp_sk(sk)->pingpong;
}

static int atcp_sockopt_set_clamp(struct sock *sk, int val)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 was = as->window_clamp;

	if (!val && sk->sk_state != TCP_CLOSE)
		return -EINVAL;
	as->clamp_user = val;
	as->window_clamp = val ? max_t(int, val, SOCK_MIN_RCVBUF / 2) : 0;
	if (!val)
		return 0;
	if (as->window_clamp < was)
		as->rcv_ssthresh = min(as->rcv_ssthresh, as->window_clamp);
	else
		as->rcv_ssthresh = max(as->rcv_ssthresh, min(as->rcv_wnd, as->window_clamp));
	return 0;
}

static int atcp_sockopt_get_clamp(struct sock *sk)
{
	return atcp_sk(sk)->window_clamp;
}

static int atcp_sockopt_set_notsent(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->notsent_lowat, val);
	sk->sk_write_space(sk);
	return 0;
}

static int atcp_sockopt_get_notsent(struct sock *sk)
{
	return atcp_sk(sk)->notsent_lowat;
}

static int atcp_sockopt_set_inq(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->inq_hint, val);
	return 0;
}

static int atcp_sockopt_get_inq(struct sock *sk)
{
	return atcp_sk(sk)->inq_hint;
}

static int atcp_sockopt_set_thin_linear(struct sock *sk, int val)
{
	atcp_sk(sk)->ask.thin_linear = val;
	return 0;
}

static int atcp_sockopt_get_thin_linear(struct sock *sk)
{
	return atcp_sk(sk)->ask.thin_linear;
}

/* Early retransmission made it needless: it is taken, and has no effect (as Linux's since 4.9). */
static int atcp_sockopt_set_thin_dupack(struct sock *sk, int val)
{
	return 0;
}

static int atcp_sockopt_get_thin_dupack(struct sock *sk)
{
	return 0;
}

static int atcp_sockopt_set_tx_delay(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->ask.tx_delay_us, val);
	return 0;
}

static int atcp_sockopt_get_tx_delay(struct sock *sk)
{
	return atcp_sk(sk)->ask.tx_delay_us;
}

static int atcp_sockopt_set_save_syn(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->ask.save_syn, val);
	return 0;
}

static int atcp_sockopt_get_save_syn(struct sock *sk)
{
	return atcp_sk(sk)->ask.save_syn;
}

/* Of what is restored. */
static int atcp_sockopt_set_timestamp(struct sock *sk, int val)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!as->ask.repair)
		return -EPERM;
	as->ts_off = val - atcp_sock_ts_now();
	return 0;
}

static int atcp_sockopt_get_timestamp(struct sock *sk)
{
	return atcp_sock_ts_now() + atcp_sk(sk)->ts_off;
}

#define ATCP_SOCKOPT(opt, lo, hi, fn) \
	{ opt, lo, hi, atcp_sockopt_set_##fn, atcp_sockopt_get_##fn }

static const struct atcp_sockopt atcp_sockopt_tcp[] = {
	ATCP_SOCKOPT(TCP_NODELAY, INT_MIN, INT_MAX, nodelay),
	ATCP_SOCKOPT(TCP_CORK, INT_MIN, INT_MAX, cork),
	ATCP_SOCKOPT(TCP_MAXSEG, 0, ATCP_SOCKOPT_MSS_MAX, maxseg),
	ATCP_SOCKOPT(TCP_SYNCNT, 1, ATCP_SOCKOPT_SYNCNT_MAX, syncnt),
	ATCP_SOCKOPT(TCP_DEFER_ACCEPT, INT_MIN, INT_MAX, defer),
	ATCP_SOCKOPT(TCP_KEEPIDLE, 1, ATCP_SOCKOPT_KEEP_MAX, keepidle),
	ATCP_SOCKOPT(TCP_KEEPINTVL, 1, ATCP_SOCKOPT_KEEP_MAX, keepintvl),
	ATCP_SOCKOPT(TCP_KEEPCNT, 1, ATCP_SOCKOPT_KEEPCNT_MAX, keepcnt),
	ATCP_SOCKOPT(TCP_LINGER2, INT_MIN, INT_MAX, linger2),
	ATCP_SOCKOPT(TCP_USER_TIMEOUT, 0, INT_MAX, user_timeout),
	ATCP_SOCKOPT(TCP_QUICKACK, INT_MIN, INT_MAX, quickack),
	ATCP_SOCKOPT(TCP_WINDOW_CLAMP, INT_MIN, INT_MAX, clamp),
	ATCP_SOCKOPT(TCP_NOTSENT_LOWAT, INT_MIN, INT_MAX, notsent),
	ATCP_SOCKOPT(TCP_INQ, 0, 1, inq),
	ATCP_SOCKOPT(TCP_THIN_LINEAR_TIMEOUTS, 0, 1, thin_linear),
	ATCP_SOCKOPT(TCP_THIN_DUPACK, 0, 1, thin_dupack),
	ATCP_SOCKOPT(TCP_TX_DELAY, 0, ATCP_SOCKOPT_TX_DELAY_MAX, tx_delay),
	ATCP_SOCKOPT(TCP_SAVE_SYN, 0, 2, save_syn),
	{ TCP_FASTOPEN, 0, INT_MAX, atcp_fastopen_set_qlen, atcp_fastopen_get_qlen },
	{ TCP_FASTOPEN_CONNECT, 0, 1, atcp_fastopen_set_connect, atcp_fastopen_get_connect },
	{ TCP_FASTOPEN_NO_COOKIE, 0, 1, atcp_fastopen_set_no_cookie, atcp_fastopen_get_no_cookie },
	ATCP_SOCKOPT(TCP_TIMESTAMP, INT_MIN, INT_MAX, timestamp),
	{ }
};

const struct atcp_sockopt *atcp_sockopt_find(int optname)
{
	const struct atcp_sockopt *o;

	for (o = atcp_sockopt_tcp; o->get; o++)
		if (o->name == optname)
			return o;
	return NULL;
}
