/* SPDX-License-Identifier: GPL-2.0 */
/* TCP_MD5SIG and TCP_MD5SIG_EXT as programs set them. */
#ifndef _ATCP_MD5OPT_H
#define _ATCP_MD5OPT_H

#include <linux/sockptr.h>

struct sock;

/* setsockopt(2) of @optname, one of the two; socket not locked. */
int atcp_md5opt_set(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen);

#endif /* _ATCP_MD5OPT_H */
