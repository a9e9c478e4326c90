// SPDX-License-Identifier: GPL-2.0
/*
 * The accept queue and the park behind it.
 *
 * Softirqs append, accept(2) takes from the head; one lock, held for a few
 * instructions. Its length is sk_ack_backlog, changed under the lock and read
 * without it. Parked requests are a singly linked list in order of arrival: one
 * pointer in the request is all the room it has.
 */
#include <linux/list.h>
#include <linux/spinlock.h>
#include <net/sock.h>

#include "state/acceptq.h"
#include "state/listener.h"
#include "state/req.h"
#include "state/sock.h"
#include "state/synq.h"

bool atcp_acceptq_full(const struct sock *lsk)
{
	return READ_ONCE(lsk->sk_ack_backlog) > READ_ONCE(lsk->sk_max_ack_backlog);
}

bool atcp_acceptq_add(struct sock *lsk, struct sock *child)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_acceptq *q = &l->acceptq;
	bool ok = false;

	spin_lock_bh(&q->lock);
	/* atcp_listener_stop() empties the queue after the state has changed. */
	if (inet_sk_state_load(lsk) == TCP_LISTEN) {
		list_add_tail(&atcp_sk(child)->aq_node, &q->head);
		sk_acceptq_added(lsk);
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
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	struct atcp_sock *as;

	spin_lock_bh(&q->lock);
	as = list_first_entry_or_null(&q->head, struct atcp_sock, aq_node);
	if (as) {
		list_del_init(&as->aq_node);
		sk_acceptq_removed(lsk);
	}
	spin_unlock_bh(&q->lock);
	return as ? atcp_sock_sk(as) : NULL;
}

bool atcp_acceptq_park(struct sock *lsk, struct atcp_req *req)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	bool ok = false;

	spin_lock_bh(&q->lock);
	if (inet_sk_state_load(lsk) == TCP_LISTEN &&
	    !(atcp_synq_set_flag(req, ATCP_REQ_PARKED) & ATCP_REQ_PARKED)) {
		refcount_inc(&req->mini.ref);
		req->park_next = NULL;
		*q->park_tail = req;
		q->park_tail = &req->park_next;
		WRITE_ONCE(q->parked, q->parked + 1);
		ok = true;
	}
	spin_unlock_bh(&q->lock);
	return ok;
}

/* Unlinks the request that *@pp points to. */
static struct atcp_req *__atcp_acceptq_unlink(struct atcp_acceptq *q,
					      struct atcp_req **pp)
	__must_hold(&q->lock)
{
	struct atcp_req *req = *pp;

	lockdep_assert_held(&q->lock);
	*pp = req->park_next;
	if (q->park_tail == &req->park_next)
		q->park_tail = pp;
	req->park_next = NULL;
	WRITE_ONCE(q->parked, q->parked - 1);
	atcp_synq_clear_flag(req, ATCP_REQ_PARKED);
	return req;
}

struct atcp_req *atcp_acceptq_unpark(struct sock *lsk)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	struct atcp_req *req = NULL;

	spin_lock_bh(&q->lock);
	if (q->park_head)
		req = __atcp_acceptq_unlink(q, &q->park_head);
	spin_unlock_bh(&q->lock);
	return req;
}

bool atcp_acceptq_unpark_one(struct sock *lsk, struct atcp_req *req)
{
	struct atcp_acceptq *q = &atcp_lst(lsk)->acceptq;
	struct atcp_req **pp;
	bool found = false;

	/* Nearly all requests never parked. The flag is set before it is linked. */
	if (!(READ_ONCE(req->mini.node.u1) & ATCP_REQ_PARKED))
		return false;

	spin_lock_bh(&q->lock);
	for (pp = &q->park_head; *pp; pp = &(*pp)->park_next) {
		if (*pp == req) {
			__atcp_acceptq_unlink(q, pp);
			found = true;
			break;
		}
	}
	spin_unlock_bh(&q->lock);
	return found;
}
