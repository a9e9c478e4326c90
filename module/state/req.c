// SPDX-License-Identifier: GPL-2.0
/* Connection requests: where they come from and where they go. */
#include <linux/mm.h>
#include <linux/percpu_counter.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "state/acceptq.h"
#include "state/req.h"

/* All requests together take no more than this part of the machine's memory. */
#define ATCP_REQ_SHARE		4

/* What a CPU may be behind with its count: no SYN writes to a line that others write to. */
#define ATCP_REQ_BATCH		1024

static struct kmem_cache *atcp_req_cache __read_mostly;
static struct percpu_counter atcp_req_count;

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
 * atcp_req_crowded() - whether there are as many requests as there may be
 *
 * The length of one queue is its program's matter, what all keep the machine's.
 */
bool atcp_req_crowded(void)
{
	s64 most = (s64)totalram_pages() * (PAGE_SIZE / sizeof(struct atcp_req)) / ATCP_REQ_SHARE;

	return percpu_counter_read(&atcp_req_count) > most;
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

/**
 * atcp_req_alloc() - a new request
 * @lsk: its listener; under RCU, or referenced
 *
 * Return: a zeroed request with one reference, or NULL: no memory, or the
 * listener is going
 */
struct atcp_req *atcp_req_alloc(struct sock *lsk)
{
	struct atcp_req *req;

	req = kmem_cache_zalloc(atcp_req_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!req))
		return NULL;
	if (unlikely(!refcount_inc_not_zero(&lsk->sk_refcnt))) {
		kmem_cache_free(atcp_req_cache, req);
		return NULL;
	}
	req->lsk = lsk;
	req->mini.node.kind = ATCP_KIND_REQ;
	refcount_set(&req->mini.ref, 1);
	percpu_counter_add_batch(&atcp_req_count, 1, ATCP_REQ_BATCH);
	return req;
}

static void atcp_req_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(atcp_req_cache, container_of(head, struct atcp_req, mini.rcu));
	percpu_counter_add_batch(&atcp_req_count, -1, ATCP_REQ_BATCH);
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
	/*
	 * A reader that is late still compares the namespace, by way of the
	 * listener: that is freed by RCU too, so later than this.
	 */
	sock_put(lsk);
	call_rcu(&req->mini.rcu, atcp_req_free_rcu);
}
