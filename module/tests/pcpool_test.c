// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of state/shared/pcpool.c. */
/* links: state/shared/pcpool.o */
#include <kunit/test.h>
#include <linux/percpu.h>

#include "state/shared/pcpool.h"

#define MANY	50

/* One of the objects: two words. */
struct atcp_pcpool_pair {
	u64 a;
	u64 b;
};

struct atcp_pcpool_out {
	struct atcp_pcpool_pair __percpu *obj;
	struct atcp_pcpool_block *block;
};

static bool atcp_pcpool_is(const struct atcp_pcpool_pair __percpu *obj, u64 value)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu_ptr(obj, cpu)->a != value || per_cpu_ptr(obj, cpu)->b != value)
			return false;
	return true;
}

static void atcp_pcpool_set(struct atcp_pcpool_pair __percpu *obj, u64 value)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu_ptr(obj, cpu)->a = value;
		per_cpu_ptr(obj, cpu)->b = value;
	}
}

/* Each is zero at first, and nobody else's; so are those that were given back. */
static void atcp_pcpool_get__each_its_own(struct kunit *test)
{
	struct atcp_pcpool *pool = atcp_pcpool_new(sizeof(struct atcp_pcpool_pair));
	struct atcp_pcpool_out *out = kunit_kcalloc(test, MANY, sizeof(*out), GFP_KERNEL);
	unsigned int turn, i;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_ASSERT_NOT_NULL(test, out);
	for (turn = 0; turn < 3; turn++) {
		for (i = 0; i < MANY; i++) {
			if (out[i].obj)
				continue;
			out[i].obj = atcp_pcpool_get(pool, &out[i].block);
			KUNIT_ASSERT_TRUE(test, !!out[i].obj);
			KUNIT_EXPECT_TRUE(test, atcp_pcpool_is(out[i].obj, 0));
			atcp_pcpool_set(out[i].obj, i + 1);
		}
		for (i = 0; i < MANY; i++)
			KUNIT_EXPECT_TRUE(test, atcp_pcpool_is(out[i].obj, i + 1));
		for (i = turn; i < MANY; i += 2) {
			atcp_pcpool_put(out[i].block, out[i].obj);
			out[i].obj = NULL;
		}
	}
	for (i = 0; i < MANY; i++)
		if (out[i].obj)
			atcp_pcpool_put(out[i].block, out[i].obj);
	atcp_pcpool_end(pool);
}

/* The pool lasts as long as what is out. */
static void atcp_pcpool_end__outlived(struct kunit *test)
{
	struct atcp_pcpool *pool = atcp_pcpool_new(sizeof(struct atcp_pcpool_pair));
	struct atcp_pcpool_out out;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	out.obj = atcp_pcpool_get(pool, &out.block);
	KUNIT_ASSERT_TRUE(test, !!out.obj);
	atcp_pcpool_end(pool);
	atcp_pcpool_set(out.obj, 1);
	atcp_pcpool_put(out.block, out.obj);
}

static struct kunit_case atcp_pcpool_cases[] = {
	KUNIT_CASE(atcp_pcpool_get__each_its_own),
	KUNIT_CASE(atcp_pcpool_end__outlived),
	{}
};

static struct kunit_suite atcp_pcpool_suite = {
	.name = "atcp_pcpool",
	.test_cases = atcp_pcpool_cases,
};

kunit_test_suite(atcp_pcpool_suite);
