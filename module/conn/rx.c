// SPDX-License-Identifier: GPL-2.0
/* A received segment: what it says, and whose it is by its addresses. */
#include "conn/rx.h"

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "proto/ecn.h"
#include "state/shared/hash.h"

void atcp_rx_tuple(struct net *net, const struct sk_buff *skb, const struct sock *via,
		   u8 family, const struct tcphdr *th, struct atcp_tuple *t)
{
	t->net = net;
	t->via = via;
	t->family = family;
	t->rport = th->source;
	t->lport = th->dest;
	if (family == AF_INET) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &t->raddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &t->laddr);
		t->dif = inet_iif(skb);
		t->sdif = inet_sdif(skb);
	} else {
		t->raddr = ipv6_hdr(skb)->saddr;
		t->laddr = ipv6_hdr(skb)->daddr;
		t->dif = inet6_iif(skb);
		t->sdif = inet6_sdif(skb);
	}
	atcp_hash_tuple(t);
}

static u8 atcp_rx_ecn(const struct sk_buff *skb)
{
	u8 ds = skb->protocol == htons(ETH_P_IPV6) ? ipv6_get_dsfield(ipv6_hdr(skb)) :
						     ip_hdr(skb)->tos;

	return ds & ATCP_ECN_IP_MASK;
}

void atcp_rx_read(const struct sk_buff *skb, struct atcp_rx *rx)
{
	const struct tcphdr *th = tcp_hdr(skb);

	rx->ecn = atcp_rx_ecn(skb);
	/* Newer kernels name one of these bits: struct tcphdr has them in two fields. */
	rx->reserved = ((const u8 *)th)[12] & 0x0f;
	/* The header was validated: neither can fail but by malformed options. */
	atcp_seg_parse(th, skb->len, &rx->seg);
	atcp_opts_parse((const u8 *)(th + 1), rx->seg.doff - sizeof(*th), th->syn, &rx->opts);
}

void atcp_rx_parse(const struct sk_buff *skb, struct atcp_rx *rx)
{
	rx->tw_isn = 0;
	rx->hops = 0;
	atcp_rx_read(skb, rx);
}
