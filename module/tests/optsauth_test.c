// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/opts.c's signatures: TCP-AO's option beside others, and two in a segment. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "proto/opts.h"

/* Every length of MAC that there is room for in a SYN, with all that a SYN has. */
static void atcp_opts_build__ao_syn(struct kunit *test)
{
	u8 p[ATCP_OPTS_MAX], *at;
	struct atcp_opts o;
	unsigned int len;
	u8 mac;

	for (mac = 1; mac <= ATCP_OPTS_AO_MAX - ATCP_OPTS_AO_HEAD; mac++) {
		struct atcp_opts_out out = {
			.mss = 1460, .wscale = 7, .sack_perm = true, .ts = true, .tsval = 1,
			.ao_mac = mac, .ao_keyid = 61, .ao_rnext = 84,
		};

		memset(p, 0xff, sizeof(p));
		len = atcp_opts_build(p, &out);
		KUNIT_EXPECT_EQ(test, len, atcp_opts_len(&out));
		KUNIT_EXPECT_EQ(test, len, 20 + atcp_opts_ao_len(mac));
		KUNIT_EXPECT_LE(test, len, (unsigned int)ATCP_OPTS_MAX);
		at = atcp_opts_find_ao(p, len);
		KUNIT_ASSERT_PTR_EQ(test, at, (u8 *)p);
		KUNIT_EXPECT_TRUE(test, at[0] == 29 && at[1] == 4 + mac && at[2] == 61 &&
				  at[3] == 84);
		KUNIT_EXPECT_TRUE(test, !memchr_inv(at + 4, 0, mac));
		KUNIT_EXPECT_EQ(test, atcp_opts_parse(p, len, true, &o), 0);
		KUNIT_EXPECT_TRUE(test, o.has_ao && o.has_ts && o.has_mss && o.has_wscale &&
				  o.sack_ok && !o.has_md5 && !o.bad_auth && !o.malformed);
	}
}

/* SACK blocks and accurate ECN's option take what is left, never more. */
static void atcp_opts_build__ao_room(struct kunit *test)
{
	u8 p[ATCP_OPTS_MAX + 4];
	struct atcp_opts o;
	unsigned int len;
	u8 mac, sacks;

	for (mac = 0; mac <= ATCP_OPTS_AO_MAX - ATCP_OPTS_AO_HEAD; mac++) {
		for (sacks = 0; sacks <= ATCP_OPTS_NR_SACKS; sacks++) {
			struct atcp_opts_out out = {
				.wscale = ATCP_OPTS_WSCALE_NONE, .ts = true, .nr_sacks = sacks,
				.ao_mac = mac,
			};

			memset(p, 0xff, sizeof(p));
			atcp_opts_fit_accecn(&out, 0);
			len = atcp_opts_build(p, &out);
			KUNIT_EXPECT_EQ(test, len, atcp_opts_len(&out));
			KUNIT_ASSERT_LE(test, len, (unsigned int)ATCP_OPTS_MAX);
			KUNIT_EXPECT_EQ(test, p[ATCP_OPTS_MAX], 0xff);
			KUNIT_EXPECT_EQ(test, atcp_opts_parse(p, len, false, &o), 0);
			KUNIT_EXPECT_TRUE(test, o.has_ao == !!mac && o.has_ts && !o.bad_auth);
			/* With the usual 12 bytes there is room for one block (RFC 5925 7.6). */
			if (mac && mac <= 12 && sacks)
				KUNIT_EXPECT_GE(test, o.nr_sacks, 1);
		}
	}
}

static void atcp_opts_parse__ao_bad(struct kunit *test)
{
	static const struct {
		u8	len;
		u8	opts[ATCP_OPTS_MAX];
		bool	bad, ao, md5;
	} cases[] = {
		{ 8,  { 29, 8, 1, 2, 3, 4, 5, 6 }, false, true, false },
		{ 8,  { 29, 5, 1, 2, 3, 1, 1, 1 }, false, true, false },
		/* No MAC. */
		{ 4,  { 29, 4, 1, 2 }, true, false, false },
		{ 4,  { 29, 2, 1, 1 }, true, false, false },
		/* Two of them (RFC 5925 section 2.2), also of two kinds. */
		{ 16, { 29, 8, 1, 2, 3, 4, 5, 6, 29, 8, 1, 2, 3, 4, 5, 6 }, true, true, false },
		{ 28, { 19, 18, [18] = 29, 8, 1, 2, 3, 4, 5, 6, 1, 1 }, true, false, true },
		{ 28, { 29, 8, 1, 2, 3, 4, 5, 6, 1, 1, 19, 18 }, true, true, false },
		{ 36, { 19, 18, [18] = 19, 18 }, true, false, true },
		{ 20, { 1, 1, 1, 19, 17 }, true, false, false },
		/* What is beyond the end is none. */
		{ 8,  { 0, 0, 29, 6, 1, 2, 3, 4 }, false, false, false },
	};
	struct atcp_opts o;
	int i, syn;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (syn = 0; syn < 2; syn++) {
			atcp_opts_parse(cases[i].opts, cases[i].len, syn, &o);
			KUNIT_EXPECT_TRUE_MSG(test, o.bad_auth == cases[i].bad &&
					      o.has_ao == cases[i].ao && o.has_md5 == cases[i].md5,
					      "case %d: %d %d %d", i, o.bad_auth, o.has_ao,
					      o.has_md5);
		}
	}
}

static void atcp_opts_find_ao__none(struct kunit *test)
{
	static const u8 cut[] = { 1, 1, 29, 7, 1, 2, 3, 4 };
	static const u8 short_one[] = { 29, 4, 1, 2, 29, 5, 1, 2, 3, 1, 1, 1 };
	static const u8 ended[] = { 0, 29, 5, 1, 2, 3, 0, 0 };

	KUNIT_EXPECT_NULL(test, atcp_opts_find_ao((u8 *)cut, sizeof(cut)));
	KUNIT_EXPECT_NULL(test, atcp_opts_find_ao((u8 *)ended, sizeof(ended)));
	KUNIT_EXPECT_PTR_EQ(test, atcp_opts_find_ao((u8 *)short_one, sizeof(short_one)),
			    (u8 *)short_one + 4);
	KUNIT_EXPECT_NULL(test, atcp_opts_find_ao((u8 *)cut, 0));
}

static struct kunit_case atcp_optsauth_cases[] = {
	KUNIT_CASE(atcp_opts_build__ao_syn),
	KUNIT_CASE(atcp_opts_build__ao_room),
	KUNIT_CASE(atcp_opts_parse__ao_bad),
	KUNIT_CASE(atcp_opts_find_ao__none),
	{}
};

static struct kunit_suite atcp_optsauth_suite = {
	.name = "atcp_optsauth",
	.test_cases = atcp_optsauth_cases,
};

kunit_test_suite(atcp_optsauth_suite);
