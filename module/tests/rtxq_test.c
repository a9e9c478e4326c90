// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of state/conn/rtxq.c: tree, lists and counts agree after every step. */
/* links: state/conn/rtxq.o */
#include <kunit/test.h>
#include <linux/random.h>
#include <linux/skbuff.h>

#include "proto/seq.h"
#include "state/conn/rtxq.h"

#define ATCP_RTXQ_TEST_NR	64
#define ATCP_RTXQ_TEST_MSS	1000

struct atcp_rtxq_fixture {
	struct atcp_sock as;
	struct sk_buff *skb[ATCP_RTXQ_TEST_NR];
	u64 now;
};

/* Sends ATCP_RTXQ_TEST_NR skbs of @segs segments each, across the wrap of sequence numbers. */
static struct atcp_rtxq_fixture *atcp_rtxq_test_fill(struct kunit *test, u16 segs)
{
	struct atcp_rtxq_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	u32 seq = 0 - ATCP_RTXQ_TEST_NR * segs * ATCP_RTXQ_TEST_MSS / 2;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	atcp_rtxq_init(&f->as.rtxq);
	for (i = 0; i < ATCP_RTXQ_TEST_NR; i++) {
		struct sk_buff *skb = alloc_skb(0, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, skb);
		ATCP_CB(skb)->seq = seq;
		seq += segs * ATCP_RTXQ_TEST_MSS;
		ATCP_CB(skb)->end_seq = seq;
		ATCP_CB(skb)->segs = segs;
		ATCP_CB(skb)->sacked = 0;
		ATCP_CB(skb)->xmit_us = ++f->now;
		f->skb[i] = skb;
		atcp_rtxq_add(&f->as, skb);
		f->as.packets_out += segs;
	}
	test->priv = f;
	return f;
}

static void atcp_rtxq_test_exit(struct kunit *test)
{
	struct atcp_rtxq_fixture *f = test->priv;
	struct sk_buff *skb;

	while (f && (skb = atcp_rtxq_head(&f->as))) {
		atcp_rtxq_del(&f->as, skb);
		kfree_skb(skb);
	}
}

/* Everything that the head of rtxq.c promises. */
static void atcp_rtxq_test_check(struct kunit *test, struct atcp_rtxq_fixture *f)
{
	u32 packets = 0, sacked = 0, lost = 0, retrans = 0, waits = 0, flies = 0;
	bool suspect = !f->as.rtxq.suspect;
	struct sk_buff *skb, *last = NULL;

	for (skb = atcp_rtxq_head(&f->as); skb; skb = atcp_rtxq_next(skb)) {
		const struct atcp_cb *cb = ATCP_CB(skb);

		if (last)
			KUNIT_EXPECT_EQ(test, ATCP_CB(last)->end_seq, cb->seq);
		packets += cb->segs;
		sacked += cb->sacked & ATCP_CB_SACKED ? cb->segs : 0;
		lost += cb->sacked & ATCP_CB_LOST ? cb->segs : 0;
		retrans += cb->sacked & ATCP_CB_RETRANS ? cb->segs : 0;
		if (cb->sacked & ATCP_CB_SACKED)
			KUNIT_EXPECT_TRUE(test, list_empty(&skb->tcp_tsorted_anchor));
		else if ((cb->sacked & ATCP_CB_LOST) && !(cb->sacked & ATCP_CB_RETRANS))
			waits++;
		else
			flies++;
		last = skb;
	}
	KUNIT_EXPECT_EQ(test, packets, f->as.packets_out);
	KUNIT_EXPECT_EQ(test, sacked, f->as.sacked_out);
	KUNIT_EXPECT_EQ(test, lost, f->as.lost_out);
	KUNIT_EXPECT_EQ(test, retrans, f->as.retrans_out);

	last = NULL;
	list_for_each_entry(skb, &f->as.rtxq.lost, tcp_tsorted_anchor) {
		if (last)
			KUNIT_EXPECT_TRUE(test, atcp_seq_before(ATCP_CB(last)->seq,
								ATCP_CB(skb)->seq));
		last = skb;
		waits--;
	}
	last = NULL;
	list_for_each_entry(skb, &f->as.rtxq.sent, tcp_tsorted_anchor) {
		if (last)
			KUNIT_EXPECT_LE(test, ATCP_CB(last)->xmit_us, ATCP_CB(skb)->xmit_us);
		last = skb;
		flies--;
		suspect |= skb == f->as.rtxq.suspect;
	}
	KUNIT_EXPECT_TRUE(test, suspect);
	KUNIT_EXPECT_EQ(test, waits, 0u);
	KUNIT_EXPECT_EQ(test, flies, 0u);
}

