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

/*
 * Puts an early skb into the out-of-order tree; takes it over. True: the peer should hear of it
 * now, for it came twice, or there are more ranges than it can be expected to hear of later.
 */
bool atcp_rcvq_ofo_insert(struct sock *sk, struct sk_buff *skb);

/* Moves what has become in order from the tree to the queue. True if a FIN became due. */
bool atcp_rcvq_ofo_drain(struct sock *sk);

/* What state/conn/rcvmem.c does to the tree: the next in it, and taking one out. */
struct sk_buff *atcp_rcvq_ofo_next(struct sk_buff *skb);
void atcp_rcvq_ofo_erase(struct atcp_sock *as, struct sk_buff *skb);
/* Charges @sk for @skb. */
void atcp_rcvq_own(struct sock *sk, struct sk_buff *skb);
/* @to has taken bytes of @from: when the last came, for SO_TIMESTAMP. */
void atcp_rcvq_stamp(struct sk_buff *to, const struct sk_buff *from);

/* Frees an skb that was read up; the second one for who calls atcp_fwd_settle(), then. */
void atcp_rcvq_eat(struct sock *sk, struct sk_buff *skb);
void atcp_rcvq_read_up(struct sock *sk, struct sk_buff *skb);

/* What is in the tree goes, and with it what SACKs say of it. */
void atcp_rcvq_ofo_purge(struct sock *sk);

/* Empties both. */
void atcp_rcvq_purge(struct sock *sk);

/* Bytes that can be read now (FIONREAD); is the FIN next? */
static inline u32 atcp_rcvq_readable(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	return READ_ONCE(as->rcv_nxt) - READ_ONCE(as->copied_seq);
}

#endif /* _ATCP_RCVQ_H */
