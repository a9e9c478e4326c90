// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/sack.c. */
#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "proto/sack.h"
#include "proto/seq.h"
#include "tests/rand.h"

static void atcp_sack_expect(struct kunit *test, const struct atcp_sack_rx *rx,
			     u8 nr, const u32 *edges)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, rx->nr, nr);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, rx->sacks[i].start, edges[2 * i]);
		KUNIT_EXPECT_EQ(test, rx->sacks[i].end, edges[2 * i + 1]);
	}
}

/* RFC 2018 section 4: newest first; five ranges lose the oldest. */
static void atcp_sack_rx_add__newest_first(struct kunit *test)
{
	struct atcp_sack_rx rx = {};

	atcp_sack_rx_add(&rx, 10, 20);
	atcp_sack_rx_add(&rx, 30, 40);
	atcp_sack_expect(test, &rx, 2, (u32 []){ 30, 40, 10, 20 });
	atcp_sack_rx_add(&rx, 50, 60);
	atcp_sack_rx_add(&rx, 70, 80);
	atcp_sack_rx_add(&rx, 90, 100);
	atcp_sack_expect(test, &rx, 4,
			 (u32 []){ 90, 100, 70, 80, 50, 60, 30, 40 });
	/* One that grows comes first again. */
	atcp_sack_rx_add(&rx, 60, 65);
	atcp_sack_expect(test, &rx, 4,
			 (u32 []){ 50, 65, 90, 100, 70, 80, 30, 40 });
}

static void atcp_sack_rx_add__merges(struct kunit *test)
{
	struct atcp_sack_rx rx = {};

	atcp_sack_rx_add(&rx, 10, 20);
	atcp_sack_rx_add(&rx, 30, 40);
	atcp_sack_rx_add(&rx, 50, 60);
	/* Touches two and bridges them; the third stays. */
	atcp_sack_rx_add(&rx, 20, 30);
	atcp_sack_expect(test, &rx, 2, (u32 []){ 10, 40, 50, 60 });
	/* Inside one. */
	atcp_sack_rx_add(&rx, 52, 53);
	atcp_sack_expect(test, &rx, 2, (u32 []){ 50, 60, 10, 40 });
	/* Covers all. */
	atcp_sack_rx_add(&rx, 5, 100);
	atcp_sack_expect(test, &rx, 1, (u32 []){ 5, 100 });
}

static void atcp_sack_rx_add__wraps(struct kunit *test)
{
	struct atcp_sack_rx rx = {};

	atcp_sack_rx_add(&rx, 0xfffffff0, 0xfffffffa);
	atcp_sack_rx_add(&rx, 4, 8);
	atcp_sack_rx_add(&rx, 0xfffffffa, 4);
	atcp_sack_expect(test, &rx, 1, (u32 []){ 0xfffffff0, 8 });
}

/* Against a bitmap of 64 sequence numbers around the wrap. */
static void atcp_sack_rx_add__random(struct kunit *test)
{
	const u32 base = 0xffffffe0;
	u64 seed = 21;
	unsigned int round, step, i, j;

	for (round = 0; round < 5000; round++) {
		struct atcp_sack_rx rx = {};
		u64 have = 0;

		for (step = 0; step < 12; step++) {
			u32 start = atcp_rand_below(&seed, 58);
			u32 end = start + 1 + atcp_rand_below(&seed, 5);

			have |= GENMASK_ULL(end - 1, start);
			atcp_sack_rx_add(&rx, base + start, base + end);
			KUNIT_ASSERT_LE(test, rx.nr, 4);
			KUNIT_ASSERT_LE(test, rx.sacks[0].start - base, start);
			KUNIT_ASSERT_GE(test, rx.sacks[0].end - base, end);
			for (i = 0; i < rx.nr; i++) {
				u32 s = rx.sacks[i].start - base;
				u32 e = rx.sacks[i].end - base;
				u64 mask = GENMASK_ULL(e - 1, s);

				if ((have & mask) != mask)
					KUNIT_FAIL(test, "never received");
				for (j = 0; j < i; j++)
					if (rx.sacks[j].start - base <= e &&
					    s <= rx.sacks[j].end - base)
						KUNIT_FAIL(test, "not merged");
			}
		}
	}
}

