// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU objects of one size, several of them from one allocation.
 *
 * The kernel's per-CPU allocator is a map of free areas, made for few and long-lived ones: a
 * kilobyte costs ten thousand instructions where there are many already. So objects come in
 * blocks, of one for the first and of up to sixteen where there are as many: who has one pays
 * for one.
 */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "state/shared/pcpool.h"

/* Objects of the largest blocks: what per-CPU chunks have room for. */
#define ATCP_PCPOOL_MAX		16U

/**
 * struct atcp_pcpool - a pool
 * @lock: protects all below and its blocks
 * @blocks: those that have room
 * @size: bytes of an object
 * @used: objects that are out
 * @over: no more are asked for
 */
struct atcp_pcpool {
	spinlock_t		lock;	/* all below */
	struct list_head	blocks;
	size_t			size;
	unsigned int		used;
	bool			over;
};

/**
 * struct atcp_pcpool_block - objects that were allocated together; all under the pool's lock
 * @pool: whose
 * @node: in atcp_pcpool.blocks while there is room
 * @base: the first of them
 * @all: a bit for each
 * @free: those that nobody has
 * @dirty: those that somebody had
 */
struct atcp_pcpool_block {
	struct atcp_pcpool	*pool;
	struct list_head	node;
	void __percpu		*base;
	u32			all;
	u32			free;
	u32			dirty;
};

struct atcp_pcpool *atcp_pcpool_new(size_t size)
{
	struct atcp_pcpool *pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);

	if (!pool)
		return NULL;
	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->blocks);
	pool->size = size;
	return pool;
}

void atcp_pcpool_end(struct atcp_pcpool *pool)
{
	bool last;

	spin_lock_bh(&pool->lock);
	pool->over = true;
	last = !pool->used;
	spin_unlock_bh(&pool->lock);
	if (last)
		kfree(pool);
}

static struct atcp_pcpool_block *atcp_pcpool_grow(struct atcp_pcpool *pool)
{
	unsigned int nr = clamp(READ_ONCE(pool->used), 1U, ATCP_PCPOOL_MAX);
	struct atcp_pcpool_block *b = kzalloc(sizeof(*b), GFP_KERNEL_ACCOUNT);

	if (!b)
		return NULL;
	b->base = __alloc_percpu_gfp(nr * pool->size, __alignof__(u64), GFP_KERNEL_ACCOUNT);
	if (!b->base) {
		kfree(b);
		return NULL;
	}
	b->pool = pool;
	b->all = GENMASK(nr - 1, 0);
	b->free = b->all;
	return b;
}

/* The first free one of @b, which is in the list. */
static unsigned int __atcp_pcpool_take(struct atcp_pcpool *pool, struct atcp_pcpool_block *b)
{
	unsigned int nr = __ffs(b->free);

	lockdep_assert_held(&pool->lock);
	b->free &= ~BIT(nr);
	if (!b->free)
		list_del(&b->node);
	pool->used++;
	return nr;
}

void __percpu *atcp_pcpool_get(struct atcp_pcpool *pool, struct atcp_pcpool_block **block)
{
	struct atcp_pcpool_block *b;
	void __percpu *obj;
	unsigned int nr;
	bool dirty;
	int cpu;

	spin_lock_bh(&pool->lock);
	b = list_first_entry_or_null(&pool->blocks, struct atcp_pcpool_block, node);
	if (!b) {
		spin_unlock_bh(&pool->lock);
		b = atcp_pcpool_grow(pool);
		if (!b)
			return NULL;
		spin_lock_bh(&pool->lock);
		list_add(&b->node, &pool->blocks);
	}
	nr = __atcp_pcpool_take(pool, b);
	dirty = b->dirty & BIT(nr);
	spin_unlock_bh(&pool->lock);

	obj = b->base + nr * pool->size;
	if (dirty)
		for_each_possible_cpu(cpu)
			memset(per_cpu_ptr(obj, cpu), 0, pool->size);
	*block = b;
	return obj;
}

void atcp_pcpool_put(struct atcp_pcpool_block *block, void __percpu *obj)
{
	struct atcp_pcpool *pool = block->pool;
	bool empty, last;
	u32 bit;

	bit = BIT(((__force unsigned long)obj - (__force unsigned long)block->base) / pool->size);
	spin_lock_bh(&pool->lock);
	WARN_ON_ONCE(block->free & bit);
	if (!block->free)
		list_add(&block->node, &pool->blocks);
	block->free |= bit;
	block->dirty |= bit;
	empty = block->free == block->all;
	if (empty)
		list_del(&block->node);
	pool->used--;
	last = pool->over && !pool->used;
	spin_unlock_bh(&pool->lock);

	if (empty) {
		free_percpu(block->base);
		kfree(block);
	}
	if (last)
		kfree(pool);
}
