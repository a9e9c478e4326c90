// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/ecn.c. */
#include <kunit/test.h>

#include "proto/ecn.h"
#include "proto/seg.h"

#define ATCP_ECN_TEST_BOTH	(ATCP_F_ECE | ATCP_F_CWR)

static void atcp_ecn_asked__flags(struct kunit *test)
{
	unsigned int flags, ip;

	for (flags = 0; flags < 256; flags++) {
		bool both = (flags & ATCP_ECN_TEST_BOTH) == ATCP_ECN_TEST_BOTH;

		for (ip = 0; ip < 4; ip++) {
			KUNIT_EXPECT_EQ(test, atcp_ecn_asked(flags, ip, false), both && !ip);
			KUNIT_EXPECT_EQ(test, atcp_ecn_asked(flags, ip, true), both);
		}
	}
}

static void atcp_ecn_rcv_synack__flags(struct kunit *test)
{
	unsigned int flags;

	for (flags = 0; flags < 256; flags++) {
		u8 ecn = ATCP_ECN_OK, off = 0;

		atcp_ecn_rcv_synack(&ecn, flags);
		atcp_ecn_rcv_synack(&off, flags);
		KUNIT_EXPECT_EQ(test, !!ecn, (flags & ATCP_F_ECE) && !(flags & ATCP_F_CWR));
		KUNIT_EXPECT_EQ(test, off, 0);
	}
}

static void atcp_ecn_rcv_syn__both(struct kunit *test)
{
	static const u8 some[] = { 0, ATCP_F_ECE, ATCP_F_CWR, ATCP_ECN_TEST_BOTH };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(some); i++) {
		for (j = 0; j < ARRAY_SIZE(some); j++) {
			u8 ecn = ATCP_ECN_OK;

			atcp_ecn_rcv_syn(&ecn, ATCP_F_SYN | some[i], ATCP_F_SYN | some[j]);
			KUNIT_EXPECT_EQ(test, !!ecn, i == 3 && j == 3);
		}
	}
}

/* What nobody agreed on changes nothing and adds nothing. */
static void atcp_ecn_send__off(struct kunit *test)
{
	u8 ecn = 0, ip;
	unsigned int i;

	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_FALSE(test, atcp_ecn_rcv_data(&ecn, i));
	KUNIT_EXPECT_FALSE(test, atcp_ecn_echo(ecn, ATCP_F_ACK | ATCP_F_ECE));
	atcp_ecn_reduced(&ecn);
	KUNIT_EXPECT_EQ(test, ecn, 0);
	for (i = 0; i < 2; i++) {
		ip = 7;
		KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, i, &ip), 0);
		KUNIT_EXPECT_EQ(test, ip, ATCP_ECN_IP_NOT_ECT);
	}
}

static void atcp_ecn_send__ect(struct kunit *test)
{
	u8 ecn = ATCP_ECN_OK, ip;

	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, true, &ip), 0);
	KUNIT_EXPECT_EQ(test, ip, ATCP_ECN_IP_ECT_0);
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), 0);
	KUNIT_EXPECT_EQ(test, ip, ATCP_ECN_IP_NOT_ECT);
}

/* CWR goes once, and with nothing but new data. */
static void atcp_ecn_send__cwr(struct kunit *test)
{
	u8 ecn = ATCP_ECN_OK, ip;

	atcp_ecn_reduced(&ecn);
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), 0);
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, true, &ip), ATCP_F_CWR);
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, true, &ip), 0);
	atcp_ecn_reduced(&ecn);
	atcp_ecn_undo(&ecn);
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, true, &ip), 0);
}

