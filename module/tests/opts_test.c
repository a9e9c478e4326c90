// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/opts.c. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "proto/opts.h"
#include "tests/rand.h"

/* A buffer of each length, that ends where its allocation ends. */
static u8 *atcp_opts_bufs[ATCP_OPTS_MAX + 1];

static int atcp_opts_test_init(struct kunit *test)
{
	unsigned int len;

	for (len = 0; len <= ATCP_OPTS_MAX; len++) {
		atcp_opts_bufs[len] = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, atcp_opts_bufs[len]);
	}
	return 0;
}

/* Parses a copy in such a buffer, for KASAN to guard. */
static int atcp_opts_parse_exact(struct kunit *test, const u8 *p,
				 unsigned int len, bool syn,
				 struct atcp_opts *o)
{
	int err;

	memcpy(atcp_opts_bufs[len], p, len);
	err = atcp_opts_parse(atcp_opts_bufs[len], len, syn, o);
	if (err != (o->malformed ? -EINVAL : 0))
		KUNIT_FAIL(test, "err %d, malformed %d", err, o->malformed);
	return err;
}

static void atcp_opts_parse__linux_syn(struct kunit *test)
{
	static const u8 p[] = {
		2, 4, 0x05, 0xb4,
		4, 2, 8, 10, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0,
		1, 3, 3, 7
	};
	struct atcp_opts o;

	atcp_opts_parse_exact(test, p, sizeof(p), true, &o);
	KUNIT_EXPECT_TRUE(test, o.has_mss && o.has_wscale && o.sack_ok &&
			  o.has_ts && !o.has_fastopen && !o.malformed);
	KUNIT_EXPECT_EQ(test, o.mss, 1460);
	KUNIT_EXPECT_EQ(test, o.wscale, 7);
	KUNIT_EXPECT_EQ(test, o.tsval, 0x11223344u);
	KUNIT_EXPECT_EQ(test, o.tsecr, 0u);

	/* Without SYN only the timestamps count. */
	atcp_opts_parse_exact(test, p, sizeof(p), false, &o);
	KUNIT_EXPECT_TRUE(test, !o.has_mss && !o.has_wscale && !o.sack_ok &&
			  o.has_ts);
}

static void atcp_opts_parse__fast_path(struct kunit *test)
{
	static const u8 p[] = { 1, 1, 8, 10, 1, 2, 3, 4, 0xf5, 6, 7, 8 };
	struct atcp_opts o;

	atcp_opts_parse_exact(test, p, sizeof(p), false, &o);
	KUNIT_EXPECT_TRUE(test, o.has_ts);
	KUNIT_EXPECT_EQ(test, o.tsval, 0x01020304u);
	KUNIT_EXPECT_EQ(test, o.tsecr, 0xf5060708u);
}

static void atcp_opts_parse__wscale_clamped(struct kunit *test)
{
	u8 p[4] = { 3, 3, 0, 0 };
	struct atcp_opts o;
	unsigned int i;

	for (i = 0; i < 256; i++) {
		p[2] = i;
		atcp_opts_parse_exact(test, p, sizeof(p), true, &o);
		KUNIT_EXPECT_TRUE(test, o.has_wscale);
		KUNIT_EXPECT_EQ(test, o.wscale, min(i, 14u));
		KUNIT_EXPECT_TRUE(test, o.wscale_clamped == (i > 14));
	}
}

/* MUST-7: stop at the illegal length, keep what stood before. */
static void atcp_opts_parse__illegal_length(struct kunit *test)
{
	static const struct {
		u8 len;
		u8 p[12];
	} bad[] = {
		{ 6,  { 2, 4, 5, 0xb4, 99, 0 } },	/* zero */
		{ 6,  { 2, 4, 5, 0xb4, 99, 1 } },	/* one */
		{ 8,  { 2, 4, 5, 0xb4, 99, 5, 0, 0 } },	/* beyond the end */
		{ 5,  { 2, 4, 5, 0xb4, 99 } },		/* no length byte */
		{ 12, { 2, 4, 5, 0xb4, 99, 0, 8, 10 } },
	};
	struct atcp_opts o;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				atcp_opts_parse_exact(test, bad[i].p,
						      bad[i].len, true, &o));
		KUNIT_EXPECT_EQ(test, o.mss, 1460);
		KUNIT_EXPECT_FALSE(test, o.has_ts);
	}
}

