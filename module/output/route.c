// SPDX-License-Identifier: GPL-2.0
/* IPv4 routes and headers, and what both families share of connect(2) and children. */
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include "compat/route.h"
#include "output/ipopts.h"
#include "output/route.h"
#include "output/route6.h"
#include "output/routemem.h"
#include "output/xmit.h"
#include "proto/ecn.h"
#include "state/listen/req.h"
#include "state/shared/memcg.h"
#include "state/shared/port.h"

static void atcp_route_flow4(struct flowi4 *fl4, const struct sock *sk, u32 mark,
			     int oif)
{
	memset(fl4, 0, sizeof(*fl4));
	fl4->flowi4_oif = oif;
	fl4->flowi4_mark = mark;
	atcp_compat_fl4_tos(fl4, READ_ONCE(inet_sk(sk)->tos));
	fl4->flowi4_scope = sock_flag(sk, SOCK_LOCALROUTE) ? RT_SCOPE_LINK :
							     RT_SCOPE_UNIVERSE;
	fl4->flowi4_proto = IPPROTO_TCP;
	fl4->flowi4_flags = inet_sk_flowi_flags(sk);
	fl4->flowi4_uid = sk->sk_uid;
}

/* May xfrm go by the ports, or see more of a flow than its addresses? */
static bool atcp_route_by_xfrm(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_XFRM)
	const struct net *net = sock_net(sk);

	return net->xfrm.policy_count[XFRM_POLICY_OUT] || rcu_access_pointer(sk->sk_policy[1]) ||
	       net->xfrm.policy_default[XFRM_POLICY_OUT] == XFRM_USERPOLICY_BLOCK;
#else
	return false;
#endif
}

/* May a rule, or the choice of one of several IPv4 paths? */
static bool atcp_route_by_ports4(const struct net *net)
{
#ifdef CONFIG_IP_ROUTE_MULTIPATH
	if (READ_ONCE(net->ipv4.sysctl_fib_multipath_hash_policy))
		return true;
#endif
	return fib4_has_custom_rules(net);
}

/* May any of these: then the route is looked up again once the ports are known. */
static bool atcp_route_by_ports(const struct sock *sk, const struct dst_entry *dst)
{
	const struct net *net = sock_net(sk);

	if (atcp_route_by_xfrm(sk) || dst_xfrm(dst))
		return true;
	if (atcp_sk(sk)->af_ops->family == AF_INET6)
		return fib6_has_custom_rules(net) || ip6_multipath_hash_policy(net);
	return atcp_route_by_ports4(net);
}

/* Out of line: what it lays out on the stack is not for a SYN's answer to pay. */
static noinline struct rtable *atcp_route_ask4(const struct sock *sk, struct flowi4 *fl4)
{
	const struct net *net = sock_net(sk);
	const struct flowi4 asked = *fl4;
	struct rtable *rt;

	rt = ip_route_output_flow(sock_net(sk), fl4, sk);
	if (!IS_ERR(rt))
		atcp_routemem_keep(net, &asked, fl4, rt);
	return rt;
}

/* Asks for the route, with the socket's label in the flow; @keep: it will be asked for again. */
static struct rtable *atcp_route_lookup4(const struct sock *sk, struct flowi4 *fl4, bool keep)
{
	const struct net *net = sock_net(sk);
	struct rtable *rt;

	security_sk_classify_flow((struct sock *)sk, flowi4_to_flowi_common(fl4));
	if (unlikely(atcp_route_by_xfrm(sk) || atcp_route_by_ports4(net)))
		return ip_route_output_flow(sock_net(sk), fl4, sk);
	rt = atcp_routemem_find(net, fl4);
	if (rt)
		return rt;
	return keep ? atcp_route_ask4(sk, fl4) : ip_route_output_flow(sock_net(sk), fl4, sk);
}

