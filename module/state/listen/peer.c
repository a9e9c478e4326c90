// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that were seen alive.
 *
 * A peer that acknowledged one of our initial sequence numbers is there: nobody
 * can do so with a source address that is not his. That is remembered for an
 * hour, with the round trip time and what connections have learned of the path
 * (proto/metrics.c), in a cache of fixed size and without a lock:
 *
 * - a set of 8 peers is chosen by a keyed hash of the address, of IPv6 of its /64
 *   only: whoever has a whole network to prove himself from displaces nobody but
 *   his neighbours. Within the set the peer not heard of for longest gives way;
 * - each cell has a sequence counter. A writer that finds another at work goes
 *   away, since what it has to say is said again by the next handshake; a reader
 *   that finds one takes the peer for unknown.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/in6.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <net/ipv6.h>

#include "state/listen/peer.h"

/**
 * struct atcp_peer - one peer
 * @seq: odd while the rest is being written
 * @seen: seconds of the monotonic clock at its last handshake, plus one; 0: free
 * @srtt_us: smoothed round trip time, 0 for unknown
 * @learned: seconds at which a connection last wrote @metrics, plus one; 0: none has
 * @addr: its address, IPv4 mapped
 * @metrics: what its connections have learned of the path
 */
struct atcp_peer {
	atomic_t	seq;
	u32		seen;
	u32		srtt_us;
	u32		learned;
	struct in6_addr	addr;
	struct atcp_metrics metrics;
} __aligned(64);

/**
 * struct atcp_peer_set - where a peer may be
 * @way: any of these
 */
struct atcp_peer_set {
	struct atcp_peer way[ATCP_PEER_WAYS];
};

#define ATCP_PEER_SETS	(4096 / sizeof(struct atcp_peer_set))	/* of a page */

static u32 atcp_peer_hash(const struct atcp_peers *p, const struct in6_addr *addr)
{
	const __be32 *w = addr->s6_addr32;
	u64 net = (u64)(__force u32)w[0] << 32 | (__force u32)w[1];
	u64 host = ipv6_addr_v4mapped(addr) ? (__force u32)w[3] : 0;

	return atcp_mix_2u64(net, host, &p->key) >> 32;
}

/* The set of @addr, or NULL where none of its page was ever proven. */
static struct atcp_peer_set *atcp_peer_set(const struct atcp_peers *p,
					   const struct in6_addr *addr, void ***slot)
{
	u32 hash = atcp_peer_hash(p, addr);
	void *const *where = &p->page[hash % ATCP_PEER_PAGES];
	struct atcp_peer_set *sets;

	/* Pairs with the cmpxchg() that puts a page there: it is zeroed. */
	sets = smp_load_acquire(where);
	if (slot)
		*slot = (void **)where;
	return sets ? &sets[hash / ATCP_PEER_PAGES % ATCP_PEER_SETS] : NULL;
}

/* The same for a writer: makes the page. NULL: no memory. */
static struct atcp_peer_set *atcp_peer_set_make(struct atcp_peers *p,
						const struct in6_addr *addr)
{
	struct atcp_peer_set *set;
	unsigned long page;
	void **slot;

	set = atcp_peer_set(p, addr, &slot);
	if (likely(set))
		return set;
	page = get_zeroed_page(GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!page)
		return NULL;
	/* Another CPU may have been first. */
	if (cmpxchg(slot, NULL, (void *)page))
		free_page(page);
	return atcp_peer_set(p, addr, NULL);
}

static u32 atcp_peer_age(const struct atcp_peer *peer, u32 now)
{
	u32 seen = READ_ONCE(peer->seen);

	/* Another CPU's second may be the next already. */
	return !seen ? U32_MAX : max_t(s32, now + 1 - seen, 0);
}

