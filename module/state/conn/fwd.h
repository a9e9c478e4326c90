/* SPDX-License-Identifier: GPL-2.0 */
/* What a socket was granted of memory and does not use, bytes (sk_forward_alloc). */
#ifndef _ATCP_FWD_H
#define _ATCP_FWD_H

#include <net/sock.h>

#include "state/conn/sock.h"
#include "state/shared/memcg.h"

/*
 * The kernel gives each whole page back to the machine's account as soon as an skb is freed. On a
 * connection where one segment answers another it is asked for again a moment later, four
 * times a round trip. So what is freed by an ACK, or by the reader, stays with the socket until
 * the segment or the call is done with, and up to a page for as long as an ACK is owed: the
 * answer is made of it. An idle connection has less than a page, as ever.
 */

/**
 * atcp_fwd_put() - an skb is freed; atcp_fwd_settle() follows
 * @sk: socket, locked
 * @size: what it was charged, bytes
 */
static inline void atcp_fwd_put(struct sock *sk, int size)
{
	sk_forward_alloc_add(sk, size);
}

/**
 * atcp_fwd_settle() - give back what is not needed soon
 * @sk: socket, locked
 */
static inline void atcp_fwd_settle(struct sock *sk)
{
	int left = sk->sk_forward_alloc;

	if (likely(left < (int)PAGE_SIZE) ||
	    (left < 2 * (int)PAGE_SIZE && (atcp_sk(sk)->ack_pending & ATCP_ACK_SCHED) &&
	     !atcp_memcg_pressed(sk)))
		return;
	sk_mem_reclaim(sk);
}

#endif /* _ATCP_FWD_H */
