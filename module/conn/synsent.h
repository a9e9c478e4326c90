/* SPDX-License-Identifier: GPL-2.0 */
/* SYN-SENT: the answer to our SYN. */
#ifndef _ATCP_SYNSENT_H
#define _ATCP_SYNSENT_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/*
 * A segment for a socket in SYN-SENT (RFC 9293 3.10.7.3). Returns the verdict
 * bits left (text and FIN of a SYN-ACK), 0 when done; @skb is consumed then.
 */
u32 atcp_synsent_rcv(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx);

#endif /* _ATCP_SYNSENT_H */
