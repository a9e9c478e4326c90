/* SPDX-License-Identifier: GPL-2.0 */
/* poll, select and epoll; SO_RCVLOWAT; the ioctls that ask how much is queued. */
#ifndef _ATCP_SOCKET_POLL_H
#define _ATCP_SOCKET_POLL_H

#include <linux/poll.h>

struct file;
struct sock;
struct socket;

/* proto_ops.poll, with tcp_poll()'s bits. */
__poll_t atcp_poll_mask(struct file *file, struct socket *sock, poll_table *wait);

/* proto.stream_memory_free: may more be written (TCP_NOTSENT_LOWAT)? */
bool atcp_poll_memory_free(const struct sock *sk, int wake);

/* proto_ops.set_rcvlowat and peek_len. */
int atcp_poll_set_rcvlowat(struct sock *sk, int val);
int atcp_poll_peek_len(struct socket *sock);

/* SIOCINQ's: bytes that can be read up to the urgent mark. Socket locked. */
int atcp_poll_inq(const struct sock *sk);

/* SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK: 0, -EINVAL or -ENOIOCTLCMD. */
int atcp_poll_ioctl(struct sock *sk, int cmd, int *answer);

#endif /* _ATCP_SOCKET_POLL_H */
