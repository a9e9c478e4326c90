// SPDX-License-Identifier: GPL-2.0
/*
 * SYN cookies: the answer without a request, and the request out of the ACK.
 *
 * MSS, window scale and SACK are in the cookie itself (proto/cookie.c), so they
 * survive without timestamps. Timestamps are agreed if the ACK carries them; our
 * offset is a keyed hash of the flow, the same in SYN-ACK and child.
 *
 * An ACK is taken for a cookie only within two epochs of the last one sent, so
 * that guessing is no use in peace; or while another host, with which the keys are
 * shared (state/listen/cookiekey.c), says that it sends some. With "always" and such keys
 * all of them may at any time.
 *
 * Timestamps need not carry options then; what they bring with the ACK is the
 * time of the SYN-ACK, and so the round trip.
 */
#include "listen/syncookie.h"

#include <linux/ktime.h>
#include <net/dst.h>

#include "listen/defer.h"
#include "listen/lsm.h"
#include "listen/syn.h"
#include "output/route.h"
#include "output/synack.h"
#include "proto/cookie.h"
#include "proto/ecn.h"
#include "state/conn/auth.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/mib.h"

/* A round trip that is longer than a cookie lives is none, ms. */
#define ATCP_SYNCOOKIE_RTT_MAX	(2 * ATCP_COOKIE_EPOCH_SEC * MSEC_PER_SEC)

void atcp_syncookie_make(struct sock *lsk, struct atcp_req *req,
			 const struct sk_buff *skb, const struct atcp_tuple *t)
{
	struct atcp_net *an = atcp_sock_net(lsk);
	struct atcp_listener *l = atcp_lst(lsk);
	u8 flags = req->mini.node.u1;
	struct atcp_cookie_opts opts = {
		.mss = req->mss,
		.wscale = flags & ATCP_REQ_WSCALE ? atcp_req_snd_wscale(req) :
						    ATCP_OPTS_WSCALE_NONE,
		.sack = flags & ATCP_REQ_SACK,
		.ecn = flags & ATCP_REQ_ECN,
	};
	const struct atcp_cookie_in in = {
		.saddr	= t->raddr,
		.daddr	= t->laddr,
		.seq	= req->rcv_isn,
		.sport	= t->rport,
		.dport	= t->lport,
		.family	= t->family,
	};

	req->snt_isn = atcp_cookiekey_make(&an->cookiekeys, &in, &opts);
	atcp_synq_overflowed(l);
	ATCP_LCOUNT(l, SYNCOOKIESSENT, cookies_sent);
	if (trace_atcp_cookie_enabled())
		trace_atcp_cookie(lsk, skb, ATCP_COOKIE_SENT,
				  atcp_cookie_mss(in.family, req->mss));
}

/*
 * May an ACK without a request be a cookie's at all? Each mode's odds of a guess, and
 * when there are any, stand in proto/cookie.c.
 */
static bool atcp_syncookie_expected(const struct atcp_listener *l)
{
	const struct atcp_cookiekeys *ck = &l->an->cookiekeys;

	switch (atcp_listener_syncookies(l)) {
	case ATCP_SYNCOOKIES_OFF:
		return false;
	case ATCP_SYNCOOKIES_ALWAYS:
		/* Of the namespace: it may be what a listener before this one sent. */
		return atcp_cookiekey_sent(ck) || atcp_cookiekey_shared(ck) ||
		       atcp_cookiekey_expects(ck);
	default:
		return atcp_synq_recent_overflow(l) || atcp_cookiekey_expects(ck);
	}
}

/* Is the ACK of this tuple worth checking, and is it one of ours? */
static enum atcp_drop atcp_syncookie_check(struct sock *lsk,
					   const struct sk_buff *skb,
					   const struct atcp_tuple *t,
					   const struct atcp_seg *seg,
					   struct atcp_cookie_opts *opts, bool *shared)
{
	struct atcp_listener *l = atcp_lst(lsk);
	const struct atcp_cookie_in in = {
		.saddr	= t->raddr,
		.daddr	= t->laddr,
		.seq	= seg->seq - 1,
		.sport	= t->rport,
		.dport	= t->lport,
		.family	= t->family,
	};

	if (!atcp_syncookie_expected(l)) {
		trace_atcp_cookie(lsk, skb, ATCP_COOKIE_UNASKED, 0);
		return ATCP_DROP_LISTEN_NO_SYN;
	}

	if (atcp_cookiekey_check(&l->an->cookiekeys, &in, seg->ack - 1, opts, shared)) {
		ATCP_SK_INC(lsk, SYNCOOKIESFAILED);
		ATCP_LINC(l, cookies_failed);
		trace_atcp_cookie(lsk, skb, ATCP_COOKIE_BAD, 0);
		return ATCP_DROP_COOKIE_BAD;
	}
	ATCP_SK_INC(lsk, SYNCOOKIESRECV);
	ATCP_LINC(l, cookies_recv);
	ATCP_LINC(l, completed);
	trace_atcp_cookie(lsk, skb, ATCP_COOKIE_GOOD, opts->mss);
	return ATCP_DROP_NONE;
}

