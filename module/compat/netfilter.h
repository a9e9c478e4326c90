/* SPDX-License-Identifier: GPL-2.0 */
/* Netfilter between kernels: confirming a connection in conntrack from outside. */
#ifndef _ATCP_COMPAT_NETFILTER_H
#define _ATCP_COMPAT_NETFILTER_H

#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
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

#endif /* _ATCP_COMPAT_NETFILTER_H */