/* Where @addr is, or is to go. */
static struct atcp_peer *atcp_peer_choose(struct atcp_peer_set *set,
					  const struct in6_addr *addr, u32 now)
{
	struct atcp_peer *oldest = &set->way[0];
	unsigned int i;

	for (i = 0; i < ATCP_PEER_WAYS; i++) {
		struct atcp_peer *peer = &set->way[i];
		/* Half of an address is another peer's at worst: data_race(). */
		bool same = data_race(ipv6_addr_equal(&peer->addr, addr));

		if (READ_ONCE(peer->seen) && same)
			return peer;
		if (atcp_peer_age(peer, now) > atcp_peer_age(oldest, now))
			oldest = peer;
	}
	return oldest;
}

u32 atcp_peer_smooth(u32 srtt_us, u32 rtt_us)
{
	if (!rtt_us)
		return srtt_us;
	if (!srtt_us)
		return rtt_us;
	/* RFC 6298's eighth, for connections instead of segments. */
	return max_t(u32, srtt_us - srtt_us / 8 + rtt_us / 8, 1);
}

/* The cell is the caller's to write until atcp_peer_end(); false: it is another's. */
static bool atcp_peer_begin(struct atcp_peer *peer, int *seq)
{
	*seq = atomic_read(&peer->seq);
	if (*seq & 1 || atomic_cmpxchg_acquire(&peer->seq, *seq, *seq + 1) != *seq)
		return false;
	/* The odd number is seen before what changes under it. */
	smp_wmb();
	return true;
}

static void atcp_peer_end(struct atcp_peer *peer, int seq)
{
	atomic_set_release(&peer->seq, seq + 2);
}

/* The cell of @addr, made for it, for the caller to write; NULL: there is none to be had. */
static struct atcp_peer *atcp_peer_take(struct atcp_peers *p, const struct in6_addr *addr,
					u32 now, int *seq)
{
	struct atcp_peer_set *set = atcp_peer_set_make(p, addr);
	struct atcp_peer *peer;

	if (!set)
		return NULL;
	peer = atcp_peer_choose(set, addr, now);
	if (!atcp_peer_begin(peer, seq))
		return NULL;
	if (!peer->seen || !ipv6_addr_equal(&peer->addr, addr)) {
		peer->addr = *addr;
		peer->srtt_us = 0;
		peer->learned = 0;
	}
	return peer;
}

bool atcp_peer_fresh(const struct atcp_peers *p, const struct in6_addr *addr, u32 rtt_us, u32 now)
{
	const struct atcp_peer_set *set = atcp_peer_set(p, addr, NULL);
	unsigned int i;

	for (i = 0; set && i < ATCP_PEER_WAYS; i++) {
		const struct atcp_peer *peer = &set->way[i];

		/* Should it become another's just now, this one is proven at its next handshake. */
		if (data_race(ipv6_addr_equal(&peer->addr, addr)))
			return READ_ONCE(peer->seen) == (now + 1 ?: 1) &&
			       (!rtt_us || READ_ONCE(peer->srtt_us));
	}
	return false;
}

void atcp_peer_prove(struct atcp_peers *p, const struct in6_addr *addr, u32 rtt_us, u32 now)
{
	struct atcp_peer *peer;
	int seq;

	peer = atcp_peer_take(p, addr, now, &seq);
	if (!peer)
		return;
	WRITE_ONCE(peer->srtt_us, atcp_peer_smooth(peer->srtt_us, rtt_us));
	WRITE_ONCE(peer->seen, now + 1 ?: 1);
	atcp_peer_end(peer, seq);
}

void atcp_peer_set_metrics(struct atcp_peers *p, const struct in6_addr *addr, u32 now,
			   const struct atcp_metrics *m, bool make)
{
	struct atcp_peer *peer;
	int seq;

	if (!make && !atcp_peer_set(p, addr, NULL))
		return;
	peer = atcp_peer_take(p, addr, now, &seq);
	if (!peer)
		return;
	if (make || peer->learned) {
		peer->metrics = *m;
		peer->learned = now + 1 ?: 1;
		if (!peer->seen)
			WRITE_ONCE(peer->seen, now + 1 ?: 1);
	}
	atcp_peer_end(peer, seq);
}

