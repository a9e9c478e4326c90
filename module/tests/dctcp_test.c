// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of cong/dctcp.c: by the formula of RFC 8257, and over a model of a path. */
/* links: cong/dctcp.o */
#include <kunit/test.h>
#include <linux/inet_diag.h>
#include <linux/kernel.h>

#include "cong/dctcp.h"
#include "tests/congpath.h"

/* 1448 bytes at 100 Mbit/s; the path of 10 ms holds 86 of them. */
#define GAP_NS	116000ull
#define RTT_US	10000u

static const struct atcp_cong_path atcp_dctcp_ecn = { .mss = 1000, .ecn = true };

static u32 atcp_dctcp_alpha_of(const struct atcp_cong *c)
{
	union tcp_cc_info info;
	int attr;

	return c->ops->info(c, 1000, &attr, &info) ? info.dctcp.dctcp_alpha : ~0u;
}

/* A window of 64 segments, @ce of them marked, or the first ACK: one ACK each. */
static void atcp_dctcp_window(struct atcp_cong *c, u32 *seq, u32 segs, u32 ce)
{
	u32 end = *seq + segs, i;

	for (i = 1; i <= segs; i++) {
		struct atcp_cong_sample s = {
			.acked = 1, .ce = i <= ce, .snd_una = *seq + i, .snd_nxt = *seq + i + 64,
		};

		c->ops->on_news(c, &s);
	}
	*seq = end;
}

static void atcp_dctcp_alpha__average(struct kunit *test)
{
	u32 seq = 1000, i, want = 1024;
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_dctcp_ops, 1000);
	atcp_cong_begin(&c, &atcp_dctcp_ecn);
	KUNIT_EXPECT_EQ(test, atcp_dctcp_alpha_of(&c), 1024u);
	/* The first ACK begins the first window. */
	atcp_dctcp_window(&c, &seq, 1, 0);
	for (i = 0; i < 200; i++) {
		atcp_dctcp_window(&c, &seq, 64, 0);
		want -= min_not_zero(want, want >> 4);
		KUNIT_ASSERT_EQ(test, atcp_dctcp_alpha_of(&c), want);
	}
	KUNIT_EXPECT_EQ(test, want, 0u);
	/* Half of all marked: towards 512. */
	for (i = 0; i < 200; i++)
		atcp_dctcp_window(&c, &seq, 64, 32);
	KUNIT_EXPECT_LE(test, abs((int)atcp_dctcp_alpha_of(&c) - 512), 16);
	for (i = 0; i < 200; i++)
		atcp_dctcp_window(&c, &seq, 64, 64);
	KUNIT_EXPECT_EQ(test, atcp_dctcp_alpha_of(&c), 1024u);
}

static void atcp_dctcp_alpha__parameters(struct kunit *test)
{
	u32 seq = 1000;
	struct atcp_cong c;

	atcp_dctcp_alpha_on_init = 100;
	atcp_dctcp_shift_g = 0;
	atcp_cong_start(&c, &atcp_dctcp_ops, 1000);
	atcp_cong_begin(&c, &atcp_dctcp_ecn);
	KUNIT_EXPECT_EQ(test, atcp_dctcp_alpha_of(&c), 100u);
	atcp_dctcp_window(&c, &seq, 1, 0);
	/* With a gain of 1 it is the last window's. */
	atcp_dctcp_window(&c, &seq, 64, 16);
	KUNIT_EXPECT_EQ(test, atcp_dctcp_alpha_of(&c), 256u);
	atcp_dctcp_alpha_on_init = ATCP_DCTCP_ALPHA_MAX;
	atcp_dctcp_shift_g = 4;
}

static void atcp_dctcp_ssthresh__by_alpha(struct kunit *test)
{
	u32 seq = 1000, i;
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_dctcp_ops, 1000);
	atcp_cong_begin(&c, &atcp_dctcp_ecn);
	/* All marked as far as it knows: as Reno. */
	c.cwnd = 100;
	atcp_cong_on_ece(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 50u);
	atcp_cong_exit_recovery(&c, 1);
	atcp_dctcp_window(&c, &seq, 1, 0);
	for (i = 0; i < 200; i++)
		atcp_dctcp_window(&c, &seq, 64, 0);
	/* None: a mark costs nothing. A loss halves, whatever was marked. */
	c.cwnd = 100;
	atcp_cong_on_ece(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 100u);
	atcp_cong_exit_recovery(&c, 1);
	atcp_cong_enter_recovery(&c);
	atcp_cong_tell(&c, ATCP_CONG_EV_RECOVERY, 2);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 50u);
	/* It was for nothing. */
	c.cwnd = 50;
	atcp_cong_undo(&c);
	KUNIT_EXPECT_EQ(test, c.cwnd, 100u);
	atcp_cong_on_rto(&c, 3, true);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 50u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 1u);
}

