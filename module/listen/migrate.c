// SPDX-License-Identifier: GPL-2.0
/*
 * What a closing listener leaves to others of its SO_REUSEPORT group: requests
 * that are half open, requests that are parked, and connections that nobody has
 * accepted. Linux does so only if it is told to (tcp_migrate_req); here it is the
 * default (knob "migrate").
 *
 * A request is worked on without a lock, and everybody who works on it reads its
 * listener. So that never changes: a copy that belongs to the heir takes the
 * request's place in the connection table, in one step under the bucket's lock,
 * and the old one ends as if it had been answered. Whoever still holds the old one
 * finds it out of the table when it tries to do something for good, and looks
 * again. The old listener stays as long as such a request does.
 *
 * The heir may be closing too: as atcp_synq_add() does, this looks at its state
 * after the copy is in the table, and moves it on.
 */
#include "listen/migrate.h"

#include <linux/jiffies.h>
#include <net/sock.h>

#include "conn/close.h"
#include "listen/listen.h"
#include "listen/park.h"
#include "output/output.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/listen/wake.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"

#define ATCP_MIGRATE_TRIES	4	/* heirs that close while they inherit */

static bool atcp_migrate_wanted(const struct sock *lsk)
{
	const struct atcp_listener *l = atcp_lst(lsk);

	return rcu_access_pointer(l->group) && atcp_knob(l, ATCP_KNOB_MIGRATE);
}

static void atcp_migrate_count(const struct sock *from, const struct sock *to)
{
	ATCP_LCOUNT(atcp_lst(from), TCPMIGRATEREQSUCCESS, migrated_out);
	ATCP_LINC(atcp_lst(to), migrated_in);
}

/* The same request, but @heir's; the park and the count by age are not copied. */
static struct atcp_req *atcp_migrate_copy(const struct atcp_req *req, struct sock *heir)
{
	const struct atcp_req_more *more = atcp_req_more(req);
	struct atcp_req *copy = atcp_req_alloc(heir, atcp_req_syn(req), more);

	if (!copy)
		return NULL;
	if (more) {
		atcp_req_more(copy)->ao = more->ao;
		atcp_req_more(copy)->ao_keyid = more->ao_keyid;
		atcp_req_more(copy)->ao_rnext = more->ao_rnext;
	}
	copy->num_timeout = READ_ONCE(req->num_timeout);
	copy->snt_us = READ_ONCE(req->snt_us);
	/* Pairs with the barrier of ATCP_REQ_ACKED's being set: after that it may be a window. */
	smp_rmb();
	copy->mini.node.hash = req->mini.node.hash;
	copy->mini.node.family = req->mini.node.family;
	copy->mini.node.u0 |= req->mini.node.u0 & ATCP_REQ_CLUSTER;
	copy->mini.node.u1 = READ_ONCE(req->mini.node.u1) &
			     ~(ATCP_REQ_PARKED | ATCP_REQ_OLD);
	copy->mini.node.u2 = READ_ONCE(req->mini.node.u2);
	copy->mini.node.u3 = atcp_synq_prefix(atcp_lst(heir), &req->mini.raddr);
	copy->mini.raddr = req->mini.raddr;
	copy->mini.laddr = req->mini.laddr;
	copy->mini.rport = req->mini.rport;
	copy->mini.lport = req->mini.lport;
	copy->mini.ifindex = req->mini.ifindex;
	copy->rcv_isn = req->rcv_isn;
	copy->snt_isn = req->snt_isn;
	copy->ts_recent = READ_ONCE(req->ts_recent);
	copy->mss = req->mss;
	copy->wscale = req->wscale;
	copy->mark = req->mark;
	return copy;
}

/* What is left of the time that @req was to wait, jiffies. */
static unsigned long atcp_migrate_rest(const struct atcp_req *req)
{
	s32 rest = READ_ONCE(req->mini.expires) - (u32)jiffies;

	return max(rest, 1);
}

/*
 * One step: from @req to @heir. @parked: @req was just taken out of the park, so
 * that what it has there is ours to give. The copy, referenced; NULL: no memory, or
 * @req has left the table (*@lost).
 */
