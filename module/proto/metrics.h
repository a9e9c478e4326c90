/* SPDX-License-Identifier: GPL-2.0 */
/* What connections to one peer learn from those before. */
#ifndef _ATCP_PROTO_METRICS_H
#define _ATCP_PROTO_METRICS_H

#include <linux/types.h>

/* Bits: what the route says, and no connection changes */
#define ATCP_METRICS_RTT	0x01
#define ATCP_METRICS_RTTVAR	0x02
#define ATCP_METRICS_SSTHRESH	0x04
#define ATCP_METRICS_CWND	0x08
#define ATCP_METRICS_REORDERING	0x10

/**
 * struct atcp_metrics - what is known of a path; 0: nothing
 * @rtt: smoothed RTT, us << 3
 * @rttvar: its mean deviation, us << 2
 * @ssthresh: segments
 * @cwnd: segments
 * @reordering: segments
 */
struct atcp_metrics {
	u32 rtt;
	u32 rttvar;
	u32 ssthresh;
	u32 cwnd;
	u32 reordering;
};

/**
 * struct atcp_metrics_end - a connection as it ends
 * @rtt: its smoothed RTT, us << 3; 0: it has none
 * @mdev: mean deviation, us << 2
 * @cwnd: segments
 * @ssthresh: segments
 * @reordering: segments
 * @usual_reordering: where it began, segments
 * @failed: it ends in retransmissions
 * @first_slow_start: ssthresh was never found
 * @slow_start: cwnd is below ssthresh
 * @open: nothing is being repaired
 */
struct atcp_metrics_end {
	u32 rtt;
	u32 mdev;
	u32 cwnd;
	u32 ssthresh;
	u32 reordering;
	u32 usual_reordering;
	bool failed;
	bool first_slow_start;
	bool slow_start;
	bool open;
};

void atcp_metrics_learn(struct atcp_metrics *m, const struct atcp_metrics_end *e, u8 fixed);
u32 atcp_metrics_rto_us(u32 rtt, u32 rto_min_us);

#endif /* _ATCP_PROTO_METRICS_H */
