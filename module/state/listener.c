// SPDX-License-Identifier: GPL-2.0
/* A listener's beginning and end, its knobs and its counters. */
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "state/acceptq.h"
#include "state/hash.h"
#include "state/listener.h"
#include "state/mib.h"
#include "state/req.h"
#include "state/synq.h"

static struct atcp_listener *atcp_listener_alloc(struct sock *sk)
{
	struct atcp_listener *l = kzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);

	if (!l)
		return NULL;
	l->stats = alloc_percpu_gfp(struct atcp_listener_stats,
				    GFP_KERNEL_ACCOUNT);
	if (!l->stats) {
		kfree(l);
		return NULL;
	}
	l->sk = sk;
	l->an = atcp_net_get(sock_net(sk));
	INIT_LIST_HEAD(&l->node);
	spin_lock_init(&l->acceptq.lock);
	INIT_LIST_HEAD(&l->acceptq.head);
	l->acceptq.park_tail = &l->acceptq.park_head;
	return l;
}

static void atcp_listener_register(struct atcp_listener *l)
{
	struct atcp_net *an = l->an;

	spin_lock_bh(&an->listeners_lock);
	l->id = ++an->listener_id;
	list_add_tail_rcu(&l->node, &an->listeners);
	spin_unlock_bh(&an->listeners_lock);
}

static void atcp_listener_unregister(struct atcp_listener *l)
{
	struct atcp_net *an = l->an;

	spin_lock_bh(&an->listeners_lock);
	list_del_rcu(&l->node);
	spin_unlock_bh(&an->listeners_lock);
}

int atcp_listener_start(struct sock *sk, int backlog)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_listener *l = as->listener;

	if (!l) {
		l = atcp_listener_alloc(sk);
		if (!l)
			return -ENOMEM;
	} else {
		/*
		 * It listened before. Requests of that time may still be on
		 * their way out and count here, so the object stays the same;
		 * readers of the list must have left it before it goes back.
		 */
		synchronize_rcu();
	}
	l->syn_backlog = as->knobs.syn_backlog;
	l->overflow = as->knobs.overflow;
	l->syncookies = as->knobs.syncookies;
	l->synack_retries = as->knobs.synack_retries;
	l->backlog = backlog;
	l->flood = false;
	/* Long ago: neither cookies nor the end of a flood are expected. */
	l->synq.overflow_at = jiffies - 24 * 3600 * HZ;
	l->flood_said = l->synq.overflow_at;

	sk->sk_ack_backlog = 0;
	/* Unsigned as in listen(2): a negative backlog is the largest one. */
	WRITE_ONCE(sk->sk_max_ack_backlog,
		   min_t(unsigned int, backlog,
			 READ_ONCE(l->an->sysctl.somaxconn)));
	/* Lockless readers come by the tables, that it is put into later. */
	smp_store_release(&as->listener, l);
	atcp_listener_register(l);
	return 0;
}

/* One node of the table: a request of this listener ends with it. */
static int atcp_listener_drop_req(struct atcp_node *node, void *arg)
{
	if (node->kind == ATCP_KIND_REQ && atcp_req_of(node)->lsk == arg)
		atcp_synq_del(atcp_req_of(node));
	return 0;
}

void atcp_listener_stop(struct sock *sk, void (*reset)(struct sock *child))
{
	struct atcp_listener *l = atcp_lst(sk);
	struct atcp_req *req;
	struct sock *child;

	WARN_ON_ONCE(inet_sk_state_load(sk) == TCP_LISTEN);
	atcp_listener_unregister(l);

	/*
	 * Pairs with atcp_synq_add(): it either sees that the state has changed
	 * or has put its request where the walk finds it.
	 */
	smp_mb();
	/* From the head: to look for each in a long park would take its square. */
	while ((req = atcp_acceptq_unpark(sk))) {
		atcp_synq_del(req);
		atcp_req_put(req);
	}
	if (atomic_read(&l->synq.qlen))
		atcp_hash_walk(sock_net(sk), atcp_listener_drop_req, sk);

	while ((child = atcp_acceptq_pop(sk))) {
		reset(child);
		cond_resched();
	}
}

void atcp_listener_free(struct atcp_listener *l)
{
	WARN_ON_ONCE(atomic_read(&l->synq.qlen));
	WARN_ON_ONCE(!list_empty(&l->acceptq.head));
	free_percpu(l->stats);
	kfree(l);
}

/* @knob, or the namespace's @inherited value. */
static int atcp_listener_resolve(const int *knob, const int *inherited)
{
	int value = READ_ONCE(*knob);

	return value == ATCP_INHERIT ? READ_ONCE(*inherited) : value;
}

int atcp_listener_syn_backlog(const struct atcp_listener *l)
{
	int value = READ_ONCE(l->syn_backlog);

	if (value != ATCP_INHERIT)
		return value;
	return min_t(u32, READ_ONCE(l->sk->sk_max_ack_backlog), INT_MAX);
}

int atcp_listener_overflow(const struct atcp_listener *l)
{
	return atcp_listener_resolve(&l->overflow,
				     &l->an->sysctl.overflow_policy);
}

int atcp_listener_syncookies(const struct atcp_listener *l)
{
	return atcp_listener_resolve(&l->syncookies,
				     &l->an->sysctl.syncookies);
}

int atcp_listener_synack_retries(const struct atcp_listener *l)
{
	/* As on Linux, TCP_SYNCNT of a listener is for its SYN-ACKs. */
	int syncnt = READ_ONCE(atcp_sk(l->sk)->syn_retries);
	int value = READ_ONCE(l->synack_retries);

	if (value == ATCP_INHERIT && syncnt)
		return syncnt;
	return atcp_listener_resolve(&l->synack_retries,
				     &l->an->sysctl.synack_retries);
}

void atcp_listener_fold(const struct atcp_listener *l,
			struct atcp_listener_stats *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct atcp_listener_stats *s = per_cpu_ptr(l->stats, cpu);

		sum->syns += READ_ONCE(s->syns);
		sum->synack_retrans += READ_ONCE(s->synack_retrans);
		sum->cookies_sent += READ_ONCE(s->cookies_sent);
		sum->cookies_recv += READ_ONCE(s->cookies_recv);
		sum->cookies_failed += READ_ONCE(s->cookies_failed);
		sum->overflows += READ_ONCE(s->overflows);
		sum->drops += READ_ONCE(s->drops);
		sum->accepted += READ_ONCE(s->accepted);
	}
}
