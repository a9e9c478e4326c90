// SPDX-License-Identifier: GPL-2.0
/*
 * The receive queue: bytes in order wait for recvmsg in sk_receive_queue, early
 * ones in a red-black tree by sequence; memory for both, and how far the window
 * opens for it.
 */

#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "proto/seg.h"
#include "proto/wnd.h"
#include "state/conn/rcvq.h"
#include "state/shared/memcg.h"
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

static void atcp_rcvq_own(struct sock *sk, struct sk_buff *skb)
{
	skb_orphan(skb);
	skb->sk = sk;
	skb->destructor = atcp_rcvq_rfree;
	atomic_add(skb->truesize, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, skb->truesize);
	atcp_rcvq_mem_add(sk, skb->truesize);
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

static struct sk_buff *atcp_rcvq_ofo_next(struct sk_buff *skb)
{
	struct rb_node *n = rb_next(&skb->rbnode);

	return n ? rb_to_skb(n) : NULL;
}

static void atcp_rcvq_ofo_erase(struct atcp_sock *as, struct sk_buff *skb)
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

void atcp_rcvq_ofo_insert(struct sock *sk, struct sk_buff *skb)
{
	struct rb_node **p = &atcp_sk(sk)->ofo.rb_node, *parent = NULL;
	struct atcp_sock *as = atcp_sk(sk);
	u32 seq = ATCP_CB(skb)->seq, end_seq = ATCP_CB(skb)->end_seq;
	struct sk_buff *at;

	ATCP_SK_INC(sk, TCPOFOQUEUE);

	/* Mostly it goes on where the last one ended. */
	at = as->ofo_last;
	if (at && atcp_rcvq_coalesce(sk, at, skb)) {
		atcp_sack_rx_add(&as->sack_rx, seq, end_seq);
		return;
	}
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
				atcp_rcvq_dsack(sk, seq, end_seq);
				/* Second comes the block that it is part of (RFC 2883 4.1). */
				atcp_sack_rx_add(&as->sack_rx, ATCP_CB(at)->seq,
						 ATCP_CB(at)->end_seq);
				atcp_mib_drop(sock_net(sk), skb, ATCP_DROP_OFO_DUP);
				return;
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
	atcp_sack_rx_add(&as->sack_rx, seq, end_seq);
}

bool atcp_rcvq_ofo_drain(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct rb_node *n;
	bool fin = false;

	while ((n = rb_first(&as->ofo))) {
		struct sk_buff *skb = rb_to_skb(n), *tail;

		if (atcp_seq_after(ATCP_CB(skb)->seq, as->rcv_nxt))
			break;
		atcp_rcvq_ofo_erase(as, skb);
		if (!atcp_seq_after(ATCP_CB(skb)->end_seq, as->rcv_nxt)) {
			atcp_rcvq_dsack(sk, ATCP_CB(skb)->seq, ATCP_CB(skb)->end_seq);
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

/* Frees the farthest early segments until the buffer has room again. */
static void atcp_rcvq_ofo_prune(struct sock *sk, bool all)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool pruned = false;
	struct sk_buff *skb;

	while ((skb = as->ofo_last)) {
		if (!all && atomic_read(&sk->sk_rmem_alloc) <= sk->sk_rcvbuf - sk->sk_rcvbuf / 8)
			break;
		atcp_rcvq_ofo_erase(as, skb);
		atcp_mib_drop(sock_net(sk), skb, ATCP_DROP_OFO_FULL);
		pruned = true;
	}
	if (pruned) {
		ATCP_SK_INC(sk, OFOPRUNED);
		/* RFC 2018 section 8: blocks of what we gave up are not sent any more. */
		memset(&as->sack_rx, 0, sizeof(as->sack_rx));
	}
}

/* Memory is short: the window is no more than what keeps the connection going. */
static void atcp_rcvq_shrink(struct atcp_sock *as)
{
	as->rcv_ssthresh = min_t(u32, as->rcv_ssthresh, 4U * as->advmss);
}

void atcp_rcvq_pressure(struct sock *sk)
{
	if (atcp_rcvq_free_space(sk) < atcp_rcvq_full_space(sk) >> 1 && atcp_memcg_pressed(sk))
		atcp_rcvq_shrink(atcp_sk(sk));
}

bool atcp_rcvq_mem_ok(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool early = ATCP_CB(skb)->seq != as->rcv_nxt;

	if (atcp_sock_mem_over(sk) &&
	    atomic_read(&sk->sk_rmem_alloc)) {
		ATCP_SK_INC(sk, TCPMEMORYPRESSURES);
		atcp_rcvq_shrink(as);
		if (early)
			return false;
		atcp_rcvq_ofo_prune(sk, true);
		/* Something must be able to move on: what is next in order is taken. */
		if (!skb_queue_empty(&sk->sk_receive_queue))
			return false;
	}
	if (atomic_read(&sk->sk_rmem_alloc) > sk->sk_rcvbuf) {
		ATCP_SK_INC(sk, PRUNECALLED);
		atcp_rcvq_shrink(as);
		if (early)
			return false;
		atcp_rcvq_ofo_prune(sk, false);
		/*
		 * The window promised room for it. Small segments cost more than
		 * the half of the buffer that is kept for that: up to twice it.
		 */
		if (atomic_read(&sk->sk_rmem_alloc) >> 1 > sk->sk_rcvbuf) {
			ATCP_SK_INC(sk, RCVPRUNED);
			return false;
		}
	}
	if (atcp_memcg_pressed(sk))
		atcp_rcvq_shrink(as);
	if (sk_rmem_schedule(sk, skb, skb->truesize))
		return true;
	/* As above: out of order nothing is taken, in order what lets it move on. */
	if (early)
		return false;
	atcp_rcvq_ofo_prune(sk, true);
	if (!skb_queue_empty(&sk->sk_receive_queue))
		return sk_rmem_schedule(sk, skb, skb->truesize);
	atcp_memcg_force(sk, skb->truesize);
	return true;
}

void atcp_rcvq_eat(struct sock *sk, struct sk_buff *skb)
{
	__skb_unlink(skb, &sk->sk_receive_queue);
	__kfree_skb(skb);
}

void atcp_rcvq_purge(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct rb_node *n;

	__skb_queue_purge(&sk->sk_receive_queue);
	while ((n = rb_first(&as->ofo))) {
		struct sk_buff *skb = rb_to_skb(n);

		atcp_rcvq_ofo_erase(as, skb);
		kfree_skb(skb);
	}
	as->ofo_last = NULL;
	memset(&as->sack_rx, 0, sizeof(as->sack_rx));
}

int atcp_rcvq_free_space(const struct sock *sk)
{
	return atcp_wnd_from_space(READ_ONCE(sk->sk_rcvbuf) -
				   READ_ONCE(sk->sk_backlog.len) -
				   atomic_read(&sk->sk_rmem_alloc));
}

int atcp_rcvq_full_space(const struct sock *sk)
{
	return atcp_wnd_from_space(READ_ONCE(sk->sk_rcvbuf));
}

void atcp_rcvq_init_space(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	int max = atcp_rcvq_full_space(sk);

	as->rcvq_space.space = min3(as->rcv_ssthresh, as->rcv_wnd, 10U * as->advmss);
	as->rcvq_space.seq = as->copied_seq;
	as->rcvq_space.time_us = atcp_sock_now_us();
	if (as->window_clamp >= max) {
		as->window_clamp = max;
		if (max > 4 * as->advmss)
			as->window_clamp = max(max - (max >> 2), 4 * as->advmss);
	}
	as->rcv_ssthresh = min(as->rcv_ssthresh, as->window_clamp);
}

/*
 * By how much a segment of @len bytes opens the window. One that costs more than
 * it carries still counts while the window is small (Linux's __tcp_grow_window).
 */
static u32 atcp_rcvq_grow_by(const struct sock *sk, u32 truesize, u32 len)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	const struct atcp_sock *as = atcp_sk(sk);
	u32 window = atcp_wnd_from_space(READ_ONCE(an->sysctl.rmem[2])) >> 1;
	u32 cost = atcp_wnd_from_space(truesize);

	if (cost <= len)
		return max_t(u32, 2 * as->advmss, len);
	for (cost >>= 1; as->rcv_ssthresh <= window; cost >>= 1, window >>= 1) {
		if (cost <= len)
			return 2 * as->rcv_mss;
	}
	return 0;
}

/*
 * Opens the window by two segments for each that came with reasonable
 * overhead: the sender's slow start seen from here (RFC 9293 3.8.6 leaves it
 * to us; Linux's tcp_grow_window).
 */
void atcp_rcvq_grow_window(struct sock *sk, const struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 len = skb->len;
	int room;

	if (len >= as->rcv_mss)
		as->rcv_mss = min_t(u32, skb_shinfo(skb)->gso_size ?: len, as->advmss);

	room = min_t(int, as->window_clamp, atcp_rcvq_full_space(sk)) - as->rcv_ssthresh;
	if (room <= 0 || atomic_read(&sk->sk_rmem_alloc) > sk->sk_rcvbuf / 2 ||
	    atcp_memcg_pressed(sk))
		return;
	as->rcv_ssthresh += min_t(int, room, atcp_rcvq_grow_by(sk, skb->truesize, len));
}

/* One RTT as the receiver sees it: by timestamps, else the time a window takes. */
void atcp_rcvq_rtt_update(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 sample;

	if (as->ts_ok && as->ts_lastecr) {
		u32 delta = atcp_sock_ts_now() + as->ts_off - as->ts_lastecr;

		if (delta >= 1U << 20)
			return;
		sample = max(delta, 1U) * USEC_PER_MSEC;
	} else {
		u64 now = atcp_sock_now_us();

		if (as->rcvq_space.rtt_time_us &&
		    atcp_seq_before(as->rcv_nxt, as->rcvq_space.rtt_seq))
			return;
		sample = as->rcvq_space.rtt_time_us ?
			 now - as->rcvq_space.rtt_time_us : 0;
		as->rcvq_space.rtt_seq = as->rcv_nxt + as->rcv_wnd;
		as->rcvq_space.rtt_time_us = now;
		if (!sample)
			return;
	}
	if (!as->rcvq_space.rtt_us || sample < as->rcvq_space.rtt_us)
		as->rcvq_space.rtt_us = sample;
	else
		as->rcvq_space.rtt_us += ((s32)(sample - as->rcvq_space.rtt_us)) >> 3;
}

/* Dynamic right-sizing: twice what was read in the last RTT, as tcp_rcv_space_adjust(). */
void atcp_rcvq_space_adjust(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 copied;
	u64 now;

	if (!as->rcvq_space.rtt_us)
		return;
	now = atcp_sock_now_us();
	if (now - as->rcvq_space.time_us < as->rcvq_space.rtt_us)
		return;
	copied = as->copied_seq - as->rcvq_space.seq;
	if (copied <= as->rcvq_space.space)
		goto next;

	if (READ_ONCE(an->sysctl.moderate_rcvbuf) &&
	    !(sk->sk_userlocks & SOCK_RCVBUF_LOCK)) {
		u64 win = ((u64)copied << 1) + 16 * as->advmss, grow;
		int buf;

		/* The sender doubles in slow start: leave room for it. */
		grow = win * (copied - as->rcvq_space.space);
		do_div(grow, max(as->rcvq_space.space, 1U));
		win += grow << 1;
		buf = min_t(u64, atcp_wnd_space_from(min_t(u64, win, INT_MAX / 2)),
			    READ_ONCE(an->sysctl.rmem[2]));
		if (buf > sk->sk_rcvbuf) {
			WRITE_ONCE(sk->sk_rcvbuf, buf);
			as->window_clamp = max(as->window_clamp, atcp_wnd_from_space(buf));
		}
	}
	as->rcvq_space.space = copied;
next:
	as->rcvq_space.seq = as->copied_seq;
	as->rcvq_space.time_us = now;
}