static void atcp_rtxq_again_at(struct atcp_rtxq_fixture *f, struct sk_buff *skb)
{
	ATCP_CB(skb)->xmit_us = ++f->now;
	atcp_rtxq_again(&f->as, skb);
}

static void atcp_rtxq_find__by_sequence(struct kunit *test)
{
	struct atcp_rtxq_fixture *f = atcp_rtxq_test_fill(test, 3);
	int i;

	atcp_rtxq_test_check(test, f);
	for (i = 0; i < ATCP_RTXQ_TEST_NR; i++) {
		u32 seq = ATCP_CB(f->skb[i])->seq, end = ATCP_CB(f->skb[i])->end_seq;

		KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_find(&f->as, seq), f->skb[i]);
		KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_find(&f->as, end - 1), f->skb[i]);
		KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_find(&f->as, end),
				    i + 1 < ATCP_RTXQ_TEST_NR ? f->skb[i + 1] : NULL);
	}
	KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_find(&f->as, ATCP_CB(f->skb[0])->seq - 5), f->skb[0]);
	KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_head(&f->as), f->skb[0]);
	KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_tail(&f->as), f->skb[ATCP_RTXQ_TEST_NR - 1]);
}

/* What is lost goes again from the lowest number on, in whatever order it was found out. */
static void atcp_rtxq_lost__lowest_first(struct kunit *test)
{
	static const int order[] = { 9, 3, 12, 5, 4, 63, 0, 20, 11, 10, 9 };
	struct atcp_rtxq_fixture *f = atcp_rtxq_test_fill(test, 2);
	struct sk_buff *skb;
	u32 last;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		atcp_rtxq_lost(&f->as, f->skb[order[i]]);
		atcp_rtxq_test_check(test, f);
	}
	KUNIT_EXPECT_EQ(test, f->as.lost_out, 20u);
	last = ATCP_CB(f->skb[0])->seq - 1;
	for (i = 0; (skb = atcp_rtxq_first_lost(&f->as)); i++) {
		KUNIT_EXPECT_TRUE(test, atcp_seq_after(ATCP_CB(skb)->seq, last));
		last = ATCP_CB(skb)->seq;
		atcp_rtxq_again_at(f, skb);
		atcp_rtxq_test_check(test, f);
	}
	KUNIT_EXPECT_EQ(test, i, (size_t)10);
	KUNIT_EXPECT_EQ(test, f->as.retrans_out, 20u);
	/* A retransmission that is lost comes before what is behind it. */
	atcp_rtxq_lost(&f->as, f->skb[30]);
	atcp_rtxq_lost(&f->as, f->skb[12]);
	KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_first_lost(&f->as), f->skb[12]);
	atcp_rtxq_test_check(test, f);
}

static void atcp_rtxq_not_lost__by_time(struct kunit *test)
{
	struct atcp_rtxq_fixture *f = atcp_rtxq_test_fill(test, 1);
	int i;

	for (i = 10; i < 30; i += 3)
		atcp_rtxq_lost(&f->as, f->skb[i]);
	/* Two of them have gone again, and one of these was lost again. */
	atcp_rtxq_again_at(f, f->skb[10]);
	atcp_rtxq_again_at(f, f->skb[13]);
	atcp_rtxq_lost(&f->as, f->skb[10]);
	atcp_rtxq_test_check(test, f);
	atcp_rtxq_not_lost(&f->as);
	atcp_rtxq_test_check(test, f);
	KUNIT_EXPECT_NULL(test, atcp_rtxq_first_lost(&f->as));
	/* That one is still on its way, for nothing. */
	KUNIT_EXPECT_EQ(test, f->as.lost_out, 0u);
	KUNIT_EXPECT_EQ(test, f->as.retrans_out, 1u);
}

