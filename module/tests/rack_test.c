// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/rack.c (RFC 8985 section 6.2). */
#include <kunit/test.h>

#include "proto/rack.h"

static void atcp_rack_delivered__latest_counts(struct kunit *test)
{
	struct atcp_rack r;

	atcp_rack_init(&r);
	KUNIT_EXPECT_EQ(test, r.steps, 1);
	atcp_rack_delivered(&r, 1000, 100, false, 21000, 20000);
	KUNIT_EXPECT_EQ(test, r.xmit_us, 1000ULL);
	KUNIT_EXPECT_EQ(test, r.rtt_us, 20000u);
	/* An older one is no news of time, but of RTT. */
	atcp_rack_delivered(&r, 500, 50, false, 25500, 20000);
	KUNIT_EXPECT_EQ(test, r.xmit_us, 1000ULL);
	KUNIT_EXPECT_EQ(test, r.rtt_us, 25000u);
	/* Of one time the higher number. */
	atcp_rack_delivered(&r, 1000, 200, false, 26000, 20000);
	KUNIT_EXPECT_EQ(test, r.end_seq, 200u);
	/* A retransmission cannot have arrived so soon. */
	r.advanced = false;
	atcp_rack_delivered(&r, 26000, 10, true, 30000, 20000);
	KUNIT_EXPECT_FALSE(test, r.advanced);
	KUNIT_EXPECT_EQ(test, r.xmit_us, 1000ULL);
	atcp_rack_delivered(&r, 26000, 10, true, 46000, 20000);
	KUNIT_EXPECT_TRUE(test, r.advanced);
	KUNIT_EXPECT_EQ(test, r.xmit_us, 26000ULL);
	KUNIT_EXPECT_TRUE(test, atcp_rack_sent_before(&r, 25999, 1u << 31));
	KUNIT_EXPECT_TRUE(test, atcp_rack_sent_before(&r, 26000, 9));
	KUNIT_EXPECT_FALSE(test, atcp_rack_sent_before(&r, 26000, 10));
	KUNIT_EXPECT_FALSE(test, atcp_rack_sent_before(&r, 26001, 0));
}

static void atcp_rack_rest_us__to_the_microsecond(struct kunit *test)
{
	struct atcp_rack r;

	atcp_rack_init(&r);
	atcp_rack_delivered(&r, 1000, 100, false, 21000, 20000);
	KUNIT_EXPECT_EQ(test, atcp_rack_rest_us(&r, 900, 5000, 21000), 4900LL);
	KUNIT_EXPECT_EQ(test, atcp_rack_rest_us(&r, 900, 5000, 25900), 0LL);
	KUNIT_EXPECT_EQ(test, atcp_rack_rest_us(&r, 900, 0, 21000), -100LL);
}

/* Step 4: grows by D-SACK once a round trip, shrinks after 16 recoveries. */
static void atcp_rack_reo_us__grows_and_shrinks(struct kunit *test)
{
	struct atcp_rack r;
	int i;

	atcp_rack_init(&r);
	KUNIT_EXPECT_EQ(test, atcp_rack_reo_us(&r, 40000, 100000), 10000u);
	KUNIT_EXPECT_EQ(test, atcp_rack_reo_us(&r, 40000, 3000), 3000u);
	r.dsack = true;
	atcp_rack_adapt(&r, 100, 50);
	KUNIT_EXPECT_EQ(test, atcp_rack_reo_us(&r, 40000, 100000), 20000u);
	/* Sent before it grew: not heard. */
	r.dsack = true;
	atcp_rack_adapt(&r, 120, 99);
	KUNIT_EXPECT_EQ(test, r.steps, 2);
	KUNIT_EXPECT_FALSE(test, r.dsack);
	r.dsack = true;
	atcp_rack_adapt(&r, 130, 100);
	KUNIT_EXPECT_EQ(test, r.steps, 3);
	for (i = 0; i < 15; i++)
		atcp_rack_recovered(&r);
	atcp_rack_adapt(&r, 200, 190);
	KUNIT_EXPECT_EQ(test, r.steps, 3);
	atcp_rack_recovered(&r);
	atcp_rack_recovered(&r);
	/* An ACK that delivers nothing says nothing. */
	atcp_rack_adapt(&r, 200, 0);
	KUNIT_EXPECT_EQ(test, r.steps, 3);
	atcp_rack_adapt(&r, 200, 199);
	KUNIT_EXPECT_EQ(test, r.steps, 1);
	for (i = 1; i <= 300; i++) {
		r.dsack = true;
		atcp_rack_adapt(&r, 1000 * i, 1000 * i - 1);
		atcp_rack_spurious(&r);
	}
	KUNIT_EXPECT_EQ(test, r.steps, 255);
	KUNIT_EXPECT_EQ(test, r.persist, 16);
	KUNIT_EXPECT_EQ(test, atcp_rack_reo_us(&r, U32_MAX, 100000), 100000u);
}

static struct kunit_case atcp_rack_cases[] = {
	KUNIT_CASE(atcp_rack_delivered__latest_counts),
	KUNIT_CASE(atcp_rack_rest_us__to_the_microsecond),
	KUNIT_CASE(atcp_rack_reo_us__grows_and_shrinks),
	{}
};

static struct kunit_suite atcp_rack_suite = {
	.name = "atcp_rack",
	.test_cases = atcp_rack_cases,
};

kunit_test_suite(atcp_rack_suite);
