// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of proto/cong.c: the registry and what all algorithms share. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "proto/cong.h"

/* An algorithm that remembers what it was told. */
static struct {
	unsigned int init, release, acks, events[3];
} atcp_cong_told;

static void atcp_cong_fake_init(struct atcp_cong *c)
{
	atcp_cong_told.init++;
	c->priv[0] = 77;
}

static void atcp_cong_fake_release(struct atcp_cong *c)
{
	atcp_cong_told.release++;
}

static u32 atcp_cong_fake_ssthresh(struct atcp_cong *c)
{
	return c->cwnd / 4;
}

static void atcp_cong_fake_on_ack(struct atcp_cong *c,
				  const struct atcp_cong_sample *s)
{
	atcp_cong_told.acks++;
	c->cwnd += s->acked;
}

static u32 atcp_cong_fake_undo(struct atcp_cong *c)
{
	return c->prior_cwnd;
}

static void atcp_cong_fake_event(struct atcp_cong *c, enum atcp_cong_event ev,
				 u64 now_us)
{
	atcp_cong_told.events[ev]++;
}

static struct atcp_cong_ops atcp_cong_fake = {
	.name		= "fake",
	.init		= atcp_cong_fake_init,
	.release	= atcp_cong_fake_release,
	.ssthresh	= atcp_cong_fake_ssthresh,
	.on_ack		= atcp_cong_fake_on_ack,
	.undo_cwnd	= atcp_cong_fake_undo,
	.on_event	= atcp_cong_fake_event,
	.owner		= THIS_MODULE,
};

static int atcp_cong_test_init(struct kunit *test)
{
	memset(&atcp_cong_told, 0, sizeof(atcp_cong_told));
	return 0;
}

static void atcp_cong_find_get__builtin(struct kunit *test)
{
	const struct atcp_cong_ops *ops = atcp_cong_find_get("reno");

	/* While the module is still coming no reference to it can be had. */
	KUNIT_EXPECT_TRUE(test, !ops || ops == &atcp_cong_reno);
	atcp_cong_put(ops);
	KUNIT_EXPECT_PTR_EQ(test, atcp_cong_default(),
			    (const struct atcp_cong_ops *)&atcp_cong_cubic);
	KUNIT_EXPECT_TRUE(test, !atcp_cong_find_get("nothing"));
	KUNIT_EXPECT_TRUE(test, !atcp_cong_find_get(""));
	atcp_cong_put(NULL);
}

static void atcp_cong_register__rules(struct kunit *test)
{
	struct atcp_cong_ops bad = atcp_cong_fake;

	KUNIT_ASSERT_EQ(test, atcp_cong_register(&atcp_cong_fake), 0);
	KUNIT_EXPECT_EQ(test, atcp_cong_register(&bad), -EEXIST);
	atcp_cong_unregister(&atcp_cong_fake);

	strscpy(bad.name, "cubic", sizeof(bad.name));
	KUNIT_EXPECT_EQ(test, atcp_cong_register(&bad), -EEXIST);
	bad.name[0] = 0;
	KUNIT_EXPECT_EQ(test, atcp_cong_register(&bad), -EINVAL);
	memset(bad.name, 'x', sizeof(bad.name));
	KUNIT_EXPECT_EQ(test, atcp_cong_register(&bad), -EINVAL);
	bad = atcp_cong_fake;
	bad.ssthresh = NULL;
	KUNIT_EXPECT_EQ(test, atcp_cong_register(&bad), -EINVAL);
	bad = atcp_cong_fake;
	bad.on_ack = NULL;
	KUNIT_EXPECT_EQ(test, atcp_cong_register(&bad), -EINVAL);
	bad = atcp_cong_fake;
	bad.undo_cwnd = NULL;
	KUNIT_EXPECT_EQ(test, atcp_cong_register(&bad), -EINVAL);
}

static void atcp_cong_find_get__registered(struct kunit *test)
{
	/* An owner of NULL is the kernel itself, which is always there. */
	atcp_cong_fake.owner = NULL;
	KUNIT_ASSERT_EQ(test, atcp_cong_register(&atcp_cong_fake), 0);
	KUNIT_EXPECT_PTR_EQ(test, atcp_cong_find_get("fake"),
			    (const struct atcp_cong_ops *)&atcp_cong_fake);
	atcp_cong_put(&atcp_cong_fake);
	atcp_cong_unregister(&atcp_cong_fake);
	KUNIT_EXPECT_TRUE(test, !atcp_cong_find_get("fake"));
	atcp_cong_fake.owner = THIS_MODULE;
}

