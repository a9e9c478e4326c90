// SPDX-License-Identifier: GPL-2.0
/*
 * Segments for listeners and requests, and the time of requests.
 *
 * A request is worked on without any lock: by the softirqs that receive its
 * segments, by the wheel and by accept(2). It leaves the connection table once
 * (state/listen/synq.c), and who takes it out goes on with it.
 */
#include "listen/listen.h"

#include <linux/export.h>
#include <linux/jiffies.h>
#include <net/sock.h>

#include "listen/child.h"
#include "listen/defer.h"
#include "listen/flood.h"
#include "listen/migrate.h"
#include "listen/park.h"
#include "listen/refuse.h"
#include "listen/reqseg.h"
#include "listen/syn.h"
#include "listen/syncookie.h"
#include "output/reply.h"
#include "output/synack.h"
#include "proto/reqtime.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"
#include "state/shared/wheel.h"

/* Listeners that one segment finds gone, one after the other. */
#define ATCP_LISTEN_HOPS	8

void atcp_listen_drop(struct sock *lsk, struct sk_buff *skb,
		      enum atcp_drop reason)
{
	atomic_inc(&lsk->sk_drops);
	ATCP_INC(sock_net(lsk), LISTENDROPS);
	atcp_listener_drop(atcp_lst(lsk), reason);
	atcp_mib_drop_listener(lsk, skb, reason);
}

bool atcp_listen_end(struct atcp_req *req, enum atcp_cause cause)
{
	if (!atcp_synq_del(req))
		return false;
	trace_atcp_state(NULL, &req->mini, TCP_SYN_RECV, TCP_CLOSE, cause);
	return true;
}

bool atcp_listen_kill(struct atcp_req *req, enum atcp_cause cause)
{
	if (!atcp_listen_end(req, cause))
		return false;
	atcp_flood_check(atcp_lst(req->lsk));
	return true;
}
EXPORT_SYMBOL_GPL(atcp_listen_kill);

/* Sends a request's SYN-ACK again; false: it could not be sent. */
static bool atcp_listen_resend(struct atcp_req *req)
{
	struct sock *lsk = req->lsk;
	bool bare = atcp_synack_without_ace(req);
	struct net *net = sock_net(lsk);

	if (atcp_synack_again(lsk, req))
		return false;
	atcp_synq_resent(req);
	if (bare)
		atcp_synq_set_accecn(req, 0, ATCP_REQ_ACC_NONE);
	ATCP_INC(net, RETRANSSEGS);
	ATCP_INC(net, TCPSYNRETRANS);
	ATCP_LCOUNT(atcp_lst(lsk), SYNACKRETRANS, synack_retrans);
	trace_atcp_retransmit(NULL, &req->mini, req->snt_isn, 0,
			      ATCP_RTX_SYNACK);
	return true;
}

/* The peer's SYN again: our SYN-ACK again, and its timer from the start. */
static void atcp_listen_dup_syn(struct atcp_req *req, struct sk_buff *skb,
				const struct atcp_rx *rx)
{
	/* The ACK came already: this SYN is an old duplicate. */
	if (atcp_defer_held(req))
		return;
	if (atcp_reqseg_limited(req, skb))
		return;
	/* RFC 9768 section 3.1.5: the last one's ECN bits are fed back. */
	if (atcp_req_accecn(req))
		atcp_synq_set_accecn(req, ATCP_REQ_ACC_IP, rx->ecn << ATCP_REQ_ACC_IP_SHIFT |
				     (atcp_rx_ace(rx) ? 0 : ATCP_REQ_ACC_NONE));
	if (!atcp_listen_resend(req))
		return;
	if (atcp_wheel_del(&req->mini)) {
		atcp_wheel_add_ref(&req->mini, atcp_synq_timeout(req));
		atcp_synq_settle(req);
	}
}

/* The third ACK of a request in the SYN queue finds the accept queue full. */
static void atcp_listen_overflow(struct sock *lsk, struct atcp_req *req,
				 struct sk_buff *skb, struct atcp_rx *rx)
{
	struct atcp_listener *l = atcp_lst(lsk);

