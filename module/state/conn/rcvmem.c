// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for what arrives. When the receive buffer is full, what small segments waste is won
 * back first, by copying their bytes together: the window has promised room for bytes and not
 * for what holds them. Then early segments are given up, the farthest first: the peer sends
 * them again (RFC 2018 section 8). Only then what comes is dropped.
 */
#include "state/conn/rcvmem.h"

#include <linux/skbuff.h>
#include <net/sock.h>

#include "proto/seg.h"
#include "proto/seq.h"
#include "proto/wnd.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/rcvq.h"
#include "state/shared/memcg.h"
#include "state/shared/mib.h"

static bool atcp_rcvmem_fits(const struct sock *sk)
{
	return atomic_read(&sk->sk_rmem_alloc) <= sk->sk_rcvbuf;
}

/* Bytes from *@seq on of @in's first into @to, as far as it has room; what is used up is freed. */
static void atcp_rcvmem_copy(struct sock *sk, struct sk_buff_head *in, struct sk_buff *to, u32 *seq)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(in))) {
		int off = *seq - ATCP_CB(skb)->seq;
		int len = min_t(int, ATCP_CB(skb)->end_seq - *seq, skb_tailroom(to));

		if (len > 0) {
			if (WARN_ON_ONCE(skb_copy_bits(skb, off, skb_tail_pointer(to), len)))
				return;
			skb_put(to, len);
			*seq += len;
			ATCP_CB(to)->end_seq = *seq;
			ATCP_CB(to)->flags |= ATCP_CB(skb)->flags;
			atcp_rcvq_stamp(to, skb);
		}
		if (atcp_seq_before(*seq, ATCP_CB(skb)->end_seq))
			return;
		__skb_unlink(skb, in);
		consume_skb(skb);
		ATCP_SK_INC(sk, TCPRCVCOLLAPSED);
	}
}

/*
 * What the skbs of @in hold from @seq on, without a gap, goes to @out in as few as can be. When
 * there is no memory for these the rest goes there as it is.
 */
static void atcp_rcvmem_pack(struct sock *sk, struct sk_buff_head *in, struct sk_buff_head *out,
			     u32 seq)
{
	u32 end = ATCP_CB(skb_peek_tail(in))->end_seq;
	struct sk_buff *skb, *to;

	skb_queue_walk(in, skb)
		end = atcp_seq_max(end, ATCP_CB(skb)->end_seq);
	while ((skb = skb_peek(in))) {
		int size = min_t(u32, end - seq, SKB_MAX_ORDER(0, 0));

		to = size > 0 ? alloc_skb(size, GFP_ATOMIC | __GFP_NOWARN) : NULL;
		if (!to)
			break;
		memcpy(to->cb, skb->cb, sizeof(to->cb));
		ATCP_CB(to)->seq = seq;
		ATCP_CB(to)->end_seq = seq;
		ATCP_CB(to)->flags = 0;
		atcp_rcvq_own(sk, to);
		__skb_queue_tail(out, to);
		atcp_rcvmem_copy(sk, in, to, &seq);
		if (!to->len) {
			__skb_unlink(to, out);
			kfree_skb(to);
			break;
		}
	}
	skb_queue_splice_tail_init(in, out);
}

/* Is it worth copying? A FIN's number is no byte: it stays alone. */
static bool atcp_rcvmem_loose(const struct sk_buff *skb)
{
	return !(ATCP_CB(skb)->flags & ATCP_F_FIN) && skb->truesize / 2 > skb->len;
}

/* The receive queue, from the first that wastes memory on. */
static void atcp_rcvmem_pack_queue(struct sock *sk)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue, in, out, rest;
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb, *next;
	u32 seq;

	__skb_queue_head_init(&in);
	__skb_queue_head_init(&out);
	__skb_queue_head_init(&rest);
	skb_queue_walk_safe(queue, skb, next) {
		if (skb_queue_empty(&in) && !atcp_rcvmem_loose(skb))
			continue;
		__skb_unlink(skb, queue);
		if (ATCP_CB(skb)->flags & ATCP_F_FIN)
			__skb_queue_tail(&rest, skb);
		else
			__skb_queue_tail(&in, skb);
	}
	skb = skb_peek(&in);
	if (skb) {
		/* What the reader has taken of it is not copied. */
		seq = atcp_seq_max(ATCP_CB(skb)->seq, as->copied_seq);
		atcp_rcvmem_pack(sk, &in, &out, seq);
	}
	skb_queue_splice_tail_init(&out, queue);
	skb_queue_splice_tail_init(&rest, queue);
}

static void atcp_rcvmem_plant(struct atcp_sock *as, struct sk_buff *skb)
{
	struct rb_node **p = &as->ofo.rb_node, *parent = NULL;

	while (*p) {
		parent = *p;
		p = atcp_seq_before(ATCP_CB(skb)->seq, ATCP_CB(rb_to_skb(parent))->seq) ?
		    &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, &as->ofo);
}

/* The early ones from @skb up to, but without, @stop, which follow each other. */
static void atcp_rcvmem_pack_run(struct sock *sk, struct sk_buff *skb, const struct sk_buff *stop)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 seq = ATCP_CB(skb)->seq;
	struct sk_buff_head in, out;
	struct sk_buff *next;

	__skb_queue_head_init(&in);
	__skb_queue_head_init(&out);
	for (; skb && skb != stop; skb = next) {
		next = atcp_rcvq_ofo_next(skb);
		atcp_rcvq_ofo_erase(as, skb);
		__skb_queue_tail(&in, skb);
	}
	atcp_rcvmem_pack(sk, &in, &out, seq);
	while ((skb = __skb_dequeue(&out)))
		atcp_rcvmem_plant(as, skb);
}

