/* SPDX-License-Identifier: GPL-2.0 */
/* A sum of bytes that every packet changes twice, and is compared with limits. */
#ifndef _ATCP_GAUGE_H
#define _ATCP_GAUGE_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/math.h>
#include <linux/percpu.h>

/* What a CPU keeps to itself, bytes. */
#define ATCP_GAUGE_BATCH	(256 << 10)

/**
 * struct atcp_gauge - the sum
 * @all: what CPUs have handed in, bytes
 * @own: what each of them keeps to itself
 * @slack: the most by which @all may be wrong, bytes
 *
 * The kernel's percpu_counter does the same at four times the cost of a change, which is a call
 * with preemption off. This one is changed by one instruction.
 */
struct atcp_gauge {
	atomic64_t		all;
	s32 __percpu		*own;
	s64			slack;
};

/* 0 or -ENOMEM. */
static inline int atcp_gauge_init(struct atcp_gauge *g)
{
	atomic64_set(&g->all, 0);
	g->slack = (s64)ATCP_GAUGE_BATCH * num_possible_cpus();
	g->own = alloc_percpu_gfp(s32, GFP_KERNEL_ACCOUNT);
	return g->own ? 0 : -ENOMEM;
}

static inline void atcp_gauge_exit(struct atcp_gauge *g)
{
	free_percpu(g->own);
}

/* Any context; who is moved to another CPU in between hands in that one's part. */
static inline void atcp_gauge_add(struct atcp_gauge *g, s32 bytes)
{
	s32 own = this_cpu_add_return(*g->own, bytes);

	if (unlikely(abs(own) >= ATCP_GAUGE_BATCH))
		atomic64_add(this_cpu_xchg(*g->own, 0), &g->all);
}

/* All of it, never below 0. */
static inline s64 atcp_gauge_sum(const struct atcp_gauge *g)
{
	s64 sum = atomic64_read(&g->all);
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(g->own, cpu));
	return max(sum, 0LL);
}

/* The same without what CPUs keep to themselves. */
static inline s64 atcp_gauge_read(const struct atcp_gauge *g)
{
	return max_t(s64, atomic64_read(&g->all), 0);
}

/* Is it more than @limit? CPUs are asked only where what they keep to themselves counts. */
static inline bool atcp_gauge_over(const struct atcp_gauge *g, s64 limit)
{
	s64 diff = atomic64_read(&g->all) - limit;

	if (likely(diff < -g->slack))
		return false;
	return diff > g->slack || atcp_gauge_sum(g) > limit;
}

#endif /* _ATCP_GAUGE_H */
