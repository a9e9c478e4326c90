/* SPDX-License-Identifier: GPL-2.0 */
/* IPv4 options (RFC 791 section 3.1) that a socket was given go with each of its packets. */
#ifndef _ATCP_IPOPTS_H
#define _ATCP_IPOPTS_H

#include <linux/types.h>
#include <net/inet_sock.h>

struct dst_entry;
struct sk_buff;

/* The socket's options, or NULL. Under RCU or with the socket locked. */
const struct ip_options *atcp_ipopts(const struct sock *sk);

/* Bytes of them, a multiple of 4 up to 40. */
u16 atcp_ipopts_len(const struct sock *sk);

/* Where packets to @daddr go first: there, or to the first hop of a source route. */
__be32 atcp_ipopts_hop(const struct ip_options *opt, __be32 daddr);

/* Is @dst a way to the first hop of a strict source route, with no router between? */
bool atcp_ipopts_strict_ok(const struct ip_options *opt, const struct dst_entry *dst);

/* Writes @opt (may be NULL) behind the IPv4 header of a packet to @daddr in the end. */
void atcp_ipopts_write(struct sk_buff *skb, const struct ip_options *opt, __be32 daddr);

/*
 * The options of answers to a packet that has some: route and timestamps recorded so far,
 * and a source route turned round. From kzalloc(), or NULL: none, or no memory. Under RCU.
 */
struct ip_options_rcu *atcp_ipopts_echo(struct net *net, const struct sk_buff *skb);

#endif /* _ATCP_IPOPTS_H */
