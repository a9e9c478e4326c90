// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/accecn.c. */
#include <kunit/test.h>

#include "proto/accecn.h"
#include "proto/ecn.h"
#include "proto/opts.h"
#include "proto/seg.h"

#define ATCP_ACCECN_TEST_MSS	1000

/* An ACK of @segs full segments, @bytes of them marked if there is an option to say so. */
static u32 atcp_accecn_test_ack(struct atcp_accecn *a, u32 *delivered_ce, u8 ace, u32 segs,
				const struct atcp_opts *o)
{
	static const struct atcp_opts none;
	const struct atcp_accecn_ack k = {
		.opts = o ?: &none,
		.segs = segs,
		.bytes = segs * ATCP_ACCECN_TEST_MSS,
		.mss = ATCP_ACCECN_TEST_MSS,
		.delivered_ce = *delivered_ce,
		.ace = ace,
		.exact = true,
	};
	u32 ce = atcp_accecn_rcv_ack(a, &k);

	*delivered_ce += ce;
	return ce;
}

/* An option of order 1 with three fields, as counters on the wire. */
static struct atcp_opts atcp_accecn_test_opt(u32 e1, u32 ce, u32 e0)
{
	return (struct atcp_opts) {
		.has_accecn = 1,
		.accecn_order = 1,
		.accecn_fields = 3,
		.accecn = { e1 & 0xffffff, ce & 0xffffff, e0 & 0xffffff },
	};
}

static void atcp_accecn_ace__round(struct kunit *test)
{
	u8 ace;

	for (ace = 0; ace < 8; ace++) {
		u16 flags = atcp_accecn_flags(ace);

		KUNIT_EXPECT_EQ(test, atcp_accecn_ace(flags, flags & ATCP_F_AE), ace);
	}
	KUNIT_EXPECT_EQ(test, atcp_accecn_flags(5), ATCP_F_AE | ATCP_F_ECE);
	KUNIT_EXPECT_EQ(test, atcp_accecn_flags(2), ATCP_F_CWR);
}

static void atcp_accecn_handshake__tables(struct kunit *test)
{
	static const u8 agreed[] = { 0, ATCP_ECN_OK, ATCP_ECN_ACC, ATCP_ECN_ACC,
				     ATCP_ECN_ACC, ATCP_ECN_ACC, ATCP_ECN_ACC, 0 };
	u8 ip, ace;

	for (ace = 0; ace < 8; ace++) {
		KUNIT_EXPECT_EQ(test, atcp_accecn_asked(ace), ace != 0 && ace != 3);
		KUNIT_EXPECT_EQ(test, atcp_accecn_synack(ace), agreed[ace]);
	}
	for (ip = 0; ip < 4; ip++) {
		ace = atcp_accecn_reflect(ip);
		KUNIT_EXPECT_EQ(test, atcp_accecn_reflected(ace), ip);
		KUNIT_EXPECT_EQ(test, atcp_accecn_synack(ace), ATCP_ECN_ACC);
	}
}

static void atcp_accecn_mangled__matrix(struct kunit *test)
{
	u8 sent, got;

	for (sent = 0; sent < 4; sent++)
		for (got = 0; got < 4; got++) {
			bool ect = sent == ATCP_ECN_IP_ECT_0 || sent == ATCP_ECN_IP_ECT_1;
			bool fine = sent == got || (ect && got != ATCP_ECN_IP_NOT_ECT);

			KUNIT_EXPECT_EQ(test, atcp_accecn_mangled(sent, got), !fine);
		}
}

static void atcp_accecn_third_ack__table(struct kunit *test)
{
	u8 ace, bare, check;
	bool ce;

	for (ace = 0; ace < 8; ace++)
		for (bare = 0; bare < 2; bare++)
			for (check = 0; check < 2; check++) {
				bool says = bare && (ace == 3 || ace == 4 || ace == 6);
				u8 fail = atcp_accecn_third_ack(ace, bare, ATCP_ECN_IP_NOT_ECT,
								check, &ce);

				KUNIT_EXPECT_EQ(test, fail & ATCP_ACCECN_ACE_FAIL_RECV,
						!ace || (says && check) ?
						ATCP_ACCECN_ACE_FAIL_RECV : 0);
				KUNIT_EXPECT_EQ(test, fail & ~ATCP_ACCECN_ACE_FAIL_RECV,
						ace ? 0 : ATCP_ACCECN_OPT_FAIL_RECV);
				KUNIT_EXPECT_EQ(test, ce, ace == 6 && bare && !check);
			}
	KUNIT_EXPECT_EQ(test, atcp_accecn_third_ack(6, true, ATCP_ECN_IP_ECT_0, true, &ce), 0);
	KUNIT_EXPECT_TRUE(test, ce);
}