static void atcp_sack_rx_trim__covered(struct kunit *test)
{
	struct atcp_sack_rx rx = {};

	atcp_sack_rx_add(&rx, 0xfffffff0, 0xfffffff8);
	atcp_sack_rx_add(&rx, 10, 20);
	atcp_sack_rx_add(&rx, 30, 40);
	atcp_sack_rx_trim(&rx, 0xffffffe0);
	KUNIT_EXPECT_EQ(test, rx.nr, 3);
	atcp_sack_rx_trim(&rx, 20);
	atcp_sack_expect(test, &rx, 1, (u32 []){ 30, 40 });
	atcp_sack_rx_trim(&rx, 40);
	KUNIT_EXPECT_EQ(test, rx.nr, 0);
	atcp_sack_rx_trim(&rx, 50);
	KUNIT_EXPECT_EQ(test, rx.nr, 0);
}

/* RFC 2883: the duplicate first, once, then the blocks as room allows. */
static void atcp_sack_rx_build__dsack_first(struct kunit *test)
{
	struct atcp_sack_block out[ATCP_OPTS_NR_SACKS];
	struct atcp_sack_rx rx = {};

	KUNIT_EXPECT_EQ(test, atcp_sack_rx_build(&rx, out, 4), 0);
	atcp_sack_rx_add(&rx, 10, 20);
	atcp_sack_rx_add(&rx, 30, 40);
	atcp_sack_rx_dsack(&rx, 1, 3);
	atcp_sack_rx_dsack(&rx, 3, 5);
	/* No room: it waits. */
	KUNIT_EXPECT_EQ(test, atcp_sack_rx_build(&rx, out, 0), 0);
	KUNIT_ASSERT_EQ(test, atcp_sack_rx_build(&rx, out, 2), 2);
	KUNIT_EXPECT_EQ(test, out[0].start, 1u);
	KUNIT_EXPECT_EQ(test, out[0].end, 5u);
	KUNIT_EXPECT_EQ(test, out[1].start, 30u);
	KUNIT_ASSERT_EQ(test, atcp_sack_rx_build(&rx, out, 200), 2);
	KUNIT_EXPECT_EQ(test, out[0].start, 30u);
	/* A second duplicate elsewhere is not reported: the first is. */
	atcp_sack_rx_dsack(&rx, 1, 2);
	atcp_sack_rx_dsack(&rx, 7, 8);
	KUNIT_EXPECT_EQ(test, atcp_sack_rx_build(&rx, out, 3), 3);
	KUNIT_EXPECT_EQ(test, out[0].start, 1u);
	KUNIT_EXPECT_EQ(test, out[0].end, 2u);
}

static void atcp_sack_valid__table(struct kunit *test)
{
	static const struct {
		s32 start, end;
		bool dsack, undo, want;
	} t[] = {
		/* SND.UNA 0, SND.NXT 1000, recovery began at -500 */
		{ 100, 200, false, false, true },
		{ 1, 1000, false, false, true },
		{ 0, 100, false, false, false },	/* would have moved SND.UNA */
		{ 100, 1001, false, false, false },	/* never sent */
		{ 1000, 1100, false, false, false },
		{ 200, 200, false, false, false },	/* empty */
		{ 200, 100, false, false, false },	/* reversed */
		{ -100, -50, false, true, false },	/* old, but no D-SACK */
		{ -100, -50, true, false, false },	/* nothing to undo */
		{ -100, -50, true, true, true },
		{ -100, 0, true, true, true },
		{ -100, 1, true, true, false },		/* across SND.UNA */
		{ -600, -400, true, true, true },	/* across the marker */
		{ -600, -500, true, true, false },	/* before the marker */
		{ 100, 200, true, true, true },
		{ -100000, 900, false, false, false },
	};
	static const u32 bases[] = { 5000, 0xffffffff, 0x80000000, 400 };
	unsigned int i, b;

	for (b = 0; b < ARRAY_SIZE(bases); b++)
		for (i = 0; i < ARRAY_SIZE(t); i++) {
			u32 una = bases[b];
			struct atcp_sack_block blk = {
				una + t[i].start, una + t[i].end
			};

			KUNIT_EXPECT_EQ_MSG(test, t[i].want,
					    atcp_sack_valid(una, una + 1000,
							    t[i].undo ? una - 500 : 0,
							    &blk, t[i].dsack),
					    "row %u base %u", i, una);
		}
}

