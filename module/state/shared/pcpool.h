/* SPDX-License-Identifier: GPL-2.0 */
/* Per-CPU objects of one size, several of them from one allocation. */
#ifndef _ATCP_PCPOOL_H
#define _ATCP_PCPOOL_H

#include <linux/types.h>

struct atcp_pcpool;
struct atcp_pcpool_block;

/* A pool of objects of @size bytes, a multiple of 8 and at most 2 KB; NULL: no memory. */
struct atcp_pcpool *atcp_pcpool_new(size_t size);

/* No more objects are asked of it; it goes when the last one does. */
void atcp_pcpool_end(struct atcp_pcpool *pool);

/* One, all zero, and the block that it has to be given back to. NULL: no memory. May sleep. */
void __percpu *atcp_pcpool_get(struct atcp_pcpool *pool, struct atcp_pcpool_block **block);

/* Nobody has it any more. Any context. */
void atcp_pcpool_put(struct atcp_pcpool_block *block, void __percpu *obj);

#endif /* _ATCP_PCPOOL_H */