	ATCP_LCOUNT(l, LISTENOVERFLOWS, overflows);
	switch (atcp_listener_overflow(l) & ATCP_OVERFLOW_MASK) {
	case ATCP_OVERFLOW_RESET:
		if (!atcp_refuse_req(req, skb, ATCP_CAUSE_ABORT)) {
			if (atcp_refuse_successor(req, skb, rx))
				return;
			break;
		}
		ATCP_LCOUNT(l, OVERFLOWRESET, overflow_resets);
		ATCP_LCOUNT(atcp_lst(lsk), EMBRYONICRSTS, embryonic_rsts);
		break;
	case ATCP_OVERFLOW_PARK:
	case ATCP_OVERFLOW_AFTER:
		if (atcp_park_enter(lsk, req, skb, rx))
			return;
		fallthrough;
	default:
		ATCP_LCOUNT(l, OVERFLOWDROP, overflow_drops);
		atcp_synq_set_flag(req, ATCP_REQ_ACKED);
	}
	atcp_listen_drop(lsk, skb, ATCP_DROP_LISTEN_OVERFLOW);
}

/* May a cookie's request stand in the SYN queue, or in the park, beside a flood's? */
static bool atcp_listen_cookie_room(const struct atcp_listener *l)
{
	if (atcp_listener_overflow(l) == ATCP_OVERFLOW_RESET)
		return false;
	if (atcp_park_policy(l) && atcp_acceptq_park_room(l))
		return true;
	return (u32)atcp_synq_half_open(l) / 2 <= atcp_listener_syn_backlog(l);
}

/*
 * The same for a cookie's request. It becomes one like others, beside those of a
 * flood, for its peer is proven: it is parked, or has a SYN-ACK timer from now on.
 * Without room, and under "reset", the peer is told: it would wait in vain.
 */
static void atcp_listen_cookie_overflow(struct sock *lsk, struct atcp_req *req,
					struct sk_buff *skb,
					const struct atcp_tuple *t,
					struct atcp_rx *rx)
{
	struct atcp_listener *l = atcp_lst(lsk);

	ATCP_INC(t->net, COOKIEACKOVERFLOW);
	if (atcp_listen_cookie_room(l)) {
		atcp_synq_clear_flag(req, ATCP_REQ_COOKIE);
		if (!atcp_synq_add(l, req, t, atcp_synq_timeout(req))) {
			atcp_listen_overflow(lsk, req, skb, rx);
			return;
		}
		/* Another ACK was quicker, and made it one. */
		if (atcp_refuse_successor(req, skb, rx))
			return;
		ATCP_LCOUNT(l, OVERFLOWDROP, overflow_drops);
	} else {
		if (!atcp_refuse(lsk, skb, t, rx, NULL))
			return;
		ATCP_LCOUNT(l, OVERFLOWRESET, overflow_resets);
	}
	ATCP_LCOUNT(l, LISTENOVERFLOWS, overflows);
	atcp_listen_drop(lsk, skb, ATCP_DROP_LISTEN_OVERFLOW);
}

/*
 * The request of a cookie's ACK, and whose it is; NULL: there is none, *@reason.
 * Of a listener that has closed since it was found there may be none any more. No
 * timer would send this ACK again: another listener is asked at once.
 */
static struct atcp_req *atcp_listen_cookie(struct sock **lsk, struct sk_buff *skb,
					   const struct atcp_tuple *t,
					   const struct atcp_rx *rx,
					   enum atcp_drop *reason)
{
	struct atcp_req *req = atcp_syncookie_open(*lsk, skb, t, rx, reason);
	struct sock *other;

	if (req || *reason != ATCP_DROP_NOMEM || inet_sk_state_load(*lsk) == TCP_LISTEN)
		return req;
	other = atcp_hash_listener(t, skb, rx->seg.doff);
	if (!other) {
		*reason = ATCP_DROP_LISTEN_NO_SYN;
		return NULL;
	}
	*lsk = other;
	return atcp_syncookie_open(other, skb, t, rx, reason);
}

