// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/metrics.c. */
#include <kunit/test.h>

#include "proto/metrics.h"

static struct atcp_metrics_end atcp_metrics_an_end(void)
{
	return (struct atcp_metrics_end) {
		.rtt = 80000, .mdev = 4000, .cwnd = 40, .ssthresh = 20, .reordering = 3,
		.usual_reordering = 3, .open = true,
	};
}

static void atcp_metrics_learn__first(struct kunit *test)
{
	struct atcp_metrics_end e = atcp_metrics_an_end();
	struct atcp_metrics m = {};

	atcp_metrics_learn(&m, &e, 0);
	KUNIT_EXPECT_EQ(test, m.rtt, 80000u);
	KUNIT_EXPECT_EQ(test, m.rttvar, 40000u);
	KUNIT_EXPECT_EQ(test, m.ssthresh, 20u);
	KUNIT_EXPECT_EQ(test, m.cwnd, 20u);
	KUNIT_EXPECT_EQ(test, m.reordering, 0u);
}

static void atcp_metrics_learn__rtt(struct kunit *test)
{
	struct atcp_metrics_end e = atcp_metrics_an_end();
	struct atcp_metrics m = { .rtt = 160000, .rttvar = 8000 };

	/* A shorter one counts for an eighth, a longer one at once. */
	atcp_metrics_learn(&m, &e, 0);
	KUNIT_EXPECT_EQ(test, m.rtt, 150000u);
	KUNIT_EXPECT_EQ(test, m.rttvar, 40000u);
	e.rtt = 200000;
	atcp_metrics_learn(&m, &e, 0);
	KUNIT_EXPECT_EQ(test, m.rtt, 200000u);
	KUNIT_EXPECT_EQ(test, m.rttvar, 40000u - (40000 - 25000) / 4);
}

static void atcp_metrics_learn__failed(struct kunit *test)
{
	struct atcp_metrics_end e = atcp_metrics_an_end();
	struct atcp_metrics m = { .rtt = 160000, .cwnd = 7 };

	e.failed = true;
	atcp_metrics_learn(&m, &e, 0);
	KUNIT_EXPECT_EQ(test, m.rtt, 0u);
	KUNIT_EXPECT_EQ(test, m.cwnd, 7u);
	e.failed = false;
	e.rtt = 0;
	m.rtt = 5;
	atcp_metrics_learn(&m, &e, ATCP_METRICS_RTT);
	KUNIT_EXPECT_EQ(test, m.rtt, 5u);
}

static void atcp_metrics_learn__windows(struct kunit *test)
{
	struct atcp_metrics_end e = atcp_metrics_an_end();
	struct atcp_metrics m = { .cwnd = 10, .ssthresh = 12 };

	/* The first slow start: at least that much goes. */
	e.first_slow_start = true;
	e.slow_start = true;
	atcp_metrics_learn(&m, &e, 0);
	KUNIT_EXPECT_EQ(test, m.cwnd, 40u);
	KUNIT_EXPECT_EQ(test, m.ssthresh, 20u);
	/* In the middle of another one cwnd says nothing. */
	e.first_slow_start = false;
	e.ssthresh = 30;
	atcp_metrics_learn(&m, &e, 0);
	KUNIT_EXPECT_EQ(test, m.cwnd, 35u);
	KUNIT_EXPECT_EQ(test, m.ssthresh, 30u);
	m.ssthresh = 0;
	atcp_metrics_learn(&m, &e, 0);
	KUNIT_EXPECT_EQ(test, m.ssthresh, 0u);
}

static void atcp_metrics_learn__fixed(struct kunit *test)
{
	struct atcp_metrics_end e = atcp_metrics_an_end();
	struct atcp_metrics m = { 1, 2, 3, 4, 5 };

	e.reordering = 20;
	atcp_metrics_learn(&m, &e, ATCP_METRICS_RTT | ATCP_METRICS_RTTVAR |
			   ATCP_METRICS_SSTHRESH | ATCP_METRICS_CWND | ATCP_METRICS_REORDERING);
	KUNIT_EXPECT_EQ(test, m.rtt, 1u);
	KUNIT_EXPECT_EQ(test, m.rttvar, 2u);
	KUNIT_EXPECT_EQ(test, m.ssthresh, 3u);
	KUNIT_EXPECT_EQ(test, m.cwnd, 4u);
	KUNIT_EXPECT_EQ(test, m.reordering, 5u);
	atcp_metrics_learn(&m, &e, 0);
	KUNIT_EXPECT_EQ(test, m.reordering, 20u);
}

static void atcp_metrics_rto__from_rtt(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_metrics_rto_us(500000 << 3, 200000), 1500000u);
	KUNIT_EXPECT_EQ(test, atcp_metrics_rto_us(50000 << 3, 200000), 250000u);
}

static struct kunit_case atcp_metrics_cases[] = {
	KUNIT_CASE(atcp_metrics_learn__first),
	KUNIT_CASE(atcp_metrics_learn__rtt),
	KUNIT_CASE(atcp_metrics_learn__failed),
	KUNIT_CASE(atcp_metrics_learn__windows),
	KUNIT_CASE(atcp_metrics_learn__fixed),
	KUNIT_CASE(atcp_metrics_rto__from_rtt),
	{}
};

static struct kunit_suite atcp_metrics_suite = {
	.name = "atcp_metrics",
	.test_cases = atcp_metrics_cases,
};

kunit_test_suite(atcp_metrics_suite);
