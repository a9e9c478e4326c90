// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of state/listen/cookiekey.c. */
/* links: state/listen/cookiekey.o */
#include <kunit/test.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>

#include "state/listen/cookiekey.h"
#include "tests/rand.h"

#define K1	"000102030405060708090a0b0c0d0e0f"
#define K2	"f0e1d2c3b4a5968778695a4b3c2d1e0f"
#define K3	"00112233445566778899aabbccddeeff"
#define K4	"ffeeddccbbaa99887766554433221100"

/* The first second of an epoch, of either clock. */
#define T0	((u64)ATCP_COOKIE_EPOCH_SEC * 1000)
#define LIFE	(2 * ATCP_COOKIE_EPOCH_SEC)

static const struct atcp_cookie_in atcp_cookiekey_in = {
	.seq = 0x11223344,
	.sport = htons(40000),
	.dport = htons(80),
	.family = AF_INET,
};

static const struct atcp_cookie_opts atcp_cookiekey_opts = { .mss = 1460, .wscale = 7 };

/* Both clocks, @sec after T0: one that was not set meanwhile. */
static struct atcp_cookiekey_time atcp_cookiekey_at(u64 sec)
{
	return (struct atcp_cookiekey_time) {
		.mono = T0 + sec,
		.real = 20000 * T0 + sec,
	};
}

static u32 atcp_cookiekey_sent_at(struct atcp_cookiekeys *ck, u64 sec)
{
	struct atcp_cookiekey_time now = atcp_cookiekey_at(sec);
	u32 cookie;

	rcu_read_lock();
	cookie = atcp_cookiekey_make_at(ck, &now, &atcp_cookiekey_in, &atcp_cookiekey_opts);
	rcu_read_unlock();
	return cookie;
}

/* 0: refused; 1: taken as one's own; 2: as a cluster's. */
static int atcp_cookiekey_taken_at(struct atcp_cookiekeys *ck, u64 sec, u32 cookie)
{
	struct atcp_cookiekey_time now = atcp_cookiekey_at(sec);
	struct atcp_cookie_opts got;
	bool shared = false;
	int err;

	rcu_read_lock();
	err = atcp_cookiekey_check_at(ck, &now, &atcp_cookiekey_in, cookie, &got, &shared);
	rcu_read_unlock();
	return err ? 0 : 1 + shared;
}

static int atcp_cookiekey_text_at(struct atcp_cookiekeys *ck, u64 sec, const char *text)
{
	struct atcp_cookiekey_time now = atcp_cookiekey_at(sec);
	bool changed;

	return atcp_cookiekey_set_at(ck, &now, text, &changed);
}

static struct atcp_cookiekeys *atcp_cookiekey_host(struct kunit *test, const char *text)
{
	struct atcp_cookiekeys *ck = kunit_kzalloc(test, sizeof(*ck), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ck);
	atcp_cookiekey_init(ck);
	if (text)
		KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 0, text));
	return ck;
}

/* The first key after none: what waits goes on, for as long as a cookie lives. */
static void atcp_cookiekey_set__first_key(struct kunit *test)
{
	struct atcp_cookiekeys *ck = atcp_cookiekey_host(test, NULL);
	u32 cookie = atcp_cookiekey_sent_at(ck, 0);
	unsigned int sec;

	KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 1, "1:" K1));
	for (sec = 1; sec < LIFE; sec++)
		KUNIT_ASSERT_EQ(test, 1, atcp_cookiekey_taken_at(ck, sec, cookie));
	KUNIT_EXPECT_EQ(test, 0, atcp_cookiekey_taken_at(ck, LIFE, cookie));
	/* New ones are the cluster's. */
	cookie = atcp_cookiekey_sent_at(ck, 2);
	KUNIT_EXPECT_EQ(test, 2, atcp_cookiekey_taken_at(ck, 2, cookie));
	atcp_cookiekey_exit(ck);
}

