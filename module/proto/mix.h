/* SPDX-License-Identifier: GPL-2.0 */
/* A keyed hash of a few words, for tables: multiply, and fold the product. */
#ifndef _ATCP_PROTO_MIX_H
#define _ATCP_PROTO_MIX_H

#include <linux/in6.h>
#include <linux/math64.h>
#include <linux/types.h>

/*
 * Where a hash says no more than which place of a table is looked at, an attacker who would fill
 * one has to guess 192 bits without ever seeing one of them, and a few multiplications do. What
 * a peer sees, or can compute with, is SipHash's (sequence numbers, timestamps, cookies, ports).
 */

/**
 * struct atcp_mix_key - a secret, random
 * @word: its parts
 */
struct atcp_mix_key {
	u64 word[3];
};

/**
 * atcp_mix_fold() - both halves of a product, one over the other
 * @a: factor
 * @b: factor
 */
static __always_inline u64 atcp_mix_fold(u64 a, u64 b)
{
	return a * b ^ mul_u64_u64_shr(a, b, 64);
}

/**
 * atcp_mix_2u64() - the hash of two words
 * @a: one
 * @b: the other
 * @key: secret
 *
 * Return: 64 bits, each as good as the others
 */
static __always_inline u64 atcp_mix_2u64(u64 a, u64 b, const struct atcp_mix_key *key)
{
	u64 x = atcp_mix_fold(a ^ key->word[0], b ^ key->word[1]);

	return atcp_mix_fold(x ^ key->word[2], key->word[0] | 1);
}

/**
 * atcp_mix_addr() - the hash of an IPv6 address
 * @addr: it
 * @key: secret
 */
static __always_inline u64 atcp_mix_addr(const struct in6_addr *addr,
					 const struct atcp_mix_key *key)
{
	const u32 *word = (__force const u32 *)addr->s6_addr32;

	return atcp_mix_2u64((u64)word[0] << 32 | word[1], (u64)word[2] << 32 | word[3], key);
}

/**
 * atcp_mix_3u64() - the hash of three words
 * @a: one
 * @b: another
 * @c: the third
 * @key: secret
 */
static __always_inline u64 atcp_mix_3u64(u64 a, u64 b, u64 c, const struct atcp_mix_key *key)
{
	u64 x = atcp_mix_fold(a ^ key->word[0], b ^ key->word[1]);

	return atcp_mix_fold(x ^ key->word[2], c ^ key->word[1]);
}

#endif /* _ATCP_PROTO_MIX_H */
