// SPDX-License-Identifier: GPL-2.0
/*
 * The SYN that opens a connection to a listener (RFC 9293 section 3.10.7.2).
 *
 * Who gets in, in this order:
 * 1. Accept queue full: dropped, as on Linux. Under the overflow policies that
 *    park only when the park is full as well. This is looked at first, so that a
 *    slow program is not called a flood.
 * 2. Cookies "always": a cookie.
 * 3. SYN queue full: a cookie, or dropped if they are off. For proven peers
 *    (state/listen/peer.c) it is longer, by proven_share.
 * 4. The source's network holds more than its share of a SYN queue that is over
 *    half full (proto/fair.c): the same.
 * 5. During a flood the upper half of the queue is for proven peers: a cookie.
 * 6. Cookies off: the last quarter of max_syn_backlog is for proven peers, and
 *    those whose connection was in TIME-WAIT and is being reopened.
 *
 * A SYN that reopens a connection in TIME-WAIT has its ISN from there, and the
 * limits hold for it as for others: on Linux such SYNs pass all of them.
 *
 * No lock of the listener is taken here.
 */
#include "listen/syn.h"

#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "listen/fastopen.h"
#include "listen/flood.h"
#include "listen/listen.h"
#include "listen/lsm.h"
#include "listen/park.h"
#include "listen/syncookie.h"
#include "output/route.h"
#include "output/synack.h"
#include "proto/ecn.h"
#include "proto/fair.h"
#include "state/conn/auth.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/listen/synsave.h"
#include "state/shared/mib.h"

/* MSS of a peer that announces none (RFC 9293 section 3.7.1). */
#define ATCP_SYN_MSS4	536
#define ATCP_SYN_MSS6	1220

/* May the flow's addresses be those of a connection? (RFC 9293 MUST-57) */
static bool atcp_syn_unicast(const struct sk_buff *skb,
			     const struct atcp_tuple *t)
{
	if (!skb_dst(skb))
		return false;
	if (t->family == AF_INET)
		return !(skb_rtable(skb)->rt_flags &
			 (RTCF_BROADCAST | RTCF_MULTICAST)) &&
		       !ipv4_is_multicast(t->raddr.s6_addr32[3]) &&
		       !ipv4_is_lbcast(t->raddr.s6_addr32[3]);
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_unicast_destination(skb) &&
	       !ipv6_addr_is_multicast(&t->raddr) &&
	       !ipv6_addr_v4mapped(&t->raddr);
#else
	return false;
#endif
}

/* The device that the connection will be bound to: its listener's, its VRF, or 0. */
static int atcp_syn_ifindex(const struct sock *lsk, const struct atcp_tuple *t)
{
	int bound = READ_ONCE(lsk->sk_bound_dev_if);

	/* A link-local peer means nothing without its link. */
	if ((!bound || t->sdif) && t->family == AF_INET6 &&
	    ipv6_addr_type(&t->raddr) & IPV6_ADDR_LINKLOCAL)
		return t->sdif ?: t->dif;
	/* What has come by a VRF is answered within it, and so is all that follows. */
	if (!bound && atcp_net_l3mdev_accept(t->net))
		return l3mdev_master_ifindex_by_index(t->net, t->dif);
	return bound;
}

void atcp_syn_init_req(const struct sock *lsk, struct atcp_req *req,
		       const struct sk_buff *skb, const struct atcp_tuple *t)
{
	const struct atcp_net *an = atcp_sock_net(lsk);
	struct atcp_mini *m = &req->mini;

	m->node.kind = ATCP_KIND_REQ;
	m->node.family = t->family;
	if (atcp_cookiekey_shared(&an->cookiekeys))
		m->node.u0 |= ATCP_REQ_CLUSTER;
	m->node.hash = t->hash;
	m->raddr = t->raddr;
	m->laddr = t->laddr;
	m->rport = t->rport;
	m->lport = t->lport;
	m->ifindex = atcp_syn_ifindex(lsk, t);

	req->mark = READ_ONCE(lsk->sk_mark);
	if (!req->mark && READ_ONCE(an->sysctl.fwmark_accept))
		req->mark = skb->mark;
}

static u16 atcp_syn_mss(const struct sock *lsk, const struct atcp_tuple *t,
			const struct atcp_opts *o)
{
	u16 user = READ_ONCE(atcp_sk(lsk)->user_mss);
	u16 least = READ_ONCE(atcp_sock_net(lsk)->sysctl.min_snd_mss);
	u16 mss = t->family == AF_INET ? ATCP_SYN_MSS4 : ATCP_SYN_MSS6;

	if (o->has_mss && o->mss)
		mss = user && user < o->mss ? user : o->mss;
	return max(mss, least);
}

