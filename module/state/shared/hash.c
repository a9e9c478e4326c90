// SPDX-License-Identifier: GPL-2.0
/*
 * The connection table: every 4-tuple that atcp has.
 *
 * Readers run under RCU without a lock. They meet three changes: a node that
 * leaves its chain (it keeps its next pointer, so the reader goes on, and loses
 * its back pointer, so that the reader can tell); a node that another takes the
 * place of (the same, and the reader that already stands on the old one has to
 * look again, or it would find neither); and a node that enters another chain
 * while a reader stands on it, and leads the reader there: the end of each chain
 * says which it is. In all three the reader begins again, a few times at most.
 *
 * A node is led astray so because its memory is used again without a grace period:
 * a socket's for a socket, a request's for a request, a TIME_WAIT's for a
 * TIME_WAIT (SLAB_TYPESAFE_BY_RCU, or what comes to the same). So nothing of a
 * node is believed but its hash and kind until there is a reference, and no
 * reference is had of one that is not in use.
 *
 * What is in the table has at least one reference while it is linked: that of a
 * socket's owner, or for requests and TIME_WAITs one of the table's own.
 */
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rculist_nulls.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/netns/hash.h>
#include <net/sock.h>

#include "proto/mix.h"
#include "state/conn/sock.h"
#include "state/listen/req.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"
#include "state/shared/net.h"
#include "state/shared/twq.h"

#define ATCP_HASH_MIN		256U
#define ATCP_HASH_MAX		(1024U * 1024)
#define ATCP_HASH_RETRIES	4	/* of a lookup that a writer disturbed */
#define ATCP_HASH_BATCH		32	/* nodes that a walk holds on its stack */

static struct hlist_nulls_head *atcp_hash_buckets __read_mostly;
static spinlock_t *atcp_hash_locks __read_mostly;
static unsigned int atcp_hash_mask __read_mostly;
static unsigned int atcp_hash_lock_mask __read_mostly;
static struct atcp_mix_key atcp_hash_key __read_mostly;

static struct hlist_nulls_head *atcp_hash_bucket(u32 hash)
{
	return &atcp_hash_buckets[hash & atcp_hash_mask];
}

static spinlock_t *atcp_hash_lock(u32 hash)
{
	return &atcp_hash_locks[hash & atcp_hash_lock_mask];
}

/**
 * atcp_hash_tuple() - fill in a tuple's hash
 * @t: tuple; everything but @hash is set
 *
 * The namespace's number, which is random, is laid over the ports: a flow shares its
 * hash with at most one of each other namespace, and who does not know both numbers
 * cannot tell which.
 */
void atcp_hash_tuple(struct atcp_tuple *t)
{
	u32 ports = (__force u32)t->rport << 16 | (__force u32)t->lport;
	u32 mix = net_hash_mix(t->net);

	u64 addrs;

	if (likely(t->family == AF_INET))
		addrs = (u64)(__force u32)t->raddr.s6_addr32[3] << 32 |
			(__force u32)t->laddr.s6_addr32[3];
	else
		addrs = atcp_mix_2u64(atcp_mix_addr(&t->raddr, &atcp_hash_key),
				      atcp_mix_addr(&t->laddr, &atcp_hash_key), &atcp_hash_key);
	t->hash = atcp_mix_2u64(addrs, ports ^ mix, &atcp_hash_key) >> 32;
}
EXPORT_SYMBOL_GPL(atcp_hash_tuple);

/**
 * atcp_hash_sock_tuple() - the tuple of a socket
 * @sk: socket with its addresses and ports set
 * @t: filled, its hash too; the device is the one the socket is bound to
 */
void atcp_hash_sock_tuple(const struct sock *sk, struct atcp_tuple *t)
{
	const struct inet_sock *inet = inet_sk(sk);

	t->net = sock_net(sk);
	t->rport = inet->inet_dport;
	t->lport = htons(inet->inet_num);
	t->dif = sk->sk_bound_dev_if;
	t->sdif = 0;
	if (sk->sk_family == AF_INET) {
		ipv6_addr_set_v4mapped(inet->inet_daddr, &t->raddr);
		ipv6_addr_set_v4mapped(inet->inet_rcv_saddr, &t->laddr);
		t->family = AF_INET;
	} else {
		t->raddr = sk->sk_v6_daddr;
		t->laddr = sk->sk_v6_rcv_saddr;
		t->family = ipv6_addr_v4mapped(&t->raddr) ? AF_INET : AF_INET6;
	}
	atcp_hash_tuple(t);
}

