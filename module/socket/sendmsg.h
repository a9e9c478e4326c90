/* SPDX-License-Identifier: GPL-2.0 */
/* send(2) and its kin, sendfile(2), splice(2) to a socket. */
#ifndef _ATCP_SOCKET_SENDMSG_H
#define _ATCP_SOCKET_SENDMSG_H

#include <linux/types.h>

struct msghdr;
struct page;
struct sock;
struct socket;

/* proto.sendmsg. */
int atcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);

/* proto_ops.sendmsg_locked: the same with the socket locked. */
int atcp_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size);

/* proto.sendpage, of kernels that have it. */
int atcp_sendmsg_page(struct sock *sk, struct page *page, int offset, size_t size, int flags);

/* proto.splice_eof: no more comes, MSG_MORE or not. */
void atcp_sendmsg_splice_eof(struct socket *sock);

#endif /* _ATCP_SOCKET_SENDMSG_H */
