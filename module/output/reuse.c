// SPDX-License-Identifier: GPL-2.0
/*
 * A received segment's buffer as that of the answer.
 *
 * To allocate a buffer, clear it and free the received one is a quarter of what a
 * SYN costs that is answered by a cookie. Where nobody else has the received one
 * its bytes become the answer's. From then on it is a buffer like any: all that
 * reception left in it goes, for it takes the whole way out, by the route, the
 * OUTPUT and POSTROUTING hooks and the neighbour.
 */
#include "output/reuse.h"

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/xfrm.h>

/* Is it of one piece, and does nobody else have it? */
static bool atcp_reuse_sole(const struct sk_buff *skb)
{
	/* A tap (AF_PACKET, a mirror) may have a clone, or a sender on this host. */
	return !skb_shared(skb) && !skb_cloned(skb) && !skb_is_nonlinear(skb) &&
	       !skb_is_gso(skb) && !skb_pfmemalloc(skb) &&
	       !(skb_shinfo(skb)->flags & SKBFL_ZEROCOPY_ENABLE);
}

static void atcp_reuse_strip(struct sk_buff *skb)
{
	u16 alloc_cpu = skb->alloc_cpu;

	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	skb->dev = NULL;
	skb->tstamp = 0;
	skb->mac_len = 0;
	skb->hdr_len = 0;
	skb->peeked = 0;
	skb_set_queue_mapping(skb, 0);
	memset(skb->cb, 0, sizeof(skb->cb));
	/* Marks, hash, VLAN tag, checksum, offloads, secmark, tracing, offsets: all of them. */
	memset(&skb->headers, 0, sizeof(skb->headers));
	skb->alloc_cpu = alloc_cpu;
	skb_unset_mac_header(skb);
	skb->transport_header = (typeof(skb->transport_header))~0U;
	memset(skb_shinfo(skb), 0, offsetof(struct skb_shared_info, dataref));
	skb_trim(skb, 0);
}

bool atcp_reuse(struct sk_buff *skb, const struct dst_entry *dst, unsigned int header,
		unsigned int len)
{
	unsigned int before = header + LL_RESERVED_SPACE(dst->dev);
	unsigned int more = 0;

	if (!atcp_reuse_sole(skb) || dst_xfrm(dst))
		return false;
	if (skb_headroom(skb) < before)
		more = before - skb_headroom(skb);
	if (skb_end_pointer(skb) - skb->data < more + len)
		return false;
	atcp_reuse_strip(skb);
	skb_reserve(skb, more);
	return true;
}
