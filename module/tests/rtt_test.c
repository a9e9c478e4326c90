// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/rtt.c. */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/rtt.h"
#include "tests/rand.h"

#define MS	1000u

static u32 atcp_rtt_rto(const struct atcp_rtt *r)
{
	return atcp_rtt_rto_us(r, ATCP_RTT_RTO_MIN_US, ATCP_RTT_RTO_MAX_US);
}

/* RFC 6298 (2.1), (2.2): 1 s; then RTO = R + 4 * R/2, but R + the floor at least. */
static void atcp_rtt_sample__first(struct kunit *test)
{
	static const struct {
		u32 rtt, rto;
	} t[] = {
		{ 1, 200 * MS + 1 }, { 10 * MS, 210 * MS }, { 100 * MS, 300 * MS },
		{ 200 * MS, 600 * MS }, { 1000 * MS, 3000 * MS },
		{ 100000 * MS, 120000 * MS }, { U32_MAX, 120000 * MS },
	};
	struct atcp_rtt r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		atcp_rtt_init(&r, 0);
		KUNIT_EXPECT_EQ(test, atcp_rtt_rto(&r), 1000 * MS);
		atcp_rtt_sample(&r, t[i].rtt, 0, 0);
		KUNIT_EXPECT_EQ(test, atcp_rtt_rto(&r), t[i].rto);
	}
}

/* A measured time of 0 is a sample too. */
static void atcp_rtt_sample__zero(struct kunit *test)
{
	struct atcp_rtt r;
	unsigned int i;

	atcp_rtt_init(&r, 0);
	for (i = 0; i < 50; i++)
		atcp_rtt_sample(&r, 0, i, i);
	KUNIT_EXPECT_GT(test, r.srtt_us, 0u);
	KUNIT_EXPECT_EQ(test, atcp_rtt_rto(&r), 200 * MS);
}

/* RFC 6298 (2.3), worked out in exact fractions: SRTT = 7/8 SRTT + 1/8 R. */
static void atcp_rtt_sample__srtt_vector(struct kunit *test)
{
	static const struct {
		u32 rtt, srtt;
	} t[] = {
		{ 100000, 100000 }, { 120000, 102500 }, { 80000, 99687 },
		{ 300000, 124726 }, { 100000, 121635 }, { 100000, 118931 },
		{ 50000, 110314 }, { 1000000, 221525 }, { 100000, 206334 },
		{ 1, 180543 },
	};
	struct atcp_rtt r;
	unsigned int i;

	atcp_rtt_init(&r, 0);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		atcp_rtt_sample(&r, t[i].rtt, i, i);
		/* Rounding may lose 1 us in all. */
		KUNIT_EXPECT_LE(test, r.srtt_us >> 3, t[i].srtt + 1);
		KUNIT_EXPECT_GE(test, r.srtt_us >> 3, t[i].srtt - 1);
	}
}

/*
 * The deviation, one sample a flight and no floor: |err| 20 ms into 50 ms/4;
 * mdev = 3/4 mdev + 1/4 |err|, the RTO has 4 of it at once when it rises.
 */
static void atcp_rtt_sample__variance_rises_at_once(struct kunit *test)
{
	struct atcp_rtt r;

	atcp_rtt_init(&r, 1);
	atcp_rtt_sample(&r, 100 * MS, 0, 1000);
	KUNIT_EXPECT_EQ(test, r.rttvar_us, 200 * MS);
	/* err 300 ms: mdev 50 -> 50 + (300 - 50) / 4 = 112.5, times 4 */
	atcp_rtt_sample(&r, 400 * MS, 100, 1000);
	KUNIT_EXPECT_EQ(test, r.mdev_us, 450 * MS);
	KUNIT_EXPECT_EQ(test, r.rttvar_us, 450 * MS);
	KUNIT_EXPECT_EQ(test, r.srtt_us >> 3, 137500u);
}

