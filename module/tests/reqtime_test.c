// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/reqtime.c. */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/reqtime.h"

static void atcp_reqtime_ms__doubles(struct kunit *test)
{
	static const u32 want[] = { 1000, 2000, 4000, 8000, 16000, 32000, 64000,
				    120000, 120000 };
	unsigned int i, sum = 0;

	for (i = 0; i < ARRAY_SIZE(want); i++)
		KUNIT_EXPECT_EQ(test, atcp_reqtime_ms(1000, i), want[i]);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_ms(1000, 255), 120000u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_ms(1000, U32_MAX), 120000u);
	/* 5 retries: the sixth timeout, the last, is at 63 s. */
	for (i = 0; i < 6; i++)
		sum += atcp_reqtime_ms(1000, i);
	KUNIT_EXPECT_EQ(test, sum, 63000u);

	KUNIT_EXPECT_EQ(test, atcp_reqtime_ms(10, 3), 80u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_ms(10, 13), 81920u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_ms(10, 14), 120000u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_ms(120000, 0), 120000u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_ms(120000, 255), 120000u);
}

static void atcp_reqtime_rto_ms__from_rtt(struct kunit *test)
{
	/* Nothing known: the knob. */
	KUNIT_EXPECT_EQ(test, atcp_reqtime_rto_ms(1000, 0, 200), 1000u);
	/* Near: the floor. Farther: three times the RTT. Too far: the knob. */
	KUNIT_EXPECT_EQ(test, atcp_reqtime_rto_ms(1000, 1, 200), 200u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_rto_ms(1000, 66667, 200), 201u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_rto_ms(1000, 100000, 200), 300u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_rto_ms(1000, 400000, 200), 1000u);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_rto_ms(1000, U32_MAX, 200), 1000u);
	/* A knob below the floor is meant. */
	KUNIT_EXPECT_EQ(test, atcp_reqtime_rto_ms(50, 1000, 200), 50u);
}

/* Linux's secs_to_retrans() and retrans_to_secs() with a first timeout of 1 s, at most 120 s. */
static void atcp_reqtime_defer__counts(struct kunit *test)
{
	static const struct { int sec; u8 n; u32 back; } want[] = {
		{ INT_MIN, 0, 0 }, { -1, 0, 0 }, { 0, 0, 0 }, { 1, 1, 1 }, { 2, 2, 3 }, { 3, 2, 3 },
		{ 4, 3, 7 }, { 10, 4, 15 }, { 127, 7, 127 }, { 128, 8, 247 }, { 247, 8, 247 },
		{ INT_MAX, 255, 127 + 248 * 120 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		KUNIT_EXPECT_EQ(test, atcp_reqtime_defer(want[i].sec), want[i].n);
		KUNIT_EXPECT_EQ(test, atcp_reqtime_defer_sec(want[i].n), want[i].back);
	}
}

/* Linux's loop, as reqsk_timer_handler() states it. */
static int atcp_reqtime_linux(int retries, int qlen, int young, int limit)
{
	if (qlen << 1 > max(8, limit)) {
		int y = young << 1;

		while (retries > 2) {
			if (qlen < y)
				break;
			retries--;
			y <<= 1;
		}
	}
	return retries;
}

static void atcp_reqtime_compare(struct kunit *test, int qlen, int young,
				 int limit)
{
	int n, got, want;

	for (n = 0; n <= 10; n++) {
		got = atcp_reqtime_retries(n, qlen, young, limit);
		want = atcp_reqtime_linux(n, qlen, young, limit);
		KUNIT_ASSERT_EQ(test, got, want);
	}
}

static void atcp_reqtime_retries__as_linux(struct kunit *test)
{
	int qlen, young, limit;

	for (limit = 1; limit <= 64; limit += 7)
		for (qlen = 0; qlen <= 2 * limit + 2; qlen++)
			for (young = 0; young <= qlen; young++)
				atcp_reqtime_compare(test, qlen, young, limit);
}

static void atcp_reqtime_retries__cases(struct kunit *test)
{
	/* Half full: nothing is cut, however old. */
	KUNIT_EXPECT_EQ(test, atcp_reqtime_retries(5, 64, 0, 128), 5);
	/* More than half full, but mostly of young ones. */
	KUNIT_EXPECT_EQ(test, atcp_reqtime_retries(5, 100, 60, 128), 5);
	/* A quarter young: one less. All old: two are left. */
	KUNIT_EXPECT_EQ(test, atcp_reqtime_retries(5, 100, 26, 128), 4);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_retries(5, 100, 0, 128), 2);
	/* Never below what was asked for, if that is less than two. */
	KUNIT_EXPECT_EQ(test, atcp_reqtime_retries(1, 100, 0, 128), 1);
	KUNIT_EXPECT_EQ(test, atcp_reqtime_retries(255, INT_MAX, 1, INT_MAX), 225);
}

