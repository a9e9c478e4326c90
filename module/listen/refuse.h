/* SPDX-License-Identifier: GPL-2.0 */
/* The answer that ends a connection which is not ours to end: when a RST may be sent. */
#ifndef _ATCP_REFUSE_H
#define _ATCP_REFUSE_H

#include "conn/rx.h"
#include "state/shared/trace.h"

enum atcp_cause;
struct atcp_req;
struct atcp_tw;

/* What @skb, of the flow of @m, would be looked up by. */
void atcp_refuse_tuple(const struct atcp_mini *m, struct net *net, const struct sk_buff *skb,
		       struct atcp_tuple *t);

/*
 * Looks @skb up anew and gives it to what has its flow now, but for @but (or NULL), which
 * has had its say. True: consumed. @rx: what @skb says; NULL: it is of no use to a request.
 */
bool atcp_refuse_elsewhere(const struct atcp_tuple *t, const struct atcp_node *but,
			   struct sk_buff *skb, struct atcp_rx *rx);

/* The same for a request that has left the table: the child, or the copy that an heir has. */
bool atcp_refuse_successor(struct atcp_req *req, struct sk_buff *skb, struct atcp_rx *rx);

/*
 * A segment that nothing takes, on behalf of the listener @lsk or NULL: answered by RST, if
 * nothing but @but (or NULL) has its flow. True: so it was, and @skb is the caller's to drop.
 */
bool atcp_refuse(const struct sock *lsk, struct sk_buff *skb, const struct atcp_tuple *t,
		 struct atcp_rx *rx, const struct atcp_node *but);

/*
 * Ends @req, because of @cause, and tells its peer, in answer to @skb or (NULL) of its own
 * accord. False: nothing was done, as another CPU has taken @req out of the table.
 */
bool atcp_refuse_req(struct atcp_req *req, struct sk_buff *skb, enum atcp_cause cause);

/* The same of a segment for @tw, which atcp_tw_rcv() wants refused; consumes @skb. */
void atcp_refuse_tw(struct atcp_tw *tw, struct sk_buff *skb, struct atcp_rx *rx);

#endif /* _ATCP_REFUSE_H */
