/* SPDX-License-Identifier: GPL-2.0 */
/* The IPv6 half of output/route.c, for that file alone. */
#ifndef _ATCP_ROUTE6_H
#define _ATCP_ROUTE6_H

#include <linux/types.h>

struct atcp_req;
struct dst_entry;
struct sk_buff;
struct sock;
struct sockaddr_in6;

/* connect(2) to an IPv4 peer, whatever the socket's family. */
int atcp_route_connect4(struct sock *sk, __be32 daddr, __be16 dport);

/* connect(2) to an IPv6 peer, or a v4-mapped one; errors as tcp_v6_connect(). */
int atcp_route6_connect(struct sock *sk, struct sockaddr_in6 *sin6, int addr_len);
/* Bytes that the socket's IPv6 options take in every packet. */
u16 atcp_route6_opt_len(const struct sock *sk);
/* The route of a request's SYN-ACK; NULL: none. */
struct dst_entry *atcp_route6_req(const struct sock *lsk, const struct atcp_req *req);
/* Sends a segment of a request by @dst (consumed): 0 or -errno, @skb is gone. */
int atcp_route6_xmit_req(const struct sock *lsk, const struct atcp_req *req,
			 struct dst_entry *dst, struct sk_buff *skb);

/* The IPv6 part of a clone of an IPv6 listener; and the route of one with an IPv6 peer. */
void atcp_route6_child_init(const struct sock *lsk, struct sock *child);
void atcp_route6_child(const struct sock *lsk, struct sock *child,
		       struct dst_entry *dst);

#endif /* _ATCP_ROUTE6_H */