void atcp_syn_options(const struct sock *lsk, struct atcp_req *req,
		      const struct atcp_tuple *t, const struct atcp_rx *rx)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(lsk)->sysctl;
	const struct atcp_opts *o = &rx->opts;
	u8 flags = 0;

	req->mss = atcp_syn_mss(lsk, t, o);
	if (o->sack_ok && READ_ONCE(sc->sack))
		flags |= ATCP_REQ_SACK;
	/* A signature leaves no room for both timestamps and SACK, as Linux has it. */
	if (o->has_ts && READ_ONCE(sc->timestamps) && !(o->has_md5 && flags & ATCP_REQ_SACK)) {
		flags |= ATCP_REQ_TS;
		req->ts_recent = o->tsval;
	}
	if (o->has_wscale && READ_ONCE(sc->window_scaling)) {
		flags |= ATCP_REQ_WSCALE;
		req->wscale = min_t(u8, o->wscale, ATCP_OPTS_WSCALE_MAX) << 4;
	}
	req->mini.node.u1 = flags;
}

/* By the listener's algorithm, or that of the way back. */
static bool atcp_syn_needs_ecn(const struct sock *lsk, const struct dst_entry *dst)
{
	u32 key = dst ? dst_metric_raw(dst, RTAX_CC_ALGO) : 0;

	return (READ_ONCE(atcp_sk(lsk)->ecn.flags) & ATCP_ECN_EACH) ||
	       (key && atcp_cong_key_needs_ecn(key));
}

void atcp_syn_ecn(const struct sock *lsk, struct atcp_req *req, const struct atcp_rx *rx,
		  const struct dst_entry *dst)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(lsk)->sysctl;

	int mode = READ_ONCE(sc->ecn);

	if (mode >= ATCP_ECN_MODE_ACC && atcp_accecn_asked(atcp_rx_ace(rx))) {
		req->mini.node.u1 |= ATCP_REQ_ECN;
		req->mini.node.u2 |= ATCP_REQ_ACC | rx->ecn << ATCP_REQ_ACC_IP_SHIFT;
		return;
	}
	/* Whose algorithm needs ECN agrees to what asks by an ECT SYN, as such a peer's is. */
	if (atcp_syn_needs_ecn(lsk, dst)) {
		if (atcp_ecn_asked(rx->seg.flags, ATCP_ECN_IP_NOT_ECT, false))
			req->mini.node.u1 |= ATCP_REQ_ECN;
		return;
	}
	if (!atcp_ecn_asked(rx->seg.flags, rx->ecn, rx->reserved))
		return;
	if (mode != ATCP_ECN_MODE_OFF ||
	    (dst && dst_feature(dst, RTAX_FEATURE_ECN)))
		req->mini.node.u1 |= ATCP_REQ_ECN;
}

/**
 * struct atcp_syn_view - what a SYN is admitted by
 * @l: the listener
 * @raddr: where it says that it comes from
 * @mode: enum atcp_syncookies
 * @reopens: of a connection in TIME-WAIT
 * @limit: of the SYN queue; this and the rest unless cookies are for all
 * @qlen: its length
 * @prefix: by which it counts against a share, see atcp_synq_prefix(); of one that is let in
 */
struct atcp_syn_view {
	struct atcp_listener	*l;
	const struct in6_addr	*raddr;
	int			mode;
	bool			reopens;
	u32			limit;
	u32			qlen;
	u8			prefix;
};

/* No room: a cookie, or the reason to drop it. */
static enum atcp_drop atcp_syn_refuse(const struct atcp_syn_view *v, enum atcp_drop why,
				      bool *cookie)
{
	*cookie = v->mode == ATCP_SYNCOOKIES_AUTO;
	if (why == ATCP_DROP_SYNQ_FULL)
		atcp_synq_overflowed(v->l);
	atcp_flood_met(v->l, *cookie);
	if (!*cookie) {
		if (why == ATCP_DROP_SYNQ_FULL)
			ATCP_AN_INC(v->l->an, TCPREQQFULLDROP);
		return why;
	}
	if (why == ATCP_DROP_SYNQ_FULL)
		ATCP_AN_INC(v->l->an, TCPREQQFULLDOCOOKIES);
	else
		ATCP_LCOUNT(v->l, FAIRCOOKIES, fair_cookies);
	return ATCP_DROP_NONE;
}

/* Linux's rule for when cookies are off. */
static bool atcp_syn_last_quarter(const struct atcp_syn_view *v)
{
	int max = READ_ONCE(v->l->an->sysctl.max_syn_backlog);

	return max - (int)v->qlen < max >> 2;
}

