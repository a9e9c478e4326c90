// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/wnd.c. */
#include <kunit/test.h>
#include <linux/kernel.h>

#include "proto/wnd.h"
#include "tests/rand.h"

#define NO_LIMIT	0xffffffffu

/* What Linux's tcp_select_initial_window() gives for the same. */
static void atcp_wnd_initial__table(struct kunit *test)
{
	static const struct {
		u32 space, max, mss, clamp;
		bool ok;
		u8 wscale;
		u32 wnd, new_clamp;
	} t[] = {
		/* tcp_rmem 4096 131072 6291456 */
		{ 65536, 6291456, 1460, 0, true, 7, 64240, 65535u << 7 },
		{ 65536, 6291456, 1460, 0, false, 0, 64240, 65535 },
		{ 65536, 65536, 1460, 0, true, 1, 64240, 65535u << 1 },
		{ 65535, 65535, 1460, 0, true, 0, 64240, 65535 },
		{ 1000000, 1000000, 1460, 0, true, 4, 65535, 65535u << 4 },
		/* a clamp (SO_RCVBUF, TCP_WINDOW_CLAMP) limits everything */
		{ 65536, 6291456, 1460, 20000, true, 0, 18980, 20000 },
		{ 65536, 6291456, 1460, 200000, true, 2, 64240, 200000 },
		/* no room for a segment: offer what there is */
		{ 1000, 1000, 1460, 0, true, 0, 1000, 65535 },
		{ 0, 0, 1460, 0, true, 0, 0, 65535 },
		{ 5000, 5000, 0, 0, true, 0, 5000, 65535 },
		/* the shift never exceeds 14 */
		{ NO_LIMIT, NO_LIMIT, 1460, 0, true, 14, 65535, 65535u << 14 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		u32 wnd, clamp;
		u8 wscale;

		clamp = atcp_wnd_initial(t[i].space, t[i].max, t[i].mss,
					 t[i].clamp, t[i].ok, &wscale, &wnd);
		KUNIT_EXPECT_EQ_MSG(test, wscale, t[i].wscale, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, wnd, t[i].wnd, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, clamp, t[i].new_clamp, "row %u", i);
	}
}

static struct atcp_wnd_offer atcp_wnd_offer(u32 free, u32 full, u32 mss, u32 cur, u8 wscale,
					    u32 ssthresh)
{
	return (struct atcp_wnd_offer) {
		.free_space = free,
		.all_space = full,
		.full_space = full,
		.mss = mss,
		.rcv_wnd = cur,
		.cur_wnd = cur,
		.rcv_ssthresh = ssthresh,
		.rcv_wscale = wscale,
	};
}

/* What Linux's __tcp_select_window() and tcp_select_window() give for the same. */
static void atcp_wnd_select__table(struct kunit *test)
{
	static const struct {
		u32 free, full, mss, cur;
		u8 wscale;
		u32 ssthresh, want;
	} t[] = {
		/* an empty buffer, not scaled: whole segments */
		{ 30000, 30000, 1460, 0, 0, NO_LIMIT, 29200 },
		/* less than a segment more: it stays */
		{ 30000, 30000, 1460, 29200, 0, NO_LIMIT, 29200 },
		{ 30000, 30000, 1460, 28541, 0, NO_LIMIT, 28541 },
		{ 30000, 30000, 1460, 28540, 0, NO_LIMIT, 29200 },
		/* scaled: up to the unit */
		{ 30001, 60000, 1460, 0, 7, NO_LIMIT, 30080 },
		/* the slowly growing limit */
		{ 30000, 30000, 1460, 0, 7, 5840, 5888 },
		/* less than half free and not a segment: closed */
		{ 1459, 30000, 1460, 0, 0, NO_LIMIT, 0 },
		{ 1459, 30000, 1460, 0, 7, NO_LIMIT, 0 },
		/* less than a sixteenth free: closed */
		{ 3000, 60000, 1460, 0, 7, NO_LIMIT, 0 },
		{ 3840, 60000, 1460, 0, 7, NO_LIMIT, 3840 },
		/* never back */
		{ 0, 30000, 1460, 5000, 0, NO_LIMIT, 5000 },
		{ 0, 30000, 1460, 5000, 7, NO_LIMIT, 5120 },
		/* a buffer smaller than a segment: half of it is worth an update */
		{ 1000, 1000, 1460, 0, 0, NO_LIMIT, 1000 },
		{ 400, 1000, 1460, 0, 0, NO_LIMIT, 0 },
		{ 1000, 1000, 1460, 501, 0, NO_LIMIT, 501 },
		{ 1000, 1000, 1460, 499, 0, NO_LIMIT, 1000 },
		{ 0, 0, 1460, 0, 0, NO_LIMIT, 0 },
		/* what the header can hold */
		{ 200000, 200000, 1000, 0, 0, NO_LIMIT, 65535 },
		{ 200000, 200000, 1460, 0, 1, NO_LIMIT, 131070 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct atcp_wnd_offer o = atcp_wnd_offer(t[i].free, t[i].full, t[i].mss, t[i].cur,
							 t[i].wscale, t[i].ssthresh);

		KUNIT_EXPECT_EQ_MSG(test, t[i].want, atcp_wnd_select(&o), "row %u", i);
	}
}

/* What was received since makes no difference to what there is room for, but for the edge. */
static void atcp_wnd_select__edge(struct kunit *test)
{
	struct atcp_wnd_offer o = atcp_wnd_offer(17000, 20000, 1000, 18980, 0, 18540);

	o.cur_wnd = 14980;
	KUNIT_EXPECT_EQ(test, atcp_wnd_want(&o), 17000u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_select(&o), 17000u);
	o.free_space = 14000;
	KUNIT_EXPECT_EQ(test, atcp_wnd_want(&o), 14000u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_select(&o), 14980u);
	/* a clamp is no reason to close: a sixteenth is of the whole buffer */
	o = atcp_wnd_offer(2000, 60000, 1000, 0, 7, NO_LIMIT);
	o.full_space = 6000;
	KUNIT_EXPECT_EQ(test, atcp_wnd_want(&o), 0u);
	o.all_space = 20000;
	KUNIT_EXPECT_EQ(test, atcp_wnd_want(&o), 1920u);
}

/* shrink_window: back to what there is room for, in units of the scale, or to nothing. */
static void atcp_wnd_select__shrink(struct kunit *test)
{
	struct atcp_wnd_offer o = atcp_wnd_offer(10000, 40000, 1000, 30720, 10, NO_LIMIT);

	o.shrink = true;
	KUNIT_EXPECT_EQ(test, atcp_wnd_select(&o), 9u << 10);
	o.free_space = 2047;
	KUNIT_EXPECT_EQ(test, atcp_wnd_select(&o), 0u);
	o.free_space = 3500;
	o.mss = 2000;
	KUNIT_EXPECT_EQ(test, atcp_wnd_select(&o), 3u << 10);
	o.free_space = 40000;
	o.rcv_ssthresh = 5000;
	KUNIT_EXPECT_EQ(test, atcp_wnd_select(&o), 5u << 10);
	o.shrink = false;
	KUNIT_EXPECT_EQ(test, atcp_wnd_select(&o), 30u << 10);
}

/* The right edge never moves back, the header holds it, and there is room for it. */
static void atcp_wnd_select__random(struct kunit *test)
{
	u64 seed = 9;
	unsigned int i;

	for (i = 0; i < 500000; i++) {
		u8 ws = atcp_rand_below(&seed, 15);
		u32 unit = 1u << ws;
		u32 full = atcp_rand_below(&seed, 65535u << ws);
		u32 free = atcp_rand_below(&seed, full + 1);
		u32 mss = 1 + atcp_rand_below(&seed, 9000);
		u32 wnd = round_down(atcp_rand_below(&seed, full + 1), unit);
		u32 cur = round_down(atcp_rand_below(&seed, wnd + 1), unit);
		u32 limit = atcp_rand_below(&seed, 2 * full + 1);
		struct atcp_wnd_offer o = atcp_wnd_offer(free, full, mss, wnd, ws, limit);
		u32 got;

		o.cur_wnd = cur;
		o.shrink = ws && atcp_rand_below(&seed, 2);
		got = atcp_wnd_select(&o);
		if (got < cur && !o.shrink)
			KUNIT_FAIL(test, "round %u shrank", i);
		if (got & (unit - 1) || got > 65535u << ws)
			KUNIT_FAIL(test, "round %u cannot be sent", i);
		if (got > cur && got > ALIGN(min(free, limit), unit))
			KUNIT_FAIL(test, "round %u beyond the buffer", i);
		if (o.shrink && got > free)
			KUNIT_FAIL(test, "round %u beyond memory", i);
		if (!ws && got > cur && got != wnd && got % min(mss, full) &&
		    got - wnd <= full / 2)
			KUNIT_FAIL(test, "round %u silly", i);
	}
}

/* Linux's tcp_grow_window() for the same. */
static void atcp_wnd_grow__table(struct kunit *test)
{
	static const struct {
		u32 cost, most, len, ssthresh, want;
	} t[] = {
		/* good segments: two of ours, or twice what came as one */
		{ 1100, 3000000, 1460, 60000, 2920 },
		{ 20000, 3000000, 29200, 60000, 58400 },
		/* costly ones: while the window is less than half, a quarter, ... of the most */
		{ 2000, 3000000, 1000, 60000, 2000 },
		{ 2000, 3000000, 1000, 1500000, 2000 },
		{ 2000, 3000000, 1000, 1500001, 0 },
		{ 4000, 3000000, 1000, 750000, 2000 },
		{ 4000, 3000000, 1000, 750001, 0 },
		{ 1000000, 3000000, 128, 5000, 0 },
		{ 1000, 0, 128, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++)
		KUNIT_EXPECT_EQ_MSG(test, t[i].want,
				    atcp_wnd_grow(t[i].cost, t[i].most, t[i].len, t[i].ssthresh,
						  1460, 1000), "row %u", i);
}

/* Linux's tcp_rcvbuf_grow() for the same. */
static void atcp_wnd_drs__table(struct kunit *test)
{
	static const struct {
		u32 took, before, early, rtt, low, want;
	} t[] = {
		/* steady: twice of it */
		{ 100000, 100000, 0, 50000, 1000, 200000 },
		/* by half more: 2 * 150000, and 4 * 150000 / 2 beside */
		{ 150000, 100000, 0, 50000, 1000, 600000 },
		/* twice as much */
		{ 200000, 100000, 0, 50000, 1000, 1200000 },
		/* what is held out of order needs room beside it */
		{ 100000, 100000, 77777, 50000, 1000, 277777 },
		/* a short round trip: by half of a half */
		{ 200000, 100000, 0, 250, 1000, 500000 },
		{ 200000, 100000, 0, 0, 1000, 400000 },
		{ 200000, 100000, 0, 0, 0, 1200000 },
		/* nothing before, and more than there can be */
		{ 1000, 0, 0, 50000, 1000, 2000 + 4000 * 999 },
		{ NO_LIMIT, 1, NO_LIMIT, 50000, 1000, INT_MAX },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		const struct atcp_wnd_drs d = {
			.took = t[i].took,
			.before = t[i].before,
			.early = t[i].early,
			.rtt_us = t[i].rtt,
			.low_rtt_us = t[i].low,
		};

		KUNIT_EXPECT_EQ_MSG(test, t[i].want, atcp_wnd_drs(&d), "row %u", i);
	}
}

static void atcp_wnd_ratio__table(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_wnd_ratio(1000, 2000), (u8)128);
	KUNIT_EXPECT_EQ(test, atcp_wnd_ratio(1448, 2304), (u8)160);
	KUNIT_EXPECT_EQ(test, atcp_wnd_ratio(1, 768), (u8)1);
	KUNIT_EXPECT_EQ(test, atcp_wnd_ratio(0, 0), (u8)1);
	KUNIT_EXPECT_EQ(test, atcp_wnd_ratio(60000, 60000), (u8)255);
	KUNIT_EXPECT_EQ(test, atcp_wnd_from_space_by(128, 131072), 65536u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_from_space_by(255, -1), 0u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_space_from_by(128, 65536), 131072u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_space_from_by(1, NO_LIMIT), (u32)INT_MAX);
}

static void atcp_wnd_from_space__half(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_wnd_from_space(-5), 0u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_from_space(0), 0u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_from_space(1), 1u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_from_space(131072), 65536u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_from_space(131073), 65537u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_space_from(65536), 131072u);
	KUNIT_EXPECT_EQ(test, atcp_wnd_space_from(0xf0000000u), NO_LIMIT);
}

/* Every combination of what matters, against Nagle's rule in words. */
static void atcp_wnd_nagle_ok__all(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		bool full = i & 1, nodelay = i & 2, cork = i & 4, fin = i & 8;
		bool push = i & 16, flight = i & 32, small_out = i & 64;
		u32 base = i & 128 ? 0xfffffff0 : 1000;
		struct atcp_wnd_nagle n = {
			.len = full ? 1460 : 1459,
			.mss = 1460,
			.packets_out = flight,
			.snd_una = base,
			.snd_nxt = base + 100,
			.snd_sml = small_out ? base + 50 : base - 50,
			.nodelay = nodelay,
			.cork = cork,
			.push = push,
			.fin = fin,
		};
		bool want = full || fin || push ||
			    (!cork && (nodelay || !flight || !small_out));

		KUNIT_EXPECT_EQ_MSG(test, atcp_wnd_nagle_ok(&n), want, "%u", i);
	}
}

