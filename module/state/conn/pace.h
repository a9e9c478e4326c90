/* SPDX-License-Identifier: GPL-2.0 */
/* Who holds back, and is told when to go on: by a timer, or when the device has sent. */
#ifndef _ATCP_PACE_H
#define _ATCP_PACE_H

#include <linux/types.h>

struct sock;

/* Bits of atcp_sock.tsq */
#define ATCP_TSQ_THROTTLED	0	/* more waits for what is below to be sent */
#define ATCP_TSQ_QUEUED		1	/* on a CPU's list of those that may go on */

int atcp_pace_init(void);
void atcp_pace_exit(void);

/* Of a new socket, and of one that ends. */
void atcp_pace_init_sock(struct sock *sk);
void atcp_pace_stop(struct sock *sk);

/* Goes on at atcp_sock.wstamp_ns. Socket locked. */
void atcp_pace_arm(struct sock *sk);

/*
 * sock_wfree() has taken an skb off sk_wmem_alloc: who waits for that goes on soon. Any
 * context; @sk has a reference or bytes in sk_wmem_alloc.
 */
void atcp_pace_freed(struct sock *sk);

#endif /* _ATCP_PACE_H */
