// SPDX-License-Identifier: GPL-2.0
/* Shares of a bound: what those have that take what they can get, and who comes later. */
#include <kunit/test.h>

#include "proto/share.h"
#include "state/listen/req.h"
#include "state/shared/twq.h"

#define ATCP_SHARE_MOST	100000

/* As many as fit for each of @n namespaces, one at a time in turn; @parts: of so many listeners. */
static void atcp_share_greedy(s64 *own, unsigned int n, s64 *total)
{
	unsigned int i;
	bool more;

	do {
		more = false;
		for (i = 0; i < n; i++) {
			if (atcp_share_full(ATCP_SHARE_MOST, *total, own[i]))
				continue;
			own[i]++;
			++*total;
			more = true;
		}
	} while (more);
}

static void atcp_share_full__equal(struct kunit *test)
{
	static const unsigned int numbers[] = { 1, 2, 3, 9, 99 };
	s64 own[99], total;
	unsigned int i, k;

	for (k = 0; k < ARRAY_SIZE(numbers); k++) {
		unsigned int n = numbers[k];

		memset(own, 0, sizeof(own));
		total = 0;
		atcp_share_greedy(own, n, &total);
		for (i = 0; i < n; i++) {
			KUNIT_EXPECT_GE(test, own[i], (s64)ATCP_SHARE_MOST / (n + 1) - 1);
			KUNIT_EXPECT_LE(test, own[i], (s64)ATCP_SHARE_MOST / (n + 1) + 1);
		}
	}
}

/* One has all that it can get: the next finds room, half of what the first has. */
static void atcp_share_full__latecomer(struct kunit *test)
{
	s64 first = 0, second = 0, total = 0;

	atcp_share_greedy(&first, 1, &total);
	KUNIT_EXPECT_EQ(test, first, (s64)ATCP_SHARE_MOST / 2);
	atcp_share_greedy(&second, 1, &total);
	KUNIT_EXPECT_EQ(test, second, (s64)ATCP_SHARE_MOST / 4);
	/* And the first gets no more until it has less than what is left. */
	KUNIT_EXPECT_TRUE(test, atcp_share_full(ATCP_SHARE_MOST, total, first));
}

/* Likewise two listeners of one namespace, and a namespace beside it. */
static void atcp_share_part_full__latecomer(struct kunit *test)
{
	s64 part = 0, other = 0, total = 0;

	while (!atcp_share_part_full(ATCP_SHARE_MOST, total, total, part)) {
		part++;
		total++;
	}
	KUNIT_EXPECT_GE(test, part, (s64)ATCP_SHARE_MOST / 3);
	KUNIT_EXPECT_LE(test, part, (s64)ATCP_SHARE_MOST / 3 + 1);
	while (!atcp_share_part_full(ATCP_SHARE_MOST, total, total, other)) {
		other++;
		total++;
	}
	KUNIT_EXPECT_GE(test, other, (s64)ATCP_SHARE_MOST / 10);
	KUNIT_EXPECT_FALSE(test, atcp_share_full(ATCP_SHARE_MOST, total, 0));
}

static void atcp_share_batch__bounds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_share_batch(0), 1);
	KUNIT_EXPECT_EQ(test, atcp_share_batch(1000), 1);
	KUNIT_EXPECT_EQ(test, atcp_share_batch(4096 * 7), 7);
	KUNIT_EXPECT_EQ(test, atcp_share_batch(S64_MAX), 1024);
}

/* What the table of sysctl.rst says of the machine's memory, within an object a page. */
static void atcp_share_most__of_memory(struct kunit *test)
{
	s64 memory = (s64)totalram_pages() << PAGE_SHIFT;
	s64 reqs = atcp_share_most(ATCP_SHARE_REQS, sizeof(struct atcp_req));
	s64 tws = atcp_share_most(ATCP_SHARE_TWS, sizeof(struct atcp_tw));

	KUNIT_EXPECT_LE(test, reqs * (s64)sizeof(struct atcp_req), memory / 4);
	KUNIT_EXPECT_GE(test, reqs * (s64)sizeof(struct atcp_req), memory / 4 / 10 * 9);
	KUNIT_EXPECT_LE(test, tws * (s64)sizeof(struct atcp_tw), memory / 8);
	KUNIT_EXPECT_GE(test, tws * (s64)sizeof(struct atcp_tw), memory / 8 / 10 * 9);
	KUNIT_EXPECT_EQ(test, atcp_share_most(ATCP_SHARE_PARKED, 1), memory / 16);
}

static struct kunit_case atcp_share_cases[] = {
	KUNIT_CASE(atcp_share_full__equal),
	KUNIT_CASE(atcp_share_full__latecomer),
	KUNIT_CASE(atcp_share_part_full__latecomer),
	KUNIT_CASE(atcp_share_batch__bounds),
	KUNIT_CASE(atcp_share_most__of_memory),
	{ }
};

static struct kunit_suite atcp_share_suite = {
	.name = "atcp_share",
	.test_cases = atcp_share_cases,
};

kunit_test_suite(atcp_share_suite);
