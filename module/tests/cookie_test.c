// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/cookie.c. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/socket.h>

#include "proto/cookie.h"
#include "tests/rand.h"

static const struct atcp_cookie_keys atcp_cookie_test_keys = {
	.key = { { 0x0123456789abcdefull, 0xfedcba9876543210ull } },
};

#define KEYS	(&atcp_cookie_test_keys)

static struct atcp_cookie_in atcp_cookie_syn(u16 family)
{
	struct atcp_cookie_in in = {
		.seq = 0x11223344,
		.sport = htons(40000),
		.dport = htons(80),
		.family = family,
	};

	if (family == AF_INET) {
		in.saddr.s6_addr32[2] = htonl(0xffff);
		in.saddr.s6_addr32[3] = htonl(0x0a000001);
		in.daddr.s6_addr32[2] = htonl(0xffff);
		in.daddr.s6_addr32[3] = htonl(0x0a000002);
	} else {
		in.saddr.s6_addr32[0] = htonl(0x20010db8);
		in.saddr.s6_addr32[3] = htonl(1);
		in.daddr.s6_addr32[0] = htonl(0x20010db8);
		in.daddr.s6_addr32[3] = htonl(2);
	}
	return in;
}

static const u16 atcp_cookie_families[] = { AF_INET, AF_INET6 };

static const u16 atcp_cookie_mss_values[] = {
	88, 536, 1200, 1220, 1340, 1360, 1380, 1400, 1420, 1440, 1460, 8940,
	8960, 65535
};

/* Every window scale with every flag at one MSS in one epoch. */
static void atcp_cookie_try_flags(struct kunit *test,
				  const struct atcp_cookie_in *in, u16 mss,
				  u32 epoch)
{
	unsigned int i;

	for (i = 0; i < 64; i++) {
		struct atcp_cookie_opts o = {
			.mss = mss,
			.wscale = i / 4 == 15 ? 0xff : i / 4,
			.sack = i & 1,
			.ecn = i & 2,
		};
		u32 cookie = atcp_cookie_make(in, &o, KEYS, epoch);
		struct atcp_cookie_opts got;

		KUNIT_ASSERT_EQ(test, 0, atcp_cookie_check(in, cookie, KEYS,
							   epoch, 0, &got));
		KUNIT_EXPECT_EQ(test, got.mss, atcp_cookie_mss(in->family, mss));
		KUNIT_EXPECT_EQ(test, got.wscale, o.wscale);
		KUNIT_EXPECT_EQ(test, got.sack, o.sack);
		KUNIT_EXPECT_EQ(test, got.ecn, o.ecn);
	}
}

/* Every combination of options, in both families and in epochs that wrap. */
static void atcp_cookie_check__all_options(struct kunit *test)
{
	static const u32 epochs[] = { 0, 1, 2, 3, 4, 77, U32_MAX };
	unsigned int f, e, m;

	for (f = 0; f < ARRAY_SIZE(atcp_cookie_families); f++) {
		struct atcp_cookie_in in;

		in = atcp_cookie_syn(atcp_cookie_families[f]);
		for (e = 0; e < ARRAY_SIZE(epochs); e++)
			for (m = 0; m < ARRAY_SIZE(atcp_cookie_mss_values); m++)
				atcp_cookie_try_flags(test, &in,
						      atcp_cookie_mss_values[m],
						      epochs[e]);
	}
}

/* A cookie is good for max_age epochs after its own, and for no other. */
static void atcp_cookie_check__age(struct kunit *test)
{
	struct atcp_cookie_opts o = { .mss = 1460, .wscale = 7, .sack = true };
	struct atcp_cookie_in in = atcp_cookie_syn(AF_INET);
	struct atcp_cookie_opts got;
	unsigned int epoch, age, max;

	for (epoch = 0; epoch < 9; epoch++) {
		u32 made = epoch - 4;
		u32 cookie = atcp_cookie_make(&in, &o, KEYS, made);

		for (max = 0; max <= ATCP_COOKIE_MAX_AGE; max++)
			for (age = 0; age < 12; age++) {
				int want = age <= max ? 0 : -EINVAL;

				KUNIT_EXPECT_EQ(test, want,
						atcp_cookie_check(&in, cookie,
								  KEYS,
								  made + age,
								  max, &got));
			}
		/* From the future. */
		KUNIT_EXPECT_EQ(test, -EINVAL,
				atcp_cookie_check(&in, cookie, KEYS, made - 1,
						  1, &got));
	}
}

