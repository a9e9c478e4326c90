/* SPDX-License-Identifier: GPL-2.0 */
/* Memory cgroups: whose memory a connection, a request and a table's entry is. */
#ifndef _ATCP_STATE_MEMCG_H
#define _ATCP_STATE_MEMCG_H

#include <linux/gfp.h>

#include "compat/memcg.h"

/*
 * What is allocated in softirq is nobody's: the task that was interrupted has
 * nothing to do with it. So what a socket's peers or its own segments make us
 * allocate is charged to the group of that socket, between these two, wherever
 * atcp_memcg_gfp() was asked for the flags. The socket is referenced, or under RCU.
 */
static inline struct mem_cgroup *atcp_memcg_begin(const struct sock *sk)
{
	return set_active_memcg(atcp_compat_memcg(sk));
}

static inline void atcp_memcg_end(struct mem_cgroup *before)
{
	set_active_memcg(before);
}

/* @gfp of an allocation on @sk's account. */
static inline gfp_t atcp_memcg_gfp(const struct sock *sk, gfp_t gfp)
{
	return atcp_compat_memcg(sk) ? gfp | __GFP_ACCOUNT : gfp;
}

/* kzalloc() on @sk's account. Any context. */
void *atcp_memcg_zalloc(const struct sock *sk, size_t size, gfp_t gfp);

/* A new child, to which nothing is charged yet, is of its listener's group. */
void atcp_memcg_inherit(const struct sock *lsk, struct sock *child);

/*
 * accept(2) gives @child to a task: with all that is charged to it, it goes over to
 * that task's group. Process context; @child is not locked, and its owner's yet.
 */
void atcp_memcg_accept(struct sock *child);

/*
 * Charges @sk for what must be had, @size bytes, whatever the limits say
 * (sk_forced_mem_schedule() is not exported). Socket locked.
 */
void atcp_memcg_force(struct sock *sk, int size);

/* Is memory short for @sk, by its group or in all? */
static inline bool atcp_memcg_pressed(const struct sock *sk)
{
	return sk_under_memory_pressure(sk);
}

#endif /* _ATCP_STATE_MEMCG_H */
