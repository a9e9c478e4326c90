// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of proto/cubic.c: cwnd round by round against the closed form of
 * RFC 9438, worked out beforehand.
 */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/cong.h"

#define RTT_US	100000u

/* A connection whose every round is one RTT and wholly acknowledged: evenly, or together. */
struct atcp_cubic_path {
	struct atcp_cong c;
	u64 now_us;
	u32 rtt_us;
	u32 seq;
	bool together;
};

static void atcp_cubic_round(struct atcp_cubic_path *p, u32 per_ack)
{
	u32 n = p->c.cwnd;
	u32 flight_end = p->seq + n;
	u32 i;

	for (i = 0; i < n; i += per_ack) {
		u32 acked = min(per_ack, n - i);
		struct atcp_cong_sample s = {
			.acked = acked,
			.now_us = p->now_us + (p->together ? 0 : div_u64((u64)p->rtt_us * i, n)),
			.rtt_us = p->rtt_us,
			.srtt_us = p->rtt_us,
			.cwnd_limited = true,
		};

		p->seq += acked;
		s.snd_una = p->seq;
		s.snd_nxt = flight_end + (p->seq - (flight_end - n));
		atcp_cong_on_ack(&p->c, &s);
	}
	p->now_us += p->rtt_us;
}

/* In congestion avoidance after a loss at @w_max. */
static void atcp_cubic_after_loss(struct atcp_cubic_path *p, u32 w_max,
				  u32 rtt_us)
{
	memset(p, 0, sizeof(*p));
	p->now_us = 1000000;
	p->rtt_us = rtt_us;
	atcp_cong_start(&p->c, &atcp_cong_cubic, 1460);
	p->c.cwnd = w_max;
	atcp_cong_enter_recovery(&p->c);
	atcp_cong_exit_recovery(&p->c, p->now_us);
}

/* W(t) = 0.4 (t - K)^3 + 1000, K = cbrt(750) = 9.0856 s, at t = 1, 2, ... s. */
static void atcp_cubic_on_ack__closed_form(struct kunit *test)
{
	static const u32 want[] = {
		789, 858, 910, 947, 973, 988, 996, 999, 1000, 1000, 1003, 1010,
		1024, 1047, 1083, 1132, 1198, 1283, 1390, 1520
	};
	static const u32 per_ack[] = { 1, 2, 44 };
	struct atcp_cubic_path p;
	unsigned int i, j, a;

	for (a = 0; a < ARRAY_SIZE(per_ack); a++) {
		atcp_cubic_after_loss(&p, 1000, RTT_US);
		KUNIT_EXPECT_EQ(test, p.c.cwnd, 700u);
		for (i = 0; i < ARRAY_SIZE(want); i++) {
			for (j = 0; j < 10; j++)
				atcp_cubic_round(&p, per_ack[a]);
			/* An RTT's growth and 1 % are for rounding. */
			KUNIT_EXPECT_LE_MSG(test, p.c.cwnd,
					    want[i] + want[i] / 100 + 2,
					    "t %u per_ack %u", i + 1, per_ack[a]);
			KUNIT_EXPECT_GE_MSG(test, p.c.cwnd,
					    want[i] - want[i] / 100 - 2,
					    "t %u per_ack %u", i + 1, per_ack[a]);
		}
	}
}

/* Section 4.3: on a short path Reno's growth of alpha = 9/17 an RTT rules. */
static void atcp_cubic_on_ack__reno_friendly(struct kunit *test)
{
	struct atcp_cubic_path p;
	unsigned int i;

	atcp_cubic_after_loss(&p, 100, 1000);
	KUNIT_EXPECT_EQ(test, p.c.cwnd, 70u);
	for (i = 0; i < 34; i++)
		atcp_cubic_round(&p, 1);
	KUNIT_EXPECT_GE(test, p.c.cwnd, 87u);
	KUNIT_EXPECT_LE(test, p.c.cwnd, 88u);
	/* From cwnd_prior on, one an RTT. */
	for (i = 0; i < 23 + 20; i++)
		atcp_cubic_round(&p, 1);
	KUNIT_EXPECT_GE(test, p.c.cwnd, 118u);
	KUNIT_EXPECT_LE(test, p.c.cwnd, 121u);
}

/* Section 4.7: a loss before W_max was reached again lowers W_max further. */
static void atcp_cubic_ssthresh__fast_convergence(struct kunit *test)
{
	struct atcp_cubic_path p;
	unsigned int i;

	atcp_cubic_after_loss(&p, 1000, RTT_US);
	p.c.cwnd = 800;
	atcp_cong_enter_recovery(&p.c);
	KUNIT_EXPECT_EQ(test, p.c.ssthresh, 560u);
	atcp_cong_exit_recovery(&p.c, p.now_us);
	/* The plateau is at 800 * 0.85 = 680, K = cbrt(120 / 0.4) = 6.69 s. */
	for (i = 0; i < 67; i++)
		atcp_cubic_round(&p, 1);
	KUNIT_EXPECT_GE(test, p.c.cwnd, 677u);
	KUNIT_EXPECT_LE(test, p.c.cwnd, 683u);
}

