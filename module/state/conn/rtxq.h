/* SPDX-License-Identifier: GPL-2.0 */
/* What was sent and is not acknowledged: by sequence, by time, and what is to be sent again. */
#ifndef _ATCP_RTXQ_H
#define _ATCP_RTXQ_H

#include "state/conn/sock.h"

void atcp_rtxq_init(struct atcp_rtxq *q);

/* The newest transmission of new data: at the end of the tree and of what is in flight. */
void atcp_rtxq_add(struct atcp_sock *as, struct sk_buff *skb);

/* @rest was cut off @skb's end: it is what @skb is, just behind it. */
void atcp_rtxq_add_rest(struct atcp_sock *as, struct sk_buff *skb, struct sk_buff *rest);

/* Takes @skb out; counts are the caller's. It can be freed then. */
void atcp_rtxq_del(struct atcp_sock *as, struct sk_buff *skb);

/* The first skb that ends after @seq, or NULL: O(log n). */
struct sk_buff *atcp_rtxq_find(const struct atcp_sock *as, u32 seq);

/*
 * @skb is SACKed, SACKed once more as a D-SACK tells, lost, after all not lost, or has been sent
 * again: lists, marks and counts.
 */
void atcp_rtxq_sacked(struct atcp_sock *as, struct sk_buff *skb);
void atcp_rtxq_arrived_again(struct atcp_sock *as, struct sk_buff *skb);
void atcp_rtxq_lost(struct atcp_sock *as, struct sk_buff *skb);
void atcp_rtxq_not_lost(struct atcp_sock *as);
void atcp_rtxq_again(struct atcp_sock *as, struct sk_buff *skb);

/* @skb was sent again though nothing says that it is lost. */
void atcp_rtxq_probed(struct atcp_sock *as, struct sk_buff *skb);

/* @segs segments of @from are part of @to now, which is SACKed. */
void atcp_rtxq_moved(struct atcp_sock *as, const struct sk_buff *to, const struct sk_buff *from,
		     u16 segs);

/* The RTO: all that is not SACKed is lost. @renege: the peer gave back what it had SACKed, too. */
void atcp_rtxq_all_lost(struct atcp_sock *as, bool renege);

/* Adds @diff segments to every count that @skb is part of. */
void atcp_rtxq_adjust(struct atcp_sock *as, const struct sk_buff *skb, int diff);

static inline bool atcp_rtxq_empty(const struct atcp_sock *as)
{
	return RB_EMPTY_ROOT(&as->rtxq.tree);
}

static inline struct sk_buff *atcp_rtxq_head(const struct atcp_sock *as)
{
	return rb_to_skb(rb_first(&as->rtxq.tree));
}

static inline struct sk_buff *atcp_rtxq_tail(const struct atcp_sock *as)
{
	return rb_to_skb(rb_last(&as->rtxq.tree));
}

static inline struct sk_buff *atcp_rtxq_next(struct sk_buff *skb)
{
	return rb_to_skb(rb_next(&skb->rbnode));
}

static inline struct sk_buff *atcp_rtxq_prev(struct sk_buff *skb)
{
	return rb_to_skb(rb_prev(&skb->rbnode));
}

/* The first, by sequence, that is lost and was not sent again, or NULL. */
static inline struct sk_buff *atcp_rtxq_first_lost(struct atcp_sock *as)
{
	return list_first_entry_or_null(&as->rtxq.lost, struct sk_buff, tcp_tsorted_anchor);
}

#endif /* _ATCP_RTXQ_H */
