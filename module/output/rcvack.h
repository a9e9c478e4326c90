/* SPDX-License-Identifier: GPL-2.0 */
/* When what was received is acknowledged. Socket locked. */
#ifndef _ATCP_RCVACK_H
#define _ATCP_RCVACK_H

#include "state/conn/sock.h"

/* Of atcp_rcvack_quick(): at the start, after a pause, and for what should not have come */
#define ATCP_RCVACK_QUICK_MAX	16

/* The next @max segments, or as many as half a window has, are acknowledged at once. */
void atcp_rcvack_incr(struct atcp_sock *as, unsigned int max);
/* The same, and the connection is interactive no more. */
void atcp_rcvack_quick(struct atcp_sock *as, unsigned int max);

/* After a segment was dealt with: the ACK that is owed goes now, or later. */
void atcp_rcvack_check(struct sock *sk);
/* A FIN has come, before the state says so: its ACK is owed. */
void atcp_rcvack_fin(struct sock *sk);
/* A program took @copied bytes, 0: none. */
void atcp_rcvack_read(struct sock *sk, int copied);
/* A program wants the ACK of what was read (TCP_QUICKACK). */
void atcp_rcvack_flush(struct sock *sk);
/* A program found nothing more and is about to sleep. */
void atcp_rcvack_sleep(struct sock *sk);
/* An ACK is on its way; before atcp_timer_stop_delack(). */
void atcp_rcvack_sent(struct sock *sk);

/* The delayed-ACK timer, and that of ACKs with SACK, fired. */
void atcp_rcvack_timeout(struct sock *sk);
void atcp_rcvack_sack_timeout(struct sock *sk);

#endif /* _ATCP_RCVACK_H */
