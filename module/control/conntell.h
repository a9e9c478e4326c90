/* SPDX-License-Identifier: GPL-2.0 */
/* What /proc and sock_diag both say of a socket: its queues and its timer. */
#ifndef _ATCP_CONTROL_CONNTELL_H
#define _ATCP_CONTROL_CONNTELL_H

#include <linux/types.h>

struct sock;

/* Which timer runs: the kernel's numbers in /proc/net/tcp and in struct inet_diag_msg. */
#define ATCP_CONNTELL_NONE	0
#define ATCP_CONNTELL_RTX	1
#define ATCP_CONNTELL_KEEP	2
#define ATCP_CONNTELL_TW	3
#define ATCP_CONNTELL_PROBE	4

/**
 * struct atcp_conntell - a socket's queues and its timer
 * @tx: bytes not acknowledged; of a listener: the accept queue's limit
 * @rx: bytes not read; of a listener: the accept queue's length
 * @timer: ATCP_CONNTELL_*
 * @when: jiffies until it fires
 * @retries: retransmissions without an answer
 * @probes: probes without an answer
 */
struct atcp_conntell {
	u32	tx;
	u32	rx;
	int	timer;
	long	when;
	u32	retries;
	u32	probes;
};

/* Fills @t from @sk, which is not locked: it may mix values of two moments. */
void atcp_conntell_sock(const struct sock *sk, struct atcp_conntell *t);

#endif /* _ATCP_CONTROL_CONNTELL_H */
