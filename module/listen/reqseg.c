// SPDX-License-Identifier: GPL-2.0
/*
 * What a segment means to a request: RFC 9293 section 3.10.7.4 for a passive
 * SYN-RECEIVED, with RFC 5961.
 *
 * Answers to segments that do not fit are limited to one per request and
 * net.atcp.invalid_ratelimit, or two peers could answer each other's ACKs for
 * ever. A request has no room for the time of the last one, so the times are kept in a
 * table by the tuple's keyed hash, with the hash itself: of two requests that share a
 * cell the later one takes it, and neither waits for the other. What a flooder gains by
 * that is an answer for a segment, which a new SYN gets it as well.
 */
#include "listen/reqseg.h"

#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/tcp.h>
#include <linux/ktime.h>

#include "listen/flood.h"
#include "output/synack.h"
#include "proto/limit.h"
#include "proto/wnd.h"
#include "state/listen/acceptq.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"

#define ATCP_REQSEG_CELLS_SHIFT	12

static struct atcp_limit atcp_reqseg_cells[1 << ATCP_REQSEG_CELLS_SHIFT];

bool atcp_reqseg_limited(const struct atcp_req *req, const struct sk_buff *skb)
{
	struct net *net = sock_net(req->lsk);
	int interval = READ_ONCE(atcp_net_get(net)->sysctl.invalid_ratelimit);
	u32 flow = req->mini.node.hash;

	if (atcp_limit_allow(&atcp_reqseg_cells[hash_32(flow, ATCP_REQSEG_CELLS_SHIFT)], flow,
			     jiffies_to_msecs(jiffies), jiffies_to_msecs(interval)))
		return false;
	ATCP_INC(net, TCPACKSKIPPEDSYNRECV);
	return true;
}

/*
 * Is the segment in the window that the SYN-ACK offered? It was at most what an
 * unscaled field holds, and at most what the buffer has.
 */
static bool atcp_reqseg_in_window(const struct atcp_req *req,
				  const struct atcp_seg *s)
{
	u32 wnd = min_t(u32, U16_MAX,
			atcp_wnd_from_space(READ_ONCE(req->lsk->sk_rcvbuf)));
	u32 nxt = req->rcv_isn + 1;

	if (s->seq == nxt)
		return true;
	if (atcp_seq_after(s->end_seq, nxt) && atcp_seq_before(s->seq, nxt + wnd))
		return true;
	return s->seq == nxt + wnd && s->seq == s->end_seq;
}

/* PAWS, but not for RST (RFC 7323 section 5.2). */
static bool atcp_reqseg_paws_bad(const struct atcp_req *req,
				 const struct atcp_rx *rx)
{
	u32 recent = READ_ONCE(req->ts_recent);

	return (READ_ONCE(req->mini.node.u1) & ATCP_REQ_TS) &&
	       rx->opts.has_ts && recent && !(rx->seg.flags & ATCP_F_RST) &&
	       (s32)(recent - rx->opts.tsval) > 0;
}

/* An unacceptable segment deserves an ACK, RST none (first check). */
static enum atcp_reqseg atcp_reqseg_outside(const struct atcp_req *req,
					    const struct sk_buff *skb,
					    const struct atcp_seg *s)
{
	if (s->flags & ATCP_F_RST)
		return ATCP_REQSEG_DROP;
	/* Data cannot be part of an ACK loop. */
	if ((!s->len || (s->flags & ATCP_F_SYN)) && atcp_reqseg_limited(req, skb))
		return ATCP_REQSEG_DROP;
	return ATCP_REQSEG_REPLY_ACK;
}

static enum atcp_reqseg atcp_reqseg_challenge(const struct atcp_req *req,
					      const struct sk_buff *skb)
{
	struct net *net = sock_net(req->lsk);

	if (atcp_reqseg_limited(req, skb) ||
	    !atcp_net_challenge_allow(atcp_net_get(net)))
		return ATCP_REQSEG_DROP;
	ATCP_INC(net, TCPCHALLENGEACK);
	return ATCP_REQSEG_REPLY_ACK;
}

/*
 * The segment acknowledges our ISN, so its source is no forgery: the peer is
 * proven, with the round trip unless that is ambiguous (Karn), and its request
 * no part of a flood that a share would have to bound.
 */
