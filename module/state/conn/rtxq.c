// SPDX-License-Identifier: GPL-2.0
/*
 * What was sent and is not acknowledged.
 *
 * A tree by sequence holds all of it, so that what a SACK block names is found in O(log n). Each
 * skb is besides in one of two lists, or in none:
 *
 *   sent   in flight, in order of (the last) transmission: RACK looks at its beginning,
 *          which was sent longest ago, and stops at the first that is not overdue
 *   lost   taken for lost and not sent again, in order of sequence: what is to be sent again
 *   none   SACKed: nobody asks for it until it is acknowledged
 *
 * RACK's suspects are the beginning of "sent", and grow only at its end: where they end is kept.
 *
 * So the work for an ACK is in proportion to what it acknowledges, SACKs or marks, whatever is in
 * flight.
 *
 * An skb in the tree uses skb->rbnode, which shares its place with next, prev and dev, and
 * tcp_tsorted_anchor, which shares its place with the route and the destructor: who clones it
 * must not let these be copied (atcp_sndq_clone()).
 */

#include <linux/skbuff.h>
#include <net/tcp.h>

#include "proto/seq.h"
#include "state/conn/rtxq.h"

void atcp_rtxq_init(struct atcp_rtxq *q)
{
	q->tree = RB_ROOT;
	INIT_LIST_HEAD(&q->sent);
	INIT_LIST_HEAD(&q->lost);
	q->suspect = NULL;
}

/* @skb leaves its list, or goes to another place in it: the suspects end before it. */
static void atcp_rtxq_leave(struct atcp_sock *as, struct sk_buff *skb)
{
	struct sk_buff *prev;

	if (as->rtxq.suspect != skb)
		return;
	prev = list_prev_entry(skb, tcp_tsorted_anchor);
	as->rtxq.suspect = &prev->tcp_tsorted_anchor == &as->rtxq.sent ? NULL : prev;
}

static bool atcp_rtxq_waits(const struct sk_buff *skb)
{
	return (ATCP_CB(skb)->sacked & (ATCP_CB_LOST | ATCP_CB_RETRANS)) == ATCP_CB_LOST;
}

static void atcp_rtxq_link(struct atcp_sock *as, struct sk_buff *skb)
{
	struct rb_node **p = &as->rtxq.tree.rb_node, *parent = NULL;

	while (*p) {
		parent = *p;
		if (atcp_seq_before(ATCP_CB(skb)->seq, ATCP_CB(rb_to_skb(parent))->seq))
			p = &parent->rb_left;
		else
			p = &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, &as->rtxq.tree);
}

void atcp_rtxq_add(struct atcp_sock *as, struct sk_buff *skb)
{
	atcp_rtxq_link(as, skb);
	list_add_tail(&skb->tcp_tsorted_anchor, &as->rtxq.sent);
}

void atcp_rtxq_add_rest(struct atcp_sock *as, struct sk_buff *skb, struct sk_buff *rest)
{
	atcp_rtxq_link(as, rest);
	if (list_empty(&skb->tcp_tsorted_anchor))
		INIT_LIST_HEAD(&rest->tcp_tsorted_anchor);
	else
		list_add(&rest->tcp_tsorted_anchor, &skb->tcp_tsorted_anchor);
}

void atcp_rtxq_del(struct atcp_sock *as, struct sk_buff *skb)
{
	atcp_rtxq_leave(as, skb);
	list_del(&skb->tcp_tsorted_anchor);
	tcp_skb_tsorted_anchor_cleanup(skb);
	rb_erase(&skb->rbnode, &as->rtxq.tree);
	skb->dev = NULL;
}

struct sk_buff *atcp_rtxq_find(const struct atcp_sock *as, u32 seq)
{
	struct rb_node *p = as->rtxq.tree.rb_node;
	struct sk_buff *found = NULL;

