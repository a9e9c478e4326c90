// SPDX-License-Identifier: GPL-2.0
/*
 * Netfilter's socket matches (nft "socket", iptables' -m socket) see our sockets.
 *
 * They look at the socket that a packet has, and only where it has none into the kernel's
 * tables. So a packet that is ours has its socket lent to it before the user's chains and
 * taken back behind them: in PREROUTING, because a packet with a socket is not forwarded,
 * and once more in INPUT. A half-open connection and one in TIME-WAIT have no socket; their
 * packets have the listener.
 *
 * That is a look into two tables for each packet, so it is done only where something asks:
 * from when the module that these matches need is loaded (nf_socket_ipv4 or _ipv6), in all
 * namespaces.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/notifier.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_socket.h>
#include <net/sock.h>

#include "compat/netfilter.h"
#include "conn/rx.h"
#include "input/exthdr.h"
#include "input/match.h"
#include "state/conn/sock.h"
#include "state/listen/req.h"
#include "state/shared/hash.h"

static DEFINE_MUTEX(atcp_match_lock);
static bool atcp_match_on;

/* The socket of a node, with a reference; the node's is given back. */
static struct sock *atcp_match_of(struct atcp_node *node)
{
	struct sock *sk = NULL;

	if (node->kind == ATCP_KIND_SOCK)
		return atcp_sock_sk(atcp_sock_of(node));
	if (node->kind == ATCP_KIND_REQ) {
		sk = atcp_req_of(node)->lsk;
		sock_hold(sk);
	}
	atcp_hash_put(node);
	return sk;
}

static struct sock *atcp_match_find(const struct atcp_tuple *t)
{
	struct atcp_node *node = atcp_hash_lookup(t);
	struct sock *sk = node ? atcp_match_of(node) : NULL;

	if (sk)
		return sk;
	sk = atcp_hash_listener(t, NULL, 0);
	return sk && refcount_inc_not_zero(&sk->sk_refcnt) ? sk : NULL;
}

static void atcp_match_lend(struct net *net, struct sk_buff *skb, u8 family, unsigned int thoff)
{
	const struct tcphdr *th;
	struct atcp_tuple t;
	struct tcphdr copy;
	struct sock *sk;

	if (skb->sk || skb->pkt_type != PACKET_HOST)
		return;
	th = skb_header_pointer(skb, thoff, sizeof(copy), &copy);
	if (!th)
		return;
	atcp_rx_tuple(net, skb, NULL, family, th, &t);
	/* An answer to what left under another address: ours is what it left us as. */
	atcp_compat_unmasked(skb, family, &t.laddr, &t.lport);
	atcp_hash_tuple(&t);
	sk = atcp_match_find(&t);
	if (!sk)
		return;
	skb->sk = sk;
	skb->destructor = sock_efree;
}

static unsigned int atcp_match_lend4(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	if (ip_hdr(skb)->protocol == IPPROTO_TCP && !ip_is_fragment(ip_hdr(skb)))
		atcp_match_lend(state->net, skb, AF_INET, skb_network_offset(skb) + ip_hdrlen(skb));
	return NF_ACCEPT;
}

static unsigned int atcp_match_lend6(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	unsigned int off;

	if (atcp_exthdr_upper(skb, &off) == IPPROTO_TCP)
		atcp_match_lend(state->net, skb, AF_INET6, off);
	return NF_ACCEPT;
}

static unsigned int atcp_match_take(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	if (atcp_match_lent(skb))
		skb_orphan(skb);
	return NF_ACCEPT;
}

/* Behind the user's chains; before connections are looked for (input/early.c). */
#define ATCP_MATCH_LAST	(INT_MAX - 1)

/* Behind conntrack, which knows the address that an answer is for; before mangle's chains. */
#define ATCP_MATCH_PRIORITY	(NF_IP_PRI_CONNTRACK + 1)

static const struct nf_hook_ops atcp_match_ops[] = {
	{
		.hook		= atcp_match_lend4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= ATCP_MATCH_PRIORITY,
	},
	{
		.hook		= atcp_match_take,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= ATCP_MATCH_LAST,
	},
	{
		.hook		= atcp_match_lend4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP_PRI_FIRST,
	},
	{
		.hook		= atcp_match_lend6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= ATCP_MATCH_PRIORITY,
	},
	{
		.hook		= atcp_match_take,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= ATCP_MATCH_LAST,
	},
	{
		.hook		= atcp_match_lend6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP6_PRI_FIRST,
	},
};

static int __net_init atcp_match_net_init(struct net *net)
{
	return nf_register_net_hooks(net, atcp_match_ops, ARRAY_SIZE(atcp_match_ops));
}

static void __net_exit atcp_match_net_exit(struct net *net)
{
	nf_unregister_net_hooks(net, atcp_match_ops, ARRAY_SIZE(atcp_match_ops));
}

static struct pernet_operations atcp_match_net_ops = {
	.init		= atcp_match_net_init,
	.pre_exit	= atcp_match_net_exit,
};

static int atcp_match_start(void)
{
	int err = 0;

	mutex_lock(&atcp_match_lock);
	if (!atcp_match_on) {
		err = register_pernet_subsys(&atcp_match_net_ops);
		atcp_match_on = !err;
	}
	mutex_unlock(&atcp_match_lock);
	return err;
}

static int atcp_match_module(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct module *mod = data;

	if (event == MODULE_STATE_LIVE &&
	    (!strcmp(mod->name, "nf_socket_ipv4") || !strcmp(mod->name, "nf_socket_ipv6")))
		atcp_match_start();
	return NOTIFY_OK;
}

static struct notifier_block atcp_match_notifier = {
	.notifier_call	= atcp_match_module,
};

/* Is one of them there already, or part of the kernel? */
static bool atcp_match_wanted(void)
{
#if IS_ENABLED(CONFIG_NF_SOCKET_IPV4)
	if (symbol_get(nf_sk_lookup_slow_v4)) {
		symbol_put(nf_sk_lookup_slow_v4);
		return true;
	}
#endif
#if IS_ENABLED(CONFIG_NF_SOCKET_IPV6)
	if (symbol_get(nf_sk_lookup_slow_v6)) {
		symbol_put(nf_sk_lookup_slow_v6);
		return true;
	}
#endif
	return false;
}

int atcp_match_init(void)
{
	int err = register_module_notifier(&atcp_match_notifier);

	if (err)
		return err;
	if (atcp_match_wanted())
		err = atcp_match_start();
	if (err)
		unregister_module_notifier(&atcp_match_notifier);
	return err;
}

void atcp_match_exit(void)
{
	unregister_module_notifier(&atcp_match_notifier);
	if (atcp_match_on)
		unregister_pernet_subsys(&atcp_match_net_ops);
}