/*
 * What a segment was found for is gone: another connection or request has its flow, or
 * another listener its port; or it is refused.
 */
static void atcp_listen_anew(struct sk_buff *skb, const struct atcp_tuple *t, struct atcp_rx *rx)
{
	struct sock *lsk;

	if (atcp_refuse_elsewhere(t, NULL, skb, rx))
		return;
	lsk = rx->hops++ < ATCP_LISTEN_HOPS ? atcp_hash_listener(t, skb, rx->seg.doff) : NULL;
	if (lsk)
		atcp_listen_rcv(lsk, skb, t, rx);
	else if (atcp_refuse(NULL, skb, t, rx, NULL))
		atcp_mib_drop(t->net, skb, ATCP_DROP_LISTEN_CLOSED);
}

/* The rest of what atcp_child_complete() says, but that the accept queue is full. */
static void atcp_listen_unmade(struct atcp_req *req, struct sk_buff *skb,
			       const struct atcp_tuple *t, struct atcp_rx *rx,
			       enum atcp_child_result result)
{
	switch (result) {
	case ATCP_CHILD_MADE:
	case ATCP_CHILD_TAKEN:
	case ATCP_CHILD_FULL:
		return;
	case ATCP_CHILD_NOMEM:
	case ATCP_CHILD_NOROUTE:
		/* The peer's next segment, or the timer, is another chance. */
		atcp_synq_set_flag(req, ATCP_REQ_ACKED);
		atcp_listen_drop(req->lsk, skb, result == ATCP_CHILD_NOMEM ? ATCP_DROP_NOMEM :
									     ATCP_DROP_ROUTE);
		return;
	case ATCP_CHILD_CLOSED:
		atcp_listen_anew(skb, t, rx);
		return;
	}
}

/*
 * An ACK that fits no request: a cookie's, or RST (RFC 9293 section 3.10.7.2).
 * @other: a request of the same flow with another ISN, or NULL; a good cookie
 * shows that the peer took the cookie's SYN-ACK, so it gives way.
 */
static void atcp_listen_ack(struct sock *lsk, struct sk_buff *skb,
			    const struct atcp_tuple *t, struct atcp_rx *rx,
			    struct atcp_req *other)
{
	enum atcp_child_result result;
	enum atcp_drop reason;
	struct atcp_req *req;

	req = rx->seg.flags & ATCP_F_SYN ? NULL :
	      atcp_listen_cookie(&lsk, skb, t, rx, &reason);
	if (!req) {
		if (rx->seg.flags & ATCP_F_SYN)
			reason = ATCP_DROP_LISTEN_NO_SYN;
		/* What may be a good cookie comes again: no RST for our own want. */
		if ((reason == ATCP_DROP_LISTEN_NO_SYN || reason == ATCP_DROP_COOKIE_BAD) &&
		    !atcp_refuse(lsk, skb, t, rx, other ? &other->mini.node : NULL))
			return;
		atcp_mib_drop_listener(lsk, skb, reason);
		return;
	}
	if (other)
		atcp_listen_kill(other, ATCP_CAUSE_COOKIE);
	result = atcp_child_complete(atcp_group_pick(lsk), req, skb, rx);
	if (result == ATCP_CHILD_FULL)
		atcp_listen_cookie_overflow(lsk, req, skb, t, rx);
	else
		atcp_listen_unmade(req, skb, t, rx, result);
	atcp_req_put(req);
}

/*
 * A SYN for a listener that drains, and no other takes it: refused as by a closed
 * port, so that the peer can go elsewhere at once.
 */
static void atcp_listen_drained(struct sock *lsk, struct sk_buff *skb,
				const struct atcp_tuple *t, struct atcp_rx *rx)
{
	if (!atcp_refuse(lsk, skb, t, rx, NULL))
		return;
	ATCP_LCOUNT(atcp_lst(lsk), DRAINREFUSED, drain_refused);
	atcp_listen_drop(lsk, skb, ATCP_DROP_LISTEN_DRAIN);
}

/*
 * A SYN was found to be for a listener that drains, or does by now: the one that is to
 * have it, or NULL. The members of a group are looked at one after the other, so if one
 * began or ceased to drain meanwhile, that none was open says nothing: the SYN is taken
 * then, as one that came before the change.
 */