	while (p) {
		struct sk_buff *skb = rb_to_skb(p);

		if (atcp_seq_after(ATCP_CB(skb)->end_seq, seq)) {
			found = skb;
			p = p->rb_left;
		} else {
			p = p->rb_right;
		}
	}
	return found;
}

void atcp_rtxq_adjust(struct atcp_sock *as, const struct sk_buff *skb, int diff)
{
	u8 sacked = ATCP_CB(skb)->sacked;

	as->packets_out += diff;
	if (sacked & ATCP_CB_SACKED)
		as->sacked_out += diff;
	if (sacked & ATCP_CB_LOST)
		as->lost_out += diff;
	if (sacked & ATCP_CB_RETRANS)
		as->retrans_out += diff;
}

/* Takes the marks in @which off @skb, and its segments off their counts. */
static void atcp_rtxq_unmark(struct atcp_sock *as, struct sk_buff *skb, u8 which)
{
	struct atcp_cb *cb = ATCP_CB(skb);

	which &= cb->sacked;
	if (which & ATCP_CB_LOST)
		as->lost_out -= cb->segs;
	if (which & ATCP_CB_RETRANS)
		as->retrans_out -= cb->segs;
	cb->sacked &= ~which;
}

void atcp_rtxq_sacked(struct atcp_sock *as, struct sk_buff *skb)
{
	/* If an undo found that it was not lost, the original came: the other is on its way. */
	if (ATCP_CB(skb)->sacked & ATCP_CB_LOST)
		atcp_rtxq_unmark(as, skb, ATCP_CB_LOST | ATCP_CB_RETRANS);
	ATCP_CB(skb)->sacked |= ATCP_CB_SACKED;
	as->sacked_out += ATCP_CB(skb)->segs;
	atcp_rtxq_leave(as, skb);
	list_del_init(&skb->tcp_tsorted_anchor);
}

void atcp_rtxq_arrived_again(struct atcp_sock *as, struct sk_buff *skb)
{
	atcp_rtxq_unmark(as, skb, ATCP_CB_RETRANS);
}

void atcp_rtxq_moved(struct atcp_sock *as, const struct sk_buff *to, const struct sk_buff *from,
		     u16 segs)
{
	atcp_rtxq_adjust(as, from, -segs);
	atcp_rtxq_adjust(as, to, segs);
}

/*
 * Where @skb belongs in the list of the lost. Losses are found in order of sending, which mostly
 * is that of sequence: then it is the end. Retransmissions that are lost again come before
 * others: one that is lost is looked for on both sides of it, and what is lost together is close
 * together.
 */
static struct list_head *atcp_rtxq_lost_before(struct atcp_sock *as, struct sk_buff *skb)
{
	struct sk_buff *last, *prev = skb, *next = skb;

	if (list_empty(&as->rtxq.lost))
		return &as->rtxq.lost;
	last = list_last_entry(&as->rtxq.lost, struct sk_buff, tcp_tsorted_anchor);
	if (atcp_seq_before(ATCP_CB(last)->seq, ATCP_CB(skb)->seq))
		return &last->tcp_tsorted_anchor;
	/* @last is behind @skb: one of the two walks finds something. */
	for (;;) {
		prev = prev ? atcp_rtxq_prev(prev) : NULL;
		if (prev && atcp_rtxq_waits(prev))
			return &prev->tcp_tsorted_anchor;
		next = atcp_rtxq_next(next);
		if (atcp_rtxq_waits(next))
			return next->tcp_tsorted_anchor.prev;
	}
}

void atcp_rtxq_lost(struct atcp_sock *as, struct sk_buff *skb)
{
	struct atcp_cb *cb = ATCP_CB(skb);
	struct list_head *before;

	if (atcp_rtxq_waits(skb))
		return;
	atcp_rtxq_unmark(as, skb, ATCP_CB_RETRANS);
	if (!(cb->sacked & ATCP_CB_LOST))
		as->lost_out += cb->segs;
	/* Not marked yet: the place is looked for among those that are. */
	cb->sacked &= ~ATCP_CB_LOST;
	before = atcp_rtxq_lost_before(as, skb);
	cb->sacked |= ATCP_CB_LOST;
	as->lost += cb->segs;
	atcp_rtxq_leave(as, skb);
	list_move(&skb->tcp_tsorted_anchor, before);
}

