/* SPDX-License-Identifier: GPL-2.0 */
/* SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST: where a redirected connection was meant to go. */
#ifndef _ATCP_SOCKET_ORIGDST_H
#define _ATCP_SOCKET_ORIGDST_H

#include <linux/in.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <net/sock.h>

/* Is it one of the two, at its level? An IPv6 socket has both, its peer may be v4-mapped. */
static inline bool atcp_origdst_asked(const struct sock *sk, int level, int optname)
{
	return (level == SOL_IP && optname == SO_ORIGINAL_DST) ||
	       (level == SOL_IPV6 && optname == IP6T_SO_ORIGINAL_DST &&
		sk->sk_family == AF_INET6);
}

/* getsockopt(2): 0 with a sockaddr_in or sockaddr_in6; -ENOENT: conntrack knows nothing of it. */
int atcp_origdst_get(struct sock *sk, int level, char __user *optval, int __user *optlen);

#endif /* _ATCP_SOCKET_ORIGDST_H */
