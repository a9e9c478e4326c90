// SPDX-License-Identifier: GPL-2.0
/*
 * The receive queue: bytes in order wait for recvmsg in sk_receive_queue, early
 * ones in a red-black tree by sequence.
 */

#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "proto/seg.h"
#include "state/conn/fwd.h"
#include "state/conn/rcvq.h"
#include "state/shared/mib.h"

static void atcp_rcvq_mem_add(struct sock *sk, int bytes)
{
	atcp_net_mem_add(atcp_sock_net(sk), bytes);
}

/* skb->destructor of everything queued here: sock_rfree() and the namespace's figure. */
static void atcp_rcvq_rfree(struct sk_buff *skb)
{
	atcp_rcvq_mem_add(skb->sk, -(int)skb->truesize);
	sock_rfree(skb);
}

void atcp_rcvq_own(struct sock *sk, struct sk_buff *skb)
{
	skb_orphan(skb);
	skb->sk = sk;
	skb->destructor = atcp_rcvq_rfree;
	atomic_add(skb->truesize, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, skb->truesize);
	atcp_rcvq_mem_add(sk, skb->truesize);
}

void atcp_rcvq_stamp(struct sk_buff *to, const struct sk_buff *from)
{
	ktime_t hw = skb_shinfo(from)->hwtstamps.hwtstamp;

	if (from->tstamp)
		to->tstamp = from->tstamp;
	if (hw)
		skb_hwtstamps(to)->hwtstamp = hw;
}

/*
 * Appends @from's bytes to @to when they follow. @to is owned (its destructor
 * counts truesize), @from is not yet. True: @from is gone.
 */
static bool atcp_rcvq_coalesce(struct sock *sk, struct sk_buff *to, struct sk_buff *from)
{
	bool stolen;
	int delta;

	if (ATCP_CB(from)->seq != ATCP_CB(to)->end_seq)
		return false;
	if (ATCP_CB(to)->flags & ATCP_F_FIN)
		return false;
	if (!skb_try_coalesce(to, from, &stolen, &delta))
		return false;

	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	atcp_rcvq_mem_add(sk, delta);
	ATCP_SK_INC(sk, TCPRCVCOALESCE);
	ATCP_CB(to)->end_seq = ATCP_CB(from)->end_seq;
	ATCP_CB(to)->flags |= ATCP_CB(from)->flags;
	if (ATCP_CB(from)->has_ts) {
		ATCP_CB(to)->has_ts = 1;
		ATCP_CB(to)->tsval = ATCP_CB(from)->tsval;
	}
	atcp_rcvq_stamp(to, from);
	kfree_skb_partial(from, stolen);
	return true;
}

static void atcp_rcvq_advance(struct sock *sk, u32 seq)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 delta = seq - as->rcv_nxt;

	as->bytes_received += delta;
	WRITE_ONCE(as->rcv_nxt, seq);
}

void atcp_rcvq_queue(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	u32 end_seq = ATCP_CB(skb)->end_seq;

	if (!tail || !atcp_rcvq_coalesce(sk, tail, skb)) {
		__skb_queue_tail(&sk->sk_receive_queue, skb);
		atcp_rcvq_own(sk, skb);
	}
	atcp_rcvq_advance(sk, end_seq);
}

struct sk_buff *atcp_rcvq_ofo_next(struct sk_buff *skb)
{
	struct rb_node *n = rb_next(&skb->rbnode);

	return n ? rb_to_skb(n) : NULL;
}

void atcp_rcvq_ofo_erase(struct atcp_sock *as, struct sk_buff *skb)
{
	if (as->ofo_last == skb) {
		struct rb_node *prev = rb_prev(&skb->rbnode);

		as->ofo_last = prev ? rb_to_skb(prev) : NULL;
	}
	rb_erase(&skb->rbnode, &as->ofo);
	/* Its place in the tree was where next, prev and dev are. */
	skb->next = NULL;
	skb->prev = NULL;
	skb->dev = NULL;
}

/* Reports what came twice (RFC 2883), if that is wanted; counted once an ACK. */
static void atcp_rcvq_dsack(struct sock *sk, u32 start, u32 end)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!as->sack_ok || !READ_ONCE(atcp_sock_net(sk)->sysctl.dsack))
		return;
	if (!as->sack_rx.has_dsack) {
		if (atcp_seq_before(start, as->rcv_nxt))
			ATCP_SK_INC(sk, TCPDSACKOLDSENT);
		else
			ATCP_SK_INC(sk, TCPDSACKOFOSENT);
	}
	atcp_sack_rx_dsack(&as->sack_rx, start, end);
}

/* Removes what @skb covers wholly from behind it, so that ranges stay disjoint at the front. */
static void atcp_rcvq_ofo_swallow(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *next;

	while ((next = atcp_rcvq_ofo_next(skb))) {
		if (!atcp_seq_after(ATCP_CB(skb)->end_seq, ATCP_CB(next)->seq))
			break;
		if (atcp_seq_before(ATCP_CB(skb)->end_seq, ATCP_CB(next)->end_seq)) {
			atcp_rcvq_dsack(sk, ATCP_CB(next)->seq, ATCP_CB(skb)->end_seq);
			break;
		}
		atcp_rcvq_dsack(sk, ATCP_CB(next)->seq, ATCP_CB(next)->end_seq);
		atcp_rcvq_ofo_erase(as, next);
		ATCP_SK_INC(sk, TCPOFOMERGE);
		atcp_mib_drop(sock_net(sk), next, ATCP_DROP_OFO_DUP);
	}
}

