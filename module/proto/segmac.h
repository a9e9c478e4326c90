/* SPDX-License-Identifier: GPL-2.0 */
/* Codes of segments: TCP-AO's traffic keys and MACs (RFC 5925, 5926), and what MD5 shares. */
#ifndef _ATCP_PROTO_SEGMAC_H
#define _ATCP_PROTO_SEGMAC_H

#include <linux/in6.h>
#include <linux/types.h>

struct crypto_shash;
struct shash_desc;
struct sk_buff;

#define ATCP_SEGMAC_DIGEST_MAX	64	/* bytes of the longest hash that is used here */
#define ATCP_SEGMAC_AES_KEY	16	/* bytes of an AES-128 key */

/**
 * struct atcp_segmac_flow - one direction of a connection: what a traffic key is made for
 * @src: who sends, IPv4 as v4-mapped
 * @dst: who receives
 * @sport: its port
 * @dport: likewise
 * @sisn: initial sequence number of who sends
 * @disn: of who receives; 0 where it is not known yet
 */
struct atcp_segmac_flow {
	struct in6_addr	src;
	struct in6_addr	dst;
	__be16		sport;
	__be16		dport;
	u32		sisn;
	u32		disn;
};

/**
 * struct atcp_segmac_seg - a segment whose code is made
 * @skb: data at the TCP header, all of which is in the linear part
 * @src: its addresses, IPv4 as v4-mapped
 * @dst: likewise
 * @sne: sequence number extension
 * @opt: the option, in the header of @skb
 * @bare: options other than TCP-AO are left out
 */
struct atcp_segmac_seg {
	struct sk_buff		*skb;
	const struct in6_addr	*src;
	const struct in6_addr	*dst;
	u32			sne;
	const u8		*opt;
	bool			bare;
};

u32 atcp_segmac_sne(u32 sne, u32 near, u32 seq);
u64 atcp_segmac_extend(u64 ext, u32 seq);
int atcp_segmac_pseudo(struct shash_desc *desc, const struct in6_addr *src,
		       const struct in6_addr *dst, unsigned int len);
int atcp_segmac_text(struct shash_desc *desc, struct sk_buff *skb, unsigned int from);
int atcp_segmac_condense(struct crypto_shash *tfm, const u8 *key, unsigned int len, u8 *out);
int atcp_segmac_traffic_key(struct crypto_shash *tfm, const u8 *key, unsigned int len,
			    const struct atcp_segmac_flow *f, u8 *out);
int atcp_segmac_sum(struct crypto_shash *tfm, const u8 *tkey, const struct atcp_segmac_seg *s,
		    u8 *out);

#endif /* _ATCP_PROTO_SEGMAC_H */