static struct sock *atcp_listen_undrained(struct sock *lsk, struct sk_buff *skb,
					  const struct atcp_tuple *t, const struct atcp_rx *rx)
{
	const atomic_t *seq = &atcp_lst(lsk)->an->drain_seq;
	int before = atomic_read_acquire(seq);
	struct sock *now;

	now = atcp_hash_listener(t, skb, rx->seg.doff);
	if (now && inet_sk_state_load(now) == TCP_LISTEN && !atcp_listener_draining(atcp_lst(now)))
		return now;
	/* Pairs with atcp_knob_settle(). */
	smp_rmb();
	return atomic_read(seq) != before ? lsk : NULL;
}

static void atcp_listen_syn(struct sock *lsk, struct sk_buff *skb,
			    const struct atcp_tuple *t, struct atcp_rx *rx)
{
	struct sock *open = lsk;

	if (unlikely(atcp_listener_draining(atcp_lst(lsk))))
		open = atcp_listen_undrained(lsk, skb, t, rx);
	if (open)
		atcp_syn_rcv(open, skb, t, rx);
	else
		atcp_listen_drained(lsk, skb, t, rx);
}

void atcp_listen_rcv(struct sock *lsk, struct sk_buff *skb,
		     const struct atcp_tuple *t, struct atcp_rx *rx)
{
	u8 flags = rx->seg.flags;

	/* Closed since it was found. All that follows can bear that as well. */
	if (unlikely(inet_sk_state_load(lsk) != TCP_LISTEN)) {
		atcp_listen_anew(skb, t, rx);
		return;
	}
	/* First RST, second ACK, third SYN (RFC 9293 section 3.10.7.2). */
	if (flags & ATCP_F_RST)
		atcp_mib_drop_listener(lsk, skb, ATCP_DROP_LISTEN_NO_SYN);
	else if (flags & ATCP_F_ACK)
		atcp_listen_ack(lsk, skb, t, rx, NULL);
	else if (!(flags & ATCP_F_SYN))
		atcp_mib_drop_listener(lsk, skb, ATCP_DROP_LISTEN_NO_SYN);
	else if (flags & ATCP_F_FIN)
		atcp_mib_drop_listener(lsk, skb, ATCP_DROP_SYN_FIN);
	else
		atcp_listen_syn(lsk, skb, t, rx);
}

/*
 * The request's listener is gone. Another member of its group may have the request,
 * or take it now, with this segment; or another listener on the port know better.
 */
static void atcp_listen_orphaned(struct atcp_req *req, struct sk_buff *skb,
				 const struct atcp_tuple *t, struct atcp_rx *rx)
{
	if (!atcp_migrate_req(req))
		atcp_listen_kill(req, ATCP_CAUSE_CLOSE);
	atcp_listen_anew(skb, t, rx);
}

/* From SYN-ACK to ACK, if it is the first one and of the first SYN-ACK (Karn). */
static void atcp_listen_handshake_time(struct atcp_req *req)
{
	u32 sent_us = atcp_synq_sent_us(req);

	if (sent_us && !atcp_req_retrans(req))
		atcp_hist_add(atcp_lst(req->lsk), ATCP_HIST_HANDSHAKE,
			      (u32)atcp_sock_now_us() - sent_us);
}

/* A good third ACK: RFC 9293 section 3.10.7.4, fifth, SYN-RECEIVED. */
static void atcp_listen_third_ack(struct atcp_req *req, struct sk_buff *skb,
				  const struct atcp_tuple *t, struct atcp_rx *rx)
{
	enum atcp_child_result result;
	struct sock *lsk = req->lsk;

	atcp_listen_handshake_time(req);
	/* A bare ACK does not complete before its time. */
	if (atcp_defer_hold(req, skb, rx))
		return;
	if (rx->opts.has_ts && !atcp_seq_after(rx->seg.seq, req->rcv_isn + 1))
		WRITE_ONCE(req->ts_recent, rx->opts.tsval);
	result = atcp_child_complete(atcp_group_pick(lsk), req, skb, rx);
	if (result == ATCP_CHILD_FULL)
		atcp_listen_overflow(lsk, req, skb, rx);
	else
		atcp_listen_unmade(req, skb, t, rx, result);
}

