// SPDX-License-Identifier: GPL-2.0
/*
 * The SYN that opens a connection to a listener (RFC 9293 section 3.10.7.2).
 *
 * Who gets in, in this order:
 * 1. Accept queue full: dropped, as on Linux. Under the overflow policies that
 *    park only when the park is full as well. This is looked at first, so that a
 *    slow program is not called a flood.
 * 2. SYN queue full (or cookies "always"): a cookie, or dropped if they are off.
 * 3. Cookies off: the last quarter of max_syn_backlog is for peers proven to be
 *    alive: those of a connection that was in TIME-WAIT and is being reopened.
 *    atcp keeps no metrics of other peers, so they count as unproven.
 *
 * A SYN that reopens a connection in TIME-WAIT has its ISN from there, and the
 * limits hold for it as for others: on Linux such SYNs pass all of them.
 *
 * No lock of the listener is taken here.
 */
#include "input/syn.h"

#include <linux/ipv6.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "input/flood.h"
#include "input/listen.h"
#include "input/lsm.h"
#include "input/syncookie.h"
#include "output/route.h"
#include "output/synack.h"
#include "proto/reqtime.h"
#include "state/acceptq.h"
#include "state/group.h"
#include "state/listener.h"
#include "state/mib.h"
#include "state/req.h"
#include "state/synq.h"

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

static int atcp_syn_ifindex(const struct sock *lsk, const struct atcp_tuple *t)
{
	int bound = READ_ONCE(lsk->sk_bound_dev_if);

	/* A link-local peer means nothing without its link. */
	if ((!bound || t->sdif) && t->family == AF_INET6 &&
	    ipv6_addr_type(&t->raddr) & IPV6_ADDR_LINKLOCAL)
		return t->sdif ?: t->dif;
	return bound;
}

void atcp_syn_init_req(const struct sock *lsk, struct atcp_req *req,
		       const struct sk_buff *skb, const struct atcp_tuple *t)
{
	const struct atcp_net *an = atcp_net_get(t->net);
	struct atcp_mini *m = &req->mini;

	m->node.kind = ATCP_KIND_REQ;
	m->node.family = t->family;
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
	u16 least = READ_ONCE(atcp_net_get(t->net)->sysctl.min_snd_mss);
	u16 mss = t->family == AF_INET ? ATCP_SYN_MSS4 : ATCP_SYN_MSS6;

	if (o->has_mss && o->mss)
		mss = user && user < o->mss ? user : o->mss;
	return max(mss, least);
}

/* What the SYN's options and our knobs agree on. */
static void atcp_syn_options(const struct sock *lsk, struct atcp_req *req,
			     const struct atcp_tuple *t,
			     const struct atcp_rx *rx)
{
	const struct atcp_sysctl *sc = &atcp_net_get(t->net)->sysctl;
	const struct atcp_opts *o = &rx->opts;
	u8 flags = 0;

	req->mss = atcp_syn_mss(lsk, t, o);
	if (o->sack_ok && READ_ONCE(sc->sack))
		flags |= ATCP_REQ_SACK;
	if (o->has_ts && READ_ONCE(sc->timestamps)) {
		flags |= ATCP_REQ_TS;
		req->ts_recent = o->tsval;
	}
	if (o->has_wscale && READ_ONCE(sc->window_scaling)) {
		flags |= ATCP_REQ_WSCALE;
		req->wscale = min_t(u8, o->wscale, ATCP_OPTS_WSCALE_MAX) << 4;
	}
	req->mini.node.u1 = flags;
}

/* Adds our own window scale, a function of listener and route, to @req. */
static void atcp_syn_wscale(const struct sock *lsk, struct atcp_req *req,
			    const struct dst_entry *dst)
{
	u32 clamp, wnd;
	u8 wscale;

	atcp_synack_window(lsk, req, dst, &clamp, &wnd, &wscale);
	req->wscale |= wscale;
}

/*
 * Is there room? Gives the reason to drop the SYN, or %ATCP_DROP_NONE, and
 * whether to answer with a cookie.
 */
