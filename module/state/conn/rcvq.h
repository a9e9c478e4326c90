/* SPDX-License-Identifier: GPL-2.0 */
/* The receive queue: bytes in order for recvmsg (sk_receive_queue), and early ones (ofo). */
#ifndef _ATCP_RCVQ_H
#define _ATCP_RCVQ_H

#include "state/conn/sock.h"

/*
 * Queues an skb in order (seq == rcv_nxt; data pulled to the payload), merging
 * it into the tail when it can; takes @skb over. Advances rcv_nxt.
 */
void atcp_rcvq_queue(struct sock *sk, struct sk_buff *skb);

/* Puts an early skb into the out-of-order tree; takes it over. */
void atcp_rcvq_ofo_insert(struct sock *sk, struct sk_buff *skb);

/* Moves what has become in order from the tree to the queue. True if a FIN became due. */
bool atcp_rcvq_ofo_drain(struct sock *sk);

/* Has memory for @skb (after pruning, which it counts)? False: the segment is dropped. */
bool atcp_rcvq_mem_ok(struct sock *sk, struct sk_buff *skb);

/* Frees an skb that recvmsg has read up. */
void atcp_rcvq_eat(struct sock *sk, struct sk_buff *skb);

/* Empties both. */
void atcp_rcvq_purge(struct sock *sk);

/* Receive autotuning (DRS): after copying to the user; a new RTT sample of the receiver. */
void atcp_rcvq_space_adjust(struct sock *sk);
void atcp_rcvq_rtt_update(struct sock *sk);
/* Opens rcv_ssthresh as segments come (their overhead permitting); updates rcv_mss. */
void atcp_rcvq_grow_window(struct sock *sk, const struct sk_buff *skb);
/* Initial rcv_ssthresh, window_clamp, buffer size at ESTABLISHED. */
void atcp_rcvq_init_space(struct sock *sk);

/* Less than half of the buffer is free: the window shrinks if memory is short as well. */
void atcp_rcvq_pressure(struct sock *sk);

/* Bytes of window that the free part, and the whole, of the receive buffer give. */
int atcp_rcvq_free_space(const struct sock *sk);
int atcp_rcvq_full_space(const struct sock *sk);

/* Bytes that can be read now (FIONREAD); is the FIN next? */
static inline u32 atcp_rcvq_readable(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	return READ_ONCE(as->rcv_nxt) - READ_ONCE(as->copied_seq);
}

#endif /* _ATCP_RCVQ_H */
