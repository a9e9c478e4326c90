// SPDX-License-Identifier: GPL-2.0
/*
 * SO_REUSEPORT groups: which of the listeners of one address gets a connection.
 *
 * The kernel's own group (sock_reuseport) is there for BPF programs, for
 * SO_INCOMING_CPU and for the choice by hash, which are made when the SYN comes.
 * Ours is beside it, of the same members: it knows their queues, so it can choose
 * when the handshake is complete, leave out those that drain, and outlive a
 * member that closes, whose connections others take over.
 *
 * Readers are under RCU. The array of members changes in place: one more is
 * written before it is counted, and the last one takes the place of one that
 * leaves, so a reader may meet a member twice or miss one, but every pointer is
 * that of a listener (SOCK_RCU_FREE: good until the reader is done). All changes
 * are made under the lock of the listener table's bucket: the members are of one
 * port, so in one bucket.
 *
 * A member keeps its pointer to the group when it leaves, as long as it exists
 * or until it listens again. The group is freed with the last such pointer.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>

#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/listen/synq.h"

#define ATCP_GROUP_FIRST	8U	/* members there is room for at first */
#define ATCP_GROUP_MAX		32768U	/* as the kernel's groups */
#define ATCP_GROUP_SCAN		256U	/* members that one choice looks at */

/**
 * struct atcp_group_set - the members of a group
 * @rcu: frees it when a larger one has taken its place
 * @max: room for so many
 * @nr: members; written after what it counts
 * @sk: listeners, without references: they leave before they are freed
 */
struct atcp_group_set {
	struct rcu_head	rcu;
	u32		max;
	u32		nr;
	struct sock	*sk[];
};

/**
 * struct atcp_group - listeners of one address and one user with SO_REUSEPORT
 * @ref: one for each listener that points here
 * @rcu: frees it
 * @turn: index of the member that was chosen last, for those policies that take turns
 * @overflow_at: as atcp_synq.overflow_at, of all members
 * @set: the members
 */
struct atcp_group {
	refcount_t			ref;
	struct rcu_head			rcu;
	atomic_t			turn;
	unsigned long			overflow_at;
	struct atcp_group_set __rcu	*set;
};

static struct atcp_group_set *atcp_group_set_alloc(unsigned int max)
{
	struct atcp_group_set *set;

	set = kzalloc(struct_size(set, sk, max), GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (set)
		set->max = max;
	return set;
}

static struct atcp_group *atcp_group_alloc(void)
{
	struct atcp_group *g = kzalloc(sizeof(*g), GFP_ATOMIC | __GFP_ACCOUNT);
	struct atcp_group_set *set;

	if (!g)
		return NULL;
	set = atcp_group_set_alloc(ATCP_GROUP_FIRST);
	if (!set) {
		kfree(g);
		return NULL;
	}
	RCU_INIT_POINTER(g->set, set);
	refcount_set(&g->ref, 1);
	atomic_set(&g->turn, -1);
	g->overflow_at = jiffies - 24 * 3600 * HZ;
	return g;
}

static void atcp_group_free_rcu(struct rcu_head *head)
{
	struct atcp_group *g = container_of(head, struct atcp_group, rcu);

	kfree(rcu_dereference_protected(g->set, true));
	kfree(g);
}

static void atcp_group_unref(struct atcp_group *g)
{
	if (refcount_dec_and_test(&g->ref))
		call_rcu(&g->rcu, atcp_group_free_rcu);
}

/* The set with room for one more. Under the bucket's lock. */
static struct atcp_group_set *atcp_group_grow(struct atcp_group *g)
{
	struct atcp_group_set *old = rcu_dereference_protected(g->set, true);
	struct atcp_group_set *set;

	if (old->nr < old->max)
		return old;
	if (old->max >= ATCP_GROUP_MAX)
		return NULL;
	set = atcp_group_set_alloc(2 * old->max);
	if (!set)
		return NULL;
	set->nr = old->nr;
	memcpy(set->sk, old->sk, old->nr * sizeof(old->sk[0]));
	rcu_assign_pointer(g->set, set);
	kfree_rcu(old, rcu);
	return set;
}

/* @other began to listen without SO_REUSEPORT, and has it now: it is the first of its group. */
static int atcp_group_found(struct sock *other)
{
	struct atcp_group *g = atcp_group_alloc();
	struct atcp_group_set *set;

	if (!g)
		return -ENOMEM;
	set = rcu_dereference_protected(g->set, true);
	set->sk[0] = other;
	set->nr = 1;
	rcu_assign_pointer(atcp_lst(other)->group, g);
	return 0;
}

int atcp_group_join(struct sock *lsk, struct sock *other)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_group_set *set;
	struct atcp_group *g;

