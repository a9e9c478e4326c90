// SPDX-License-Identifier: GPL-2.0
/* Segments for a TIME_WAIT, an orphan's FIN-WAIT-2, or a tombstone. */
#include "conn/tw.h"

#include <net/sock.h>

#include "conn/check.h"
#include "output/reply.h"
#include "proto/fsm.h"
#include "proto/opts.h"
#include "proto/seg.h"
#include "state/shared/mib.h"
#include "state/shared/twq.h"

/* RFC 6191: the ISN must be beyond everything the old connection may have sent. */
#define ATCP_TW_ISN_STEP	65537

static bool atcp_tw_paws_bad(const struct atcp_tw *tw, const struct atcp_rx *rx)
{
	if (!tw->ts_ok || !rx->opts.has_ts || !tw->ts_stamp || (rx->seg.flags & ATCP_F_RST))
		return false;
	return (s32)(rx->opts.tsval - tw->ts_recent) < 0;
}

static void atcp_tw_ack(struct atcp_tw *tw, struct sk_buff *skb, const struct atcp_rx *rx)
{
	/* Without text it may be part of an ACK loop. */
	if ((rx->seg.seq == rx->seg.end_seq || (rx->seg.flags & ATCP_F_SYN)) &&
	    atcp_check_rate_limited(tw->net, &tw->last_oow_ack,
				    tw->mini.node.u1 == TCP_FIN_WAIT2 ?
				    ATCP_MIB_TCPACKSKIPPEDFINWAIT2 :
				    ATCP_MIB_TCPACKSKIPPEDTIMEWAIT))
		return;
	atcp_reply_tw_ack(tw, skb);
}

/* RFC 5961 section 7. */
static void atcp_tw_challenge(struct atcp_tw *tw, struct sk_buff *skb, const struct atcp_rx *rx)
{
	if (rx->seg.flags & ATCP_F_SYN)
		ATCP_INC(tw->net, TCPSYNCHALLENGE);
	if (atcp_check_rate_limited(tw->net, &tw->last_oow_ack, ATCP_MIB_TCPACKSKIPPEDCHALLENGE) ||
	    !atcp_net_challenge_allow(atcp_net_get(tw->net)))
		return;
	ATCP_INC(tw->net, TCPCHALLENGEACK);
	atcp_reply_tw_ack(tw, skb);
}

/* The verdict of @state, which all that was sent was acknowledged in. */
static u32 atcp_tw_verdict(const struct atcp_tw *tw, const struct atcp_rx *rx, u8 state)
{
	const struct atcp_fsm_ctx c = {
		.rcv_nxt	= tw->rcv_nxt,
		.rcv_wup	= tw->rcv_nxt,
		.rcv_wnd	= tw->rcv_wnd,
		.snd_una	= tw->snd_nxt,
		.snd_nxt	= tw->snd_nxt,
		/* It is not kept: the greatest that there is (RFC 7323 section 2.3). */
		.max_wnd	= U16_MAX << ATCP_OPTS_WSCALE_MAX,
		.state		= state,
		.paws_bad	= atcp_tw_paws_bad(tw, rx),
	};

	if (c.paws_bad)
		ATCP_INC(tw->net, PAWSESTAB);
	return atcp_fsm_verdict(&c, &rx->seg);
}

/* An orphan's FIN-WAIT-2: only the FIN is waited for. */
static enum atcp_tw_result atcp_tw_fin_wait2(struct atcp_tw *tw, struct sk_buff *skb,
					     const struct atcp_rx *rx)
{
	u32 v = atcp_tw_verdict(tw, rx, TCP_FIN_WAIT2);
	const struct atcp_seg *seg = &rx->seg;

	if (v & ATCP_V_ABORT)
		atcp_twq_kill(tw);
	else if (v & ATCP_V_CHALLENGE)
		atcp_tw_challenge(tw, skb, rx);
	else if (v & ATCP_V_ACK)
		atcp_tw_ack(tw, skb, rx);
	if (!(v & (ATCP_V_DATA | ATCP_V_FIN)))
		return ATCP_TW_DONE;
	/* Text that nobody will read (RFC 1122 4.2.2.13). */
	if (!(v & ATCP_V_FIN) || seg->end_seq != tw->rcv_nxt + 1)
		return ATCP_TW_REFUSE;
	WRITE_ONCE(tw->mini.node.u1, TCP_TIME_WAIT);
	tw->rcv_nxt = seg->end_seq;
	if (rx->opts.has_ts && tw->ts_ok) {
		tw->ts_recent = rx->opts.tsval;
		tw->ts_stamp = (u32)ktime_get_seconds();
		tw->entered = atcp_sock_ts_now();
	}
	atcp_twq_rearm(tw, ATCP_TW_LEN);
	atcp_reply_tw_ack(tw, skb);
	return ATCP_TW_DONE;
}