static void atcp_rtxq_all_lost__but_sacked(struct kunit *test)
{
	struct atcp_rtxq_fixture *f = atcp_rtxq_test_fill(test, 2);

	f->as.sacks_seen = 1;
	atcp_rtxq_sacked(&f->as, f->skb[0]);
	atcp_rtxq_sacked(&f->as, f->skb[7]);
	atcp_rtxq_lost(&f->as, f->skb[1]);
	atcp_rtxq_again_at(f, f->skb[1]);
	atcp_rtxq_all_lost(&f->as, false);
	atcp_rtxq_test_check(test, f);
	KUNIT_EXPECT_EQ(test, f->as.lost_out, 2u * (ATCP_RTXQ_TEST_NR - 2));
	KUNIT_EXPECT_EQ(test, f->as.sacks_seen, 1);
	KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_first_lost(&f->as), f->skb[1]);

	atcp_rtxq_all_lost(&f->as, true);
	atcp_rtxq_test_check(test, f);
	KUNIT_EXPECT_EQ(test, f->as.lost_out, 2u * ATCP_RTXQ_TEST_NR);
	KUNIT_EXPECT_EQ(test, f->as.sacks_seen, 0);
	KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_first_lost(&f->as), f->skb[0]);
}

/* A rest is what its first part is, wherever that is. */
static void atcp_rtxq_add_rest__same_place(struct kunit *test)
{
	struct atcp_rtxq_fixture *f = atcp_rtxq_test_fill(test, 4);
	int i;

	atcp_rtxq_lost(&f->as, f->skb[2]);
	atcp_rtxq_sacked(&f->as, f->skb[3]);
	for (i = 1; i <= 3; i++) {
		struct sk_buff *rest = alloc_skb(0, GFP_KERNEL);
		struct atcp_cb *cb = ATCP_CB(f->skb[i]);

		KUNIT_ASSERT_NOT_NULL(test, rest);
		*ATCP_CB(rest) = *cb;
		cb->end_seq = cb->seq + ATCP_RTXQ_TEST_MSS;
		cb->segs = 1;
		ATCP_CB(rest)->seq = cb->end_seq;
		ATCP_CB(rest)->segs = 3;
		atcp_rtxq_add_rest(&f->as, f->skb[i], rest);
		atcp_rtxq_test_check(test, f);
		KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_next(f->skb[i]), rest);
	}
}

/* A probe is the last that was sent, in flight once, and what is lost stays so. */
static void atcp_rtxq_probed__in_flight_once(struct kunit *test)
{
	struct atcp_rtxq_fixture *f = atcp_rtxq_test_fill(test, 1);
	struct sk_buff *skb = f->skb[1];

	ATCP_CB(skb)->xmit_us = ++f->now;
	atcp_rtxq_probed(&f->as, skb);
	atcp_rtxq_test_check(test, f);
	KUNIT_EXPECT_EQ(test, f->as.retrans_out, 0);
	KUNIT_EXPECT_TRUE(test, ATCP_CB(skb)->sacked & ATCP_CB_EVER);
	KUNIT_EXPECT_PTR_EQ(test, list_last_entry(&f->as.rtxq.sent, struct sk_buff,
						  tcp_tsorted_anchor), skb);
	atcp_rtxq_lost(&f->as, f->skb[2]);
	atcp_rtxq_probed(&f->as, f->skb[2]);
	atcp_rtxq_test_check(test, f);
	KUNIT_EXPECT_PTR_EQ(test, atcp_rtxq_first_lost(&f->as), f->skb[2]);
}

