// SPDX-License-Identifier: GPL-2.0
/*
 * Connection requests: where they come from and where they go.
 *
 * One that is done with may be another one at once, while readers of the connection table
 * stand on it (state/shared/hash.c). A slab of SLAB_TYPESAFE_BY_RCU would do that too, with
 * eight bytes more for each of a million half-open ones. So a CPU keeps a few for the next SYNs;
 * what it has no room for, and what is charged to a memory cgroup, waits for readers.
 */
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

unsigned int atcp_req_max __read_mostly;

/**
 * struct atcp_req_spares - requests of a CPU that are free to be used again
 * @n: how many
 * @req: they, the last one first
 */
struct atcp_req_spares {
	unsigned int	n;
	struct atcp_req	*req[16];
};

static DEFINE_PER_CPU(struct atcp_req_spares, atcp_req_spares);
static struct kmem_cache *atcp_req_cache __read_mostly;
static struct percpu_counter atcp_req_count;

static s64 atcp_req_most(void)
{
	unsigned int max = READ_ONCE(atcp_req_max);

	return max ?: atcp_share_most(ATCP_SHARE_REQS, sizeof(struct atcp_req));
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

static struct atcp_req *atcp_req_take_spare(void)
{
	struct atcp_req_spares *s;
	struct atcp_req *req = NULL;
	unsigned long flags;

	local_irq_save(flags);
	s = this_cpu_ptr(&atcp_req_spares);
	if (likely(s->n))
		req = s->req[--s->n];
	local_irq_restore(flags);
	return req;
}

/* False: there are enough. */
static bool atcp_req_keep_spare(struct atcp_req *req)
{
	struct atcp_req_spares *s;
	unsigned long flags;
	bool kept;

	local_irq_save(flags);
	s = this_cpu_ptr(&atcp_req_spares);
	kept = s->n < ARRAY_SIZE(s->req);
	if (likely(kept))
		s->req[s->n++] = req;
	local_irq_restore(flags);
	return kept;
}

/**
 * atcp_req_cache_exit() - destroy it; waits for requests that RCU has to free
 *
 * There are none any more, and no readers.
 */
void atcp_req_cache_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct atcp_req_spares *s = per_cpu_ptr(&atcp_req_spares, cpu);

		while (s->n)
			kmem_cache_free(atcp_req_cache, s->req[--s->n]);
	}
	rcu_barrier();
	kmem_cache_destroy(atcp_req_cache);
	percpu_counter_destroy(&atcp_req_count);
}

static void atcp_req_free(struct atcp_req *req)
{
	if (unlikely(req->mini.node.u0 & ATCP_REQ_MORE)) {
		atcp_synsave_put(atcp_req_syn(req));
		kfree(container_of(req, struct atcp_req_more, req));
	} else {
		kmem_cache_free(atcp_req_cache, req);
	}
}

static struct atcp_req *atcp_req_alloc_more(struct sock *lsk, struct atcp_saved_syn *syn)
{
	struct atcp_req_more *more;

	more = atcp_memcg_zalloc(lsk, sizeof(*more), GFP_ATOMIC | __GFP_NOWARN);
	if (!more)
		return NULL;
	more->syn = atcp_synsave_get(syn);
	more->req.mini.node.u0 = ATCP_REQ_MORE;
	return &more->req;
}

/* All of it is zero but the node's link and kind. */
static struct atcp_req *atcp_req_alloc_plain(struct sock *lsk)
{
	struct mem_cgroup *before;
	struct atcp_req *req;

	if (likely(!atcp_compat_memcg(lsk))) {
		req = atcp_req_take_spare();
		if (likely(req)) {
			req->mini.node.u0 = 0;
			req->mini.node.u1 = 0;
			req->mini.node.u2 = 0;
			req->mini.node.u3 = 0;
			memset_after(req, 0, mini.node);
			return req;
		}
	}
	before = atcp_memcg_begin(lsk);
	req = kmem_cache_zalloc(atcp_req_cache, atcp_memcg_gfp(lsk, GFP_ATOMIC | __GFP_NOWARN));
	atcp_memcg_end(before);
	return req;
}

/**
 * atcp_req_alloc() - a new request
 * @lsk: its listener; under RCU, or referenced
 * @syn: its SYN's headers, which it takes a reference to, or NULL
 * @ao: it is to have what TCP-AO notes
 *
 * Return: a zeroed request but for what the flags in node.u0 say, with one reference, or
 * NULL: no memory, or the listener is going
 */
struct atcp_req *atcp_req_alloc(struct sock *lsk, struct atcp_saved_syn *syn, bool ao)
{
	struct atcp_req *req;

	req = unlikely(syn || ao) ? atcp_req_alloc_more(lsk, syn) : atcp_req_alloc_plain(lsk);
	if (unlikely(!req))
		return NULL;
	if (unlikely(!refcount_inc_not_zero(&lsk->sk_refcnt))) {
		atcp_req_free(req);
		return NULL;
	}
	req->lsk = lsk;
	req->mini.node.kind = ATCP_KIND_REQ;
	/* A reader may take one as soon as there is any, and be the last to put it. */
	smp_wmb();
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
	bool plain;

	if (!refcount_dec_and_test(&req->mini.ref))
		return;
	if (req->park)
		atcp_acceptq_park_free(req);
	atcp_req_add(atcp_sock_net(lsk), -1);
	plain = !(req->mini.node.u0 & ATCP_REQ_MORE) && !atcp_compat_memcg(lsk);
	sock_put(lsk);
	if (unlikely(!plain) || !atcp_req_keep_spare(req))
		call_rcu(&req->mini.rcu, atcp_req_free_rcu);
}