/* From CE to CWR, and again. */
static void atcp_ecn_rcv_data__echo(struct kunit *test)
{
	u8 ecn = ATCP_ECN_OK, ip;
	unsigned int round;

	KUNIT_EXPECT_FALSE(test, atcp_ecn_rcv_data(&ecn, ATCP_ECN_IP_NOT_ECT));
	KUNIT_EXPECT_FALSE(test, atcp_ecn_rcv_data(&ecn, ATCP_ECN_IP_ECT_0));
	KUNIT_EXPECT_TRUE(test, ecn & ATCP_ECN_SEEN);
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), 0);
	for (round = 0; round < 3; round++) {
		KUNIT_EXPECT_TRUE(test, atcp_ecn_rcv_data(&ecn, ATCP_ECN_IP_CE));
		KUNIT_EXPECT_FALSE(test, atcp_ecn_rcv_data(&ecn, ATCP_ECN_IP_CE));
		KUNIT_EXPECT_FALSE(test, atcp_ecn_rcv_data(&ecn, ATCP_ECN_IP_ECT_1));
		KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), ATCP_F_ECE);
		KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, true, &ip), ATCP_F_ECE);
		KUNIT_EXPECT_FALSE(test, atcp_ecn_rcv_cwr(&ecn, ATCP_F_ACK));
		KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), ATCP_F_ECE);
		KUNIT_EXPECT_TRUE(test, atcp_ecn_rcv_cwr(&ecn, ATCP_F_ACK | ATCP_F_CWR));
		KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), 0);
		/* A retransmission, as it is not ECT. */
		KUNIT_EXPECT_TRUE(test, atcp_ecn_rcv_data(&ecn, ATCP_ECN_IP_NOT_ECT));
	}
}

static void atcp_ecn_echo__flags(struct kunit *test)
{
	unsigned int flags;

	for (flags = 0; flags < 256; flags++)
		KUNIT_EXPECT_EQ(test, atcp_ecn_echo(ATCP_ECN_OK, flags),
				(flags & ATCP_F_ECE) && !(flags & ATCP_F_SYN));
}

/* An algorithm that needs ECN: all is ECT, and each mark is echoed by itself (RFC 8257 3.2). */
static void atcp_ecn_each__runs(struct kunit *test)
{
	u8 ecn = ATCP_ECN_OK | ATCP_ECN_EACH, ip;

	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), 0);
	KUNIT_EXPECT_EQ(test, ip, ATCP_ECN_IP_ECT_0);
	KUNIT_EXPECT_FALSE(test, atcp_ecn_each_turns(ecn, ATCP_ECN_IP_ECT_0));
	KUNIT_EXPECT_FALSE(test, atcp_ecn_each_turns(ecn, ATCP_ECN_IP_NOT_ECT));
	KUNIT_EXPECT_TRUE(test, atcp_ecn_each_turns(ecn, ATCP_ECN_IP_CE));
	atcp_ecn_each_echo(&ecn, true);
	KUNIT_EXPECT_FALSE(test, atcp_ecn_each_turns(ecn, ATCP_ECN_IP_CE));
	KUNIT_EXPECT_TRUE(test, atcp_ecn_each_turns(ecn, ATCP_ECN_IP_ECT_0));
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), ATCP_F_ECE);
	/* CWR ends the echo of RFC 3168, and not what was seen. */
	atcp_ecn_rcv_cwr(&ecn, ATCP_F_ACK | ATCP_F_CWR);
	KUNIT_EXPECT_TRUE(test, atcp_ecn_each_turns(ecn, ATCP_ECN_IP_ECT_0));
	atcp_ecn_each_echo(&ecn, false);
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, false, &ip), 0);
	/* Not agreed on: nothing of it. */
	ecn = ATCP_ECN_EACH;
	KUNIT_EXPECT_EQ(test, atcp_ecn_send(&ecn, true, &ip), 0);
	KUNIT_EXPECT_EQ(test, ip, ATCP_ECN_IP_NOT_ECT);
	KUNIT_EXPECT_FALSE(test, atcp_ecn_each_turns(ecn, ATCP_ECN_IP_CE));
}

static struct kunit_case atcp_ecn_cases[] = {
	KUNIT_CASE(atcp_ecn_asked__flags),
	KUNIT_CASE(atcp_ecn_rcv_synack__flags),
	KUNIT_CASE(atcp_ecn_rcv_syn__both),
	KUNIT_CASE(atcp_ecn_send__off),
	KUNIT_CASE(atcp_ecn_send__ect),
	KUNIT_CASE(atcp_ecn_send__cwr),
	KUNIT_CASE(atcp_ecn_rcv_data__echo),
	KUNIT_CASE(atcp_ecn_echo__flags),
	KUNIT_CASE(atcp_ecn_each__runs),
	{}
};

static struct kunit_suite atcp_ecn_suite = {
	.name = "atcp_ecn",
	.test_cases = atcp_ecn_cases,
};

kunit_test_suite(atcp_ecn_suite);