/* Anything about the SYN that differs makes it another cookie. */
static void atcp_cookie_check__bound_to_syn(struct kunit *test)
{
	struct atcp_cookie_opts o = { .mss = 1460, .wscale = 7 };
	struct atcp_cookie_opts got = { .mss = 1 };
	unsigned int f, bit;

	for (f = 0; f < 2; f++) {
		struct atcp_cookie_in in;
		u32 cookie;

		in = atcp_cookie_syn(atcp_cookie_families[f]);
		cookie = atcp_cookie_make(&in, &o, KEYS, 5);
		for (bit = 0; bit < 8 * offsetofend(struct atcp_cookie_in, dport);
		     bit++) {
			struct atcp_cookie_in bad = in;

			((u8 *)&bad)[bit / 8] ^= 1 << bit % 8;
			/* An IPv4 address is only its last four bytes. */
			if (in.family == AF_INET && bit < 256 &&
			    bit % 128 < 96)
				continue;
			KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
					    atcp_cookie_check(&bad, cookie, KEYS,
							      5, 1, &got),
					    "bit %u", bit);
		}
		for (bit = 0; bit < 32; bit++)
			KUNIT_EXPECT_NE(test, 0,
					atcp_cookie_check(&in,
							  cookie ^ 1u << bit,
							  KEYS, 5, 1, &got));
	}
	/* Nothing was written by a check that failed. */
	KUNIT_EXPECT_EQ(test, got.mss, 1);
}

static void atcp_cookie_check__other_keys(struct kunit *test)
{
	struct atcp_cookie_opts o = { .mss = 1460, .wscale = 7 }, got;
	struct atcp_cookie_in in = atcp_cookie_syn(AF_INET6);
	struct atcp_cookie_keys other = *KEYS;
	u32 cookie = atcp_cookie_make(&in, &o, KEYS, 5);

	other.key.key[1]++;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			atcp_cookie_check(&in, cookie, &other, 5, 1, &got));
	other = *KEYS;
	other.key.key[0]++;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			atcp_cookie_check(&in, cookie, &other, 5, 1, &got));
}

/*
 * The chance of a blind ACK, measured: with each epoch that may be, one of the four
 * values of the upper two bits is right, and under it one of all 2^21 MACs.
 * With max_age 1 that is two numbers of 2^23: 2^-22.
 */
static void atcp_cookie_check__forgery_exact(struct kunit *test)
{
	struct atcp_cookie_in in = atcp_cookie_syn(AF_INET);
	struct atcp_cookie_opts got;
	unsigned int field, hits = 0;
	u32 low;

	for (field = 0; field < 4; field++)
		for (low = 0; low < 1u << 21; low++)
			hits += !atcp_cookie_check(&in, field << 30 | low, KEYS, 1000, 1, &got);
	KUNIT_EXPECT_EQ(test, hits, 2u);
}

/*
 * Who has a cookie for some options and moves it to others by a difference that was
 * right for another SYN: 512 options of 64 SYNs, with 2^-20 for each.
 */
static void atcp_cookie_check__options_bound(struct kunit *test)
{
	struct atcp_cookie_opts o = { .mss = 1460, .wscale = 7 }, other, got;
	struct atcp_cookie_in in = atcp_cookie_syn(AF_INET);
	u32 shift[512], from, hits = 0;
	unsigned int i, syn;

	for (syn = 0; syn < 64; syn++, in.seq++) {
		from = atcp_cookie_make(&in, &o, KEYS, 5);
		for (i = 0; i < 512; i++) {
			other = (struct atcp_cookie_opts) {
				.mss = atcp_cookie_mss_values[i >> 6],
				.wscale = (i >> 2 & 15) == 15 ? 0xff : i >> 2 & 15,
				.sack = i & 1,
				.ecn = i & 2,
			};
			if (syn)
				hits += !atcp_cookie_check(&in, from ^ shift[i], KEYS, 5, 0, &got);
			shift[i] = from ^ atcp_cookie_make(&in, &other, KEYS, 5);
		}
	}
	KUNIT_EXPECT_LE(test, hits, 1u);
}