/* MUST-6: any unknown option is stepped over by its length. */
static void atcp_opts_parse__unknown_skipped(struct kunit *test)
{
	static const u8 known[] = { 2, 3, 4, 5, 8, 34 };
	struct atcp_opts o;
	unsigned int kind, size, i;
	u8 p[40];

	for (kind = 2; kind < 256; kind++) {
		for (i = 0; i < ARRAY_SIZE(known) && known[i] != kind; i++)
			;
		if (i < ARRAY_SIZE(known))
			continue;
		for (size = 2; size <= 36; size++) {
			memset(p, 0xee, sizeof(p));
			p[0] = kind;
			p[1] = size;
			memcpy(p + size, "\x02\x04\x02\x18", 4);
			atcp_opts_parse_exact(test, p, size + 4, true, &o);
			KUNIT_EXPECT_TRUE(test, o.has_mss && !o.malformed);
			KUNIT_EXPECT_EQ(test, o.mss, 536);
		}
	}
}

/* A known option of a wrong but legal length is no reason to stop. */
static void atcp_opts_parse__wrong_size_ignored(struct kunit *test)
{
	static const u8 p[] = {
		2, 3, 9,  3, 4, 1, 1,  4, 3, 0,  8, 9, 0, 0, 0, 0, 0, 0, 0,
		5, 9, 0, 0, 0, 0, 0, 0, 0,  5, 2,  2, 4, 0, 0,  34, 3, 1
	};
	struct atcp_opts o;

	atcp_opts_parse_exact(test, p, sizeof(p), true, &o);
	KUNIT_EXPECT_TRUE(test, !o.has_mss && !o.has_wscale && !o.sack_ok &&
			  !o.has_ts && !o.nr_sacks && !o.has_fastopen &&
			  !o.malformed);
}

static void atcp_opts_parse__fastopen(struct kunit *test)
{
	struct atcp_opts o;
	unsigned int len;
	u8 p[20];

	for (len = 0; len <= 18; len++) {
		bool good = !len || (len >= 4 && len <= 16 && !(len & 1));

		memset(p, 0x5a, sizeof(p));
		p[0] = 34;
		p[1] = 2 + len;
		atcp_opts_parse_exact(test, p, 2 + len, true, &o);
		KUNIT_EXPECT_TRUE(test, o.has_fastopen == good);
		KUNIT_EXPECT_EQ(test, o.fastopen_len, good ? len : 0);
		atcp_opts_parse_exact(test, p, 2 + len, false, &o);
		KUNIT_EXPECT_FALSE(test, o.has_fastopen);
	}
}

static void atcp_opts_parse__every_1_and_2_bytes(struct kunit *test)
{
	struct atcp_opts o;
	unsigned int a, b;
	u8 p[2];

	for (a = 0; a < 256; a++) {
		p[0] = a;
		atcp_opts_parse_exact(test, p, 1, true, &o);
		KUNIT_EXPECT_TRUE(test, o.malformed == (a > 1));
		for (b = 0; b < 256; b++) {
			bool bad = a == 1 ? b > 1 : a && b != 2;

			p[1] = b;
			atcp_opts_parse_exact(test, p, 2, true, &o);
			if (o.malformed == bad &&
			    o.sack_ok == (a == 4 && b == 2) &&
			    o.has_fastopen == (a == 34 && b == 2))
				continue;
			KUNIT_FAIL(test, "%u %u", a, b);
		}
	}
}