static struct dst_entry *atcp_route_get4(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_check(sk, 0);
	const struct inet_sock *inet = inet_sk(sk);
	struct flowi4 fl4;
	struct rtable *rt;

	if (likely(dst))
		return dst;
	atcp_route_flow4(&fl4, sk, READ_ONCE(sk->sk_mark), sk->sk_bound_dev_if);
	fl4.daddr = atcp_ipopts_hop(atcp_ipopts(sk), inet->inet_daddr);
	fl4.saddr = inet->inet_saddr;
	fl4.fl4_dport = inet->inet_dport;
	fl4.fl4_sport = inet->inet_sport;
	rt = atcp_route_lookup4(sk, &fl4, true);
	if (IS_ERR(rt)) {
		atcp_sock_soft_error(sk, -PTR_ERR(rt));
		return NULL;
	}
	sk->sk_gso_type = SKB_GSO_TCPV4;
	sk_setup_caps(sk, &rt->dst);
	return &rt->dst;
}

/* Leaves the checksum to the device or to skb_checksum_help(). */
static void atcp_route_csum4(struct sk_buff *skb, __be32 saddr, __be32 daddr)
{
	struct tcphdr *th = tcp_hdr(skb);

	th->check = ~tcp_v4_check(skb->len, saddr, daddr, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

static u8 atcp_route_ttl4(const struct sock *sk, const struct dst_entry *dst)
{
	int ttl = READ_ONCE(inet_sk(sk)->uc_ttl);

	return ttl < 0 ? ip4_dst_hoplimit(dst) : ttl;
}

static struct iphdr *atcp_route_header4(const struct sock *sk, struct sk_buff *skb,
					struct dst_entry *dst, unsigned int opts_len, u8 ecn)
{
	struct iphdr *iph;

	iph = skb_push(skb, sizeof(*iph) + opts_len);
	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = 5;
	iph->tos = READ_ONCE(inet_sk(sk)->tos) | ecn;
	iph->frag_off = ip_dont_fragment(sk, dst) ? htons(IP_DF) : 0;
	iph->ttl = atcp_route_ttl4(sk, dst);
	iph->protocol = IPPROTO_TCP;
	iph->id = 0;
	skb->priority = READ_ONCE(sk->sk_priority);
	return iph;
}

static int atcp_route_no_route(struct net *net, struct sk_buff *skb)
{
	IP_INC_STATS(net, IPSTATS_MIB_OUTNOROUTES);
	kfree_skb(skb);
	return -EHOSTUNREACH;
}

static int atcp_route_xmit4(struct sock *sk, struct sk_buff *skb)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct ip_options *opt;
	struct net *net = sock_net(sk);
	struct dst_entry *dst;
	struct iphdr *iph;
	int err;

	rcu_read_lock();
	dst = atcp_route_get4(sk);
	opt = atcp_ipopts(sk);
	if (unlikely(!dst || !atcp_ipopts_strict_ok(opt, dst))) {
		rcu_read_unlock();
		return atcp_route_no_route(net, skb);
	}
	skb_dst_set_noref(skb, dst);
	atcp_route_csum4(skb, inet->inet_saddr, inet->inet_daddr);
	iph = atcp_route_header4(sk, skb, dst, opt ? opt->optlen : 0, atcp_sk(sk)->ecn.ip);
	iph->saddr = inet->inet_saddr;
	iph->daddr = atcp_ipopts_hop(opt, inet->inet_daddr);
	atcp_ipopts_write(skb, opt, inet->inet_daddr);
	ip_select_ident_segs(net, skb, sk, skb_shinfo(skb)->gso_segs ?: 1);
	skb->mark = READ_ONCE(sk->sk_mark);
	err = ip_local_out(net, sk, skb);
	rcu_read_unlock();
	return net_xmit_eval(err);
}

const struct atcp_af_ops atcp_route_v4 = {
	.family		= AF_INET,
	.header_len	= sizeof(struct iphdr),
	.gso_type	= SKB_GSO_TCPV4,
	.route		= atcp_route_get4,
	.xmit		= atcp_route_xmit4,
};

/* What connect(2) commits to the socket once the route is known. */
static void atcp_route_commit4(struct sock *sk, const struct flowi4 *fl4, __be32 daddr,
			       __be16 dport, struct rtable *rt)
{
	struct inet_sock *inet = inet_sk(sk);

	if (!inet->inet_saddr)
		inet->inet_saddr = fl4->saddr;
	/* Bound to a multicast address, which it sends nothing from. */
	if (unlikely(inet->inet_rcv_saddr && inet->inet_rcv_saddr != inet->inet_saddr))
		atcp_port_moved(sk);
	inet->inet_rcv_saddr = inet->inet_saddr;
	inet->inet_daddr = daddr;
	inet->inet_dport = dport;
	ipv6_addr_set_v4mapped(inet->inet_rcv_saddr, &sk->sk_v6_rcv_saddr);
	ipv6_addr_set_v4mapped(inet->inet_daddr, &sk->sk_v6_daddr);

	atcp_sk(sk)->af_ops = &atcp_route_v4;
	atcp_sk(sk)->ext_hdr_len = atcp_ipopts_len(sk);
	sk->sk_gso_type = SKB_GSO_TCPV4;
	sk_setup_caps(sk, &rt->dst);
	sk_set_txhash(sk);
	atomic_set(&inet->inet_id, get_random_u16());
}

/* The route, and by it the addresses that the user has left open. */
static struct rtable *atcp_route_choose4(const struct sock *sk, struct flowi4 *fl4)
{
	if (unlikely(atcp_route_by_xfrm(sk)))
		return __ip_route_output_key(sock_net(sk), fl4);
	return atcp_route_lookup4(sk, fl4, true);
}

int atcp_route_connect4(struct sock *sk, __be32 daddr, __be16 dport)
{
	const struct ip_options *opt = atcp_ipopts(sk);
	const struct inet_sock *inet = inet_sk(sk);
	struct net *net = sock_net(sk);
	struct flowi4 fl4;
	struct rtable *rt;

	/* A source route to nowhere in particular. */
	if (opt && opt->srr && !daddr)
		return -EINVAL;
	atcp_route_flow4(&fl4, sk, READ_ONCE(sk->sk_mark), sk->sk_bound_dev_if);
	fl4.daddr = atcp_ipopts_hop(opt, daddr);
	fl4.saddr = inet->inet_saddr;
	fl4.fl4_dport = dport;
	fl4.fl4_sport = inet->inet_sport;
	if (!daddr || !inet->inet_saddr) {
		/* The kernel's choice first: the LSM and xfrm want to see it. */
		rt = atcp_route_choose4(sk, &fl4);
		if (!IS_ERR(rt)) {
			ip_rt_put(rt);
			fl4.flowi4_oif = sk->sk_bound_dev_if;
		}
	}
	rt = atcp_route_lookup4(sk, &fl4, true);
	if (IS_ERR(rt)) {
		if (PTR_ERR(rt) == -ENETUNREACH)
			IP_INC_STATS(net, IPSTATS_MIB_OUTNOROUTES);
		return PTR_ERR(rt);
	}
	if (rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST)) {
		ip_rt_put(rt);
		return -ENETUNREACH;
	}
	/* No address meant this host's. */
	atcp_route_commit4(sk, &fl4, daddr ?: fl4.daddr, dport, rt);
	return 0;
}

