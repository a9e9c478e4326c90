// SPDX-License-Identifier: GPL-2.0
/* Socket options: to whom one belongs, and those that are no int (socket/tcpopt.c has those). */
#include <linux/atcp.h>
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "compat/tcpinfo.h"
#include "output/route.h"
#include "socket/aoopt.h"
#include "socket/family.h"
#include "socket/fastopen.h"
#include "socket/md5opt.h"
#include "socket/origdst.h"
#include "socket/repair.h"
#include "socket/sockopt.h"
#include "socket/tcpopt.h"
#include "socket/zerocopy.h"
#include "socket/zcrecv.h"
#include "state/conn/sock.h"
#include "state/conn/steer.h"
#include "state/listen/decoy.h"
#include "state/listen/knob.h"
#include "state/listen/synsave.h"

/* Of Linux 6.3: not every kernel that atcp runs on knows it. */
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE	51
#endif

static int atcp_sockopt_set_own(struct sock *sk, int optname, int val)
{
	enum atcp_knob_id id = atcp_knob_of_option(optname);
	int err;

	if (id == ATCP_KNOB_NR && optname != ATCP_ZEROCOPY)
		return -ENOPROTOOPT;
	lock_sock(sk);
	err = optname == ATCP_ZEROCOPY ? atcp_zerocopy_set(sk, val) :
					 atcp_knob_set_sock(sk, id, val);
	release_sock(sk);
	return err;
}

/*
 * SOL_SOCKET, where the kernel asks us (from 6.12 on): all but SO_ZEROCOPY, which it has for its
 * own protocols only, is done as ever.
 */
static int atcp_sockopt_set_socket(struct sock *sk, int optname, sockptr_t optval,
				   unsigned int optlen)
{
	int val, err;

	if (optname != SO_ZEROCOPY)
		return sock_setsockopt(sk->sk_socket, SOL_SOCKET, optname, optval, optlen);
	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	lock_sock(sk);
	err = atcp_zerocopy_set(sk, val);
	release_sock(sk);
	return err;
}

static int atcp_sockopt_set_cong(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	char name[ATCP_CONG_NAME_MAX];
	long n;

	if (optlen < 1)
		return -EINVAL;
	n = strncpy_from_sockptr(name, optval, min_t(long, sizeof(name) - 1, optlen));
	if (n < 0)
		return -EFAULT;
	name[n] = 0;

	return atcp_steer_user(sk, name, ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN));
}

