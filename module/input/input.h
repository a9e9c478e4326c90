/* SPDX-License-Identifier: GPL-2.0 */
/* A packet that arrives: is it ours, is it in order, and whose is it. */
#ifndef _ATCP_INPUT_H
#define _ATCP_INPUT_H

#include <linux/types.h>

struct net;
struct sk_buff;
struct sock;

/*
 * From the hook. @skb: data at the network header, @thoff to the TCP header. @via: the socket
 * that netfilter chose, or NULL. Under RCU, BH off. NF_STOLEN (consumed), NF_ACCEPT (not
 * ours, untouched) or NF_DROP.
 */
unsigned int atcp_input_rcv(struct net *net, struct sk_buff *skb, const struct sock *via,
			    u8 family, unsigned int thoff);

/* The same for one whose connection is known; its reference is given back. NF_STOLEN or NF_DROP. */
unsigned int atcp_input_conn(struct sock *sk, struct sk_buff *skb, u8 family, unsigned int thoff);

int atcp_input_init(void);
void atcp_input_exit(void);

#endif /* _ATCP_INPUT_H */