/* Bytes that are likely to look like options, then wholly random ones. */
static void atcp_opts_parse__random(struct kunit *test)
{
	static const u8 likely[] = { 0, 1, 2, 3, 4, 5, 8, 10, 18, 34, 254 };
	struct atcp_opts o;
	u64 seed = 1;
	unsigned int i, j;
	u8 p[40];

	for (i = 0; i < 100000; i++) {
		unsigned int len = atcp_rand_below(&seed, 41);

		for (j = 0; j < len; j++) {
			p[j] = atcp_rand_next(&seed);
			if (i & 1 && p[j] & 1)
				p[j] = likely[p[j] % ARRAY_SIZE(likely)];
		}
		atcp_opts_parse_exact(test, p, len, i & 2, &o);
		if (o.nr_sacks > 4 || o.wscale > 14 || o.fastopen_len > 16 ||
		    (o.has_mss && !o.mss) ||
		    (!(i & 2) && (o.has_mss || o.has_wscale || o.sack_ok)))
			KUNIT_FAIL(test, "round %u", i);
	}
}

/* Words that SYNs' options are made of, and their like; a row's zeros go with it. */
static const u8 atcp_opts_words[][12] = {
	{ 4, 2, 4, 5, 180 }, { 4, 2, 4, 0, 0 }, { 4, 1, 3, 3, 7 }, { 4, 1, 3, 3, 15 },
	{ 4, 1, 1, 4, 2 }, { 4, 4, 2, 0, 0 }, { 4, 4, 2, 1, 1 }, { 4, 1, 1, 1, 1 },
	{ 4, 4, 2, 8, 10 }, { 4, 1, 1, 8, 10 }, { 4, 3, 3, 7, 1 }, { 4, 3, 3, 7, 0 },
	{ 4, 1, 1, 8, 11 }, { 4, 1, 3, 4, 7 }, { 4, 2, 5, 5, 180 }, { 4, 1, 1, 4, 3 },
	{ 2, 1, 1 }, { 1, 1 }, { 1, 0 }, { 2, 4, 2 }, { 3, 3, 3, 9 }, { 4, 34, 4, 1, 2 },
	{ 8, 1, 2, 3, 4, 5, 6, 7, 8 }, { 4, 0, 0, 0, 0 },
};

static unsigned int atcp_opts_random_words(u64 *seed, unsigned int most, u8 *p)
{
	unsigned int len = 0, size;
	const u8 *word;

	for (;;) {
		word = atcp_opts_words[atcp_rand_below(seed, ARRAY_SIZE(atcp_opts_words))];
		/* After the beginning of timestamps the rest of them, more often than not. */
		if (len >= 4 && p[len - 1] == 10 && atcp_rand_below(seed, 4))
			word = atcp_opts_words[22];
		size = word[0];
		if (len + size > most || !atcp_rand_below(seed, 12))
			return len;
		memcpy(p + len, word + 1, size);
		len += size;
	}
}

/*
 * What is read in words is what the loop reads: an unknown option of an odd length
 * before all others keeps the words from being tried.
 */
static void atcp_opts_parse__words_as_loop(struct kunit *test)
{
	u8 p[40] = { 30, 3, 0 };
	struct atcp_opts fast = {}, slow = {};
	unsigned int i, len;
	u64 seed = 11;

	for (i = 0; i < 100000; i++) {
		len = atcp_opts_random_words(&seed, sizeof(p) - 3, p + 3);
		atcp_opts_parse_exact(test, p + 3, len, true, &fast);
		atcp_opts_parse_exact(test, p, len + 3, true, &slow);
		if (memcmp(&fast, &slow, sizeof(fast)))
			KUNIT_FAIL(test, "round %u: %*ph", i, len, p + 3);
	}
}