/* When the last of RACK's suspects goes, whatever way, it is the one before it. */
static void atcp_rtxq_suspect__ends_before(struct kunit *test)
{
	struct atcp_rtxq_fixture *f = atcp_rtxq_test_fill(test, 1);
	struct sk_buff **skb = f->skb;

	f->as.rtxq.suspect = skb[5];
	atcp_rtxq_sacked(&f->as, skb[5]);
	KUNIT_EXPECT_PTR_EQ(test, f->as.rtxq.suspect, skb[4]);
	atcp_rtxq_lost(&f->as, skb[4]);
	KUNIT_EXPECT_PTR_EQ(test, f->as.rtxq.suspect, skb[3]);
	atcp_rtxq_again_at(f, skb[3]);
	KUNIT_EXPECT_PTR_EQ(test, f->as.rtxq.suspect, skb[2]);
	ATCP_CB(skb[2])->xmit_us = ++f->now;
	atcp_rtxq_probed(&f->as, skb[2]);
	KUNIT_EXPECT_PTR_EQ(test, f->as.rtxq.suspect, skb[1]);
	atcp_rtxq_test_check(test, f);
	/* What is lost already, is not the last or comes new changes nothing. */
	atcp_rtxq_again_at(f, skb[4]);
	atcp_rtxq_sacked(&f->as, skb[7]);
	KUNIT_EXPECT_PTR_EQ(test, f->as.rtxq.suspect, skb[1]);
	f->as.rtxq.suspect = skb[0];
	atcp_rtxq_del(&f->as, skb[0]);
	kfree_skb(skb[0]);
	f->as.packets_out--;
	KUNIT_EXPECT_NULL(test, f->as.rtxq.suspect);
	atcp_rtxq_test_check(test, f);
	f->as.rtxq.suspect = skb[1];
	atcp_rtxq_all_lost(&f->as, false);
	KUNIT_EXPECT_NULL(test, f->as.rtxq.suspect);
	atcp_rtxq_test_check(test, f);
}

/* Anything in any order. */
static void atcp_rtxq_random(struct kunit *test)
{
	struct atcp_rtxq_fixture *f = atcp_rtxq_test_fill(test, 1);
	int step;

	for (step = 0; step < 3000; step++) {
		struct sk_buff *skb = f->skb[get_random_u32() % ATCP_RTXQ_TEST_NR];
		bool sacked = ATCP_CB(skb)->sacked & ATCP_CB_SACKED;

		if ((step & 1) && !list_empty(&f->as.rtxq.sent))
			f->as.rtxq.suspect = list_last_entry(&f->as.rtxq.sent, struct sk_buff,
							     tcp_tsorted_anchor);
		switch (get_random_u32() % 16) {
		case 0:
			atcp_rtxq_all_lost(&f->as, get_random_u32() & 1);
			break;
		case 1:
			atcp_rtxq_not_lost(&f->as);
			break;
		case 2 ... 7:
			if (!sacked)
				atcp_rtxq_lost(&f->as, skb);
			break;
		case 8 ... 13:
			skb = atcp_rtxq_first_lost(&f->as);
			if (skb)
				atcp_rtxq_again_at(f, skb);
			break;
		default:
			if (!sacked)
				atcp_rtxq_sacked(&f->as, skb);
		}
		atcp_rtxq_test_check(test, f);
	}
}

static struct kunit_case atcp_rtxq_cases[] = {
	KUNIT_CASE(atcp_rtxq_find__by_sequence),
	KUNIT_CASE(atcp_rtxq_lost__lowest_first),
	KUNIT_CASE(atcp_rtxq_not_lost__by_time),
	KUNIT_CASE(atcp_rtxq_all_lost__but_sacked),
	KUNIT_CASE(atcp_rtxq_add_rest__same_place),
	KUNIT_CASE(atcp_rtxq_probed__in_flight_once),
	KUNIT_CASE(atcp_rtxq_suspect__ends_before),
	KUNIT_CASE(atcp_rtxq_random),
	{}
};

static struct kunit_suite atcp_rtxq_suite = {
	.name = "atcp_rtxq",
	.exit = atcp_rtxq_test_exit,
	.test_cases = atcp_rtxq_cases,
};

kunit_test_suite(atcp_rtxq_suite);
