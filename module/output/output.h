/* SPDX-License-Identifier: GPL-2.0 */
/* What to send now: new data within the windows, ACKs, SYN, FIN, RST, probes. Socket locked. */
#ifndef _ATCP_OUTPUT_H
#define _ATCP_OUTPUT_H

#include "state/conn/sock.h"

/*
 * Sends what the windows, Nagle and the device allow of the unsent queue; arms
 * the probe timer when the peer's window is closed. @nonagle: ATCP_NAGLE_*.
 */
void atcp_output_push(struct sock *sk, int nonagle);
/* The first skb that is unsent, or as much of it as may go at once. */
void atcp_output_push_one(struct sock *sk);
/* After sendmsg has queued: push all, or only a full segment's worth. @nonagle: ATCP_NAGLE_*. */
void atcp_output_push_sent(struct sock *sk, int flags, int nonagle, u32 mss);
/*
 * A segment of new data whatever cwnd says, as a probe (RFC 8985 section 7.3). False: there is
 * none, or no room for it in the peer's window.
 */
bool atcp_output_probe_new(struct sock *sk);
/* After input: push if something is queued. */
void atcp_output_push_pending(struct sock *sk);

/* An ACK now. */
void atcp_output_ack(struct sock *sk);

/* connect(2): builds and sends the SYN, arms its timer. 0 or -errno. */
int atcp_output_connect(struct sock *sk);
/* Simultaneous open: our SYN again, with ACK. */
void atcp_output_simopen_synack(struct sock *sk);
/* Queues a FIN behind the data and pushes. Process context. */
void atcp_output_fin(struct sock *sk);
/* A RST of an open connection (close with unread data, linger 0, abort). */
void atcp_output_rst(struct sock *sk, gfp_t gfp);
/* Zero-window or keepalive probe; RFC 9293 3.8.6.1. */
int atcp_output_probe(struct sock *sk);
void atcp_output_keepalive(struct sock *sk);

#endif /* _ATCP_OUTPUT_H */
