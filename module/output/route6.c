// SPDX-License-Identifier: GPL-2.0
/* IPv6 routes and headers. */
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/transp_v6.h>

#include "compat/route.h"
#include "output/route.h"
#include "output/route6.h"
#include "output/xmit.h"
#include "state/listen/req.h"

static void atcp_route6_flow(struct flowi6 *fl6, const struct sock *sk, u32 mark,
			     int oif)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);

	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = IPPROTO_TCP;
	fl6->flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label);
	fl6->flowi6_oif = oif;
	fl6->flowi6_mark = mark;
	fl6->flowi6_uid = sk->sk_uid;
}

static void atcp_route6_flow_sock(struct flowi6 *fl6, const struct sock *sk)
{
	atcp_route6_flow(fl6, sk, READ_ONCE(sk->sk_mark), sk->sk_bound_dev_if);
	fl6->daddr = sk->sk_v6_daddr;
	fl6->saddr = inet6_sk(sk)->saddr;
	fl6->fl6_dport = inet_sk(sk)->inet_dport;
	fl6->fl6_sport = inet_sk(sk)->inet_sport;
}

static void atcp_route6_flow_req(struct flowi6 *fl6, const struct sock *lsk,
				 const struct atcp_req *req)
{
	const struct atcp_mini *m = &req->mini;

	atcp_route6_flow(fl6, lsk, req->mark, m->ifindex);
	fl6->daddr = m->raddr;
	fl6->saddr = m->laddr;
	fl6->fl6_dport = m->rport;
	fl6->fl6_sport = m->lport;
}

/* Asks for the route; a routing header in the socket's options changes where to. */
static struct dst_entry *atcp_route6_lookup(const struct sock *sk, struct flowi6 *fl6)
{
	struct in6_addr *final_p, final;
	struct dst_entry *dst;

	rcu_read_lock();
	final_p = fl6_update_dst(fl6, rcu_dereference(inet6_sk(sk)->opt), &final);
	rcu_read_unlock();
	security_sk_classify_flow((struct sock *)sk, flowi6_to_flowi_common(fl6));
	dst = ip6_dst_lookup_flow(sock_net(sk), sk, fl6, final_p);
	return dst;
}

static struct dst_entry *atcp_route6_get(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_check(sk, inet6_sk(sk)->dst_cookie);
	struct flowi6 fl6;

	if (likely(dst))
		return dst;
	atcp_route6_flow_sock(&fl6, sk);
	dst = atcp_route6_lookup(sk, &fl6);
	if (IS_ERR(dst)) {
		atcp_sock_soft_error(sk, -PTR_ERR(dst));
		return NULL;
	}
	sk->sk_gso_type = SKB_GSO_TCPV6;
	atcp_compat_dst_store6(sk, dst);
	return dst;
}

/* Leaves the checksum to the device or to skb_checksum_help(). */
static void atcp_route6_csum(struct sk_buff *skb, const struct in6_addr *saddr,
			     const struct in6_addr *daddr)
{
	struct tcphdr *th = tcp_hdr(skb);

	th->check = ~tcp_v6_check(skb->len, saddr, daddr, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

static int atcp_route6_send(const struct sock *sk, struct sk_buff *skb,
			    struct flowi6 *fl6, u32 mark, u8 ecn)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);
	int err;

	rcu_read_lock();
	err = ip6_xmit(sk, skb, fl6, mark, rcu_dereference(np->opt),
		       np->tclass | ecn, READ_ONCE(sk->sk_priority));
	rcu_read_unlock();
	return net_xmit_eval(err);
}

