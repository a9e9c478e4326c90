/* SPDX-License-Identifier: GPL-2.0 */
/* Proportional rate reduction (RFC 6937, 9937). */
#ifndef _ATCP_PROTO_PRR_H
#define _ATCP_PROTO_PRR_H

#include <linux/types.h>

/**
 * struct atcp_prr - one reduction, locked by the connection's owner
 * @delivered: segments delivered since it began
 * @out: segments sent since, new ones and again
 */
struct atcp_prr {
	u32 delivered;
	u32 out;
};

/**
 * struct atcp_prr_ack - what an ACK brings
 * @ssthresh: where the reduction is to end, segments
 * @prior_cwnd: cwnd when it began, segments; not 0
 * @in_flight: segments in flight after it
 * @delivered: segments that it delivers; not 0
 * @safe: SND.UNA has moved, and nothing more was found lost
 */
struct atcp_prr_ack {
	u32 ssthresh;
	u32 prior_cwnd;
	u32 in_flight;
	u32 delivered;
	bool safe;
};

u32 atcp_prr_cwnd(struct atcp_prr *p, const struct atcp_prr_ack *a);

#endif /* _ATCP_PROTO_PRR_H */
