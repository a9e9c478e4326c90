// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/seq.h. */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/seq.h"

/* Bases at which an offset of a few crosses 0, the sign, or neither. */
static const u32 atcp_seq_bases[] = {
	0, 1, 1000, 0x7ffffff0, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff
};

static void atcp_seq_before__wraps(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_seq_bases); i++) {
		u32 b = atcp_seq_bases[i];

		KUNIT_EXPECT_FALSE(test, atcp_seq_before(b, b));
		KUNIT_EXPECT_TRUE(test, atcp_seq_before(b, b + 1));
		KUNIT_EXPECT_FALSE(test, atcp_seq_before(b + 1, b));
		KUNIT_EXPECT_TRUE(test, atcp_seq_before(b, b + 0x7fffffff));
		KUNIT_EXPECT_FALSE(test, atcp_seq_before(b, b + 0x80000001));
	}
}

static void atcp_seq_after__wraps(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_seq_bases); i++) {
		u32 b = atcp_seq_bases[i];

		KUNIT_EXPECT_FALSE(test, atcp_seq_after(b, b));
		KUNIT_EXPECT_TRUE(test, atcp_seq_after(b + 1, b));
		KUNIT_EXPECT_FALSE(test, atcp_seq_after(b, b + 1));
		KUNIT_EXPECT_TRUE(test, atcp_seq_after(b + 0x7fffffff, b));
	}
}

static void atcp_seq_between__edges(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_seq_bases); i++) {
		u32 b = atcp_seq_bases[i];

		KUNIT_EXPECT_TRUE(test, atcp_seq_between(b, b, b));
		KUNIT_EXPECT_TRUE(test, atcp_seq_between(b, b, b + 9));
		KUNIT_EXPECT_TRUE(test, atcp_seq_between(b + 9, b, b + 9));
		KUNIT_EXPECT_FALSE(test, atcp_seq_between(b + 10, b, b + 9));
		KUNIT_EXPECT_FALSE(test, atcp_seq_between(b - 1, b, b + 9));
	}
}

static void atcp_seq_max__and_min(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_seq_bases); i++) {
		u32 b = atcp_seq_bases[i];

		KUNIT_EXPECT_EQ(test, atcp_seq_max(b, b + 7), b + 7);
		KUNIT_EXPECT_EQ(test, atcp_seq_max(b + 7, b), b + 7);
		KUNIT_EXPECT_EQ(test, atcp_seq_min(b, b + 7), b);
		KUNIT_EXPECT_EQ(test, atcp_seq_min(b + 7, b), b);
	}
}

static struct kunit_case atcp_seq_cases[] = {
	KUNIT_CASE(atcp_seq_before__wraps),
	KUNIT_CASE(atcp_seq_after__wraps),
	KUNIT_CASE(atcp_seq_between__edges),
	KUNIT_CASE(atcp_seq_max__and_min),
	{}
};

static struct kunit_suite atcp_seq_suite = {
	.name = "atcp_seq",
	.test_cases = atcp_seq_cases,
};

kunit_test_suite(atcp_seq_suite);
