// SPDX-License-Identifier: GPL-2.0
/*
 * Codes of segments: TCP-AO's traffic keys and MACs (RFC 5925, 5926), and what MD5 shares.
 *
 * The hash is given: whose it is, and that nobody else uses it meanwhile, is the caller's matter.
 */
#include "proto/segmac.h"

#include <crypto/hash.h>
#include <linux/errno.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <net/ipv6.h>

#include "proto/seq.h"

#define ATCP_SEGMAC_OPT		4	/* bytes of the option before the MAC */

/**
 * atcp_segmac_sne() - extension of a sequence number (RFC 5925 section 6.2)
 * @sne: extension of @near
 * @near: a number that @seq is within 2 GB of
 * @seq: sequence number
 *
 * Return: extension of @seq
 */
u32 atcp_segmac_sne(u32 sne, u32 near, u32 seq)
{
	if (atcp_seq_before(seq, near))
		return seq > near ? sne - 1 : sne;
	return seq < near ? sne + 1 : sne;
}

/**
 * atcp_segmac_extend() - move a number with its extension
 * @ext: both, the extension in the upper half
 * @seq: to this number, within 2 GB
 *
 * Return: @seq with its extension
 */
u64 atcp_segmac_extend(u64 ext, u32 seq)
{
	return (u64)atcp_segmac_sne(ext >> 32, (u32)ext, seq) << 32 | seq;
}

#if IS_ENABLED(CONFIG_CRYPTO_HASH)
/**
 * atcp_segmac_text() - hash the text of a segment, wherever its bytes are
 * @desc: hash under way
 * @skb: segment
 * @from: where its text begins
 *
 * Return: 0 or -errno
 */
int atcp_segmac_text(struct shash_desc *desc, struct sk_buff *skb, unsigned int from)
{
	struct skb_seq_state st;
	unsigned int at = 0, n;
	const u8 *data;
	int err = 0;

	if (from >= skb->len)
		return 0;
	skb_prepare_seq_read(skb, from, skb->len, &st);
	while ((n = skb_seq_read(at, &data, &st))) {
		err = crypto_shash_update(desc, data, n);
		if (err) {
			skb_abort_seq_read(&st);
			break;
		}
		at += n;
	}
	return err;
}

/**
 * atcp_segmac_condense() - make an AES key of a secret of any length (RFC 5926 section 3.1.1.2)
 * @tfm: cmac(aes)
 * @key: secret
 * @len: its bytes
 * @out: %ATCP_SEGMAC_AES_KEY bytes
 *
 * Return: 0 or -errno
 */
int atcp_segmac_condense(struct crypto_shash *tfm, const u8 *key, unsigned int len, u8 *out)
{
	static const u8 zeros[ATCP_SEGMAC_AES_KEY];

	return crypto_shash_setkey(tfm, zeros, sizeof(zeros)) ?:
	       crypto_shash_tfm_digest(tfm, key, len, out);
}

/**
 * atcp_segmac_traffic_key() - key of one direction of a connection (RFC 5926 section 3.1.1)
 * @tfm: the MAC, which is the KDF's pseudorandom function too
 * @key: master key
 * @len: its bytes
 * @f: direction
 * @out: as many bytes as the hash has
 *
 * Return: 0 or -errno
 */
int atcp_segmac_traffic_key(struct crypto_shash *tfm, const u8 *key, unsigned int len,
			    const struct atcp_segmac_flow *f, u8 *out)
{
	struct {
		__be16	sport;
		__be16	dport;
		__be32	sisn;
		__be32	disn;
		__be16	bits;
	} __packed end = {
		.sport	= f->sport,
		.dport	= f->dport,
		.sisn	= cpu_to_be32(f->sisn),
		.disn	= cpu_to_be32(f->disn),
		.bits	= cpu_to_be16(crypto_shash_digestsize(tfm) * 8),
	};
	u8 block[7 + 2 * sizeof(struct in6_addr) + sizeof(end)] = "\001TCP-AO";
	bool v4 = ipv6_addr_v4mapped(&f->src);
	size_t n = v4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	u8 *p = block + 7;

	/* IPv4's four bytes are the last ones of the mapped address. */
	memcpy(p, (const u8 *)(&f->src + 1) - n, n);
	memcpy(p + n, (const u8 *)(&f->dst + 1) - n, n);
	memcpy(p + 2 * n, &end, sizeof(end));
	p += 2 * n + sizeof(end);
	return crypto_shash_setkey(tfm, key, len) ?:
	       crypto_shash_tfm_digest(tfm, block, p - block, out);
}

