// SPDX-License-Identifier: GPL-2.0
/*
 * The accept queue and the park behind it.
 *
 * Softirqs append, accept(2) takes from the head; one lock, held for a few
 * instructions. Its length is sk_ack_backlog, changed under the lock and read
 * without it.
 *
 * The park is a line of requests whose handshake is over. A request has no room
 * for more than a pointer, so what it needs there is in a struct atcp_park, which
 * it gets when it is parked and keeps until it is freed: it may leave the line
 * and come back (another CPU took the slot) or change to another listener with
 * all that it has. Segments that come meanwhile are kept, and not acknowledged:
 * a peer that is not answered in time sends again what there was no room for.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/tcp.h>
#include <net/sock.h>

#include "proto/seq.h"
#include "proto/share.h"
#include "state/conn/sock.h"
#include "state/listen/acceptq.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"
#include "state/shared/memcg.h"
#include "state/shared/trace.h"

/* Segments kept by all namespaces' listeners, which no socket is charged for, bytes. */
static atomic_long_t atcp_acceptq_kept;

static void atcp_acceptq_mem_add(struct atcp_net *an, int bytes)
{
	atomic_long_add(bytes, &atcp_acceptq_kept);
	atomic_long_add(bytes, &an->kept);
	atcp_net_mem_add(an, bytes);
}

/*
 * The watermarks: the queue is pressed from when it is as long as the high one
 * until it is as short as the low one again.
 */
static void __atcp_acceptq_mark(struct atcp_listener *l)
{
	u32 high = atcp_knob(l, ATCP_KNOB_ACCEPTQ_HIGH);
	u32 low = atcp_knob(l, ATCP_KNOB_ACCEPTQ_LOW);
	u32 len = READ_ONCE(l->sk->sk_ack_backlog);
	struct atcp_acceptq *q = &l->acceptq;
	bool pressed = q->pressed;

	lockdep_assert_held(&q->lock);
	if (!high)
		pressed = false;
	else if (len >= high)
		pressed = true;
	else if (len <= min(low, high - 1))
		pressed = false;
	if (pressed == q->pressed)
		return;

	WRITE_ONCE(q->pressed, pressed);
	if (pressed)
		ATCP_LCOUNT(l, ACCEPTQPRESSED, acceptq_pressed);
	else
		ATCP_LCOUNT(l, ACCEPTQRELIEVED, acceptq_relieved);
	trace_atcp_acceptq(l->sk, pressed, len,
			   READ_ONCE(l->sk->sk_max_ack_backlog));
	atcp_listener_pressed(l);
}

void atcp_acceptq_remark(struct atcp_listener *l)
{
	spin_lock_bh(&l->acceptq.lock);
	__atcp_acceptq_mark(l);
	spin_unlock_bh(&l->acceptq.lock);
}

u32 atcp_acceptq_oldest_ms(const struct atcp_listener *l)
{
	struct atcp_acceptq *q = &atcp_lst(l->sk)->acceptq;
	struct atcp_sock *as;
	u64 us = 0;

	spin_lock_bh(&q->lock);
	as = list_first_entry_or_null(&q->head, struct atcp_sock, aq_node);
	if (as)
		us = atcp_sock_now_us() - as->aq_us;
	spin_unlock_bh(&q->lock);
	return div_u64(us, USEC_PER_MSEC);
}

/*
 * Does anybody sleep for @lsk's next connection, or is a program that takes one after the other
 * at work on the last? It took that not longer ago than a tick.
 */
static bool atcp_acceptq_awaited(const struct sock *lsk, const struct atcp_acceptq *q)
{
	bool any;

	if ((u32)jiffies - q->taken_at <= 1)
		return true;
	rcu_read_lock();
	any = skwq_has_sleeper(rcu_dereference(lsk->sk_wq));
	rcu_read_unlock();
	return any;
}