/* Without ECN it is Reno, and a new connection asks again. */
static void atcp_dctcp_begin__without_ecn(struct kunit *test)
{
	const struct atcp_cong_path path = { .mss = 1000 };
	union tcp_cc_info info;
	struct atcp_cong c;
	int attr = 0;

	atcp_cong_start(&c, &atcp_dctcp_ops, 1000);
	KUNIT_EXPECT_TRUE(test, c.ops->needs_ecn);
	atcp_cong_begin(&c, &path);
	KUNIT_EXPECT_STREQ(test, (const char *)c.ops->name, "dctcp-reno");
	KUNIT_EXPECT_FALSE(test, c.ops->needs_ecn);
	c.cwnd = 100;
	atcp_cong_enter_recovery(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 50u);
	KUNIT_EXPECT_EQ(test, c.ops->info(&c, 1000, &attr, &info), sizeof(info.dctcp));
	KUNIT_EXPECT_EQ(test, attr, (int)INET_DIAG_DCTCPINFO);
	KUNIT_EXPECT_EQ(test, info.dctcp.dctcp_enabled, 0);
	atcp_cong_start(&c, c.ops, 1000);
	KUNIT_EXPECT_STREQ(test, (const char *)c.ops->name, "dctcp");
}

/* The queue stays at the threshold, and the link is busy; Reno fills the queue. */
static void atcp_dctcp__short_queue(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 200, .mark = 20 };
	struct atcp_path_flow *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	u32 from, queue;

	KUNIT_ASSERT_TRUE(test, !!f);
	atcp_path_open(f, &atcp_dctcp_ops, &l, 0, true);
	atcp_path_run(f, 1, &l, 0, 2000000);
	atcp_path_queue(&l);
	from = f->delivered;
	atcp_path_run(f, 1, &l, 2000000, 4000000);
	queue = atcp_path_queue(&l);
	/* Of 17241 segments that the link can take. */
	KUNIT_EXPECT_GE(test, f->delivered - from, 16800u);
	KUNIT_EXPECT_EQ(test, l.drops, 0ull);
	KUNIT_EXPECT_GE(test, queue, 50u);
	KUNIT_EXPECT_LE(test, queue, 250u);

	l = (struct atcp_path_link) { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 200 };
	atcp_path_open(f, &atcp_cong_reno, &l, 0, false);
	atcp_path_run(f, 1, &l, 0, 4000000);
	KUNIT_EXPECT_GE(test, atcp_path_queue(&l), 600u);
}

/* Two of them, the second one late, come to the same share. */
static void atcp_dctcp__fair(struct kunit *test)
{
	struct atcp_path_link l = { .gap_ns = GAP_NS, .rtt_us = RTT_US, .limit = 200, .mark = 20 };
	struct atcp_path_flow *f = kunit_kzalloc(test, 2 * sizeof(*f), GFP_KERNEL);
	u32 first, second;

	KUNIT_ASSERT_TRUE(test, !!f);
	atcp_path_open(&f[0], &atcp_dctcp_ops, &l, 0, true);
	atcp_path_run(f, 1, &l, 0, 1000000);
	atcp_path_open(&f[1], &atcp_dctcp_ops, &l, 1000000, true);
	atcp_path_run(f, 2, &l, 1000000, 4000000);
	first = f[0].delivered;
	second = f[1].delivered;
	atcp_path_run(f, 2, &l, 4000000, 8000000);
	first = f[0].delivered - first;
	second = f[1].delivered - second;
	KUNIT_EXPECT_GE(test, first + second, 33000u);
	KUNIT_EXPECT_LE(test, max(first, second) * 10, min(first, second) * 13);
}

static struct kunit_case atcp_dctcp_cases[] = {
	KUNIT_CASE(atcp_dctcp_alpha__average),
	KUNIT_CASE(atcp_dctcp_alpha__parameters),
	KUNIT_CASE(atcp_dctcp_ssthresh__by_alpha),
	KUNIT_CASE(atcp_dctcp_begin__without_ecn),
	KUNIT_CASE(atcp_dctcp__short_queue),
	KUNIT_CASE(atcp_dctcp__fair),
	{}
};

static struct kunit_suite atcp_dctcp_suite = {
	.name = "atcp_dctcp",
	.test_cases = atcp_dctcp_cases,
};

kunit_test_suite(atcp_dctcp_suite);
