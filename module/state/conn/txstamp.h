/* SPDX-License-Identifier: GPL-2.0 */
/* SO_TIMESTAMPING of what is sent: which skb has the byte whose way is to be told. */
#ifndef _ATCP_TXSTAMP_H
#define _ATCP_TXSTAMP_H

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

/* Makes offsets of what is queued for MSG_ERRQUEUE; false: nothing is. Socket locked. */
bool atcp_txstamp_ids(struct sock *sk);

#endif /* _ATCP_TXSTAMP_H */
