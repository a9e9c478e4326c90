/* SPDX-License-Identifier: GPL-2.0 */
/* listen(2) and accept(2). */
#ifndef _ATCP_SOCKET_ACCEPT_H
#define _ATCP_SOCKET_ACCEPT_H

#include <linux/types.h>

struct sock;
struct socket;

/* proto_ops.listen: 0, -EINVAL, -EADDRINUSE or -ENOMEM. */
int atcp_accept_listen(struct socket *sock, int backlog);

/* proto.accept: the next connection, or NULL with *@err set. */
struct sock *atcp_accept_next(struct sock *sk, int flags, int *err, bool kern);

/* Is a connection waiting? Any context. */
bool atcp_accept_ready(const struct sock *sk);

#endif /* _ATCP_SOCKET_ACCEPT_H */