static void atcp_cong_list__names(struct kunit *test)
{
	char buf[64];
	size_t i;

	KUNIT_EXPECT_EQ(test, atcp_cong_list(buf, sizeof(buf), false), (size_t)10);
	KUNIT_EXPECT_STREQ(test, buf, "cubic reno");
	KUNIT_ASSERT_EQ(test, atcp_cong_register(&atcp_cong_fake), 0);
	KUNIT_EXPECT_EQ(test, atcp_cong_list(buf, sizeof(buf), false), (size_t)15);
	KUNIT_EXPECT_STREQ(test, buf, "cubic reno fake");
	for (i = 0; i < 16; i++) {
		memset(buf, 'z', sizeof(buf));
		atcp_cong_list(buf, i, false);
		KUNIT_EXPECT_EQ(test, buf[i], 'z');
		if (i)
			KUNIT_EXPECT_EQ(test, strnlen(buf, i), i - 1);
	}
	atcp_cong_unregister(&atcp_cong_fake);
}

/* RFC 6928 section 2, equation (1), in segments. */
/* What everybody may choose: by the flag, and by the list. */
static void atcp_cong_allow__list(struct kunit *test)
{
	char buf[64], names[] = " reno  fake ", none[] = "reno nothing", usual[] = "cubic reno";

	atcp_cong_fake.restricted = true;
	KUNIT_ASSERT_EQ(test, atcp_cong_register(&atcp_cong_fake), 0);
	atcp_cong_list(buf, sizeof(buf), true);
	KUNIT_EXPECT_STREQ(test, (const char *)buf, "cubic reno");
	KUNIT_EXPECT_EQ(test, atcp_cong_allow(none, false), -ENOENT);
	atcp_cong_list(buf, sizeof(buf), true);
	KUNIT_EXPECT_STREQ(test, (const char *)buf, "cubic reno");
	KUNIT_EXPECT_EQ(test, atcp_cong_allow(names, false), 0);
	atcp_cong_list(buf, sizeof(buf), true);
	KUNIT_EXPECT_STREQ(test, (const char *)buf, "reno fake");
	KUNIT_EXPECT_EQ(test, atcp_cong_allow(usual, false), 0);
	KUNIT_EXPECT_TRUE(test, atcp_cong_fake.restricted);
	atcp_cong_allow_one(&atcp_cong_fake);
	KUNIT_EXPECT_FALSE(test, atcp_cong_fake.restricted);
	atcp_cong_unregister(&atcp_cong_fake);
}

static void atcp_cong_iw__rfc6928(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atcp_cong_iw(1460), 10u);
	KUNIT_EXPECT_EQ(test, atcp_cong_iw(536), 10u);
	KUNIT_EXPECT_EQ(test, atcp_cong_iw(2190), 10u);
	KUNIT_EXPECT_EQ(test, atcp_cong_iw(8960), 10u);
	KUNIT_EXPECT_EQ(test, atcp_cong_iw(65483), 10u);
	KUNIT_EXPECT_EQ(test, atcp_cong_iw(0), 10u);
}

static void atcp_cong_start__and_stop(struct kunit *test)
{
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_fake, 1460);
	KUNIT_EXPECT_EQ(test, c.cwnd, 10u);
	KUNIT_EXPECT_EQ(test, c.ssthresh, ATCP_CONG_SSTHRESH_INF);
	KUNIT_EXPECT_EQ(test, c.priv[0], 77ull);
	KUNIT_EXPECT_TRUE(test, atcp_cong_in_slow_start(&c));
	c.cwnd = 33;
	atcp_cong_switch(&c, &atcp_cong_reno);
	KUNIT_EXPECT_EQ(test, c.cwnd, 33u);
	KUNIT_EXPECT_EQ(test, c.priv[0], 0ull);
	atcp_cong_switch(&c, &atcp_cong_fake);
	atcp_cong_stop(&c);
	atcp_cong_stop(&c);
	KUNIT_EXPECT_EQ(test, atcp_cong_told.init, 2u);
	KUNIT_EXPECT_EQ(test, atcp_cong_told.release, 2u);
}

