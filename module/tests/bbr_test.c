// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of cong/bbr.c over a model of a path: rate, queue, losses, marks, and shares. */
/* links: cong/bbr.o cong/bbr_model.o */
#include <kunit/test.h>
#include <linux/inet_diag.h>
#include <linux/kernel.h>

#include "cong/bbr.h"
#include "tests/congpath.h"

/* 1448 bytes at 100 Mbit/s: 8620 a second. The path of 20 ms holds 172 of them. */
#define GAP_NS	116000ull
#define RTT_US	20000u
#define SEC	1000000ull

static void atcp_bbr_info_of(const struct atcp_path_flow *f, struct tcp_bbr_info *bbr)
{
	union tcp_cc_info info;
	int attr = 0;

	f->c.ops->info(&f->c, ATCP_PATH_MSS, &attr, &info);
	*bbr = info.bbr;
}

static struct atcp_path_flow *atcp_bbr_flows(struct kunit *test, unsigned int n)
{
	struct atcp_path_flow *f = kunit_kzalloc(test, n * sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_TRUE(test, !!f);
	return f;
}

/* A deep buffer: the rate is found in a few round trips, and the queue stays short. */
static void atcp_bbr__deep_buffer(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 3000 };
	struct atcp_path_flow *f = atcp_bbr_flows(test, 1);
	struct tcp_bbr_info bbr;
	u32 from;

	atcp_path_open(f, &atcp_bbr_ops, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, SEC / 2);
	/* 12.5 MB/s, headers aside. */
	atcp_bbr_info_of(f, &bbr);
	KUNIT_EXPECT_GE(test, bbr.bbr_bw_lo, 12200000u);
	KUNIT_EXPECT_LE(test, bbr.bbr_bw_lo, 12800000u);
	KUNIT_EXPECT_GE(test, bbr.bbr_min_rtt, RTT_US);
	KUNIT_EXPECT_LE(test, bbr.bbr_min_rtt, RTT_US + RTT_US / 10);
	atcp_path_run(f, 1, &l, SEC / 2, SEC);
	atcp_path_queue(&l);
	from = f->delivered;
	atcp_path_run(f, 1, &l, SEC, 11 * SEC);
	KUNIT_EXPECT_GE(test, f->delivered - from, 82000u);
	/* Less than a third of a round trip's, on average. */
	KUNIT_EXPECT_LE(test, atcp_path_queue(&l), 570u);
	KUNIT_EXPECT_EQ(test, l.drops, 0ull);
}

/* A queue of a tenth of a round trip: most of the rate, and few losses. */
static void atcp_bbr__shallow_buffer(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 17 };
	struct atcp_path_flow *f = atcp_bbr_flows(test, 1);
	u32 from;

	atcp_path_open(f, &atcp_bbr_ops, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, SEC);
	l.drops = 0;
	from = f->delivered;
	atcp_path_run(f, 1, &l, SEC, 11 * SEC);
	KUNIT_EXPECT_GE(test, f->delivered - from, 73000u);
	KUNIT_EXPECT_LE(test, l.drops * 100, 2ull * (f->delivered - from));
}

/* A loss of one in a hundred says nothing of the path: Reno believes it does. */
static void atcp_bbr__random_loss(struct kunit *test)
{
	struct atcp_path_link l = {
		.gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 1000, .loss = 100,
	};
	struct atcp_path_flow *f = atcp_bbr_flows(test, 1);
	u32 from;

	atcp_path_open(f, &atcp_bbr_ops, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, 2 * SEC);
	from = f->delivered;
	atcp_path_run(f, 1, &l, 2 * SEC, 12 * SEC);
	KUNIT_EXPECT_GE(test, f->delivered - from, 60000u);

	atcp_path_open(f, &atcp_cong_reno, &l, 12 * SEC, false);
	atcp_path_run(f, 1, &l, 12 * SEC, 22 * SEC);
	KUNIT_EXPECT_LE(test, f->delivered, 20000u);
}

/* The path becomes half as fast, and then as fast as before. */
static void atcp_bbr__rate_changes(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 1000 };
	struct atcp_path_flow *f = atcp_bbr_flows(test, 1);
	struct tcp_bbr_info bbr;

	atcp_path_open(f, &atcp_bbr_ops, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, 3 * SEC);
	l.gap_ns *= 2;
	atcp_path_run(f, 1, &l, 3 * SEC, 13 * SEC);
	atcp_bbr_info_of(f, &bbr);
	KUNIT_EXPECT_GE(test, bbr.bbr_bw_lo, 5600000u);
	KUNIT_EXPECT_LE(test, bbr.bbr_bw_lo, 6900000u);
	l.gap_ns /= 2;
	atcp_path_run(f, 1, &l, 13 * SEC, 23 * SEC);
	atcp_bbr_info_of(f, &bbr);
	KUNIT_EXPECT_GE(test, bbr.bbr_bw_lo, 11500000u);
}

