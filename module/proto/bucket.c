// SPDX-License-Identifier: GPL-2.0
/*
 * A token bucket in one number: the time at which it will be full again.
 *
 * A token taken puts that time off by the interval of one event; a bucket is
 * empty when it is full again only after all of its burst's intervals. That is
 * the generic cell rate algorithm (ITU-T I.371): no tokens to be filled up, and
 * a state that one compare-and-exchange replaces.
 */
#include "proto/bucket.h"

#include <linux/kernel.h>
#include <linux/time64.h>

/**
 * atcp_bucket_take() - take a token
 * @state: the bucket: when it is full again, ns; 0 or any time past: it is full
 * @now: ns, not 0
 * @rate: events a second, 1..ATCP_BUCKET_MAX_RATE
 * @burst: events that a full bucket lets pass at once, 1..ATCP_BUCKET_MAX_BURST
 *
 * The interval is whole nanoseconds: the rate kept is up to 0.1 % above @rate.
 *
 * Return: what the bucket is then, or 0: there is no token, it stays as it is
 */
u64 atcp_bucket_take(u64 state, u64 now, u32 rate, u32 burst)
{
	u32 interval = (u32)NSEC_PER_SEC / rate;
	u64 full = max(state, now);

	if (full - now > (u64)interval * (burst - 1))
		return 0;
	return full + interval;
}