	if (other) {
		if (!rcu_access_pointer(atcp_lst(other)->group) && atcp_group_found(other))
			return -ENOMEM;
		g = rcu_dereference_protected(atcp_lst(other)->group, true);
		refcount_inc(&g->ref);
	} else {
		g = atcp_group_alloc();
		if (!g)
			return -ENOMEM;
	}
	set = atcp_group_grow(g);
	if (!set) {
		atcp_group_unref(g);
		return -ENOMEM;
	}
	WRITE_ONCE(set->sk[set->nr], lsk);
	/* Pairs with atcp_group_get(). */
	smp_store_release(&set->nr, set->nr + 1);
	rcu_assign_pointer(l->group, g);
	return 0;
}

void atcp_group_leave(struct sock *lsk)
{
	struct atcp_group *g = rcu_dereference_protected(atcp_lst(lsk)->group, true);
	struct atcp_group_set *set;
	u32 i;

	if (!g)
		return;
	set = rcu_dereference_protected(g->set, true);
	for (i = 0; i < set->nr; i++) {
		if (set->sk[i] != lsk)
			continue;
		WRITE_ONCE(set->sk[i], set->sk[set->nr - 1]);
		WRITE_ONCE(set->nr, set->nr - 1);
		return;
	}
}

void atcp_group_put(struct atcp_listener *l)
{
	struct atcp_group *g = rcu_dereference_protected(l->group, true);

	if (!g)
		return;
	RCU_INIT_POINTER(l->group, NULL);
	atcp_group_unref(g);
}

/* The group of @l and its members now, at least one; NULL: there are none. */
static struct atcp_group *atcp_group_get(const struct atcp_listener *l,
					 const struct atcp_group_set **setp, u32 *nr)
{
	struct atcp_group *g = rcu_dereference(l->group);
	const struct atcp_group_set *set;

	if (!g)
		return NULL;
	set = rcu_dereference(g->set);
	/* Pairs with atcp_group_join(): what is counted is there. */
	*nr = smp_load_acquire(&set->nr);
	*setp = set;
	return *nr ? g : NULL;
}

static struct sock *atcp_group_member(const struct atcp_group_set *set, u32 i)
{
	return READ_ONCE(set->sk[i]);
}

/* May @sk be given something? */
static bool atcp_group_is_open(const struct sock *sk)
{
	return inet_sk_state_load(sk) == TCP_LISTEN && !atcp_listener_draining(atcp_lst(sk));
}

static bool atcp_group_has_room(const struct sock *sk)
{
	return atcp_group_is_open(sk) && !atcp_acceptq_full(sk);
}

struct sock *atcp_group_open(struct sock *lsk, u32 hash)
{
	const struct atcp_group_set *set;
	struct sock *sk;
	u32 nr, i, k;

	if (likely(!atcp_listener_draining(atcp_lst(lsk))) ||
	    !atcp_group_get(atcp_lst(lsk), &set, &nr))
		return lsk;
	/* By other bits than the kernel's choice, so that no neighbour gets all of them. */
	i = reciprocal_scale(hash * GOLDEN_RATIO_32, nr);
	for (k = min(nr, ATCP_GROUP_SCAN); k; k--) {
		sk = atcp_group_member(set, i);
		if (atcp_group_is_open(sk))
			return sk;
		i = i + 1 < nr ? i + 1 : 0;
	}
	return lsk;
}

/* Exactly in turn, those left out that drain or have no room. */
static struct sock *atcp_group_pick_rr(struct atcp_group *g,
				       const struct atcp_group_set *set, u32 nr)
{
	int turn = atomic_read(&g->turn);
	u32 i = turn, k;

	for (k = min(nr, ATCP_GROUP_SCAN); k; k--) {
		struct sock *sk;

		i = i + 1 < nr ? i + 1 : 0;
		sk = atcp_group_member(set, i);
		if (!atcp_group_has_room(sk))
			continue;
		if (atomic_try_cmpxchg(&g->turn, &turn, i))
			return sk;
		/* Another CPU took this turn: on from there. */
		i = turn;
	}
	return NULL;
}

/* The member that asked for this CPU by SO_INCOMING_CPU, else the CPU's by number. */
static struct sock *atcp_group_pick_cpu(const struct atcp_group_set *set, u32 nr)
{
	int cpu = raw_smp_processor_id();
	struct sock *sk;
	u32 i, k;