static u64 atcp_rtxq_xmit_us(const struct list_head *anchor)
{
	return ATCP_CB(list_entry(anchor, struct sk_buff, tcp_tsorted_anchor))->xmit_us;
}

/*
 * Nothing was lost: what waits to be sent again is in flight once more, since the time at which
 * it was sent. Both lists are mostly in that order, so they are merged in one walk. What was sent
 * again is so for nothing.
 */
void atcp_rtxq_not_lost(struct atcp_sock *as)
{
	struct list_head *pos = as->rtxq.sent.next;
	struct sk_buff *skb, *next;
	u64 last_us = 0;

	list_for_each_entry(skb, &as->rtxq.sent, tcp_tsorted_anchor)
		atcp_rtxq_unmark(as, skb, ATCP_CB_LOST);
	list_for_each_entry_safe(skb, next, &as->rtxq.lost, tcp_tsorted_anchor) {
		u64 xmit_us = ATCP_CB(skb)->xmit_us;

		atcp_rtxq_unmark(as, skb, ATCP_CB_LOST);
		if (xmit_us < last_us)
			pos = as->rtxq.sent.next;
		last_us = xmit_us;
		while (pos != &as->rtxq.sent && atcp_rtxq_xmit_us(pos) <= xmit_us)
			pos = pos->next;
		list_move_tail(&skb->tcp_tsorted_anchor, pos);
	}
}

void atcp_rtxq_again(struct atcp_sock *as, struct sk_buff *skb)
{
	struct atcp_cb *cb = ATCP_CB(skb);

	if (!(cb->sacked & ATCP_CB_RETRANS))
		as->retrans_out += cb->segs;
	cb->sacked |= ATCP_CB_RETRANS | ATCP_CB_EVER;
	atcp_rtxq_leave(as, skb);
	list_move_tail(&skb->tcp_tsorted_anchor, &as->rtxq.sent);
}

void atcp_rtxq_probed(struct atcp_sock *as, struct sk_buff *skb)
{
	ATCP_CB(skb)->sacked |= ATCP_CB_EVER;
	/* In its list by the time of the last transmission; not, if it is in none or lost. */
	if ((ATCP_CB(skb)->sacked & ATCP_CB_SACKED) || atcp_rtxq_waits(skb))
		return;
	atcp_rtxq_leave(as, skb);
	list_move_tail(&skb->tcp_tsorted_anchor, &as->rtxq.sent);
}

void atcp_rtxq_all_lost(struct atcp_sock *as, bool renege)
{
	struct sk_buff *skb;

	as->lost_out = 0;
	as->retrans_out = 0;
	INIT_LIST_HEAD(&as->rtxq.lost);
	INIT_LIST_HEAD(&as->rtxq.sent);
	as->rtxq.suspect = NULL;
	if (renege) {
		as->sacked_out = 0;
		as->sacks_seen = 0;
		/* What arrives now has been passed by nothing: it is no reordering. */
		as->high_sacked = as->snd_una;
	}
	for (skb = atcp_rtxq_head(as); skb; skb = atcp_rtxq_next(skb)) {
		struct atcp_cb *cb = ATCP_CB(skb);

		if (renege)
			cb->sacked &= ~ATCP_CB_SACKED;
		cb->sacked &= ~(ATCP_CB_RETRANS | ATCP_CB_LOST);
		if (cb->sacked & ATCP_CB_SACKED)
			continue;
		cb->sacked |= ATCP_CB_LOST;
		as->lost_out += cb->segs;
		as->lost += cb->segs;
		list_add_tail(&skb->tcp_tsorted_anchor, &as->rtxq.lost);
	}
}
