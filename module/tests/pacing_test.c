// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/pacing.c. */
#include <kunit/test.h>

#include "proto/pacing.h"

static void atcp_pacing_rate__of_cwnd(struct kunit *test)
{
	/* 10 segments of 1000 bytes in 100 ms are 100 kB/s. */
	KUNIT_EXPECT_EQ(test, atcp_pacing_rate(1000, 10, 100000 << 3, 100), 100000ull);
	KUNIT_EXPECT_EQ(test, atcp_pacing_rate(1000, 10, 100000 << 3, 120), 120000ull);
	KUNIT_EXPECT_EQ(test, atcp_pacing_rate(1000, 10, 100000 << 3, 200), 200000ull);
	KUNIT_EXPECT_EQ(test, atcp_pacing_rate(1000, 10, 100000 << 3, 0), 0ull);
}

static void atcp_pacing_rate__no_rtt(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_pacing_rate(1000, 10, 0, 200),
			atcp_pacing_rate(1000, 10, 1, 200));
	KUNIT_EXPECT_GT(test, atcp_pacing_rate(1000, 10, 0, 200), 1000000000ull);
}

static void atcp_pacing_rate__no_overflow(struct kunit *test)
{
	u64 most = atcp_pacing_rate(65535, 1 << 20, 1, 1000);

	KUNIT_EXPECT_GT(test, most, 1ull << 60);
	KUNIT_EXPECT_EQ(test, atcp_pacing_rate(65535, U32_MAX, 1, 1000), most);
}

static void atcp_pacing_gap__by_rate(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_pacing_gap_ns(1000, 1000000, 0), 1000000ull);
	KUNIT_EXPECT_EQ(test, atcp_pacing_gap_ns(65536, 1, 0), 65536000000000ull);
}

static void atcp_pacing_gap__late(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_pacing_gap_ns(1000, 1000000, 300000), 700000ull);
	/* Who was idle may not burst for it. */
	KUNIT_EXPECT_EQ(test, atcp_pacing_gap_ns(1000, 1000000, 1ull << 40), 500000ull);
}

static struct kunit_case atcp_pacing_cases[] = {
	KUNIT_CASE(atcp_pacing_rate__of_cwnd),
	KUNIT_CASE(atcp_pacing_rate__no_rtt),
	KUNIT_CASE(atcp_pacing_rate__no_overflow),
	KUNIT_CASE(atcp_pacing_gap__by_rate),
	KUNIT_CASE(atcp_pacing_gap__late),
	{}
};

static struct kunit_suite atcp_pacing_suite = {
	.name = "atcp_pacing",
	.test_cases = atcp_pacing_cases,
};

kunit_test_suite(atcp_pacing_suite);