/* A change at the end of a period of the host's own keys, which are renewed just then. */
static void atcp_cookiekey_set__at_a_period_end(struct kunit *test)
{
	unsigned int epoch, sec;

	for (epoch = 0; epoch < 17; epoch++) {
		struct atcp_cookiekeys *ck = atcp_cookiekey_host(test, NULL);
		u64 begin = epoch * ATCP_COOKIE_EPOCH_SEC;
		u32 cookie = atcp_cookiekey_sent_at(ck, begin);

		KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, begin + 5, "1:" K1));
		for (sec = 5; sec < LIFE; sec += 3)
			KUNIT_EXPECT_EQ(test, 1, atcp_cookiekey_taken_at(ck, begin + sec, cookie));
		atcp_cookiekey_exit(ck);
	}
}

/* "none" after a key, and another key. */
static void atcp_cookiekey_set__after_a_key(struct kunit *test)
{
	static const char * const next[] = { "none", "5:" K2, "6:" K3 ",5:" K2 };
	unsigned int i, sec;

	for (i = 0; i < ARRAY_SIZE(next); i++) {
		struct atcp_cookiekeys *ck = atcp_cookiekey_host(test, "1:" K1);
		struct atcp_cookiekeys *other = atcp_cookiekey_host(test, "1:" K1);
		u32 cookie = atcp_cookiekey_sent_at(ck, 0), late;

		KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 3, next[i]));
		for (sec = 3; sec < LIFE; sec++)
			KUNIT_ASSERT_EQ(test, 2, atcp_cookiekey_taken_at(ck, sec, cookie));
		/* What another host makes by the old key is good as long, and no longer. */
		late = atcp_cookiekey_sent_at(other, LIFE + 2);
		KUNIT_EXPECT_EQ(test, 2, atcp_cookiekey_taken_at(ck, LIFE + 2, late));
		KUNIT_EXPECT_EQ(test, 0, atcp_cookiekey_taken_at(ck, LIFE + 3, late));
		atcp_cookiekey_exit(ck);
		atcp_cookiekey_exit(other);
	}
}

/* Written twice, as by a boot and a package, it has not changed twice. */
static void atcp_cookiekey_set__the_same_again(struct kunit *test)
{
	struct atcp_cookiekeys *ck = atcp_cookiekey_host(test, NULL);
	u32 cookie = atcp_cookiekey_sent_at(ck, 0);

	KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 1, "none"));
	KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 1, "2:" K2 ",1:" K1));
	KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 2, "1:" K1 " 2:" K2));
	KUNIT_ASSERT_EQ(test, -EINVAL, atcp_cookiekey_text_at(ck, 3, "1:" K1 "0"));
	KUNIT_EXPECT_EQ(test, 1, atcp_cookiekey_taken_at(ck, 4, cookie));
	/* Only the set before: a key that leaked is gone at once after none. */
	KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 5, "3:" K3));
	KUNIT_EXPECT_EQ(test, 0, atcp_cookiekey_taken_at(ck, 5, cookie));
	atcp_cookiekey_exit(ck);
}

/* A key that the new set has as well is good as that says. */
static void atcp_cookiekey_set__named_again(struct kunit *test)
{
	struct atcp_cookiekeys *ck = atcp_cookiekey_host(test, "1:" K1);
	u32 cookie = atcp_cookiekey_sent_at(ck, 0);

	KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 1, "1:" K1 ",2:" K2));
	KUNIT_EXPECT_EQ(test, 2, atcp_cookiekey_taken_at(ck, 1, cookie));
	KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 2, "1:" K1 ",2:" K2 ",3:" K3));
	KUNIT_EXPECT_EQ(test, 0, atcp_cookiekey_taken_at(ck, 2, cookie));
	atcp_cookiekey_exit(ck);
}