void atcp_listen_req_rcv(struct atcp_req *req, struct sk_buff *skb,
			 const struct atcp_tuple *t, struct atcp_rx *rx)
{
	struct sock *lsk = req->lsk;
	enum atcp_drop reason;

	if (inet_sk_state_load(lsk) != TCP_LISTEN) {
		atcp_listen_orphaned(req, skb, t, rx);
		return;
	}

	switch (atcp_reqseg_check(req, skb, rx, &reason)) {
	case ATCP_REQSEG_ACK:
		atcp_listen_third_ack(req, skb, t, rx);
		return;
	case ATCP_REQSEG_PARKED:
		atcp_park_keep(lsk, req, skb, rx);
		return;
	case ATCP_REQSEG_BAD_ACK:
		atcp_listen_ack(lsk, skb, t, rx, req);
		return;
	case ATCP_REQSEG_DUP_SYN:
		atcp_listen_dup_syn(req, skb, rx);
		consume_skb(skb);
		return;
	case ATCP_REQSEG_RESET:
		ATCP_INC(t->net, ATTEMPTFAILS);
		if (atcp_listen_kill(req, ATCP_CAUSE_RST))
			ATCP_LCOUNT(atcp_lst(lsk), EMBRYONICRSTS, embryonic_rsts);
		break;
	case ATCP_REQSEG_REPLY_ACK:
		atcp_reply_req_ack(lsk, req, skb);
		break;
	case ATCP_REQSEG_DROP:
		break;
	}
	atcp_mib_drop_listener(lsk, skb, reason);
}

/* What one more timeout does to @req. */
static enum atcp_reqtime_verdict atcp_listen_judge(const struct atcp_req *req)
{
	const struct atcp_listener *l = atcp_lst(req->lsk);
	u8 flags = READ_ONCE(req->mini.node.u1);
	const struct atcp_reqtime r = {
		.num_timeout = READ_ONCE(req->num_timeout),
		.retries = atcp_synq_max_retries(l),
		.full_retries = atcp_listener_synack_retries(l),
		.defer = READ_ONCE(atcp_sk(req->lsk)->defer_accept),
		.acked = flags & ATCP_REQ_ACKED,
		.parked = flags & ATCP_REQ_PARKED,
		.muted = READ_ONCE(l->watch.flood) &&
			 !atcp_synq_proven(l, &req->mini.raddr),
	};

	return atcp_reqtime_judge(&r);
}

static void atcp_listen_expire(struct atcp_req *req)
{
	struct atcp_listener *l = atcp_lst(req->lsk);
	u8 flags = READ_ONCE(req->mini.node.u1);

	if (!atcp_listen_kill(req, ATCP_CAUSE_TIMEOUT))
		return;
	if (flags & ATCP_REQ_PARKED)
		ATCP_LCOUNT(atcp_lst(req->lsk), PARKEXPIRED, park_expired);
	else if (READ_ONCE(req->num_timeout) < atcp_listener_synack_retries(l))
		ATCP_LCOUNT(atcp_lst(req->lsk), REQPRUNED, pruned);
	else
		ATCP_LCOUNT(atcp_lst(req->lsk), REQEXPIRED, expired);
}

