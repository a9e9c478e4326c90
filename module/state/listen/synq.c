// SPDX-License-Identifier: GPL-2.0
/*
 * The SYN queue: requests are counted here; they live in the connection table
 * (found by tuple) and in the wheel (found by time).
 *
 * References of a request: one of the table, one of the wheel, one of the park,
 * each while it is in there, and one of whoever works on it. It leaves the
 * table once only, whoever is first (atcp_hash_remove() or atcp_hash_replace()),
 * and who took it out does the rest: counts, wheel, park.
 *
 * A listener's counters are the only thing that all its SYNs write to; there is
 * no lock (a lock here was CVE-2017-5972).
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <net/ipv6.h>

#include "proto/cookie.h"
#include "proto/fair.h"
#include "proto/reqtime.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"
#include "state/shared/memcg.h"
#include "state/shared/mib.h"
#include "state/shared/wheel.h"

/* A cookie may be an epoch old: none is good this long after the last was sent. */
#define ATCP_SYNQ_RECENT	(2 * ATCP_COOKIE_EPOCH_SEC * HZ)

int atcp_synq_half_open(const struct atcp_listener *l)
{
	/* The two change one after the other: it may be off by who is on the way. */
	return max(atomic_read(&l->synq.qlen) - (int)READ_ONCE(l->acceptq.parked), 0);
}

bool atcp_synq_full(const struct atcp_listener *l)
{
	return atcp_synq_half_open(l) > atcp_listener_syn_backlog(l);
}

u8 atcp_synq_set_flag(struct atcp_req *req, u8 flag)
{
	u8 *u1 = &req->mini.node.u1;
	u8 old = READ_ONCE(*u1);
	u8 was;

	for (;;) {
		was = cmpxchg(u1, old, old | flag);
		if (was == old)
			return old;
		old = was;
	}
}

void atcp_synq_clear_flag(struct atcp_req *req, u8 flag)
{
	u8 *u1 = &req->mini.node.u1;
	u8 old = READ_ONCE(*u1);
	u8 was;

	for (;;) {
		was = cmpxchg(u1, old, old & ~flag);
		if (was == old)
			return;
		old = was;
	}
}

void atcp_synq_set_accecn(struct atcp_req *req, u8 clear, u8 set)
{
	u8 *u2 = &req->mini.node.u2;
	u8 old = READ_ONCE(*u2);
	u8 was;

	for (;;) {
		was = cmpxchg(u2, old, (old & ~clear) | set);
		if (was == old)
			return;
		old = was;
	}
}

void atcp_synq_resent(struct atcp_req *req)
{
	u8 count = atcp_req_retrans(req);

	if (count < ATCP_REQ_RETRANS)
		atcp_synq_set_accecn(req, ATCP_REQ_RETRANS, count + 1);
}

u8 atcp_synq_prefix(const struct atcp_listener *l, const struct in6_addr *raddr)
{
	/* One more: 0 is for what does not count. IPv4's are behind 96 others. */
	if (ipv6_addr_v4mapped(raddr))
		return 1 + 96 + atcp_knob(l, ATCP_KNOB_FAIR_PREFIX4);
	return 1 + atcp_knob(l, ATCP_KNOB_FAIR_PREFIX6);
}

u32 atcp_synq_held(const struct atcp_listener *l, const struct in6_addr *raddr, u8 prefix)
{
	/* Pairs with atcp_synq_make_fair(). */
	const struct atcp_fair *fair = smp_load_acquire(&l->synq.fair);
	struct atcp_fair_place place;

	if (!fair)
		return 0;
	atcp_fair_find(&place, raddr, prefix - 1, &l->an->fair_key);
	return atcp_fair_count(fair, &place);
}

static void atcp_synq_fair_add(const struct atcp_listener *l, struct atcp_fair *fair,
			       const struct atcp_req *req, u8 prefix, int n)
{
	struct atcp_fair_place place;

	atcp_fair_find(&place, &req->mini.raddr, prefix - 1, &l->an->fair_key);
	atcp_fair_add(fair, &place, n);
}

/*
 * The cells are two thirds of what a listener is, and many never have a request. NULL: there
 * is no memory for them.
 */
