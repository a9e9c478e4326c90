/* SPDX-License-Identifier: GPL-2.0 */
/* Accurate ECN of what arrives at a connection: the handshake, marks, and the peer's counters. */
#ifndef _ATCP_CONN_ACCECN_H
#define _ATCP_CONN_ACCECN_H

#include "conn/rx.h"
#include "state/conn/sock.h"

struct atcp_news;

/* SYN-SENT, when accurate ECN was asked for: the SYN-ACK, or a SYN that crossed ours, @sent. */
void atcp_accecn_rcv_synack(struct sock *sk, const struct atcp_rx *rx);
void atcp_accecn_rcv_syn(struct sock *sk, const struct atcp_rx *rx, u8 sent);

/*
 * What the ACK of our SYN-ACK says of that by its ACE field; @bare: it is a pure ACK. And such
 * an ACK completes the handshake.
 */
void atcp_accecn_third(struct sock *sk, u8 ace, bool bare);
void atcp_accecn_established(struct sock *sk, const struct atcp_rx *rx);

/* An acceptable segment: its mark counts. It is received, whatever becomes of it. */
void atcp_accecn_segment(struct sock *sk, const struct sk_buff *skb, const struct atcp_rx *rx);

/* A SYN where there is a connection is about to be answered: the answer reflects its ECN bits. */
void atcp_accecn_challenged(struct sock *sk, const struct atcp_rx *rx);

/* The same text once more: our ACKs with the option may not have come through. */
void atcp_accecn_repeated(struct sock *sk, const struct atcp_rx *rx);

/* What an ACK says of marks: &atcp_news.ce and &atcp_news.ece. */
void atcp_accecn_ack(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news);

#endif /* _ATCP_CONN_ACCECN_H */