/* May @rx's SYN open a new connection (RFC 9293 3.10.7.4, RFC 6191)? */
static bool atcp_tw_syn_ok(const struct atcp_tw *tw, const struct atcp_rx *rx)
{
	if ((rx->seg.flags & (ATCP_F_SYN | ATCP_F_ACK | ATCP_F_RST | ATCP_F_FIN)) != ATCP_F_SYN)
		return false;
	if (atcp_tw_paws_bad(tw, rx))
		return false;
	if (atcp_seq_after(rx->seg.seq, tw->rcv_nxt))
		return true;
	return tw->ts_ok && rx->opts.has_ts && (s32)(rx->opts.tsval - tw->ts_recent) > 0;
}

static void atcp_tw_time_wait(struct atcp_tw *tw, struct sk_buff *skb, const struct atcp_rx *rx)
{
	u32 v = atcp_tw_verdict(tw, rx, TCP_TIME_WAIT);

	if (v & ATCP_V_ABORT) {
		/* RFC 1337: a RST must not end TIME-WAIT early, if one asks for that. */
		if (READ_ONCE(atcp_net_get(tw->net)->sysctl.rfc1337) == 0)
			atcp_twq_kill(tw);
		return;
	}
	if (v & ATCP_V_FIN)
		atcp_twq_rearm(tw, ATCP_TW_LEN);
	if (v & ATCP_V_CHALLENGE)
		atcp_tw_challenge(tw, skb, rx);
	if (v & (ATCP_V_ACK | ATCP_V_NEW_SYN))
		atcp_tw_ack(tw, skb, rx);
}

void atcp_tw_unheard(struct atcp_tw *tw, struct sk_buff *skb, const struct atcp_rx *rx)
{
	atcp_tw_ack(tw, skb, rx);
	atcp_mib_drop(tw->net, skb, ATCP_DROP_TW);
}

void atcp_tw_refused(struct atcp_tw *tw, struct sk_buff *skb)
{
	if (READ_ONCE(tw->mini.node.u1) == TCP_FIN_WAIT2) {
		ATCP_INC(tw->net, TCPABORTONDATA);
		atcp_twq_kill(tw);
	}
	atcp_mib_drop(tw->net, skb, ATCP_DROP_TW);
}

enum atcp_tw_result atcp_tw_rcv(struct atcp_node *node, struct sk_buff *skb, struct atcp_rx *rx)
{
	enum atcp_tw_result result = ATCP_TW_DONE;
	struct atcp_tw *tw = atcp_tw_of(node);

	switch (READ_ONCE(node->u1)) {
	case TCP_CLOSE:
		/* CLOSED, RFC 9293 3.10.7.1. */
		result = ATCP_TW_REFUSE;
		if ((rx->seg.flags & (ATCP_F_SYN | ATCP_F_ACK | ATCP_F_RST)) == ATCP_F_SYN) {
			atcp_twq_kill(tw);
			result = ATCP_TW_SYN;
		}
		break;
	case TCP_FIN_WAIT2:
		result = atcp_tw_fin_wait2(tw, skb, rx);
		break;
	default:
		if (atcp_tw_syn_ok(tw, rx)) {
			rx->tw_isn = tw->snd_nxt + ATCP_TW_ISN_STEP;
			if (!rx->tw_isn)
				rx->tw_isn++;
			return ATCP_TW_SYN;
		}
		atcp_tw_time_wait(tw, skb, rx);
		break;
	}
	if (result == ATCP_TW_DONE)
		atcp_mib_drop(tw->net, skb, ATCP_DROP_TW);
	return result;
}