static void atcp_reqtime_judge__plain(struct kunit *test)
{
	struct atcp_reqtime r = { .retries = 3, .full_retries = 5 };

	for (r.num_timeout = 0; r.num_timeout < 3; r.num_timeout++)
		KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r),
				(int)ATCP_REQTIME_RESEND);
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r), (int)ATCP_REQTIME_END);
	/* An ACK dropped for a full accept queue: asked for once more. */
	r.acked = true;
	r.num_timeout = 2;
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r),
			(int)ATCP_REQTIME_RESEND);
}

static void atcp_reqtime_judge__defer(struct kunit *test)
{
	struct atcp_reqtime r = {
		.retries = 2, .full_retries = 2, .defer = 4, .acked = true,
	};

	for (r.num_timeout = 0; r.num_timeout < 3; r.num_timeout++)
		KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r),
				(int)ATCP_REQTIME_WAIT);
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r),
			(int)ATCP_REQTIME_RESEND);
	r.num_timeout = 4;
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r), (int)ATCP_REQTIME_END);
	/* Without the ACK it is a request like others. */
	r.acked = false;
	r.num_timeout = 1;
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r),
			(int)ATCP_REQTIME_RESEND);
	r.num_timeout = 2;
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r), (int)ATCP_REQTIME_END);
}

static void atcp_reqtime_judge__parked(struct kunit *test)
{
	struct atcp_reqtime r = {
		.retries = 2, .full_retries = 5, .acked = true, .parked = true,
	};

	for (r.num_timeout = 0; r.num_timeout < 5; r.num_timeout++)
		KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r),
				(int)ATCP_REQTIME_WAIT);
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r), (int)ATCP_REQTIME_END);
}

/* In a flood nothing is sent again to who never answered; the time is the same. */
static void atcp_reqtime_judge__muted(struct kunit *test)
{
	struct atcp_reqtime r = { .retries = 2, .full_retries = 5, .muted = true };

	for (r.num_timeout = 0; r.num_timeout < 2; r.num_timeout++)
		KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r),
				(int)ATCP_REQTIME_MUTE);
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r), (int)ATCP_REQTIME_END);
	r.num_timeout = 1;
	r.acked = true;
	KUNIT_EXPECT_EQ(test, (int)atcp_reqtime_judge(&r),
			(int)ATCP_REQTIME_RESEND);
}

static struct kunit_case atcp_reqtime_cases[] = {
	KUNIT_CASE(atcp_reqtime_ms__doubles),
	KUNIT_CASE(atcp_reqtime_rto_ms__from_rtt),
	KUNIT_CASE(atcp_reqtime_defer__counts),
	KUNIT_CASE(atcp_reqtime_judge__muted),
	KUNIT_CASE(atcp_reqtime_retries__as_linux),
	KUNIT_CASE(atcp_reqtime_retries__cases),
	KUNIT_CASE(atcp_reqtime_judge__plain),
	KUNIT_CASE(atcp_reqtime_judge__defer),
	KUNIT_CASE(atcp_reqtime_judge__parked),
	{}
};

static struct kunit_suite atcp_reqtime_suite = {
	.name = "atcp_reqtime",
	.test_cases = atcp_reqtime_cases,
};

kunit_test_suite(atcp_reqtime_suite);
