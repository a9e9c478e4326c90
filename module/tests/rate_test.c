// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/rate.c. */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/rate.h"

#define MSS	1000u

/* Ten segments sent at once arrive together after an RTT of 10 ms: 1 MB/s. */
static void atcp_rate_ack__flight(struct kunit *test)
{
	/* The clock's low half wraps in between. */
	u32 t = (u32)-5000, i;
	struct atcp_rate_sample s = {};
	struct atcp_rate_tx tx[10];
	struct atcp_rate r = {};

	KUNIT_EXPECT_EQ(test, atcp_rate_bytes(&r, MSS), 0ull);
	for (i = 0; i < 10; i++)
		atcp_rate_sent(&r, &tx[i], t, !i, 0);
	for (i = 0; i < 10; i++)
		atcp_rate_arrived(&r, &s, &tx[i], t, (i + 1) * MSS, false);
	KUNIT_EXPECT_EQ(test, s.end_seq, 10 * MSS);
	atcp_rate_ack(&r, &s, t + 10000, 10, 10, 10000);
	KUNIT_EXPECT_EQ(test, atcp_rate_bytes(&r, MSS), 1000000ull);
	KUNIT_EXPECT_FALSE(test, r.limited);
}

/* Sent over 40 ms and acknowledged in one go: the longer time counts. */
static void atcp_rate_ack__slow_sender(struct kunit *test)
{
	struct atcp_rate_sample s = {};
	struct atcp_rate_tx tx[5];
	struct atcp_rate r = {};
	u32 i;

	for (i = 0; i < 5; i++)
		atcp_rate_sent(&r, &tx[i], i * 10000, !i, 0);
	/* The first one's ACK, 10 ms later than the last was sent. */
	atcp_rate_arrived(&r, &s, &tx[0], 0, MSS, false);
	atcp_rate_ack(&r, &s, 50000, 1, 1, 1);
	s = (struct atcp_rate_sample) {};
	/* In any order: the newest is what is measured by. */
	for (i = 4; i > 0; i--)
		atcp_rate_arrived(&r, &s, &tx[i], i * 10000, (i + 1) * MSS, false);
	KUNIT_EXPECT_EQ(test, s.end_seq, 5 * MSS);
	KUNIT_EXPECT_EQ(test, s.send_us, 40000u);
	atcp_rate_ack(&r, &s, 50001, 5, 4, 1);
	/* Five segments in 50.001 ms. */
	KUNIT_EXPECT_EQ(test, atcp_rate_bytes(&r, MSS), 99998ull);
}

/* A sample over less than the least RTT is none. */
static void atcp_rate_ack__too_short(struct kunit *test)
{
	struct atcp_rate_sample s = {};
	struct atcp_rate_tx tx;
	struct atcp_rate r = {};

	atcp_rate_sent(&r, &tx, 100, true, 7);
	atcp_rate_arrived(&r, &s, &tx, 100, MSS, false);
	atcp_rate_ack(&r, &s, 1099, 8, 1, 1000);
	KUNIT_EXPECT_EQ(test, atcp_rate_bytes(&r, MSS), 0ull);
	KUNIT_EXPECT_EQ(test, r.acked_us, 1099u);

	atcp_rate_sent(&r, &tx, 2000, true, 8);
	s = (struct atcp_rate_sample) {};
	atcp_rate_arrived(&r, &s, &tx, 2000, 2 * MSS, false);
	atcp_rate_ack(&r, &s, 2000, 9, 1, 0);
	KUNIT_EXPECT_EQ(test, atcp_rate_bytes(&r, MSS), 0ull);
}

/* While the user sets the pace a lower rate does not replace a higher one. */
static void atcp_rate_ack__app_limited(struct kunit *test)
{
	struct atcp_rate_sample s = {};
	struct atcp_rate_tx tx;
	struct atcp_rate r = { .segs = 10, .us = 1000, .app_limited = 21 };

	atcp_rate_sent(&r, &tx, 0, true, 20);
	atcp_rate_arrived(&r, &s, &tx, 0, MSS, true);
	atcp_rate_ack(&r, &s, 1000, 21, 1, 1);
	KUNIT_EXPECT_EQ(test, r.segs, 10u);
	KUNIT_EXPECT_EQ(test, r.app_limited, 21u);

	/* A higher one does; and what comes after the bubble is not limited. */
	s.tx.delivered = 2;
	atcp_rate_ack(&r, &s, 1000, 22, 1, 1);
	KUNIT_EXPECT_EQ(test, r.segs, 20u);
	KUNIT_EXPECT_TRUE(test, r.limited);
	KUNIT_EXPECT_EQ(test, r.app_limited, 0u);
}

static struct kunit_case atcp_rate_cases[] = {
	KUNIT_CASE(atcp_rate_ack__flight),
	KUNIT_CASE(atcp_rate_ack__slow_sender),
	KUNIT_CASE(atcp_rate_ack__too_short),
	KUNIT_CASE(atcp_rate_ack__app_limited),
	{}
};

static struct kunit_suite atcp_rate_suite = {
	.name = "atcp_rate",
	.test_cases = atcp_rate_cases,
};

kunit_test_suite(atcp_rate_suite);