static struct sock *atcp_hash_sk(const struct atcp_node *node)
{
	return atcp_sock_sk(atcp_sock_of((struct atcp_node *)node));
}

static struct atcp_mini *atcp_hash_mini(const struct atcp_node *node)
{
	return container_of(node, struct atcp_mini, node);
}

struct net *atcp_hash_net(const struct atcp_node *node)
{
	switch (node->kind) {
	case ATCP_KIND_SOCK:
		return sock_net(atcp_hash_sk(node));
	case ATCP_KIND_REQ:
		return sock_net(container_of(node, struct atcp_req, mini.node)->lsk);
	default:
		return container_of(node, struct atcp_tw, mini.node)->net;
	}
}

static bool atcp_hash_match_sk(const struct sock *sk, const struct atcp_tuple *t)
{
	/*
	 * disconnect() clears these of a socket that has just left the table, when a
	 * reader may still look: found or not, that is as good as a moment before or after.
	 */
	return data_race(inet_sk(sk)->inet_dport == t->rport &&
			 inet_sk(sk)->inet_num == ntohs(t->lport) &&
			 ipv6_addr_equal(&sk->sk_v6_daddr, &t->raddr) &&
			 ipv6_addr_equal(&sk->sk_v6_rcv_saddr, &t->laddr)) &&
	       net_eq(sock_net(sk), t->net) &&
	       atcp_net_dev_eq(t->net, READ_ONCE(sk->sk_bound_dev_if), t->dif, t->sdif);
}

static bool atcp_hash_match_mini(const struct atcp_node *node,
				 const struct atcp_tuple *t)
{
	const struct atcp_mini *m = atcp_hash_mini(node);

	return m->rport == t->rport && m->lport == t->lport &&
	       ipv6_addr_equal(&m->raddr, &t->raddr) &&
	       ipv6_addr_equal(&m->laddr, &t->laddr) &&
	       net_eq(atcp_hash_net(node), t->net) &&
	       atcp_net_dev_eq(t->net, m->ifindex, t->dif, t->sdif);
}

static bool atcp_hash_match(const struct atcp_node *node,
			    const struct atcp_tuple *t)
{
	if (READ_ONCE(node->hash) != t->hash)
		return false;
	if (node->kind == ATCP_KIND_SOCK)
		return atcp_hash_match_sk(atcp_hash_sk(node), t);
	return atcp_hash_match_mini(node, t);
}

static bool atcp_hash_get(struct atcp_node *node)
{
	if (node->kind == ATCP_KIND_SOCK)
		return refcount_inc_not_zero(&atcp_hash_sk(node)->sk_refcnt);
	return refcount_inc_not_zero(&atcp_hash_mini(node)->ref);
}

void atcp_hash_put(struct atcp_node *node)
{
	switch (node->kind) {
	case ATCP_KIND_SOCK:
		sock_put(atcp_hash_sk(node));
		break;
	case ATCP_KIND_REQ:
		atcp_req_put(atcp_req_of(node));
		break;
	default:
		atcp_twq_put(atcp_tw_of(node));
	}
}
EXPORT_SYMBOL_GPL(atcp_hash_put);

/* One look along the chain. *@again: a writer was in the way, look once more. */
static struct atcp_node *atcp_hash_find(const struct atcp_tuple *t, bool *again)
{
	u32 slot = t->hash & atcp_hash_mask;
	struct hlist_nulls_node *pos;
	struct atcp_node *node;
	bool linked;

	*again = true;
	hlist_nulls_for_each_entry_rcu(node, pos, &atcp_hash_buckets[slot], hn) {
		/*
		 * The hash, all 32 bits of it, is as good as the tuple to choose by.
		 * The tuple counts when it cannot change any more: with a reference,
		 * and linked.
		 */
		if (READ_ONCE(node->hash) != t->hash)
			continue;
		if (!atcp_hash_get(node))
			return NULL;
		/* Nothing of a life before this reference is read below. */
		smp_acquire__after_ctrl_dep();
		linked = atcp_hash_linked(node);
		if (likely(linked && atcp_hash_match(node, t)))
			return node;
		/* RCU keeps it a node, and its way on, beyond this. */
		atcp_hash_put(node);
		if (!linked)
			return NULL;
	}
	/* Another chain's end: some node on the way has moved there. */
	*again = get_nulls_value(pos) != slot;
	return NULL;
}

