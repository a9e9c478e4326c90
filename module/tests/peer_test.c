// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of state/listen/peer.c. */
/* links: state/listen/peer.o */
#include <kunit/test.h>
#include <net/ipv6.h>

#include "state/listen/peer.h"

static struct in6_addr atcp_peer_v4(u32 addr)
{
	struct in6_addr in6;

	ipv6_addr_set_v4mapped(cpu_to_be32(addr), &in6);
	return in6;
}

static struct in6_addr atcp_peer_v6(u32 net, u32 host)
{
	return (struct in6_addr) { .s6_addr32 = {
		htonl(0x20010db8), cpu_to_be32(net), 0, cpu_to_be32(host)
	} };
}

static int atcp_peer_test_init(struct kunit *test)
{
	struct atcp_peers *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	atcp_peer_init(p);
	test->priv = p;
	return 0;
}

static void atcp_peer_test_exit(struct kunit *test)
{
	if (test->priv)
		atcp_peer_exit(test->priv);
}

static void atcp_peer_proven__for_an_hour(struct kunit *test)
{
	struct in6_addr a = atcp_peer_v4(0x0a000001), b = atcp_peer_v4(0x0a000002);
	struct atcp_peers *p = test->priv;
	u32 rtt = 7;

	KUNIT_EXPECT_FALSE(test, atcp_peer_proven(p, &a, 100, NULL));
	atcp_peer_prove(p, &a, 0, 100);
	KUNIT_EXPECT_TRUE(test, atcp_peer_proven(p, &a, 100, &rtt));
	KUNIT_EXPECT_EQ(test, rtt, 0u);
	KUNIT_EXPECT_FALSE(test, atcp_peer_proven(p, &b, 100, NULL));
	KUNIT_EXPECT_TRUE(test, atcp_peer_proven(p, &a, 100 + ATCP_PEER_LIFE_SEC, NULL));
	KUNIT_EXPECT_FALSE(test, atcp_peer_proven(p, &a, 101 + ATCP_PEER_LIFE_SEC, NULL));
	/* A CPU whose second is not over yet. */
	KUNIT_EXPECT_TRUE(test, atcp_peer_proven(p, &a, 99, NULL));
	/* Seen again: another hour. And across the wrap of seconds. */
	atcp_peer_prove(p, &a, 0, U32_MAX - 5);
	KUNIT_EXPECT_TRUE(test, atcp_peer_proven(p, &a, 5, NULL));
}

static void atcp_peer_proven__rtt(struct kunit *test)
{
	struct in6_addr a = atcp_peer_v6(1, 1);
	struct atcp_peers *p = test->priv;
	u32 rtt;

	atcp_peer_prove(p, &a, 8000, 1);
	KUNIT_EXPECT_TRUE(test, atcp_peer_proven(p, &a, 1, &rtt));
	KUNIT_EXPECT_EQ(test, rtt, 8000u);
	atcp_peer_prove(p, &a, 16000, 2);
	atcp_peer_prove(p, &a, 0, 3);
	KUNIT_EXPECT_TRUE(test, atcp_peer_proven(p, &a, 3, &rtt));
	KUNIT_EXPECT_EQ(test, rtt, 9000u);
	KUNIT_EXPECT_EQ(test, atcp_peer_smooth(1, 0), 1u);
	KUNIT_EXPECT_EQ(test, atcp_peer_smooth(0, 5), 5u);
}

/* A /64 has one set, however many hosts are proven in it; the oldest gives way. */
static void atcp_peer_prove__bounded(struct kunit *test)
{
	struct in6_addr other = atcp_peer_v6(2, 1), a;
	struct atcp_peers *p = test->priv;
	unsigned int i, known = 0, pages = 0;

	atcp_peer_prove(p, &other, 0, 1);
	for (i = 0; i < 1000; i++) {
		a = atcp_peer_v6(1, i);
		atcp_peer_prove(p, &a, 0, 1 + i);
	}
	for (i = 0; i < 1000; i++) {
		a = atcp_peer_v6(1, i);
		if (!atcp_peer_proven(p, &a, 1000, NULL))
			continue;
		known++;
		KUNIT_EXPECT_GE(test, i, 992u);
	}
	/* All 8 ways, or 7 if the other is in the same set. */
	KUNIT_EXPECT_GE(test, known, 7u);
	for (i = 0; i < ATCP_PEER_PAGES; i++)
		pages += !!p->page[i];
	KUNIT_EXPECT_LE(test, pages, 2u);
}

/* IPv4 hosts spread: a whole /24 is known at once, but for some bad luck. */
static void atcp_peer_prove__many(struct kunit *test)
{
	struct atcp_peers *p = test->priv;
	unsigned int i, known = 0;
	struct in6_addr a;

	for (i = 0; i < 4096; i++) {
		a = atcp_peer_v4(0x0a000000 + i);
		atcp_peer_prove(p, &a, i + 1, 1);
	}
	for (i = 0; i < 4096; i++) {
		u32 rtt = 0;

		a = atcp_peer_v4(0x0a000000 + i);
		if (atcp_peer_proven(p, &a, 1, &rtt)) {
			known++;
			KUNIT_EXPECT_EQ(test, rtt, i + 1);
		}
	}
	KUNIT_EXPECT_GE(test, known, 3900u);
}