static void atcp_cong_slow_start__stops_at_ssthresh(struct kunit *test)
{
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_fake, 1460);
	c.ssthresh = 15;
	KUNIT_EXPECT_EQ(test, atcp_cong_slow_start(&c, 3), 0u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 13u);
	KUNIT_EXPECT_EQ(test, atcp_cong_slow_start(&c, 5), 3u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 15u);
	KUNIT_EXPECT_EQ(test, atcp_cong_slow_start(&c, 5), 5u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 15u);
	c.ssthresh = 100;
	c.cwnd_clamp = 20;
	KUNIT_EXPECT_EQ(test, atcp_cong_slow_start(&c, 50), 0u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 20u);
}

/* One segment for each w acknowledged, however they come; no burst later. */
static void atcp_cong_avoid__counts(struct kunit *test)
{
	struct atcp_cong c;
	unsigned int i;

	atcp_cong_start(&c, &atcp_cong_fake, 1460);
	for (i = 0; i < 39; i++)
		atcp_cong_avoid(&c, 20, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 11u);
	atcp_cong_avoid(&c, 20, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 12u);
	atcp_cong_avoid(&c, 20, 65);
	KUNIT_EXPECT_EQ(test, c.cwnd, 15u);
	atcp_cong_avoid(&c, 1000, 500);
	atcp_cong_avoid(&c, 2, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 16u);
	c.cwnd_clamp = 17;
	atcp_cong_avoid(&c, 1, 100);
	KUNIT_EXPECT_EQ(test, c.cwnd, 17u);
}

static void atcp_cong_enter_recovery__once(struct kunit *test)
{
	struct atcp_cong_sample s = { .acked = 1 };
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_fake, 1460);
	c.cwnd = 100;
	atcp_cong_enter_recovery(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 25u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 100u);
	KUNIT_EXPECT_EQ(test, c.prior_cwnd, 100u);
	/* Further losses of the same flight change nothing, nor do ACKs. */
	atcp_cong_enter_recovery(&c);
	atcp_cong_on_ack(&c, &s);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 25u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 100u);
	KUNIT_EXPECT_EQ(test, atcp_cong_told.acks, 0u);
	/* Whatever PRR made of it meanwhile. */
	c.cwnd = 9;
	atcp_cong_exit_recovery(&c, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 25u);
	atcp_cong_exit_recovery(&c, 1);
	KUNIT_EXPECT_EQ(test, atcp_cong_told.events[ATCP_CONG_EV_RECOVERY_EXIT],
			1u);
	atcp_cong_on_ack(&c, &s);
	KUNIT_EXPECT_EQ(test, c.cwnd, 26u);
	/* RFC 5681 equation (4): not below 2. */
	c.cwnd = 1;
	atcp_cong_enter_recovery(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 2u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 1u);
}

/* RFC 5681 section 3.1: cwnd 1; ssthresh once for the flight. */
static void atcp_cong_on_rto__once(struct kunit *test)
{
	struct atcp_cong_sample s = { .acked = 10 };
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_fake, 1460);
	c.cwnd = 100;
	atcp_cong_on_rto(&c, 1, true);
	KUNIT_EXPECT_EQ(test, c.cwnd, 1u);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 25u);
	atcp_cong_on_rto(&c, 2, false);
	KUNIT_EXPECT_EQ(test, c.cwnd, 1u);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 25u);
	/* While it is repaired, cwnd grows. */
	atcp_cong_on_ack(&c, &s);
	KUNIT_EXPECT_EQ(test, c.cwnd, 11u);
	atcp_cong_exit_recovery(&c, 3);
	KUNIT_EXPECT_EQ(test, c.cwnd, 11u);
	/* A timeout in fast recovery: its reduction was made. */
	c.cwnd = 80;
	atcp_cong_enter_recovery(&c);
	atcp_cong_on_rto(&c, 4, false);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 20u);
	KUNIT_EXPECT_EQ(test, c.cwnd, 1u);
	KUNIT_EXPECT_EQ(test, atcp_cong_told.events[ATCP_CONG_EV_LOSS], 3u);
}

