// SPDX-License-Identifier: GPL-2.0
/*
 * The last IPv4 routes out.
 *
 * connect(2) asks for the address of ours and then for the route from there, and who connects
 * once does so again, in either direction: proxies, monitors, a browser. Each CPU keeps a few
 * answers, of connections and not of SYNs, with what was asked for but the ports. Where rules, the
 * choice among several paths, or xfrm may go by ports nobody asks here (output/route.c).
 *
 * A route says itself whether the tables have changed since (dst_check()), as it does to the
 * sockets that have it. What does not change the tables, such as a gateway of several that
 * answers no more, is heard of when the second is over that an answer lasts.
 */
#include "output/routemem.h"

#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <net/dst.h>
#include <net/flow.h>
#include <net/route.h>

#define ATCP_ROUTEMEM_SHIFT	3

/* What of a flow is compared and kept: all in front of the ports. */
#define ATCP_ROUTEMEM_FLOW	offsetof(struct flowi4, uli)

/**
 * struct atcp_routemem_entry - one answer
 * @net: whose; NULL: there is none
 * @rt: it, referenced
 * @until: jiffies when it has to be asked for again
 * @asked: what for, without the ports
 * @found: what became of that
 */
struct atcp_routemem_entry {
	const struct net	*net;
	struct rtable		*rt;
	unsigned long		until;
	struct flowi4		asked;
	struct flowi4		found;
};

/**
 * struct atcp_routemem - those of a CPU
 * @lock: protects them; others than the CPU take it only when a namespace ends
 * @entry: by the addresses
 */
struct atcp_routemem {
	spinlock_t			lock;	/* entry */
	struct atcp_routemem_entry	entry[1 << ATCP_ROUTEMEM_SHIFT];
};

static DEFINE_PER_CPU(struct atcp_routemem, atcp_routemem);

static struct atcp_routemem_entry *__atcp_routemem_entry(struct atcp_routemem *m,
							 const struct flowi4 *fl4)
{
	u32 both = (__force u32)fl4->daddr ^ hash_32((__force u32)fl4->saddr, 32);

	return &m->entry[hash_32(both, ATCP_ROUTEMEM_SHIFT)];
}

static void __atcp_routemem_drop(struct atcp_routemem_entry *e)
{
	if (!e->net)
		return;
	ip_rt_put(e->rt);
	WRITE_ONCE(e->net, NULL);
}

struct rtable *atcp_routemem_find(const struct net *net, struct flowi4 *fl4)
{
	struct atcp_routemem_entry *e;
	struct rtable *rt = NULL;
	struct atcp_routemem *m;

	/* Strangers are many, and cost no lock. What is read here is read again with it. */
	e = __atcp_routemem_entry(raw_cpu_ptr(&atcp_routemem), fl4);
	if (READ_ONCE(e->net) != net || READ_ONCE(e->asked.daddr) != fl4->daddr)
		return NULL;
	local_bh_disable();
	m = this_cpu_ptr(&atcp_routemem);
	spin_lock(&m->lock);
	e = __atcp_routemem_entry(m, fl4);
	if (e->net == net && !memcmp(&e->asked, fl4, ATCP_ROUTEMEM_FLOW)) {
		if (time_before(jiffies, e->until) && dst_check(&e->rt->dst, 0)) {
			rt = e->rt;
			dst_hold(&rt->dst);
			memcpy(fl4, &e->found, ATCP_ROUTEMEM_FLOW);
		} else {
			__atcp_routemem_drop(e);
		}
	}
	spin_unlock(&m->lock);
	local_bh_enable();
	return rt;
}

void atcp_routemem_keep(const struct net *net, const struct flowi4 *asked,
			const struct flowi4 *found, struct rtable *rt)
{
	struct atcp_routemem_entry *e;
	struct atcp_routemem *m;

	local_bh_disable();
	m = this_cpu_ptr(&atcp_routemem);
	spin_lock(&m->lock);
	e = __atcp_routemem_entry(m, asked);
	__atcp_routemem_drop(e);
	dst_hold(&rt->dst);
	e->rt = rt;
	e->until = jiffies + HZ;
	memcpy(&e->asked, asked, ATCP_ROUTEMEM_FLOW);
	memcpy(&e->found, found, ATCP_ROUTEMEM_FLOW);
	WRITE_ONCE(e->net, net);
	spin_unlock(&m->lock);
	local_bh_enable();
}

void atcp_routemem_forget(const struct net *net)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct atcp_routemem *m = per_cpu_ptr(&atcp_routemem, cpu);

		spin_lock_bh(&m->lock);
		for (i = 0; i < ARRAY_SIZE(m->entry); i++)
			if (!net || m->entry[i].net == net)
				__atcp_routemem_drop(&m->entry[i]);
		spin_unlock_bh(&m->lock);
	}
}

int atcp_routemem_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		spin_lock_init(&per_cpu_ptr(&atcp_routemem, cpu)->lock);
	return 0;
}

void atcp_routemem_exit(void)
{
	atcp_routemem_forget(NULL);
}
