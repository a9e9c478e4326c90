/* SPDX-License-Identifier: GPL-2.0 */
/* A kernel TCP socket that holds a port, so that each stack knows what the other has bound. */
#ifndef _ATCP_HOLD_H
#define _ATCP_HOLD_H

#include <linux/types.h>

struct atcp_hold;
struct sock;

/* Makes one for @sk, not bound yet, with one reference. ERR_PTR() on failure. Process context. */
struct atcp_hold *atcp_hold_new(const struct sock *sk);

/* Binds it to @sk's address and @port: 0, or -EADDRINUSE. Process context. */
int atcp_hold_bind(struct atcp_hold *h, const struct sock *sk, u16 port);

/*
 * @sk listens, or does so no more: 0, or -EADDRINUSE when a kernel socket
 * listens there. atcp_hold_unlisten() may be called in any context, and does
 * nothing for a socket that is not the one that listens.
 */
int atcp_hold_listen(struct atcp_hold *h, const struct sock *sk);
void atcp_hold_unlisten(struct atcp_hold *h, const struct sock *sk);

struct atcp_hold *atcp_hold_get(struct atcp_hold *h);

/* The last put gives the port up at once and the socket a little later. Any context. */
void atcp_hold_put(struct atcp_hold *h);

/* Waits until the sockets of holds that are gone are gone too. Process context. */
void atcp_hold_flush(void);

#endif /* _ATCP_HOLD_H */