/* RFC 3168 section 6.1.2: like a loss, once for the flight, and for good. */
static void atcp_cong_on_ece__once(struct kunit *test)
{
	struct atcp_cong_sample s = { .acked = 10, .is_ecn = true };
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_fake, 1460);
	c.cwnd = 100;
	atcp_cong_on_ece(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 25u);
	atcp_cong_on_ece(&c);
	atcp_cong_on_ack(&c, &s);
	/* A loss of the same flight is the same congestion. */
	atcp_cong_enter_recovery(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 25u);
	atcp_cong_exit_recovery(&c, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 25u);
	atcp_cong_on_ece(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 6u);
	/* A mark while a loss is repaired: no further reduction, but no undo either. */
	atcp_cong_exit_recovery(&c, 2);
	c.cwnd = 40;
	atcp_cong_enter_recovery(&c);
	atcp_cong_on_ece(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 10u);
	atcp_cong_undo(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 10u);
	/* But the recovery is over: cwnd stays as it is, and what is lost next is another one. */
	atcp_cong_exit_recovery(&c, 3);
	KUNIT_EXPECT_EQ(test, c.cwnd, 40u);
	atcp_cong_enter_recovery(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 10u);
	atcp_cong_exit_recovery(&c, 3);
	KUNIT_EXPECT_EQ(test, c.cwnd, 10u);
	/* What was sent again after a timeout is lost too: that is another one. */
	c.cwnd = 40;
	atcp_cong_on_rto(&c, 4, true);
	c.cwnd = 20;
	atcp_cong_enter_recovery(&c);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 5u);
	KUNIT_EXPECT_FALSE(test, c.in_loss);
}

static void atcp_cong_undo__spurious(struct kunit *test)
{
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_fake, 1460);
	c.cwnd = 100;
	c.ssthresh = 90;
	atcp_cong_on_rto(&c, 1, true);
	atcp_cong_undo(&c);
	KUNIT_EXPECT_EQ(test, c.cwnd, 100u);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 90u);
	KUNIT_EXPECT_FALSE(test, c.in_loss);
	/* Nothing to undo twice. */
	c.cwnd = 7;
	atcp_cong_undo(&c);
	KUNIT_EXPECT_EQ(test, c.cwnd, 7u);
}

/* RFC 5681 section 4.1, by halves an RTO as Linux does. */
static void atcp_cong_on_idle__halves(struct kunit *test)
{
	struct atcp_cong c;

	atcp_cong_start(&c, &atcp_cong_fake, 1460);
	c.cwnd = 100;
	c.ssthresh = 20;
	atcp_cong_on_idle(&c, 200000, 200000, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 100u);
	atcp_cong_on_idle(&c, 9000000, 0, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 100u);
	atcp_cong_on_idle(&c, 450000, 200000, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 25u);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 75u);
	atcp_cong_on_idle(&c, 1ull << 40, 200000, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 10u);
	c.cwnd = 3;
	atcp_cong_on_idle(&c, 1ull << 40, 200000, 1);
	KUNIT_EXPECT_EQ(test, c.cwnd, 3u);
	KUNIT_EXPECT_EQ(test, atcp_cong_told.events[ATCP_CONG_EV_TX_START], 5u);
}

static struct kunit_case atcp_cong_cases[] = {
	KUNIT_CASE(atcp_cong_find_get__builtin),
	KUNIT_CASE(atcp_cong_register__rules),
	KUNIT_CASE(atcp_cong_find_get__registered),
	KUNIT_CASE(atcp_cong_list__names),
	KUNIT_CASE(atcp_cong_allow__list),
	KUNIT_CASE(atcp_cong_iw__rfc6928),
	KUNIT_CASE(atcp_cong_start__and_stop),
	KUNIT_CASE(atcp_cong_slow_start__stops_at_ssthresh),
	KUNIT_CASE(atcp_cong_avoid__counts),
	KUNIT_CASE(atcp_cong_enter_recovery__once),
	KUNIT_CASE(atcp_cong_on_rto__once),
	KUNIT_CASE(atcp_cong_on_ece__once),
	KUNIT_CASE(atcp_cong_undo__spurious),
	KUNIT_CASE(atcp_cong_on_idle__halves),
	{}
};

static struct kunit_suite atcp_cong_suite = {
	.name = "atcp_cong",
	.init = atcp_cong_test_init,
	.test_cases = atcp_cong_cases,
};

kunit_test_suite(atcp_cong_suite);
