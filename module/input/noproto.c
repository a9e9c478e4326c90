// SPDX-License-Identifier: GPL-2.0
/*
 * IP protocol 253 has a handler, so that the kernel asks for atcp_diag.ko.
 *
 * Who asks sock_diag about a protocol whose handler is not there has its module loaded
 * by its alias, but a number that fits into an IP header only if it has a handler for
 * packets (sock_load_diag_module(); MPTCP's 262 does not fit). atcp's packets have the
 * number 6, and those with 253 are none of its business: what the handler does is what
 * happens without one. They belong to raw sockets, or are answered by "protocol
 * unreachable". A handler is not told whether there was a raw socket, so it looks; where
 * there was none it hands over to the number 255, of which IPv4 has no packets and so no
 * handler, and the kernel refuses the packet, counts, policy and all.
 */
#include <linux/atcp.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/protocol.h>
#include <net/raw.h>

#include "input/noproto.h"

static bool atcp_noproto_ours;

/* Had a raw socket its copy? Under RCU. */
static bool atcp_noproto_raw(const struct sk_buff *skb)
{
	struct net *net = dev_net(skb->dev);
	const struct iphdr *iph = ip_hdr(skb);
	struct hlist_head *head;
	struct sock *sk;

	head = &raw_v4_hashinfo.ht[raw_hashfunc(net, IPPROTO_ATCP)];
	sk_for_each_rcu(sk, head)
		if (raw_v4_match(net, sk, IPPROTO_ATCP, iph->saddr, iph->daddr,
				 inet_iif(skb), inet_sdif(skb)))
			return true;
	return false;
}

static int atcp_noproto_rcv(struct sk_buff *skb)
{
	if (!atcp_noproto_raw(skb))
		return -IPPROTO_RAW;
	consume_skb(skb);
	return 0;
}

/* Policy is not asked for: raw sockets ask by themselves, and so does the refusal. */
static const struct net_protocol atcp_noproto = {
	.handler	= atcp_noproto_rcv,
	.no_policy	= 1,
};

/**
 * atcp_noproto_init() - take IP protocol 253, if nobody has it
 *
 * Return: 0; where another has it, the kernel asks as well
 */
int atcp_noproto_init(void)
{
	atcp_noproto_ours = !inet_add_protocol(&atcp_noproto, IPPROTO_ATCP);
	return 0;
}

/**
 * atcp_noproto_exit() - give it back; waits for packets
 */
void atcp_noproto_exit(void)
{
	if (atcp_noproto_ours)
		inet_del_protocol(&atcp_noproto, IPPROTO_ATCP);
}