/* Within a flight the variance does not fall; by a quarter of the gap after. */
static void atcp_rtt_sample__variance_decays_by_flight(struct kunit *test)
{
	struct atcp_rtt r;
	u32 before, max;

	atcp_rtt_init(&r, 10 * MS);
	atcp_rtt_sample(&r, 100 * MS, 0, 1000);
	atcp_rtt_sample(&r, 400 * MS, 100, 1000);
	before = r.rttvar_us;
	atcp_rtt_sample(&r, 140 * MS, 500, 1000);
	KUNIT_EXPECT_EQ(test, r.rttvar_us, before);
	/* The flight that saw 450 ms ends: that was its maximum. */
	atcp_rtt_sample(&r, 140 * MS, 1001, 2000);
	KUNIT_EXPECT_EQ(test, r.rttvar_us, before);
	KUNIT_EXPECT_EQ(test, r.mdev_max_us, 10 * MS);
	/* A flight of smaller deviations ends. */
	atcp_rtt_sample(&r, 140 * MS, 1500, 2000);
	max = r.mdev_max_us;
	atcp_rtt_sample(&r, 140 * MS, 2001, 3000);
	KUNIT_EXPECT_LT(test, max, before);
	KUNIT_EXPECT_EQ(test, r.rttvar_us, before - ((before - max) >> 2));
}

/* An RTT that falls must not raise the RTO by as much as one that rises. */
static void atcp_rtt_sample__decrease_damped(struct kunit *test)
{
	struct atcp_rtt up, down;

	atcp_rtt_init(&up, 1);
	atcp_rtt_sample(&up, 1000 * MS, 0, 1000);
	up.mdev_us = 4 * MS;
	down = up;
	atcp_rtt_sample(&up, 1900 * MS, 100, 1000);
	atcp_rtt_sample(&down, 100 * MS, 100, 1000);
	/* |err| 900 ms: (900 - 1) and an eighth of that, both from 4 ms. */
	KUNIT_EXPECT_EQ(test, up.mdev_us, 4 * MS + 899 * MS);
	KUNIT_EXPECT_EQ(test, down.mdev_us, 4 * MS + (899 * MS >> 3));
}

static void atcp_rtt_sample__converges(struct kunit *test)
{
	struct atcp_rtt r;
	unsigned int i;

	atcp_rtt_init(&r, 0);
	atcp_rtt_sample(&r, 3000 * MS, 0, 0);
	for (i = 1; i < 200; i++)
		atcp_rtt_sample(&r, 100 * MS, i, i);
	KUNIT_EXPECT_LE(test, r.srtt_us >> 3, 101 * MS);
	KUNIT_EXPECT_GE(test, r.srtt_us >> 3, 99 * MS);
	KUNIT_EXPECT_GE(test, atcp_rtt_rto(&r), 300 * MS - 1 * MS);
	KUNIT_EXPECT_LE(test, atcp_rtt_rto(&r), 310 * MS);
}

/* Whatever comes, RTO stays within SRTT + floor and the ceiling. */
static void atcp_rtt_sample__random(struct kunit *test)
{
	struct atcp_rtt r;
	u64 seed = 3;
	unsigned int i;

	atcp_rtt_init(&r, 0);
	for (i = 0; i < 100000; i++) {
		u32 rtt = atcp_rand_next(&seed) >> atcp_rand_below(&seed, 32);

		atcp_rtt_sample(&r, rtt, i * 7, i * 7 + 70);
		if (!r.srtt_us || r.rttvar_us < ATCP_RTT_RTO_MIN_US ||
		    atcp_rtt_rto(&r) > ATCP_RTT_RTO_MAX_US ||
		    atcp_rtt_rto(&r) < min((r.srtt_us >> 3) + 200 * MS,
					   ATCP_RTT_RTO_MAX_US))
			KUNIT_FAIL(test, "round %u rtt %u", i, rtt);
	}
}

