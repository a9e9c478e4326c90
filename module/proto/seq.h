/* SPDX-License-Identifier: GPL-2.0 */
/* Arithmetic on 32-bit sequence numbers, modulo 2^32 (RFC 9293 section 3.4). */
#ifndef _ATCP_PROTO_SEQ_H
#define _ATCP_PROTO_SEQ_H

#include <linux/types.h>

/**
 * atcp_seq_before() - a < b
 * @a: sequence number
 * @b: sequence number, less than 2^31 away from @a
 */
static inline bool atcp_seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/**
 * atcp_seq_after() - a > b
 * @a: sequence number
 * @b: sequence number, less than 2^31 away from @a
 */
static inline bool atcp_seq_after(u32 a, u32 b)
{
	return (s32)(b - a) < 0;
}

/**
 * atcp_seq_between() - lo <= seq <= hi
 * @seq: sequence number asked about
 * @lo: lower edge, included
 * @hi: upper edge, included; the range may be any length up to 2^32 - 1
 */
static inline bool atcp_seq_between(u32 seq, u32 lo, u32 hi)
{
	return seq - lo <= hi - lo;
}

/**
 * atcp_seq_max() - the later of two sequence numbers
 * @a: sequence number
 * @b: sequence number
 */
static inline u32 atcp_seq_max(u32 a, u32 b)
{
	return atcp_seq_after(a, b) ? a : b;
}

/**
 * atcp_seq_min() - the earlier of two sequence numbers
 * @a: sequence number
 * @b: sequence number
 */
static inline u32 atcp_seq_min(u32 a, u32 b)
{
	return atcp_seq_before(a, b) ? a : b;
}

#endif /* _ATCP_PROTO_SEQ_H */
