/* SPDX-License-Identifier: GPL-2.0 */
/* Rate limits for replies: one per interval for each flow, or a number per interval. */
#ifndef _ATCP_PROTO_LIMIT_H
#define _ATCP_PROTO_LIMIT_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct atcp_limit - at most one event of a flow per interval; zeroed is ready to use
 * @last: the flow that had the last one << 32 | when it was allowed, ms, 0 for never
 *
 * A cell of a table. Flows that share it do not wait for each other: the later one takes
 * it, and the limit of the other is forgotten. Safe for concurrent callers without a lock.
 */
struct atcp_limit {
	atomic64_t last;
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

bool atcp_limit_allow(struct atcp_limit *l, u32 flow, u32 now_ms, u32 interval_ms);
bool atcp_limit_bucket_allow(struct atcp_limit_bucket *b, u32 now_ms,
			     u32 interval_ms, u32 nr);

#endif /* _ATCP_PROTO_LIMIT_H */
