/* SPDX-License-Identifier: GPL-2.0 */
/* A received segment: whose is it, and what does that state do with it. */
#ifndef _ATCP_INPUT_H
#define _ATCP_INPUT_H

#include "proto/opts.h"
#include "proto/seg.h"
#include "state/conn/sock.h"
#include "state/shared/node.h"

/**
 * struct atcp_rx - a received segment on its way through T3 (on the stack)
 * @seg: numbers and flags
 * @opts: parsed options
 * @ecn: ECN bits of its IP header
 * @reserved: the header's reserved bits, AccECN's AE among them
 * @tw_isn: a SYN that recycles a TIME_WAIT: the ISN to answer with; else 0
 * @hops: how often a request gave it to what had taken its place
 *
 * No pointer into the segment is kept: a filter, a tap or a pull may move it.
 */
struct atcp_rx {
	struct atcp_seg		seg;
	struct atcp_opts	opts;
	u32			tw_isn;
	u8			ecn;
	u8			reserved;
	u8			hops;
};

/* Fills @t from a packet with a socket @via that netfilter chose, or NULL. */
void atcp_input_tuple(struct net *net, const struct sk_buff *skb, const struct sock *via,
		      u8 family, const struct tcphdr *th, struct atcp_tuple *t);

/*
 * From the hook. @skb: data at the network header, @thoff to the TCP header. @via: as above.
 * Under RCU, BH off. NF_STOLEN (consumed), NF_ACCEPT (not ours, untouched) or
 * NF_DROP.
 */
unsigned int atcp_input_rcv(struct net *net, struct sk_buff *skb, const struct sock *via,
			    u8 family, unsigned int thoff);

/* sk_backlog_rcv: a segment whose socket was owned by a user. */
int atcp_input_backlog(struct sock *sk, struct sk_buff *skb);

/*
 * One segment of a full socket (not a listener), socket locked; consumes @skb
 * (data at the TCP header).
 */
void atcp_input_do(struct sock *sk, struct sk_buff *skb);

int atcp_input_init(void);
void atcp_input_exit(void);

#endif /* _ATCP_INPUT_H */