/**
 * atcp_hash_lookup() - what a segment belongs to
 * @t: the segment's tuple with its hash
 *
 * Context: under RCU
 * Return: the node, with a reference to the object it is part of, or NULL
 */
struct atcp_node *atcp_hash_lookup(const struct atcp_tuple *t)
{
	struct atcp_node *node;
	int tries = ATCP_HASH_RETRIES;
	bool again;

	do {
		node = atcp_hash_find(t, &again);
	} while (unlikely(!node && again && --tries));
	return node;
}
EXPORT_SYMBOL_GPL(atcp_hash_lookup);

/* The device a node's owner is bound to. */
static int atcp_hash_ifindex(const struct atcp_node *node)
{
	if (node->kind == ATCP_KIND_SOCK)
		return atcp_hash_sk(node)->sk_bound_dev_if;
	return atcp_hash_mini(node)->ifindex;
}

static void atcp_hash_count(const struct atcp_node *node, int n)
{
	struct sock *sk;

	if (node->kind != ATCP_KIND_SOCK)
		return;
	sk = atcp_hash_sk(node);
	ATCP_AN_INUSE(atcp_sock_net(sk), n);
	/* For /proc/net/protocols. */
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, n);
}

static struct atcp_node *__atcp_hash_taken(const struct atcp_tuple *t)
{
	struct hlist_nulls_node *pos;
	struct atcp_node *node;

	hlist_nulls_for_each_entry(node, pos, atcp_hash_bucket(t->hash), hn)
		if (atcp_hash_match(node, t))
			return node;
	return NULL;
}

/**
 * atcp_hash_insert() - put a node into the table unless its tuple is taken
 * @node: node, not linked
 * @t: its tuple with the hash; a tuple that is bound to another device does
 *	not conflict
 * @twp: NULL, or where to put a TIME_WAIT that is in the way, referenced
 *
 * Return: 0, -EADDRNOTAVAIL (taken by a TIME_WAIT) or -EEXIST
 */
int atcp_hash_insert(struct atcp_node *node, const struct atcp_tuple *t,
		     struct atcp_node **twp)
{
	spinlock_t *lock = atcp_hash_lock(t->hash);
	struct atcp_tuple own = *t;
	struct atcp_node *other;
	int err = 0;

	own.dif = atcp_hash_ifindex(node);
	own.sdif = 0;

	spin_lock_bh(lock);
	other = __atcp_hash_taken(&own);
	if (other) {
		err = other->kind == ATCP_KIND_TW ? -EADDRNOTAVAIL : -EEXIST;
		if (twp && err == -EADDRNOTAVAIL)
			*twp = atcp_hash_get(other) ? other : NULL;
	} else {
		WRITE_ONCE(node->hash, t->hash);
		node->family = t->family;
		hlist_nulls_add_head_rcu(&node->hn, atcp_hash_bucket(t->hash));
		atcp_hash_count(node, 1);
	}
	spin_unlock_bh(lock);
	return err;
}

/* @old's next pointer stays, for readers that stand on it. */
static void __atcp_hash_swap(struct hlist_nulls_node *old, struct hlist_nulls_node *new)
{
	struct hlist_nulls_node *next = old->next;

	WRITE_ONCE(new->next, next);
	WRITE_ONCE(new->pprev, old->pprev);
	/* Its hash, and what it is part of, come before it. */
	rcu_assign_pointer(*(struct hlist_nulls_node __rcu **)new->pprev, new);
	if (!is_a_nulls(next))
		WRITE_ONCE(next->pprev, &new->next);
	WRITE_ONCE(old->pprev, NULL);
}

/**
 * atcp_hash_replace() - put one node into another's place
 * @old: node that leaves the table
 * @new: node of the same tuple, not linked
 *
 * A reader finds either the one or the other.
 *
 * Return: false: @old is not in the table any more, and @new not put in
 */
