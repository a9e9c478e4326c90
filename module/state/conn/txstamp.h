/* SPDX-License-Identifier: GPL-2.0 */
/* SO_TIMESTAMPING of what is sent: which skb has the byte whose way is to be told. */
#ifndef _ATCP_TXSTAMP_H
#define _ATCP_TXSTAMP_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/net_tstamp.h>
#include <net/sock.h>

#include "state/conn/sock.h"

/* Where SOF_TIMESTAMPING_OPT_ID counts from, if that is not said yet; before data is queued. */
void atcp_txstamp_base(struct sock *sk, u32 tsflags);

/* The last byte queued is the one to be stamped as @tsflags say; socket locked. */
void atcp_txstamp_mark(struct sock *sk, u32 tsflags);

/* @rest was cut off @skb: the stamp goes with its byte. */
void atcp_txstamp_split(struct sk_buff *skb, struct sk_buff *rest);

/* Everything before SND.UNA is acknowledged; before @prior_una it was already. */
void atcp_txstamp_tell(struct sock *sk, struct sk_buff *skb, u32 prior_una);

static inline void atcp_txstamp_acked(struct sock *sk, struct sk_buff *skb, u32 prior_una)
{
	if (unlikely(ATCP_CB(skb)->sacked & ATCP_CB_STAMP_ACK))
		atcp_txstamp_tell(sk, skb, prior_una);
}

/* Makes offsets of what is queued for MSG_ERRQUEUE, adds statistics; false: nothing is queued. */
bool atcp_txstamp_finish(struct sock *sk);

/* Of a new socket: what is queued for MSG_ERRQUEUE gets statistics, if they are wanted. */
void atcp_txstamp_init(struct sock *sk);

/* @skb has arrived: what SOF_TIMESTAMPING_OPT_STATS says of an ACK. */
static inline void atcp_txstamp_heard(struct sock *sk, const struct sk_buff *skb)
{
	if (unlikely(READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_STATS))
		atcp_sk(sk)->ask.ttl = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->ttl :
									  ipv6_hdr(skb)->hop_limit;
}

/* @skb, of what is queued, leaves as said there; for the same. */
static inline void atcp_txstamp_leaves(struct sock *sk, const struct sk_buff *skb)
{
	if (unlikely(skb_shinfo(skb)->tx_flags & SKBTX_ANY_TSTAMP))
		atcp_sk(sk)->ask.stamped_ns = ktime_to_ns(skb->tstamp);
}

#endif /* _ATCP_TXSTAMP_H */