static void atcp_reqseg_proven(struct atcp_req *req)
{
	u32 sent_us = atcp_synq_sent_us(req);
	u32 rtt_us = 0;

	if (atcp_acceptq_full(req->lsk))
		atcp_flood_slow(atcp_lst(req->lsk));
	if (READ_ONCE(req->mini.node.u1) & ATCP_REQ_ACKED)
		return;
	ATCP_LINC(atcp_lst(req->lsk), completed);
	atcp_synq_unshare(req);
	if (sent_us && !atcp_req_retrans(req))
		rtt_us = max_t(u32, (u32)atcp_sock_now_us() - sent_us, 1);
	atcp_sock_prove_peer(req->lsk, &req->mini.raddr, rtt_us);
}

/* RFC 5961 section 3.2: exact, or challenged; the window's right edge is outside. */
static enum atcp_reqseg atcp_reqseg_rst(struct atcp_req *req, const struct sk_buff *skb,
					const struct atcp_seg *s, enum atcp_drop *reason)
{
	if (s->seq == req->rcv_isn + 1) {
		*reason = ATCP_DROP_RST_OK;
		return ATCP_REQSEG_RESET;
	}
	*reason = ATCP_DROP_RST_BAD;
	if (!atcp_seq_before(s->seq, req->rcv_isn + 1 + atcp_synack_offered(req->lsk, req)))
		return ATCP_REQSEG_DROP;
	return atcp_reqseg_challenge(req, skb);
}

/* The second to the fourth check: RST, SYN, ACK. The segment is in the window. */
static enum atcp_reqseg atcp_reqseg_flags(struct atcp_req *req,
					  const struct sk_buff *skb,
					  const struct atcp_seg *s,
					  enum atcp_drop *reason)
{
	if (s->flags & ATCP_F_RST)
		return atcp_reqseg_rst(req, skb, s, reason);
	/* RFC 5961 section 4.2. The SYN of the request itself is cut off. */
	if ((s->flags & ATCP_F_SYN) && s->seq != req->rcv_isn) {
		ATCP_INC(sock_net(req->lsk), TCPSYNCHALLENGE);
		*reason = ATCP_DROP_SYN_IN_WINDOW;
		return atcp_reqseg_challenge(req, skb);
	}
	*reason = ATCP_DROP_NO_ACK_FLAG;
	if (!(s->flags & ATCP_F_ACK))
		return ATCP_REQSEG_DROP;
	*reason = ATCP_DROP_REQ_PARKED;
	if (READ_ONCE(req->mini.node.u1) & ATCP_REQ_PARKED)
		return ATCP_REQSEG_PARKED;
	atcp_reqseg_proven(req);
	return ATCP_REQSEG_ACK;
}

enum atcp_reqseg atcp_reqseg_check(struct atcp_req *req,
				   const struct sk_buff *skb,
				   const struct atcp_rx *rx,
				   enum atcp_drop *reason)
{
	bool parked = READ_ONCE(req->mini.node.u1) & ATCP_REQ_PARKED;
	const u8 mask = ATCP_F_RST | ATCP_F_SYN | ATCP_F_ACK;
	bool paws_bad = atcp_reqseg_paws_bad(req, rx);
	const struct atcp_seg *s = &rx->seg;
	u8 flags = s->flags & mask;

	if (s->seq == req->rcv_isn && flags == ATCP_F_SYN && !paws_bad) {
		if (!parked)
			return ATCP_REQSEG_DUP_SYN;
		/* Its handshake is over: RFC 5961 section 4.2. */
		ATCP_INC(sock_net(req->lsk), TCPSYNCHALLENGE);
		*reason = ATCP_DROP_SYN_IN_WINDOW;
		return atcp_reqseg_challenge(req, skb);
	}

	/* RFC 9293 section 3.5.2: before synchronisation a wrong ACK is reset. */
	if ((flags & ATCP_F_ACK) && !(flags & ATCP_F_RST) &&
	    s->ack != req->snt_isn + 1) {
		if (!parked)
			return ATCP_REQSEG_BAD_ACK;
		/* After it RFC 5961 section 5.2 holds: nothing but a SYN was ever sent. */
		*reason = ATCP_DROP_BAD_ACK;
		return atcp_reqseg_challenge(req, skb);
	}

	if (paws_bad) {
		ATCP_INC(sock_net(req->lsk), PAWSESTAB);
		*reason = ATCP_DROP_PAWS;
		return atcp_reqseg_outside(req, skb, s);
	}
	if (!atcp_reqseg_in_window(req, s)) {
		*reason = atcp_seq_after(s->end_seq, req->rcv_isn + 1) ?
			  ATCP_DROP_OUT_OF_WINDOW : ATCP_DROP_OLD_SEQ;
		return atcp_reqseg_outside(req, skb, s);
	}
	return atcp_reqseg_flags(req, skb, s, reason);
}