/**
 * atcp_route_connect() - where connect(2) goes to
 * @sk: socket, locked
 * @uaddr: peer's address
 * @addr_len: bytes of it
 *
 * Return: 0, or what tcp_v4_connect() and tcp_v6_connect() would
 */
int atcp_route_connect(struct sock *sk, struct sockaddr *uaddr, int addr_len)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)uaddr;

	if (sk->sk_family == AF_INET6)
		return atcp_route6_connect(sk, (struct sockaddr_in6 *)uaddr, addr_len);
	if (addr_len < (int)sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	return atcp_route_connect4(sk, sin->sin_addr.s_addr, sin->sin_port);
}

/**
 * atcp_route_connect_ports() - look the route up again now that the ports are known
 * @sk: socket, locked
 *
 * Policy routing and xfrm may choose by them; where there is neither it stands.
 * Return: 0 or -ENETUNREACH
 */
int atcp_route_connect_ports(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_check(sk, 0);

	if (dst && !atcp_route_by_ports(sk, dst))
		return 0;
	sk_dst_reset(sk);
	return atcp_sk(sk)->af_ops->route(sk) ? 0 : -ENETUNREACH;
}

static struct dst_entry *atcp_route_req4(const struct sock *lsk, const struct atcp_req *req,
					 bool keep)
{
	const struct atcp_mini *m = &req->mini;
	struct flowi4 fl4;
	struct rtable *rt;

	atcp_route_flow4(&fl4, lsk, req->mark, m->ifindex);
	fl4.daddr = m->raddr.s6_addr32[3];
	fl4.saddr = m->laddr.s6_addr32[3];
	fl4.fl4_dport = m->rport;
	fl4.fl4_sport = m->lport;
	rt = atcp_route_lookup4(lsk, &fl4, keep);
	if (IS_ERR(rt)) {
		IP_INC_STATS(sock_net(lsk), IPSTATS_MIB_OUTNOROUTES);
		return NULL;
	}
	return &rt->dst;
}

