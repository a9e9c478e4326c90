/* SPDX-License-Identifier: GPL-2.0 */
/* Loss detection by time (RFC 8985), and what is seen of reordering. */
#ifndef _ATCP_CONN_RACK_H
#define _ATCP_CONN_RACK_H

#include "state/conn/sock.h"

struct atcp_news;

/*
 * All or part of @cb's segments are newly delivered, by ACK (@acked) or SACK: time, rate,
 * reordering.
 */
void atcp_rack_arrived(struct atcp_sock *as, const struct atcp_cb *cb, struct atcp_news *news,
		       bool acked);

/* What was sent once with the number @low arrived after others had passed it. @ts: by timestamp. */
void atcp_rack_reordered(struct sock *sk, u32 low, bool ts);

/* After an ACK: marks what is lost. True: a timer was armed for what may be soon. */
bool atcp_rack_ack(struct sock *sk);

/* That timer. */
void atcp_rack_reo_timeout(struct sock *sk);

/* The retransmission timer: what is overdue is lost, @reneged: with what had been SACKed. */
void atcp_rack_timeout(struct sock *sk, bool reneged);

/* @skb is lost. */
void atcp_rack_mark(struct sock *sk, struct sk_buff *skb);

#endif /* _ATCP_CONN_RACK_H */