	for (i = 0; i < min(nr, ATCP_GROUP_SCAN); i++) {
		sk = atcp_group_member(set, i);
		if (READ_ONCE(sk->sk_incoming_cpu) == cpu && atcp_group_has_room(sk))
			return sk;
	}
	i = cpu % nr;
	for (k = min(nr, ATCP_GROUP_SCAN); k; k--) {
		sk = atcp_group_member(set, i);
		if (atcp_group_has_room(sk))
			return sk;
		i = i + 1 < nr ? i + 1 : 0;
	}
	return NULL;
}

/* Connections that wait for @sk's program, the parked too. */
static u32 atcp_group_load(const struct sock *sk)
{
	return READ_ONCE(sk->sk_ack_backlog) + READ_ONCE(atcp_lst(sk)->acceptq.parked);
}

/* The shortest queue; of several the next in turn, so that idle ones share too. */
static struct sock *atcp_group_pick_least(struct atcp_group *g,
					  const struct atcp_group_set *set, u32 nr)
{
	u32 i = atomic_read(&g->turn), k, load, least = U32_MAX, at = 0;
	struct sock *sk, *best = NULL;

	for (k = min(nr, ATCP_GROUP_SCAN); k; k--) {
		i = i + 1 < nr ? i + 1 : 0;
		sk = atcp_group_member(set, i);
		load = atcp_group_load(sk);
		if (load < least && atcp_group_has_room(sk)) {
			best = sk;
			least = load;
			at = i;
			if (!load)
				break;
		}
	}
	if (best)
		atomic_set(&g->turn, at);
	return best;
}

/* Two at random, and the one with the shorter queue of them. */
static struct sock *atcp_group_pick_p2c(const struct atcp_group_set *set, u32 nr)
{
	u64 dice = get_random_u64();
	u32 i = reciprocal_scale((u32)dice, nr);
	u32 j = reciprocal_scale(dice >> 32, nr - 1);
	struct sock *a, *b;

	if (j >= i)
		j++;
	a = atcp_group_member(set, i);
	b = atcp_group_member(set, j);
	if (!atcp_group_has_room(a))
		return atcp_group_has_room(b) ? b : NULL;
	if (!atcp_group_has_room(b))
		return a;
	return atcp_group_load(b) < atcp_group_load(a) ? b : a;
}

/* Does a BPF program choose for this group? */
static bool atcp_group_has_prog(const struct sock *lsk)
{
	const struct sock_reuseport *reuse = rcu_dereference(lsk->sk_reuseport_cb);

	return reuse && rcu_access_pointer(reuse->prog);
}

/*
 * The group, if the policy chooses among its members when the handshake is complete;
 * a BPF program has chosen already, and so has the hash.
 */
static struct atcp_group *atcp_group_balanced(const struct sock *lsk, int *policy,
					      const struct atcp_group_set **set, u32 *nr)
{
	const struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_group *g;

	if (!rcu_access_pointer(l->group))
		return NULL;
	*policy = atcp_knob(l, ATCP_KNOB_BALANCE);
	if (*policy == ATCP_BALANCE_HASH)
		return NULL;
	g = atcp_group_get(l, set, nr);
	return g && *nr > 1 && !atcp_group_has_prog(lsk) ? g : NULL;
}

struct sock *atcp_group_pick(struct sock *lsk)
{
	const struct atcp_group_set *set;
	struct sock *sk = NULL;
	struct atcp_group *g;
	int policy;
	u32 nr;

	g = atcp_group_balanced(lsk, &policy, &set, &nr);
	if (!g)
		return lsk;
	switch (policy) {
	case ATCP_BALANCE_RR:
		sk = atcp_group_pick_rr(g, set, nr);
		break;
	case ATCP_BALANCE_CPU:
		sk = atcp_group_pick_cpu(set, nr);
		break;
	case ATCP_BALANCE_P2C:
		sk = atcp_group_pick_p2c(set, nr);
		fallthrough;
	case ATCP_BALANCE_LEAST:
		/* Both of two had no room: then whoever has. */
		sk = sk ?: atcp_group_pick_least(g, set, nr);
		break;
	}
	return sk ?: lsk;
}

bool __atcp_group_full(struct sock *lsk)
{
	const struct atcp_group_set *set;
	int policy;
	u32 nr, i;

	if (!atcp_group_balanced(lsk, &policy, &set, &nr))
		return true;
	for (i = 0; i < min(nr, ATCP_GROUP_SCAN); i++)
		if (atcp_group_has_room(atcp_group_member(set, i)))
			return false;
	return true;
}