static void atcp_accecn_opt_check__zero(struct kunit *test)
{
	struct atcp_opts o = atcp_accecn_test_opt(1, 0, 1);

	KUNIT_EXPECT_EQ(test, atcp_accecn_opt_check(&o), ATCP_ACCECN_OPT_COUNTER);
	o = atcp_accecn_test_opt(0, 0, 1);
	KUNIT_EXPECT_EQ(test, atcp_accecn_opt_check(&o), ATCP_ACCECN_OPT_BAD);
	o = atcp_accecn_test_opt(1, 7, 0);
	KUNIT_EXPECT_EQ(test, atcp_accecn_opt_check(&o), ATCP_ACCECN_OPT_BAD);
	/* The field that is 0 is not there. */
	o.accecn_fields = 2;
	KUNIT_EXPECT_EQ(test, atcp_accecn_opt_check(&o), ATCP_ACCECN_OPT_COUNTER);
	o.accecn_fields = 0;
	KUNIT_EXPECT_EQ(test, atcp_accecn_opt_check(&o), ATCP_ACCECN_OPT_EMPTY);
	/* Order 0: ECT(0), CE. */
	o = (struct atcp_opts) { .has_accecn = 1, .accecn_fields = 2, .accecn = { 1, 0 } };
	KUNIT_EXPECT_EQ(test, atcp_accecn_opt_check(&o), ATCP_ACCECN_OPT_COUNTER);
	o.accecn[0] = 0;
	KUNIT_EXPECT_EQ(test, atcp_accecn_opt_check(&o), ATCP_ACCECN_OPT_BAD);
}

static void atcp_accecn_received__counts(struct kunit *test)
{
	struct atcp_accecn a = {};

	KUNIT_EXPECT_EQ(test, atcp_accecn_count(&a), 5);
	KUNIT_EXPECT_FALSE(test, atcp_accecn_received(&a, ATCP_ECN_IP_NOT_ECT, 1, 100));
	KUNIT_EXPECT_TRUE(test, atcp_accecn_received(&a, ATCP_ECN_IP_ECT_1, 1, 100));
	KUNIT_EXPECT_EQ(test, a.need, 1);
	KUNIT_EXPECT_EQ(test, a.demand, 2);
	KUNIT_EXPECT_FALSE(test, atcp_accecn_received(&a, ATCP_ECN_IP_ECT_1, 1, 100));
	KUNIT_EXPECT_TRUE(test, atcp_accecn_received(&a, ATCP_ECN_IP_CE, 3, 300));
	KUNIT_EXPECT_EQ(test, a.need, 2);
	KUNIT_EXPECT_EQ(test, atcp_accecn_count(&a), 0);
	KUNIT_EXPECT_EQ(test, a.pending, 3);
	/* Without text it counts as a packet, and its bytes are none. */
	KUNIT_EXPECT_FALSE(test, atcp_accecn_received(&a, ATCP_ECN_IP_CE, 20, 0));
	KUNIT_EXPECT_EQ(test, a.pending, 15);
	KUNIT_EXPECT_EQ(test, a.received_ce, 23);
	KUNIT_EXPECT_TRUE(test, atcp_accecn_received(&a, ATCP_ECN_IP_ECT_0, 1, 7));
	KUNIT_EXPECT_EQ(test, a.need, 3);
	KUNIT_EXPECT_EQ(test, a.received[ATCP_ACCECN_E1], 200);
	KUNIT_EXPECT_EQ(test, a.received[ATCP_ACCECN_CE], 300);
	KUNIT_EXPECT_EQ(test, a.received[ATCP_ACCECN_E0], 7);
}

