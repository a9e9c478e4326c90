/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers for tests that are the same on every run. */
#ifndef _ATCP_TESTS_RAND_H
#define _ATCP_TESTS_RAND_H

#include <linux/types.h>

/* xorshift64*: @state is any number but 0. */
static inline u32 atcp_rand_next(u64 *state)
{
	u64 x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (x * 0x2545f4914f6cdd1dull) >> 32;
}

static inline u32 atcp_rand_below(u64 *state, u32 limit)
{
	return (u64)atcp_rand_next(state) * limit >> 32;
}

#endif /* _ATCP_TESTS_RAND_H */
