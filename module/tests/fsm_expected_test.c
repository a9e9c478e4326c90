// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of atcp_fsm_expected(): whatever it says, the state machine says so too, and it
 * speaks of what is in order.
 */
#include <kunit/test.h>
#include <net/tcp_states.h>

#include "proto/fsm.h"
#include "proto/seq.h"
#include "tests/rand.h"

#define ROUNDS	200000

/* Numbers that are often equal, and often one apart. */
static u32 atcp_fsm_expected_near(u64 *rand, u32 limit)
{
	switch (atcp_rand_below(rand, 4)) {
	case 0:
		return 0;
	case 1:
		return atcp_rand_below(rand, 3);
	case 2:
		return limit + atcp_rand_below(rand, 3) - 1;
	default:
		return atcp_rand_below(rand, limit + 1);
	}
}

static struct atcp_fsm_ctx atcp_fsm_expected_ctx(u64 *rand)
{
	u32 rcv = atcp_rand_next(rand), snd = atcp_rand_next(rand);

	return (struct atcp_fsm_ctx) {
		.state = TCP_ESTABLISHED,
		.rcv_nxt = rcv,
		.rcv_wup = rcv - atcp_fsm_expected_near(rand, 1000),
		.rcv_wnd = atcp_fsm_expected_near(rand, 3000),
		.snd_una = snd,
		.snd_nxt = snd + atcp_rand_below(rand, 3000),
		.iss = snd - 1,
		.irs = rcv - 1,
		.max_wnd = atcp_rand_below(rand, 60000),
		.held = atcp_rand_below(rand, 2) * atcp_rand_below(rand, 1000),
		.unread = atcp_rand_below(rand, 2),
	};
}

static struct atcp_seg atcp_fsm_expected_seg(u64 *rand, const struct atcp_fsm_ctx *c)
{
	struct atcp_seg s = {
		.seq = c->rcv_nxt + atcp_fsm_expected_near(rand, 3) - 1,
		.ack = c->snd_una + atcp_fsm_expected_near(rand, c->snd_nxt - c->snd_una) - 1,
		.len = atcp_fsm_expected_near(rand, c->rcv_wnd),
		.flags = ATCP_F_ACK,
	};

	if (atcp_rand_below(rand, 2))
		s.seq = c->rcv_nxt;
	if (!atcp_rand_below(rand, 2))
		s.flags ^= 1 << atcp_rand_below(rand, 8);
	s.end_seq = s.seq + s.len + !!(s.flags & ATCP_F_SYN) + !!(s.flags & ATCP_F_FIN);
	return s;
}

static void atcp_fsm_expected__as_the_machine(struct kunit *test)
{
	u64 rand = 4711;
	u32 i, sure = 0;

	for (i = 0; i < ROUNDS; i++) {
		struct atcp_fsm_ctx c = atcp_fsm_expected_ctx(&rand);
		struct atcp_seg s = atcp_fsm_expected_seg(&rand, &c);
		s32 room = c.rcv_wup + c.rcv_wnd - c.rcv_nxt;
		u32 v = atcp_fsm_expected(&s, c.rcv_nxt, max(room, 0), c.snd_una, c.snd_nxt);

		if (!v)
			continue;
		sure++;
		KUNIT_ASSERT_EQ_MSG(test, v, atcp_fsm_verdict(&c, &s), "round %u", i);
	}
	KUNIT_EXPECT_GT(test, sure, ROUNDS / 20);
}

static void atcp_fsm_expected__in_order(struct kunit *test)
{
	struct atcp_seg s = { .seq = 7, .end_seq = 107, .len = 100, .ack = 9, .flags = ATCP_F_ACK };
	const u32 text = ATCP_V_PROCESS_ACK | ATCP_V_DATA;

	KUNIT_EXPECT_EQ(test, atcp_fsm_expected(&s, 7, 100, 9, 9), text);
	s.flags |= ATCP_F_PSH | ATCP_F_ECE | ATCP_F_CWR;
	KUNIT_EXPECT_EQ(test, atcp_fsm_expected(&s, 7, 100, 5, 9), text);
	KUNIT_EXPECT_EQ(test, atcp_fsm_expected(&s, 7, 99, 5, 9), 0);
	KUNIT_EXPECT_EQ(test, atcp_fsm_expected(&s, 6, 100, 5, 9), 0);
	KUNIT_EXPECT_EQ(test, atcp_fsm_expected(&s, 7, 100, 5, 8), 0);
	KUNIT_EXPECT_EQ(test, atcp_fsm_expected(&s, 7, 100, 10, 12), 0);
	s.len = 0;
	s.end_seq = s.seq;
	KUNIT_EXPECT_EQ(test, atcp_fsm_expected(&s, 7, 0, 9, 9), (u32)ATCP_V_PROCESS_ACK);
	s.flags |= ATCP_F_FIN;
	KUNIT_EXPECT_EQ(test, atcp_fsm_expected(&s, 7, 100, 9, 9), 0);
}

static struct kunit_case atcp_fsm_expected_cases[] = {
	KUNIT_CASE(atcp_fsm_expected__as_the_machine),
	KUNIT_CASE(atcp_fsm_expected__in_order),
	{}
};

static struct kunit_suite atcp_fsm_expected_suite = {
	.name = "atcp_fsm_expected",
	.test_cases = atcp_fsm_expected_cases,
};

kunit_test_suite(atcp_fsm_expected_suite);
