/* SPDX-License-Identifier: GPL-2.0 */
/* The connection table: every 4-tuple that atcp has, whatever its state; and the listener table. */
#ifndef _ATCP_HASH_H
#define _ATCP_HASH_H

#include "state/shared/node.h"

struct sk_buff;
struct sock;
struct seq_file;

int atcp_hash_init(unsigned int entries);
void atcp_hash_exit(void);

/* Fills t->hash from the rest of @t. */
void atcp_hash_tuple(struct atcp_tuple *t);

/*
 * Finds the node of an exact tuple and takes a reference to what it is part of
 * (sk_refcnt or atcp_mini.ref), or returns NULL. Caller is under RCU.
 */
struct atcp_node *atcp_hash_lookup(const struct atcp_tuple *t);

/* Gives back that reference, whatever @node is part of. */
void atcp_hash_put(struct atcp_node *node);

/*
 * Inserts @node with tuple @t unless the tuple is taken.
 * @twp: NULL, or where a TIME_WAIT in the way may be handed back referenced
 * (-EADDRNOTAVAIL is returned and nothing inserted).
 * Returns 0, -EADDRNOTAVAIL (taken by a TIME_WAIT) or -EEXIST.
 * A socket's sk_daddr, sk_rcv_saddr (v4 and v6 fields) and ports are set before.
 */
int atcp_hash_insert(struct atcp_node *node, const struct atcp_tuple *t,
		     struct atcp_node **twp);

/* Puts @new into @old's place; false if @old is no longer in the table. */
bool atcp_hash_replace(struct atcp_node *old, struct atcp_node *new);

/* Unlinks @node; false if it was not linked. Does not touch references. */
bool atcp_hash_remove(struct atcp_node *node);

static inline bool atcp_hash_linked(const struct atcp_node *node)
{
	return !hlist_nulls_unhashed_lockless(&node->hn);
}

/* Fills @t from a hashed or about-to-be-hashed socket (sk_v6_daddr etc.). */
void atcp_hash_sock_tuple(const struct sock *sk, struct atcp_tuple *t);

/*
 * Listener table, keyed by namespace and local port; written under the bucket's
 * lock, read under RCU; listeners are SOCK_RCU_FREE.
 * atcp_hash_listen() also adds the socket to its SO_REUSEPORT group.
 */
int atcp_hash_listen_init(void);	/* both by atcp_hash_init() and _exit() */
void atcp_hash_listen_exit(void);
int atcp_hash_listen(struct sock *sk);
void atcp_hash_unlisten(struct sock *sk);

/* Grows when a listener leaves the table, of whatever namespace. */
int atcp_hash_unlistened(void);

/*
 * Best listener for @t by Linux's compute_score (address, device, family),
 * through its reuseport group when it has one. No reference is taken: the
 * caller is under RCU. @skb (data at the TCP header, @doff bytes of it) is for
 * reuseport BPF programs and may be NULL.
 */
struct sock *atcp_hash_listener(const struct atcp_tuple *t, struct sk_buff *skb,
				int doff);

/* The same in two steps: the first needs no hash of @t. */
struct sock *atcp_hash_listener_any(const struct atcp_tuple *t);
struct sock *atcp_hash_listener_member(struct sock *best, const struct atcp_tuple *t,
				       struct sk_buff *skb, int doff);

/*
 * Walks: fn is called for each node or listener of @net (NULL: all) with a
 * reference held and no lock but RCU dropped, so it may sleep. Stops when fn
 * returns non-zero, and returns that.
 */
int atcp_hash_walk(struct net *net, int (*fn)(struct atcp_node *, void *), void *arg);
int atcp_hash_walk_listeners(struct net *net, int (*fn)(struct sock *, void *), void *arg);

/**
 * struct atcp_hash_place - a place in the connection table, for a walk in parts
 * @slot: bucket
 * @skip: so many of its nodes are behind; what atcp_hash_page() gave is added by who
 *	has done with it
 */
struct atcp_hash_place {
	unsigned int	slot;
	unsigned int	skip;
};

unsigned int atcp_hash_page(struct atcp_hash_place *at,
			    bool (*want)(const struct atcp_node *, const void *),
			    const void *arg, struct atcp_node **nodes, unsigned int max);

/* The listener of any namespace at a place of the listener table or behind it, referenced. */
struct sock *atcp_hash_listener_page(struct atcp_hash_place *at);

/* The namespace of what a node is part of. */
struct net *atcp_hash_net(const struct atcp_node *node);

/* Number of buckets of the connection table. */
unsigned int atcp_hash_size(void);

#endif /* _ATCP_HASH_H */
