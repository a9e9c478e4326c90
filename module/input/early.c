// SPDX-License-Identifier: GPL-2.0
/*
 * A connection's packets find it before they are routed: the last hook at PRE_ROUTING.
 *
 * The kernel's TCP does that in its early demux, which knows its own sockets only. A
 * connection keeps the route by which its last packet was delivered; where that still
 * holds, for the same device, the next one needs no look for it (net.ipv4.ip_early_demux
 * and tcp_early_demux say no to that, as they do for the kernel's TCP). By then NAT has
 * given the packet the addresses that it is for.
 *
 * Where nobody but us has a hook at LOCAL_IN the packet goes to its connection from here, and
 * over loopback, where packets have their route, it is done with here whatever it is.
 * Else it takes the socket, with a reference, through the user's INPUT rules, and the last
 * hook at LOCAL_IN looks whether it is still the right one (input/hook.c): a rule may have
 * changed the addresses, and the connection may have ended.
 *
 * Only what is certain goes this way. SYNs, packets with IP options, extension headers or
 * fragments, of a VRF, from a bridge's netfilter or from IPsec are left as they came.
 *
 * The hook is there from when a connection was found at LOCAL_IN for the first time:
 * namespaces that only listen, or have no sockets of ours, do not pay for it.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/workqueue.h>
#include <net/dst.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>

#include "input/early.h"
#include "input/hook.h"
#include "input/input.h"
#include "state/conn/sock.h"
#include "state/shared/hash.h"
#include "state/shared/net.h"
#include "state/shared/portmap.h"

/* Is the route that a packet over loopback came with one to this host? */
static bool atcp_early_local(const struct dst_entry *dst, u8 family)
{
	if ((dst->flags & DST_METADATA) || dst->lwtstate)
		return false;
	if (family == AF_INET)
		return container_of(dst, struct rtable, dst)->rt_flags & RTCF_LOCAL;
	return container_of(dst, struct rt6_info, dst)->rt6i_flags & RTF_LOCAL;
}

/* The route of the packets before, if it is still good for @skb. */
static struct dst_entry *atcp_early_route(const struct sock *sk, const struct sk_buff *skb)
{
	struct dst_entry *dst = rcu_dereference(sk->sk_rx_dst);

	if (!dst || READ_ONCE(sk->sk_rx_dst_ifindex) != skb->skb_iif)
		return NULL;
	return dst_check(dst, READ_ONCE(sk->sk_rx_dst_cookie));
}

/* Is something to be done, or asked, between here and LOCAL_IN's last hook? */
static bool atcp_early_watched(const struct net *net, const struct dst_entry *dst, u8 family)
{
#ifdef CONFIG_IP_ROUTE_CLASSID
	if (dst->tclassid)
		return true;
#endif
#if IS_ENABLED(CONFIG_XFRM)
	if (net->xfrm.policy_count[XFRM_POLICY_IN] ||
	    net->xfrm.policy_default[XFRM_POLICY_IN] == XFRM_USERPOLICY_BLOCK)
		return true;
#endif
	return !atcp_hook_alone(net, family);
}

static unsigned int atcp_early_find(struct net *net, struct sk_buff *skb, u8 family,
				    unsigned int thoff)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + thoff);
	struct dst_entry *dst = skb_dst(skb);
	struct atcp_node *node;
	struct atcp_tuple t;
	struct sock *sk;

	if (skb->pkt_type != PACKET_HOST || skb_has_extensions(skb) ||
	    netif_is_l3_slave(skb->dev) || netif_is_l3_master(skb->dev))
		return NF_ACCEPT;
	if (dst) {
		if (!atcp_early_local(dst, family))
			return NF_ACCEPT;
		/* Over loopback, and nobody is between: whatever it is can be done now. */
		if (!atcp_early_watched(net, dst, family))
			return atcp_input_rcv(net, skb, NULL, family, thoff);
		if (th->syn)
			return NF_ACCEPT;
	}
	atcp_rx_tuple(net, skb, NULL, family, th, &t);
	node = atcp_hash_lookup(&t);
	if (!node)
		return NF_ACCEPT;
	if (node->kind != ATCP_KIND_SOCK)
		goto later;
	sk = atcp_sock_sk(atcp_sock_of(node));
	if (!dst) {
		dst = atcp_early_route(sk, skb);
		if (!dst)
			goto later;
		skb_dst_set_noref(skb, dst);
	}
	if (!atcp_early_watched(net, dst, family))
		return atcp_input_conn(sk, skb, family, thoff);
	skb->sk = sk;
	skb->destructor = sock_efree;
	return NF_ACCEPT;

