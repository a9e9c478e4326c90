/* SPDX-License-Identifier: GPL-2.0 */
/* setsockopt(2) and getsockopt(2) at levels IPPROTO_TCP, SOL_ATCP, and IP's own. */
#ifndef _ATCP_SOCKET_SOCKOPT_H
#define _ATCP_SOCKET_SOCKOPT_H

#include <linux/sockptr.h>
#include <linux/types.h>

struct sock;
union atcp_compat_tcp_info;

/* proto.setsockopt and getsockopt. */
int atcp_sockopt_set(struct sock *sk, int level, int optname, sockptr_t optval,
		     unsigned int optlen);
int atcp_sockopt_get(struct sock *sk, int level, int optname, char __user *optval,
		     int __user *optlen);

/* socket/info.c: TCP_INFO. */
void atcp_info_fill(struct sock *sk, union atcp_compat_tcp_info *all);

#endif /* _ATCP_SOCKET_SOCKOPT_H */
