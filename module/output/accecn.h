/* SPDX-License-Identifier: GPL-2.0 */
/* Accurate ECN on what a connection sends: the ACE field, the option, ECT. */
#ifndef _ATCP_OUTPUT_ACCECN_H
#define _ATCP_OUTPUT_ACCECN_H

#include "compat/skbuff.h"
#include "proto/ecn.h"
#include "proto/seg.h"
#include "state/conn/sock.h"

struct atcp_opts_out;

/* A SYN-ACK in the queue that has this: its ACE field is to answer the SYN. */
#define ATCP_ACCECN_SYNACK	ATCP_F_CWR

/* Is accurate ECN in use? Before the handshake is over: it is asked for, or agreed to. */
static inline bool atcp_accecn_on(const struct atcp_sock *as)
{
	return unlikely(as->ecn.flags & ATCP_ECN_ACC);
}

/*
 * Must each segment be sent by itself? Older kernels and devices take CWR off all but the
 * first segment that they cut, where it is part of a number here.
 */
static inline bool atcp_accecn_single(const struct atcp_sock *as)
{
	return atcp_accecn_on(as) && !ATCP_COMPAT_GSO_ACCECN &&
	       atcp_accecn_flags(atcp_accecn_count(&as->ecn.acc)) & ATCP_F_CWR;
}

/* Bytes that the option takes from each segment of data now. */
u32 atcp_accecn_room(struct sock *sk);

/* The option, if it is due and @skb has room for it: the last of the options. */
void atcp_accecn_opt(struct sock *sk, const struct sk_buff *skb, u64 now_us,
		     struct atcp_opts_out *o);

/* The flags of a header, @flags in the queue, with the ACE field; and the ECN bits below it. */
u16 atcp_accecn_send(struct atcp_sock *as, const struct sk_buff *skb, u8 flags, bool sacks);

/* A SYN or SYN-ACK is about to be sent again: it may be ACE that was not let through. */
void atcp_accecn_again(struct sock *sk, struct sk_buff *skb);

#endif /* _ATCP_OUTPUT_ACCECN_H */