bool atcp_hash_replace(struct atcp_node *old, struct atcp_node *new)
{
	spinlock_t *lock = atcp_hash_lock(old->hash);
	bool linked;

	spin_lock_bh(lock);
	linked = atcp_hash_linked(old);
	if (linked) {
		WRITE_ONCE(new->hash, old->hash);
		new->family = old->family;
		__atcp_hash_swap(&old->hn, &new->hn);
		atcp_hash_count(old, -1);
		atcp_hash_count(new, 1);
	}
	spin_unlock_bh(lock);
	return linked;
}

/**
 * atcp_hash_remove() - take a node out of the table
 * @node: node; may be out already
 *
 * Return: true: this call took it out (of several callers one wins)
 */
bool atcp_hash_remove(struct atcp_node *node)
{
	spinlock_t *lock = atcp_hash_lock(READ_ONCE(node->hash));
	bool linked;

	if (!atcp_hash_linked(node))
		return false;
	spin_lock_bh(lock);
	linked = atcp_hash_linked(node);
	if (linked) {
		hlist_nulls_del_init_rcu(&node->hn);
		atcp_hash_count(node, -1);
	}
	spin_unlock_bh(lock);
	return linked;
}

/**
 * atcp_hash_page() - the next part of the connection table
 * @at: from where on; moved to what is behind the nodes that were found
 * @want: which nodes, asked under the bucket's lock
 * @arg: its argument
 * @nodes: filled with references, of one bucket
 * @max: room for so many
 *
 * What comes and goes between two calls may be missed, or seen twice if its bucket
 * was left in the middle.
 *
 * Context: process
 * Return: how many; 0: the table is at its end
 */
unsigned int atcp_hash_page(struct atcp_hash_place *at,
			    bool (*want)(const struct atcp_node *, const void *),
			    const void *arg, struct atcp_node **nodes, unsigned int max)
{
	struct hlist_nulls_node *pos;
	unsigned int n = 0, i;
	struct atcp_node *node;

	for (; at->slot <= atcp_hash_mask; at->slot++, at->skip = 0) {
		if (!(at->slot & 1023))
			cond_resched();
		if (hlist_nulls_empty(&atcp_hash_buckets[at->slot]))
			continue;
		i = 0;
		spin_lock_bh(atcp_hash_lock(at->slot));
		hlist_nulls_for_each_entry(node, pos, &atcp_hash_buckets[at->slot], hn) {
			if (!want(node, arg) || i++ < at->skip)
				continue;
			if (n == max)
				break;
			if (atcp_hash_get(node))
				nodes[n++] = node;
		}
		spin_unlock_bh(atcp_hash_lock(at->slot));
		if (n)
			return n;
	}
	return 0;
}

/*
 * References to the nodes of one bucket that are of @net, into @nodes, at most
 * @max. Returns how many there are.
 */
static unsigned int atcp_hash_collect(unsigned int slot, const struct net *net,
				      struct atcp_node **nodes, unsigned int max)
{
	spinlock_t *lock = atcp_hash_lock(slot);
	struct hlist_nulls_node *pos;
	struct atcp_node *node;
	unsigned int n = 0;

	if (hlist_nulls_empty(&atcp_hash_buckets[slot]))
		return 0;
	spin_lock_bh(lock);
	hlist_nulls_for_each_entry(node, pos, &atcp_hash_buckets[slot], hn) {
		if (net && !net_eq(atcp_hash_net(node), net))
			continue;
		if (n < max) {
			if (!atcp_hash_get(node))
				continue;
			nodes[n] = node;
		}
		n++;
	}
	spin_unlock_bh(lock);
	return n;
}

/* Calls @fn (may be NULL) until it objects, and gives all references back. */
static int atcp_hash_visit(struct atcp_node **nodes, unsigned int n,
			   int (*fn)(struct atcp_node *, void *), void *arg)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n; i++) {
		if (fn && !ret)
			ret = fn(nodes[i], arg);
		atcp_hash_put(nodes[i]);
	}
	return ret;
}

