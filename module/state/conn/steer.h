/* SPDX-License-Identifier: GPL-2.0 */
/* Which algorithm steers a connection's window: who chooses it, and what it is told at first. */
#ifndef _ATCP_STEER_H
#define _ATCP_STEER_H

#include <linux/types.h>

struct dst_entry;
struct sock;

/* A new socket: the namespace's choice. */
void atcp_steer_init(struct sock *sk);

/* A child: its listener's if TCP_CONGESTION has chosen that, else the namespace's. */
void atcp_steer_child(const struct sock *lsk, struct sock *child);

/* A new connection has its route: that may name one, and leave the user no say. */
void atcp_steer_route(struct sock *sk, const struct dst_entry *dst);

/* Its handshake is over: what the path is like, and whether there is ECN. */
void atcp_steer_begin(struct sock *sk);

/*
 * TCP_CONGESTION, by a user with CAP_NET_ADMIN over the namespace or not. A module is asked for
 * if need be. Returns 0, -ENOENT: no such one, -EPERM: not by this user, or the route has chosen.
 */
int atcp_steer_user(struct sock *sk, const char *name, bool admin);

/* Congestion state as of a new connection, with the same algorithm and the present MSS. */
void atcp_steer_restart(struct sock *sk);

/* The socket ends. */
void atcp_steer_release(struct sock *sk);

#endif /* _ATCP_STEER_H */
