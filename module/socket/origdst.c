// SPDX-License-Identifier: GPL-2.0
/*
 * SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST: where a redirected connection was meant to go.
 *
 * Conntrack has an answer of its own to both, but for sockets that say IPPROTO_TCP alone,
 * so it is asked for the connection itself. It may not be there, or be a module: the one
 * function that is needed is looked up for each call, and atcp does not depend on it.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <net/ipv6.h>
#include <net/sock.h>
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_tuple.h>
#include <net/netfilter/nf_conntrack_zones.h>
#endif

#include "socket/origdst.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
/* Fills @orig with what the first packet of the connection with our tuple @t had. */
static int atcp_origdst_ask(struct net *net, const struct nf_conntrack_tuple *t,
			    struct nf_conntrack_tuple *orig)
{
	typeof(nf_conntrack_find_get) *find = symbol_get(nf_conntrack_find_get);
	struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct;

	/* No conntrack, no option: what netfilter says of one that nobody registered. */
	if (!find)
		return -ENOPROTOOPT;
	h = find(net, &nf_ct_zone_dflt, t);
	if (h) {
		ct = nf_ct_tuplehash_to_ctrack(h);
		*orig = ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
		nf_conntrack_put(&ct->ct_general);
	}
	symbol_put(nf_conntrack_find_get);
	return h ? 0 : -ENOENT;
}

static int atcp_origdst_get4(struct sock *sk, char __user *optval, int len)
{
	struct nf_conntrack_tuple t = { .src.l3num = NFPROTO_IPV4 }, orig;
	const struct inet_sock *inet = inet_sk(sk);
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int err;

	if (len < (int)sizeof(sin))
		return -EINVAL;
	lock_sock(sk);
	t.src.u3.ip = inet->inet_rcv_saddr;
	t.src.u.tcp.port = inet->inet_sport;
	t.dst.u3.ip = inet->inet_daddr;
	t.dst.u.tcp.port = inet->inet_dport;
	release_sock(sk);
	t.dst.protonum = IPPROTO_TCP;

	err = atcp_origdst_ask(sock_net(sk), &t, &orig);
	if (err)
		return err;
	sin.sin_port = orig.dst.u.tcp.port;
	sin.sin_addr.s_addr = orig.dst.u3.ip;
	return copy_to_user(optval, &sin, sizeof(sin)) ? -EFAULT : 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static int atcp_origdst_get6(struct sock *sk, char __user *optval, int len)
{
	struct nf_conntrack_tuple t = { .src.l3num = NFPROTO_IPV6 }, orig;
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	int err, dev;

	if (len < (int)sizeof(sin6))
		return -EINVAL;
	lock_sock(sk);
	t.src.u3.in6 = sk->sk_v6_rcv_saddr;
	t.src.u.tcp.port = inet_sk(sk)->inet_sport;
	t.dst.u3.in6 = sk->sk_v6_daddr;
	t.dst.u.tcp.port = inet_sk(sk)->inet_dport;
	dev = sk->sk_bound_dev_if;
	sin6.sin6_flowinfo = inet6_sk(sk)->flow_label & IPV6_FLOWINFO_MASK;
	release_sock(sk);
	t.dst.protonum = IPPROTO_TCP;

	err = atcp_origdst_ask(sock_net(sk), &t, &orig);
	if (err)
		return err;
	sin6.sin6_port = orig.dst.u.tcp.port;
	sin6.sin6_addr = orig.dst.u3.in6;
	sin6.sin6_scope_id = ipv6_iface_scope_id(&sin6.sin6_addr, dev);
	return copy_to_user(optval, &sin6, sizeof(sin6)) ? -EFAULT : 0;
}
#else
static int atcp_origdst_get6(struct sock *sk, char __user *optval, int len)
{
	return -ENOPROTOOPT;
}
#endif

int atcp_origdst_get(struct sock *sk, int level, char __user *optval, int __user *optlen)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	return level == SOL_IPV6 ? atcp_origdst_get6(sk, optval, len) :
				   atcp_origdst_get4(sk, optval, len);
}

#else
int atcp_origdst_get(struct sock *sk, int level, char __user *optval, int __user *optlen)
{
	return -ENOPROTOOPT;
}
#endif
