// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/hystart.c. */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/hystart.h"

#define N	16u	/* ACKs a round */

/* A round of N ACKs with one RTT; the verdict of the last. */
static enum atcp_hystart_verdict atcp_hystart_round(struct atcp_hystart *h,
						    u32 *una, u32 rtt_us)
{
	enum atcp_hystart_verdict v = ATCP_HYSTART_SS;
	u32 end = *una + N;

	while (*una != end) {
		++*una;
		v = atcp_hystart_on_ack(h, rtt_us, *una, end + N);
	}
	return v;
}

/* RFC 9406 section 4.3: an eighth more, within 4 and 16 ms, is a rise. */
static void atcp_hystart_on_ack__threshold(struct kunit *test)
{
	static const struct {
		u32 rtt, rise;
	} t[] = {
		{ 1000, 4000 }, { 32000, 4000 }, { 64000, 8000 },
		{ 128000, 16000 }, { 1000000, 16000 },
	};
	unsigned int i, less;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		for (less = 0; less < 2; less++) {
			u32 una = 0xfffffff0 - 20 * i;
			struct atcp_hystart h;

			atcp_hystart_reset(&h);
			atcp_hystart_round(&h, &una, t[i].rtt);
			KUNIT_EXPECT_EQ(test, atcp_hystart_round(&h, &una, t[i].rtt),
					ATCP_HYSTART_SS);
			KUNIT_EXPECT_EQ_MSG(test,
					    atcp_hystart_round(&h, &una,
							       t[i].rtt +
							       t[i].rise - less),
					    less ? ATCP_HYSTART_SS :
						   ATCP_HYSTART_CSS,
					    "rtt %u", t[i].rtt);
		}
}

/* Fewer than eight samples in a round prove nothing. */
static void atcp_hystart_on_ack__needs_samples(struct kunit *test)
{
	struct atcp_hystart h;
	u32 una = 0, i;

	atcp_hystart_reset(&h);
	atcp_hystart_round(&h, &una, 10000);
	atcp_hystart_round(&h, &una, 10000);
	for (i = 1; i <= 8; i++)
		KUNIT_EXPECT_EQ(test,
				atcp_hystart_on_ack(&h, 50000, una + i, una + 30),
				i < 8 ? ATCP_HYSTART_SS : ATCP_HYSTART_CSS);
	/* An ACK without a sample counts for nothing. */
	atcp_hystart_reset(&h);
	atcp_hystart_round(&h, &una, 10000);
	atcp_hystart_round(&h, &una, 10000);
	for (i = 1; i < 16; i++)
		KUNIT_EXPECT_EQ(test, atcp_hystart_on_ack(&h, 0, una + i, una + 30),
				ATCP_HYSTART_SS);
}

/* The minimum of the round counts: spikes are no rise. */
static void atcp_hystart_on_ack__spikes(struct kunit *test)
{
	struct atcp_hystart h;
	u32 una = 0, i;

	atcp_hystart_reset(&h);
	for (i = 0; i < 2000; i++) {
		una++;
		KUNIT_ASSERT_EQ(test, ATCP_HYSTART_SS,
				atcp_hystart_on_ack(&h, i % 5 ? 90000 : 10000,
						    una, una + N));
	}
}

/* Five rounds of CSS, the one in which it began included, then the end. */
static void atcp_hystart_on_ack__five_rounds(struct kunit *test)
{
	struct atcp_hystart h;
	u32 una = 0, i;

	atcp_hystart_reset(&h);
	atcp_hystart_round(&h, &una, 10000);
	atcp_hystart_round(&h, &una, 10000);
	for (i = 1; i <= 4; i++)
		KUNIT_EXPECT_EQ(test, atcp_hystart_round(&h, &una, 30000),
				ATCP_HYSTART_CSS);
	KUNIT_EXPECT_EQ(test, atcp_hystart_round(&h, &una, 30000),
			ATCP_HYSTART_EXIT);
}

/* The RTT falls below what it was when CSS began: a false alarm. */
static void atcp_hystart_on_ack__resumes(struct kunit *test)
{
	struct atcp_hystart h;
	u32 una = 0;

	atcp_hystart_reset(&h);
	atcp_hystart_round(&h, &una, 10000);
	atcp_hystart_round(&h, &una, 10000);
	KUNIT_EXPECT_EQ(test, atcp_hystart_round(&h, &una, 30000),
			ATCP_HYSTART_CSS);
	KUNIT_EXPECT_EQ(test, atcp_hystart_round(&h, &una, 30000),
			ATCP_HYSTART_CSS);
	KUNIT_EXPECT_EQ(test, atcp_hystart_round(&h, &una, 29999),
			ATCP_HYSTART_SS);
	/* And it can be raised again, with five new rounds. */
	KUNIT_EXPECT_EQ(test, atcp_hystart_round(&h, &una, 60000),
			ATCP_HYSTART_CSS);
}

