/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a connection: close(2), shutdown(2), disconnect, FINs, orphans. */
#ifndef _ATCP_CLOSE_H
#define _ATCP_CLOSE_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/* proto.close: lingers up to @timeout jiffies. Process context. */
void atcp_close(struct sock *sk, long timeout);
/* proto.diag_destroy (ss -K): reset, and @err for the program. Process context. 0 or -ENOENT. */
int atcp_close_destroy(struct sock *sk, int err);
/*
 * Locks @sk as a segment does (BH off), for who has closed it: its user is gone, but who
 * looks at it or destroys it from outside may have it for a moment, and is waited for.
 */
void atcp_close_lock(struct sock *sk) __acquires(&sk->sk_lock.slock);
/* proto.shutdown. Socket locked. */
void atcp_close_shutdown(struct sock *sk, int how);
/* proto.disconnect: back to CLOSE; a listener stops listening. Socket locked. */
int atcp_close_disconnect(struct sock *sk, int flags);

/* The peer's FIN has become due (RFC 9293 3.10.7.4, eighth). Socket locked. */
void atcp_close_fin_rcvd(struct sock *sk);
/*
 * Our FIN was acknowledged: FIN-WAIT-1, CLOSING, LAST-ACK go on. @more: by a segment
 * that has text or a FIN as well. True: @sk is done.
 */
bool atcp_close_fin_acked(struct sock *sk, bool more);
/* Life of an orphan in FIN-WAIT-2, jiffies; < 0: none. At least 3.5 RTO. */
int atcp_close_fin_time(const struct sock *sk);
/* A connection that ends in @state without FINs is to be reset (RFC 9293 3.10.5). */
bool atcp_close_need_reset(int state);
/* A valid RST arrived. */
void atcp_close_rst_rcvd(struct sock *sk);
/* Enters TIME-WAIT (or an orphan's FIN-WAIT-2) for @timeout jiffies; @sk is done then. */
void atcp_close_time_wait(struct sock *sk, u8 state, unsigned long timeout);

#endif /* _ATCP_CLOSE_H */