/* A bucket that the stack does not hold; its length may change meanwhile. */
static int atcp_hash_walk_long(unsigned int slot, struct net *net, unsigned int n,
			       int (*fn)(struct atcp_node *, void *), void *arg)
{
	struct atcp_node **nodes;
	int ret;

	nodes = kvmalloc_array(n, sizeof(*nodes), GFP_KERNEL);
	if (!nodes)
		return -ENOMEM;
	n = min(n, atcp_hash_collect(slot, net, nodes, n));
	ret = atcp_hash_visit(nodes, n, fn, arg);
	kvfree(nodes);
	return ret;
}

/**
 * atcp_hash_walk() - call a function for everything in the connection table
 * @net: only what is of this namespace; NULL: all
 * @fn: called with a reference held and no lock, may sleep and may take the
 *	node out of the table; other than 0 ends the walk
 * @arg: its argument
 *
 * What comes and goes during the walk may be missed; nothing is seen twice but
 * what leaves the table and enters it again.
 *
 * Context: process
 * Return: what @fn returned last, or -ENOMEM
 */
int atcp_hash_walk(struct net *net, int (*fn)(struct atcp_node *, void *), void *arg)
{
	struct atcp_node *nodes[ATCP_HASH_BATCH];
	unsigned int slot, n;
	int ret = 0;

	for (slot = 0; slot <= atcp_hash_mask && !ret; slot++) {
		n = atcp_hash_collect(slot, net, nodes, ATCP_HASH_BATCH);
		if (likely(n <= ATCP_HASH_BATCH)) {
			ret = atcp_hash_visit(nodes, n, fn, arg);
		} else {
			/* Hand these back and take all of them at once. */
			atcp_hash_visit(nodes, ATCP_HASH_BATCH, NULL, NULL);
			ret = atcp_hash_walk_long(slot, net, n, fn, arg);
		}
		if (!(slot & 1023))
			cond_resched();
	}
	return ret;
}

/**
 * atcp_hash_size() - number of buckets of the connection table
 */
unsigned int atcp_hash_size(void)
{
	return atcp_hash_mask + 1;
}

/*
 * One bucket for 16 KiB of memory, 2048th of it. Linux's tcp_ehash has an eighth of
 * that; here SYN queues of a million are to have chains of a few.
 */
static unsigned int atcp_hash_auto_size(void)
{
	return min_t(unsigned long, totalram_pages() >> (14 - PAGE_SHIFT),
		     ATCP_HASH_MAX);
}

static int atcp_hash_alloc_locks(void)
{
	unsigned int i, n;

	n = roundup_pow_of_two(clamp(num_possible_cpus() * 64, 256U, 8192U));
	n = min(n, atcp_hash_size());
	atcp_hash_locks = kvmalloc_array(n, sizeof(*atcp_hash_locks), GFP_KERNEL);
	if (!atcp_hash_locks)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		spin_lock_init(&atcp_hash_locks[i]);
	atcp_hash_lock_mask = n - 1;
	return 0;
}

/**
 * atcp_hash_init() - allocate the tables
 * @entries: buckets of the connection table, rounded up to a power of two and
 *	limited; 0: by the machine's memory
 *
 * Return: 0 or -ENOMEM
 */
int atcp_hash_init(unsigned int entries)
{
	unsigned int slot;

	entries = clamp(entries ?: atcp_hash_auto_size(), ATCP_HASH_MIN, ATCP_HASH_MAX);
	entries = roundup_pow_of_two(entries);
	get_random_bytes(&atcp_hash_key, sizeof(atcp_hash_key));
	atcp_hash_mask = entries - 1;
	atcp_hash_buckets = kvmalloc_array(entries, sizeof(*atcp_hash_buckets), GFP_KERNEL);
	if (!atcp_hash_buckets)
		return -ENOMEM;
	for (slot = 0; slot < entries; slot++)
		INIT_HLIST_NULLS_HEAD(&atcp_hash_buckets[slot], slot);
	if (atcp_hash_alloc_locks())
		goto err_buckets;
	if (atcp_hash_listen_init())
		goto err_locks;
	return 0;

err_locks:
	kvfree(atcp_hash_locks);
err_buckets:
	kvfree(atcp_hash_buckets);
	return -ENOMEM;
}

/**
 * atcp_hash_exit() - free the tables; everything has left them
 */
void atcp_hash_exit(void)
{
	atcp_hash_listen_exit();
	kvfree(atcp_hash_locks);
	kvfree(atcp_hash_buckets);
}
