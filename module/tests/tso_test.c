// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/tso.c. */
#include <kunit/test.h>

#include "proto/tso.h"

static struct atcp_tso_size atcp_tso_a_size(void)
{
	return (struct atcp_tso_size) {
		.rate = 20000000, .shift = 10, .min_rtt_us = 100000, .rtt_log = 9,
		.gso_max = 65536, .mss = 1000, .min_segs = 2,
	};
}

static void atcp_tso_segs__a_millisecond(struct kunit *test)
{
	struct atcp_tso_size s = atcp_tso_a_size();

	KUNIT_EXPECT_EQ(test, atcp_tso_segs(&s), 19u);
	s.rate = 100000;
	KUNIT_EXPECT_EQ(test, atcp_tso_segs(&s), 2u);
	s.min_segs = 1;
	KUNIT_EXPECT_EQ(test, atcp_tso_segs(&s), 1u);
	s.rate = U64_MAX;
	KUNIT_EXPECT_EQ(test, atcp_tso_segs(&s), 65u);
}

static void atcp_tso_segs__short_paths(struct kunit *test)
{
	struct atcp_tso_size s = atcp_tso_a_size();

	s.rate = 0;
	s.min_rtt_us = 100;
	KUNIT_EXPECT_EQ(test, atcp_tso_segs(&s), 65u);
	s.min_rtt_us = 512 * 3;
	KUNIT_EXPECT_EQ(test, atcp_tso_segs(&s), 8u);
	s.min_rtt_us = 512 * 32;
	KUNIT_EXPECT_EQ(test, atcp_tso_segs(&s), 2u);
	/* No sample is a long path. */
	s.min_rtt_us = U32_MAX;
	KUNIT_EXPECT_EQ(test, atcp_tso_segs(&s), 2u);
}

/* In the middle of a transfer: two of cwnd's ten are left, the next ACK is near. */
static struct atcp_tso_wait atcp_tso_a_wait(void)
{
	return (struct atcp_tso_wait) {
		.len = 8000, .mss = 1000, .max_segs = 8, .cwnd = 10, .in_flight = 8,
		.snd_wnd = 60000, .send_win = 50000, .divisor = 3,
		.idle_us = 100, .oldest_us = 199500, .srtt_us = 200000, .last = true,
	};
}

static void atcp_tso_wait__for_cwnd(struct kunit *test)
{
	struct atcp_tso_wait w = atcp_tso_a_wait();

	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_WAIT_CWND);
	/* A third of cwnd is worth sending. */
	w.in_flight = 6;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_SEND);
	w.in_flight = 8;
	w.divisor = 0;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_WAIT_CWND);
	w.in_flight = 6;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_SEND);
}

static void atcp_tso_wait__ack_is_far(struct kunit *test)
{
	struct atcp_tso_wait w = atcp_tso_a_wait();

	w.oldest_us = 100000;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_SEND);
	w.oldest_us = 199000;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_WAIT_CWND);
	/* On a short path half of the round trip is near. */
	w.srtt_us = 1000;
	w.oldest_us = 499;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_SEND);
	w.oldest_us = 500;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_WAIT_CWND);
	/* And none may come. */
	w.oldest_us = U32_MAX;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_SEND);
}

static void atcp_tso_wait__no_burst(struct kunit *test)
{
	struct atcp_tso_wait w = atcp_tso_a_wait();

	w.idle_us = 1001;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_SEND);
}

static void atcp_tso_wait__for_window(struct kunit *test)
{
	struct atcp_tso_wait w = atcp_tso_a_wait();

	w.cwnd = 100;
	w.send_win = 2500;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_WAIT_RWND);
}

static void atcp_tso_wait__for_more_data(struct kunit *test)
{
	struct atcp_tso_wait w = atcp_tso_a_wait();

	/* It fits, but more may be written. */
	w.len = 1500;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_WAIT);
	w.closed = true;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_SEND);
	w.closed = false;
	w.last = false;
	KUNIT_EXPECT_EQ(test, atcp_tso_wait(&w), ATCP_TSO_SEND);
}

static struct kunit_case atcp_tso_cases[] = {
	KUNIT_CASE(atcp_tso_segs__a_millisecond),
	KUNIT_CASE(atcp_tso_segs__short_paths),
	KUNIT_CASE(atcp_tso_wait__for_cwnd),
	KUNIT_CASE(atcp_tso_wait__ack_is_far),
	KUNIT_CASE(atcp_tso_wait__no_burst),
	KUNIT_CASE(atcp_tso_wait__for_window),
	KUNIT_CASE(atcp_tso_wait__for_more_data),
	{}
};

static struct kunit_suite atcp_tso_suite = {
	.name = "atcp_tso",
	.test_cases = atcp_tso_cases,
};

kunit_test_suite(atcp_tso_suite);
