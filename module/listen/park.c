// SPDX-License-Identifier: GPL-2.0
/*
 * The park: requests whose handshake is over wait here for room in the accept queue.
 *
 * state/listen/acceptq.c has the line itself. Under "park" a request stays in it as long
 * as one whose SYN-ACK is never answered, under "reset_after" for the time that
 * the policy says; what the knob says now holds for those too that wait already.
 */
#include "listen/park.h"

#include <linux/atcp.h>
#include <linux/jiffies.h>
#include <net/sock.h>

#include "listen/child.h"
#include "listen/listen.h"
#include "listen/refuse.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"
#include "state/shared/trace.h"
#include "state/shared/wheel.h"

bool atcp_park_policy(const struct atcp_listener *l)
{
	int policy = atcp_listener_overflow(l) & ATCP_OVERFLOW_MASK;

	return policy == ATCP_OVERFLOW_PARK || policy == ATCP_OVERFLOW_AFTER;
}

/* Jiffies until a parked request is to be reset; MAX_SCHEDULE_TIMEOUT: that is not the policy. */
static unsigned long atcp_park_left(const struct atcp_req *req)
{
	/* Pairs with atcp_acceptq_park(). */
	const struct atcp_park *p = smp_load_acquire(&req->park);
	int policy = atcp_listener_overflow(atcp_lst(req->lsk));
	unsigned long due;

	if (!p || (policy & ATCP_OVERFLOW_MASK) != ATCP_OVERFLOW_AFTER)
		return MAX_SCHEDULE_TIMEOUT;
	due = p->at + msecs_to_jiffies(ATCP_OVERFLOW_MS(policy));
	return time_before(jiffies, due) ? due - jiffies : 0;
}

void atcp_park_retime(struct atcp_req *req)
{
	unsigned long left;

	if (!(READ_ONCE(req->mini.node.u1) & ATCP_REQ_PARKED))
		return;
	left = atcp_park_left(req);
	if (left == MAX_SCHEDULE_TIMEOUT)
		return;
	/* Not linked: it is being called for now, and whoever links it comes here next. */
	if (atcp_wheel_del(&req->mini)) {
		atcp_wheel_add_ref(&req->mini, left);
		atcp_synq_settle(req);
	}
}

/*
 * Completes parked requests while the accept queue has room, or, by a policy that
 * chooses by queues, another member's of the group. Any context with BH off, under
 * RCU.
 */
static void atcp_park_serve(struct sock *lsk)
{
	enum atcp_child_result result;
	struct atcp_req *req;
	struct sock *taker;
	bool done, full;

	if (!atcp_acceptq_serve_begin(lsk))
		return;
	do {
		done = true;
		/* Pairs with atcp_park_room(): another member's room, or this one's parked. */
		smp_mb();
		while (done && READ_ONCE(atcp_lst(lsk)->acceptq.parked)) {
			taker = atcp_group_taker(lsk);
			if (!taker)
				break;
			req = atcp_acceptq_unpark(lsk);
			if (!req)
				break;
			result = atcp_child_complete(taker, req, NULL, NULL);
			done = result == ATCP_CHILD_MADE || result == ATCP_CHILD_TAKEN;
			/*
			 * If another CPU took the last slot it is the first again. If
			 * it is for want of memory or route, others may be luckier.
			 */
			if (!done) {
				full = atcp_acceptq_full(taker);
				atcp_acceptq_repark(lsk, req, full);
				/* Room that came before it was back was nobody's. */
				done = full && !atcp_acceptq_full(taker);
			}
			atcp_req_put(req);
		}
	} while (atcp_acceptq_serve_end(lsk));
}

