/* SPDX-License-Identifier: GPL-2.0 */
/* The connection that a request becomes. */
#ifndef _ATCP_CHILD_H
#define _ATCP_CHILD_H

#include "input/input.h"

struct atcp_req;

/*
 * Builds the full socket of @req in state SYN_RECV, because of @cause, bh-locked, with two
 * references (sk_clone's: one for the table, one for the caller), and puts it
 * into the table in @req's place (or newly, for a cookie's). NULL: no memory,
 * no route, or another CPU was first (*@own false).
 */
struct sock *atcp_child_create(struct sock *lsk, struct atcp_req *req, enum atcp_cause cause,
			       bool *own);

/*
 * Puts @child into the accept queue of @lsk, or of its heir if @lsk has closed: who
 * has it now, for the caller to wake; NULL: nobody.
 */
struct sock *atcp_child_queue(struct sock *lsk, struct sock *child);

/* Ends a child that nobody will ever own. Locked, with the maker's reference. */
void atcp_child_discard(struct sock *child, enum atcp_cause cause);

/*
 * Completes the handshake of @req by the third ACK in @skb (NULL when unparked):
 * child, accept queue, data of the segment, wake-up. Consumes @skb. False: the
 * accept queue was full, or, when unparked, there was no memory or route (nothing
 * done, @skb not consumed). @rx: what @skb says; NULL: it is of no use to a request
 * that has taken the place of @req.
 */
bool atcp_child_complete(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
			 struct atcp_rx *rx);

/*
 * @req has left the table, and @skb is for what is in its place: the child that
 * another segment made, or the copy that an heir has. A lost one would be sent again,
 * but a duplicate ACK is worth no timeout. False: there is nothing (@skb not consumed).
 */
bool atcp_child_redirect(struct atcp_req *req, struct sk_buff *skb, struct atcp_rx *rx);

#endif /* _ATCP_CHILD_H */