static void atcp_accecn_received__span(struct kunit *test)
{
	struct atcp_accecn a = { .last_ip = ATCP_ECN_IP_ECT_0 };

	atcp_accecn_received(&a, ATCP_ECN_IP_ECT_0, 1, (1 << 22) - 1);
	KUNIT_EXPECT_EQ(test, a.demand, 0);
	atcp_accecn_received(&a, ATCP_ECN_IP_ECT_0, 1, 1);
	KUNIT_EXPECT_EQ(test, a.demand, 1);
}

static void atcp_accecn_rcv_ack__turns(struct kunit *test)
{
	struct atcp_accecn a = { .ewma = 32 };
	u32 ce = 0, i;

	/* One mark an ACK, round and round. */
	for (i = 1; i < 50; i++)
		KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, (5 + i) & 7, 1, NULL), 1);
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, (5 + 49) & 7, 1, NULL), 0);
	/* Seven at once can be told, with seven segments. */
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, (5 + 56) & 7, 7, NULL), 7);
}

static void atcp_accecn_rcv_ack__wrapped(struct kunit *test)
{
	struct atcp_accecn a = {}, often = { .ewma = 32 };
	u32 ce = 0;

	/* ACKs are for many: nothing says that it wrapped. */
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 5, 10, NULL), 0);
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 6, 10, NULL), 1);
	/* They are not, so one that is may have wrapped: the worst of it. */
	ce = 0;
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&often, &ce, 5, 9, NULL), 8);
	often.ewma = 32;
	ce = 0;
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&often, &ce, 6, 20, NULL), 17);
}

static void atcp_accecn_rcv_ack__option(struct kunit *test)
{
	struct atcp_accecn a = { .ewma = 32 };
	struct atcp_opts o = atcp_accecn_test_opt(1, 0, 1001);
	u32 ce = 0;

	/* It is known from here on which counter rises. */
	atcp_accecn_test_ack(&a, &ce, 5, 1, &o);
	KUNIT_EXPECT_EQ(test, a.alone, ATCP_ACCECN_E0 + 1);
	KUNIT_EXPECT_EQ(test, a.delivered[ATCP_ACCECN_E0], 1000);
	o = atcp_accecn_test_opt(1, 0, 10001);
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 5, 9, &o), 0);
	/* And without it that is taken to go on. */
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 5, 9, NULL), 0);
	KUNIT_EXPECT_EQ(test, a.delivered[ATCP_ACCECN_E0], 19000);
	/* All marked: the counter of bytes says so, and it alone. */
	o = atcp_accecn_test_opt(1, 8000, 19001);
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 5, 8, &o), 8);
	KUNIT_EXPECT_EQ(test, a.alone, ATCP_ACCECN_CE + 1);
	/* Three turns have room, bytes say one and a half: one more turn. */
	ce = 0;
	o = atcp_accecn_test_opt(1, 20000, 31001);
	a.alone = ATCP_ACCECN_E0 + 1;
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 1, 24, &o), 12);
	/* Two counters have risen, so that nobody knows which will. */
	o = atcp_accecn_test_opt(501, 20500, 31501);
	atcp_accecn_test_ack(&a, &ce, 1, 1, &o);
	KUNIT_EXPECT_EQ(test, a.alone, 0);
}

static void atcp_accecn_rcv_ack__bytes_wrap(struct kunit *test)
{
	struct atcp_accecn a = { .ewma = 32, .delivered = { 0, 0, 0xfffff0 } };
	struct atcp_opts o = atcp_accecn_test_opt(1, 0, 0x1000009);
	u32 ce = 0;

	atcp_accecn_test_ack(&a, &ce, 5, 1, &o);
	KUNIT_EXPECT_EQ(test, a.delivered[ATCP_ACCECN_E0], 0x1000008);
	/* An older one. */
	o = atcp_accecn_test_opt(1, 0, 0xfffff1);
	atcp_accecn_test_ack(&a, &ce, 5, 1, &o);
	KUNIT_EXPECT_EQ(test, a.delivered[ATCP_ACCECN_E0], 0xfffff0);
	KUNIT_EXPECT_EQ(test, a.alone, 0);
}