static int atcp_route6_xmit(struct sock *sk, struct sk_buff *skb)
{
	struct dst_entry *dst;
	struct flowi6 fl6;
	int err;

	rcu_read_lock();
	dst = atcp_route6_get(sk);
	if (unlikely(!dst)) {
		rcu_read_unlock();
		IP6_INC_STATS(sock_net(sk), NULL, IPSTATS_MIB_OUTNOROUTES);
		kfree_skb(skb);
		return -EHOSTUNREACH;
	}
	skb_dst_set_noref(skb, dst);
	atcp_route6_flow_sock(&fl6, sk);
	fl6.flowlabel = inet6_sk(sk)->flow_label;
	atcp_route6_csum(skb, &fl6.saddr, &fl6.daddr);
	err = atcp_route6_send(sk, skb, &fl6, fl6.flowi6_mark, atcp_sk(sk)->ecn.ip);
	rcu_read_unlock();
	return err;
}

const struct atcp_af_ops atcp_route_v6 = {
	.family		= AF_INET6,
	.header_len	= sizeof(struct ipv6hdr),
	.gso_type	= SKB_GSO_TCPV6,
	.route		= atcp_route6_get,
	.xmit		= atcp_route6_xmit,
};

u16 atcp_route6_opt_len(const struct sock *sk)
{
	const struct ipv6_txoptions *opt;
	u16 len = 0;

	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(sk)->opt);
	if (opt)
		len = opt->opt_flen + opt->opt_nflen;
	rcu_read_unlock();
	return len;
}

/* The flow label of @sin6, when the socket sends them and owns this one. */
static int atcp_route6_label(struct sock *sk, const struct sockaddr_in6 *sin6,
			     __be32 *label)
{
	struct ip6_flowlabel *owned;

	*label = 0;
	if (!atcp_compat_sndflow(sk))
		return 0;
	*label = sin6->sin6_flowinfo & IPV6_FLOWINFO_MASK;
	if (!(*label & IPV6_FLOWLABEL_MASK))
		return 0;
	owned = fl6_sock_lookup(sk, *label);
	if (IS_ERR(owned))
		return -EINVAL;
	fl6_sock_release(owned);
	return 0;
}

/* connect(2) to "any" means this host, by whichever family the socket is bound to. */
static struct in6_addr atcp_route6_peer(const struct sock *sk,
					const struct sockaddr_in6 *sin6)
{
	struct in6_addr peer = sin6->sin6_addr;

	if (!ipv6_addr_any(&peer))
		return peer;
	if (!ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
		return in6addr_loopback;
	ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &peer);
	return peer;
}