/**
 * atcp_route_req() - the route of a request's SYN-ACK
 * @lsk: listener
 * @req: request
 *
 * Return: a route with a reference, or NULL
 */
struct dst_entry *atcp_route_req(const struct sock *lsk, const struct atcp_req *req)
{
	return req->mini.node.family == AF_INET6 ? atcp_route6_req(lsk, req) :
						   atcp_route_req4(lsk, req, false);
}

/**
 * atcp_route_req_child() - the same for the connection that it becomes
 * @lsk: listener
 * @req: request, whose peer is no stranger any more and may connect again
 *
 * Return: a route with a reference, or NULL
 */
struct dst_entry *atcp_route_req_child(const struct sock *lsk, const struct atcp_req *req)
{
	return req->mini.node.family == AF_INET6 ? atcp_route6_req(lsk, req) :
						   atcp_route_req4(lsk, req, true);
}

u8 atcp_route_req_ecn(const struct sock *lsk, const struct atcp_req *req)
{
	/* RFC 9768 section 3.1.2 has others tell how a SYN-ACK came: Not-ECT. */
	if (!(READ_ONCE(atcp_sk(lsk)->ecn.flags) & ATCP_ECN_EACH) || atcp_req_accecn(req) ||
	    !(READ_ONCE(req->mini.node.u1) & ATCP_REQ_ECN))
		return ATCP_ECN_IP_NOT_ECT;
	return ATCP_ECN_IP_ECT_0;
}

static int atcp_route_xmit_req4(const struct sock *lsk, const struct atcp_req *req,
				struct dst_entry *dst, struct sk_buff *skb)
{
	const struct atcp_mini *m = &req->mini;
	struct net *net = sock_net(lsk);
	struct iphdr *iph;
	int err;

	skb_dst_set(skb, dst);
	atcp_route_csum4(skb, m->laddr.s6_addr32[3], m->raddr.s6_addr32[3]);
	iph = atcp_route_header4(lsk, skb, dst, 0, atcp_route_req_ecn(lsk, req));
	iph->saddr = m->laddr.s6_addr32[3];
	iph->daddr = m->raddr.s6_addr32[3];
	if (!(iph->frag_off & htons(IP_DF)))
		iph->id = (__force __be16)get_random_u16();
	skb->mark = req->mark;
	err = ip_local_out(net, (struct sock *)lsk, skb);
	/* A macro that evaluates its argument twice. */
	return net_xmit_eval(err);
}

/**
 * atcp_route_xmit_req() - send a segment of a request
 * @lsk: listener, for its IP options
 * @req: request
 * @dst: route, consumed
 * @skb: data at the TCP header, transport header set; consumed
 *
 * Return: 0 or -errno
 */
