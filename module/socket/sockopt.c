// SPDX-License-Identifier: GPL-2.0
/*
 * Socket options. Those that are an int stand in tables: number, range, and how
 * it is set and read. IPPROTO_TCP has Linux's numbers, ranges and errnos.
 */
#include <linux/atcp.h>
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "output/output.h"
#include "output/rcvack.h"
#include "output/route.h"
#include "proto/reqtime.h"
#include "socket/family.h"
#include "socket/fastopen.h"
#include "socket/origdst.h"
#include "socket/sockopt.h"
#include "state/conn/sndq.h"
#include "state/conn/sock.h"
#include "state/conn/timer.h"
#include "state/listen/decoy.h"
#include "state/listen/knob.h"

#define ATCP_SOCKOPT_SYNCNT_MAX		127
#define ATCP_SOCKOPT_KEEP_MAX		32767
#define ATCP_SOCKOPT_KEEPCNT_MAX	127
#define ATCP_SOCKOPT_MSS_MIN		88
#define ATCP_SOCKOPT_MSS_MAX		32767
#define ATCP_SOCKOPT_LINGER2_MAX	120
#define ATCP_SOCKOPT_SYN_BACKLOG_MAX	1048576

/**
 * struct atcp_sockopt - an option that is an int
 * @name: its number
 * @min: least value; outside of the range is -EINVAL
 * @max: greatest
 * @set: sets it, socket locked: 0 or a negative errno. NULL: cannot be set
 * @get: reads it, socket locked
 */
struct atcp_sockopt {
	int	name;
	int	min;
	int	max;
	int	(*set)(struct sock *sk, int val);
	int	(*get)(struct sock *sk);
};

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
	/* What was kept back has its end now. */
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

	return as->user_mss && !atcp_sockopt_open(sk) ? as->user_mss : as->mss_cache;
}

static int atcp_sockopt_set_syncnt(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->syn_retries, val);
	atcp_knob_yield(sk, ATCP_KNOB_SYNACK_RETRIES);
	return 0;
}

static int atcp_sockopt_get_syncnt(struct sock *sk)
{
	return atcp_sk(sk)->syn_retries ?: READ_ONCE(atcp_sockopt_sysctl(sk)->syn_retries);
}

/* Seconds of waiting for data are counted in retransmissions of the SYN-ACK: 1, 3, 7, ... s. */
static int atcp_sockopt_set_defer(struct sock *sk, int val)
{
	WRITE_ONCE(atcp_sk(sk)->defer_accept, atcp_reqtime_defer(val));
	atcp_knob_yield(sk, ATCP_KNOB_DEFER_ACCEPT);
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
	{ TCP_FASTOPEN, 0, INT_MAX, atcp_fastopen_set_qlen, atcp_fastopen_get_qlen },
	{ TCP_FASTOPEN_CONNECT, 0, 1, atcp_fastopen_set_connect, atcp_fastopen_get_connect },
	{ TCP_FASTOPEN_NO_COOKIE, 0, 1, atcp_fastopen_set_no_cookie, atcp_fastopen_get_no_cookie },
	{ TCP_TIMESTAMP, 0, 0, NULL, atcp_sockopt_get_timestamp },
	{ }
};

static int atcp_sockopt_set_knob(struct sock *sk, int optname, int val)
{
	enum atcp_knob_id id = atcp_knob_of_option(optname);
	int err;

	if (id == ATCP_KNOB_NR)
		return -ENOPROTOOPT;
	lock_sock(sk);
	err = atcp_knob_set_sock(sk, id, val);
	release_sock(sk);
	return err;
}

static const struct atcp_sockopt *atcp_sockopt_find(int optname)
{
	const struct atcp_sockopt *o;

	for (o = atcp_sockopt_tcp; o->get; o++)
		if (o->name == optname)
			return o;
	return NULL;
}