static void atcp_cubic_ssthresh__seven_tenths(struct kunit *test)
{
	struct atcp_cubic_path p;
	u32 w;

	for (w = 1; w < 5000; w += 7) {
		atcp_cubic_after_loss(&p, w, RTT_US);
		KUNIT_EXPECT_EQ(test, p.c.ssthresh, max(w * 7 / 10, 2u));
	}
	atcp_cubic_after_loss(&p, 3000000000u, RTT_US);
	KUNIT_EXPECT_EQ(test, p.c.ssthresh, 2100000000u);
}

/* Section 4.8: after a timeout the curve begins anew where slow start ends. */
static void atcp_cubic_on_event__timeout(struct kunit *test)
{
	struct atcp_cubic_path p;
	unsigned int i;

	atcp_cubic_after_loss(&p, 1000, RTT_US);
	p.c.cwnd = 1000;
	atcp_cong_on_rto(&p.c, p.now_us, true);
	KUNIT_EXPECT_EQ(test, p.c.ssthresh, 700u);
	for (i = 0; i < 10; i++)
		atcp_cubic_round(&p, 1);
	atcp_cong_exit_recovery(&p.c, p.now_us);
	KUNIT_EXPECT_GE(test, p.c.cwnd, 700u);
	/* K = 0: 0.4 * t^3 above 700, at t = 10 s that is 400. */
	for (i = 0; i < 100; i++)
		atcp_cubic_round(&p, 1);
	KUNIT_EXPECT_GE(test, p.c.cwnd, 1080u);
	KUNIT_EXPECT_LE(test, p.c.cwnd, 1130u);
}

/* Section 4.9: the curve goes on as if nothing had happened. */
static void atcp_cubic_undo_cwnd__restores_curve(struct kunit *test)
{
	struct atcp_cubic_path p, q;
	unsigned int i;

	atcp_cubic_after_loss(&p, 1000, RTT_US);
	for (i = 0; i < 50; i++)
		atcp_cubic_round(&p, 1);
	q = p;
	atcp_cong_enter_recovery(&q.c);
	atcp_cong_undo(&q.c);
	KUNIT_EXPECT_EQ(test, q.c.cwnd, p.c.cwnd);
	for (i = 0; i < 100; i++) {
		atcp_cubic_round(&p, 1);
		atcp_cubic_round(&q, 1);
	}
	KUNIT_EXPECT_LE(test, q.c.cwnd, p.c.cwnd + 2);
	KUNIT_EXPECT_GE(test, q.c.cwnd, p.c.cwnd - 2);
}

/* Time without use of cwnd is no time: growth goes on where it stood. */
static void atcp_cubic_on_ack__idle_excluded(struct kunit *test)
{
	struct atcp_cong_sample s = { .acked = 1 };
	struct atcp_cubic_path p;
	unsigned int i;

	atcp_cubic_after_loss(&p, 1000, RTT_US);
	for (i = 0; i < 10; i++)
		atcp_cubic_round(&p, 1);
	/* 100 s silent, then 100 s of ACKs that were not held back by cwnd. */
	p.now_us += 100000000;
	atcp_cong_on_idle(&p.c, 100000000, 0, p.now_us);
	for (i = 0; i < 1000; i++) {
		p.now_us += 100000;
		s.now_us = p.now_us;
		atcp_cong_on_ack(&p.c, &s);
	}
	KUNIT_EXPECT_LE(test, p.c.cwnd, 797u);
	for (i = 0; i < 40; i++)
		atcp_cubic_round(&p, 1);
	/* Where it would be at t = 5 s. */
	KUNIT_EXPECT_GE(test, p.c.cwnd, 960u);
	KUNIT_EXPECT_LE(test, p.c.cwnd, 985u);
}

/* However long without loss, growth is at most half a window an RTT. */
static void atcp_cubic_on_ack__bounded(struct kunit *test)
{
	struct atcp_cubic_path p;
	unsigned int i;

	atcp_cubic_after_loss(&p, 100, RTT_US);
	for (i = 0; i < 20; i++) {
		u32 before = p.c.cwnd;

		p.now_us += 60000000ull * (1 + i * 10);
		atcp_cubic_round(&p, 1);
		KUNIT_EXPECT_GE(test, p.c.cwnd, before);
		KUNIT_EXPECT_LE(test, p.c.cwnd, before + before * 6 / 10 + 2);
		p.c.cwnd = min(p.c.cwnd, 2000u);
	}
}

/* Without a rise of the RTT slow start doubles until the first loss. */
static void atcp_cubic_on_ack__slow_start(struct kunit *test)
{
	struct atcp_cubic_path p = { .now_us = 1, .rtt_us = RTT_US, .together = true };
	unsigned int i;

	atcp_cong_start(&p.c, &atcp_cong_cubic, 1460);
	for (i = 0; i < 8; i++)
		atcp_cubic_round(&p, 2);
	KUNIT_EXPECT_EQ(test, p.c.cwnd, 2560u);
}

