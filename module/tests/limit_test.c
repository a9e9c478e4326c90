// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/limit.c. */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/limit.h"

static const u32 atcp_limit_times[] = { 0, 1, 1000, 0xfffffff0, 0xffffffff };

static void atcp_limit_allow__interval(struct kunit *test)
{
	unsigned int i, dt;

	for (i = 0; i < ARRAY_SIZE(atcp_limit_times); i++) {
		struct atcp_limit l = {};
		u32 t = atcp_limit_times[i];

		KUNIT_EXPECT_TRUE(test, atcp_limit_allow(&l, 7, t, 500));
		for (dt = 1; dt < 499; dt++)
			KUNIT_EXPECT_FALSE(test,
					   atcp_limit_allow(&l, 7, t + dt, 500));
		/* One ms of grace where the clock stood at 0. */
		KUNIT_EXPECT_TRUE(test, atcp_limit_allow(&l, 7, t + 501, 500));
		KUNIT_EXPECT_FALSE(test, atcp_limit_allow(&l, 7, t + 502, 500));
	}
}

static void atcp_limit_allow__no_limit(struct kunit *test)
{
	struct atcp_limit l = {};
	unsigned int i;

	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_TRUE(test, atcp_limit_allow(&l, 7, 77, 0));
}

static void atcp_limit_allow__flows(struct kunit *test)
{
	struct atcp_limit l = {};

	KUNIT_EXPECT_TRUE(test, atcp_limit_allow(&l, 0, 1000, 500));
	KUNIT_EXPECT_FALSE(test, atcp_limit_allow(&l, 0, 1100, 500));
	/* Another one does not wait for it, and has a limit of its own. */
	KUNIT_EXPECT_TRUE(test, atcp_limit_allow(&l, U32_MAX, 1100, 500));
	KUNIT_EXPECT_FALSE(test, atcp_limit_allow(&l, U32_MAX, 1200, 500));
	KUNIT_EXPECT_TRUE(test, atcp_limit_allow(&l, U32_MAX, 1600, 500));
}

static void atcp_limit_bucket_allow__number(struct kunit *test)
{
	unsigned int i, n, round;

	for (i = 0; i < ARRAY_SIZE(atcp_limit_times); i++) {
		struct atcp_limit_bucket b = {};
		u32 t = atcp_limit_times[i];

		for (round = 0; round < 3; round++, t += 1000) {
			for (n = 0; n < 100; n++)
				KUNIT_EXPECT_TRUE(test,
						  atcp_limit_bucket_allow(&b, t + n,
									  1000, 100));
			for (; n < 200; n++)
				KUNIT_EXPECT_FALSE(test,
						   atcp_limit_bucket_allow(&b, t + n,
									   1000, 100));
		}
	}
}

static void atcp_limit_bucket_allow__none(struct kunit *test)
{
	struct atcp_limit_bucket b = {};

	KUNIT_EXPECT_FALSE(test, atcp_limit_bucket_allow(&b, 5, 1000, 0));
	KUNIT_EXPECT_TRUE(test, atcp_limit_bucket_allow(&b, 5, 1000, 1));
	KUNIT_EXPECT_FALSE(test, atcp_limit_bucket_allow(&b, 1004, 1000, 1));
	KUNIT_EXPECT_TRUE(test, atcp_limit_bucket_allow(&b, 1005, 1000, 1));
}

static struct kunit_case atcp_limit_cases[] = {
	KUNIT_CASE(atcp_limit_allow__interval),
	KUNIT_CASE(atcp_limit_allow__no_limit),
	KUNIT_CASE(atcp_limit_allow__flows),
	KUNIT_CASE(atcp_limit_bucket_allow__number),
	KUNIT_CASE(atcp_limit_bucket_allow__none),
	{}
};

static struct kunit_suite atcp_limit_suite = {
	.name = "atcp_limit",
	.test_cases = atcp_limit_cases,
};

kunit_test_suite(atcp_limit_suite);
