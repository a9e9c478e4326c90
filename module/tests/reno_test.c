// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/reno.c. */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/cong.h"

static void atcp_reno_ack(struct atcp_cong *c, u32 acked, bool limited)
{
	struct atcp_cong_sample s = { .acked = acked, .cwnd_limited = limited };

	atcp_cong_on_ack(c, &s);
}

/* One RTT: every segment of the window acknowledged, one an ACK. */
static void atcp_reno_round(struct atcp_cong *c)
{
	u32 n = c->cwnd;

	while (n--)
		atcp_reno_ack(c, 1, true);
}

static void atcp_reno_on_ack__slow_start_doubles(struct kunit *test)
{
	struct atcp_cong c;
	unsigned int i;

	atcp_cong_start(&c, &atcp_cong_reno, 1460);
	for (i = 0; i < 5; i++)
		atcp_reno_round(&c);
	KUNIT_EXPECT_EQ(test, c.cwnd, 320u);
}

static void atcp_reno_on_ack__one_segment_a_round(struct kunit *test)
{
	struct atcp_cong c;
	unsigned int i;

	atcp_cong_start(&c, &atcp_cong_reno, 1460);
	c.ssthresh = 10;
	for (i = 0; i < 50; i++)
		atcp_reno_round(&c);
	KUNIT_EXPECT_GE(test, c.cwnd, 58u);
	KUNIT_EXPECT_LE(test, c.cwnd, 60u);
}

/* What slow start leaves of an ACK counts for congestion avoidance. */
static void atcp_reno_on_ack__across_ssthresh(struct kunit *test)
{
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_reno, 1460);
	c.ssthresh = 12;
	atcp_reno_ack(&c, 14, true);
	KUNIT_EXPECT_EQ(test, c.cwnd, 13u);
}

static void atcp_reno_on_ack__not_limited(struct kunit *test)
{
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_reno, 1460);
	atcp_reno_ack(&c, 10, false);
	KUNIT_EXPECT_EQ(test, c.cwnd, 10u);
}

static void atcp_reno_ssthresh__half(struct kunit *test)
{
	struct atcp_cong c;
	u32 cwnd;

	for (cwnd = 1; cwnd < 100; cwnd++) {
		atcp_cong_start(&c, &atcp_cong_reno, 1460);
		c.cwnd = cwnd;
		atcp_cong_enter_recovery(&c);
		KUNIT_EXPECT_EQ(test, c.ssthresh, max(cwnd / 2, 2u));
		atcp_cong_undo(&c);
		KUNIT_EXPECT_EQ(test, c.cwnd, cwnd);
	}
}

static struct kunit_case atcp_reno_cases[] = {
	KUNIT_CASE(atcp_reno_on_ack__slow_start_doubles),
	KUNIT_CASE(atcp_reno_on_ack__one_segment_a_round),
	KUNIT_CASE(atcp_reno_on_ack__across_ssthresh),
	KUNIT_CASE(atcp_reno_on_ack__not_limited),
	KUNIT_CASE(atcp_reno_ssthresh__half),
	{}
};

static struct kunit_suite atcp_reno_suite = {
	.name = "atcp_reno",
	.test_cases = atcp_reno_cases,
};

kunit_test_suite(atcp_reno_suite);
