/* SPDX-License-Identifier: GPL-2.0 */
/* ICMP errors about our flows: soft and hard errors, path MTU. Read, never consumed. */
#ifndef _ATCP_ICMP_H
#define _ATCP_ICMP_H

struct net;
struct sk_buff;

/*
 * @skb: data at the network header; under RCU, BH off. For IPv6 the ICMP header
 * begins at @off.
 */
void atcp_icmp_rcv_v4(struct net *net, struct sk_buff *skb);
void atcp_icmp_rcv_v6(struct net *net, struct sk_buff *skb, unsigned int off);

#endif /* _ATCP_ICMP_H */