bool atcp_acceptq_add(struct sock *lsk, struct sock *child)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_acceptq *q = &l->acceptq;
	bool ok = false;

	spin_lock_bh(&q->lock);
	/* atcp_listener_stop() empties the queue after the state has changed. */
	if (inet_sk_state_load(lsk) == TCP_LISTEN) {
		atcp_sk(child)->aq_us = atcp_sock_now_us();
		WRITE_ONCE(atcp_sk(child)->listener_id, l->id);
		atcp_sk(child)->awaited = atcp_acceptq_awaited(lsk, q);
		list_add_tail(&atcp_sk(child)->aq_node, &q->head);
		sk_acceptq_added(lsk);
		__atcp_acceptq_mark(l);
		if (lsk->sk_ack_backlog > q->peak)
			WRITE_ONCE(q->peak, lsk->sk_ack_backlog);
		ok = true;
	}
	spin_unlock_bh(&q->lock);
	if (ok)
		ATCP_LINC(l, accepted);
	return ok;
}

struct sock *atcp_acceptq_pop(struct sock *lsk)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_acceptq *q = &l->acceptq;
	struct atcp_sock *as;

	spin_lock_bh(&q->lock);
	as = list_first_entry_or_null(&q->head, struct atcp_sock, aq_node);
	if (as) {
		list_del_init(&as->aq_node);
		sk_acceptq_removed(lsk);
		q->taken_at = (u32)jiffies;
		__atcp_acceptq_mark(l);
	}
	spin_unlock_bh(&q->lock);
	return as ? atcp_sock_sk(as) : NULL;
}

/*
 * Those in the park are proven peers that wait for accept(2), so they are not
 * counted against the SYN queue's limit. What may wait at most is the
 * namespace's word on how many connections may wait for a program at all.
 */
static u32 atcp_acceptq_park_limit(const struct atcp_listener *l)
{
	return max_t(u32, READ_ONCE(l->an->sysctl.somaxconn),
		     atcp_listener_syn_backlog(l));
}

bool atcp_acceptq_park_room(const struct atcp_listener *l)
{
	return READ_ONCE(l->acceptq.parked) <= atcp_acceptq_park_limit(l);
}

/* How much memory segments of one request, and of all a listener's, may take. */
static bool atcp_acceptq_mem_ok(const struct atcp_listener *l,
				const struct atcp_park *p, u32 more)
{
	long pressure = READ_ONCE(l->an->sysctl.mem[1]);

	if (p->bytes + more > READ_ONCE(l->sk->sk_rcvbuf) ||
	    skb_queue_len(&p->segs) >= ATCP_ACCEPTQ_SEGS_MAX)
		return false;
	if ((l->acceptq.park_bytes + more) >> PAGE_SHIFT > pressure / 2)
		return false;
	/* A namespace's owner sets its limits; what they all keep is the machine's matter. */
	if (atcp_share_full(atcp_share_most(ATCP_SHARE_PARKED, 1),
			    atomic_long_read(&atcp_acceptq_kept), atomic_long_read(&l->an->kept)))
		return false;
	return !atcp_net_mem_over(l->an, pressure);
}

static bool __atcp_acceptq_park(struct sock *lsk, struct atcp_req *req, bool first)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;

	lockdep_assert_held(&q->lock);
	if (inet_sk_state_load(lsk) != TCP_LISTEN ||
	    (atcp_synq_set_flag(req, ATCP_REQ_PARKED) & ATCP_REQ_PARKED))
		return false;
	/*
	 * Who takes it out of the table looks for the flag after that: either it
	 * is seen there, or here that it is out. Then what is kept for it is that
	 * one's, who takes it without the lock.
	 */
	if (!atcp_hash_linked(&req->mini.node)) {
		atcp_synq_clear_flag(req, ATCP_REQ_PARKED);
		return false;
	}
	refcount_inc(&req->mini.ref);
	req->park->taken = false;
	if (first)
		list_add(&req->park->node, &q->park);
	else
		list_add_tail(&req->park->node, &q->park);
	q->park_bytes += req->park->bytes;
	WRITE_ONCE(q->parked, q->parked + 1);
	return true;
}

