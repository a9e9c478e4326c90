/* SPDX-License-Identifier: GPL-2.0 */
/* Rate limits for replies: one per interval, or a number per interval. */
#ifndef _ATCP_PROTO_LIMIT_H
#define _ATCP_PROTO_LIMIT_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct atcp_limit - at most one event per interval; zeroed is ready to use
 * @last_ms: when the last event was allowed, ms, 0 for never
 *
 * Safe for concurrent callers without a lock.
 */
struct atcp_limit {
	u32 last_ms;
};

/**
 * struct atcp_limit_bucket - at most N events per interval; zeroed is ready
 * @state: start of the interval in ms << 32 | events allowed in it
 *
 * Safe for concurrent callers without a lock.
 */
struct atcp_limit_bucket {
	atomic64_t state;
};

bool atcp_limit_allow(struct atcp_limit *l, u32 now_ms, u32 interval_ms);
bool atcp_limit_bucket_allow(struct atcp_limit_bucket *b, u32 now_ms,
			     u32 interval_ms, u32 nr);

#endif /* _ATCP_PROTO_LIMIT_H */