/* The time to wait for data is over; true: @req goes on, as one like others. */
static bool atcp_listen_defer_over(struct atcp_req *req)
{
	struct sock *lsk = req->lsk;
	struct atcp_listener *l = atcp_lst(lsk);
	int what = atcp_knob(l, ATCP_KNOB_DEFER_EXPIRE);
	struct sk_buff *skb;
	struct atcp_rx rx;

	if (what == ATCP_DEFER_EXPIRE_DROP) {
		if (atcp_listen_kill(req, ATCP_CAUSE_TIMEOUT))
			ATCP_LCOUNT(l, DEFERDROPPED, defer_dropped);
		return false;
	}
	skb = atcp_defer_ack(req, &rx);
	if (!skb)
		return true;
	if (what == ATCP_DEFER_EXPIRE_RESET) {
		/* Not if its data came just now. */
		if (atcp_refuse_req(req, skb, ATCP_CAUSE_ABORT))
			ATCP_LCOUNT(l, DEFERRESET, defer_reset);
		consume_skb(skb);
		return false;
	}
	ATCP_LCOUNT(l, DEFERACCEPTED, defer_accepted);
	/* The copy that an heir may have by now has the same time to wait. */
	switch (atcp_child_complete(atcp_group_pick(lsk), req, skb, NULL)) {
	case ATCP_CHILD_MADE:
	case ATCP_CHILD_TAKEN:
		break;
	case ATCP_CHILD_FULL:
		atcp_listen_overflow(lsk, req, skb, &rx);
		break;
	case ATCP_CHILD_NOMEM:
	case ATCP_CHILD_NOROUTE:
	case ATCP_CHILD_CLOSED:
		/* The timer is another chance; or the listener's end, to give it to an heir. */
		atcp_synq_set_flag(req, ATCP_REQ_ACKED);
		consume_skb(skb);
	}
	return atcp_hash_linked(&req->mini.node);
}

/* A request's time is over; true: it goes on, and the wheel is to have it again. */
static bool atcp_listen_timed_out(struct atcp_req *req)
{
	struct sock *lsk = req->lsk;
	enum atcp_reqtime_verdict v;
	bool again;

	if (inet_sk_state_load(lsk) != TCP_LISTEN) {
		/* If it moves its heir's copy is on the wheel. */
		if (atcp_hash_linked(&req->mini.node) && !atcp_migrate_req(req))
			atcp_listen_kill(req, ATCP_CAUSE_CLOSE);
		return false;
	}
	if (atcp_defer_held(req) && atcp_hash_linked(&req->mini.node))
		return atcp_listen_defer_over(req);
	if (READ_ONCE(req->mini.node.u1) & ATCP_REQ_PARKED &&
	    atcp_park_timed_out(req, &again))
		return again;
	if (!atcp_hash_linked(&req->mini.node))
		return false;
	ATCP_INC(sock_net(lsk), TCPTIMEOUTS);
	v = atcp_listen_judge(req);
	if (v == ATCP_REQTIME_MUTE)
		ATCP_LCOUNT(atcp_lst(lsk), SYNACKMUTED, synacks_muted);
	if (v == ATCP_REQTIME_END ||
	    (v == ATCP_REQTIME_RESEND && !atcp_listen_resend(req) &&
	     !(READ_ONCE(req->mini.node.u1) & ATCP_REQ_ACKED))) {
		atcp_listen_expire(req);
		return false;
	}
	atcp_synq_grow_old(req);
	/* The last number is no count: see listen/defer.c. */
	if (req->num_timeout < U8_MAX - 1)
		WRITE_ONCE(req->num_timeout, req->num_timeout + 1);
	return true;
}

static void atcp_listen_req_expired(struct atcp_mini *m)
{
	struct atcp_req *req = container_of(m, struct atcp_req, mini);

	rcu_read_lock();
	if (atcp_listen_timed_out(req)) {
		/* The wheel's reference goes back; this one is for the look after. */
		refcount_inc(&m->ref);
		atcp_wheel_add_ref(m, atcp_synq_timeout(req));
		atcp_synq_settle(req);
		/* Its time may be another one, if it was parked before it was linked. */
		atcp_park_retime(req);
	}
	atcp_req_put(req);
	rcu_read_unlock();
}

static const struct atcp_listener_ops atcp_listen_ops = {
	.changed	= atcp_park_changed,
	.tick		= atcp_flood_tick,
	.leave_child	= atcp_migrate_stopped_child,
	.leave_req	= atcp_migrate_stopped_req,
};

void atcp_listen_init(void)
{
	atcp_wheel_set_fn(ATCP_KIND_REQ, atcp_listen_req_expired);
	atcp_listener_watch(&atcp_listen_ops);
}