bool atcp_acceptq_park(struct sock *lsk, struct atcp_req *req, u16 wnd, u8 ace, bool bare)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_acceptq *q = &l->acceptq;
	struct atcp_park *p;
	bool ok = false;

	p = atcp_memcg_zalloc(lsk, sizeof(*p), GFP_ATOMIC | __GFP_NOWARN);
	if (!p)
		return false;
	INIT_LIST_HEAD(&p->node);
	p->req = req;
	__skb_queue_head_init(&p->segs);
	p->at = jiffies;
	p->wnd = wnd;
	p->ace = ace;
	p->bare = bare;

	spin_lock_bh(&q->lock);
	/* Two of its segments may be here at once, on two CPUs. */
	if (!req->park) {
		/* For the timer, which looks at the time without the lock. */
		smp_store_release(&req->park, p);
		p = NULL;
	}
	/* Whoever has taken it out completes it, or parks it again. */
	if (!req->park->taken && atcp_acceptq_park_room(l))
		ok = __atcp_acceptq_park(lsk, req, false);
	spin_unlock_bh(&q->lock);
	kfree(p);
	return ok;
}

bool atcp_acceptq_repark(struct sock *lsk, struct atcp_req *req, bool first)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	bool ok;

	spin_lock_bh(&q->lock);
	ok = __atcp_acceptq_park(lsk, req, first);
	spin_unlock_bh(&q->lock);
	return ok;
}

/* One past the last number of a segment whose TCP header is at its data. */
static u32 atcp_acceptq_seg_end(const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);

	return ntohl(th->seq) + skb->len - th->doff * 4 + th->fin;
}

/* Does a kept segment have all of @skb already? */
static bool atcp_acceptq_seg_dup(const struct atcp_park *p, const struct sk_buff *skb)
{
	u32 seq = ntohl(tcp_hdr(skb)->seq), end = atcp_acceptq_seg_end(skb);
	const struct sk_buff *old;

	skb_queue_walk(&p->segs, old) {
		if (!atcp_seq_before(seq, ntohl(tcp_hdr(old)->seq)) &&
		    !atcp_seq_after(end, atcp_acceptq_seg_end(old)))
			return true;
	}
	return false;
}

/*
 * What is kept is the listener's memory, which no socket is charged for yet. If its
 * group is accounted it is a copy on that account, and there is none when the
 * group is at its limit: the peer sends it again.
 */
static struct sk_buff *atcp_acceptq_own(const struct sock *lsk, struct sk_buff *skb)
{
	struct mem_cgroup *before;
	struct sk_buff *copy;

	if (!atcp_compat_memcg(lsk))
		return skb;
	before = atcp_memcg_begin(lsk);
	copy = skb_copy(skb, GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT);
	atcp_memcg_end(before);
	if (copy)
		consume_skb(skb);
	return copy;
}

enum atcp_keep atcp_acceptq_keep(struct sock *lsk, struct atcp_req *req,
				 struct sk_buff *skb, unsigned int hlen, u16 wnd)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_acceptq *q = &l->acceptq;
	bool text = skb->len > hlen || tcp_hdr(skb)->fin;
	enum atcp_keep kept = ATCP_KEEP_NO;
	struct atcp_park *p;

	/* It may wait longer than its device and its route live. */
	skb_dst_drop(skb);
	skb->dev = NULL;

	spin_lock_bh(&q->lock);
	p = req->park;
	if (!p || list_empty(&p->node)) {
		kept = ATCP_KEEP_LEFT;
		goto out;
	}
	p->wnd = wnd;
	if (text && atcp_acceptq_mem_ok(l, p, skb->truesize) &&
	    !atcp_acceptq_seg_dup(p, skb)) {
		skb = atcp_acceptq_own(lsk, skb);
		if (!skb)
			goto out;
		__skb_queue_tail(&p->segs, skb);
		p->bytes += skb->truesize;
		q->park_bytes += skb->truesize;
		atcp_acceptq_mem_add(l->an, skb->truesize);
		kept = ATCP_KEEP_YES;
	}
