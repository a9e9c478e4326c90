// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of state/shared/wheel.c, against the running clock. */
/* links: state/shared/wheel.o */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "state/shared/wheel.h"

#define ATCP_WHEEL_TEST_N	2000

/* What the expiry function has seen of one object. */
struct atcp_wheel_test_obj {
	struct atcp_mini	m;
	unsigned long		due;
	unsigned long		at;
	unsigned int		calls;
	unsigned int		again;
};

static atomic_t atcp_wheel_test_calls;

static void atcp_wheel_test_expired(struct atcp_mini *m)
{
	struct atcp_wheel_test_obj *o = container_of(m, struct atcp_wheel_test_obj, m);

	o->at = jiffies;
	o->calls++;
	if (o->again) {
		o->again--;
		o->due = jiffies + 2;
		atcp_wheel_add_ref(m, 2);
		return;
	}
	refcount_dec(&m->ref);
	atomic_inc(&atcp_wheel_test_calls);
}

static struct atcp_wheel_test_obj *atcp_wheel_test_new(struct kunit *test, unsigned int n)
{
	struct atcp_wheel_test_obj *o;
	unsigned int i;

	o = kunit_kcalloc(test, n, sizeof(*o), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, o);
	for (i = 0; i < n; i++) {
		o[i].m.node.kind = ATCP_KIND_TW;
		o[i].m.node.hash = i * 0x9e3779b9u;
		refcount_set(&o[i].m.ref, 1);
	}
	atomic_set(&atcp_wheel_test_calls, 0);
	return o;
}

static void atcp_wheel_test_wait(int calls)
{
	unsigned long end = jiffies + 20 * HZ;

	while (atomic_read(&atcp_wheel_test_calls) < calls && time_before(jiffies, end))
		usleep_range(1000, 2000);
}

/* Each expires once, never early, and gives its reference back. */
static void atcp_wheel_add__expires_once_and_not_early(struct kunit *test)
{
	struct atcp_wheel_test_obj *o = atcp_wheel_test_new(test, ATCP_WHEEL_TEST_N);
	unsigned int i;

	for (i = 0; i < ATCP_WHEEL_TEST_N; i++) {
		unsigned long delay = i * 7919 % 101;

		o[i].due = jiffies + max(delay, 1UL);
		atcp_wheel_add(&o[i].m, delay);
	}
	atcp_wheel_test_wait(ATCP_WHEEL_TEST_N);
	for (i = 0; i < ATCP_WHEEL_TEST_N; i++) {
		KUNIT_ASSERT_EQ(test, o[i].calls, 1);
		KUNIT_ASSERT_TRUE(test, time_after_eq(o[i].at, o[i].due));
		KUNIT_ASSERT_EQ(test, refcount_read(&o[i].m.ref), 1);
		KUNIT_ASSERT_FALSE(test, atcp_wheel_del(&o[i].m));
	}
}

/* What is deleted is not called, and the reference is the deleter's, once. */
static void atcp_wheel_del__never_called(struct kunit *test)
{
	struct atcp_wheel_test_obj *o = atcp_wheel_test_new(test, ATCP_WHEEL_TEST_N);
	unsigned int i;

	for (i = 0; i < ATCP_WHEEL_TEST_N; i++)
		atcp_wheel_add(&o[i].m, 5 * HZ + i % 300);
	for (i = 0; i < ATCP_WHEEL_TEST_N; i += 2) {
		KUNIT_ASSERT_TRUE(test, atcp_wheel_del(&o[i].m));
		KUNIT_ASSERT_FALSE(test, atcp_wheel_del(&o[i].m));
		KUNIT_ASSERT_EQ(test, refcount_read(&o[i].m.ref), 2);
	}
	atcp_wheel_test_wait(ATCP_WHEEL_TEST_N / 2);
	for (i = 0; i < ATCP_WHEEL_TEST_N; i++)
		KUNIT_ASSERT_EQ(test, o[i].calls, i % 2);
}

/* The expiry function may link the object again with the reference it was given. */
static void atcp_wheel_add_ref__from_the_expiry_function(struct kunit *test)
{
	struct atcp_wheel_test_obj *o = atcp_wheel_test_new(test, 1);

	o->again = 5;
	atcp_wheel_add(&o->m, 1);
	atcp_wheel_test_wait(1);
	KUNIT_EXPECT_EQ(test, o->calls, 6);
	KUNIT_EXPECT_TRUE(test, time_after_eq(o->at, o->due));
	KUNIT_EXPECT_EQ(test, refcount_read(&o->m.ref), 1);
}

/* What lies beyond the horizon shares slots with what is near, and stays. */
static void atcp_wheel_add__beyond_the_horizon(struct kunit *test)
{
	struct atcp_wheel_test_obj *o = atcp_wheel_test_new(test, 64);
	unsigned int i;

	for (i = 0; i < 64; i++)
		atcp_wheel_add(&o[i].m, i < 32 ? 2 * 8192 + i : i);
	atcp_wheel_test_wait(32);
	msleep(300);
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, o[i].calls, i < 32 ? 0 : 1);
	for (i = 0; i < 32; i++)
		KUNIT_EXPECT_TRUE(test, atcp_wheel_del(&o[i].m));
}

static int atcp_wheel_test_init(struct kunit *test)
{
	atcp_wheel_set_fn(ATCP_KIND_TW, atcp_wheel_test_expired);
	return atcp_wheel_init();
}

static void atcp_wheel_test_exit(struct kunit *test)
{
	atcp_wheel_exit();
}

static struct kunit_case atcp_wheel_test_cases[] = {
	KUNIT_CASE(atcp_wheel_add__expires_once_and_not_early),
	KUNIT_CASE(atcp_wheel_add__beyond_the_horizon),
	KUNIT_CASE(atcp_wheel_add_ref__from_the_expiry_function),
	KUNIT_CASE(atcp_wheel_del__never_called),
	{}
};

static struct kunit_suite atcp_wheel_test_suite = {
	.name = "atcp_wheel",
	.init = atcp_wheel_test_init,
	.exit = atcp_wheel_test_exit,
	.test_cases = atcp_wheel_test_cases,
};

kunit_test_suite(atcp_wheel_test_suite);
