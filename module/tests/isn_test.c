// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/isn.c. */
#include <kunit/test.h>
#include <linux/in6.h>
#include <linux/kernel.h>

#include "proto/isn.h"

static const siphash_key_t atcp_isn_test_key = {
	{ 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull }
};

#define KEY	(&atcp_isn_test_key)

static u32 atcp_isn_ask4(u32 saddr, u32 daddr, u16 sport, u16 dport, u64 ns)
{
	return atcp_isn_v4(htonl(saddr), htonl(daddr), htons(sport),
			   htons(dport), KEY, ns, NULL);
}

/* M of RFC 6528: one more every 64 ns, for any 4-tuple, across its wrap. */
static void atcp_isn_v4__clock(struct kunit *test)
{
	u32 base = atcp_isn_ask4(1, 2, 3, 4, 0);

	KUNIT_EXPECT_EQ(test, atcp_isn_ask4(1, 2, 3, 4, 63), base);
	KUNIT_EXPECT_EQ(test, atcp_isn_ask4(1, 2, 3, 4, 64), base + 1);
	KUNIT_EXPECT_EQ(test, atcp_isn_ask4(1, 2, 3, 4, 64000000000ull),
			base + 1000000000u);
	KUNIT_EXPECT_EQ(test, atcp_isn_ask4(1, 2, 3, 4, 64ull << 32), base);
}

/* F of RFC 6528: each part of the 4-tuple, and the key, matters. */
static void atcp_isn_v4__hash(struct kunit *test)
{
	siphash_key_t other = *KEY;
	u32 base = atcp_isn_ask4(1, 2, 3, 4, 0);

	KUNIT_EXPECT_NE(test, atcp_isn_ask4(9, 2, 3, 4, 0), base);
	KUNIT_EXPECT_NE(test, atcp_isn_ask4(1, 9, 3, 4, 0), base);
	KUNIT_EXPECT_NE(test, atcp_isn_ask4(1, 2, 9, 4, 0), base);
	KUNIT_EXPECT_NE(test, atcp_isn_ask4(1, 2, 3, 9, 0), base);
	KUNIT_EXPECT_NE(test, atcp_isn_ask4(2, 1, 4, 3, 0), base);
	other.key[0]++;
	KUNIT_EXPECT_NE(test, base, atcp_isn_v4(htonl(1), htonl(2), htons(3),
						htons(4), &other, 0, NULL));
}

static void atcp_isn_v6__clock_and_hash(struct kunit *test)
{
	struct in6_addr s = { .s6_addr = { [0] = 0x20, [15] = 1 } };
	struct in6_addr d = { .s6_addr = { [0] = 0x20, [15] = 2 } };
	unsigned int bit;
	u32 base;

	base = atcp_isn_v6(&s, &d, htons(3), htons(4), KEY, 0, NULL);
	KUNIT_EXPECT_EQ(test, base + 1,
			atcp_isn_v6(&s, &d, htons(3), htons(4), KEY, 64, NULL));
	KUNIT_EXPECT_NE(test, base,
			atcp_isn_v6(&s, &d, htons(4), htons(3), KEY, 0, NULL));
	KUNIT_EXPECT_NE(test, base,
			atcp_isn_v6(&d, &s, htons(3), htons(4), KEY, 0, NULL));
	for (bit = 0; bit < 128; bit++) {
		struct in6_addr x = s;

		x.s6_addr[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_NE(test, base,
				atcp_isn_v6(&x, &d, htons(3), htons(4), KEY, 0, NULL));
	}
}

/* Consecutive ports must not give ISNs that stand in any order. */
static void atcp_isn_v4__spread(struct kunit *test)
{
	unsigned int port, bit, ones[32] = {};

	for (port = 0; port < 10000; port++) {
		u32 isn = atcp_isn_ask4(1, 2, port, 80, 0);

		for (bit = 0; bit < 32; bit++)
			ones[bit] += isn >> bit & 1;
	}
	for (bit = 0; bit < 32; bit++) {
		KUNIT_EXPECT_GT(test, ones[bit], 4700u);
		KUNIT_EXPECT_LT(test, ones[bit], 5300u);
	}
}

/* The same for a 4-tuple whenever asked, and nothing like its ISN. */
static void atcp_isn_tsoff__per_connection(struct kunit *test)
{
	struct in6_addr s = { .s6_addr = { [15] = 1 } };
	struct in6_addr d = { .s6_addr = { [15] = 2 } };
	u32 isn4, isn6, a4, a6, again;

	isn4 = atcp_isn_v4(htonl(1), htonl(2), htons(3), htons(4), KEY, 0, &a4);
	isn6 = atcp_isn_v6(&s, &d, htons(3), htons(4), KEY, 0, &a6);
	KUNIT_EXPECT_NE(test, a4, isn4);
	KUNIT_EXPECT_NE(test, a6, isn6);
	atcp_isn_v4(htonl(1), htonl(2), htons(3), htons(4), KEY, 64ull << 20, &again);
	KUNIT_EXPECT_EQ(test, a4, again);
	atcp_isn_v4(htonl(1), htonl(2), htons(5), htons(4), KEY, 0, &again);
	KUNIT_EXPECT_NE(test, a4, again);
	atcp_isn_v6(&d, &s, htons(3), htons(4), KEY, 0, &again);
	KUNIT_EXPECT_NE(test, a6, again);
}

static struct kunit_case atcp_isn_cases[] = {
	KUNIT_CASE(atcp_isn_v4__clock),
	KUNIT_CASE(atcp_isn_v4__hash),
	KUNIT_CASE(atcp_isn_v6__clock_and_hash),
	KUNIT_CASE(atcp_isn_v4__spread),
	KUNIT_CASE(atcp_isn_tsoff__per_connection),
	{}
};

static struct kunit_suite atcp_isn_suite = {
	.name = "atcp_isn",
	.test_cases = atcp_isn_cases,
};

kunit_test_suite(atcp_isn_suite);
