// SPDX-License-Identifier: GPL-2.0
/* Rate limits without locks: whoever wins the exchange may send. */
#include "proto/limit.h"

#include <linux/compiler.h>
#include <linux/kernel.h>

/**
 * atcp_limit_allow() - whether an event may happen now
 * @l: limit
 * @flow: whose event it is, by a keyed hash
 * @now_ms: the time, ms; may wrap
 * @interval_ms: least time between two events of a flow, ms; 0 for no limit
 */
bool atcp_limit_allow(struct atcp_limit *l, u32 flow, u32 now_ms, u32 interval_ms)
{
	u64 last = atomic64_read(&l->last), was;
	u32 at = lower_32_bits(last);

	/* 0 says "never"; a clock that stands there is taken for 1. */
	now_ms = now_ms ?: 1;
	if (at && upper_32_bits(last) == flow && now_ms - at < interval_ms)
		return false;
	was = atomic64_cmpxchg(&l->last, last, (u64)flow << 32 | now_ms);
	return was == last || upper_32_bits(was) != flow;
}

/**
 * atcp_limit_bucket_allow() - whether one more event may happen now
 * @b: limit
 * @now_ms: the time, ms; may wrap
 * @interval_ms: length of an interval, ms
 * @nr: events allowed in an interval
 */
bool atcp_limit_bucket_allow(struct atcp_limit_bucket *b, u32 now_ms,
			     u32 interval_ms, u32 nr)
{
	s64 old = atomic64_read(&b->state);
	u64 next;

	do {
		next = old;
		/* A new interval begins empty at the time of its first event. */
		if (!lower_32_bits(next) ||
		    now_ms - upper_32_bits(next) >= interval_ms)
			next = (u64)now_ms << 32;
		if (lower_32_bits(next) >= nr)
			return false;
		next++;
	} while (!atomic64_try_cmpxchg(&b->state, &old, next));
	return true;
}