/* RFC 6298 (5.5): doubled each time, up to the ceiling, whatever the shift. */
static void atcp_rtt_backoff_us__doubles(struct kunit *test)
{
	unsigned int i;
	u64 want = 1000 * MS;

	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, (u64)atcp_rtt_backoff_us(1000 * MS, i,
							       120000 * MS),
				min_t(u64, want, 120000 * MS));
		want = min(want * 2, 1ull << 40);
	}
}

static void atcp_rtt_min_update__window(struct kunit *test)
{
	struct atcp_rtt r;

	atcp_rtt_init(&r, 0);
	KUNIT_EXPECT_EQ(test, atcp_rtt_min_us(&r.min), U32_MAX);
	KUNIT_EXPECT_EQ(test, atcp_rtt_min_update(&r.min, 50, 0, 1000), 50u);
	KUNIT_EXPECT_EQ(test, atcp_rtt_min_update(&r.min, 80, 100, 1000), 50u);
	KUNIT_EXPECT_EQ(test, atcp_rtt_min_update(&r.min, 70, 600, 1000), 50u);
	KUNIT_EXPECT_EQ(test, atcp_rtt_min_update(&r.min, 90, 900, 1000), 50u);
	/* 50 is too old now; 70 is the least of what is left. */
	KUNIT_EXPECT_EQ(test, atcp_rtt_min_update(&r.min, 90, 1001, 1000), 70u);
	KUNIT_EXPECT_EQ(test, atcp_rtt_min_update(&r.min, 60, 1100, 1000), 60u);
	/* A silence longer than the window forgets everything. */
	KUNIT_EXPECT_EQ(test, atcp_rtt_min_update(&r.min, 500, 9000, 1000),
			500u);
}

/*
 * Against the true minimum: never below that of the window, never above that of
 * its last half, and no sample older than the window; over a wrapping clock.
 */
static void atcp_rtt_min_update__random(struct kunit *test)
{
	static u32 when[256], what[256];
	u32 now = U32_MAX - 5000;
	struct atcp_rtt r;
	u64 seed = 11;
	unsigned int i, j;

	atcp_rtt_init(&r, 0);
	for (i = 0; i < 20000; i++) {
		u32 got, whole = U32_MAX, half = U32_MAX;

		now += 1 + atcp_rand_below(&seed, 40);
		when[i % 256] = now;
		what[i % 256] = 100 + atcp_rand_below(&seed, 1000) +
				(i >> 8 & 3) * 500;
		got = atcp_rtt_min_update(&r.min, what[i % 256], now, 1000);
		for (j = i > 255 ? i - 255 : 0; j <= i; j++) {
			u32 age = now - when[j % 256];

			if (age <= 1000)
				whole = min(whole, what[j % 256]);
			if (age <= 250)
				half = min(half, what[j % 256]);
		}
		if (got < whole || got > half)
			KUNIT_FAIL(test, "round %u: %u not in %u..%u", i, got,
				   whole, half);
	}
}

static struct kunit_case atcp_rtt_cases[] = {
	KUNIT_CASE(atcp_rtt_sample__first),
	KUNIT_CASE(atcp_rtt_sample__zero),
	KUNIT_CASE(atcp_rtt_sample__srtt_vector),
	KUNIT_CASE(atcp_rtt_sample__variance_rises_at_once),
	KUNIT_CASE(atcp_rtt_sample__variance_decays_by_flight),
	KUNIT_CASE(atcp_rtt_sample__decrease_damped),
	KUNIT_CASE(atcp_rtt_sample__converges),
	KUNIT_CASE(atcp_rtt_sample__random),
	KUNIT_CASE(atcp_rtt_backoff_us__doubles),
	KUNIT_CASE(atcp_rtt_min_update__window),
	KUNIT_CASE(atcp_rtt_min_update__random),
	{}
};

static struct kunit_suite atcp_rtt_suite = {
	.name = "atcp_rtt",
	.test_cases = atcp_rtt_cases,
};

kunit_test_suite(atcp_rtt_suite);
