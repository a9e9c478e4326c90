// SPDX-License-Identifier: GPL-2.0
/*
 * Memory cgroups.
 *
 * The socket layer charges what a socket's queues hold to the group that the socket
 * is of (sk_memcg). A socket gets that when a task makes it; a child is made in
 * softirq, and sk_clone_lock() leaves it without. Linux's TCP mends that at accept(2);
 * here what waits for accept(2) counts already, with the listener's group, for it is
 * the listener's program that is slow.
 *
 * The kernel exports nothing that charges a group by itself. What a group is charged
 * for a socket changes hands by giving it all back under the old one and taking it
 * again under the new one, by the two functions of the socket layer that are exported.
 */
#include <linux/rbtree.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "state/conn/sock.h"
#include "state/shared/memcg.h"

void *atcp_memcg_zalloc(const struct sock *sk, size_t size, gfp_t gfp)
{
	struct mem_cgroup *before = atcp_memcg_begin(sk);
	void *p = kzalloc(size, atcp_memcg_gfp(sk, gfp));

	atcp_memcg_end(before);
	return p;
}

void atcp_memcg_inherit(const struct sock *lsk, struct sock *child)
{
	struct mem_cgroup *memcg = atcp_compat_memcg(lsk);

	/* The listener's reference may be its last one: then the group goes, too. */
	if (memcg && atcp_compat_memcg_get(memcg))
		atcp_compat_memcg_set(child, memcg);
}

void atcp_memcg_force(struct sock *sk, int size)
{
	unsigned int locks = sk->sk_userlocks;
	int more, excess;

	if (sk->sk_forward_alloc >= size)
		return;
	more = size - sk->sk_forward_alloc;
	/* No limit's business is the buffer's size. */
	sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	/* A sender that would have more than its buffer is charged by force. */
	if (!__sk_mem_schedule(sk, more, SK_MEM_SEND))
		__sk_mem_schedule(sk, max(more, sk->sk_sndbuf - sk->sk_wmem_queued),
				  SK_MEM_SEND);
	sk->sk_userlocks = locks;
	excess = sk->sk_forward_alloc - size;
	if (excess >= PAGE_SIZE)
		__sk_mem_reclaim(sk, excess);
}

/* What the queues of a connection that nobody has accepted are charged, bytes. */
static int atcp_memcg_held(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);
	int bytes = READ_ONCE(sk->sk_wmem_queued);
	const struct sk_buff *skb;
	struct rb_node *n;

	skb_queue_walk(&sk->sk_receive_queue, skb)
		bytes += skb->truesize;
	for (n = rb_first(&as->ofo); n; n = rb_next(n))
		bytes += rb_to_skb(n)->truesize;
	return bytes;
}

/* From the group that @sk is of to @memcg, with its reference; NULL: to none. */
static void atcp_memcg_move(struct sock *sk, struct mem_cgroup *memcg)
{
	int held = atcp_memcg_held(sk);
	int all = sk->sk_forward_alloc + held;

	/* Whole pages were charged: all of them are given back, and taken again. */
	__sk_mem_reclaim(sk, all);
	atcp_compat_memcg_set(sk, memcg);
	sk_forward_alloc_add(sk, held);
	atcp_memcg_force(sk, held);
	sk_forward_alloc_add(sk, -held);
}

void atcp_memcg_accept(struct sock *child)
{
	struct mem_cgroup *old = atcp_compat_memcg(child);
	struct mem_cgroup *memcg = NULL;

	if (ATCP_COMPAT_ACCEPT_CHARGES) {
		if (!old)
			return;
	} else {
		memcg = atcp_compat_memcg_current();
		if (memcg == old)
			goto out;
	}
	lock_sock(child);
	atcp_memcg_move(child, memcg);
	release_sock(child);
	return;
out:
	if (memcg)
		atcp_compat_memcg_put(memcg);
}
