/* SPDX-License-Identifier: GPL-2.0 */
/* Retransmission: which segment again, and when. Socket locked. */
#ifndef _ATCP_RTX_H
#define _ATCP_RTX_H

#include "state/conn/sock.h"

/* What timers that go by the round trip add to it, us (Linux): the peer has to answer yet. */
#define ATCP_RTX_SLACK_US	(2 * USEC_PER_MSEC)

/* Sends @skb of rtxq again (at most @segs segments of it). 0 or -errno. */
int atcp_rtx_skb(struct sock *sk, struct sk_buff *skb, u32 segs);
/*
 * The same of the last segment, as a tail loss probe: nothing is taken for lost, so it is in flight
 * once, and begins no recovery whose undo would look at it.
 */
int atcp_rtx_probe(struct sock *sk, struct sk_buff *skb);
/* Sends what is marked lost as far as cwnd allows. */
void atcp_rtx_lost(struct sock *sk);
/* (Re)arms the RTO from the oldest unacknowledged segment, or stops it. */
void atcp_rtx_rearm(struct sock *sk);
/*
 * Arms a tail loss probe (RFC 8985 section 7.2), as new data was sent or, @acked, acknowledged.
 * False: there is to be none.
 */
bool atcp_rtx_arm_probe(struct sock *sk, bool acked);
/* @us from now, but not later than the user's timeout, if any, that runs since @since (ms). */
u64 atcp_rtx_user_us(const struct atcp_sock *as, u32 since, u64 us);
/* RTO in force, us: estimate or initial, with backoff. */
void atcp_rtx_set_rto(struct sock *sk);

#endif /* _ATCP_RTX_H */
