// SPDX-License-Identifier: GPL-2.0
/*
 * Tail loss probes (RFC 8985 section 7): if no ACK comes, a segment is sent well before the
 * retransmission timer would fire, so that a SACK shows what is missing, or so that nothing is.
 * The timer is armed by output/rtx.c.
 */
#include "conn/tlp.h"

#include <net/sock.h>

#include "conn/recovery.h"
#include "output/output.h"
#include "output/rtx.h"
#include "output/xmit.h"
#include "proto/seg.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/shared/mib.h"

/* The last segment in flight is sent again. False: it could not be. */
static bool atcp_tlp_again(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *last = atcp_rtxq_tail(as);
	u32 mss = atcp_xmit_mss(sk);

	if (WARN_ON_ONCE(!last))
		return false;
	if (last->len > mss) {
		u32 len = rounddown(last->len - 1, mss);

		if (atcp_sndq_split(sk, last, len, mss, true, GFP_ATOMIC))
			return false;
		last = atcp_rtxq_next(last);
	}
	return last && !atcp_rtx_probe(sk, last);
}

void atcp_tlp_timeout(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 before = as->packets_out;

	if (!before)
		return;
	/* One at a time. */
	if (!as->tlp_high_seq) {
		as->tlp_retrans = false;
		if (!atcp_output_probe_new(sk))
			as->tlp_retrans = atcp_tlp_again(sk);
		if (as->tlp_retrans || as->packets_out > before) {
			as->tlp_high_seq = as->snd_nxt;
			ATCP_SK_INC(sk, TCPLOSSPROBES);
			/* The retransmission timer begins with the probe. */
			as->pending = ATCP_TIMER_NONE;
		}
	}
	atcp_rtx_rearm(sk);
}

void atcp_tlp_ack(struct sock *sk, u32 ack, const struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (atcp_seq_before(ack, as->tlp_high_seq))
		return;
	if (!as->tlp_retrans) {
		/* It was new data: SACKs tell what was lost before it. */
		as->tlp_high_seq = 0;
	} else if (news->dsack_tlp) {
		/* Both have arrived. */
		as->tlp_high_seq = 0;
	} else if (atcp_seq_after(ack, as->tlp_high_seq)) {
		/* No duplicate: the original was lost, and the probe has repaired that. */
		atcp_recovery_probed(sk);
		ATCP_SK_INC(sk, TCPLOSSPROBERECOVERY);
	} else if (!news->una_advanced && !news->useful && !news->sacked) {
		/* A duplicate ACK: both have arrived. */
		as->tlp_high_seq = 0;
	}
}
