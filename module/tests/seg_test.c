// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/seg.c. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/tcp.h>

#include "proto/seg.h"

static void atcp_seg_parse__fields(struct kunit *test)
{
	struct tcphdr th = {
		.seq = htonl(0xfffffff0),
		.ack_seq = htonl(0x12345678),
		.window = htons(0xabcd),
		.urg_ptr = htons(0x1122),
		.doff = 8,
	};
	struct atcp_seg s;

	KUNIT_ASSERT_EQ(test, atcp_seg_parse(&th, 32 + 100, &s), 0);
	KUNIT_EXPECT_EQ(test, s.seq, 0xfffffff0u);
	KUNIT_EXPECT_EQ(test, s.ack, 0x12345678u);
	KUNIT_EXPECT_EQ(test, s.wnd, 0xabcdu);
	KUNIT_EXPECT_EQ(test, s.urg, 0x1122);
	KUNIT_EXPECT_EQ(test, s.doff, 32);
	KUNIT_EXPECT_EQ(test, s.len, 100u);
	KUNIT_EXPECT_EQ(test, s.end_seq, 84u);
	KUNIT_EXPECT_EQ(test, s.flags, 0);
}

/* Every data offset with every length around it. */
static void atcp_seg_parse__bad_offset(struct kunit *test)
{
	struct tcphdr th = {};
	struct atcp_seg s;
	unsigned int doff, len;

	for (doff = 0; doff < 16; doff++) {
		th.doff = doff;
		for (len = 0; len < 80; len++) {
			bool good = len >= 20 && doff >= 5 && doff * 4 <= len;

			KUNIT_EXPECT_EQ(test, atcp_seg_parse(&th, len, &s),
					good ? 0 : -EINVAL);
			if (good)
				KUNIT_EXPECT_EQ(test, s.len, len - doff * 4);
		}
	}
}

/* Every combination of control bits, and SYN and FIN take sequence space. */
static void atcp_seg_parse__flags(struct kunit *test)
{
	struct tcphdr th = { .doff = 5 };
	struct atcp_seg s;
	unsigned int flags;

	for (flags = 0; flags < 256; flags++) {
		u32 space = !!(flags & ATCP_F_SYN) + !!(flags & ATCP_F_FIN);

		((u8 *)&th)[13] = flags;
		KUNIT_ASSERT_EQ(test, atcp_seg_parse(&th, 27, &s), 0);
		KUNIT_EXPECT_EQ(test, s.flags, flags);
		KUNIT_EXPECT_EQ(test, s.end_seq, 7 + space);
		KUNIT_EXPECT_TRUE(test, !!(s.flags & ATCP_F_ACK) == th.ack);
		KUNIT_EXPECT_TRUE(test, !!(s.flags & ATCP_F_RST) == th.rst);
		KUNIT_EXPECT_TRUE(test, !!(s.flags & ATCP_F_CWR) == th.cwr);
	}
}

static struct kunit_case atcp_seg_cases[] = {
	KUNIT_CASE(atcp_seg_parse__fields),
	KUNIT_CASE(atcp_seg_parse__bad_offset),
	KUNIT_CASE(atcp_seg_parse__flags),
	{}
};

static struct kunit_suite atcp_seg_suite = {
	.name = "atcp_seg",
	.test_cases = atcp_seg_cases,
};

kunit_test_suite(atcp_seg_suite);