static unsigned int atcp_cookiekey_hits(struct atcp_cookiekeys *ck, u64 sec, unsigned int tries)
{
	struct atcp_cookiekey_time now = atcp_cookiekey_at(sec);
	struct atcp_cookie_in in = atcp_cookiekey_in;
	struct atcp_cookie_opts got;
	unsigned int hits = 0;
	u64 seed = 11;
	bool shared;

	rcu_read_lock();
	while (tries--) {
		in.saddr.s6_addr32[3] = (__force __be32)atcp_rand_next(&seed);
		in.seq = atcp_rand_next(&seed);
		hits += !atcp_cookiekey_check_at(ck, &now, &in, atcp_rand_next(&seed), &got,
						 &shared);
	}
	rcu_read_unlock();
	return hits;
}

/*
 * The odds of a guess while cookies are taken, as proto/cookie.c states them: 2^20 random
 * ACKs, and no more hits than six standard deviations above what is expected.
 */
static void atcp_cookiekey_check__odds(struct kunit *test)
{
	static const struct {
		const char *first, *then;
		unsigned int most;
	} modes[] = {
		/* 1/4 */
		{ NULL, NULL, 3 },
		/* 3/8: one key, three epochs */
		{ "1:" K1, NULL, 4 },
		/* 9/8: three keys, three epochs; and 3/8 of the one before */
		{ "1:" K1, "2:" K2 ",3:" K3 ",1280000040:" K4, 9 },
	};
	unsigned int i, hits;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		struct atcp_cookiekeys *ck = atcp_cookiekey_host(test, modes[i].first);

		atcp_cookiekey_sent_at(ck, 0);
		if (modes[i].then)
			KUNIT_ASSERT_EQ(test, 0, atcp_cookiekey_text_at(ck, 1, modes[i].then));
		hits = atcp_cookiekey_hits(ck, 2, 1u << 20);
		kunit_info(test, "mode %u: %u of 2^20 random ACKs passed", i, hits);
		KUNIT_EXPECT_LE(test, hits, modes[i].most);
		atcp_cookiekey_exit(ck);
	}
}

/* Nobody says that cookies are sent; somebody does, for a time or for ever. */
static void atcp_cookiekey_expect__says_so(struct kunit *test)
{
	struct atcp_cookiekeys *ck = atcp_cookiekey_host(test, NULL);

	KUNIT_EXPECT_EQ(test, 0, atcp_cookiekey_expects(ck));
	KUNIT_EXPECT_FALSE(test, atcp_cookiekey_sent(ck));
	atcp_cookiekey_expect(ck, 1000);
	KUNIT_EXPECT_GT(test, atcp_cookiekey_expects(ck), 900);
	KUNIT_EXPECT_LE(test, atcp_cookiekey_expects(ck), 1000);
	atcp_cookiekey_expect(ck, -1);
	KUNIT_EXPECT_EQ(test, -1, atcp_cookiekey_expects(ck));
	atcp_cookiekey_expect(ck, 0);
	KUNIT_EXPECT_EQ(test, 0, atcp_cookiekey_expects(ck));
	rcu_read_lock();
	atcp_cookiekey_make(ck, &atcp_cookiekey_in, &atcp_cookiekey_opts);
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, atcp_cookiekey_sent(ck));
	atcp_cookiekey_exit(ck);
}

static struct kunit_case atcp_cookiekey_cases[] = {
	KUNIT_CASE(atcp_cookiekey_set__first_key),
	KUNIT_CASE(atcp_cookiekey_set__at_a_period_end),
	KUNIT_CASE(atcp_cookiekey_set__after_a_key),
	KUNIT_CASE(atcp_cookiekey_set__the_same_again),
	KUNIT_CASE(atcp_cookiekey_set__named_again),
	KUNIT_CASE(atcp_cookiekey_check__odds),
	KUNIT_CASE(atcp_cookiekey_expect__says_so),
	{}
};

static struct kunit_suite atcp_cookiekey_suite = {
	.name = "atcp_cookiekey",
	.test_cases = atcp_cookiekey_cases,
};

kunit_test_suite(atcp_cookiekey_suite);
