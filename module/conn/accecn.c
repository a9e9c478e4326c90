// SPDX-License-Identifier: GPL-2.0
/* Accurate ECN of what arrives at a connection (RFC 9768): handshake, marks, and feedback. */
#include "conn/accecn.h"

#include <linux/skbuff.h>
#include <net/sock.h>

#include "conn/recovery.h"
#include "proto/ecn.h"
#include "proto/seg.h"
#include "state/shared/mib.h"

/*
 * So many marks on ACKs alone are told of without waiting for data to acknowledge. Section
 * 3.2.2.5.1 has at least three for them, so that ACKs of ACKs die out, and at most 6 may
 * wait before the field wraps.
 */
#define ATCP_ACCECN_ACKS_MARKED	6

static bool atcp_accecn_checks(const struct sock *sk)
{
	return READ_ONCE(atcp_sock_net(sk)->sysctl.ecn_fallback);
}

/* Both sides feed back accurately from here on. */
static void atcp_accecn_agreed(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);

	as->ecn.flags = ATCP_ECN_ACC;
	as->ecn.acc.syn_ip = rx->ecn;
	as->ecn.acc.last_ip = rx->ecn;
}

void atcp_accecn_rcv_synack(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_accecn *a = &as->ecn.acc;
	u8 ace = atcp_rx_ace(rx);

	as->ecn.flags = atcp_accecn_synack(ace);
	if (as->ecn.flags != ATCP_ECN_ACC)
		return;
	atcp_accecn_agreed(sk, rx);
	a->fresh = 1;
	/* Section 3.2.2.3. 5 is reserved, and says nothing of our SYN, which was Not-ECT. */
	if (ace != 5 && atcp_accecn_checks(sk) &&
	    atcp_accecn_mangled(ATCP_ECN_IP_NOT_ECT, atcp_accecn_reflected(ace)))
		a->fail |= ATCP_ACCECN_ACE_FAIL_RECV;
	if (rx->opts.has_accecn) {
		atcp_accecn_opt_saw(a, &rx->opts);
		a->demand = 2;
	}
	if (rx->ecn == ATCP_ECN_IP_CE) {
		a->received_ce = 1;
		a->pending = 1;
	}
	/* Section 3.2.2.1: a pure ACK says with what the SYN-ACK came. */
	a->reflect = 1;
}

void atcp_accecn_rcv_syn(struct sock *sk, const struct atcp_rx *rx, u8 sent)
{
	const u8 both = ATCP_F_ECE | ATCP_F_CWR;
	struct atcp_sock *as = atcp_sk(sk);
	u8 ace = atcp_rx_ace(rx);

	/* Where ours fell back to none, that is what the peer saw of it. */
	if ((sent & both) != both || !ace) {
		as->ecn.flags = 0;
	} else if (!atcp_accecn_asked(ace)) {
		as->ecn.flags = ATCP_ECN_OK;
	} else {
		atcp_accecn_agreed(sk, rx);
		as->ecn.acc.third = 1;
	}
}

void atcp_accecn_third(struct sock *sk, u8 ace, bool bare)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_accecn *a = &as->ecn.acc;
	bool ce;

	if (!a->third)
		return;
	a->third = 0;
	a->fail |= atcp_accecn_third_ack(ace, bare, ATCP_ECN_IP_NOT_ECT, atcp_accecn_checks(sk),
					 &ce);
	if (ce && !as->delivered_ce)
		as->delivered_ce = 1;
}

void atcp_accecn_established(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_accecn *a = &atcp_sk(sk)->ecn.acc;
	bool syn = rx->seg.flags & ATCP_F_SYN;

	a->handshake = 1;
	/* With SACK it is a counter that has had time to come to 0. */
	if (atcp_rx_ace(rx) || !rx->opts.nr_sacks)
		atcp_accecn_third(sk, atcp_rx_ace(rx), syn || atcp_rx_bare(rx));
	a->third = 0;
	atcp_accecn_opt_saw(a, &rx->opts);
	/* The SYN-ACK of a simultaneous open is answered. */
	if (syn) {
		a->syn_ip = rx->ecn;
		a->reflect = 1;
	}
}

void atcp_accecn_segment(struct sock *sk, const struct sk_buff *skb, const struct atcp_rx *rx)
{
	u32 segs = max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_accecn *a = &as->ecn.acc;

	if (rx->ecn != ATCP_ECN_IP_NOT_ECT)
		as->ecn.flags |= ATCP_ECN_SEEN;
	/* Sections 3.2.2.5.1: a change is told at once, and the second mark. */
	if (atcp_accecn_received(a, rx->ecn, segs, rx->seg.len) ||
	    (rx->seg.len && rx->ecn == ATCP_ECN_IP_CE && a->pending > 1))
		as->ack_pending |= ATCP_ACK_NOW;
	if (!rx->seg.len && rx->ecn == ATCP_ECN_IP_CE && a->pending >= ATCP_ACCECN_ACKS_MARKED)
		as->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_NOW;
}

void atcp_accecn_challenged(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_accecn *a = &atcp_sk(sk)->ecn.acc;

	/* Section 3.1.5: on the latest of them. */
	a->syn_ip = rx->ecn;
	a->reflect = 1;
	if (rx->opts.has_accecn) {
		atcp_accecn_opt_saw(a, &rx->opts);
		a->demand = max_t(u8, a->demand, 1);
	}
}

void atcp_accecn_repeated(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_accecn *a = &atcp_sk(sk)->ecn.acc;

	/* Section 3.2.3.2.2: that it came twice was told, with the option. */
	if (a->sent_dsack && rx->seg.seq == a->dsack_seq)
		a->fail |= ATCP_ACCECN_OPT_FAIL_SEND;
}

void atcp_accecn_ack(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_accecn_ack k = {
		.opts		= &rx->opts,
		.segs		= news->delivered,
		.bytes		= news->bytes,
		.mss		= as->mss_cache,
		.sent		= as->bytes_sent,
		.delivered_ce	= as->delivered_ce,
		.ace		= atcp_rx_ace(rx),
		.handshake	= news->handshake,
		.exact		= as->sack_ok || as->ca_state == ATCP_CA_OPEN ||
				  as->ca_state == ATCP_CA_CWR,
	};

	/* An ACK that nothing shows to be newer than the last one may be older. */
	if (!news->una_advanced && !news->sacked && !news->ts_advanced)
		return;
	news->ce = atcp_accecn_rcv_ack(&as->ecn.acc, &k);
	news->ece = news->ce;
	as->delivered_ce += news->ce;
	ATCP_SK_ADD(sk, TCPDELIVEREDCE, news->ce);
	/* What came marked and was not told of is about to wrap in the field. */
	if (as->ecn.acc.pending >= ATCP_ACCECN_ACKS_MARKED)
		as->ack_pending |= ATCP_ACK_NOW;
}
