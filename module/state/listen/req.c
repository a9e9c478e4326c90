// SPDX-License-Identifier: GPL-2.0
/* Connection requests: where they come from and where they go. */
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "proto/share.h"
#include "state/listen/acceptq.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synsave.h"
#include "state/shared/memcg.h"
#include "state/shared/net.h"

/* All requests together take no more than this part of the machine's memory. */
#define ATCP_REQ_SHARE		4

unsigned int atcp_req_max __read_mostly;

static struct kmem_cache *atcp_req_cache __read_mostly;
static struct percpu_counter atcp_req_count;

static s64 atcp_req_most(void)
{
	unsigned int max = READ_ONCE(atcp_req_max);

	return max ?: (s64)totalram_pages() * (PAGE_SIZE / sizeof(struct atcp_req)) /
		      ATCP_REQ_SHARE;
}

/* No SYN writes to a line that others write to, as long as the bound is not a small one. */
static void atcp_req_add(struct atcp_net *an, int n)
{
	s32 batch = atcp_share_batch(atcp_req_most());

	percpu_counter_add_batch(&atcp_req_count, n, batch);
	percpu_counter_add_batch(&an->reqs, n, batch);
}

/**
 * atcp_req_cache_init() - make the slab cache
 *
 * Return: 0 or -ENOMEM
 */
int atcp_req_cache_init(void)
{
	int err = percpu_counter_init(&atcp_req_count, 0, GFP_KERNEL);

	if (err)
		return err;
	atcp_req_cache = kmem_cache_create("atcp_req", sizeof(struct atcp_req), 0,
					   SLAB_HWCACHE_ALIGN, NULL);
	if (atcp_req_cache)
		return 0;
	percpu_counter_destroy(&atcp_req_count);
	return -ENOMEM;
}

/**
 * atcp_req_crowded() - whether a listener has as many requests as it may
 * @l: listener
 *
 * The length of one queue is its program's matter, what all keep the machine's. That
 * is shared out: among namespaces, and in a namespace among listeners.
 */
bool atcp_req_crowded(const struct atcp_listener *l)
{
	s64 most = atcp_req_most(), total = percpu_counter_read_positive(&atcp_req_count);
	s64 own = percpu_counter_read_positive(&l->an->reqs);

	/* Far from the bound nobody has to be asked. */
	if (likely(total < most >> 3))
		return false;
	return atcp_share_full(most, total, own) ||
	       atcp_share_part_full(most, total, own, atomic_read(&l->synq.qlen));
}

/**
 * atcp_req_cache_exit() - destroy it; waits for requests that RCU has to free
 */
void atcp_req_cache_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(atcp_req_cache);
	percpu_counter_destroy(&atcp_req_count);
}

static void atcp_req_free(struct atcp_req *req)
{
	if (unlikely(req->mini.node.u0 & ATCP_REQ_SAVED)) {
		atcp_synsave_put(atcp_req_syn(req));
		kfree(container_of(req, struct atcp_req_saved, req));
	} else {
		kmem_cache_free(atcp_req_cache, req);
	}
}

static struct atcp_req *atcp_req_alloc_saved(struct sock *lsk, struct atcp_saved_syn *syn)
{
	struct atcp_req_saved *saved;

	saved = atcp_memcg_zalloc(lsk, sizeof(*saved), GFP_ATOMIC | __GFP_NOWARN);
	if (!saved)
		return NULL;
	saved->syn = atcp_synsave_get(syn);
	saved->req.mini.node.u0 = ATCP_REQ_SAVED;
	return &saved->req;
}

/**
 * atcp_req_alloc() - a new request
 * @lsk: its listener; under RCU, or referenced
 * @syn: its SYN's headers, which it takes a reference to, or NULL
 *
 * Return: a zeroed request but for what the flags in node.u0 say, with one reference, or
 * NULL: no memory, or the listener is going
 */
struct atcp_req *atcp_req_alloc(struct sock *lsk, struct atcp_saved_syn *syn)
{
	struct mem_cgroup *before;
	struct atcp_req *req;

	if (unlikely(syn)) {
		req = atcp_req_alloc_saved(lsk, syn);
	} else {
		before = atcp_memcg_begin(lsk);
		req = kmem_cache_zalloc(atcp_req_cache,
					atcp_memcg_gfp(lsk, GFP_ATOMIC | __GFP_NOWARN));
		atcp_memcg_end(before);
	}
	if (unlikely(!req))
		return NULL;
	if (unlikely(!refcount_inc_not_zero(&lsk->sk_refcnt))) {
		atcp_req_free(req);
		return NULL;
	}
	req->lsk = lsk;
	req->mini.node.kind = ATCP_KIND_REQ;
	refcount_set(&req->mini.ref, 1);
	atcp_req_add(atcp_sock_net(lsk), 1);
	return req;
}

static void atcp_req_free_rcu(struct rcu_head *head)
{
	atcp_req_free(container_of(head, struct atcp_req, mini.rcu));
}

/**
 * atcp_req_put() - drop a reference
 * @req: request; at the last one the listener loses its own, and the memory is
 *	freed when no reader of the table can see it any more
 */
void atcp_req_put(struct atcp_req *req)
{
	struct sock *lsk = req->lsk;

	if (!refcount_dec_and_test(&req->mini.ref))
		return;
	if (req->park)
		atcp_acceptq_park_free(req);
	atcp_req_add(atcp_sock_net(lsk), -1);
	/*
	 * A reader that is late still compares the namespace, by way of the
	 * listener: that is freed by RCU too, so later than this.
	 */
	sock_put(lsk);
	call_rcu(&req->mini.rcu, atcp_req_free_rcu);
}