bool atcp_peer_metrics(const struct atcp_peers *p, const struct in6_addr *addr, u32 now,
		       struct atcp_metrics *m)
{
	const struct atcp_peer_set *set = atcp_peer_set(p, addr, NULL);
	unsigned int i;
	int seq;

	for (i = 0; set && i < ATCP_PEER_WAYS; i++) {
		const struct atcp_peer *peer = &set->way[i];
		u32 learned;

		seq = atomic_read_acquire(&peer->seq);
		/* What is read while it changes is thrown away below. */
		if (!data_race(ipv6_addr_equal(&peer->addr, addr)))
			continue;
		learned = READ_ONCE(peer->learned);
		if (!learned || (s32)(now + 1 - learned) > ATCP_PEER_LIFE_SEC)
			return false;
		/* Likewise. */
		*m = data_race(peer->metrics);
		/* All of it is read before the number is looked at again. */
		smp_rmb();
		return !(seq & 1) && atomic_read(&peer->seq) == seq;
	}
	return false;
}

static void atcp_peer_forget_in(struct atcp_peer_set *set, const struct in6_addr *addr)
{
	unsigned int i;
	int seq;

	for (i = 0; i < ATCP_PEER_WAYS; i++) {
		struct atcp_peer *peer = &set->way[i];

		if (!READ_ONCE(peer->seen))
			continue;
		/* Writers are done in a moment. */
		while (!atcp_peer_begin(peer, &seq))
			cond_resched();
		if (!addr || ipv6_addr_equal(&peer->addr, addr)) {
			WRITE_ONCE(peer->seen, 0);
			peer->learned = 0;
			memset(&peer->addr, 0, sizeof(peer->addr));
		}
		atcp_peer_end(peer, seq);
	}
}

void atcp_peer_forget(struct atcp_peers *p, const struct in6_addr *addr)
{
	struct atcp_peer_set *set = addr ? atcp_peer_set(p, addr, NULL) : NULL;
	unsigned int i, k;

	if (set)
		atcp_peer_forget_in(set, addr);
	if (addr)
		return;
	for (i = 0; i < ATCP_PEER_PAGES; i++) {
		/* Pairs with the cmpxchg() that puts a page there. */
		set = smp_load_acquire(&p->page[i]);
		for (k = 0; set && k < ATCP_PEER_SETS; k++)
			atcp_peer_forget_in(&set[k], NULL);
		cond_resched();
	}
}

bool atcp_peer_proven(const struct atcp_peers *p, const struct in6_addr *addr, u32 now,
		      u32 *srtt_us)
{
	const struct atcp_peer_set *set = atcp_peer_set(p, addr, NULL);
	unsigned int i;
	bool found;
	u32 srtt;
	int seq;

	for (i = 0; set && i < ATCP_PEER_WAYS; i++) {
		const struct atcp_peer *peer = &set->way[i];

		seq = atomic_read_acquire(&peer->seq);
		/* What is read while it changes is thrown away below. */
		found = data_race(ipv6_addr_equal(&peer->addr, addr)) &&
			atcp_peer_age(peer, now) <= ATCP_PEER_LIFE_SEC;
		srtt = READ_ONCE(peer->srtt_us);
		/* All of it is read before the number is looked at again. */
		smp_rmb();
		if (!found || seq & 1 || atomic_read(&peer->seq) != seq)
			continue;
		if (srtt_us)
			*srtt_us = srtt;
		return true;
	}
	return false;
}

void atcp_peer_init(struct atcp_peers *p)
{
	BUILD_BUG_ON(sizeof(struct atcp_peer) != 64);
	memset(p, 0, sizeof(*p));
	get_random_bytes(&p->key, sizeof(p->key));
}

void atcp_peer_exit(struct atcp_peers *p)
{
	unsigned int i;

	for (i = 0; i < ATCP_PEER_PAGES; i++)
		free_page((unsigned long)p->page[i]);
}
