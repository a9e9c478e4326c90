// SPDX-License-Identifier: GPL-2.0
/* KUnit suite of output/reuse.c. */
/* links: output/reuse.o */
#include <kunit/test.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/dst.h>

#include "output/reuse.h"

#define ATCP_REUSE_TEST_SIZE	320	/* bytes of buffer */
#define ATCP_REUSE_TEST_ROOM	64	/* bytes before TCP's header */
#define ATCP_REUSE_TEST_IP	20
#define ATCP_REUSE_TEST_LEN	40	/* bytes of the answer */

/**
 * struct atcp_reuse_test - what each case begins with
 * @dev: Ethernet, as far as it is looked at
 * @dst: by @dev
 * @skb: a received segment
 */
struct atcp_reuse_test {
	struct net_device	dev;
	struct dst_entry	dst;
	struct sk_buff		*skb;
};

static struct sk_buff *atcp_reuse_test_skb(struct kunit *test)
{
	struct sk_buff *skb = alloc_skb(ATCP_REUSE_TEST_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, ATCP_REUSE_TEST_ROOM);
	return skb;
}

static int atcp_reuse_test_init(struct kunit *test)
{
	struct atcp_reuse_test *at = kunit_kzalloc(test, sizeof(*at), GFP_KERNEL);

	if (!at)
		return -ENOMEM;
	at->dev.hard_header_len = ETH_HLEN;
	at->dst.dev = &at->dev;
	at->skb = atcp_reuse_test_skb(test);
	skb_put(at->skb, 60);
	test->priv = at;
	return 0;
}

static void atcp_reuse_test_exit(struct kunit *test)
{
	struct atcp_reuse_test *at = test->priv;

	if (at)
		kfree_skb(at->skb);
}

static bool atcp_reuse_try(struct atcp_reuse_test *at)
{
	return atcp_reuse(at->skb, &at->dst, ATCP_REUSE_TEST_IP, ATCP_REUSE_TEST_LEN);
}

/* All that reception can leave in a segment. */
static void atcp_reuse_soil(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	u16 alloc_cpu = skb->alloc_cpu;

	memset(&skb->headers, 0xff, sizeof(skb->headers));
	skb->alloc_cpu = alloc_cpu;
	memset(skb->cb, 0xff, sizeof(skb->cb));
	skb->tstamp = 12345;
	skb->mac_len = ETH_HLEN;
	skb->hdr_len = 1;
	skb->peeked = 1;
	skb->queue_mapping = 3;
	shinfo->meta_len = 8;
	shinfo->tx_flags = SKBTX_SW_TSTAMP;
	shinfo->hwtstamps.hwtstamp = 54321;
	shinfo->tskey = 7;
}

/* What is used again is as one just allocated. */
static void atcp_reuse__as_fresh(struct kunit *test)
{
	struct sk_buff *fresh = atcp_reuse_test_skb(test);
	struct atcp_reuse_test *at = test->priv;
	struct sk_buff *skb = at->skb;

	atcp_reuse_soil(skb);
	KUNIT_EXPECT_TRUE(test, atcp_reuse_try(at));
	fresh->alloc_cpu = skb->alloc_cpu;
	KUNIT_EXPECT_EQ(test, 0, memcmp(&skb->headers, &fresh->headers, sizeof(skb->headers)));
	KUNIT_EXPECT_EQ(test, 0, memcmp(skb->cb, fresh->cb, sizeof(skb->cb)));
	KUNIT_EXPECT_EQ(test, 0, memcmp(skb_shinfo(skb), skb_shinfo(fresh),
					offsetof(struct skb_shared_info, dataref)));
	KUNIT_EXPECT_EQ(test, 0, ktime_to_ns(skb->tstamp));
	KUNIT_EXPECT_EQ(test, 0, skb->mac_len + skb->hdr_len + skb->peeked);
	KUNIT_EXPECT_EQ(test, 0, skb->queue_mapping);
	KUNIT_EXPECT_EQ(test, fresh->len, skb->len);
	KUNIT_EXPECT_EQ(test, skb_headroom(fresh), skb_headroom(skb));
	KUNIT_EXPECT_EQ(test, skb_tailroom(fresh), skb_tailroom(skb));
	KUNIT_EXPECT_EQ(test, fresh->truesize, skb->truesize);
	kfree_skb(fresh);
}

/* What somebody else may see, or is not of one piece, is left alone. */
static void atcp_reuse__not_ours(struct kunit *test)
{
	struct atcp_reuse_test *at = test->priv;
	struct sk_buff *skb = at->skb, *clone;
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	clone = skb_clone(skb, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, clone);
	KUNIT_EXPECT_FALSE(test, atcp_reuse_try(at));
	kfree_skb(clone);
	skb_get(skb);
	KUNIT_EXPECT_FALSE(test, atcp_reuse_try(at));
	kfree_skb(skb);
	skb->data_len = 1;
	KUNIT_EXPECT_FALSE(test, atcp_reuse_try(at));
	skb->data_len = 0;
	skb->pfmemalloc = 1;
	KUNIT_EXPECT_FALSE(test, atcp_reuse_try(at));
	skb->pfmemalloc = 0;
	shinfo->gso_size = 1;
	KUNIT_EXPECT_FALSE(test, atcp_reuse_try(at));
	shinfo->gso_size = 0;
	shinfo->flags = SKBFL_ZEROCOPY_ENABLE;
	KUNIT_EXPECT_FALSE(test, atcp_reuse_try(at));
	shinfo->flags = 0;
#ifdef CONFIG_XFRM
	at->dst.xfrm = (struct xfrm_state *)at;
	KUNIT_EXPECT_FALSE(test, atcp_reuse_try(at));
	at->dst.xfrm = NULL;
#endif
	KUNIT_EXPECT_EQ(test, 60u, skb->len);
	KUNIT_EXPECT_TRUE(test, atcp_reuse_try(at));
}

/* A device that needs more in front gets it, as long as there is room behind. */
static void atcp_reuse__headroom(struct kunit *test)
{
	struct atcp_reuse_test *at = test->priv;
	struct sk_buff *skb = at->skb;
	unsigned int room;

	room = skb_end_pointer(skb) - skb->head - ATCP_REUSE_TEST_LEN;
	for (at->dev.needed_headroom = 0; ; at->dev.needed_headroom++) {
		unsigned int before = ATCP_REUSE_TEST_IP + LL_RESERVED_SPACE(&at->dev);

		if (!atcp_reuse_try(at)) {
			KUNIT_EXPECT_GT(test, before, room);
			break;
		}
		KUNIT_ASSERT_LE(test, before, room);
		KUNIT_EXPECT_GE(test, skb_headroom(skb), before);
		KUNIT_EXPECT_GE(test, skb_tailroom(skb), ATCP_REUSE_TEST_LEN);
	}
}

static struct kunit_case atcp_reuse_cases[] = {
	KUNIT_CASE(atcp_reuse__as_fresh),
	KUNIT_CASE(atcp_reuse__not_ours),
	KUNIT_CASE(atcp_reuse__headroom),
	{}
};

static struct kunit_suite atcp_reuse_suite = {
	.name = "atcp_reuse",
	.init = atcp_reuse_test_init,
	.exit = atcp_reuse_test_exit,
	.test_cases = atcp_reuse_cases,
};

kunit_test_suite(atcp_reuse_suite);