static void atcp_wnd_update_ok__table(struct kunit *test)
{
	static const struct {
		s32 ack, seq, wnd;
		bool want;
	} t[] = {
		{ 0, 0, 0, false },	/* the very same */
		{ 0, 0, 1, true },	/* the same, larger: an update */
		{ 0, 0, -1, false },	/* the same, smaller: reordered */
		{ 0, 0, -5000, true },	/* the same, closed: not by chance */
		{ 1, 0, -1, true },	/* newer ACK */
		{ 0, 1, -1, true },	/* newer segment */
		{ 0, -1, 1, false },	/* older segment */
		{ 1, -1, -1, true },	/* reordered data with a newer ACK */
	};
	static const u32 bases[] = { 100, 0, 0xffffffff, 0x7fffffff };
	unsigned int i, b;

	for (b = 0; b < ARRAY_SIZE(bases); b++)
		for (i = 0; i < ARRAY_SIZE(t); i++)
			KUNIT_EXPECT_EQ_MSG(test, t[i].want,
					    atcp_wnd_update_ok(bases[b],
							       bases[b], 5000,
							       bases[b] + t[i].ack,
							       bases[b] + t[i].seq,
							       5000 + t[i].wnd),
					    "row %u", i);
}

static struct kunit_case atcp_wnd_cases[] = {
	KUNIT_CASE(atcp_wnd_initial__table),
	KUNIT_CASE(atcp_wnd_select__table),
	KUNIT_CASE(atcp_wnd_select__edge),
	KUNIT_CASE(atcp_wnd_select__shrink),
	KUNIT_CASE(atcp_wnd_select__random),
	KUNIT_CASE(atcp_wnd_grow__table),
	KUNIT_CASE(atcp_wnd_drs__table),
	KUNIT_CASE(atcp_wnd_ratio__table),
	KUNIT_CASE(atcp_wnd_from_space__half),
	KUNIT_CASE(atcp_wnd_nagle_ok__all),
	KUNIT_CASE(atcp_wnd_update_ok__table),
	{}
};

static struct kunit_suite atcp_wnd_suite = {
	.name = "atcp_wnd",
	.test_cases = atcp_wnd_cases,
};

kunit_test_suite(atcp_wnd_suite);