/* What is built is as long as announced, touches nothing more, and parses. */
static void atcp_opts_build__round_trip(struct kunit *test)
{
	struct atcp_opts_out out;
	struct atcp_opts o;
	unsigned int i, j, len, fit;
	u8 p[48];

	for (i = 0; i < 16 * 6; i++) {
		out = (struct atcp_opts_out) {
			.mss = i & 1 ? 1460 : 0,
			.wscale = i & 2 ? 7 : ATCP_OPTS_WSCALE_NONE,
			.sack_perm = i & 4,
			.ts = i & 8,
			.tsval = 0xdeadbeef,
			.tsecr = 0x01020304,
			.nr_sacks = i / 16,
		};
		for (j = 0; j < 4; j++) {
			out.sacks[j].start = 0xfffffff0 + j * 100;
			out.sacks[j].end = 0xfffffff9 + j * 100;
		}
		memset(p, 0xa5, sizeof(p));
		len = atcp_opts_build(p, &out);
		KUNIT_ASSERT_LE(test, len, 40u);
		KUNIT_EXPECT_EQ(test, len % 4, 0u);
		KUNIT_EXPECT_EQ(test, len, atcp_opts_len(&out));
		KUNIT_EXPECT_EQ(test, p[len], 0xa5);

		atcp_opts_parse_exact(test, p, len, true, &o);
		KUNIT_EXPECT_EQ(test, o.mss, out.mss);
		KUNIT_EXPECT_TRUE(test, o.has_wscale == !!(i & 2));
		KUNIT_EXPECT_EQ(test, o.wscale, i & 2 ? 7 : 0);
		KUNIT_EXPECT_TRUE(test, o.sack_ok == out.sack_perm);
		KUNIT_EXPECT_TRUE(test, o.has_ts == out.ts);
		KUNIT_EXPECT_EQ(test, o.tsval, out.ts ? out.tsval : 0);
		KUNIT_EXPECT_EQ(test, o.tsecr, out.ts ? out.tsecr : 0);
		fit = (40 - 4 - (i & 1 ? 4 : 0) - (i & 2 ? 4 : 0) -
		       (i & 8 ? 12 : i & 4 ? 4 : 0)) / 8;
		KUNIT_ASSERT_EQ(test, o.nr_sacks,
				min3(fit, (unsigned int)out.nr_sacks, 4u));
		KUNIT_EXPECT_EQ(test, 0, memcmp(o.sacks, out.sacks,
						o.nr_sacks * 8));
	}
}

static void atcp_opts_build__linux_layout(struct kunit *test)
{
	static const u8 syn[] = {
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0,
		1, 3, 3, 7
	};
	static const u8 data[] = {
		1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8,
		1, 1, 5, 10, 0, 0, 0, 5, 0, 0, 0, 6
	};
	struct atcp_opts_out o = {
		.mss = 1460, .sack_perm = true, .ts = true, .tsval = 9,
		.wscale = 7,
	};
	u8 p[40];

	KUNIT_ASSERT_EQ(test, atcp_opts_build(p, &o),
			(unsigned int)sizeof(syn));
	KUNIT_EXPECT_EQ(test, memcmp(p, syn, sizeof(syn)), 0);

	o = (struct atcp_opts_out) {
		.ts = true, .tsval = 9, .tsecr = 8, .nr_sacks = 1,
		.wscale = ATCP_OPTS_WSCALE_NONE, .sacks = { { 5, 6 } },
	};
	KUNIT_ASSERT_EQ(test, atcp_opts_build(p, &o),
			(unsigned int)sizeof(data));
	KUNIT_EXPECT_EQ(test, memcmp(p, data, sizeof(data)), 0);
}

