/* SPDX-License-Identifier: GPL-2.0 */
/* What sockets, requests and TIME_WAITs have in common: a place in the connection table. */
#ifndef _ATCP_NODE_H
#define _ATCP_NODE_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/list_nulls.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct net;
struct sock;

/**
 * enum atcp_kind - what a node of the connection table is part of
 * @ATCP_KIND_SOCK: a struct atcp_sock
 * @ATCP_KIND_REQ: a struct atcp_req (SYN-RECEIVED of a passive open)
 * @ATCP_KIND_TW: a struct atcp_tw (TIME-WAIT, orphaned FIN-WAIT-2, tombstone)
 */
enum atcp_kind {
	ATCP_KIND_SOCK,
	ATCP_KIND_REQ,
	ATCP_KIND_TW,
};

/**
 * struct atcp_node - link in the connection table
 *
 * What it is part of may become another of its kind at once when it is freed, so readers may
 * stand on it then (state/shared/hash.c): @hn, @hash and @kind are written by the table and when
 * the memory is new, by nobody else.
 *
 * @hn: chain of the bucket; written under the bucket's lock, read under RCU
 * @hash: hash of the tuple, kept so that unlinking need not compute it
 * @kind: enum atcp_kind; never changes
 * @u0: free for the owner's use; never changes once it is in the table. Of a socket: its memory
 *	is a struct atcp_sock_slab6
 * @family: AF_INET or AF_INET6, of the packets (a v4-mapped peer is AF_INET)
 * @u1: free for the owner's use (a request's flags, a TIME_WAIT's substate)
 * @u2: free for the owner's use (a request's retransmission count)
 * @u3: free for the owner's use (a request's share of its queue)
 */
struct atcp_node {
	struct hlist_nulls_node	hn;
	u32			hash;
	u8			kind : 2;
	u8			u0 : 2;
	u8			family : 4;
	u8			u1;
	u8			u2;
	u8			u3;
};

/**
 * struct atcp_mini - common part of the small objects (requests, TIME_WAITs)
 * @node: link in the connection table
 * @wn: slot of the timing wheel, under the wheel's lock; the wheel holds a
 *	reference while linked
 * @rcu: of one that is not used again at once (a request), when @wn is unused
 * @expires: jiffies (low 32 bits) of the next event
 * @ref: references; RCU readers take one with refcount_inc_not_zero()
 * @raddr: peer's address, IPv4 as v4-mapped
 * @laddr: local address, IPv4 as v4-mapped
 * @rport: peer's port
 * @lport: local port
 * @ifindex: device the flow is bound to (sk_bound_dev_if, or the device of a
 *	link-local peer), 0 for none
 */
struct atcp_mini {
	struct atcp_node	node;
	union {
		struct hlist_node	wn;
		struct rcu_head		rcu;
	};
	u32			expires;
	refcount_t		ref;
	struct in6_addr		raddr;
	struct in6_addr		laddr;
	__be16			rport;
	__be16			lport;
	int			ifindex;
};

/**
 * struct atcp_tuple - what a segment is looked up by
 * @net: namespace
 * @raddr: peer (a received segment's source), IPv4 as v4-mapped
 * @laddr: local (its destination)
 * @rport: peer's port
 * @lport: local port
 * @dif: device it came in on
 * @sdif: the VRF's device, or 0
 * @family: AF_INET or AF_INET6
 * @hash: atcp_hash_tuple() of the rest, device left out
 * @via: whose address and port the listener is looked for by, if not by @laddr and @lport:
 *	a tproxy's choice (state/listen/decoy.h), or NULL. Under RCU
 */
struct atcp_tuple {
	struct net		*net;
	struct in6_addr		raddr;
	struct in6_addr		laddr;
	__be16			rport;
	__be16			lport;
	int			dif;
	int			sdif;
	u8			family;
	u32			hash;
	const struct sock	*via;
};

#endif /* _ATCP_NODE_H */
