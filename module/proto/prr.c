// SPDX-License-Identifier: GPL-2.0
/*
 * Proportional rate reduction (RFC 6937, 9937): during a recovery what is sent follows what is
 * delivered, so that cwnd comes down to ssthresh over a round trip, without a pause and without
 * a burst.
 */
#include "proto/prr.h"

#include <linux/kernel.h>
#include <linux/math64.h>

/**
 * atcp_prr_cwnd() - cwnd after an ACK, segments
 * @p: state; zeros when the reduction begins
 * @a: what the ACK brings
 *
 * While more than ssthresh is in flight, ssthresh segments are sent for prior_cwnd delivered ones.
 * Below that it is rebuilt: by what was delivered (PRR-CRB), and one more if all goes well
 * (PRR-SSRB; RFC 9937 section 6.2 has the same choice). The first ACK sends something in any case.
 */
u32 atcp_prr_cwnd(struct atcp_prr *p, const struct atcp_prr_ack *a)
{
	s64 send;

	p->delivered += a->delivered;
	if (a->in_flight > a->ssthresh) {
		u64 due = (u64)a->ssthresh * p->delivered + a->prior_cwnd - 1;

		send = (s64)div_u64(due, a->prior_cwnd) - p->out;
	} else {
		send = max_t(s64, (s64)p->delivered - p->out, a->delivered);
		if (a->safe)
			send++;
		send = min_t(s64, send, a->ssthresh - a->in_flight);
	}
	return a->in_flight + max_t(s64, send, p->out ? 0 : 1);
}
