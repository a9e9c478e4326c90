/* SPDX-License-Identifier: GPL-2.0 */
/* What of the first unsent skb may go now. Socket locked. */
#ifndef _ATCP_OUTPUT_FIT_H
#define _ATCP_OUTPUT_FIT_H

#include "state/conn/sock.h"

/*
 * Cuts @skb, the head of the unsent queue, down to what may go now, at most @max_segs
 * segments. @nonagle: ATCP_NAGLE_*. 0: send it; else leave it: -EMSGSIZE for the peer's
 * window, -EBUSY for cwnd, -EAGAIN or -ENOMEM for anything else.
 */
int atcp_fit(struct sock *sk, struct sk_buff *skb, u32 mss, int nonagle, u32 max_segs);

#endif /* _ATCP_OUTPUT_FIT_H */
