/* SPDX-License-Identifier: GPL-2.0 */
/* Fair shares of a SYN queue: how many requests each source network holds, about. */
#ifndef _ATCP_PROTO_FAIR_H
#define _ATCP_PROTO_FAIR_H

#include <linux/atomic.h>
#include <linux/in6.h>
#include <linux/types.h>

#include "proto/mix.h"

#define ATCP_FAIR_ROWS		2
#define ATCP_FAIR_CELLS		256	/* of a row */
#define ATCP_FAIR_SMALL		16	/* requests: shares of a queue this small are none */
#define ATCP_FAIR_UNCOUNTED	0xff	/* instead of a prefix: the request does not count */

/**
 * struct atcp_fair - counting cells, all zero at first
 * @cell: a network counts in one cell of each row; it has at most as many requests
 *	as the lesser of the two says
 */
struct atcp_fair {
	atomic_t cell[ATCP_FAIR_ROWS][ATCP_FAIR_CELLS];
};

/**
 * struct atcp_fair_place - the cells of one network
 * @at: one of each row
 */
struct atcp_fair_place {
	u8 at[ATCP_FAIR_ROWS];
};

void atcp_fair_find(struct atcp_fair_place *place, const struct in6_addr *addr, u8 bits,
		    const struct atcp_mix_key *key);
u32 atcp_fair_count(const struct atcp_fair *f, const struct atcp_fair_place *place);
void atcp_fair_add(struct atcp_fair *f, const struct atcp_fair_place *place, int n);
u32 atcp_fair_share(u32 limit, u32 percent);
bool atcp_fair_over(u32 count, u32 qlen, u32 limit, u32 percent);
u32 atcp_fair_reserve(u32 limit, u32 percent);

#endif /* _ATCP_PROTO_FAIR_H */
