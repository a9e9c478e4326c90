/* SPDX-License-Identifier: GPL-2.0 */
/* recv(2) and its kin, splice(2) from a socket. */
#ifndef _ATCP_SOCKET_RECVMSG_H
#define _ATCP_SOCKET_RECVMSG_H

#include <linux/types.h>
#include <net/sock.h>

struct msghdr;
struct pipe_inode_info;
struct socket;

/* proto.recvmsg: bytes, 0 at the end, or a negative errno. */
int atcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags);

/* Parts of it: with the socket locked; times of bytes that it did not give; what TCP_INQ says. */
int atcp_recvmsg_locked(struct sock *sk, struct msghdr *msg, size_t len, int flags);
void atcp_recvmsg_stamps(struct sock *sk, struct msghdr *msg, ktime_t stamp, ktime_t stamp_hw);
int atcp_recvmsg_inq(const struct sock *sk);

/* socket/splice.c: proto_ops.read_sock, socket locked, and splice_read. */
int atcp_splice_read_sock(struct sock *sk, read_descriptor_t *desc, sk_read_actor_t actor);
ssize_t atcp_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			 size_t len, unsigned int flags);

#endif /* _ATCP_SOCKET_RECVMSG_H */