static int atcp_sockopt_set_int(struct sock *sk, int level, int optname, sockptr_t optval,
				unsigned int optlen)
{
	const struct atcp_sockopt *o;
	int val, err;

	/* A name of three bytes for TCP_ULP is to hear that there is no such option. */
	if (level == SOL_TCP && !atcp_sockopt_find(optname))
		return -ENOPROTOOPT;
	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	if (level == SOL_ATCP)
		return atcp_sockopt_set_own(sk, optname, val);
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

/* IP_LOCAL_PORT_RANGE: the low port in the low half, the high one in the high; 0 is none. */
static int atcp_sockopt_set_ports(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	u32 val, low, high;

	if (optlen != sizeof(val))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	low = val & U16_MAX;
	high = val >> 16;
	if (low && high && low > high)
		return -EINVAL;
	WRITE_ONCE(atcp_sk(sk)->port_range, val);
	return 0;
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
	case SOL_SOCKET:
		return atcp_sockopt_set_socket(sk, optname, optval, optlen);
	case SOL_TCP:
		if (optname == TCP_CONGESTION)
			return atcp_sockopt_set_cong(sk, optval, optlen);
		if (optname == TCP_FASTOPEN_KEY)
			return atcp_fastopen_set_key(sk, optval, optlen);
		if (optname == TCP_MD5SIG || optname == TCP_MD5SIG_EXT)
			return atcp_md5opt_set(sk, optname, optval, optlen);
		if (atcp_aoopt_settable(optname))
			return atcp_aoopt_set(sk, optname, optval, optlen);
		if (atcp_repair_asked(optname))
			return atcp_repair_set(sk, optname, optval, optlen);
		fallthrough;
	case SOL_ATCP:
		return atcp_sockopt_set_int(sk, level, optname, optval, optlen);
	}
	err = atcp_sockopt_ip_refused(sk, level, optname, optlen);
	if (err)
		return err;
	if (level == SOL_IPV6 && optname == IPV6_ADDRFORM && sk->sk_family == AF_INET6)
		return atcp_sockopt_set_addrform(sk, optval, optlen);
	if (level == SOL_IP && optname == IP_LOCAL_PORT_RANGE)
		return atcp_sockopt_set_ports(sk, optval, optlen);
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
	union atcp_compat_tcp_info info;

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

/* What the algorithm tells of itself; cubic and reno have nothing to tell, as in Linux. */
static int atcp_sockopt_get_cc_info(struct sock *sk, char __user *optval, int __user *optlen)
{
	const struct atcp_sock *as = atcp_sk(sk);
	union tcp_cc_info info = {};
	size_t size = 0;
	int attr;

	lock_sock(sk);
	if (as->cong.ops && as->cong.ops->info)
		size = as->cong.ops->info(&as->cong, as->mss_cache, &attr, &info);
	release_sock(sk);
	return atcp_sockopt_copy(&info, size, optval, optlen);
}

/* The SYN is given once: who has too little room hears how much it is, and it stays. */
static int atcp_sockopt_get_saved_syn(struct sock *sk, char __user *optval, int __user *optlen)
{
	const struct atcp_saved_syn *syn;
	int room, len = 0, err = 0;

	if (get_user(room, optlen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	lock_sock(sk);
	syn = atcp_sk(sk)->ask.saved_syn;
	if (syn)
		len = syn->len;
	if (put_user(len, optlen))
		err = -EFAULT;
	else if (room < len)
		err = -EINVAL;
	else if (len && copy_to_user(optval, syn->data, len))
		err = -EFAULT;
	if (!err)
		atcp_synsave_drop(sk);
	release_sock(sk);
	return err;
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
		if (level == SOL_IP && optname == IP_LOCAL_PORT_RANGE) {
			val = READ_ONCE(atcp_sk(sk)->port_range);
			return atcp_sockopt_copy(&val, sizeof(val), optval, optlen);
		}
		if (sk->sk_family == AF_INET6)
			return ipv6_getsockopt(sk, level, optname, optval, optlen);
		return ip_getsockopt(sk, level, optname, optval, optlen);
	}
	if (level == SOL_TCP && optname == TCP_INFO)
		return atcp_sockopt_get_info(sk, optval, optlen);
	if (level == SOL_TCP && optname == TCP_CONGESTION)
		return atcp_sockopt_get_cong(sk, optval, optlen);
	if (level == SOL_TCP && optname == TCP_CC_INFO)
		return atcp_sockopt_get_cc_info(sk, optval, optlen);
	if (level == SOL_TCP && optname == TCP_FASTOPEN_KEY)
		return atcp_fastopen_get_key(sk, optval, optlen);
	if (level == SOL_TCP && optname == TCP_SAVED_SYN)
		return atcp_sockopt_get_saved_syn(sk, optval, optlen);
	if (level == SOL_TCP && optname == TCP_ZEROCOPY_RECEIVE)
		return atcp_zcrecv_get(sk, optval, optlen);
	if (level == SOL_TCP && atcp_aoopt_gettable(optname))
		return atcp_aoopt_get(sk, optname, optval, optlen);
	if (level == SOL_TCP && atcp_repair_asked(optname))
		return atcp_repair_get(sk, optname, optval, optlen);

	if (level == SOL_TCP)
		o = atcp_sockopt_find(optname);
	else
		id = atcp_knob_of_option(optname);
	if (level == SOL_ATCP && optname == ATCP_ZEROCOPY) {
		val = atcp_zerocopy_get(sk);
		return atcp_sockopt_copy(&val, sizeof(val), optval, optlen);
	}
	if (!o && id == ATCP_KNOB_NR)
		return -ENOPROTOOPT;
	lock_sock(sk);
	val = o ? o->get(sk) : atcp_knob_get_sock(sk, id);
	release_sock(sk);
	return atcp_sockopt_copy(&val, sizeof(val), optval, optlen);
}