/* ACKs @gap_us apart in one round; how many until the train is long enough, 0 for never. */
static u32 atcp_hystart_acks(u32 gap_us, u32 rate, bool paced)
{
	struct atcp_hystart_ack a = {
		.now_us		= 0xffff0000u,
		.snd_nxt	= 2000,
		.cwnd		= 16,
		.rate		= rate,
		.burst		= 64000,
		.paced		= paced,
	};
	struct atcp_hystart h;
	u32 i;

	atcp_hystart_reset(&h);
	for (i = 0; i < 1000; i++, a.now_us += gap_us) {
		a.snd_una = i + 1;
		atcp_hystart_on_ack(&h, 40000, a.snd_una, a.snd_nxt);
		if (atcp_hystart_train(&h, &a))
			return i;
	}
	return 0;
}

/* More than half of the least RTT, with pacing all; what the sender's pieces take is added. */
static void atcp_hystart_train__length(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(1000, 0, false), 21u);
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(2000, 0, false), 11u);
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(1000, 0, true), 41u);
	/* Four pieces of 64 KB at a rate: a millisecond, half of one; a millisecond at most. */
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(100, 256000000, false), 206u);
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(100, 512000000, false), 203u);
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(100, 1000000, false), 206u);
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(1000, 256000000, true), 42u);
	/* Further apart than 2 ms is no train; all at once has no length. */
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(2001, 0, false), 0u);
	KUNIT_EXPECT_EQ(test, atcp_hystart_acks(0, 0, false), 0u);
}

/* It begins anew in each round, and a pause ends it. */
static void atcp_hystart_train__round(struct kunit *test)
{
	struct atcp_hystart_ack a = { .cwnd = 100 };
	struct atcp_hystart h;
	u32 i;

	atcp_hystart_reset(&h);
	/* Rounds of 16 ACKs, 1 ms apart, of an RTT of 40 ms. */
	for (i = 0; i < 160; i++, a.now_us += 1000) {
		a.snd_una++;
		a.snd_nxt = a.snd_una + N - 1;
		atcp_hystart_on_ack(&h, 40000, a.snd_una, a.snd_nxt);
		KUNIT_EXPECT_FALSE(test, atcp_hystart_train(&h, &a));
	}
	/* One round that is long enough, of a cwnd that is not. */
	a.cwnd = 15;
	atcp_hystart_reset(&h);
	for (i = 0; i < 100; i++, a.now_us += 1000) {
		a.snd_una++;
		a.snd_nxt = a.snd_una + 1000;
		atcp_hystart_on_ack(&h, 40000, a.snd_una, a.snd_nxt);
		KUNIT_EXPECT_FALSE(test, atcp_hystart_train(&h, &a));
	}
	a.cwnd = 16;
	/* One round, and a pause of 3 ms after the 15th. */
	atcp_hystart_reset(&h);
	for (i = 0; i < 100; i++, a.now_us += i == 15 ? 3000 : 1000) {
		a.snd_una++;
		a.snd_nxt = a.snd_una + 1000;
		atcp_hystart_on_ack(&h, 40000, a.snd_una, a.snd_nxt);
		KUNIT_EXPECT_FALSE(test, atcp_hystart_train(&h, &a));
	}
}

static struct kunit_case atcp_hystart_cases[] = {
	KUNIT_CASE(atcp_hystart_on_ack__threshold),
	KUNIT_CASE(atcp_hystart_on_ack__needs_samples),
	KUNIT_CASE(atcp_hystart_on_ack__spikes),
	KUNIT_CASE(atcp_hystart_on_ack__five_rounds),
	KUNIT_CASE(atcp_hystart_on_ack__resumes),
	KUNIT_CASE(atcp_hystart_train__length),
	KUNIT_CASE(atcp_hystart_train__round),
	{}
};

static struct kunit_suite atcp_hystart_suite = {
	.name = "atcp_hystart",
	.test_cases = atcp_hystart_cases,
};

kunit_test_suite(atcp_hystart_suite);