static enum atcp_drop atcp_syn_admit(struct sock *lsk, struct atcp_listener *l,
				     const struct atcp_rx *rx, bool *cookie)
{
	int mode = atcp_listener_syncookies(l);
	struct net *net = sock_net(lsk);
	bool full = atcp_synq_full(l);
	int max;

	if (atcp_group_full(lsk) &&
	    !(atcp_listen_parks(l) && atcp_acceptq_park_room(l))) {
		ATCP_INC(net, LISTENOVERFLOWS);
		ATCP_LINC(l, overflows);
		return ATCP_DROP_LISTEN_OVERFLOW;
	}

	*cookie = mode == ATCP_SYNCOOKIES_ALWAYS ||
		  (full && mode == ATCP_SYNCOOKIES_AUTO);
	if (mode == ATCP_SYNCOOKIES_ALWAYS)
		return ATCP_DROP_NONE;
	if (full) {
		atcp_synq_overflowed(l);
		atcp_flood_met(l, *cookie);
		if (*cookie) {
			ATCP_INC(net, TCPREQQFULLDOCOOKIES);
			return ATCP_DROP_NONE;
		}
		ATCP_INC(net, TCPREQQFULLDROP);
		return ATCP_DROP_SYNQ_FULL;
	}

	max = READ_ONCE(l->an->sysctl.max_syn_backlog);
	if (mode == ATCP_SYNCOOKIES_OFF && !rx->tw_isn &&
	    max - atomic_read(&l->synq.qlen) < max >> 2)
		return ATCP_DROP_SYNQ_FULL;
	return ATCP_DROP_NONE;
}

/* Keeps @req in the SYN queue and answers. */
static void atcp_syn_keep(struct sock *lsk, struct atcp_listener *l,
			  struct atcp_req *req, const struct atcp_tuple *t,
			  struct dst_entry *dst)
{
	req->snt_us = (u32)atcp_sock_now_us() ?: 1;
	/* Another CPU may have been first with the same SYN: it answers. */
	if (atcp_synq_add(l, req, t, msecs_to_jiffies(atcp_reqtime_ms(0)))) {
		dst_release(dst);
		return;
	}
	trace_atcp_state(NULL, &req->mini, TCP_LISTEN, TCP_SYN_RECV,
			 ATCP_CAUSE_SYN);
	/* A failure to send is as good as a SYN-ACK lost: the timer repeats it. */
	atcp_synack_send(lsk, req, dst);
}

/* From a SYN that was let in to the answer; the reason when it is dropped. */
static enum atcp_drop atcp_syn_answer(struct sock *lsk, struct sk_buff *skb,
				      const struct atcp_tuple *t,
				      const struct atcp_rx *rx, bool cookie)
{
	struct atcp_listener *l = atcp_lst(lsk);
	enum atcp_drop reason = ATCP_DROP_NONE;
	struct atcp_req *req;
	struct dst_entry *dst;

	req = atcp_req_alloc(lsk);
	if (!req)
		return ATCP_DROP_NOMEM;
	atcp_syn_init_req(lsk, req, skb, t);
	atcp_syn_options(lsk, req, t, rx);
	req->rcv_isn = rx->seg.seq;

	if (atcp_lsm_conn_request(lsk, req, skb)) {
		reason = ATCP_DROP_SECURITY;
		goto out;
	}
	dst = atcp_route_req(lsk, req);
	if (!dst) {
		reason = ATCP_DROP_ROUTE;
		goto out;
	}
	atcp_syn_wscale(lsk, req, dst);

	if (cookie) {
		atcp_syncookie_make(lsk, req, skb, t);
		atcp_synack_send(lsk, req, dst);
	} else {
		req->snt_isn = rx->tw_isn ?: atcp_synack_isn(lsk, req);
		atcp_syn_keep(lsk, l, req, t, dst);
	}
out:
	atcp_req_put(req);
	return reason;
}

void atcp_syn_rcv(struct sock *lsk, struct sk_buff *skb,
		  const struct atcp_tuple *t, struct atcp_rx *rx)
{
	struct atcp_listener *l = atcp_lst(lsk);
	enum atcp_drop reason;
	bool cookie = false;

	ATCP_LINC(l, syns);
	atcp_flood_check(l);
	if (!atcp_syn_unicast(skb, t)) {
		atcp_listen_drop(lsk, skb, ATCP_DROP_SYN_BCAST);
		return;
	}

	reason = atcp_syn_admit(lsk, l, rx, &cookie);
	if (!reason)
		reason = atcp_syn_answer(lsk, skb, t, rx, cookie);
	if (reason)
		atcp_listen_drop(lsk, skb, reason);
	else
		consume_skb(skb);
}
