// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/fastopen.c. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "proto/bytes.h"
#include "proto/fastopen.h"

static void atcp_fastopen_keys__bytes(struct kunit *test)
{
	u8 in[ATCP_FASTOPEN_KEYS_LEN], out[ATCP_FASTOPEN_KEYS_LEN];
	struct atcp_fastopen_keys keys;
	unsigned int i, len;

	for (i = 0; i < sizeof(in); i++)
		in[i] = i;
	for (len = 16; len <= 32; len += 16) {
		atcp_fastopen_keys_load(&keys, in, len);
		KUNIT_EXPECT_EQ(test, keys.num, len / 16);
		KUNIT_EXPECT_EQ(test, keys.key[0].key[0], 0x0706050403020100ULL);
		KUNIT_EXPECT_EQ(test, atcp_fastopen_keys_store(&keys, out), len);
		KUNIT_EXPECT_EQ(test, memcmp(in, out, len), 0);
	}
	KUNIT_EXPECT_EQ(test, keys.key[1].key[1], 0x1f1e1d1c1b1a1918ULL);
}

static void atcp_fastopen_keys__text(struct kunit *test)
{
	static const char one[] = "00010203-04050607-08090a0b-0c0d0e0f";
	static const char two[] =
		"00010203-04050607-08090a0b-0c0d0e0f,10111213-14151617-18191a1b-1c1d1e1f";
	char text[ATCP_FASTOPEN_TEXT_LEN];
	struct atcp_fastopen_keys keys;

	KUNIT_ASSERT_EQ(test, atcp_fastopen_keys_parse(&keys, one), 0);
	KUNIT_EXPECT_EQ(test, keys.num, 1U);
	KUNIT_EXPECT_EQ(test, keys.key[0].key[0], 0x0405060700010203ULL);
	KUNIT_EXPECT_EQ(test, atcp_fastopen_keys_print(&keys, text), 35);
	KUNIT_EXPECT_STREQ(test, text, one);

	KUNIT_ASSERT_EQ(test, atcp_fastopen_keys_parse(&keys, two), 0);
	KUNIT_EXPECT_EQ(test, keys.num, 2U);
	KUNIT_EXPECT_EQ(test, atcp_fastopen_keys_print(&keys, text), 71);
	KUNIT_EXPECT_STREQ(test, text, two);
	/* Numbers may be short. */
	KUNIT_EXPECT_EQ(test, atcp_fastopen_keys_parse(&keys, "1-2-3-4"), 0);
	KUNIT_EXPECT_EQ(test, keys.key[0].key[1], 0x0000000400000003ULL);
}

static void atcp_fastopen_keys__bad_text(struct kunit *test)
{
	static const char * const bad[] = {
		"", "x", "1-2-3", "1-2-3-", "1-2-3-4,", "1-2-3-4,5", "1-2-3-4x",
		"1-2-3-4,1-2-3-4,1-2-3-4", "123456789-2-3-4", "1-2-3-4 5",
	};
	struct atcp_fastopen_keys keys, before;
	unsigned int i;

	memset(&keys, 0x5a, sizeof(keys));
	before = keys;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ_MSG(test, atcp_fastopen_keys_parse(&keys, bad[i]),
				    -EINVAL, "%s", bad[i]);
		KUNIT_EXPECT_EQ(test, memcmp(&keys, &before, sizeof(keys)), 0);
	}
}

/* As the kernel's TCP: SipHash of the addresses' bytes, written little endian. */
static void atcp_fastopen_make__linux(struct kunit *test)
{
	const siphash_key_t key = { { 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL } };
	struct in6_addr s6 = { }, d6 = { };
	struct atcp_fastopen_cookie c = { };
	u8 raw[32] = { 192, 0, 2, 1, 198, 51, 100, 7 };

	atcp_fastopen_make4(htonl(0xc0000201), htonl(0xc6336407), &key, &c);
	KUNIT_EXPECT_EQ(test, c.len, 8);
	KUNIT_EXPECT_EQ(test, atcp_bytes_get_le64(c.val),
			siphash_1u64(atcp_bytes_get_le64(raw), &key));

	memset(raw, 0, sizeof(raw));
	raw[0] = 0xfd;
	raw[15] = 1;
	raw[16] = 0xfd;
	raw[31] = 2;
	memcpy(&s6, raw, 16);
	memcpy(&d6, raw + 16, 16);
	atcp_fastopen_make6(&s6, &d6, &key, &c);
	KUNIT_EXPECT_EQ(test, atcp_bytes_get_le64(c.val),
			siphash_4u64(atcp_bytes_get_le64(raw), atcp_bytes_get_le64(raw + 8),
				     atcp_bytes_get_le64(raw + 16),
				     atcp_bytes_get_le64(raw + 24), &key));
}

