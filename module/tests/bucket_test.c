// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/bucket.c. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/time64.h>

#include "proto/bucket.h"

#define ATCP_BUCKET_T0	(5ULL * NSEC_PER_SEC)

/* Events let pass of one each @step ns from @from, for @ns. */
static u32 atcp_bucket_count(u64 *state, u64 from, u64 ns, u64 step, u32 rate, u32 burst)
{
	u32 passed = 0;
	u64 t, next;

	for (t = from; t < from + ns; t += step) {
		next = atcp_bucket_take(*state, t, rate, burst);
		if (!next)
			continue;
		*state = next;
		passed++;
	}
	return passed;
}

static void atcp_bucket_take__burst(struct kunit *test)
{
	static const u32 bursts[] = { 1, 2, 10, 1000 };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(bursts); i++) {
		u64 state = 0;

		for (n = 0; n < bursts[i]; n++) {
			state = atcp_bucket_take(state, ATCP_BUCKET_T0, 100, bursts[i]);
			KUNIT_ASSERT_NE(test, state, 0ULL);
		}
		KUNIT_EXPECT_EQ(test, atcp_bucket_take(state, ATCP_BUCKET_T0, 100, bursts[i]),
				0ULL);
		/* One token a hundredth of a second. */
		KUNIT_EXPECT_EQ(test, atcp_bucket_take(state, ATCP_BUCKET_T0 + 9999999, 100,
						       bursts[i]), 0ULL);
		KUNIT_EXPECT_NE(test, atcp_bucket_take(state, ATCP_BUCKET_T0 + 10000000, 100,
						       bursts[i]), 0ULL);
	}
}

static void atcp_bucket_take__rate(struct kunit *test)
{
	u64 state = 0;

	/* Ten times too fast for a second: the rate's events, and the burst. */
	KUNIT_EXPECT_EQ(test, atcp_bucket_count(&state, ATCP_BUCKET_T0, NSEC_PER_SEC,
						NSEC_PER_SEC / 10000, 1000, 50), 1049U);
	/* Slower than the rate: all of them. */
	KUNIT_EXPECT_EQ(test, atcp_bucket_count(&state, 2 * ATCP_BUCKET_T0, NSEC_PER_SEC,
						NSEC_PER_SEC / 500, 1000, 1), 500U);
}

static void atcp_bucket_take__refill(struct kunit *test)
{
	u64 state = 0;

	KUNIT_EXPECT_EQ(test, atcp_bucket_count(&state, ATCP_BUCKET_T0, 1000, 1, 10, 7), 7U);
	/* Full again after burst / rate, and no fuller however long it waits. */
	KUNIT_EXPECT_EQ(test, atcp_bucket_count(&state, ATCP_BUCKET_T0 + NSEC_PER_SEC, 1000, 1,
						10, 7), 7U);
	KUNIT_EXPECT_EQ(test, atcp_bucket_count(&state, ATCP_BUCKET_T0 + 3600 * NSEC_PER_SEC,
						1000, 1, 10, 7), 7U);
}

static void atcp_bucket_take__limits(struct kunit *test)
{
	u64 state = 0;

	KUNIT_EXPECT_EQ(test, atcp_bucket_count(&state, ATCP_BUCKET_T0, 10 * 1000, 100,
						ATCP_BUCKET_MAX_RATE, 1), 10U);
	/* The greatest burst at the least rate does not overflow: 11 days. */
	state = ATCP_BUCKET_T0 + (u64)(ATCP_BUCKET_MAX_BURST - 1) * NSEC_PER_SEC;
	KUNIT_EXPECT_EQ(test, atcp_bucket_take(state, ATCP_BUCKET_T0, 1, ATCP_BUCKET_MAX_BURST),
			state + NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, atcp_bucket_take(state + 1, ATCP_BUCKET_T0, 1,
					       ATCP_BUCKET_MAX_BURST), 0ULL);
}

static struct kunit_case atcp_bucket_cases[] = {
	KUNIT_CASE(atcp_bucket_take__burst),
	KUNIT_CASE(atcp_bucket_take__rate),
	KUNIT_CASE(atcp_bucket_take__refill),
	KUNIT_CASE(atcp_bucket_take__limits),
	{}
};

static struct kunit_suite atcp_bucket_suite = {
	.name = "atcp_bucket",
	.test_cases = atcp_bucket_cases,
};

kunit_test_suite(atcp_bucket_suite);
