// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/mix.h. */
#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "proto/mix.h"
#include "tests/rand.h"

#define ATCP_MIX_BUCKETS	4096

static const struct atcp_mix_key atcp_mix_test_key = { {
	0x9216d5d98979fb1bull, 0xd1310ba698dfb5acull, 0x2ffd72dbd01adfb7ull
} };

#define KEY	(&atcp_mix_test_key)

/* A product of 128 bits, the long way. */
static void atcp_mix_fold__both_halves(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_mix_fold(0, 7), 0ull);
	KUNIT_EXPECT_EQ(test, atcp_mix_fold(3, 7), 21ull);
	/* 2^63 * 2^2 is 2 * 2^64. */
	KUNIT_EXPECT_EQ(test, atcp_mix_fold(1ull << 63, 4), 2ull);
	/* (2^64 - 1)^2 is 2^128 - 2^65 + 1. */
	KUNIT_EXPECT_EQ(test, atcp_mix_fold(~0ull, ~0ull), ~0ull);
}

/* Each bit of what is hashed, and of the key, changes about half of the hash. */
static void atcp_mix_2u64__avalanche(struct kunit *test)
{
	unsigned int bit, i, changed, least = 64, most = 0;
	u64 seed = 4711;

	for (bit = 0; bit < 128; bit++) {
		changed = 0;
		for (i = 0; i < 64; i++) {
			u64 a = (u64)atcp_rand_next(&seed) << 32 | atcp_rand_next(&seed);
			u64 b = (u64)atcp_rand_next(&seed) << 32 | atcp_rand_next(&seed);
			u64 was = atcp_mix_2u64(a, b, KEY);

			if (bit < 64)
				a ^= BIT_ULL(bit);
			else
				b ^= BIT_ULL(bit - 64);
			changed += hweight64(was ^ atcp_mix_2u64(a, b, KEY));
		}
		least = min(least, changed / 64);
		most = max(most, changed / 64);
	}
	KUNIT_EXPECT_GE(test, least, 24u);
	KUNIT_EXPECT_LE(test, most, 40u);
}

/* Flows that differ by ports, or by addresses, in order, spread over buckets as strangers would. */
static void atcp_mix_2u64__spreads(struct kunit *test)
{
	u16 *bucket = kunit_kcalloc(test, ATCP_MIX_BUCKETS, sizeof(*bucket), GFP_KERNEL);
	unsigned int what, i, longest, empty;

	KUNIT_ASSERT_NOT_NULL(test, bucket);
	for (what = 0; what < 3; what++) {
		memset(bucket, 0, ATCP_MIX_BUCKETS * sizeof(*bucket));
		for (i = 0; i < ATCP_MIX_BUCKETS; i++) {
			u64 addrs = 0x0100007f0100007full, ports = 0x901f0000;

			if (what == 0)
				ports |= i;
			else if (what == 1)
				addrs += (u64)i << 32;
			else
				addrs += (u64)i << 56;
			bucket[(u32)(atcp_mix_2u64(addrs, ports, KEY) >> 32) %
			       ATCP_MIX_BUCKETS]++;
			if (what == 2 && i == 255)
				break;
		}
		longest = 0;
		empty = 0;
		for (i = 0; i < ATCP_MIX_BUCKETS; i++) {
			longest = max_t(unsigned int, longest, bucket[i]);
			empty += !bucket[i];
		}
		/* By chance the longest is 6 or 7, and 1507 are empty. */
		KUNIT_EXPECT_LE(test, longest, 10u);
		if (what != 2)
			KUNIT_EXPECT_LE(test, empty, 1650u);
	}
}

static void atcp_mix_3u64__all_words_count(struct kunit *test)
{
	u64 h = atcp_mix_3u64(1, 2, 3, KEY);
	struct atcp_mix_key other = *KEY;

	KUNIT_EXPECT_NE(test, h, atcp_mix_3u64(2, 2, 3, KEY));
	KUNIT_EXPECT_NE(test, h, atcp_mix_3u64(1, 3, 3, KEY));
	KUNIT_EXPECT_NE(test, h, atcp_mix_3u64(1, 2, 4, KEY));
	/* Not in any order. */
	KUNIT_EXPECT_NE(test, h, atcp_mix_3u64(3, 2, 1, KEY));
	other.word[2]++;
	KUNIT_EXPECT_NE(test, h, atcp_mix_3u64(1, 2, 3, &other));
}

static struct kunit_case atcp_mix_cases[] = {
	KUNIT_CASE(atcp_mix_fold__both_halves),
	KUNIT_CASE(atcp_mix_2u64__avalanche),
	KUNIT_CASE(atcp_mix_2u64__spreads),
	KUNIT_CASE(atcp_mix_3u64__all_words_count),
	{}
};

static struct kunit_suite atcp_mix_suite = {
	.name = "atcp_mix",
	.test_cases = atcp_mix_cases,
};

kunit_test_suite(atcp_mix_suite);
