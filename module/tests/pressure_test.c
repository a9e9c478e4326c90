// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/pressure.c. */
#include <kunit/test.h>

#include "proto/pressure.h"

/* A queue of 64 that spoofed SYNs have just filled. */
static struct atcp_pressure atcp_pressure_full(void)
{
	return (struct atcp_pressure) {
		.syns = 100, .qlen = 65, .limit = 64, .accept_limit = 128,
		.incident = true,
	};
}

static void atcp_pressure_flood__begins(struct kunit *test)
{
	struct atcp_pressure p = atcp_pressure_full();

	KUNIT_EXPECT_TRUE(test, atcp_pressure_flood(false, &p));
	p.incident = false;
	KUNIT_EXPECT_FALSE(test, atcp_pressure_flood(false, &p));
	/* Half of them complete: a crowd. */
	p.incident = true;
	p.done = 49;
	KUNIT_EXPECT_TRUE(test, atcp_pressure_flood(false, &p));
	p.done = 50;
	KUNIT_EXPECT_FALSE(test, atcp_pressure_flood(false, &p));
}

static void atcp_pressure_flood__ends(struct kunit *test)
{
	struct atcp_pressure p = atcp_pressure_full();

	p.incident = false;
	p.quiet_ms = 3600 * 1000;
	/* Not while the queue is more than half full, however long and good. */
	p.done = 100;
	p.qlen = 33;
	KUNIT_EXPECT_TRUE(test, atcp_pressure_flood(true, &p));
	p.qlen = 32;
	KUNIT_EXPECT_FALSE(test, atcp_pressure_flood(true, &p));
	/* By time alone... */
	p.done = 0;
	p.quiet_ms = ATCP_PRESSURE_QUIET_MS - 1;
	KUNIT_EXPECT_TRUE(test, atcp_pressure_flood(true, &p));
	p.quiet_ms++;
	KUNIT_EXPECT_FALSE(test, atcp_pressure_flood(true, &p));
	/* ...or by completion, three quarters of enough. */
	p.quiet_ms = 0;
	p.done = 74;
	KUNIT_EXPECT_TRUE(test, atcp_pressure_flood(true, &p));
	p.done = 75;
	KUNIT_EXPECT_FALSE(test, atcp_pressure_flood(true, &p));
	p.syns = 15;
	p.done = 15;
	KUNIT_EXPECT_TRUE(test, atcp_pressure_flood(true, &p));
	/* An empty queue says nothing while SYNs are turned away. */
	p.qlen = 0;
	KUNIT_EXPECT_TRUE(test, atcp_pressure_flood(true, &p));
}

/* Between the two thresholds the answer is what it was. */
static void atcp_pressure_flood__hysteresis(struct kunit *test)
{
	struct atcp_pressure p = { .syns = 100, .qlen = 20, .limit = 64 };

	for (p.done = 50; p.done < 75; p.done++) {
		p.incident = true;
		KUNIT_EXPECT_FALSE(test, atcp_pressure_flood(false, &p));
		KUNIT_EXPECT_TRUE(test, atcp_pressure_flood(true, &p));
	}
}

static void atcp_pressure_slow__begins_and_ends(struct kunit *test)
{
	struct atcp_pressure p = {
		.accept_len = 129, .accept_limit = 128, .incident = true,
	};

	KUNIT_EXPECT_TRUE(test, atcp_pressure_slow(false, &p));
	p.incident = false;
	p.quiet_ms = 3600 * 1000;
	KUNIT_EXPECT_FALSE(test, atcp_pressure_slow(false, &p));
	KUNIT_EXPECT_TRUE(test, atcp_pressure_slow(true, &p));
	p.accept_len = 65;
	KUNIT_EXPECT_TRUE(test, atcp_pressure_slow(true, &p));
	p.accept_len = 64;
	KUNIT_EXPECT_FALSE(test, atcp_pressure_slow(true, &p));
	p.quiet_ms = ATCP_PRESSURE_QUIET_MS - 1;
	KUNIT_EXPECT_TRUE(test, atcp_pressure_slow(true, &p));
	p.accept_len = 0;
	KUNIT_EXPECT_FALSE(test, atcp_pressure_slow(true, &p));
}

static struct kunit_case atcp_pressure_cases[] = {
	KUNIT_CASE(atcp_pressure_flood__begins),
	KUNIT_CASE(atcp_pressure_flood__ends),
	KUNIT_CASE(atcp_pressure_flood__hysteresis),
	KUNIT_CASE(atcp_pressure_slow__begins_and_ends),
	{}
};

static struct kunit_suite atcp_pressure_suite = {
	.name = "atcp_pressure",
	.test_cases = atcp_pressure_cases,
};

kunit_test_suite(atcp_pressure_suite);