struct sock *atcp_group_taker(struct sock *lsk)
{
	struct sock *sk;

	if (!atcp_acceptq_full(lsk))
		return lsk;
	sk = atcp_group_pick(lsk);
	return sk != lsk ? sk : NULL;
}

struct sock *atcp_group_waiting(struct sock *lsk)
{
	const struct atcp_group_set *set;
	struct sock *sk;
	int policy;
	u32 nr, i;

	if (!atcp_group_balanced(lsk, &policy, &set, &nr))
		return NULL;
	for (i = 0; i < min(nr, ATCP_GROUP_SCAN); i++) {
		sk = atcp_group_member(set, i);
		if (sk != lsk && READ_ONCE(atcp_lst(sk)->acceptq.parked))
			return sk;
	}
	return NULL;
}

/* 0: there is room; 1: more than the limit, but less than twice; 2: no more. */
static unsigned int atcp_group_level(u32 len, u32 limit)
{
	if (len <= limit)
		return 0;
	return len / 2 <= limit ? 1 : 2;
}

/* How unfit is @sk to inherit: 0 the best, 4 and more not at all. */
static unsigned int atcp_group_unfit(const struct sock *sk, enum atcp_group_room room)
{
	const struct atcp_listener *l = atcp_lst(sk);
	unsigned int a, s;

	if (inet_sk_state_load(sk) != TCP_LISTEN)
		return 4;
	a = atcp_group_level(READ_ONCE(sk->sk_ack_backlog),
			     READ_ONCE(sk->sk_max_ack_backlog));
	s = atcp_group_level(atomic_read(&l->synq.qlen), atcp_knob(l, ATCP_KNOB_SYN_BACKLOG));
	switch (room) {
	case ATCP_GROUP_ACCEPTQ:
		break;
	case ATCP_GROUP_SYNQ:
		a = s;
		break;
	case ATCP_GROUP_PARK:
		if (a)
			a = max(s, 1U);
		break;
	}
	return 2 * a + atcp_listener_draining(atcp_lst(sk));
}

/*
 * Limits hold for heirs as far as they can: one with room goes first, and when
 * none has any a queue may grow to twice its limit. What is inherited is
 * connections that peers believe in: to reset them is the last resort.
 */
struct sock *atcp_group_heir(const struct sock *lsk, u32 hash, enum atcp_group_room room)
{
	const struct atcp_listener *l = atcp_lst(lsk);
	unsigned int unfit, least = 4;
	const struct atcp_group_set *set;
	struct sock *sk, *best = NULL;
	struct atcp_group *g;
	u32 nr, i, k;

	g = atcp_group_get(l, &set, &nr);
	if (!g)
		return NULL;
	if (atcp_knob(l, ATCP_KNOB_BALANCE) == ATCP_BALANCE_HASH)
		i = reciprocal_scale(hash, nr);
	else
		i = (u32)atomic_inc_return(&g->turn) % nr;
	for (k = min(nr, ATCP_GROUP_SCAN); k; k--) {
		sk = atcp_group_member(set, i);
		unfit = atcp_group_unfit(sk, room);
		if (unfit < least) {
			best = sk;
			least = unfit;
			if (!unfit)
				break;
		}
		i = i + 1 < nr ? i + 1 : 0;
	}
	return best;
}

void atcp_group_overflowed(const struct atcp_listener *l, unsigned long now)
{
	struct atcp_group *g;

	rcu_read_lock();
	g = rcu_dereference(l->group);
	if (g)
		WRITE_ONCE(g->overflow_at, now);
	rcu_read_unlock();
}

bool atcp_group_overflow_at(const struct atcp_listener *l, unsigned long *at)
{
	struct atcp_group *g;

	rcu_read_lock();
	g = rcu_dereference(l->group);
	if (g)
		*at = READ_ONCE(g->overflow_at);
	rcu_read_unlock();
	return g;
}

bool atcp_group_by_bpf(const struct atcp_listener *l)
{
	bool prog;

	rcu_read_lock();
	prog = atcp_group_has_prog(l->sk);
	rcu_read_unlock();
	return prog;
}

unsigned int atcp_group_size(const struct atcp_listener *l)
{
	const struct atcp_group_set *set;
	u32 nr = 0;

	rcu_read_lock();
	if (!atcp_group_get(l, &set, &nr))
		nr = 0;
	rcu_read_unlock();
	return nr;
}