/* HyStart++: a standing rise of the RTT ends slow start, five rounds later. */
static void atcp_cubic_on_ack__hystart(struct kunit *test)
{
	struct atcp_cubic_path p = { .now_us = 1, .rtt_us = RTT_US, .together = true };
	unsigned int i;
	u32 before;

	atcp_cong_start(&p.c, &atcp_cong_cubic, 1460);
	for (i = 0; i < 4; i++)
		atcp_cubic_round(&p, 1);
	before = p.c.cwnd;
	KUNIT_EXPECT_EQ(test, before, 160u);
	p.rtt_us += 20000;
	atcp_cubic_round(&p, 1);
	/* The alarm came after 8 samples: a quarter of the growth since. */
	KUNIT_EXPECT_LE(test, p.c.cwnd, before + 8 + before / 4 + 1);
	KUNIT_EXPECT_EQ(test, p.c.ssthresh, ATCP_CONG_SSTHRESH_INF);
	for (i = 0; i < 6; i++)
		atcp_cubic_round(&p, 1);
	KUNIT_EXPECT_LT(test, p.c.ssthresh, ATCP_CONG_SSTHRESH_INF);
	KUNIT_EXPECT_FALSE(test, atcp_cong_in_slow_start(&p.c));
	KUNIT_EXPECT_EQ(test, p.c.ss_end, ATCP_CONG_SS_END_DELAY);
}

/* Out of slow start before anything was lost: 5 % an RTT, which the curve takes seconds for. */
static void atcp_cubic_on_ack__search(struct kunit *test)
{
	struct atcp_cubic_path p = { .now_us = 1, .rtt_us = 1000, .together = true };
	unsigned int i;

	atcp_cong_start(&p.c, &atcp_cong_cubic, 1460);
	p.c.cwnd = 100;
	p.c.ssthresh = 100;
	for (i = 0; i < 14; i++)
		atcp_cubic_round(&p, 2);
	/* 100 * 1.05^14 */
	KUNIT_EXPECT_GE(test, p.c.cwnd, 192u);
	KUNIT_EXPECT_LE(test, p.c.cwnd, 200u);
	/* A loss says where it ends: alpha from there, 14 * 9 / 17. */
	p.c.cwnd = 200;
	atcp_cong_enter_recovery(&p.c);
	atcp_cong_exit_recovery(&p.c, p.now_us);
	for (i = 0; i < 14; i++)
		atcp_cubic_round(&p, 2);
	KUNIT_EXPECT_GE(test, p.c.cwnd, 146u);
	KUNIT_EXPECT_LE(test, p.c.cwnd, 149u);
}

/* ACKs that come without a pause for half of the RTT: it ends between two doublings. */
static void atcp_cubic_on_ack__train(struct kunit *test)
{
	struct atcp_cubic_path p = { .now_us = 1, .rtt_us = RTT_US };
	unsigned int i;

	atcp_cong_start(&p.c, &atcp_cong_cubic, 1460);
	/* 10, 20, 40: ACKs 2.5 ms apart or more are no train. */
	for (i = 0; i < 3; i++)
		atcp_cubic_round(&p, 1);
	KUNIT_EXPECT_EQ(test, p.c.cwnd, 80u);
	KUNIT_EXPECT_EQ(test, p.c.ssthresh, ATCP_CONG_SSTHRESH_INF);
	atcp_cubic_round(&p, 1);
	KUNIT_EXPECT_EQ(test, p.c.ss_end, ATCP_CONG_SS_END_TRAIN);
	KUNIT_EXPECT_GE(test, p.c.ssthresh, 80u);
	KUNIT_EXPECT_LE(test, p.c.ssthresh, 160u);
	KUNIT_EXPECT_LE(test, p.c.cwnd, p.c.ssthresh + 1);
}

static struct kunit_case atcp_cubic_cases[] = {
	KUNIT_CASE(atcp_cubic_on_ack__closed_form),
	KUNIT_CASE(atcp_cubic_on_ack__reno_friendly),
	KUNIT_CASE(atcp_cubic_ssthresh__fast_convergence),
	KUNIT_CASE(atcp_cubic_ssthresh__seven_tenths),
	KUNIT_CASE(atcp_cubic_on_event__timeout),
	KUNIT_CASE(atcp_cubic_undo_cwnd__restores_curve),
	KUNIT_CASE(atcp_cubic_on_ack__idle_excluded),
	KUNIT_CASE(atcp_cubic_on_ack__bounded),
	KUNIT_CASE(atcp_cubic_on_ack__slow_start),
	KUNIT_CASE(atcp_cubic_on_ack__hystart),
	KUNIT_CASE(atcp_cubic_on_ack__train),
	KUNIT_CASE(atcp_cubic_on_ack__search),
	{}
};

static struct kunit_suite atcp_cubic_suite = {
	.name = "atcp_cubic",
	.test_cases = atcp_cubic_cases,
};

kunit_test_suite(atcp_cubic_suite);
