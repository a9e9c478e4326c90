// SPDX-License-Identifier: GPL-2.0
/*
 * Accurate ECN on what a connection sends (RFC 9768): the ACE field, the option, ECT.
 *
 * All packets after the handshake are ECT, those without data too, for feedback is about all
 * of them; unless the path was found to change these bits, or not all SYNs and SYN-ACKs had
 * ACE (section 3.1.5).
 */
#include "output/accecn.h"

#include <linux/skbuff.h>
#include <net/sock.h>

#include "proto/opts.h"
#include "proto/seg.h"

/* Asks for ECN: as RFC 3168 has it, and with AE for accurate ECN. */
#define ATCP_ACCECN_SYN		(ATCP_F_ECE | ATCP_F_CWR)

static bool atcp_accecn_due(const struct sock *sk, u64 now_us)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	const struct atcp_sock *as = atcp_sk(sk);

	return atcp_accecn_opt_due(&as->ecn.acc, READ_ONCE(an->sysctl.ecn_option),
				   READ_ONCE(an->sysctl.ecn_option_beacon), now_us,
				   as->rtt.srtt_us >> 3);
}

u32 atcp_accecn_room(struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	/* A segment that small would be nothing but options. */
	if (as->mss_cache <= 2 * ATCP_OPTS_ACCECN_LEN || !atcp_accecn_due(sk, atcp_sock_now_us()))
		return 0;
	return ATCP_OPTS_ACCECN_LEN;
}

/* On the first SYN-ACK, with the counters as they begin (section 3.2.3.2.1). */
static void atcp_accecn_opt_synack(struct sock *sk, const struct sk_buff *skb,
				   struct atcp_opts_out *o)
{
	const struct atcp_cb *cb = ATCP_CB(skb);

	if (!(cb->flags & ATCP_F_ACK) || !(cb->flags & ATCP_ACCECN_SYNACK) ||
	    (cb->sacked & ATCP_CB_EVER) || atcp_sk(sk)->retransmits ||
	    !READ_ONCE(atcp_sock_net(sk)->sysctl.ecn_option))
		return;
	o->accecn_val[ATCP_ACCECN_E1] = 1;
	o->accecn_val[ATCP_ACCECN_E0] = 1;
	atcp_opts_fit_accecn(o, 0);
}

/* Is there room in a segment of @skb? The size of what was cut before does not change. */
static bool atcp_accecn_fits(const struct atcp_sock *as, const struct sk_buff *skb,
			     const struct atcp_opts_out *o)
{
	u32 len = ATCP_CB(skb)->segs > 1 ? ATCP_CB(skb)->mss : skb->len;

	return !len || len + atcp_opts_len(o) <=
		       as->mss_cache + (as->ts_ok ? ATCP_OPTS_TS_LEN : 0);
}

void atcp_accecn_opt(struct sock *sk, const struct sk_buff *skb, u64 now_us,
		     struct atcp_opts_out *o)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_accecn *a = &as->ecn.acc;
	u8 blocks = o->nr_sacks;

	if (ATCP_CB(skb)->flags & ATCP_F_SYN) {
		atcp_accecn_opt_synack(sk, skb, o);
		return;
	}
	a->sent_dsack = 0;
	if (!atcp_accecn_due(sk, now_us))
		return;
	o->accecn_val[ATCP_ACCECN_E1] = a->received[ATCP_ACCECN_E1] + 1;
	o->accecn_val[ATCP_ACCECN_CE] = a->received[ATCP_ACCECN_CE];
	o->accecn_val[ATCP_ACCECN_E0] = a->received[ATCP_ACCECN_E0] + 1;
	if (!atcp_opts_fit_accecn(o, a->need))
		return;
	if (!atcp_accecn_fits(as, skb, o)) {
		o->accecn = false;
		o->nr_sacks = blocks;
		return;
	}
	a->need = 0;
	a->opt_us = now_us;
	if (a->demand)
		a->demand--;
	if (o->nr_sacks && atcp_sack_is_dsack(o->sacks, o->nr_sacks, as->rcv_nxt)) {
		a->sent_dsack = 1;
		a->dsack_seq = o->sacks[0].start;
	}
}

u16 atcp_accecn_send(struct atcp_sock *as, const struct sk_buff *skb, u8 flags, bool sacks)
{
	const u8 fail = ATCP_ACCECN_ACE_FAIL_SEND | ATCP_ACCECN_ACE_FAIL_RECV;
	struct atcp_accecn *a = &as->ecn.acc;
	bool reflect = a->reflect;

	if (flags & ATCP_F_SYN) {
		as->ecn.ip = ATCP_ECN_IP_NOT_ECT;
		if (!(flags & ATCP_F_ACK))
			return flags | ((flags & ATCP_ACCECN_SYN) == ATCP_ACCECN_SYN ?
					ATCP_F_AE : 0);
		return (flags & ~ATCP_ACCECN_SYN) |
		       (flags & ATCP_ACCECN_SYNACK ?
			atcp_accecn_flags(atcp_accecn_reflect(a->syn_ip)) : 0);
	}
	as->ecn.ip = a->fail & fail ? ATCP_ECN_IP_NOT_ECT : ATCP_ECN_IP_ECT_0;
	a->reflect = 0;
	/* Section 3.2.2.1: the one exception, and what it is for is known by its form. */
	if (reflect && !skb->len && !sacks && (flags & (ATCP_F_FIN | ATCP_F_RST)) == 0)
		return flags | atcp_accecn_flags(atcp_accecn_reflect(a->syn_ip));
	a->pending = 0;
	return flags | atcp_accecn_flags(atcp_accecn_count(a));
}

void atcp_accecn_again(struct sock *sk, struct sk_buff *skb)
{
	struct atcp_cb *cb = ATCP_CB(skb);
	struct atcp_sock *as = atcp_sk(sk);

	/* The first time the loss may have been one (sections 3.1.4.1 and 3.1.4.2). */
	if (as->retransmits < 2)
		return;
	if (cb->flags & ATCP_F_ACK) {
		if (cb->flags & ATCP_ACCECN_SYNACK)
			as->ecn.acc.fail |= ATCP_ACCECN_ACE_FAIL_SEND;
		cb->flags &= ~ATCP_ACCECN_SYNACK;
	} else if (READ_ONCE(atcp_sock_net(sk)->sysctl.ecn_fallback)) {
		cb->flags &= ~ATCP_ACCECN_SYN;
	}
}
