// SPDX-License-Identifier: GPL-2.0
/*
 * The listener table: which listening socket a SYN is for, and SO_REUSEPORT groups.
 *
 * A bucket is for a port and an address, so that many addresses may have
 * listeners on one port; those without an address are in one for the port.
 */
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/netns/hash.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>

#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"
#include "state/shared/net.h"

#define ATCP_HASH_LISTENERS	1024U	/* buckets */

/**
 * struct atcp_hash_listen_bucket - one bucket of the listener table
 * @lock: protects @head for writers
 * @head: listening sockets, by sk_node
 */
struct atcp_hash_listen_bucket {
	spinlock_t		lock;	/* head */
	struct hlist_head	head;
};

static struct atcp_hash_listen_bucket *atcp_hash_listen_table __read_mostly;

/* How many of those in it have an address of their own, of all namespaces. */
static atomic_t atcp_hash_listen_bound __read_mostly = ATOMIC_INIT(0);

/* How many have left it, of all namespaces. */
static atomic_t atcp_hash_listen_left __read_mostly = ATOMIC_INIT(0);

/* An IPv4 address is given as a mapped one; NULL stands for any address of both families. */
static struct atcp_hash_listen_bucket *
atcp_hash_listen_bucket(const struct net *net, u16 port, const struct in6_addr *addr)
{
	u32 mix = addr ? jhash2((__force const u32 *)addr->s6_addr32, 4, port) :
			 port * GOLDEN_RATIO_32;

	return &atcp_hash_listen_table[(net_hash_mix(net) + mix) & (ATCP_HASH_LISTENERS - 1)];
}

static bool atcp_hash_listen_any_addr(const struct sock *lsk)
{
	if (lsk->sk_family == AF_INET)
		return !inet_sk(lsk)->inet_rcv_saddr;
	if (ipv6_addr_v4mapped(&lsk->sk_v6_rcv_saddr))
		return !lsk->sk_v6_rcv_saddr.s6_addr32[3];
	return ipv6_addr_any(&lsk->sk_v6_rcv_saddr);
}

/* Where @lsk is, or is to be: its address does not change while it listens. */
static struct atcp_hash_listen_bucket *atcp_hash_listen_bucket_of(const struct sock *lsk)
{
	const struct in6_addr *addr = &lsk->sk_v6_rcv_saddr;
	struct in6_addr mapped;

	if (atcp_hash_listen_any_addr(lsk)) {
		addr = NULL;
	} else if (lsk->sk_family == AF_INET) {
		ipv6_addr_set_v4mapped(inet_sk(lsk)->inet_rcv_saddr, &mapped);
		addr = &mapped;
	}
	return atcp_hash_listen_bucket(sock_net(lsk), inet_sk(lsk)->inet_num, addr);
}

/* Does @lsk2 belong into @lsk's SO_REUSEPORT group? */
static bool atcp_hash_listen_same_group(struct sock *lsk, struct sock *lsk2)
{
	return net_eq(sock_net(lsk), sock_net(lsk2)) &&
	       inet_sk(lsk)->inet_num == inet_sk(lsk2)->inet_num &&
	       lsk->sk_family == lsk2->sk_family &&
	       ipv6_only_sock(lsk) == ipv6_only_sock(lsk2) &&
	       lsk->sk_bound_dev_if == lsk2->sk_bound_dev_if &&
	       lsk2->sk_reuseport &&
	       uid_eq(READ_ONCE(lsk->sk_uid), READ_ONCE(lsk2->sk_uid)) &&
	       (lsk->sk_family == AF_INET ?
		inet_sk(lsk)->inet_rcv_saddr == inet_sk(lsk2)->inet_rcv_saddr :
		ipv6_addr_equal(&lsk->sk_v6_rcv_saddr, &lsk2->sk_v6_rcv_saddr));
}

/* Joins the kernel's group, for programs, and ours. */
static int __atcp_hash_listen_join(struct sock *lsk, struct hlist_head *head)
{
	bool any = atcp_hash_listen_any_addr(lsk);
	struct sock *sk, *other = NULL;
	int err;

	sk_for_each(sk, head) {
		if (sk != lsk && atcp_hash_listen_same_group(lsk, sk)) {
			other = sk;
			break;
		}
	}
	err = atcp_group_join(lsk, other);
	if (err)
		return err;
	err = other ? reuseport_add_sock(lsk, other, any) : reuseport_alloc(lsk, any);
	if (err)
		atcp_group_leave(lsk);
	return err;
}

/**
 * atcp_hash_listen() - put a listening socket into the listener table
 * @sk: socket in state LISTEN with its address and port; socket locked
 *
 * Return: 0, or the error of joining its SO_REUSEPORT group
 */
int atcp_hash_listen(struct sock *sk)
{
	struct atcp_hash_listen_bucket *lb;
	int err = 0;

	lb = atcp_hash_listen_bucket_of(sk);
	spin_lock_bh(&lb->lock);
	if (sk->sk_reuseport)
		err = __atcp_hash_listen_join(sk, &lb->head);
	if (!err) {
		/* Before a segment can be for it. */
		if (!atcp_hash_listen_any_addr(sk))
			atomic_inc(&atcp_hash_listen_bound);
		/* At the end: a reader who misses one that leaves meets who came before that. */
		hlist_add_tail_rcu(&sk->sk_node, &lb->head);
		ATCP_AN_INUSE(atcp_sock_net(sk), 1);
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
	}
	spin_unlock_bh(&lb->lock);
	return err;
}