bool atcp_rcvq_ofo_insert(struct sock *sk, struct sk_buff *skb)
{
	struct rb_node **p = &atcp_sk(sk)->ofo.rb_node, *parent = NULL;
	struct atcp_sock *as = atcp_sk(sk);
	u32 seq = ATCP_CB(skb)->seq, end_seq = ATCP_CB(skb)->end_seq;
	struct sk_buff *at;

	ATCP_SK_INC(sk, TCPOFOQUEUE);

	/* Mostly it goes on where the last one ended. */
	at = as->ofo_last;
	if (at && atcp_rcvq_coalesce(sk, at, skb))
		return atcp_sack_rx_add(&as->sack_rx, seq, end_seq);
	if (at && !atcp_seq_before(seq, ATCP_CB(at)->end_seq)) {
		parent = &at->rbnode;
		p = &parent->rb_right;
		goto insert;
	}

	while (*p) {
		parent = *p;
		at = rb_to_skb(parent);
		if (atcp_seq_before(seq, ATCP_CB(at)->seq)) {
			p = &parent->rb_left;
			continue;
		}
		if (atcp_seq_before(seq, ATCP_CB(at)->end_seq)) {
			if (!atcp_seq_after(end_seq, ATCP_CB(at)->end_seq)) {
				/* A FIN's number alone is no text that came twice. */
				if (skb->len)
					atcp_rcvq_dsack(sk, seq, end_seq);
				/* Second comes the block that it is part of (RFC 2883 4.1). */
				atcp_sack_rx_add(&as->sack_rx, ATCP_CB(at)->seq,
						 ATCP_CB(at)->end_seq);
				atcp_mib_drop(sock_net(sk), skb, ATCP_DROP_OFO_DUP);
				return true;
			}
			atcp_rcvq_dsack(sk, seq, ATCP_CB(at)->end_seq);
			if (seq == ATCP_CB(at)->seq) {
				/* Same start and longer: takes the other's place. */
				rb_replace_node(&at->rbnode, &skb->rbnode, &as->ofo);
				if (as->ofo_last == at)
					as->ofo_last = skb;
				at->next = NULL;
				at->prev = NULL;
				at->dev = NULL;
				atcp_mib_drop(sock_net(sk), at, ATCP_DROP_OFO_DUP);
				goto linked;
			}
		} else if (atcp_rcvq_coalesce(sk, at, skb)) {
			skb = at;
			goto merged;
		}
		p = &parent->rb_right;
	}
insert:
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, &as->ofo);
linked:
	atcp_rcvq_own(sk, skb);
merged:
	atcp_rcvq_ofo_swallow(sk, skb);
	if (!atcp_rcvq_ofo_next(skb))
		as->ofo_last = skb;
	return atcp_sack_rx_add(&as->sack_rx, seq, end_seq);
}

bool atcp_rcvq_ofo_drain(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 high = as->rcv_nxt;
	struct rb_node *n;
	bool fin = false;

	while ((n = rb_first(&as->ofo))) {
		struct sk_buff *skb = rb_to_skb(n), *tail;

		if (atcp_seq_after(ATCP_CB(skb)->seq, as->rcv_nxt))
			break;
		atcp_rcvq_ofo_erase(as, skb);
		/* What came in order just now had come before, or the beginning of it. */
		if (atcp_seq_before(ATCP_CB(skb)->seq, high))
			atcp_rcvq_dsack(sk, ATCP_CB(skb)->seq,
					atcp_seq_min(ATCP_CB(skb)->end_seq, high));
		if (!atcp_seq_after(ATCP_CB(skb)->end_seq, as->rcv_nxt)) {
			atcp_mib_drop(sock_net(sk), skb, ATCP_DROP_OFO_DUP);
			continue;
		}
		fin = ATCP_CB(skb)->flags & ATCP_F_FIN;
		tail = skb_peek_tail(&sk->sk_receive_queue);
		atcp_rcvq_advance(sk, ATCP_CB(skb)->end_seq);
		if (tail && ATCP_CB(skb)->seq == ATCP_CB(tail)->end_seq) {
			/* The merge charges anew: give this one's charge back first. */
			skb_orphan(skb);
			if (atcp_rcvq_coalesce(sk, tail, skb))
				goto next;
			atcp_rcvq_own(sk, skb);
		}
		__skb_queue_tail(&sk->sk_receive_queue, skb);
next:
		if (fin) {
			/* Nothing can follow a FIN. */
			break;
		}
	}
	atcp_sack_rx_trim(&as->sack_rx, as->rcv_nxt);
	return fin;
}

void atcp_rcvq_eat(struct sock *sk, struct sk_buff *skb)
{
	__skb_unlink(skb, &sk->sk_receive_queue);
	__kfree_skb(skb);
}

void atcp_rcvq_read_up(struct sock *sk, struct sk_buff *skb)
{
	__skb_unlink(skb, &sk->sk_receive_queue);
	/* As its destructor would. */
	atomic_sub(skb->truesize, &sk->sk_rmem_alloc);
	atcp_fwd_put(sk, skb->truesize);
	atcp_rcvq_mem_add(sk, -(int)skb->truesize);
	skb->destructor = NULL;
	skb->sk = NULL;
	__kfree_skb(skb);
}

void atcp_rcvq_ofo_purge(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct rb_node *n;

	while ((n = rb_first(&as->ofo))) {
		struct sk_buff *skb = rb_to_skb(n);

		atcp_rcvq_ofo_erase(as, skb);
		kfree_skb(skb);
	}
	as->ofo_last = NULL;
	memset(&as->sack_rx, 0, sizeof(as->sack_rx));
}

void atcp_rcvq_purge(struct sock *sk)
{
	__skb_queue_purge(&sk->sk_receive_queue);
	atcp_rcvq_ofo_purge(sk);
}
