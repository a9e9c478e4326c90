/* SPDX-License-Identifier: GPL-2.0 */
/* One segment of a full socket: header, options, and off it goes. */
#ifndef _ATCP_XMIT_H
#define _ATCP_XMIT_H

#include "state/conn/sock.h"

/*
 * Sends @skb (ATCP_CB: seq, flags, mss, segs): a clone when @clone, else the
 * skb itself, which is consumed. 0 or -errno.
 */
int atcp_xmit_skb(struct sock *sk, struct sk_buff *skb, bool clone, gfp_t gfp);

/* @skb leaves now: what RTT, RACK and the delivery rate are measured by when it is acknowledged. */
void atcp_xmit_remember(struct atcp_sock *as, struct sk_buff *skb, u64 now_us);

/* Sends a bare segment with @flags at @seq; false: no memory. */
bool atcp_xmit_ctl(struct sock *sk, u32 seq, u8 flags, gfp_t gfp);

/* Sets mss_cache from the path MTU, peer's MSS, TCP_MAXSEG and options; returns it. */
u32 atcp_xmit_sync_mss(struct sock *sk, u32 pmtu);
/* The same if the route's MTU has changed. */
u32 atcp_xmit_mss(struct sock *sk);
/* Bytes that go into one skb: a multiple of the MSS that GSO takes. */
int atcp_xmit_size_goal(struct sock *sk, u32 mss, bool oob);

#endif /* _ATCP_XMIT_H */