/**
 * atcp_hash_unlisten() - take a listening socket out of the listener table
 * @sk: socket, still with the address and port it listened on; nothing is done
 *	when it is not in the table. Socket locked
 */
void atcp_hash_unlisten(struct sock *sk)
{
	struct atcp_hash_listen_bucket *lb;

	lb = atcp_hash_listen_bucket_of(sk);
	spin_lock_bh(&lb->lock);
	if (sk_hashed(sk)) {
		atomic_inc(&atcp_hash_listen_left);
		/* Pairs with atcp_input_find(): who misses it finds that one has left. */
		smp_mb__after_atomic();
		if (rcu_access_pointer(sk->sk_reuseport_cb))
			reuseport_detach_sock(sk);
		atcp_group_leave(sk);
		hlist_del_init_rcu(&sk->sk_node);
		if (!atcp_hash_listen_any_addr(sk))
			atomic_dec(&atcp_hash_listen_bound);
		ATCP_AN_INUSE(atcp_sock_net(sk), -1);
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
	}
	spin_unlock_bh(&lb->lock);
}

int atcp_hash_unlistened(void)
{
	return atomic_read_acquire(&atcp_hash_listen_left);
}

/* How well does a listener's address fit: -1 not, 0 as a wildcard, 1 exactly. */
static int atcp_hash_listen_score_addr(const struct sock *sk, const struct atcp_tuple *t)
{
	const struct in6_addr *own = &sk->sk_v6_rcv_saddr;
	__be32 addr = t->laddr.s6_addr32[3];
	__be32 own4 = inet_sk(sk)->inet_rcv_saddr;

	if (t->family == AF_INET6) {
		if (sk->sk_family != AF_INET6)
			return -1;
		if (ipv6_addr_any(own))
			return 0;
		return ipv6_addr_equal(own, &t->laddr) ? 1 : -1;
	}
	if (sk->sk_family == AF_INET6) {
		if (ipv6_only_sock(sk))
			return -1;
		if (ipv6_addr_any(own))
			return 0;
		if (!ipv6_addr_v4mapped(own))
			return -1;
		own4 = own->s6_addr32[3];
	}
	if (!own4)
		return 0;
	return own4 == addr ? 1 : -1;
}

/* Linux's compute_score(), with "exact before wildcard" on top. */
static int atcp_hash_listen_score(const struct sock *sk, const struct atcp_tuple *t)
{
	int bound = READ_ONCE(sk->sk_bound_dev_if);
	int score;

	if (inet_sk(sk)->inet_num != ntohs(t->lport) ||
	    !net_eq(sock_net(sk), t->net))
		return 0;
	score = atcp_hash_listen_score_addr(sk, t);
	if (score < 0 || !atcp_net_dev_eq(t->net, bound, t->dif, t->sdif))
		return 0;

	score = 1 + 8 * score;
	if (bound)
		score++;
	if (sk->sk_family == t->family)
		score++;
	if (READ_ONCE(sk->sk_incoming_cpu) == raw_smp_processor_id())
		score++;
	return score;
}

/* The tuple that a segment has for its listener, when tproxy gave it to another address. */
static void atcp_hash_listen_via(const struct atcp_tuple *t, struct atcp_tuple *chosen)
{
	const struct sock *via = t->via;

	*chosen = *t;
	chosen->lport = htons(READ_ONCE(inet_sk(via)->inet_num));
	if (via->sk_family == AF_INET6)
		chosen->laddr = via->sk_v6_rcv_saddr;
	else
		ipv6_addr_set_v4mapped(inet_sk(via)->inet_rcv_saddr, &chosen->laddr);
}

/**
 * struct atcp_hash_listen_best - the best of the listeners that were looked at
 * @any: of all
 * @open: of those that do not drain
 * @score: of @any
 * @score_open: of @open
 */
struct atcp_hash_listen_best {
	struct sock	*any;
	struct sock	*open;
	int		score;
	int		score_open;
};

static void atcp_hash_listen_search(struct atcp_hash_listen_best *best,
				    const struct in6_addr *addr, const struct atcp_tuple *t)
{
	struct atcp_hash_listen_bucket *lb;
	struct sock *sk;
	int score;

	lb = atcp_hash_listen_bucket(t->net, ntohs(t->lport), addr);
	sk_for_each_rcu(sk, &lb->head) {
		score = atcp_hash_listen_score(sk, t);
		if (score > best->score) {
			best->any = sk;
			best->score = score;
		}
		if (score > best->score_open && !atcp_listener_draining(atcp_lst(sk))) {
			best->open = sk;
			best->score_open = score;
		}
	}
}

/**
 * atcp_hash_listener_any() - the listener that fits best, or one of its group
 * @t: the segment's tuple; its hash is not looked at
 *
 * One that drains is only found when no other one fits.
 *
 * Context: under RCU
 * Return: without a reference, or NULL
 */
