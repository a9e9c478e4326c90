/* SPDX-License-Identifier: GPL-2.0 */
/* A received segment: what it says, and whose it is by its addresses. */
#ifndef _ATCP_RX_H
#define _ATCP_RX_H

#include "proto/accecn.h"
#include "proto/opts.h"
#include "proto/seg.h"
#include "state/shared/node.h"

struct sk_buff;
struct sock;
struct tcphdr;

/* RFC 7323 section 5.5: TS.Recent is no longer believed after this long, s. */
#define ATCP_RX_PAWS_24DAYS	(60 * 60 * 24 * 24)

/**
 * struct atcp_rx - a received segment on its way (on the stack)
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

/* The ACE field of a segment. */
static inline u8 atcp_rx_ace(const struct atcp_rx *rx)
{
	return atcp_accecn_ace(rx->seg.flags, rx->reserved & 1);
}

/* It has neither text nor SACK: of a handshake, its ACE field answers a SYN-ACK. */
static inline bool atcp_rx_bare(const struct atcp_rx *rx)
{
	return rx->seg.seq == rx->seg.end_seq && !rx->opts.nr_sacks;
}

/* What the segment says (data at the TCP header, which is whole); a new one, without history. */
void atcp_rx_parse(const struct sk_buff *skb, struct atcp_rx *rx);
/* The same once more, after whatever may have cut it. */
void atcp_rx_read(const struct sk_buff *skb, struct atcp_rx *rx);

/* Fills @t from a packet with a socket @via that netfilter chose, or NULL. */
void atcp_rx_tuple(struct net *net, const struct sk_buff *skb, const struct sock *via,
		   u8 family, const struct tcphdr *th, struct atcp_tuple *t);

#endif /* _ATCP_RX_H */
