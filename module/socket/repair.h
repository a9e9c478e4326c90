/* SPDX-License-Identifier: GPL-2.0 */
/* TCP_REPAIR: a connection is taken down to numbers and bytes, and built of them elsewhere. */
#ifndef _ATCP_REPAIR_H
#define _ATCP_REPAIR_H

#include <linux/sockptr.h>
#include <linux/tcp.h>
#include <linux/types.h>

struct msghdr;
struct sock;

/* Is it one of the options that follow? */
static inline bool atcp_repair_asked(int optname)
{
	switch (optname) {
	case TCP_REPAIR:
	case TCP_REPAIR_QUEUE:
	case TCP_QUEUE_SEQ:
	case TCP_REPAIR_OPTIONS:
	case TCP_REPAIR_WINDOW:
		return true;
	default:
		return false;
	}
}

/* setsockopt(2) and getsockopt(2) of these; socket not locked. */
int atcp_repair_set(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen);
int atcp_repair_get(struct sock *sk, int optname, char __user *optval, int __user *optlen);

/* connect(2) with addresses, port and route known: no SYN, it is established. 0 or -errno. */
int atcp_repair_connect(struct sock *sk);

/*
 * send(2) of @msg (NULL: sendfile(2)), and recv(2). True: as ever, but that what is put into the
 * send queue is taken for sent; false: it is done, and @ret is what the call returns.
 */
bool atcp_repair_send(struct sock *sk, struct msghdr *msg, int *ret);
bool atcp_repair_recv(struct sock *sk, struct msghdr *msg, int flags, int *ret);

#endif /* _ATCP_REPAIR_H */