/* Both forms, each length, beside all that a SYN has: read back as written. */
static void atcp_opts_build__fastopen(struct kunit *test)
{
	static const u8 ask[] = { 2, 4, 0x05, 0xb4, 34, 2, 1, 1 };
	static const u8 exp[] = {
		254, 12, 0xf9, 0x89, 0, 1, 2, 3, 4, 5, 6, 7,
	};
	struct atcp_opts_out out = { .mss = 1460, .wscale = ATCP_OPTS_WSCALE_NONE };
	unsigned int len, n, i;
	struct atcp_opts o;
	u8 p[48];

	out.fastopen = true;
	KUNIT_ASSERT_EQ(test, atcp_opts_build(p, &out), (unsigned int)sizeof(ask));
	KUNIT_EXPECT_EQ(test, memcmp(p, ask, sizeof(ask)), 0);
	for (i = 0; i < sizeof(out.fastopen_cookie); i++)
		out.fastopen_cookie[i] = i;
	out.mss = 0;
	out.fastopen_exp = true;
	out.fastopen_len = 8;
	KUNIT_ASSERT_EQ(test, atcp_opts_build(p, &out), (unsigned int)sizeof(exp));
	KUNIT_EXPECT_EQ(test, memcmp(p, exp, sizeof(exp)), 0);

	out.mss = 1460;
	out.wscale = 7;
	out.ts = true;
	out.sack_perm = true;
	for (i = 0; i < 2; i++) {
		for (n = 0; n <= 16; n += n ? 2 : 4) {
			out.fastopen_exp = i;
			out.fastopen_len = n;
			memset(p, 0xa5, sizeof(p));
			len = atcp_opts_build(p, &out);
			KUNIT_ASSERT_LE(test, len, 40u);
			KUNIT_EXPECT_EQ(test, len, atcp_opts_len(&out));
			KUNIT_EXPECT_EQ(test, p[len], 0xa5);
			atcp_opts_parse_exact(test, p, len, true, &o);
			KUNIT_EXPECT_TRUE(test, o.has_fastopen && o.has_ts && o.has_mss);
			KUNIT_EXPECT_TRUE(test, o.fastopen_exp == i);
			KUNIT_EXPECT_EQ(test, o.fastopen_len, n);
			KUNIT_EXPECT_EQ(test, memcmp(o.fastopen, out.fastopen_cookie, n), 0);
		}
	}
}

static void atcp_opts_build__md5(struct kunit *test)
{
	struct atcp_opts_out out = {
		.wscale = ATCP_OPTS_WSCALE_NONE, .ts = true, .tsval = 1, .md5 = true, .nr_sacks = 1,
	};
	u8 p[ATCP_OPTS_MAX], *at;
	struct atcp_opts o;
	unsigned int len;

	memset(p, 0xff, sizeof(p));
	len = atcp_opts_build(p, &out);
	KUNIT_EXPECT_EQ(test, len, atcp_opts_len(&out));
	/* It has no room for a block beside both. */
	KUNIT_EXPECT_EQ(test, len, (unsigned int)(ATCP_OPTS_MD5_LEN + ATCP_OPTS_TS_LEN));
	at = atcp_opts_find_md5(p, len);
	KUNIT_ASSERT_PTR_EQ(test, at, p + 4);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(at, 0, 16));
	atcp_opts_parse_exact(test, p, len, false, &o);
	KUNIT_EXPECT_TRUE(test, o.has_md5 && o.has_ts && !o.nr_sacks && !o.malformed);
}

