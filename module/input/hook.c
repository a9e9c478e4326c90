// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets come from: the last hook at LOCAL_IN.
 *
 * Conntrack, NAT and the user's INPUT rules have had their say, the kernel's
 * TCP has not. What is not ours goes on as it came, not even pulled.
 *
 * IPv6 reaches this hook with its extension headers unread, so they are walked
 * here. Passed on unread are headers that something has to be done about first
 * (ESP and AH come back decrypted or verified), routing headers that are not at
 * their end, and fragments: IPv6 reassembles behind this hook, unless conntrack
 * does it before. A TCP never needs to fragment over IPv6.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "input/early.h"
#include "input/exthdr.h"
#include "input/hook.h"
#include "input/icmp.h"
#include "input/input.h"
#include "input/match.h"
#include "state/listen/decoy.h"
#include "state/shared/net.h"
#include "state/shared/portmap.h"

/*
 * A packet with a socket already: a connection that was found early gets it, if it is still the
 * right one; what else netfilter's matches were lent is given back; a decoy says by which
 * listener tproxy wants it taken; one that early demux or a BPF program chose is not ours.
 */
static unsigned int atcp_hook_chosen(struct net *net, struct sk_buff *skb, u8 family,
				     unsigned int thoff)
{
	const struct sock *via = NULL;
	struct sock *sk = skb->sk;
	unsigned int verdict;

	if (!atcp_match_lent(skb)) {
		if (!atcp_decoy_is(sk))
			return NF_ACCEPT;
		via = sk;
	} else if (atcp_early_is(sk, skb, family, thoff)) {
		skb->sk = NULL;
		skb->destructor = NULL;
		return atcp_input_conn(sk, skb, family, thoff);
	}
	skb_orphan(skb);
	verdict = atcp_input_rcv(net, skb, via, family, thoff);
	/* The kernel's TCP has no use for what is addressed to a decoy. */
	return via && verdict == NF_ACCEPT ? NF_DROP : verdict;
}

/* Is it for a port that nothing of ours has? Most packets of a host are; they cost no more. */
static __always_inline bool atcp_hook_foreign(const struct net *net, const struct sk_buff *skb,
					      unsigned int thoff)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + thoff);

	return likely(skb_headlen(skb) >= thoff + sizeof(*th)) &&
	       !atcp_portmap_has(atcp_net_get(net), ntohs(th->dest));
}

static __always_inline unsigned int atcp_hook_tcp(struct net *net, struct sk_buff *skb, u8 family,
						  unsigned int thoff)
{
	if (unlikely(skb->sk))
		return atcp_hook_chosen(net, skb, family, thoff);
	if (atcp_hook_foreign(net, skb, thoff))
		return NF_ACCEPT;
	return atcp_input_rcv(net, skb, NULL, family, thoff);
}

static __always_inline unsigned int __atcp_hook_rcv4(struct net *net, struct sk_buff *skb)
{
	switch (ip_hdr(skb)->protocol) {
	case IPPROTO_TCP:
		return atcp_hook_tcp(net, skb, AF_INET, ip_hdrlen(skb));
	case IPPROTO_ICMP:
		atcp_icmp_rcv_v4(net, skb);
		return NF_ACCEPT;
	default:
		return NF_ACCEPT;
	}
}

/* A packet that a program has let go on (NFQUEUE) comes in the program's context. */
static unsigned int atcp_hook_rcv4(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	unsigned int verdict;

	if (likely(softirq_count()))
		return __atcp_hook_rcv4(state->net, skb);
	local_bh_disable();
	verdict = __atcp_hook_rcv4(state->net, skb);
	local_bh_enable();
	return verdict;
}

static __always_inline unsigned int __atcp_hook_rcv6(struct net *net, struct sk_buff *skb)
{
	unsigned int off;

	switch (atcp_exthdr_upper(skb, &off)) {
	case IPPROTO_TCP:
		return atcp_hook_tcp(net, skb, AF_INET6, off);
	case IPPROTO_ICMPV6:
		atcp_icmp_rcv_v6(net, skb, off);
		return NF_ACCEPT;
	default:
		return NF_ACCEPT;
	}
}

static unsigned int atcp_hook_rcv6(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	unsigned int verdict;

	if (likely(softirq_count()))
		return __atcp_hook_rcv6(state->net, skb);
	local_bh_disable();
	verdict = __atcp_hook_rcv6(state->net, skb);
	local_bh_enable();
	return verdict;
}

static const struct nf_hook_ops atcp_hook_ops[] = {
	{
		.hook		= atcp_hook_rcv4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= INT_MAX,
	},
	{
		.hook		= atcp_hook_rcv6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= INT_MAX,
	},
};

bool atcp_hook_alone(const struct net *net, u8 family)
{
	const struct nf_hook_entries *e;

	if (family == AF_INET)
		e = rcu_dereference(net->nf.hooks_ipv4[NF_INET_LOCAL_IN]);
	else
		e = rcu_dereference(net->nf.hooks_ipv6[NF_INET_LOCAL_IN]);
	return e && e->num_hook_entries == 1 &&
	       e->hooks[0].hook == (family == AF_INET ? atcp_hook_rcv4 : atcp_hook_rcv6);
}

static DEFINE_MUTEX(atcp_hook_lock);

static int atcp_hook_arm_locked(struct net *net, struct atcp_net *an)
{
	int err;

	if (an->armed)
		return 0;
	err = atcp_portmap_init(an);
	if (!err)
		err = nf_register_net_hooks(net, atcp_hook_ops, ARRAY_SIZE(atcp_hook_ops));
	if (err)
		return err;
	/* Pairs with the look without the lock. */
	smp_store_release(&an->armed, true);
	return 0;
}

/**
 * atcp_hook_arm() - receive in a namespace, from its first socket on
 * @net: namespace
 *
 * A namespace without sockets of ours has no hooks: the kernel's TCP pays nothing.
 *
 * Context: process
 * Return: 0 or -ENOMEM
 */
int atcp_hook_arm(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);
	int err;

	/* Pairs with atcp_hook_arm_locked(). */
	if (likely(smp_load_acquire(&an->armed)))
		return 0;
	mutex_lock(&atcp_hook_lock);
	err = atcp_hook_arm_locked(net, an);
	mutex_unlock(&atcp_hook_lock);
	return err;
}

/**
 * atcp_hook_net_exit() - receive no more
 * @net: namespace
 *
 * Packets may still be in the hook when this returns: synchronize_net() waits
 * for them.
 */
void atcp_hook_net_exit(struct net *net)
{
	if (atcp_net_get(net)->armed)
		nf_unregister_net_hooks(net, atcp_hook_ops, ARRAY_SIZE(atcp_hook_ops));
}
