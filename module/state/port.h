/* SPDX-License-Identifier: GPL-2.0 */
/* Who has which local port: atcp's own bind table, and the kernel TCP's table beside it. */
#ifndef _ATCP_PORT_H
#define _ATCP_PORT_H

#include <linux/types.h>

struct atcp_tw;
struct net;
struct sock;

int atcp_port_init(void);
void atcp_port_exit(void);

/*
 * proto.get_port: binds @sk to @snum (0: chosen), by Linux's rules for
 * SO_REUSEADDR and SO_REUSEPORT among atcp's own sockets and, through a kernel
 * TCP socket bound to the same address that is held as long as the port,
 * against the kernel's. 0 or a negative errno (-EADDRINUSE, -ENOMEM).
 */
int atcp_port_get(struct sock *sk, unsigned short snum);

/* Checks again for listen(2), when @sk no longer shares: 0 or -EADDRINUSE. Before TCP_LISTEN is set. */
int atcp_port_listen(struct sock *sk);

/* Undoes atcp_port_listen()'s claim when the listener closes and others stay on the port. */
void atcp_port_unlisten(struct sock *sk);

/* Gives the port up (any context). */
void atcp_port_put(struct sock *sk);

/* A child shares its listener's port (softirq). 0 or -ENOMEM. */
int atcp_port_inherit(const struct sock *lsk, struct sock *child);

/*
 * For connect(2) with addresses and the remote port set: picks a local port if
 * there is none (RFC 6056 algorithm 3, atcp's own range, checked against the
 * kernel's tables) and puts @sk into the connection table.
 * 0, -EADDRNOTAVAIL, -ENOMEM.
 */
int atcp_port_connect(struct sock *sk);

/* A TIME_WAIT stays on @sk's port (called before @sk gives it up), and leaves it. */
void atcp_port_tw_add(struct atcp_tw *tw, struct sock *sk);
void atcp_port_tw_del(struct atcp_tw *tw);

/* Has anything of atcp's @port (host order) in @net? Under RCU; for input that fits no socket. */
bool atcp_port_owned(const struct net *net, u16 port);

/* Waits until held kernel sockets that were given up are released (module and netns exit). */
void atcp_port_flush(void);

#endif /* _ATCP_PORT_H */