static void atcp_opts_find_md5__none(struct kunit *test)
{
	static const u8 cut[] = { 1, 1, 19, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const u8 ended[] = { 0, 1, 19, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const u8 zero[] = { 8, 0, 19, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const u8 other[] = { 19, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1 };

	KUNIT_EXPECT_NULL(test, atcp_opts_find_md5((u8 *)cut, sizeof(cut)));
	KUNIT_EXPECT_NULL(test, atcp_opts_find_md5((u8 *)ended, sizeof(ended)));
	KUNIT_EXPECT_NULL(test, atcp_opts_find_md5((u8 *)zero, sizeof(zero)));
	KUNIT_EXPECT_NULL(test, atcp_opts_find_md5((u8 *)other, sizeof(other)));
	KUNIT_EXPECT_NULL(test, atcp_opts_find_md5((u8 *)other, 0));
}

static void atcp_opts_parse__accecn(struct kunit *test)
{
	static const u8 three[] = { 172, 11, 0, 0, 1, 0, 2, 0, 3, 0, 0, 1 };
	static const u8 odd[] = { 174, 7, 1, 2, 3, 9, 9, 1 };
	static const u8 none[] = { 174, 2, 1, 1 };
	static const u8 more[] = { 172, 15, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 9, 1 };
	struct atcp_opts o;

	KUNIT_ASSERT_EQ(test, atcp_opts_parse(three, sizeof(three), false, &o), 0);
	KUNIT_EXPECT_TRUE(test, o.has_accecn && !o.accecn_order);
	KUNIT_EXPECT_EQ(test, o.accecn_fields, 3);
	KUNIT_EXPECT_EQ(test, o.accecn[0], 1);
	KUNIT_EXPECT_EQ(test, o.accecn[1], 0x200);
	KUNIT_EXPECT_EQ(test, o.accecn[2], 0x30000);
	/* What is left over is no field, and a fourth one means nothing to us. */
	KUNIT_ASSERT_EQ(test, atcp_opts_parse(odd, sizeof(odd), true, &o), 0);
	KUNIT_EXPECT_TRUE(test, o.has_accecn && o.accecn_order);
	KUNIT_EXPECT_EQ(test, o.accecn_fields, 1);
	KUNIT_EXPECT_EQ(test, o.accecn[0], 0x10203);
	KUNIT_ASSERT_EQ(test, atcp_opts_parse(none, sizeof(none), false, &o), 0);
	KUNIT_EXPECT_TRUE(test, o.has_accecn && !o.accecn_fields);
	KUNIT_ASSERT_EQ(test, atcp_opts_parse(more, sizeof(more), false, &o), 0);
	KUNIT_EXPECT_EQ(test, o.accecn_fields, 3);
	KUNIT_EXPECT_EQ(test, o.accecn[2], 3);
	KUNIT_ASSERT_EQ(test, atcp_opts_parse(none, 0, false, &o), 0);
	KUNIT_EXPECT_FALSE(test, o.has_accecn);
}

/* Builds options with @blocks SACK blocks, of which @left remain beside @fields counters. */
static void atcp_opts_expect_accecn(struct kunit *test, struct atcp_opts_out *o, u8 need,
				    unsigned int fields, unsigned int left)
{
	u8 buf[ATCP_OPTS_MAX];
	struct atcp_opts got;
	unsigned int len, i;

	KUNIT_ASSERT_TRUE(test, atcp_opts_fit_accecn(o, need));
	len = atcp_opts_len(o);
	KUNIT_ASSERT_LE(test, len, ATCP_OPTS_MAX);
	KUNIT_ASSERT_EQ(test, atcp_opts_build(buf, o), len);
	KUNIT_EXPECT_EQ(test, len % 4, 0);
	KUNIT_ASSERT_EQ(test, atcp_opts_parse(buf, len, o->mss, &got), 0);
	KUNIT_EXPECT_TRUE(test, got.has_accecn && got.accecn_order);
	KUNIT_EXPECT_EQ(test, got.accecn_fields, fields);
	for (i = 0; i < got.accecn_fields; i++)
		KUNIT_EXPECT_EQ(test, got.accecn[i], o->accecn_val[i] & 0xffffff);
	KUNIT_EXPECT_EQ(test, got.nr_sacks, left);
	KUNIT_EXPECT_EQ(test, !!got.has_ts, o->ts);
	KUNIT_EXPECT_EQ(test, !!got.sack_ok, o->sack_perm);
	KUNIT_EXPECT_EQ(test, !!got.has_wscale, o->wscale != ATCP_OPTS_WSCALE_NONE);
	KUNIT_EXPECT_EQ(test, !!got.has_fastopen, o->fastopen);
}

static void atcp_opts_fit_accecn__room(struct kunit *test)
{
	/* By timestamps and blocks: fields that fit, by how many are needed, or none. */
	static const struct {
		u8 ts, blocks, need, fields, left;
	} is[] = {
		{ 0, 0, 0, 3, 0 }, { 0, 3, 0, 3, 3 }, { 0, 4, 0, 1, 4 }, { 0, 4, 2, 3, 3 },
		{ 1, 0, 0, 3, 0 }, { 1, 1, 0, 3, 1 }, { 1, 2, 0, 2, 2 }, { 1, 3, 2, 2, 2 },
		{ 1, 3, 0, 0, 3 }, { 1, 4, 1, 2, 2 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(is); i++) {
		struct atcp_opts_out o = {
			.ts = is[i].ts, .nr_sacks = is[i].blocks, .wscale = ATCP_OPTS_WSCALE_NONE,
			.accecn_val = { 0x1010203, 0x40506, 0x70809 },
		};

		atcp_opts_expect_accecn(test, &o, is[i].need, is[i].fields, is[i].left);
	}
}

static void atcp_opts_fit_accecn__none(struct kunit *test)
{
	struct atcp_opts_out o = { .ts = 1, .nr_sacks = 3, .wscale = ATCP_OPTS_WSCALE_NONE };

	/* Two blocks stay, and three counters have no room beside them: then all three blocks. */
	KUNIT_EXPECT_FALSE(test, atcp_opts_fit_accecn(&o, 3));
	KUNIT_EXPECT_FALSE(test, o.accecn);
	KUNIT_EXPECT_EQ(test, o.nr_sacks, 3);
}

static void atcp_opts_fit_accecn__synack(struct kunit *test)
{
	struct atcp_opts_out o = { .mss = 1460, .wscale = 7, .sack_perm = true };
	static const u8 want[] = {
		2, 4, 5, 180, 174, 11, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 4, 2, 1, 3, 3, 7,
	};
	u8 buf[ATCP_OPTS_MAX];

	o.accecn_val[0] = 1;
	o.accecn_val[2] = 1;
	atcp_opts_expect_accecn(test, &o, 0, 3, 0);
	KUNIT_ASSERT_EQ(test, atcp_opts_build(buf, &o), sizeof(want));
	KUNIT_EXPECT_EQ(test, memcmp(buf, want, sizeof(want)), 0);
	o.ts = true;
	atcp_opts_expect_accecn(test, &o, 0, 3, 0);
	/* A fast open cookie comes first: what is left is eight bytes. */
	o.fastopen = true;
	o.fastopen_len = 8;
	atcp_opts_expect_accecn(test, &o, 0, 2, 0);
	o.fastopen_len = 10;
	o.ts = false;
	atcp_opts_expect_accecn(test, &o, 0, 3, 0);
	/* Its last byte is in the place of the NOP before the window scale. */
	o.ts = true;
	o.fastopen_len = 12;
	atcp_opts_expect_accecn(test, &o, 0, 1, 0);
}

static struct kunit_case atcp_opts_cases[] = {
	KUNIT_CASE(atcp_opts_parse__linux_syn),
	KUNIT_CASE(atcp_opts_parse__fast_path),
	KUNIT_CASE(atcp_opts_parse__wscale_clamped),
	KUNIT_CASE(atcp_opts_parse__illegal_length),
	KUNIT_CASE(atcp_opts_parse__unknown_skipped),
	KUNIT_CASE(atcp_opts_parse__wrong_size_ignored),
	KUNIT_CASE(atcp_opts_parse__fastopen),
	KUNIT_CASE(atcp_opts_parse__every_1_and_2_bytes),
	KUNIT_CASE(atcp_opts_parse__random),
	KUNIT_CASE(atcp_opts_parse__words_as_loop),
	KUNIT_CASE(atcp_opts_build__round_trip),
	KUNIT_CASE(atcp_opts_build__linux_layout),
	KUNIT_CASE(atcp_opts_build__fastopen),
	KUNIT_CASE(atcp_opts_build__md5),
	KUNIT_CASE(atcp_opts_find_md5__none),
	KUNIT_CASE(atcp_opts_parse__accecn),
	KUNIT_CASE(atcp_opts_fit_accecn__room),
	KUNIT_CASE(atcp_opts_fit_accecn__none),
	KUNIT_CASE(atcp_opts_fit_accecn__synack),
	{}
};

static struct kunit_suite atcp_opts_suite = {
	.name = "atcp_opts",
	.init = atcp_opts_test_init,
	.test_cases = atcp_opts_cases,
};

kunit_test_suite(atcp_opts_suite);