static noinline struct atcp_fair *atcp_synq_make_fair(struct atcp_listener *l)
{
	struct atcp_fair *fair, *theirs;

	fair = atcp_memcg_zalloc(l->sk, sizeof(*fair), GFP_ATOMIC | __GFP_NOWARN);
	if (!fair)
		return NULL;
	theirs = cmpxchg(&l->synq.fair, NULL, fair);
	if (!theirs)
		return fair;
	kfree(fair);
	return theirs;
}

/* A request that nobody knows of yet counts in its network's share, or not at all. */
static void atcp_synq_share(struct atcp_listener *l, struct atcp_req *req)
{
	struct atcp_fair *fair;

	if (!req->mini.node.u3)
		return;
	/* Pairs with atcp_synq_make_fair(). */
	fair = smp_load_acquire(&l->synq.fair) ?: atcp_synq_make_fair(l);
	if (likely(fair))
		atcp_synq_fair_add(l, fair, req, req->mini.node.u3, 1);
	else
		req->mini.node.u3 = 0;
}

void atcp_synq_unshare(struct atcp_req *req)
{
	/* Once, whoever comes first: a third ACK or the end. */
	u8 prefix = xchg(&req->mini.node.u3, 0);
	struct atcp_listener *l = atcp_lst(req->lsk);

	/* There are cells: it has counted. */
	if (prefix)
		atcp_synq_fair_add(l, READ_ONCE(l->synq.fair), req, prefix, -1);
}

u32 atcp_synq_sent_us(const struct atcp_req *req)
{
	u32 us = READ_ONCE(req->snt_us);

	/* Pairs with the barrier of the flag's being set. */
	smp_rmb();
	return READ_ONCE(req->mini.node.u1) & ATCP_REQ_ACKED ? 0 : us;
}

bool atcp_synq_proven(const struct atcp_listener *l, const struct in6_addr *raddr)
{
	return atcp_peer_proven(&l->an->peers, raddr, ktime_get_seconds(), NULL);
}

unsigned long atcp_synq_timeout(const struct atcp_req *req)
{
	const struct atcp_listener *l = atcp_lst(req->lsk);
	u32 rto_ms = atcp_knob(l, ATCP_KNOB_SYNACK_RTO);
	const struct atcp_sysctl *sc = &l->an->sysctl;
	u32 srtt_us = 0;

	if (READ_ONCE(sc->synack_rto_cached))
		atcp_peer_proven(&l->an->peers, &req->mini.raddr, ktime_get_seconds(),
				 &srtt_us);
	rto_ms = atcp_reqtime_rto_ms(rto_ms, srtt_us,
				     READ_ONCE(sc->rto_min_us) / USEC_PER_MSEC);
	rto_ms = atcp_reqtime_ms(rto_ms, READ_ONCE(req->num_timeout));
	return msecs_to_jiffies(min_t(u32, rto_ms, READ_ONCE(sc->rto_max_ms)));
}

static void atcp_synq_count(struct atcp_req *req)
{
	struct atcp_listener *l = atcp_lst(req->lsk);
	u32 qlen = atomic_inc_return(&l->synq.qlen);

	atcp_synq_share(l, req);
	atomic_inc(&l->synq.young);
	if (qlen > READ_ONCE(l->synq.peak))
		WRITE_ONCE(l->synq.peak, qlen);
}

static void atcp_synq_uncount(struct atcp_req *req)
{
	struct atcp_listener *l = atcp_lst(req->lsk);

	/* Nobody counts it as old after this: atcp_synq_grow_old() sees the flag. */
	if (!(atcp_synq_set_flag(req, ATCP_REQ_OLD) & ATCP_REQ_OLD))
		atomic_dec(&l->synq.young);
	atcp_synq_unshare(req);
	atomic_dec(&l->synq.qlen);
}

/* What is left to do for a request that has left the table. */
static void atcp_synq_left(struct atcp_req *req)
{
	atcp_synq_uncount(req);
	if (atcp_wheel_del(&req->mini))
		atcp_req_put(req);
	if (atcp_acceptq_unpark_one(req->lsk, req))
		atcp_req_put(req);
	atcp_req_put(req);
}