/* The cases of RFC 2883 section 4. */
static void atcp_sack_is_dsack__cases(struct kunit *test)
{
	struct atcp_sack_block b[2] = { { 100, 200 }, { 300, 400 } };

	KUNIT_EXPECT_FALSE(test, atcp_sack_is_dsack(b, 0, 150));
	KUNIT_EXPECT_TRUE(test, atcp_sack_is_dsack(b, 1, 200));
	KUNIT_EXPECT_TRUE(test, atcp_sack_is_dsack(b, 1, 101));
	KUNIT_EXPECT_FALSE(test, atcp_sack_is_dsack(b, 1, 100));
	KUNIT_EXPECT_FALSE(test, atcp_sack_is_dsack(b, 2, 50));
	b[1] = (struct atcp_sack_block){ 50, 250 };
	KUNIT_EXPECT_TRUE(test, atcp_sack_is_dsack(b, 2, 40));
	KUNIT_EXPECT_FALSE(test, atcp_sack_is_dsack(b, 1, 40));
	b[1] = (struct atcp_sack_block){ 50, 199 };
	KUNIT_EXPECT_FALSE(test, atcp_sack_is_dsack(b, 2, 40));
}

/* True for what ACKs that are left out would not tell of: all beyond the first two blocks. */
static void atcp_sack_rx_add__expected(struct kunit *test)
{
	struct atcp_sack_rx rx = { };

	KUNIT_EXPECT_FALSE(test, atcp_sack_rx_add(&rx, 1000, 2000));
	KUNIT_EXPECT_FALSE(test, atcp_sack_rx_add(&rx, 3000, 4000));
	KUNIT_EXPECT_FALSE(test, atcp_sack_rx_add(&rx, 4000, 5000));
	KUNIT_EXPECT_FALSE(test, atcp_sack_rx_add(&rx, 2000, 2500));
	KUNIT_EXPECT_TRUE(test, atcp_sack_rx_add(&rx, 7000, 8000));
	KUNIT_EXPECT_TRUE(test, atcp_sack_rx_add(&rx, 5000, 6000));
}

static void atcp_sack_delay_ns__table(struct kunit *test)
{
	/* a third of 2 ms, at most 1 ms */
	KUNIT_EXPECT_EQ(test, atcp_sack_delay_ns(2000, 0, 33, 1000000), 660000ULL);
	KUNIT_EXPECT_EQ(test, atcp_sack_delay_ns(20000, 0, 33, 1000000), 1000000ULL);
	/* the lesser of the two */
	KUNIT_EXPECT_EQ(test, atcp_sack_delay_ns(20000, 1000, 5, 1000000), 50000ULL);
	KUNIT_EXPECT_EQ(test, atcp_sack_delay_ns(1000, 20000, 5, 1000000), 50000ULL);
	/* not known */
	KUNIT_EXPECT_EQ(test, atcp_sack_delay_ns(0, 20000, 33, 1000000), 0ULL);
	KUNIT_EXPECT_EQ(test, atcp_sack_delay_ns(U32_MAX, U32_MAX, 1000, U64_MAX),
			(u64)U32_MAX * 10000);
}

static struct kunit_case atcp_sack_cases[] = {
	KUNIT_CASE(atcp_sack_rx_add__newest_first),
	KUNIT_CASE(atcp_sack_rx_add__merges),
	KUNIT_CASE(atcp_sack_rx_add__wraps),
	KUNIT_CASE(atcp_sack_rx_add__random),
	KUNIT_CASE(atcp_sack_rx_trim__covered),
	KUNIT_CASE(atcp_sack_rx_build__dsack_first),
	KUNIT_CASE(atcp_sack_valid__table),
	KUNIT_CASE(atcp_sack_is_dsack__cases),
	KUNIT_CASE(atcp_sack_rx_add__expected),
	KUNIT_CASE(atcp_sack_delay_ns__table),
	{}
};

static struct kunit_suite atcp_sack_suite = {
	.name = "atcp_sack",
	.test_cases = atcp_sack_cases,
};

kunit_test_suite(atcp_sack_suite);