int atcp_route_xmit_req(const struct sock *lsk, const struct atcp_req *req,
			struct dst_entry *dst, struct sk_buff *skb)
{
	if (req->mini.node.family == AF_INET6)
		return atcp_route6_xmit_req(lsk, req, dst, skb);
	return atcp_route_xmit_req4(lsk, req, dst, skb);
}

/**
 * atcp_route_answer() - send the way that a segment of the peer's has come
 * @sk: socket with an IPv4 peer, locked, that has no options yet
 * @skb: the segment, that completed the handshake
 *
 * RFC 9293 section 3.9.2.1. Without memory for it, the usual way.
 */
void atcp_route_answer(struct sock *sk, const struct sk_buff *skb)
{
	struct mem_cgroup *before = atcp_memcg_begin(sk);
	struct ip_options_rcu *o = atcp_ipopts_echo(sock_net(sk), skb);

	atcp_memcg_end(before);
	if (!o)
		return;
	rcu_assign_pointer(inet_sk(sk)->inet_opt, o);
	if (o->opt.srr)
		sk_dst_reset(sk);
	atcp_route_options(sk);
}

/**
 * atcp_route_options() - the socket's IP options have changed
 * @sk: socket, locked
 *
 * Its segments become smaller or larger. connect(2) and the making of a child look at
 * the options themselves.
 */
void atcp_route_options(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	as->ext_hdr_len = as->af_ops == &atcp_route_v4 ? atcp_ipopts_len(sk) :
							  atcp_route6_opt_len(sk);
	atcp_xmit_sync_mss(sk, as->pmtu);
}

/**
 * atcp_route_advmss() - the MSS to announce on a path
 * @sk: socket or listener, for TCP_MAXSEG
 * @dst: route
 *
 * Return: bytes
 */
u16 atcp_route_advmss(const struct sock *sk, const struct dst_entry *dst)
{
	u16 user_mss = READ_ONCE(atcp_sk(sk)->user_mss);
	u32 mss = dst_metric_advmss(dst);

	return user_mss && user_mss < mss ? user_mss : mss;
}

static void atcp_route_child4(struct sock *child, const struct atcp_mini *m,
			      struct dst_entry *dst)
{
	struct inet_sock *inet = inet_sk(child);

	inet->inet_daddr = m->raddr.s6_addr32[3];
	inet->inet_rcv_saddr = m->laddr.s6_addr32[3];
	inet->inet_saddr = inet->inet_rcv_saddr;
	atcp_sk(child)->af_ops = &atcp_route_v4;
	child->sk_gso_type = SKB_GSO_TCPV4;
	sk_setup_caps(child, dst);
}

/**
 * atcp_route_child() - give a child its addresses and its route
 * @lsk: listener
 * @req: request it was
 * @child: clone of @lsk, locked
 * @dst: route, taken over
 */
void atcp_route_child(const struct sock *lsk, const struct atcp_req *req,
		      struct sock *child, struct dst_entry *dst)
{
	struct inet_sock *inet = inet_sk(child);
	const struct atcp_mini *m = &req->mini;

	/* What a clone must not share with its original. */
	RCU_INIT_POINTER(inet->inet_opt, NULL);
	RCU_INIT_POINTER(inet->mc_list, NULL);
	if (child->sk_family == AF_INET6)
		atcp_route6_child_init(lsk, child);

	child->sk_v6_daddr = m->raddr;
	child->sk_v6_rcv_saddr = m->laddr;
	inet->inet_dport = m->rport;
	inet->inet_num = ntohs(m->lport);
	inet->inet_sport = m->lport;
	atomic_set(&inet->inet_id, get_random_u16());
	child->sk_bound_dev_if = m->ifindex;
	child->sk_mark = req->mark;
	sk_set_txhash(child);
	atcp_sock_node(child)->family = m->node.family;
	atcp_sk(child)->ext_hdr_len = 0;
	if (child->sk_family == AF_INET6)
		inet6_sk(child)->saddr = m->laddr;

	if (m->node.family == AF_INET6)
		atcp_route6_child(lsk, child, dst);
	else
		atcp_route_child4(child, m, dst);
}
