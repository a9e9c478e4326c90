/* SPDX-License-Identifier: GPL-2.0 */
/* Is a segment acceptable, and what does the state machine say to it. */
#ifndef _ATCP_CHECK_H
#define _ATCP_CHECK_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/*
 * The verdict (proto/fsm.h) on a segment of a socket that is neither LISTEN nor
 * SYN-SENT, with its answers sent and an abort carried out. Returns the bits
 * that are left to do, 0 if the segment is done with (@skb is freed then).
 */
u32 atcp_check_segment(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx);

/* RFC 5961 challenge ACK, throttled by socket and namespace. */
void atcp_check_challenge(struct sock *sk);

/* True: an answer to a segment without data may not be sent yet; counted by @id. */
bool atcp_check_rate_limited(struct net *net, u32 *last, int mib);

#endif /* _ATCP_CHECK_H */