static struct atcp_req *atcp_migrate_step(struct atcp_req *req, struct sock *heir,
					  bool parked, bool *lost)
{
	bool old = READ_ONCE(req->mini.node.u1) & ATCP_REQ_OLD;
	struct atcp_req *copy;

	*lost = false;
	copy = atcp_migrate_copy(req, heir);
	if (!copy)
		return NULL;
	if (parked)
		atcp_acceptq_hand_over(req->lsk, req, copy);
	if (!atcp_synq_replace(req, copy, atcp_migrate_rest(req))) {
		/* What was kept for it goes with the copy; the peer sends it again. */
		*lost = true;
		atcp_req_put(copy);
		return NULL;
	}
	if (old)
		atcp_synq_grow_old(copy);
	return copy;
}

/* Moves @req; the copy that is in the table, referenced, or NULL. */
static struct atcp_req *atcp_migrate_move(struct atcp_req *req, enum atcp_group_room room)
{
	struct sock *from = req->lsk, *heir;
	struct atcp_req *copy = NULL, *next;
	unsigned int tries;
	bool lost = false;

	if (!atcp_migrate_wanted(from))
		return NULL;
	for (tries = 0; tries < ATCP_MIGRATE_TRIES; tries++) {
		heir = atcp_group_heir(from, req->mini.node.hash, room);
		next = heir ? atcp_migrate_step(copy ?: req, heir,
						room == ATCP_GROUP_PARK, &lost) : NULL;
		if (!next)
			break;
		if (copy)
			atcp_req_put(copy);
		copy = next;
		/* Pairs with atcp_listener_stop(): it walks the table after it has closed. */
		smp_mb();
		if (likely(inet_sk_state_load(heir) == TCP_LISTEN)) {
			atcp_migrate_count(from, heir);
			return copy;
		}
	}
	if (copy) {
		/* Out of the hands of one that closes, whoever takes it out. */
		lost = !atcp_listen_end(copy, ATCP_CAUSE_CLOSE);
		atcp_req_put(copy);
	}
	if (!lost)
		ATCP_INC(sock_net(from), TCPMIGRATEREQFAILURE);
	return NULL;
}

bool atcp_migrate_req(struct atcp_req *req)
{
	struct atcp_req *copy = atcp_migrate_move(req, ATCP_GROUP_SYNQ);

	if (!copy)
		return false;
	atcp_req_put(copy);
	return true;
}

struct sock *atcp_migrate_child(struct sock *lsk, struct sock *child)
{
	u32 hash = atcp_sock_node(child)->hash;
	unsigned int tries;
	struct sock *heir;

	if (!atcp_migrate_wanted(lsk))
		return NULL;
	for (tries = 0; tries < ATCP_MIGRATE_TRIES; tries++) {
		heir = atcp_group_heir(lsk, hash, ATCP_GROUP_ACCEPTQ);
		if (!heir)
			break;
		if (atcp_acceptq_add(heir, child)) {
			atcp_migrate_count(lsk, heir);
			return heir;
		}
	}
	ATCP_INC(sock_net(lsk), TCPMIGRATEREQFAILURE);
	return NULL;
}

/* A child that nobody accepted goes to another member of the listener's group. */
static bool atcp_migrate_waiting(struct sock *lsk, struct sock *child)
{
	struct sock *heir;

	local_bh_disable();
	rcu_read_lock();
	heir = atcp_migrate_child(lsk, child);
	if (heir)
		atcp_wake_one(heir);
	rcu_read_unlock();
	local_bh_enable();
	return heir;
}

void atcp_migrate_stopped_child(struct sock *lsk, struct sock *child)
{
	if (atcp_migrate_waiting(lsk, child))
		return;
	atcp_close_lock(child);
	sock_hold(child);
	sock_orphan(child);
	percpu_counter_inc(&atcp_sock_net(child)->orphans);
	if (child->sk_state != TCP_CLOSE) {
		if (atcp_close_need_reset(child->sk_state))
			atcp_output_rst(child, GFP_ATOMIC);
		atcp_sock_done(child, ATCP_CAUSE_ABORT);
	} else {
		atcp_sock_free_orphan(child);
	}
	bh_unlock_sock(child);
	local_bh_enable();
	sock_put(child);
}

void atcp_migrate_stopped_req(struct atcp_req *req, bool parked)
{
	struct atcp_req *copy;

	local_bh_disable();
	rcu_read_lock();
	copy = atcp_migrate_move(req, parked ? ATCP_GROUP_PARK : ATCP_GROUP_SYNQ);
	if (copy) {
		if (parked)
			atcp_park_again(copy);
		atcp_req_put(copy);
	} else {
		atcp_listen_end(req, ATCP_CAUSE_CLOSE);
	}
	rcu_read_unlock();
	local_bh_enable();
}