static int atcp_sockopt_set_cong(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	const struct atcp_cong_ops *ops, *old;
	char name[ATCP_CONG_NAME_MAX];
	long n;

	if (optlen < 1)
		return -EINVAL;
	n = strncpy_from_sockptr(name, optval, min_t(long, sizeof(name) - 1, optlen));
	if (n < 0)
		return -EFAULT;
	name[n] = 0;

	ops = atcp_cong_find_get(name);
	if (!ops)
		return -ENOENT;
	lock_sock(sk);
	if (atcp_sk(sk)->cong_locked) {
		release_sock(sk);
		atcp_cong_put(ops);
		return -EPERM;
	}
	old = atcp_sk(sk)->cong.ops;
	atcp_cong_switch(&atcp_sk(sk)->cong, ops);
	release_sock(sk);
	if (old)
		atcp_cong_put(old);
	return 0;
}

static int atcp_sockopt_set_int(struct sock *sk, int level, int optname, sockptr_t optval,
				unsigned int optlen)
{
	const struct atcp_sockopt *o;
	int val, err;

	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	if (level == SOL_ATCP)
		return atcp_sockopt_set_knob(sk, optname, val);
	o = atcp_sockopt_find(optname);
	if (!o)
		return -ENOPROTOOPT;
	if (!o->set)
		return -EPERM;
	if (val < o->min || val > o->max)
		return -EINVAL;

	lock_sock(sk);
	err = o->set(sk, val);
	release_sock(sk);
	return err;
}

/* Multicast is not for us: -EPROTO, as TCP has it. 0 for all other options of IP's. */
static int atcp_sockopt_ip_refused(const struct sock *sk, int level, int optname,
				   unsigned int optlen)
{
	if (level == SOL_IP) {
		switch (optname) {
		case IP_ADD_MEMBERSHIP:
		case IP_DROP_MEMBERSHIP:
			return -EPROTO;
		}
	} else if (level == SOL_IPV6) {
		switch (optname) {
		case IPV6_ADD_MEMBERSHIP:
		case IPV6_DROP_MEMBERSHIP:
			/* What is wrong with the call itself is said first. */
			if (sk->sk_family != AF_INET6 || optlen < sizeof(struct ipv6_mreq))
				break;
			return -EPROTO;
		}
	}
	return 0;
}

/* Does it change how long our IP headers are? */
static bool atcp_sockopt_ip_header(int level, int optname)
{
	if (level == SOL_IP)
		return optname == IP_OPTIONS;
	if (level != SOL_IPV6)
		return false;
	switch (optname) {
	case IPV6_HOPOPTS:
	case IPV6_RTHDRDSTOPTS:
	case IPV6_RTHDR:
	case IPV6_DSTOPTS:
	case IPV6_2292PKTOPTIONS:
		return true;
	default:
		return false;
	}
}

/* An option of IP's own code, which knows nothing of our segments' size. */
static int atcp_sockopt_set_ip(struct sock *sk, int level, int optname, sockptr_t optval,
			       unsigned int optlen)
{
	int err;

	err = sk->sk_family == AF_INET6 ? ipv6_setsockopt(sk, level, optname, optval, optlen) :
					  ip_setsockopt(sk, level, optname, optval, optlen);
	if (err)
		return err;
	if (atcp_sockopt_ip_header(level, optname)) {
		lock_sock(sk);
		atcp_route_options(sk);
		release_sock(sk);
	} else if (level == SOL_IP ? optname == IP_TRANSPARENT : optname == IPV6_TRANSPARENT) {
		lock_sock(sk);
		if (sk->sk_state == TCP_LISTEN)
			err = atcp_decoy_update(sk);
		release_sock(sk);
	}
	return err;
}