/* The same by random ACKs from random addresses: 2^23 tries, 2 expected. */
static void atcp_cookie_check__forgery_random(struct kunit *test)
{
	struct atcp_cookie_in in = atcp_cookie_syn(AF_INET);
	struct atcp_cookie_opts got;
	unsigned int i, hits = 0;
	u64 seed = 7;

	for (i = 0; i < 1u << 23; i++) {
		in.saddr.s6_addr32[3] = (__force __be32)atcp_rand_next(&seed);
		in.seq = atcp_rand_next(&seed);
		hits += !atcp_cookie_check(&in, atcp_rand_next(&seed), KEYS,
					   1000, 1, &got);
	}
	kunit_info(test, "%u of %u random ACKs passed", hits, i);
	KUNIT_EXPECT_LE(test, hits, 9u);
}

/* As an ISN it must look random: every bit set in about half of the cookies. */
static void atcp_cookie_make__unpredictable(struct kunit *test)
{
	struct atcp_cookie_opts o = { .mss = 1460, .wscale = 7, .sack = true };
	struct atcp_cookie_in in = atcp_cookie_syn(AF_INET);
	unsigned int i, bit, ones[32] = {};

	for (i = 0; i < 10000; i++) {
		u32 cookie;

		in.sport = htons(i);
		cookie = atcp_cookie_make(&in, &o, KEYS, 5);
		for (bit = 0; bit < 32; bit++)
			ones[bit] += cookie >> bit & 1;
	}
	/* Six standard deviations of 50. */
	for (bit = 0; bit < 32; bit++) {
		KUNIT_EXPECT_GT(test, ones[bit], 4700u);
		KUNIT_EXPECT_LT(test, ones[bit], 5300u);
	}
}

/* Never more than announced, and never less than need be. */
static void atcp_cookie_mss__every_value(struct kunit *test)
{
	static const u16 floor[] = { 536, 1220 };
	unsigned int f, mss;

	for (f = 0; f < 2; f++) {
		u16 family = atcp_cookie_families[f];
		u16 last = 88, steps = 1;

		for (mss = 1; mss <= 65535; mss++) {
			u16 got = atcp_cookie_mss(family, mss);

			if (mss >= 88 && got > mss)
				KUNIT_FAIL(test, "mss %u gives %u", mss, got);
			if (got == last)
				continue;
			KUNIT_EXPECT_EQ(test, got, mss);
			last = got;
			steps++;
		}
		KUNIT_EXPECT_EQ(test, steps, ATCP_COOKIE_NR_MSS);
		KUNIT_EXPECT_EQ(test, atcp_cookie_mss(family, 0), floor[f]);
		KUNIT_EXPECT_EQ(test, atcp_cookie_mss(family, floor[f]),
				floor[f]);
	}
}

static void atcp_cookie_epoch__64_seconds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_cookie_epoch(63), 0u);
	KUNIT_EXPECT_EQ(test, atcp_cookie_epoch(64), 1u);
	KUNIT_EXPECT_EQ(test, atcp_cookie_epoch(6400), 100u);
}

static struct kunit_case atcp_cookie_cases[] = {
	KUNIT_CASE(atcp_cookie_check__all_options),
	KUNIT_CASE(atcp_cookie_check__age),
	KUNIT_CASE(atcp_cookie_check__bound_to_syn),
	KUNIT_CASE(atcp_cookie_check__other_keys),
	KUNIT_CASE(atcp_cookie_check__forgery_exact),
	KUNIT_CASE(atcp_cookie_check__options_bound),
	KUNIT_CASE(atcp_cookie_check__forgery_random),
	KUNIT_CASE(atcp_cookie_make__unpredictable),
	KUNIT_CASE(atcp_cookie_mss__every_value),
	KUNIT_CASE(atcp_cookie_epoch__64_seconds),
	{}
};

static struct kunit_suite atcp_cookie_suite = {
	.name = "atcp_cookie",
	.test_cases = atcp_cookie_cases,
};

kunit_test_suite(atcp_cookie_suite);
