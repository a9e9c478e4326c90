/* SPDX-License-Identifier: GPL-2.0 */
/* A token bucket in one 64-bit number, for those who keep many and share them without a lock. */
#ifndef _ATCP_PROTO_BUCKET_H
#define _ATCP_PROTO_BUCKET_H

#include <linux/types.h>

#define ATCP_BUCKET_MAX_RATE	1000000	/* events a second */
#define ATCP_BUCKET_MAX_BURST	1000000	/* events */

/*
 * Takes a token: the bucket's new state, or 0 when it is empty. @state: as given
 * before, 0 for a full one. @now: ns of any clock that does not go back, not 0.
 */
u64 atcp_bucket_take(u64 state, u64 now, u32 rate, u32 burst);

#endif /* _ATCP_PROTO_BUCKET_H */