static void atcp_peer_metrics__kept(struct kunit *test)
{
	struct in6_addr a = atcp_peer_v4(0x0a000001), b = atcp_peer_v4(0x0a000002);
	const struct atcp_metrics in = { .rtt = 1, .rttvar = 2, .ssthresh = 3, .cwnd = 4 };
	struct atcp_peers *p = test->priv;
	struct atcp_metrics m;

	KUNIT_EXPECT_FALSE(test, atcp_peer_metrics(p, &a, 100, &m));
	/* A handshake alone has taught nothing, and what is not there is not made. */
	atcp_peer_prove(p, &a, 7, 100);
	KUNIT_EXPECT_FALSE(test, atcp_peer_metrics(p, &a, 100, &m));
	atcp_peer_set_metrics(p, &a, 100, &in, false);
	KUNIT_EXPECT_FALSE(test, atcp_peer_metrics(p, &a, 100, &m));
	atcp_peer_set_metrics(p, &a, 100, &in, true);
	KUNIT_ASSERT_TRUE(test, atcp_peer_metrics(p, &a, 100 + ATCP_PEER_LIFE_SEC, &m));
	KUNIT_EXPECT_EQ(test, memcmp(&m, &in, sizeof(m)), 0);
	KUNIT_EXPECT_FALSE(test, atcp_peer_metrics(p, &a, 101 + ATCP_PEER_LIFE_SEC, &m));
	KUNIT_EXPECT_FALSE(test, atcp_peer_metrics(p, &b, 100, &m));
}

static void atcp_peer_forget__one_and_all(struct kunit *test)
{
	struct in6_addr a = atcp_peer_v4(0x0a000001), b = atcp_peer_v6(1, 1);
	const struct atcp_metrics in = { .rtt = 1 };
	struct atcp_peers *p = test->priv;
	struct atcp_metrics m;

	atcp_peer_forget(p, NULL);
	atcp_peer_prove(p, &a, 7, 100);
	atcp_peer_set_metrics(p, &a, 100, &in, true);
	atcp_peer_prove(p, &b, 7, 100);
	atcp_peer_forget(p, &a);
	KUNIT_EXPECT_FALSE(test, atcp_peer_metrics(p, &a, 100, &m));
	KUNIT_EXPECT_FALSE(test, atcp_peer_proven(p, &a, 100, NULL));
	KUNIT_EXPECT_TRUE(test, atcp_peer_proven(p, &b, 100, NULL));
	atcp_peer_forget(p, NULL);
	KUNIT_EXPECT_FALSE(test, atcp_peer_proven(p, &b, 100, NULL));
}

/* Once a second is enough, but for the first round trip that is known. */
static void atcp_peer_fresh__within_the_second(struct kunit *test)
{
	struct in6_addr a = atcp_peer_v4(0x0a000001), b = atcp_peer_v4(0x0a000002);
	struct atcp_peers *p = test->priv;

	KUNIT_EXPECT_FALSE(test, atcp_peer_fresh(p, &a, 0, 100));
	atcp_peer_prove(p, &a, 0, 100);
	KUNIT_EXPECT_TRUE(test, atcp_peer_fresh(p, &a, 0, 100));
	KUNIT_EXPECT_FALSE(test, atcp_peer_fresh(p, &b, 0, 100));
	KUNIT_EXPECT_FALSE(test, atcp_peer_fresh(p, &a, 0, 101));
	KUNIT_EXPECT_FALSE(test, atcp_peer_fresh(p, &a, 5000, 100));
	atcp_peer_prove(p, &a, 5000, 100);
	KUNIT_EXPECT_TRUE(test, atcp_peer_fresh(p, &a, 6000, 100));
	atcp_peer_forget(p, &a);
	KUNIT_EXPECT_FALSE(test, atcp_peer_fresh(p, &a, 0, 100));
}

static struct kunit_case atcp_peer_cases[] = {
	KUNIT_CASE(atcp_peer_proven__for_an_hour),
	KUNIT_CASE(atcp_peer_fresh__within_the_second),
	KUNIT_CASE(atcp_peer_proven__rtt),
	KUNIT_CASE(atcp_peer_prove__bounded),
	KUNIT_CASE(atcp_peer_prove__many),
	KUNIT_CASE(atcp_peer_metrics__kept),
	KUNIT_CASE(atcp_peer_forget__one_and_all),
	{}
};

static struct kunit_suite atcp_peer_suite = {
	.name = "atcp_peer",
	.init = atcp_peer_test_init,
	.exit = atcp_peer_test_exit,
	.test_cases = atcp_peer_cases,
};

kunit_test_suite(atcp_peer_suite);
