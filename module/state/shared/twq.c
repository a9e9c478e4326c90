// SPDX-License-Identifier: GPL-2.0
/*
 * TIME_WAIT objects: their way into the table in a socket's place, and out.
 *
 * The table and the wheel hold a reference each. Whoever takes the object out
 * of the table ends it; the wheel's reference is dropped by whoever unlinks it
 * there, or by the expiry function.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/inet_ecn.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "proto/ecn.h"
#include "proto/share.h"
#include "state/conn/ao.h"
#include "state/conn/md5.h"
#include "state/conn/sock.h"
#include "state/shared/hash.h"
#include "state/shared/memcg.h"
#include "state/shared/mib.h"
#include "state/shared/net.h"
#include "state/shared/port.h"
#include "state/shared/twq.h"
#include "state/shared/wheel.h"

static struct kmem_cache *atcp_twq_cache __read_mostly;
static struct percpu_counter atcp_twq_total;

static void atcp_twq_construct(void *memory)
{
	struct atcp_tw *tw = memory;

	memset(tw, 0, sizeof(*tw));
	tw->mini.node.kind = ATCP_KIND_TW;
}

/**
 * atcp_twq_cache_init() - make the slab cache
 *
 * Return: 0 or -ENOMEM
 */
int atcp_twq_cache_init(void)
{
	int err = percpu_counter_init(&atcp_twq_total, 0, GFP_KERNEL);

	if (err)
		return err;
	atcp_twq_cache = kmem_cache_create("atcp_tw", sizeof(struct atcp_tw), 0,
					   SLAB_HWCACHE_ALIGN | SLAB_TYPESAFE_BY_RCU,
					   atcp_twq_construct);
	if (atcp_twq_cache)
		return 0;
	percpu_counter_destroy(&atcp_twq_total);
	return -ENOMEM;
}

/**
 * atcp_twq_cache_exit() - destroy it; waits for its pages, which RCU has to free
 */
void atcp_twq_cache_exit(void)
{
	kmem_cache_destroy(atcp_twq_cache);
	percpu_counter_destroy(&atcp_twq_total);
}

/* It may be another one at once: see state/shared/hash.c. */
static void atcp_twq_free(struct atcp_tw *tw)
{
	if (unlikely(tw->md5))
		kfree_sensitive(tw->md5);
	if (unlikely(tw->ao))
		atcp_ao_put(tw->ao);
	kmem_cache_free(atcp_twq_cache, tw);
}

/* All of it is zero but what readers may still stand on. */
static struct atcp_tw *atcp_twq_alloc(const struct sock *sk)
{
	struct mem_cgroup *before = atcp_memcg_begin(sk);
	struct atcp_tw *tw;

	tw = kmem_cache_alloc(atcp_twq_cache, atcp_memcg_gfp(sk, GFP_ATOMIC | __GFP_NOWARN));
	atcp_memcg_end(before);
	if (tw)
		memset_after(tw, 0, mini.node);
	return tw;
}

/**
 * atcp_twq_put() - drop a reference
 * @tw: TIME_WAIT
 */
void atcp_twq_put(struct atcp_tw *tw)
{
	if (refcount_dec_and_test(&tw->mini.ref))
		atcp_twq_free(tw);
}

static s64 atcp_twq_most(void)
{
	return atcp_share_most(ATCP_SHARE_TWS, sizeof(struct atcp_tw));
}

static void atcp_twq_add_total(int n)
{
	percpu_counter_add_batch(&atcp_twq_total, n, atcp_share_batch(atcp_twq_most()));
}

static void atcp_twq_uncount(struct atcp_net *an)
{
	atomic_dec(&an->tw_count);
	atcp_twq_add_total(-1);
}

/*
 * Counts one more; false when there are max_tw_buckets already, or the namespace has
 * had its share of what the machine may have.
 */
static bool atcp_twq_count(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);
	int own = atomic_inc_return(&an->tw_count);

	if (own <= READ_ONCE(an->sysctl.max_tw_buckets) &&
	    !atcp_share_full(atcp_twq_most(), percpu_counter_read_positive(&atcp_twq_total),
			     own - 1)) {
		atcp_twq_add_total(1);
		return true;
	}
	atomic_dec(&an->tw_count);
	ATCP_AN_BAD(atcp_net_get(net), TCPTIMEWAITOVERFLOW);
	atcp_log_info(an, EVENT, "time wait bucket table overflow\n");
	return false;
}

static void atcp_twq_fill_ip(struct atcp_tw *tw, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	tw->mini.raddr = sk->sk_v6_daddr;
	tw->mini.laddr = sk->sk_v6_rcv_saddr;
	tw->mini.rport = inet->inet_dport;
	tw->mini.lport = htons(inet->inet_num);
	tw->mini.ifindex = sk->sk_bound_dev_if;
	tw->net = sock_net(sk);
	tw->mark = READ_ONCE(sk->sk_mark);
	tw->reuse = sk->sk_reuse;
	tw->reuseport = sk->sk_reuseport;
	if (atcp_sock_node(sk)->family == AF_INET6) {
		tw->tclass = inet6_sk(sk)->tclass;
		tw->flowlabel = inet6_sk(sk)->flow_label;
	} else {
		tw->tclass = inet->tos;
	}
	/* Accurate ECN's packets are ECT to the last one. */
	tw->tclass &= ~INET_ECN_MASK;
	if (atcp_sk(sk)->ecn.flags & ATCP_ECN_ACC)
		tw->tclass |= atcp_sk(sk)->ecn.ip;
}

