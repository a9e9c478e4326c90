/* SPDX-License-Identifier: GPL-2.0 */
/* The receive buffer: its size by what the reader takes, and its window. Socket locked. */
#ifndef _ATCP_RCVBUF_H
#define _ATCP_RCVBUF_H

#include "state/conn/sock.h"

/* rcv_ssthresh, window_clamp and what autotuning starts from, at ESTABLISHED. */
void atcp_rcvbuf_init(struct sock *sk);
/* The first guess of the peer's segment size; what was agreed on is known. */
void atcp_rcvbuf_init_mss(struct atcp_sock *as);

/*
 * A segment with text came, early or not: the peer's segment size, and what its memory is good
 * for. @header: its TCP header, bytes; @flags: ATCP_F_*. PSH is noted in ack_pending.
 */
void atcp_rcvbuf_measure(struct sock *sk, const struct sk_buff *skb, u32 header, u8 flags);
/*
 * The same segment opens the window, its overhead permitting. @memory: what of it is not counted
 * yet, and will be when it is queued, bytes.
 */
void atcp_rcvbuf_open(struct sock *sk, const struct sk_buff *skb, u32 memory);
/* A round trip as seen from here: a segment of @len bytes echoed @tsecr. */
void atcp_rcvbuf_echo(struct sock *sk, u32 len, u32 tsecr);
/* The same by the time that a window takes; before what came in order is queued. */
void atcp_rcvbuf_rtt(struct sock *sk);

/* After copying to the user: dynamic right-sizing. */
void atcp_rcvbuf_adjust(struct sock *sk);
/* The same when something is held out of order: that takes room, too. */
void atcp_rcvbuf_early(struct sock *sk);

/* Memory is short: the window is no more than what keeps the connection going. */
void atcp_rcvbuf_shrink(struct atcp_sock *as);

/* Bytes of window that the free part, and the whole, of the receive buffer give. */
u32 atcp_rcvbuf_free(const struct sock *sk);
u32 atcp_rcvbuf_full(const struct sock *sk);

#endif /* _ATCP_RCVBUF_H */