int atcp_synq_add(struct atcp_listener *l, struct atcp_req *req,
		  const struct atcp_tuple *t, unsigned long delay)
{
	int err;

	/* Counted first: whoever finds it may take it out and uncount it. */
	atcp_synq_count(req);
	refcount_inc(&req->mini.ref);
	err = atcp_hash_insert(&req->mini.node, t, NULL);
	if (err) {
		atcp_synq_uncount(req);
		atcp_req_put(req);
		return -EEXIST;
	}
	atcp_wheel_add(&req->mini, delay);
	ATCP_INC(t->net, REQCREATED);
	ATCP_LINC(l, requests);

	/*
	 * The listener's end walks the table once: what it missed ends here, or
	 * waits for its next event to move to another member of the group.
	 */
	smp_mb();
	if (unlikely(inet_sk_state_load(req->lsk) != TCP_LISTEN) && !atcp_group_size(l))
		atcp_synq_del(req);
	atcp_synq_settle(req);
	return 0;
}

void atcp_synq_settle(struct atcp_req *req)
{
	if (unlikely(!atcp_hash_linked(&req->mini.node)) &&
	    atcp_wheel_del(&req->mini))
		atcp_req_put(req);
}

bool atcp_synq_del(struct atcp_req *req)
{
	if (!atcp_hash_remove(&req->mini.node))
		return false;
	atcp_synq_left(req);
	return true;
}

bool atcp_synq_replace(struct atcp_req *req, struct atcp_req *copy, unsigned long delay)
{
	/* As in atcp_synq_add(): counted before anybody can find it. */
	atcp_synq_count(copy);
	refcount_inc(&copy->mini.ref);
	if (!atcp_hash_replace(&req->mini.node, &copy->mini.node)) {
		atcp_synq_uncount(copy);
		atcp_req_put(copy);
		return false;
	}
	atcp_synq_left(req);
	atcp_wheel_add(&copy->mini, delay);
	atcp_synq_settle(copy);
	return true;
}

void atcp_synq_promoted(struct atcp_req *req)
{
	atcp_synq_left(req);
}

void atcp_synq_grow_old(struct atcp_req *req)
{
	if (!(atcp_synq_set_flag(req, ATCP_REQ_OLD) & ATCP_REQ_OLD))
		atomic_dec(&atcp_lst(req->lsk)->synq.young);
}

int atcp_synq_max_retries(const struct atcp_listener *l)
{
	return atcp_reqtime_retries(atcp_listener_synack_retries(l),
				    atcp_synq_half_open(l),
				    atomic_read(&l->synq.young),
				    atcp_listener_syn_backlog(l));
}

void atcp_synq_overflowed(struct atcp_listener *l)
{
	unsigned long now = jiffies;

	/* Once a second is enough: the line is read by every cookie ACK. */
	if (!time_in_range(now, READ_ONCE(l->synq.overflow_at),
			   READ_ONCE(l->synq.overflow_at) + HZ)) {
		WRITE_ONCE(l->synq.overflow_at, now);
		atcp_group_overflowed(l, now);
	}
}

static bool atcp_synq_recent(unsigned long at)
{
	/* The mark may be a tick ahead of this CPU's view of the time. */
	return time_in_range(jiffies, at - HZ, at + ATCP_SYNQ_RECENT);
}

bool atcp_synq_recent_overflow(const struct atcp_listener *l)
{
	unsigned long at;

	/* A cookie of one member of a group may come back to another one. */
	return atcp_synq_recent(READ_ONCE(l->synq.overflow_at)) ||
	       (atcp_group_overflow_at(l, &at) && atcp_synq_recent(at));
}

/**
 * struct atcp_synq_oldest - a walk in search of the oldest request
 * @lsk: of this listener
 * @now: the time that requests are stamped by, us
 * @age: the greatest so far, us
 */
struct atcp_synq_oldest {
	const struct sock	*lsk;
	u32			now;
	u32			age;
};

static int atcp_synq_look_age(struct atcp_node *node, void *arg)
{
	struct atcp_synq_oldest *o = arg;
	struct atcp_req *req;
	u32 stamp;

	if (node->kind != ATCP_KIND_REQ)
		return 0;
	req = atcp_req_of(node);
	stamp = atcp_synq_sent_us(req);
	if (req->lsk == o->lsk && stamp)
		o->age = max(o->age, o->now - stamp);
	return 0;
}

u32 atcp_synq_oldest_ms(const struct atcp_listener *l)
{
	struct atcp_synq_oldest o = {
		.lsk = l->sk,
		.now = (u32)atcp_sock_now_us(),
	};

	if (atomic_read(&l->synq.qlen))
		atcp_hash_walk(sock_net(l->sk), atcp_synq_look_age, &o);
	return o.age / USEC_PER_MSEC;
}