static void atcp_fastopen_same__lengths(struct kunit *test)
{
	struct atcp_fastopen_cookie a = { .len = 8 }, b = { .len = 8 };
	int i;

	KUNIT_EXPECT_TRUE(test, atcp_fastopen_same(&a, &b));
	for (i = 0; i < 8; i++) {
		b.val[i] ^= 0x10;
		KUNIT_EXPECT_FALSE(test, atcp_fastopen_same(&a, &b));
		b.val[i] ^= 0x10;
	}
	for (i = -1; i <= 16; i++) {
		b.len = i;
		KUNIT_EXPECT_EQ(test, atcp_fastopen_same(&a, &b), i == 8);
	}
	a.len = 0;
	b.len = 0;
	KUNIT_EXPECT_FALSE(test, atcp_fastopen_same(&a, &b));
}

static void atcp_fastopen_hold__sixty_seconds(struct kunit *test)
{
	static const u32 starts[] = { 0, 1, 1000, 0xffffffe0, 0xffffffff };
	unsigned int i, s;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		struct atcp_fastopen_hold h = { };
		u32 now = starts[i];

		for (s = 0; s < 3; s++) {
			atcp_fastopen_hold_end(&h, now + s);
			atcp_fastopen_hold_add(&h, now + s);
			atcp_fastopen_hold_add(&h, now + s);
		}
		KUNIT_EXPECT_EQ(test, h.total, 6U);
		KUNIT_EXPECT_EQ(test, atcp_fastopen_hold_end(&h, now + 60), 0U);
		KUNIT_EXPECT_EQ(test, atcp_fastopen_hold_end(&h, now + 61), 2U);
		KUNIT_EXPECT_EQ(test, atcp_fastopen_hold_end(&h, now + 61), 0U);
		KUNIT_EXPECT_EQ(test, atcp_fastopen_hold_end(&h, now + 1000), 4U);
		KUNIT_EXPECT_EQ(test, h.total, 0U);
	}
}

static void atcp_fastopen_blackhole__doubles(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_fastopen_blackhole_sec(3600, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, atcp_fastopen_blackhole_sec(3600, 1), 3600ULL);
	KUNIT_EXPECT_EQ(test, atcp_fastopen_blackhole_sec(3600, 2), 7200ULL);
	KUNIT_EXPECT_EQ(test, atcp_fastopen_blackhole_sec(3600, 7), 3600ULL * 64);
	KUNIT_EXPECT_EQ(test, atcp_fastopen_blackhole_sec(3600, 255), 3600ULL * 64);
	KUNIT_EXPECT_EQ(test, atcp_fastopen_blackhole_sec(0, 9), 0ULL);
}

static struct kunit_case atcp_fastopen_cases[] = {
	KUNIT_CASE(atcp_fastopen_keys__bytes),
	KUNIT_CASE(atcp_fastopen_keys__text),
	KUNIT_CASE(atcp_fastopen_keys__bad_text),
	KUNIT_CASE(atcp_fastopen_make__linux),
	KUNIT_CASE(atcp_fastopen_same__lengths),
	KUNIT_CASE(atcp_fastopen_hold__sixty_seconds),
	KUNIT_CASE(atcp_fastopen_blackhole__doubles),
	{}
};

static struct kunit_suite atcp_fastopen_suite = {
	.name = "atcp_fastopen",
	.test_cases = atcp_fastopen_cases,
};

kunit_test_suite(atcp_fastopen_suite);