/* Fills in what the cookie and the ACK say of the handshake. */
static void atcp_syncookie_fill(struct atcp_req *req, const struct atcp_rx *rx,
				const struct atcp_cookie_opts *opts)
{
	const struct atcp_sysctl *sc = &atcp_net_get(sock_net(req->lsk))->sysctl;
	u8 flags = ATCP_REQ_COOKIE | ATCP_REQ_ACKED;

	req->rcv_isn = rx->seg.seq - 1;
	req->snt_isn = rx->seg.ack - 1;
	req->mss = opts->mss;
	if (opts->sack)
		flags |= ATCP_REQ_SACK;
	if (opts->ecn)
		flags |= ATCP_REQ_ECN;
	/* RFC 9768 section 5.1: by the third ACK it can be told which of the two was agreed to. */
	if (opts->ecn && sc->ecn >= ATCP_ECN_MODE_ACC && atcp_rx_ace(rx) > 1)
		req->mini.node.u2 |= ATCP_REQ_ACC;
	if (opts->wscale != ATCP_OPTS_WSCALE_NONE) {
		flags |= ATCP_REQ_WSCALE;
		req->wscale = opts->wscale << 4;
	}
	if (rx->opts.has_ts && READ_ONCE(sc->timestamps)) {
		flags |= ATCP_REQ_TS;
		req->ts_recent = rx->opts.tsval;
	}
	req->mini.node.u1 = flags;
}

/* The peer is proven; its timestamp, if any, echoes when the SYN-ACK went. */
static void atcp_syncookie_proven(const struct sock *lsk, const struct atcp_req *req,
				  const struct atcp_rx *rx)
{
	u32 rtt_us = 0, ms;

	if (READ_ONCE(req->mini.node.u1) & ATCP_REQ_TS) {
		ms = atcp_sock_ts_now() + atcp_synack_ts_off(lsk, req) - rx->opts.tsecr;
		if (ms < ATCP_SYNCOOKIE_RTT_MAX)
			rtt_us = max_t(u32, ms, 1) * USEC_PER_MSEC;
	}
	atcp_sock_prove_peer(lsk, &req->mini.raddr, rtt_us);
}

/* Does the ACK come without the data that the listener waits for? */
static bool atcp_syncookie_deferred(const struct sock *lsk, const struct atcp_rx *rx)
{
	return rx->seg.seq == rx->seg.end_seq && atcp_defer_wants(lsk);
}

/*
 * TCP_DEFER_ACCEPT: a bare ACK does not complete. It becomes a request that waits
 * for data as others do, if the SYN queue has room beside the flood; if not, the
 * data will bring the cookie's number again.
 */
static void atcp_syncookie_defer(struct atcp_req *req, const struct atcp_tuple *t, u16 wnd)
{
	struct atcp_listener *l = atcp_lst(req->lsk);
	u32 limit = atcp_listener_syn_backlog(l);

	ATCP_LCOUNT(l, TCPDEFERACCEPTDROP, deferred);
	if ((u32)atcp_synq_half_open(l) / 2 > limit)
		return;
	atcp_synq_clear_flag(req, ATCP_REQ_COOKIE);
	if (atcp_synq_add(l, req, t, atcp_synq_timeout(req)))
		return;
	atcp_defer_begin(req, wnd);
	ATCP_LCOUNT(l, COOKIEDEFERRED, cookies_deferred);
}

struct atcp_req *atcp_syncookie_open(struct sock *lsk, struct sk_buff *skb,
				     const struct atcp_tuple *t,
				     const struct atcp_rx *rx,
				     enum atcp_drop *reason)
{
	struct atcp_cookie_opts opts;
	struct dst_entry *dst;
	struct atcp_req *req;
	u32 clamp, wnd;
	u8 wscale;
	bool shared;

	*reason = atcp_syncookie_check(lsk, skb, t, &rx->seg, &opts, &shared);
	if (*reason)
		return NULL;
	req = atcp_req_alloc(lsk, NULL, rx->opts.has_ao);
	if (!req) {
		*reason = ATCP_DROP_NOMEM;
		return NULL;
	}
	atcp_syn_init_req(lsk, req, skb, t);
	/* As it was when the SYN came: the keys may have changed since. */
	req->mini.node.u0 &= ~ATCP_REQ_CLUSTER;
	if (shared)
		req->mini.node.u0 |= ATCP_REQ_CLUSTER;
	atcp_auth_req_note(req, skb);
	atcp_syncookie_fill(req, rx, &opts);

	if (atcp_lsm_conn_request(lsk, req, skb)) {
		*reason = ATCP_DROP_SECURITY;
		goto fail;
	}
	/* What the SYN-ACK offered is computed again, as it was then. */
	dst = atcp_route_req(lsk, req);
	if (!dst) {
		*reason = ATCP_DROP_ROUTE;
		goto fail;
	}
	atcp_synack_window(lsk, req, dst, &clamp, &wnd, &wscale);
	dst_release(dst);
	req->wscale |= wscale;
	atcp_syncookie_proven(lsk, req, rx);
	if (atcp_syncookie_deferred(lsk, rx)) {
		atcp_syncookie_defer(req, t, rx->seg.wnd);
		*reason = ATCP_DROP_REQ_DEFER;
		goto fail;
	}
	return req;

fail:
	atcp_req_put(req);
	return NULL;
}
