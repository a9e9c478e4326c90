/* SPDX-License-Identifier: GPL-2.0 */
/* RFC 9293 3.10.7.4, sixth: the URG bit. */
#ifndef _ATCP_INPUT_URGENT_H
#define _ATCP_INPUT_URGENT_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/*
 * Looks for urgent data announced by, or in, an acceptable segment, whose data is not
 * queued yet: signals the reader, and keeps a copy of the byte. @skb begins with the
 * TCP header. Socket locked.
 */
void atcp_urgent_rcv(struct sock *sk, const struct sk_buff *skb, const struct atcp_rx *rx);

#endif /* _ATCP_INPUT_URGENT_H */