/*
 * The out-of-order tree, each run of segments without a gap for itself. Many small ones that are
 * alone are not worth the walk: where they hold an eighth of the buffer it ends.
 */
static void atcp_rcvmem_pack_early(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct rb_node *n = rb_first(&as->ofo);
	struct sk_buff *skb = n ? rb_to_skb(n) : NULL;
	int tiny = 0;

	while (skb) {
		struct sk_buff *head = skb;
		u32 end = ATCP_CB(skb)->end_seq, cost = skb->truesize;
		bool fin = ATCP_CB(skb)->flags & ATCP_F_FIN;

		while ((skb = atcp_rcvq_ofo_next(skb)) && !fin &&
		       !(ATCP_CB(skb)->flags & ATCP_F_FIN) &&
		       !atcp_seq_after(ATCP_CB(skb)->seq, end)) {
			end = atcp_seq_max(end, ATCP_CB(skb)->end_seq);
			cost += skb->truesize;
		}
		if (fin)
			continue;
		if (cost != head->truesize && cost / 2 > end - ATCP_CB(head)->seq)
			atcp_rcvmem_pack_run(sk, head, skb);
		else if (cost == head->truesize)
			tiny += cost;
		if (tiny > sk->sk_rcvbuf >> 3)
			break;
	}
	n = rb_last(&as->ofo);
	as->ofo_last = n ? rb_to_skb(n) : NULL;
}

/* Gives up early segments, an eighth of the buffer at a time, but none before @skb. */
static void atcp_rcvmem_prune(struct sock *sk, const struct sk_buff *skb, bool all)
{
	struct atcp_sock *as = atcp_sk(sk);
	int goal = sk->sk_rcvbuf >> 3;
	bool pruned = false;
	struct sk_buff *last;

	while ((last = as->ofo_last)) {
		if (atcp_seq_after(ATCP_CB(skb)->seq, ATCP_CB(last)->seq))
			break;
		atcp_rcvq_ofo_erase(as, last);
		goal -= last->truesize;
		atcp_mib_drop(sock_net(sk), last, ATCP_DROP_OFO_FULL);
		pruned = true;
		if (goal > 0 || all)
			continue;
		if (atcp_rcvmem_fits(sk) && !atcp_memcg_pressed(sk))
			break;
		goal = sk->sk_rcvbuf >> 3;
	}
	if (pruned) {
		ATCP_SK_INC(sk, OFOPRUNED);
		/* RFC 2018 section 8: blocks of what we gave up are not sent any more. */
		memset(&as->sack_rx, 0, sizeof(as->sack_rx));
	}
}

static void atcp_rcvmem_pack_all(struct sock *sk)
{
	atcp_rcvmem_pack_early(sk);
	atcp_rcvmem_pack_queue(sk);
}

/* The buffer is full: it may grow to what is in it, or the window gets small. */
static void atcp_rcvmem_clamp(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	int most = READ_ONCE(an->sysctl.rmem[2]);
	struct atcp_sock *as = atcp_sk(sk);

	as->quickack = 0;
	if (sk->sk_rcvbuf < most && !(sk->sk_userlocks & SOCK_RCVBUF_LOCK) &&
	    !atcp_memcg_pressed(sk) && !atcp_net_mem_over(an, READ_ONCE(an->sysctl.mem[0])))
		WRITE_ONCE(sk->sk_rcvbuf, min(atomic_read(&sk->sk_rmem_alloc), most));
	if (!atcp_rcvmem_fits(sk))
		as->rcv_ssthresh = min_t(u32, as->window_clamp, 2U * as->advmss);
}

/* The socket's own buffer: false if there is no room left in it. */
static bool atcp_rcvmem_own(struct sock *sk, const struct sk_buff *skb)
{
	if (atcp_rcvmem_fits(sk))
		return true;
	ATCP_SK_INC(sk, PRUNECALLED);
	atcp_rcvmem_clamp(sk);
	if (atcp_rcvmem_fits(sk))
		return true;
	atcp_rcvmem_pack_all(sk);
	if (atcp_rcvmem_fits(sk))
		return true;
	atcp_rcvmem_prune(sk, skb, false);
	if (atcp_rcvmem_fits(sk))
		return true;
	ATCP_SK_INC(sk, RCVPRUNED);
	return false;
}

bool atcp_rcvmem_ok(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool early = ATCP_CB(skb)->seq != as->rcv_nxt;
	/* Something must be able to move on: what is next in order is taken. */
	bool must = !early && skb_queue_empty(&sk->sk_receive_queue);

	if (atcp_sock_mem_over(sk) && atomic_read(&sk->sk_rmem_alloc)) {
		ATCP_SK_BAD(sk, TCPMEMORYPRESSURES);
		atcp_rcvbuf_shrink(as);
		atcp_rcvmem_pack_all(sk);
		if (atcp_sock_mem_over(sk)) {
			if (early)
				return false;
			atcp_rcvmem_prune(sk, skb, true);
			if (!must)
				return false;
		}
	}
	if (!atcp_rcvmem_own(sk, skb) && !must)
		return false;
	if (atcp_memcg_pressed(sk))
		atcp_rcvbuf_shrink(as);
	if (sk_rmem_schedule(sk, skb, skb->truesize))
		return true;
	atcp_rcvmem_pack_all(sk);
	atcp_rcvmem_prune(sk, skb, true);
	if (sk_rmem_schedule(sk, skb, skb->truesize))
		return true;
	if (!must)
		return false;
	atcp_memcg_force(sk, skb->truesize);
	return true;
}
