/* SPDX-License-Identifier: GPL-2.0 */
/* The text of a segment: into the receive queue, or the early ones' tree. */
#ifndef _ATCP_DATA_H
#define _ATCP_DATA_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/*
 * Queues the text and FIN of an acceptable segment (ATCP_V_DATA, ATCP_V_FIN in
 * @v); consumes @skb (data at the TCP header).
 */
void atcp_data_rcv(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx, u32 v);

#endif /* _ATCP_DATA_H */
