/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May a socket's filter cut segments short, or only drop them?
 *
 * A filter that cuts a segment makes the peer send the rest again, for ever if it wants.
 * Linux lets nobody attach one to a TCP socket who has no CAP_NET_ADMIN over the
 * namespace. SO_ATTACH_FILTER is an option of the socket layer's, which asks IPPROTO_TCP
 * alone for it and tells us nothing; so a filter's power is decided when it is first
 * seen: by who makes the next call on the socket, and until then by who made the socket.
 */
#ifndef _ATCP_SOCKFILTER_H
#define _ATCP_SOCKFILTER_H

#include <linux/capability.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "state/conn/sock.h"

static inline bool atcp_sockfilter_admin(const struct sock *sk)
{
	return ns_capable_noaudit(sock_net(sk)->user_ns, CAP_NET_ADMIN);
}

/* @sk has a new owner, the current task: its maker, or who accepted it. */
static inline void atcp_sockfilter_own(struct sock *sk)
{
	WRITE_ONCE(atcp_sk(sk)->filter_maker, atcp_sockfilter_admin(sk));
}

/* A call on @sk: process context, with or without its lock. */
static inline void atcp_sockfilter_see(struct sock *sk)
{
	const void *filter = rcu_access_pointer(sk->sk_filter);
	struct atcp_sock *as = atcp_sk(sk);

	if (likely(READ_ONCE(as->filter_seen) == filter))
		return;
	WRITE_ONCE(as->filter_cuts, atcp_sockfilter_admin(sk));
	/* Who sees this filter sees what it may. */
	smp_store_release(&as->filter_seen, filter);
}

/* Bytes that @sk's filter has to leave of @skb, whose TCP header has @doff. */
static inline unsigned int atcp_sockfilter_cap(const struct sock *sk, const struct sk_buff *skb,
					       unsigned int doff)
{
	const struct atcp_sock *as = atcp_sk(sk);
	const void *filter = rcu_access_pointer(sk->sk_filter);
	bool cuts;

	if (likely(!filter))
		return doff;
	/* Pairs with the release of who saw it. */
	cuts = smp_load_acquire(&as->filter_seen) == filter ? READ_ONCE(as->filter_cuts) :
							      READ_ONCE(as->filter_maker);
	return cuts ? doff : skb->len;
}

#endif /* _ATCP_SOCKFILTER_H */
