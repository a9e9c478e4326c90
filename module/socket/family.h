/* SPDX-License-Identifier: GPL-2.0 */
/* The doors: AF_ATCP, and IPPROTO_ATCP in AF_INET and AF_INET6. */
#ifndef _ATCP_SOCKET_FAMILY_H
#define _ATCP_SOCKET_FAMILY_H

#include <linux/types.h>

struct net;
struct sock;

/* How many sockets of IPv4, or of IPv6, are in the tables of connections and listeners. */
int atcp_family_inuse(struct net *net, bool v6);

/* Makes an AF_INET socket of an AF_INET6 one with an IPv4 peer. Locked. 0 or -EBUSY. */
int atcp_family_to_v4(struct sock *sk);

/* @family: address family number of the first door. 0 or a negative errno. */
int atcp_family_init(int family);
void atcp_family_exit(void);

#endif /* _ATCP_SOCKET_FAMILY_H */
