// SPDX-License-Identifier: GPL-2.0
/* Connection requests: where they come from and where they go. */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "state/acceptq.h"
#include "state/req.h"

static struct kmem_cache *atcp_req_cache __read_mostly;

/**
 * atcp_req_cache_init() - make the slab cache
 *
 * Return: 0 or -ENOMEM
 */
int atcp_req_cache_init(void)
{
	atcp_req_cache = kmem_cache_create("atcp_req", sizeof(struct atcp_req), 0,
					   SLAB_HWCACHE_ALIGN, NULL);
	return atcp_req_cache ? 0 : -ENOMEM;
}

/**
 * atcp_req_cache_exit() - destroy it; waits for requests that RCU has to free
 */
void atcp_req_cache_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(atcp_req_cache);
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
	return req;
}

static void atcp_req_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(atcp_req_cache, container_of(head, struct atcp_req, mini.rcu));
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