/* The round trip becomes longer: after at most 10 s it is believed. */
static void atcp_bbr__longer_path(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 1000 };
	struct atcp_path_flow *f = atcp_bbr_flows(test, 1);
	struct tcp_bbr_info bbr;
	u32 from;

	atcp_path_open(f, &atcp_bbr_ops, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, 3 * SEC);
	l.rtt_us = 2 * RTT_US;
	atcp_path_run(f, 1, &l, 3 * SEC, 16 * SEC);
	atcp_bbr_info_of(f, &bbr);
	KUNIT_EXPECT_GE(test, bbr.bbr_min_rtt, 2 * RTT_US);
	KUNIT_EXPECT_LE(test, bbr.bbr_min_rtt, 2 * RTT_US + RTT_US / 5);
	from = f->delivered;
	atcp_path_run(f, 1, &l, 16 * SEC, 21 * SEC);
	KUNIT_EXPECT_GE(test, f->delivered - from, 39000u);
}

/* The user has less to send than the path could take: that is not taken for the path's rate. */
static void atcp_bbr__app_limited(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 1000 };
	struct atcp_path_flow *f = atcp_bbr_flows(test, 1);
	struct tcp_bbr_info bbr;

	atcp_path_open(f, &atcp_bbr_ops, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, SEC);
	f->limited = 5;
	atcp_path_run(f, 1, &l, SEC, 12 * SEC);
	atcp_bbr_info_of(f, &bbr);
	KUNIT_EXPECT_GE(test, bbr.bbr_bw_lo, 12000000u);
}

/* What a queue marks is not sent: less than half of it stays beyond the threshold. */
static void atcp_bbr__marks(struct kunit *test)
{
	struct atcp_path_link l = {
		.gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 1000, .mark = 9,
	};
	struct atcp_path_flow *f = atcp_bbr_flows(test, 1);
	u32 from, ce;

	atcp_path_open(f, &atcp_bbr_ops, &l, 0, true);
	atcp_path_run(f, 1, &l, 0, SEC);
	atcp_path_queue(&l);
	from = f->delivered;
	ce = f->ce;
	atcp_path_run(f, 1, &l, SEC, 11 * SEC);
	KUNIT_EXPECT_GE(test, f->delivered - from, 73000u);
	KUNIT_EXPECT_LE(test, (f->ce - ce) * 10, f->delivered - from);
	KUNIT_EXPECT_LE(test, atcp_path_queue(&l), 90u);
}

/* Two of them, the second one late, come to about the same share. */
static void atcp_bbr__fair(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 172 };
	struct atcp_path_flow *f = atcp_bbr_flows(test, 2);
	u32 first, second;

	atcp_path_open(&f[0], &atcp_bbr_ops, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, 2 * SEC);
	atcp_path_open(&f[1], &atcp_bbr_ops, &l, 2 * SEC, false);
	atcp_path_run(f, 2, &l, 2 * SEC, 20 * SEC);
	first = f[0].delivered;
	second = f[1].delivered;
	atcp_path_run(f, 2, &l, 20 * SEC, 40 * SEC);
	first = f[0].delivered - first;
	second = f[1].delivered - second;
	KUNIT_EXPECT_GE(test, first + second, 155000u);
	KUNIT_EXPECT_LE(test, max(first, second) * 10, min(first, second) * 17);
}

/* A recovery that was for nothing changes nothing. */
static void atcp_bbr_undo_cwnd__startup(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 1000 };
	struct atcp_path_flow *f = atcp_bbr_flows(test, 1);
	struct tcp_bbr_info before, after;
	u32 cwnd;

	atcp_path_open(f, &atcp_bbr_ops, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, 3 * SEC);
	atcp_bbr_info_of(f, &before);
	cwnd = f->c.cwnd;
	atcp_cong_on_rto(&f->c, 3 * SEC, true);
	KUNIT_EXPECT_EQ(test, f->c.cwnd, 1u);
	atcp_cong_undo(&f->c);
	atcp_bbr_info_of(f, &after);
	KUNIT_EXPECT_GE(test, f->c.cwnd, cwnd);
	KUNIT_EXPECT_EQ(test, after.bbr_bw_lo, before.bbr_bw_lo);
}

static struct kunit_case atcp_bbr_cases[] = {
	KUNIT_CASE(atcp_bbr__deep_buffer),
	KUNIT_CASE(atcp_bbr__shallow_buffer),
	KUNIT_CASE(atcp_bbr__random_loss),
	KUNIT_CASE(atcp_bbr__rate_changes),
	KUNIT_CASE(atcp_bbr__longer_path),
	KUNIT_CASE(atcp_bbr__app_limited),
	KUNIT_CASE(atcp_bbr__marks),
	KUNIT_CASE(atcp_bbr__fair),
	KUNIT_CASE(atcp_bbr_undo_cwnd__startup),
	{}
};

static struct kunit_suite atcp_bbr_suite = {
	.name = "atcp_bbr",
	.test_cases = atcp_bbr_cases,
};

kunit_test_suite(atcp_bbr_suite);