out:
	spin_unlock_bh(&q->lock);
	return kept;
}

struct sk_buff *atcp_acceptq_take_seg(struct atcp_req *req)
{
	struct atcp_park *p = req->park;
	struct sk_buff *skb = p ? __skb_dequeue(&p->segs) : NULL;

	if (skb) {
		p->bytes -= skb->truesize;
		atcp_acceptq_mem_add(atcp_net_get(sock_net(req->lsk)),
				     -(int)skb->truesize);
	}
	return skb;
}

/* Takes @p out of the line: its reference to the request is the caller's. */
static struct atcp_req *__atcp_acceptq_unlink(struct atcp_acceptq *q,
					      struct atcp_park *p)
	__must_hold(&q->lock)
{
	lockdep_assert_held(&q->lock);
	list_del_init(&p->node);
	p->taken = true;
	q->park_bytes -= p->bytes;
	WRITE_ONCE(q->parked, q->parked - 1);
	atcp_synq_clear_flag(p->req, ATCP_REQ_PARKED);
	return p->req;
}

struct atcp_req *atcp_acceptq_unpark(struct sock *lsk)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	struct atcp_req *req = NULL;
	struct atcp_park *p;

	spin_lock_bh(&q->lock);
	p = list_first_entry_or_null(&q->park, struct atcp_park, node);
	if (p)
		req = __atcp_acceptq_unlink(q, p);
	spin_unlock_bh(&q->lock);
	return req;
}

bool atcp_acceptq_unpark_one(struct sock *lsk, struct atcp_req *req)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	bool found = false;

	/* Nearly all requests never parked. The flag is set before it is linked. */
	if (!(READ_ONCE(req->mini.node.u1) & ATCP_REQ_PARKED))
		return false;

	spin_lock_bh(&q->lock);
	if (req->park && !list_empty(&req->park->node)) {
		__atcp_acceptq_unlink(q, req->park);
		found = true;
	}
	spin_unlock_bh(&q->lock);
	return found;
}

void atcp_acceptq_hand_over(struct sock *lsk, struct atcp_req *req, struct atcp_req *copy)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;

	spin_lock_bh(&q->lock);
	/* Linked: another CPU has parked it again meanwhile. */
	if (req->park && list_empty(&req->park->node)) {
		copy->park = req->park;
		copy->park->req = copy;
		/* Timers look without the lock. */
		WRITE_ONCE(req->park, NULL);
	}
	spin_unlock_bh(&q->lock);
}

void atcp_acceptq_park_walk(struct atcp_listener *l, void (*fn)(struct atcp_req *req))
{
	struct atcp_park *p;

	spin_lock_bh(&l->acceptq.lock);
	list_for_each_entry(p, &l->acceptq.park, node)
		fn(p->req);
	spin_unlock_bh(&l->acceptq.lock);
}

bool atcp_acceptq_serve_begin(struct sock *lsk)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	bool mine;

	spin_lock_bh(&q->lock);
	mine = !q->serving;
	q->serving = true;
	q->serve_again = !mine;
	spin_unlock_bh(&q->lock);
	return mine;
}

bool atcp_acceptq_serve_end(struct sock *lsk)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	bool again;

	spin_lock_bh(&q->lock);
	again = q->serve_again;
	q->serve_again = false;
	q->serving = again;
	spin_unlock_bh(&q->lock);
	return again;
}

void atcp_acceptq_park_free(struct atcp_req *req)
{
	struct sk_buff *skb;

	while ((skb = atcp_acceptq_take_seg(req)))
		kfree_skb(skb);
	if (req->park)
		kfree_rcu(req->park, rcu);
}
