/* SPDX-License-Identifier: GPL-2.0 */
/* MSG_ZEROCOPY: the user's pages are sent, and it is told when nobody has them any more. */
#ifndef _ATCP_SOCKET_ZEROCOPY_H
#define _ATCP_SOCKET_ZEROCOPY_H

#include <linux/types.h>

struct msghdr;
struct sock;
struct ubuf_info;

/**
 * struct atcp_zerocopy - one call's
 * @uarg: whom to tell, with a reference; NULL: nobody
 * @pages: the pages are sent, not a copy
 */
struct atcp_zerocopy {
	struct ubuf_info	*uarg;
	bool			pages;
};

/* A call of @size bytes begins. Socket locked. 0, or -ENOBUFS: too much is to be told already. */
int atcp_zerocopy_begin(struct sock *sk, const struct msghdr *msg, size_t size,
			struct atcp_zerocopy *z);

/* It ends; @sent: some of it went. */
void atcp_zerocopy_end(struct atcp_zerocopy *z, bool sent);

/* SO_ZEROCOPY, or ATCP_ZEROCOPY in its place: 0 or -EINVAL. */
int atcp_zerocopy_set(struct sock *sk, int val);
int atcp_zerocopy_get(struct sock *sk);

#endif /* _ATCP_SOCKET_ZEROCOPY_H */
