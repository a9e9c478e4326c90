// SPDX-License-Identifier: GPL-2.0
/*
 * What connections to one peer learn from those before: Linux's tcp_metrics.
 *
 * Too long a round trip does less harm than too short a one, so a longer one is
 * taken over at once and a shorter one by an eighth.
 */
#include "proto/metrics.h"

#include <linux/kernel.h>

static void atcp_metrics_learn_rtt(struct atcp_metrics *m, const struct atcp_metrics_end *e,
				   u8 fixed)
{
	s32 diff = m->rtt - e->rtt;
	u32 dev;

	if (!(fixed & ATCP_METRICS_RTT))
		m->rtt = diff <= 0 ? e->rtt : m->rtt - (diff >> 3);
	if (fixed & ATCP_METRICS_RTTVAR)
		return;
	/* In the deviation's unit. */
	dev = max_t(u32, abs(diff) >> 1, e->mdev);
	m->rttvar = dev >= m->rttvar ? dev : m->rttvar - ((m->rttvar - dev) >> 2);
}

static void atcp_metrics_learn_cwnd(struct atcp_metrics *m, const struct atcp_metrics_end *e)
{
	if (e->first_slow_start)
		m->cwnd = max(m->cwnd, e->cwnd);
	else if (!e->slow_start && e->open)
		m->cwnd = (m->cwnd + e->cwnd) >> 1;
	else
		m->cwnd = (m->cwnd + e->ssthresh) >> 1;
}

static void atcp_metrics_learn_ssthresh(struct atcp_metrics *m, const struct atcp_metrics_end *e)
{
	if (e->first_slow_start) {
		if (m->ssthresh)
			m->ssthresh = max(m->ssthresh, e->cwnd >> 1);
	} else if (!e->slow_start && e->open) {
		m->ssthresh = max(e->cwnd >> 1, e->ssthresh);
	} else if (m->ssthresh) {
		m->ssthresh = max(m->ssthresh, e->ssthresh);
	}
}

/**
 * atcp_metrics_learn() - a connection ends
 * @m: what is known of its peer
 * @e: what it was like
 * @fixed: ATCP_METRICS_* that stay as they are
 */
void atcp_metrics_learn(struct atcp_metrics *m, const struct atcp_metrics_end *e, u8 fixed)
{
	if (e->failed || !e->rtt) {
		/* It has not found out what the path is like: nobody knows. */
		if (!(fixed & ATCP_METRICS_RTT))
			m->rtt = 0;
		return;
	}
	atcp_metrics_learn_rtt(m, e, fixed);
	if (!(fixed & ATCP_METRICS_CWND))
		atcp_metrics_learn_cwnd(m, e);
	if (!(fixed & ATCP_METRICS_SSTHRESH))
		atcp_metrics_learn_ssthresh(m, e);
	if (!(fixed & ATCP_METRICS_REORDERING) && e->reordering != e->usual_reordering)
		m->reordering = max(m->reordering, e->reordering);
}

/**
 * atcp_metrics_rto_us() - the first timeout by what is known, us
 * @rtt: smoothed RTT, us << 3
 * @rto_min_us: floor of the deviation term, us
 */
u32 atcp_metrics_rto_us(u32 rtt, u32 rto_min_us)
{
	rtt >>= 3;
	return rtt + max(2 * rtt, rto_min_us);
}
