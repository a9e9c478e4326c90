/* SPDX-License-Identifier: GPL-2.0 */
/* How a bound of the machine is shared out among who uses it. */
#ifndef _ATCP_PROTO_SHARE_H
#define _ATCP_PROTO_SHARE_H

#include <linux/mm.h>
#include <linux/types.h>

/*
 * The most that all namespaces together have of what anybody may make us keep: one of so many
 * parts of the machine's memory (Documentation/sysctl.rst has the table).
 */
#define ATCP_SHARE_REQS		4	/* connection requests */
#define ATCP_SHARE_TWS		8	/* TIME_WAITs and tombstones */
#define ATCP_SHARE_PARKED	16	/* what parked connections have received */

/*
 * A namespace may have as much as is left of the bound, and a part of it (a listener)
 * as much as is left of that ("dynamic thresholds" of switches' shared buffers). So one
 * that is alone has half, and n that take what they can get have 1/(n+1) each, with
 * as much left over: who comes next finds room at once, and nobody has to be told how
 * many there are.
 */

/**
 * atcp_share_most() - how many objects are a part of the machine's memory
 * @part: one of how many parts (ATCP_SHARE_*)
 * @size: bytes of an object, up to a page
 */
static inline s64 atcp_share_most(unsigned int part, size_t size)
{
	return (s64)totalram_pages() * (PAGE_SIZE / size) / part;
}

/**
 * atcp_share_full() - has a namespace had its share?
 * @most: the bound
 * @total: what all have
 * @own: what the namespace has
 */
static inline bool atcp_share_full(s64 most, s64 total, s64 own)
{
	return own >= most - total;
}

/**
 * atcp_share_part_full() - has a part of a namespace had its share of the namespace's?
 * @most: the bound
 * @total: what all have
 * @own: what the namespace has
 * @part: what the part has
 */
static inline bool atcp_share_part_full(s64 most, s64 total, s64 own, s64 part)
{
	return part >= most - total - own;
}

/**
 * atcp_share_batch() - by how much a CPU's count may be behind
 * @most: the bound
 *
 * Little of the bound, and large enough that CPUs do not write to one line all the time.
 */
static inline s32 atcp_share_batch(s64 most)
{
	s64 batch = most >> 12;

	return batch < 1 ? 1 : batch > 1024 ? 1024 : batch;
}

#endif /* _ATCP_PROTO_SHARE_H */