struct sock *atcp_hash_listener_any(const struct atcp_tuple *t)
{
	struct atcp_hash_listen_best found = {};
	struct atcp_tuple chosen;

	if (unlikely(t->via)) {
		atcp_hash_listen_via(t, &chosen);
		t = &chosen;
	}
	if (atomic_read(&atcp_hash_listen_bound))
		atcp_hash_listen_search(&found, &t->laddr, t);
	/* The worst with the address fits better than the best without one. */
	if (!found.open)
		atcp_hash_listen_search(&found, NULL, t);
	return found.open ?: found.any;
}
EXPORT_SYMBOL_GPL(atcp_hash_listener_any);

/**
 * atcp_hash_listener_member() - the one of its group that a segment is for
 * @best: atcp_hash_listener_any()
 * @t: the segment's tuple with its hash
 * @skb: segment, data at the TCP header, for reuseport programs; or NULL
 * @doff: bytes of TCP header
 *
 * Context: under RCU
 * Return: @best if it has no group; without a reference
 */
struct sock *atcp_hash_listener_member(struct sock *best, const struct atcp_tuple *t,
				       struct sk_buff *skb, int doff)
{
	struct sock *member;

	if (!best->sk_reuseport)
		return best;
	member = reuseport_select_sock(best, t->hash, skb, doff) ?: best;
	return atcp_group_open(member, t->hash);
}

/**
 * atcp_hash_listener() - the listener that a segment is for
 * @t: the segment's tuple with its hash
 * @skb: segment, data at the TCP header, for reuseport programs; or NULL
 * @doff: bytes of TCP header
 *
 * Context: under RCU
 * Return: the best one, without a reference, or NULL
 */
struct sock *atcp_hash_listener(const struct atcp_tuple *t, struct sk_buff *skb,
				int doff)
{
	struct sock *best = atcp_hash_listener_any(t);

	return best ? atcp_hash_listener_member(best, t, skb, doff) : NULL;
}

/* The @nth listener of @net in a bucket, referenced, or NULL. */
static struct sock *
atcp_hash_listen_nth(struct atcp_hash_listen_bucket *lb, const struct net *net,
		     unsigned int nth)
{
	struct sock *sk, *found = NULL;

	spin_lock_bh(&lb->lock);
	sk_for_each(sk, &lb->head) {
		if (net && !net_eq(sock_net(sk), net))
			continue;
		if (!nth--) {
			sock_hold(sk);
			found = sk;
			break;
		}
	}
	spin_unlock_bh(&lb->lock);
	return found;
}

/**
 * atcp_hash_listener_page() - a walk through the listener table, one at a time
 * @at: where it stands; moved to the listener that was found
 *
 * Context: process
 * Return: a listener, with a reference, or NULL: the table is at its end
 */
struct sock *atcp_hash_listener_page(struct atcp_hash_place *at)
{
	struct sock *sk;

	for (; at->slot < ATCP_HASH_LISTENERS; at->slot++, at->skip = 0) {
		if (hlist_empty(&atcp_hash_listen_table[at->slot].head))
			continue;
		sk = atcp_hash_listen_nth(&atcp_hash_listen_table[at->slot], NULL, at->skip);
		if (sk)
			return sk;
	}
	return NULL;
}

/**
 * atcp_hash_walk_listeners() - call a function for every listener
 * @net: only of this namespace; NULL: all
 * @fn: called with a reference held and no lock, may sleep; other than 0 ends
 *	the walk. It must not take the listener out of the table
 * @arg: its argument
 *
 * Context: process
 * Return: what @fn returned last
 */
int atcp_hash_walk_listeners(struct net *net, int (*fn)(struct sock *, void *), void *arg)
{
	unsigned int slot, nth;
	struct sock *sk;
	int ret = 0;

	for (slot = 0; slot < ATCP_HASH_LISTENERS && !ret; slot++) {
		struct atcp_hash_listen_bucket *lb = &atcp_hash_listen_table[slot];

		if (hlist_empty(&lb->head))
			continue;
		for (nth = 0; !ret; nth++) {
			sk = atcp_hash_listen_nth(lb, net, nth);
			if (!sk)
				break;
			ret = fn(sk, arg);
			sock_put(sk);
		}
	}
	return ret;
}

/**
 * atcp_hash_listen_init() - allocate the listener table
 *
 * Return: 0 or -ENOMEM
 */
int atcp_hash_listen_init(void)
{
	unsigned int i;

	atcp_hash_listen_table = kvcalloc(ATCP_HASH_LISTENERS,
					  sizeof(*atcp_hash_listen_table), GFP_KERNEL);
	if (!atcp_hash_listen_table)
		return -ENOMEM;
	for (i = 0; i < ATCP_HASH_LISTENERS; i++)
		spin_lock_init(&atcp_hash_listen_table[i].lock);
	return 0;
}

/**
 * atcp_hash_listen_exit() - free it; no socket listens any more
 */
void atcp_hash_listen_exit(void)
{
	kvfree(atcp_hash_listen_table);
}