static bool atcp_syn_over_share(const struct atcp_syn_view *v, u8 prefix)
{
	return atcp_fair_over(atcp_synq_held(v->l, v->raddr, prefix), v->qlen, v->limit,
			      atcp_knob(v->l, ATCP_KNOB_FAIR_SHARE));
}

/*
 * Has the peer's network had its share? A proven peer has one of its own: who forges its
 * neighbours' addresses must not shut it out, and who forges its own gets no more.
 */
static bool atcp_syn_unfair(struct atcp_syn_view *v, bool proven)
{
	if (likely(!atcp_syn_over_share(v, v->prefix)))
		return false;
	if (!proven || atcp_syn_over_share(v, ATCP_SYNQ_ALONE))
		return true;
	v->prefix = ATCP_SYNQ_ALONE;
	return false;
}

/*
 * Is there room in the SYN queue? Gives the reason to drop the SYN, or
 * %ATCP_DROP_NONE, and whether to answer with a cookie.
 */
static enum atcp_drop atcp_syn_room(struct atcp_syn_view *v, bool *cookie)
{
	bool quarter = v->mode == ATCP_SYNCOOKIES_OFF && atcp_syn_last_quarter(v);
	struct atcp_listener *l = v->l;
	bool proven;

	if (unlikely(atcp_req_crowded(l)))
		return atcp_syn_refuse(v, ATCP_DROP_SYNQ_FULL, cookie);
	if (v->qlen <= v->limit / 2 && !quarter) {
		v->prefix = atcp_synq_prefix(l, v->raddr);
		return ATCP_DROP_NONE;
	}
	proven = atcp_synq_proven(l, v->raddr);
	/* Most of a flood ends here: whose share it is need not be found out. */
	if (v->qlen > v->limit && !proven)
		return atcp_syn_refuse(v, ATCP_DROP_SYNQ_FULL, cookie);
	v->prefix = atcp_synq_prefix(l, v->raddr);
	if (atcp_syn_unfair(v, proven))
		return atcp_syn_refuse(v, ATCP_DROP_FAIR_SHARE, cookie);

	if (v->qlen > v->limit) {
		u32 more = atcp_fair_reserve(v->limit, atcp_knob(l, ATCP_KNOB_PROVEN_SHARE));

		if (v->qlen > v->limit + more)
			return atcp_syn_refuse(v, ATCP_DROP_SYNQ_FULL, cookie);
		ATCP_LCOUNT(l, PROVENADMITTED, proven_admitted);
		return ATCP_DROP_NONE;
	}
	if (quarter && !proven && !v->reopens)
		return atcp_syn_refuse(v, ATCP_DROP_UNPROVEN, cookie);
	if (READ_ONCE(l->watch.flood) && !proven && v->mode == ATCP_SYNCOOKIES_AUTO) {
		/* It would be over, and begin anew, whenever the lower half has expired. */
		atcp_flood_met(l, true);
		ATCP_LCOUNT(l, FLOODCOOKIES, flood_cookies);
		*cookie = true;
	}
	return ATCP_DROP_NONE;
}

/* The same with the accept queue, and with the mode. */
static enum atcp_drop atcp_syn_admit(struct sock *lsk, struct atcp_syn_view *v, bool *cookie)
{
	if (atcp_group_full(lsk) &&
	    !(atcp_park_policy(v->l) && atcp_acceptq_park_room(v->l))) {
		ATCP_LCOUNT(v->l, LISTENOVERFLOWS, overflows);
		atcp_flood_slow(v->l);
		return ATCP_DROP_LISTEN_OVERFLOW;
	}
	if (v->mode == ATCP_SYNCOOKIES_ALWAYS) {
		*cookie = true;
		return ATCP_DROP_NONE;
	}
	v->limit = atcp_listener_syn_backlog(v->l);
	v->qlen = atcp_synq_half_open(v->l);
	return atcp_syn_room(v, cookie);
}

/* Keeps @req in the SYN queue and answers @skb as planned; consumes it and @dst. */
static void atcp_syn_keep(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
			  const struct atcp_tuple *t, struct dst_entry *dst, u8 prefix,
			  const struct atcp_synack_plan *plan)
{
	req->mini.node.u3 = prefix;
	/* Another CPU may have been first with the same SYN: it answers. */
	if (atcp_synq_add(atcp_lst(lsk), req, t, atcp_synq_timeout(req))) {
		dst_release(dst);
		consume_skb(skb);
		return;
	}
	trace_atcp_state(NULL, &req->mini, TCP_LISTEN, TCP_SYN_RECV,
			 ATCP_CAUSE_SYN);
	/* A failure to send is as good as a SYN-ACK lost: the timer repeats it. */
	atcp_synack_answer(lsk, req, dst, plan, skb);
}