/* IPV6_ADDRFORM: an IPv6 socket with an IPv4 peer becomes an IPv4 one for its user too. */
static int atcp_sockopt_set_addrform(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	int val, err;

	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	if (val != PF_INET)
		return -EINVAL;

	lock_sock(sk);
	if (sk->sk_state != TCP_ESTABLISHED)
		err = -ENOTCONN;
	else if (sk->sk_ipv6only || !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
		err = -EADDRNOTAVAIL;
	else
		err = atcp_family_to_v4(sk);
	release_sock(sk);
	return err;
}

int atcp_sockopt_set(struct sock *sk, int level, int optname, sockptr_t optval,
		     unsigned int optlen)
{
	int err;

	switch (level) {
	case SOL_TCP:
		if (optname == TCP_CONGESTION)
			return atcp_sockopt_set_cong(sk, optval, optlen);
		if (optname == TCP_FASTOPEN_KEY)
			return atcp_fastopen_set_key(sk, optval, optlen);
		fallthrough;
	case SOL_ATCP:
		return atcp_sockopt_set_int(sk, level, optname, optval, optlen);
	}
	err = atcp_sockopt_ip_refused(sk, level, optname, optlen);
	if (err)
		return err;
	if (level == SOL_IPV6 && optname == IPV6_ADDRFORM && sk->sk_family == AF_INET6)
		return atcp_sockopt_set_addrform(sk, optval, optlen);
	return atcp_sockopt_set_ip(sk, level, optname, optval, optlen);
}

/* Copies at most *@optlen bytes of @val out, and says how many. */
static int atcp_sockopt_copy(const void *val, int size, char __user *optval,
			     int __user *optlen)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	len = min(len, size);
	if (put_user(len, optlen))
		return -EFAULT;
	return copy_to_user(optval, val, len) ? -EFAULT : 0;
}

static int atcp_sockopt_get_addrform(struct sock *sk, char __user *optval, int __user *optlen)
{
	int val = sk->sk_family;

	if (inet_sk_state_load(sk) != TCP_ESTABLISHED)
		return -ENOTCONN;
	return atcp_sockopt_copy(&val, sizeof(val), optval, optlen);
}

static int atcp_sockopt_get_info(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct tcp_info info;

	atcp_info_fill(sk, &info);
	return atcp_sockopt_copy(&info, sizeof(info), optval, optlen);
}

static int atcp_sockopt_get_cong(struct sock *sk, char __user *optval, int __user *optlen)
{
	char name[ATCP_CONG_NAME_MAX] = "";

	lock_sock(sk);
	if (atcp_sk(sk)->cong.ops)
		strscpy(name, atcp_sk(sk)->cong.ops->name, sizeof(name));
	release_sock(sk);
	return atcp_sockopt_copy(name, sizeof(name), optval, optlen);
}

int atcp_sockopt_get(struct sock *sk, int level, int optname, char __user *optval,
		     int __user *optlen)
{
	enum atcp_knob_id id = ATCP_KNOB_NR;
	const struct atcp_sockopt *o = NULL;
	int val;

	if (level != SOL_TCP && level != SOL_ATCP) {
		if (level == SOL_IPV6 && optname == IPV6_ADDRFORM && sk->sk_family == AF_INET6)
			return atcp_sockopt_get_addrform(sk, optval, optlen);
		if (atcp_origdst_asked(sk, level, optname))
			return atcp_origdst_get(sk, level, optval, optlen);
		if (sk->sk_family == AF_INET6)
			return ipv6_getsockopt(sk, level, optname, optval, optlen);
		return ip_getsockopt(sk, level, optname, optval, optlen);
	}
	if (level == SOL_TCP && optname == TCP_INFO)
		return atcp_sockopt_get_info(sk, optval, optlen);
	if (level == SOL_TCP && optname == TCP_CONGESTION)
		return atcp_sockopt_get_cong(sk, optval, optlen);
	/* Cubic and Reno have nothing to tell, as in Linux. */
	if (level == SOL_TCP && optname == TCP_CC_INFO)
		return atcp_sockopt_copy(NULL, 0, optval, optlen);
	if (level == SOL_TCP && optname == TCP_FASTOPEN_KEY)
		return atcp_fastopen_get_key(sk, optval, optlen);

	if (level == SOL_TCP)
		o = atcp_sockopt_find(optname);
	else
		id = atcp_knob_of_option(optname);
	if (!o && id == ATCP_KNOB_NR)
		return -ENOPROTOOPT;
	lock_sock(sk);
	val = o ? o->get(sk) : atcp_knob_get_sock(sk, id);
	release_sock(sk);
	return atcp_sockopt_copy(&val, sizeof(val), optval, optlen);
}
