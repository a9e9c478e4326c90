/* SPDX-License-Identifier: GPL-2.0 */
/* What a module may do with memory cgroups: the kernel's own functions are not exported. */
#ifndef _ATCP_COMPAT_MEMCG_H
#define _ATCP_COMPAT_MEMCG_H

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/version.h>
#include <net/sock.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <net/proto_memory.h>
#endif

/*
 * inet_accept() itself puts what it accepts into the task's group, whatever the
 * protocol, and takes for granted that it is in none. It has no mark in the headers.
 */
#define ATCP_COMPAT_ACCEPT_CHARGES	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0))

#ifdef CONFIG_MEMCG

static inline struct mem_cgroup *atcp_compat_memcg(const struct sock *sk)
{
	return mem_cgroup_sockets_enabled ? sk->sk_memcg : NULL;
}

/* Gives @sk a group with its reference, and the one that it had back. */
static inline void atcp_compat_memcg_set(struct sock *sk, struct mem_cgroup *memcg)
{
	struct mem_cgroup *old = sk->sk_memcg;

	sk->sk_memcg = memcg;
	if (old)
		css_put(&old->css);
}

static inline bool atcp_compat_memcg_get(struct mem_cgroup *memcg)
{
	return css_tryget(&memcg->css);
}

static inline void atcp_compat_memcg_put(struct mem_cgroup *memcg)
{
	css_put(&memcg->css);
}

/* In the legacy hierarchy sockets are accounted when tcpmem was asked for. */
static inline bool atcp_compat_memcg_wanted(const struct mem_cgroup *memcg)
{
	if (cgroup_subsys_on_dfl(memory_cgrp_subsys))
		return true;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0) || defined(CONFIG_MEMCG_V1)
	return memcg->tcpmem_active;
#else
	return false;
#endif
}

/*
 * The group that a socket which the current task makes belongs to, referenced; NULL:
 * the root's, which is not accounted.
 */
static inline struct mem_cgroup *atcp_compat_memcg_current(void)
{
	struct mem_cgroup *memcg;

	if (!mem_cgroup_sockets_enabled || !in_task())
		return NULL;
	rcu_read_lock();
	memcg = mem_cgroup_from_task(current);
	if (memcg && (!memcg->css.parent || !atcp_compat_memcg_wanted(memcg) ||
		      !atcp_compat_memcg_get(memcg)))
		memcg = NULL;
	rcu_read_unlock();
	return memcg;
}

#else

static inline struct mem_cgroup *atcp_compat_memcg(const struct sock *sk)
{
	return NULL;
}

static inline void atcp_compat_memcg_set(struct sock *sk, struct mem_cgroup *memcg)
{
}

static inline bool atcp_compat_memcg_get(struct mem_cgroup *memcg)
{
	return false;
}

static inline void atcp_compat_memcg_put(struct mem_cgroup *memcg)
{
}

static inline struct mem_cgroup *atcp_compat_memcg_current(void)
{
	return NULL;
}

#endif /* CONFIG_MEMCG */

#endif /* _ATCP_COMPAT_MEMCG_H */