later:
	atcp_hash_put(node);
	return NF_ACCEPT;
}

static __always_inline unsigned int atcp_early_tcp(struct net *net, struct sk_buff *skb, u8 family,
						   unsigned int thoff)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + thoff);

	/* Of what a program has let go on (NFQUEUE) the last hook knows in which context it is. */
	if (unlikely(skb->sk || !softirq_count() || skb_headlen(skb) < thoff + sizeof(*th)) ||
	    (th->syn && !skb_dst(skb)) ||
	    !atcp_portmap_has(atcp_net_get(net), ntohs(th->dest)))
		return NF_ACCEPT;
	if (unlikely(!READ_ONCE(net->ipv4.sysctl_ip_early_demux) ||
		     !READ_ONCE(net->ipv4.sysctl_tcp_early_demux)))
		return NF_ACCEPT;
	return atcp_early_find(net, skb, family, thoff);
}

static unsigned int atcp_early_rcv4(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (iph->protocol != IPPROTO_TCP || iph->ihl != sizeof(*iph) / 4 || ip_is_fragment(iph))
		return NF_ACCEPT;
	return atcp_early_tcp(state->net, skb, AF_INET, sizeof(*iph));
}

static unsigned int atcp_early_rcv6(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	if (ipv6_hdr(skb)->nexthdr != IPPROTO_TCP)
		return NF_ACCEPT;
	return atcp_early_tcp(state->net, skb, AF_INET6, sizeof(struct ipv6hdr));
}

bool atcp_early_is(const struct sock *sk, const struct sk_buff *skb, u8 family,
		   unsigned int thoff)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + thoff);
	const struct inet_sock *inet = inet_sk(sk);
	const struct atcp_node *node = atcp_sock_node(sk);

	if (skb_headlen(skb) < thoff + sizeof(*th) || node->family != family ||
	    inet->inet_dport != th->source || inet->inet_num != ntohs(th->dest) ||
	    !atcp_hash_linked(node))
		return false;
	if (family == AF_INET)
		return inet->inet_daddr == ip_hdr(skb)->saddr &&
		       inet->inet_rcv_saddr == ip_hdr(skb)->daddr &&
		       atcp_net_dev_eq(sock_net(sk), READ_ONCE(sk->sk_bound_dev_if), inet_iif(skb),
				       inet_sdif(skb));
	return ipv6_addr_equal(&sk->sk_v6_daddr, &ipv6_hdr(skb)->saddr) &&
	       ipv6_addr_equal(&sk->sk_v6_rcv_saddr, &ipv6_hdr(skb)->daddr) &&
	       atcp_net_dev_eq(sock_net(sk), READ_ONCE(sk->sk_bound_dev_if), inet6_iif(skb),
			       inet6_sdif(skb));
}

static const struct nf_hook_ops atcp_early_ops[] = {
	{
		.hook		= atcp_early_rcv4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= INT_MAX,
	},
	{
		.hook		= atcp_early_rcv6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= INT_MAX,
	},
};

static DEFINE_MUTEX(atcp_early_lock);

static void atcp_early_arm(struct work_struct *work)
{
	struct atcp_net *an = container_of(work, struct atcp_net, early_work);

	mutex_lock(&atcp_early_lock);
	/* Without memory for it packets go the long way, until the next of them asks again. */
	if (an->early == ATCP_EARLY_NO &&
	    !nf_register_net_hooks(an->net, atcp_early_ops, ARRAY_SIZE(atcp_early_ops)))
		WRITE_ONCE(an->early, ATCP_EARLY_ARMED);
	mutex_unlock(&atcp_early_lock);
}

void atcp_early_wanted(struct net *net)
{
	schedule_work(&atcp_net_get(net)->early_work);
}

void atcp_early_net_init(struct net *net)
{
	INIT_WORK(&atcp_net_get(net)->early_work, atcp_early_arm);
}

void atcp_early_net_pre_exit(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);

	mutex_lock(&atcp_early_lock);
	if (an->early == ATCP_EARLY_ARMED)
		nf_unregister_net_hooks(net, atcp_early_ops, ARRAY_SIZE(atcp_early_ops));
	WRITE_ONCE(an->early, ATCP_EARLY_OVER);
	mutex_unlock(&atcp_early_lock);
}

void atcp_early_net_exit(struct net *net)
{
	cancel_work_sync(&atcp_net_get(net)->early_work);
}
