/* SPDX-License-Identifier: GPL-2.0 */
/* The connection that a request becomes. */
#ifndef _ATCP_CHILD_H
#define _ATCP_CHILD_H

#include "conn/rx.h"
#include "state/shared/trace.h"

struct atcp_req;

/**
 * enum atcp_child_result - what has become of a request that was to become a connection
 * @ATCP_CHILD_MADE: it has, by this segment
 * @ATCP_CHILD_TAKEN: another CPU was first: it is a connection, or the request of another
 *	listener, or has ended. Its segments are that one's.
 * @ATCP_CHILD_FULL: the accept queue has no room
 * @ATCP_CHILD_NOMEM: there is no memory
 * @ATCP_CHILD_NOROUTE: there is no route to the peer
 * @ATCP_CHILD_CLOSED: the listener has closed, and no heir has its port
 *
 * After the first two there is nothing left to do. After the others nothing was done:
 * the request is where it was, if it was in a table.
 */
enum atcp_child_result {
	ATCP_CHILD_MADE,
	ATCP_CHILD_TAKEN,
	ATCP_CHILD_FULL,
	ATCP_CHILD_NOMEM,
	ATCP_CHILD_NOROUTE,
	ATCP_CHILD_CLOSED,
};

/*
 * Builds the full socket of @req in state SYN_RECV, because of @cause, bh-locked, with two
 * references (sk_clone's: one for the table, one for the caller), and puts it
 * into the table in @req's place (or newly, for a cookie's). @child is set when it is
 * %ATCP_CHILD_MADE; never %ATCP_CHILD_FULL.
 */
enum atcp_child_result atcp_child_create(struct sock *lsk, struct atcp_req *req,
					 enum atcp_cause cause, struct sock **child);

/*
 * Puts @child into the accept queue of @lsk, or of its heir if @lsk has closed: who
 * has it now, for the caller to wake; NULL: nobody.
 */
struct sock *atcp_child_queue(struct sock *lsk, struct sock *child);

/* Ends a child that nobody will ever own. Locked, with the maker's reference. */
void atcp_child_discard(struct sock *child, enum atcp_cause cause);

/*
 * Completes the handshake of @req by the third ACK in @skb (NULL when unparked):
 * child, accept queue, data of the segment, wake-up. @skb is consumed if it is
 * %ATCP_CHILD_MADE or %ATCP_CHILD_TAKEN. @rx: what @skb says; NULL: it is of no use to
 * a request that has taken the place of @req.
 */
enum atcp_child_result atcp_child_complete(struct sock *lsk, struct atcp_req *req,
					   struct sk_buff *skb, struct atcp_rx *rx);

#endif /* _ATCP_CHILD_H */
