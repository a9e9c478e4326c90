// SPDX-License-Identifier: GPL-2.0
/*
 * SYN cookies: the answer without a request, and the request out of the ACK.
 *
 * MSS, window scale and SACK are in the cookie itself (proto/cookie.c), so they
 * survive without timestamps. Timestamps are agreed if the ACK carries them; our
 * offset is a keyed hash of the flow, the same in SYN-ACK and child.
 *
 * An ACK is taken for a cookie only within two epochs of the last overflow, so
 * that guessing is no use in peace; with "always", at any time.
 *
 * Epochs count seconds of the monotonic clock: setting the time of day breaks
 * no handshake.
 */
#include "input/syncookie.h"

#include <linux/timekeeping.h>
#include <net/dst.h>

#include "input/lsm.h"
#include "input/syn.h"
#include "output/route.h"
#include "output/synack.h"
#include "proto/cookie.h"
#include "state/listener.h"
#include "state/mib.h"
#include "state/req.h"
#include "state/synq.h"

/* Epochs that a cookie may be old: it lives one to two epochs. */
#define ATCP_SYNCOOKIE_AGE	1

static void atcp_syncookie_in(struct atcp_cookie_in *in,
			      const struct atcp_tuple *t, u32 rcv_isn)
{
	memset(in, 0, sizeof(*in));
	in->saddr = t->raddr;
	in->daddr = t->laddr;
	in->seq = rcv_isn;
	in->sport = t->rport;
	in->dport = t->lport;
	in->family = t->family;
}

void atcp_syncookie_make(struct sock *lsk, struct atcp_req *req,
			 const struct sk_buff *skb, const struct atcp_tuple *t)
{
	const struct atcp_net *an = atcp_net_get(sock_net(lsk));
	struct atcp_listener *l = atcp_lst(lsk);
	u8 flags = req->mini.node.u1;
	struct atcp_cookie_opts opts = {
		.mss = req->mss,
		.wscale = flags & ATCP_REQ_WSCALE ? atcp_req_snd_wscale(req) :
						    ATCP_OPTS_WSCALE_NONE,
		.sack = flags & ATCP_REQ_SACK,
	};
	struct atcp_cookie_in in;

	atcp_syncookie_in(&in, t, req->rcv_isn);
	req->snt_isn = atcp_cookie_make(&in, &opts, &an->cookie_keys,
					atcp_cookie_epoch(ktime_get_seconds()));
	req->mss = atcp_cookie_mss(in.family, req->mss);
	atcp_synq_overflowed(l);
	ATCP_INC(sock_net(lsk), SYNCOOKIESSENT);
	ATCP_LINC(l, cookies_sent);
	trace_atcp_cookie(skb, ATCP_COOKIE_SENT, req->mss);
}

/* Is the ACK of this tuple worth checking, and is it one of ours? */
static enum atcp_drop atcp_syncookie_check(struct sock *lsk,
					   const struct sk_buff *skb,
					   const struct atcp_tuple *t,
					   const struct atcp_seg *seg,
					   struct atcp_cookie_opts *opts)
{
	struct atcp_listener *l = atcp_lst(lsk);
	int mode = atcp_listener_syncookies(l);
	struct atcp_cookie_in in;

	if (mode == ATCP_SYNCOOKIES_OFF ||
	    (mode == ATCP_SYNCOOKIES_AUTO && !atcp_synq_recent_overflow(l))) {
		trace_atcp_cookie(skb, ATCP_COOKIE_UNASKED, 0);
		return ATCP_DROP_LISTEN_NO_SYN;
	}

	atcp_syncookie_in(&in, t, seg->seq - 1);
	if (atcp_cookie_check(&in, seg->ack - 1,
			      &atcp_net_get(sock_net(lsk))->cookie_keys,
			      atcp_cookie_epoch(ktime_get_seconds()),
			      ATCP_SYNCOOKIE_AGE, opts)) {
		ATCP_INC(sock_net(lsk), SYNCOOKIESFAILED);
		ATCP_LINC(l, cookies_failed);
		trace_atcp_cookie(skb, ATCP_COOKIE_BAD, 0);
		return ATCP_DROP_COOKIE_BAD;
	}
	ATCP_INC(sock_net(lsk), SYNCOOKIESRECV);
	ATCP_LINC(l, cookies_recv);
	trace_atcp_cookie(skb, ATCP_COOKIE_GOOD, opts->mss);
	return ATCP_DROP_NONE;
}

/* Fills in what the cookie and the ACK say of the handshake. */
static void atcp_syncookie_fill(struct atcp_req *req, const struct atcp_rx *rx,
				const struct atcp_cookie_opts *opts)
{
	u8 flags = ATCP_REQ_COOKIE | ATCP_REQ_ACKED;

	req->rcv_isn = rx->seg.seq - 1;
	req->snt_isn = rx->seg.ack - 1;
	req->mss = opts->mss;
	if (opts->sack)
		flags |= ATCP_REQ_SACK;
	if (opts->wscale != ATCP_OPTS_WSCALE_NONE) {
		flags |= ATCP_REQ_WSCALE;
		req->wscale = opts->wscale << 4;
	}
	if (rx->opts.has_ts &&
	    READ_ONCE(atcp_net_get(sock_net(req->lsk))->sysctl.timestamps)) {
		flags |= ATCP_REQ_TS;
		req->ts_recent = rx->opts.tsval;
	}
	req->mini.node.u1 = flags;
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

	*reason = atcp_syncookie_check(lsk, skb, t, &rx->seg, &opts);
	if (*reason)
		return NULL;
	req = atcp_req_alloc(lsk);
	if (!req) {
		*reason = ATCP_DROP_NOMEM;
		return NULL;
	}
	atcp_syn_init_req(lsk, req, skb, t);
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
	return req;

fail:
	atcp_req_put(req);
	return NULL;
}
