/* SPDX-License-Identifier: GPL-2.0 */
/* How fast and in what pieces a connection sends. Socket locked. */
#ifndef _ATCP_OUTPUT_PACE_H
#define _ATCP_OUTPUT_PACE_H

#include "state/conn/sock.h"

/* cwnd or the RTT has changed: the rate follows. */
void atcp_pace_update(struct sock *sk);

/* Is the next segment's time still to come? Then a timer goes on. */
bool atcp_pace_wait(struct sock *sk);

/* Is enough below already? Then what frees it goes on. @skb: what would be sent. */
bool atcp_pace_throttled(struct sock *sk, const struct sk_buff *skb);

/* Segments that an skb may have now. */
u32 atcp_pace_segs(const struct sock *sk, u32 mss);

/* The time at which @skb leaves, and what the next one's is after it. */
void atcp_pace_stamp(struct sock *sk, struct sk_buff *skb, u64 now_ns);

/* By how much all that is sent leaves later (TCP_TX_DELAY), where sch_fq sees to it. */
static inline u64 atcp_pace_delay_ns(const struct atcp_sock *as)
{
	return as->ask.tx_delay_us * (u64)NSEC_PER_USEC;
}

#endif /* _ATCP_OUTPUT_PACE_H */