/*
 * What a zeroed @req is of a SYN that was let in, and the way back; the reason when
 * there is none or it may not be.
 */
static enum atcp_drop atcp_syn_begin(struct sock *lsk, struct atcp_req *req,
				     struct sk_buff *skb, const struct atcp_tuple *t,
				     const struct atcp_rx *rx, struct dst_entry **dst)
{
	atcp_syn_init_req(lsk, req, skb, t);
	atcp_syn_options(lsk, req, t, rx);
	req->rcv_isn = rx->seg.seq;
	atcp_auth_req_note(req, skb);

	if (atcp_lsm_conn_request(lsk, req, skb))
		return ATCP_DROP_SECURITY;
	*dst = atcp_route_req(lsk, req);
	if (!*dst)
		return ATCP_DROP_ROUTE;
	atcp_syn_ecn(lsk, req, rx, *dst);
	return ATCP_DROP_NONE;
}

/* Answers with a cookie, in the SYN's buffer if it can be; @skb is consumed unless dropped. */
static enum atcp_drop atcp_syn_cookie(struct sock *lsk, struct sk_buff *skb,
				      const struct atcp_tuple *t, const struct atcp_rx *rx)
{
	struct atcp_synack_plan plan;
	struct atcp_req_more more = {
		.req.mini.node.u0 = rx->opts.has_ao ? ATCP_REQ_MORE : 0,
	};
	struct atcp_req *req = &more.req;
	struct dst_entry *dst;
	enum atcp_drop reason;

	reason = atcp_syn_begin(lsk, req, skb, t, rx, &dst);
	if (reason)
		return reason;
	atcp_synack_plan(lsk, req, dst, &plan);
	atcp_syncookie_make(lsk, req, skb, t);
	atcp_synack_answer(lsk, req, dst, &plan, skb);
	return ATCP_DROP_NONE;
}

/* Makes a request of it and answers; the same of @skb. */
static enum atcp_drop atcp_syn_request(struct sock *lsk, struct sk_buff *skb,
				       const struct atcp_tuple *t, const struct atcp_rx *rx,
				       u8 prefix)
{
	struct atcp_fastopen_cookie fo;
	struct atcp_synack_plan plan;
	struct atcp_saved_syn *saved;
	struct dst_entry *dst;
	enum atcp_drop reason;
	struct atcp_req *req;
	u32 clamp, tsval;
	u64 now_ns;
	u8 wscale;

	saved = atcp_synsave_make(lsk, skb);
	req = atcp_req_alloc(lsk, saved, rx->opts.has_ao);
	atcp_synsave_put(saved);
	if (!req)
		return ATCP_DROP_NOMEM;
	reason = atcp_syn_begin(lsk, req, skb, t, rx, &dst);
	if (reason)
		goto out;
	/* Our own window scale, a function of listener and route. */
	atcp_synack_window(lsk, req, dst, &clamp, &plan.wnd, &wscale);
	req->wscale |= wscale;
	now_ns = ktime_get_ns();
	req->snt_isn = atcp_synack_isn(lsk, req, now_ns, &tsval);
	if (rx->tw_isn)
		req->snt_isn = rx->tw_isn;
	if (atcp_fastopen_open(lsk, req, skb, rx, dst, &fo)) {
		dst_release(dst);
		consume_skb(skb);
	} else {
		req->snt_us = (u32)div_u64(now_ns, NSEC_PER_USEC) ?: 1;
		atcp_synack_fill(lsk, req, dst, tsval, &fo, &plan);
		atcp_syn_keep(lsk, req, skb, t, dst, prefix, &plan);
	}
out:
	atcp_req_put(req);
	return reason;
}

void atcp_syn_rcv(struct sock *lsk, struct sk_buff *skb,
		  const struct atcp_tuple *t, struct atcp_rx *rx)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_syn_view v = {
		.l = l,
		.raddr = &t->raddr,
		.mode = atcp_listener_syncookies(l),
		.reopens = rx->tw_isn,
	};
	enum atcp_drop reason;
	bool cookie = false;

	atcp_flood_check(l);
	ATCP_LINC(l, syns);
	if (!atcp_syn_unicast(skb, t)) {
		atcp_listen_drop(lsk, skb, ATCP_DROP_SYN_BCAST);
		return;
	}

	reason = atcp_syn_admit(lsk, &v, &cookie);
	if (!reason)
		reason = cookie ? atcp_syn_cookie(lsk, skb, t, rx) :
				  atcp_syn_request(lsk, skb, t, rx, v.prefix);
	if (reason)
		atcp_listen_drop(lsk, skb, reason);
}
