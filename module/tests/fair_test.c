// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/fair.c. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "proto/fair.h"

static const struct atcp_mix_key atcp_fair_key = { {
	0x2b7e151628aed2a6ull, 0xabf7158809cf4f3cull, 0x6a09e667f3bcc908ull
} };

static struct atcp_fair_place atcp_fair_v4(u32 addr, u8 bits)
{
	struct atcp_fair_place place;
	struct in6_addr in6;

	ipv6_addr_set_v4mapped(cpu_to_be32(addr), &in6);
	atcp_fair_find(&place, &in6, 96 + bits, &atcp_fair_key);
	return place;
}

static struct atcp_fair_place atcp_fair_v6(u32 hi, u32 lo, u8 bits)
{
	struct in6_addr in6 = { .s6_addr32 = {
		htonl(0x20010db8), cpu_to_be32(hi), 0, cpu_to_be32(lo)
	} };
	struct atcp_fair_place place;

	atcp_fair_find(&place, &in6, bits, &atcp_fair_key);
	return place;
}

static bool atcp_fair_same(struct atcp_fair_place a, struct atcp_fair_place b)
{
	return !memcmp(&a, &b, sizeof(a));
}

static void atcp_fair_find__by_prefix(struct kunit *test)
{
	struct atcp_fair_place net = atcp_fair_v4(0x0a010200, 24);
	unsigned int i, strangers = 0;

	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_TRUE(test, atcp_fair_same(net, atcp_fair_v4(0x0a010200 + i, 24)));
	/* Other networks, and other lengths of this one, are elsewhere: 16 bits tell. */
	for (i = 1; i <= 1024; i++)
		strangers += atcp_fair_same(net, atcp_fair_v4(0x0a010200 + (i << 8), 24));
	KUNIT_EXPECT_LE(test, strangers, 2u);
	KUNIT_EXPECT_FALSE(test, atcp_fair_same(net, atcp_fair_v4(0x0a010200, 25)));
	/* Length 0: everyone of a family is one network. */
	KUNIT_EXPECT_TRUE(test, atcp_fair_same(atcp_fair_v4(1, 0), atcp_fair_v4(~0u, 0)));
	/* Length 32: each host is its own. */
	KUNIT_EXPECT_FALSE(test, atcp_fair_same(atcp_fair_v4(1, 32), atcp_fair_v4(2, 32)));

	KUNIT_EXPECT_TRUE(test, atcp_fair_same(atcp_fair_v6(7, 1, 64), atcp_fair_v6(7, 2, 64)));
	KUNIT_EXPECT_FALSE(test, atcp_fair_same(atcp_fair_v6(7, 1, 64), atcp_fair_v6(8, 1, 64)));
	KUNIT_EXPECT_FALSE(test, atcp_fair_same(atcp_fair_v6(7, 1, 128), atcp_fair_v6(7, 2, 128)));
	KUNIT_EXPECT_TRUE(test, atcp_fair_same(atcp_fair_v6(7, 6, 127), atcp_fair_v6(7, 7, 127)));
	KUNIT_EXPECT_TRUE(test, atcp_fair_same(atcp_fair_v6(7, 1, 0), atcp_fair_v6(9, 2, 0)));
}

static void atcp_fair_count__never_too_little(struct kunit *test)
{
	struct atcp_fair *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct atcp_fair_place p;
	unsigned int i, n, sum = 0;

	KUNIT_ASSERT_NOT_NULL(test, f);
	/* Network i has i requests, so the fullest are 255 of 32640. */
	for (i = 0; i < 256; i++)
		for (n = 0; n < i; n++) {
			p = atcp_fair_v4(i << 8, 24);
			atcp_fair_add(f, &p, 1);
		}
	for (i = 0; i < 256; i++) {
		p = atcp_fair_v4(i << 8, 24);
		n = atcp_fair_count(f, &p);
		KUNIT_EXPECT_GE(test, n, i);
		sum += n - i;
	}
	/* Two rows of cells as many as networks: some share, few share twice. */
	KUNIT_EXPECT_LE(test, sum, 256u * 100);

	for (i = 0; i < 256; i++)
		for (n = 0; n < i; n++) {
			p = atcp_fair_v4(i << 8, 24);
			atcp_fair_add(f, &p, -1);
		}
	for (i = 0; i < 256; i++) {
		p = atcp_fair_v4(i << 8, 24);
		KUNIT_EXPECT_EQ(test, atcp_fair_count(f, &p), 0u);
	}
}

/* One network's flood is hardly another's fault. */
static void atcp_fair_count__one_noisy(struct kunit *test)
{
	struct atcp_fair *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct atcp_fair_place noisy = atcp_fair_v4(0xc0a80000, 24);
	unsigned int i, hit = 0;

	KUNIT_ASSERT_NOT_NULL(test, f);
	atcp_fair_add(f, &noisy, 1000);
	for (i = 0; i < 10000; i++) {
		struct atcp_fair_place p = atcp_fair_v4(i << 8, 24);

		hit += atcp_fair_count(f, &p) > 0;
	}
	KUNIT_EXPECT_LE(test, hit, 3u);
}

static void atcp_fair_over__under_pressure(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_fair_share(1000, 25), 250u);
	KUNIT_EXPECT_EQ(test, atcp_fair_share(1 << 20, 100), 1u << 20);
	KUNIT_EXPECT_EQ(test, atcp_fair_share(40, 25), 16u);

	KUNIT_EXPECT_FALSE(test, atcp_fair_over(500, 500, 1000, 25));
	KUNIT_EXPECT_TRUE(test, atcp_fair_over(250, 501, 1000, 25));
	KUNIT_EXPECT_FALSE(test, atcp_fair_over(249, 501, 1000, 25));
	KUNIT_EXPECT_FALSE(test, atcp_fair_over(1001, 1001, 1000, 100));
	/* A queue of 16 is never divided: 17 of one network fit. */
	KUNIT_EXPECT_FALSE(test, atcp_fair_over(16, 16, 16, 1));
}

static void atcp_fair_reserve__beyond(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_fair_reserve(1000, 25), 250u);
	KUNIT_EXPECT_EQ(test, atcp_fair_reserve(1 << 20, 75), 786432u);
	KUNIT_EXPECT_EQ(test, atcp_fair_reserve(16, 75), 0u);
	KUNIT_EXPECT_EQ(test, atcp_fair_reserve(1000, 0), 0u);
}

static struct kunit_case atcp_fair_cases[] = {
	KUNIT_CASE(atcp_fair_find__by_prefix),
	KUNIT_CASE(atcp_fair_count__never_too_little),
	KUNIT_CASE(atcp_fair_count__one_noisy),
	KUNIT_CASE(atcp_fair_over__under_pressure),
	KUNIT_CASE(atcp_fair_reserve__beyond),
	{}
};

static struct kunit_suite atcp_fair_suite = {
	.name = "atcp_fair",
	.test_cases = atcp_fair_cases,
};

kunit_test_suite(atcp_fair_suite);
