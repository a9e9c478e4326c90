/* SPDX-License-Identifier: GPL-2.0 */
/* Netfilter between kernels: confirming a connection in conntrack from outside. */
#ifndef _ATCP_COMPAT_NETFILTER_H
#define _ATCP_COMPAT_NETFILTER_H

#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>

/**
 * atcp_compat_confirm() - have conntrack confirm a packet that it will not see again
 * @skb: packet at LOCAL_IN that is about to be stolen
 *
 * Conntrack enters a connection into its table when its first packet has got
 * through all hooks, and a stolen packet never does. A connection that is
 * confirmed already is left as it is. Its events go out with the answer.
 *
 * Context: under RCU
 * Return: false: conntrack wants the packet dropped (a clash with another entry)
 */
static inline bool atcp_compat_confirm(struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);
	const struct nf_ct_hook *hook;

	/* Conntrack warns when it is asked to confirm what is confirmed. */
	if (!ct || nf_ct_is_confirmed(ct))
		return true;
	hook = rcu_dereference(nf_ct_hook);
	return !hook || hook->confirm(skb) == NF_ACCEPT;
#else
	return true;
#endif
}

/**
 * atcp_compat_unmasked() - which address of ours is an answer to masked traffic for?
 * @skb: packet, tracked by conntrack perhaps
 * @family: AF_INET (@addr is v4-mapped) or AF_INET6
 * @addr: its destination; changed to the address that its connection left us as
 * @port: the port that belongs to it
 */
static inline void atcp_compat_unmasked(const struct sk_buff *skb, u8 family,
					struct in6_addr *addr, __be16 *port)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	const struct nf_conntrack_tuple *orig;
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!ct || info != IP_CT_ESTABLISHED_REPLY || !(ct->status & IPS_SRC_NAT_DONE))
		return;
	orig = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	if (family == AF_INET)
		ipv6_addr_set_v4mapped(orig->src.u3.ip, addr);
	else
		*addr = orig->src.u3.in6;
	*port = orig->src.u.tcp.port;
#endif
}

#endif /* _ATCP_COMPAT_NETFILTER_H */
