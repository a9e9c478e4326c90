/* SPDX-License-Identifier: GPL-2.0 */
/* Fast open (RFC 7413) as programs see it: connecting by sendmsg(2), and the options. */
#ifndef _ATCP_SOCKET_FASTOPEN_H
#define _ATCP_SOCKET_FASTOPEN_H

#include <linux/sockptr.h>
#include <linux/types.h>

struct msghdr;
struct sock;

/*
 * sendmsg(2) with MSG_FASTOPEN, or the first one after a connect(2) that
 * TCP_FASTOPEN_CONNECT put off: opens the connection with what it can of @msg,
 * @copied bytes, and waits unless told not to. 0: connected, or a negative
 * errno; -EINPROGRESS: the SYN is on its way. Socket locked.
 */
int atcp_fastopen_sendmsg(struct sock *sk, struct msghdr *msg, size_t size, size_t *copied);

/*
 * connect(2), all ready but for the SYN: sends it, or puts it off until there is
 * data for it. 0 or a negative errno. Socket locked.
 */
int atcp_fastopen_connect(struct sock *sk);

/* Is @sk a connection that its program may use before its SYN-ACK is acknowledged? */
bool atcp_fastopen_passive(const struct sock *sk);

/* TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE: socket locked. */
int atcp_fastopen_set_qlen(struct sock *sk, int val);
int atcp_fastopen_get_qlen(struct sock *sk);
int atcp_fastopen_set_connect(struct sock *sk, int val);
int atcp_fastopen_get_connect(struct sock *sk);
int atcp_fastopen_set_no_cookie(struct sock *sk, int val);
int atcp_fastopen_get_no_cookie(struct sock *sk);

/* TCP_FASTOPEN_KEY, 16 bytes or 32; @get gives a length in @optlen. */
int atcp_fastopen_set_key(struct sock *sk, sockptr_t optval, unsigned int optlen);
int atcp_fastopen_get_key(struct sock *sk, char __user *optval, int __user *optlen);

#endif /* _ATCP_SOCKET_FASTOPEN_H */