void atcp_park_keep(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
		    struct atcp_rx *rx)
{
	switch (atcp_acceptq_keep(lsk, req, skb, rx->seg.doff, rx->seg.wnd)) {
	case ATCP_KEEP_YES:
		ATCP_LCOUNT(atcp_lst(lsk), PARKKEPT, park_kept);
		return;
	case ATCP_KEEP_LEFT:
		/* There is a child by now, or there will be; or it has ended. */
		switch (atcp_child_complete(lsk, req, skb, rx)) {
		case ATCP_CHILD_MADE:
		case ATCP_CHILD_TAKEN:
			return;
		default:
			break;
		}
		break;
	case ATCP_KEEP_NO:
		if (skb->len > rx->seg.doff || tcp_hdr(skb)->fin)
			break;
		/* A bare ACK has said what it had to say. */
		consume_skb(skb);
		return;
	}
	atcp_mib_drop_listener(lsk, skb, ATCP_DROP_REQ_PARKED);
}

/* @req is in the park now: what may have been missed while it came there. */
static void atcp_park_entered(struct sock *lsk, struct atcp_req *req)
{
	/* Its peer is proven: it makes no room for others any more. */
	atcp_synq_grow_old(req);
	atcp_park_retime(req);
	/* accept(2) may have made room before it could see this one. */
	atcp_park_serve(lsk);
}

void atcp_park_again(struct atcp_req *req)
{
	if (atcp_acceptq_repark(req->lsk, req, false))
		atcp_park_entered(req->lsk, req);
}

bool atcp_park_enter(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
		     struct atcp_rx *rx)
{
	atcp_synq_set_flag(req, ATCP_REQ_ACKED);
	if (!atcp_acceptq_park(lsk, req, rx->seg.wnd, atcp_rx_ace(rx), atcp_rx_bare(rx)))
		return false;
	ATCP_LCOUNT(atcp_lst(lsk), PARKED, parked);
	trace_atcp_queue(NULL, &req->mini, ATCP_QUEUE_PARKED, 0);
	atcp_park_keep(lsk, req, skb, rx);
	atcp_park_entered(lsk, req);
	return true;
}

bool atcp_park_timed_out(struct atcp_req *req, bool *again)
{
	struct atcp_listener *l = atcp_lst(req->lsk);
	unsigned long left;

	/* If it could not be completed for want of memory, this is another chance. */
	atcp_park_serve(req->lsk);
	*again = false;
	if (!(READ_ONCE(req->mini.node.u1) & ATCP_REQ_PARKED))
		return !atcp_hash_linked(&req->mini.node);

	left = atcp_park_left(req);
	*again = left;
	if (left == MAX_SCHEDULE_TIMEOUT)
		return false;
	if (!left && atcp_refuse_req(req, NULL, ATCP_CAUSE_ABORT)) {
		ATCP_LCOUNT(l, OVERFLOWRESET, overflow_resets);
		ATCP_LCOUNT(l, EMBRYONICRSTS, embryonic_rsts);
	}
	return true;
}

/* Is one in the park, or being taken out of it? */
static bool atcp_park_waits(const struct atcp_listener *l)
{
	return READ_ONCE(l->acceptq.parked) || READ_ONCE(l->acceptq.serving);
}

void atcp_park_room(struct sock *lsk)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct sock *other;

	/* Pairs with atcp_park_serve(): the room first, then who waits for it. */
	smp_mb();
	if (!atcp_park_waits(l) && !rcu_access_pointer(l->group))
		return;
	local_bh_disable();
	rcu_read_lock();
	if (atcp_park_waits(l))
		atcp_park_serve(lsk);
	other = atcp_group_waiting(lsk);
	if (other)
		atcp_park_serve(other);
	rcu_read_unlock();
	local_bh_enable();
}

void atcp_park_changed(struct atcp_listener *l, enum atcp_knob_id id)
{
	if (inet_sk_state_load(l->sk) != TCP_LISTEN)
		return;
	if (id == ATCP_KNOB_BACKLOG)
		atcp_park_room(l->sk);
	else if (id == ATCP_KNOB_OVERFLOW)
		atcp_acceptq_park_walk(l, atcp_park_retime);
}