/**
 * atcp_segmac_pseudo() - hash the pseudo header of a segment
 * @desc: begun
 * @src: its addresses, IPv4 as v4-mapped
 * @dst: likewise
 * @len: of header and text, bytes
 *
 * Return: 0 or a negative errno
 */
int atcp_segmac_pseudo(struct shash_desc *desc, const struct in6_addr *src,
		       const struct in6_addr *dst, unsigned int len)
{
	struct {
		struct in6_addr	saddr;
		struct in6_addr	daddr;
		__be32		len;
		__be32		proto;
	} six = {
		.saddr	= *src,
		.daddr	= *dst,
		.len	= cpu_to_be32(len),
		.proto	= cpu_to_be32(IPPROTO_TCP),
	};
	struct {
		__be32		saddr;
		__be32		daddr;
		u8		zero;
		u8		proto;
		__be16		len;
	} four = {
		.saddr	= src->s6_addr32[3],
		.daddr	= dst->s6_addr32[3],
		.proto	= IPPROTO_TCP,
		.len	= cpu_to_be16(len),
	};

	return ipv6_addr_v4mapped(src) ?
	       crypto_shash_update(desc, (const u8 *)&four, sizeof(four)) :
	       crypto_shash_update(desc, (const u8 *)&six, sizeof(six));
}

/* The header with zeros for checksum and MAC, and of the options that one alone if @s->bare. */
static int atcp_segmac_header(struct shash_desc *desc, const struct atcp_segmac_seg *s)
{
	const struct tcphdr *th = (const struct tcphdr *)s->skb->data;
	unsigned int len = th->doff * 4, at = s->opt - (const u8 *)th;
	u8 copy[60];

	if (s->bare) {
		len = sizeof(*th) + s->opt[1];
		memcpy(copy, th, sizeof(*th));
		at = sizeof(*th);
		memcpy(copy + at, s->opt, s->opt[1]);
	} else {
		memcpy(copy, th, len);
	}
	((struct tcphdr *)copy)->check = 0;
	memset(copy + at + ATCP_SEGMAC_OPT, 0, s->opt[1] - ATCP_SEGMAC_OPT);
	return crypto_shash_update(desc, copy, len);
}

/**
 * atcp_segmac_sum() - make the code of a segment (RFC 5925 section 5.1)
 * @tfm: the MAC
 * @tkey: traffic key, as many bytes as the hash has
 * @s: segment, whose option is within its header
 * @out: all bytes of the hash, of which the option has the first
 *
 * Return: 0 or -errno
 */
int atcp_segmac_sum(struct crypto_shash *tfm, const u8 *tkey, const struct atcp_segmac_seg *s,
		    u8 *out)
{
	const struct tcphdr *th = (const struct tcphdr *)s->skb->data;
	__be32 sne = cpu_to_be32(s->sne);
	SHASH_DESC_ON_STACK(desc, tfm);
	int err;

	err = crypto_shash_setkey(tfm, tkey, crypto_shash_digestsize(tfm));
	if (err)
		return err;
	desc->tfm = tfm;
	err = crypto_shash_init(desc) ?:
	      crypto_shash_update(desc, (const u8 *)&sne, sizeof(sne)) ?:
	      atcp_segmac_pseudo(desc, s->src, s->dst, s->skb->len) ?:
	      atcp_segmac_header(desc, s) ?:
	      atcp_segmac_text(desc, s->skb, th->doff * 4) ?:
	      crypto_shash_final(desc, out);
	shash_desc_zero(desc);
	return err;
}
#else
int atcp_segmac_text(struct shash_desc *desc, struct sk_buff *skb, unsigned int from)
{
	return -EOPNOTSUPP;
}

int atcp_segmac_condense(struct crypto_shash *tfm, const u8 *key, unsigned int len, u8 *out)
{
	return -EOPNOTSUPP;
}

int atcp_segmac_traffic_key(struct crypto_shash *tfm, const u8 *key, unsigned int len,
			    const struct atcp_segmac_flow *f, u8 *out)
{
	return -EOPNOTSUPP;
}

int atcp_segmac_sum(struct crypto_shash *tfm, const u8 *tkey, const struct atcp_segmac_seg *s,
		    u8 *out)
{
	return -EOPNOTSUPP;
}
#endif
