// SPDX-License-Identifier: GPL-2.0
/* The way through IPv6's extension headers to what is ours. */
#include "input/exthdr.h"

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

/* A packet with more of them is the kernel's. */
#define ATCP_EXTHDR_MAX	8

/* Bytes of the extension header @type at @off, 0: not to be walked over. */
static unsigned int atcp_exthdr_len(const struct sk_buff *skb, u8 type,
				    unsigned int off, u8 *next)
{
	union {
		struct ipv6_opt_hdr opt;
		struct ipv6_rt_hdr rt;
		struct frag_hdr frag;
	} buf;
	const struct ipv6_opt_hdr *opt;
	const struct ipv6_rt_hdr *rt;
	const struct frag_hdr *frag;

	switch (type) {
	case NEXTHDR_HOP:
	case NEXTHDR_DEST:
		opt = skb_header_pointer(skb, off, sizeof(*opt), &buf.opt);
		if (!opt)
			return 0;
		*next = opt->nexthdr;
		return ipv6_optlen(opt);
	case NEXTHDR_ROUTING:
		rt = skb_header_pointer(skb, off, sizeof(*rt), &buf.rt);
		if (!rt || rt->segments_left)
			return 0;
		*next = rt->nexthdr;
		return ipv6_optlen((const struct ipv6_opt_hdr *)rt);
	case NEXTHDR_FRAGMENT:
		frag = skb_header_pointer(skb, off, sizeof(*frag), &buf.frag);
		if (!frag || frag->frag_off & htons(~0x6))
			return 0;
		*next = frag->nexthdr;
		return sizeof(*frag);
	default:
		return 0;
	}
}

int atcp_exthdr_upper(const struct sk_buff *skb, unsigned int *off)
{
	u8 next = ipv6_hdr(skb)->nexthdr;
	unsigned int len, n;

	*off = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	for (n = 0; n <= ATCP_EXTHDR_MAX; n++) {
		if (next == IPPROTO_TCP || next == IPPROTO_ICMPV6)
			return next;
		len = atcp_exthdr_len(skb, next, *off, &next);
		if (!len)
			return -1;
		*off += len;
	}
	return -1;
}