/* A link-local peer needs a device, and that of its scope if it has one. */
static int atcp_route6_scope(struct sock *sk, const struct sockaddr_in6 *sin6,
			     int addr_len)
{
	if (addr_len >= (int)sizeof(*sin6) && sin6->sin6_scope_id) {
		if (!sk_dev_equal_l3scope(sk, sin6->sin6_scope_id))
			return -EINVAL;
		sk->sk_bound_dev_if = sin6->sin6_scope_id;
	}
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

static int atcp_route6_connect_mapped(struct sock *sk, const struct in6_addr *peer,
				      __be16 dport)
{
	int err;

	if (ipv6_only_sock(sk))
		return -ENETUNREACH;
	err = atcp_route_connect4(sk, peer->s6_addr32[3], dport);
	if (!err)
		inet6_sk(sk)->saddr = sk->sk_v6_rcv_saddr;
	return err;
}

static int atcp_route6_connect_native(struct sock *sk, const struct in6_addr *peer,
				      __be16 dport)
{
	struct inet_sock *inet = inet_sk(sk);
	struct dst_entry *dst;
	struct flowi6 fl6;

	atcp_route6_flow_sock(&fl6, sk);
	fl6.daddr = *peer;
	fl6.fl6_dport = dport;
	if (!ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		fl6.saddr = sk->sk_v6_rcv_saddr;
	dst = atcp_route6_lookup(sk, &fl6);
	if (IS_ERR(dst))
		return PTR_ERR(dst);

	if (ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		sk->sk_v6_rcv_saddr = fl6.saddr;
	inet6_sk(sk)->saddr = sk->sk_v6_rcv_saddr;
	sk->sk_v6_daddr = *peer;
	inet->inet_dport = dport;
	/* What code that knows IPv4 alone is to see. */
	inet->inet_rcv_saddr = LOOPBACK4_IPV6;
	inet->inet_saddr = LOOPBACK4_IPV6;
	inet->inet_daddr = LOOPBACK4_IPV6;

	atcp_sk(sk)->af_ops = &atcp_route_v6;
	atcp_sk(sk)->ext_hdr_len = atcp_route6_opt_len(sk);
	sk->sk_gso_type = SKB_GSO_TCPV6;
	atcp_compat_dst_store6(sk, dst);
	sk_set_txhash(sk);
	return 0;
}

int atcp_route6_connect(struct sock *sk, struct sockaddr_in6 *sin6, int addr_len)
{
	struct in6_addr peer;
	__be32 label;
	int type, err;

	if (addr_len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (sin6->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	err = atcp_route6_label(sk, sin6, &label);
	if (err)
		return err;
	peer = atcp_route6_peer(sk, sin6);
	type = ipv6_addr_type(&peer);
	if (type & IPV6_ADDR_MULTICAST)
		return -ENETUNREACH;
	if (type & IPV6_ADDR_LINKLOCAL) {
		err = atcp_route6_scope(sk, sin6, addr_len);
		if (err)
			return err;
	}
	inet6_sk(sk)->flow_label = label;
	if (type & IPV6_ADDR_MAPPED)
		return atcp_route6_connect_mapped(sk, &peer, sin6->sin6_port);
	return atcp_route6_connect_native(sk, &peer, sin6->sin6_port);
}

struct dst_entry *atcp_route6_req(const struct sock *lsk, const struct atcp_req *req)
{
	struct dst_entry *dst;
	struct flowi6 fl6;

	atcp_route6_flow_req(&fl6, lsk, req);
	dst = atcp_route6_lookup(lsk, &fl6);
	return IS_ERR(dst) ? NULL : dst;
}

int atcp_route6_xmit_req(const struct sock *lsk, const struct atcp_req *req,
			 struct dst_entry *dst, struct sk_buff *skb)
{
	struct flowi6 fl6;

	skb_dst_set(skb, dst);
	atcp_route6_flow_req(&fl6, lsk, req);
	fl6.flowlabel = inet6_sk(lsk)->flow_label;
	atcp_route6_csum(skb, &fl6.saddr, &fl6.daddr);
	return atcp_route6_send(lsk, skb, &fl6, req->mark, atcp_route_req_ecn(lsk, req));
}

void atcp_route6_child_init(const struct sock *lsk, struct sock *child)
{
	struct ipv6_pinfo *np = &((struct atcp6_sock *)child)->inet6;

	*np = *inet6_sk(lsk);
	inet_sk(child)->pinet6 = np;
	RCU_INIT_POINTER(np->ipv6_mc_list, NULL);
	np->ipv6_ac_list = NULL;
	atcp_compat_no_labels(child);
	RCU_INIT_POINTER(np->opt, NULL);
	np->pktoptions = NULL;
	np->rxpmtu = NULL;
}

/* The listener's options, copied: optmem is each socket's own. */
static void atcp_route6_child_options(const struct sock *lsk, struct sock *child)
{
	struct ipv6_txoptions *opt;

	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(lsk)->opt);
	if (opt)
		opt = ipv6_dup_options(child, opt);
	rcu_read_unlock();
	if (opt) {
		RCU_INIT_POINTER(inet6_sk(child)->opt, opt);
		atcp_sk(child)->ext_hdr_len = opt->opt_flen + opt->opt_nflen;
	}
}

void atcp_route6_child(const struct sock *lsk, struct sock *child,
		       struct dst_entry *dst)
{
	struct inet_sock *inet = inet_sk(child);

	inet->inet_daddr = LOOPBACK4_IPV6;
	inet->inet_rcv_saddr = LOOPBACK4_IPV6;
	inet->inet_saddr = LOOPBACK4_IPV6;
	atcp_route6_child_options(lsk, child);
	atcp_sk(child)->af_ops = &atcp_route_v6;
	child->sk_gso_type = SKB_GSO_TCPV6;
	atcp_compat_dst_store6(child, dst);
}
