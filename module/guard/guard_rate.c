// SPDX-License-Identifier: GPL-2.0
/*
 * Token buckets of source prefixes, in a table of fixed size without keys.
 *
 * A prefix has two buckets, one in each half of the table, chosen by a keyed
 * hash, and is refused only when both are empty. Who shares one with a flood's
 * prefix goes on by the other: with K noisy prefixes an honest one is hit with a
 * chance of (K / half)^2, and nobody can aim at it. Nothing is allocated, looked up in a chain
 * or expired, and a bucket is one word changed by compare-and-exchange; a
 * token lost in a race is not missed.
 */
#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/siphash.h>
#include <net/ipv6.h>

#include "guard/guard_rate.h"
#include "proto/bucket.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/shared/net.h"
#include "state/shared/node.h"

#define ATCP_GUARD_HALF		16384U	/* words of 8 bytes, a power of two */

int atcp_guard_rate_alloc(struct atcp_net *an)
{
	if (!an->guard_buckets)
		an->guard_buckets = kvcalloc(2 * ATCP_GUARD_HALF, sizeof(*an->guard_buckets),
					     GFP_KERNEL_ACCOUNT);
	return an->guard_buckets ? 0 : -ENOMEM;
}

void atcp_guard_rate_free(struct atcp_net *an)
{
	kvfree(an->guard_buckets);
	an->guard_buckets = NULL;
}

/* A prefix is told from the same bits at another length. */
static u64 atcp_guard_rate_hash(const struct atcp_listener *l, const struct atcp_tuple *t)
{
	bool v4 = t->family == AF_INET;
	int bits = atcp_knob(l, v4 ? ATCP_KNOB_FAIR_PREFIX4 : ATCP_KNOB_FAIR_PREFIX6);
	struct in6_addr prefix;
	u64 half[2];

	if (v4)
		bits += 96;
	ipv6_addr_prefix(&prefix, &t->raddr, bits);
	memcpy(half, &prefix, sizeof(half));
	return siphash_3u64(half[0], half[1], bits, &l->an->guard_key);
}

static bool atcp_guard_rate_one(atomic64_t *bucket, u64 now, u32 rate, u32 burst)
{
	u64 old = atomic64_read(bucket);
	u64 new = atcp_bucket_take(old, now, rate, burst);

	if (!new)
		return false;
	/* Another CPU was first: it has taken one of the same prefix. */
	atomic64_cmpxchg(bucket, old, new);
	return true;
}

bool atcp_guard_rate_take(const struct atcp_listener *l, const struct atcp_tuple *t, u32 rate)
{
	u32 burst = READ_ONCE(l->an->sysctl.guard_burst);
	atomic64_t *table = l->an->guard_buckets;
	u64 now = ktime_get_ns();
	bool one, two;
	u64 hash;

	hash = atcp_guard_rate_hash(l, t);
	one = atcp_guard_rate_one(table + hash % ATCP_GUARD_HALF, now, rate, burst);
	two = atcp_guard_rate_one(table + ATCP_GUARD_HALF + (hash >> 32) % ATCP_GUARD_HALF,
				  now, rate, burst);
	return one || two;
}
