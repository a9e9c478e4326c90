// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/mtuprobe.c. */
#include <kunit/test.h>

#include "proto/mtuprobe.h"

static void atcp_mtuprobe_next__halves(struct kunit *test)
{
	struct atcp_mtuprobe p = { .low = 1064, .high = 1500 };
	int n;

	/* What gets through is 1400 bytes: found in a few steps, never exceeded. */
	for (n = 0; n < 20; n++) {
		u32 size = atcp_mtuprobe_next(&p, 8);

		if (!size)
			break;
		KUNIT_EXPECT_GT(test, size, p.low);
		KUNIT_EXPECT_LE(test, size, p.high);
		if (size <= 1400)
			p.low = size;
		else
			p.high = size - 1;
	}
	KUNIT_EXPECT_LT(test, n, 9);
	KUNIT_EXPECT_LE(test, p.low, 1400u);
	KUNIT_EXPECT_GT(test, p.low, 1392u);
}

static void atcp_mtuprobe_next__ends(struct kunit *test)
{
	struct atcp_mtuprobe p = { .low = 1000, .high = 1007 };

	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_next(&p, 8), 0u);
	p.high = 1008;
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_next(&p, 8), 1004u);
	/* A path that has become narrower than what got through. */
	p.high = 900;
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_next(&p, 0), 0u);
	p.high = 1000;
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_next(&p, 0), 0u);
}

static void atcp_mtuprobe_smaller__by_half(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_smaller(1460, 1024, 48), 730u);
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_smaller(8960, 1024, 48), 1024u);
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_smaller(90, 1024, 48), 48u);
}

static void atcp_mtuprobe_cwnd__same_bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_cwnd(20, 1064, 1500), 14u);
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_cwnd(1, 1064, 1500), 1u);
	KUNIT_EXPECT_EQ(test, atcp_mtuprobe_cwnd(1u << 31, 1500, 1500), 1u << 31);
}

static struct kunit_case atcp_mtuprobe_cases[] = {
	KUNIT_CASE(atcp_mtuprobe_next__halves),
	KUNIT_CASE(atcp_mtuprobe_next__ends),
	KUNIT_CASE(atcp_mtuprobe_smaller__by_half),
	KUNIT_CASE(atcp_mtuprobe_cwnd__same_bytes),
	{}
};

static struct kunit_suite atcp_mtuprobe_suite = {
	.name = "atcp_mtuprobe",
	.test_cases = atcp_mtuprobe_cases,
};

kunit_test_suite(atcp_mtuprobe_suite);