static void atcp_twq_fill_tcp(struct atcp_tw *tw, const struct atcp_sock *as)
{
	tw->rcv_nxt = as->rcv_nxt;
	tw->snd_nxt = as->snd_nxt;
	tw->rcv_wnd = atcp_sock_rcv_window(as);
	tw->rcv_wscale = as->rcv_wscale;
	tw->ts_ok = as->ts_ok;
	tw->ts_recent = as->ts_recent;
	tw->ts_stamp = as->ts_recent_stamp;
	tw->entered = atcp_sock_ts_now();
	tw->ts_off = as->ts_off;
	tw->last_oow_ack = as->last_oow_ack;
}

/* Gives up one that never came into the table. */
static void atcp_twq_abandon(struct atcp_tw *tw)
{
	atcp_port_tw_del(tw);
	atcp_twq_uncount(atcp_net_get(tw->net));
	atcp_twq_put(tw);
	atcp_twq_put(tw);
}

/*
 * Puts @tw on the wheel. It may be killed between its entry into the table and
 * this, and then nobody else would take it off again.
 */
static void atcp_twq_start(struct atcp_tw *tw, unsigned long timeout)
{
	atcp_wheel_add(&tw->mini, timeout);
	if (unlikely(!atcp_hash_linked(&tw->mini.node)) && atcp_wheel_del(&tw->mini))
		atcp_twq_put(tw);
}

/**
 * atcp_twq_enter() - put a TIME_WAIT into a socket's place
 * @sk: connection, in the table; socket locked
 * @state: TCP_TIME_WAIT, TCP_FIN_WAIT2 or TCP_CLOSE (tombstone)
 * @timeout: jiffies until it ends
 *
 * Return: false: no memory, too many of them (counted), or @sk was not in the
 * table
 */
bool atcp_twq_enter(struct sock *sk, u8 state, unsigned long timeout)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);
	struct atcp_tw *tw;

	if (!atcp_hash_linked(atcp_sock_node(sk)) || !atcp_twq_count(net))
		return false;
	tw = atcp_twq_alloc(sk);
	if (!tw) {
		atcp_twq_uncount(atcp_net_get(net));
		return false;
	}
	tw->mini.node.u1 = state;
	atcp_twq_fill_ip(tw, sk);
	atcp_twq_fill_tcp(tw, as);
	if (state != TCP_CLOSE) {
		tw->ao = atcp_ao_share(sk);
		if (!tw->ao)
			tw->md5 = atcp_md5_copy(sk);
	}
	atcp_port_tw_add(tw, sk);
	/* A reader may take one as soon as there are any: all that is above comes before. */
	smp_wmb();
	/* One reference for the table, one while we work on it. */
	refcount_set(&tw->mini.ref, 2);
	if (!atcp_hash_replace(atcp_sock_node(sk), &tw->mini.node)) {
		atcp_twq_abandon(tw);
		return false;
	}
	atcp_twq_start(tw, timeout);
	atcp_twq_put(tw);
	if (state == TCP_CLOSE)
		ATCP_INC(net, TWTOMBSTONE);
	return true;
}

/**
 * atcp_twq_rearm() - start a TIME_WAIT's time again
 * @tw: TIME_WAIT; the caller has a reference
 * @timeout: jiffies from now
 */
void atcp_twq_rearm(struct atcp_tw *tw, unsigned long timeout)
{
	/* Not on the wheel: it is just expiring, or was killed. */
	if (!atcp_wheel_del(&tw->mini))
		return;
	atcp_twq_start(tw, timeout);
	atcp_twq_put(tw);
}

/**
 * atcp_twq_kill() - end a TIME_WAIT
 * @tw: TIME_WAIT; the caller has a reference, and keeps it. Nothing is done
 *	when another was first
 */
void atcp_twq_kill(struct atcp_tw *tw)
{
	struct net *net = tw->net;

	if (!atcp_hash_remove(&tw->mini.node))
		return;
	if (atcp_wheel_del(&tw->mini))
		atcp_twq_put(tw);
	atcp_port_tw_del(tw);
	atcp_twq_put(tw);
	/* atcp_twq_purge() waits for this: @net is not touched after it. */
	atcp_twq_uncount(atcp_net_get(net));
}
EXPORT_SYMBOL_GPL(atcp_twq_kill);

static int atcp_twq_purge_one(struct atcp_node *node, void *arg)
{
	if (node->kind == ATCP_KIND_TW) {
		ATCP_INC((struct net *)arg, TWPURGED);
		atcp_twq_kill(atcp_tw_of(node));
	}
	return 0;
}

/**
 * atcp_twq_purge() - end all TIME_WAITs of a namespace that goes away
 * @net: namespace; no new ones appear in it, and no packets
 *
 * Waits for those that another CPU is ending.
 * Context: process
 */
void atcp_twq_purge(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);

	if (!atomic_read(&an->tw_count))
		return;
	while (atomic_read(&an->tw_count)) {
		atcp_hash_walk(net, atcp_twq_purge_one, net);
		cond_resched();
	}
	/* Expiry functions that lost the race may still be at work (softirq). */
	synchronize_rcu();
}
