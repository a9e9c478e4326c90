// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/prr.c. */
#include <kunit/test.h>

#include "proto/prr.h"

/* From 20 to 10: one segment leaves for two that arrive. */
static void atcp_prr_cwnd__one_for_two(struct kunit *test)
{
	struct atcp_prr_ack a = { .ssthresh = 10, .prior_cwnd = 20, .delivered = 1 };
	struct atcp_prr p = {};
	u32 flight = 19, sent = 0, cwnd;
	int i;

	for (i = 0; i < 18; i++) {
		a.in_flight = flight;
		cwnd = atcp_prr_cwnd(&p, &a);
		KUNIT_EXPECT_LE(test, cwnd - flight, 1u);
		p.out += cwnd - flight;
		sent += cwnd - flight;
		flight = cwnd - 1;
	}
	KUNIT_EXPECT_EQ(test, sent, 9u);
	KUNIT_EXPECT_EQ(test, flight, 10u);
}

/* The first ACK sends something, whatever the proportion says. */
static void atcp_prr_cwnd__first(struct kunit *test)
{
	const struct atcp_prr_ack a = {
		.ssthresh = 2, .prior_cwnd = 1000, .in_flight = 999, .delivered = 1,
	};
	struct atcp_prr p = { .delivered = 0 };

	KUNIT_EXPECT_EQ(test, atcp_prr_cwnd(&p, &a), 1000u);
	p.out = 1;
	KUNIT_EXPECT_EQ(test, atcp_prr_cwnd(&p, &a), 999u);
}

/* Below ssthresh: what was delivered, one more if it is safe, and never beyond ssthresh. */
static void atcp_prr_cwnd__rebuilds(struct kunit *test)
{
	struct atcp_prr_ack a = {
		.ssthresh = 10, .prior_cwnd = 20, .in_flight = 3, .delivered = 1,
	};
	struct atcp_prr p = { .delivered = 5, .out = 6 };

	KUNIT_EXPECT_EQ(test, atcp_prr_cwnd(&p, &a), 4u);
	p.out = 7;
	a.safe = true;
	KUNIT_EXPECT_EQ(test, atcp_prr_cwnd(&p, &a), 5u);
	/* What could not be sent before is made up for. */
	p = (struct atcp_prr) { .delivered = 12, .out = 6 };
	a.safe = false;
	KUNIT_EXPECT_EQ(test, atcp_prr_cwnd(&p, &a), 10u);
	p = (struct atcp_prr) { .delivered = 2, .out = 6 };
	a.in_flight = 10;
	a.safe = true;
	KUNIT_EXPECT_EQ(test, atcp_prr_cwnd(&p, &a), 10u);
}

static struct kunit_case atcp_prr_cases[] = {
	KUNIT_CASE(atcp_prr_cwnd__one_for_two),
	KUNIT_CASE(atcp_prr_cwnd__first),
	KUNIT_CASE(atcp_prr_cwnd__rebuilds),
	{}
};

static struct kunit_suite atcp_prr_suite = {
	.name = "atcp_prr",
	.test_cases = atcp_prr_cases,
};

kunit_test_suite(atcp_prr_suite);