static void atcp_accecn_rcv_ack__mangled(struct kunit *test)
{
	struct atcp_accecn a = { .fresh = 1 };
	struct atcp_opts o = atcp_accecn_test_opt(0, 0, 1001);
	u32 ce = 0;

	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 0, 1, &o), 0);
	KUNIT_EXPECT_EQ(test, a.fail, ATCP_ACCECN_ACE_FAIL_RECV | ATCP_ACCECN_OPT_FAIL_RECV);
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 6, 1, &o), 0);
	a = (struct atcp_accecn) { .fresh = 1 };
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 6, 1, NULL), 1);
	/* Later three marks are what they say. */
	KUNIT_EXPECT_EQ(test, atcp_accecn_test_ack(&a, &ce, 0, 3, NULL), 2);
	KUNIT_EXPECT_EQ(test, a.fail, 0);
}

static void atcp_accecn_rcv_ack__too_late(struct kunit *test)
{
	static const struct atcp_opts none;
	const struct atcp_accecn_ack k = {
		.opts = &none, .segs = 1, .sent = (1 << 23) - 1, .ace = 5,
	};
	struct atcp_accecn a = {};

	atcp_accecn_rcv_ack(&a, &k);
	KUNIT_EXPECT_EQ(test, a.fail, ATCP_ACCECN_OPT_FAIL_RECV);
	KUNIT_EXPECT_EQ(test, a.opt_seen, ATCP_ACCECN_OPT_BAD);
}

static void atcp_accecn_opt_due__modes(struct kunit *test)
{
	struct atcp_accecn a = { .opt_us = 1000 };
	int mode;

	for (mode = 0; mode < 4; mode++)
		KUNIT_EXPECT_FALSE(test, atcp_accecn_opt_due(&a, mode, 3, 1000000, 1));
	a.opt_seen = ATCP_ACCECN_OPT_EMPTY;
	KUNIT_EXPECT_FALSE(test, atcp_accecn_opt_due(&a, 0, 3, 1000000, 1));
	KUNIT_EXPECT_FALSE(test, atcp_accecn_opt_due(&a, 1, 3, 1299, 900));
	KUNIT_EXPECT_TRUE(test, atcp_accecn_opt_due(&a, 1, 3, 1300, 900));
	KUNIT_EXPECT_FALSE(test, atcp_accecn_opt_due(&a, 1, 0, 1000000, 900));
	KUNIT_EXPECT_TRUE(test, atcp_accecn_opt_due(&a, 2, 0, 1000, 900));
	a.demand = 1;
	KUNIT_EXPECT_TRUE(test, atcp_accecn_opt_due(&a, 1, 0, 1000, 900));
	a.fail = ATCP_ACCECN_OPT_FAIL_SEND;
	KUNIT_EXPECT_FALSE(test, atcp_accecn_opt_due(&a, 1, 3, 1000000, 1));
	KUNIT_EXPECT_FALSE(test, atcp_accecn_opt_due(&a, 2, 3, 1000000, 1));
	KUNIT_EXPECT_TRUE(test, atcp_accecn_opt_due(&a, 3, 0, 1000, 900));
}

static struct kunit_case atcp_accecn_cases[] = {
	KUNIT_CASE(atcp_accecn_ace__round),
	KUNIT_CASE(atcp_accecn_handshake__tables),
	KUNIT_CASE(atcp_accecn_mangled__matrix),
	KUNIT_CASE(atcp_accecn_third_ack__table),
	KUNIT_CASE(atcp_accecn_opt_check__zero),
	KUNIT_CASE(atcp_accecn_received__counts),
	KUNIT_CASE(atcp_accecn_received__span),
	KUNIT_CASE(atcp_accecn_rcv_ack__turns),
	KUNIT_CASE(atcp_accecn_rcv_ack__wrapped),
	KUNIT_CASE(atcp_accecn_rcv_ack__option),
	KUNIT_CASE(atcp_accecn_rcv_ack__bytes_wrap),
	KUNIT_CASE(atcp_accecn_rcv_ack__mangled),
	KUNIT_CASE(atcp_accecn_rcv_ack__too_late),
	KUNIT_CASE(atcp_accecn_opt_due__modes),
	{},
};

static struct kunit_suite atcp_accecn_suite = {
	.name = "atcp_accecn",
	.test_cases = atcp_accecn_cases,
};

kunit_test_suite(atcp_accecn_suite);
