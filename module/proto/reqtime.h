/* SPDX-License-Identifier: GPL-2.0 */
/* The time of a half-open connection: when its SYN-ACK is sent again, and when it ends. */
#ifndef _ATCP_PROTO_REQTIME_H
#define _ATCP_PROTO_REQTIME_H

#include <linux/types.h>

#define ATCP_REQTIME_RTO_MS	1000u	/* first timeout by default, RFC 6298 section 2.1 */
#define ATCP_REQTIME_RTO_MAX_MS	120000u	/* Linux's ceiling */

/**
 * struct atcp_reqtime - what a timeout of a request is judged by
 * @num_timeout: timeouts before this one
 * @retries: SYN-ACK retransmissions allowed now, pruning included
 * @full_retries: those allowed without pruning
 * @defer: timeouts to wait for data after the ACK (TCP_DEFER_ACCEPT), 0 for none
 * @acked: the third ACK was seen
 * @parked: it waits for room in the accept queue
 * @muted: its peer gets no SYN-ACK again: there is a flood, of which it may be
 */
struct atcp_reqtime {
	unsigned int num_timeout;
	unsigned int retries;
	unsigned int full_retries;
	unsigned int defer;
	bool acked;
	bool parked;
	bool muted;
};

/**
 * enum atcp_reqtime_verdict - what a timeout does
 * @ATCP_REQTIME_WAIT: nothing, the request waits on
 * @ATCP_REQTIME_MUTE: the same, though a SYN-ACK would be due
 * @ATCP_REQTIME_RESEND: the SYN-ACK is sent again, and the request waits on
 * @ATCP_REQTIME_END: the request ends
 */
enum atcp_reqtime_verdict {
	ATCP_REQTIME_WAIT,
	ATCP_REQTIME_MUTE,
	ATCP_REQTIME_RESEND,
	ATCP_REQTIME_END,
};

enum atcp_reqtime_verdict atcp_reqtime_judge(const struct atcp_reqtime *r);
u32 atcp_reqtime_ms(u32 rto_ms, unsigned int num_timeout);
u32 atcp_reqtime_rto_ms(u32 rto_ms, u32 srtt_us, u32 floor_ms);
u8 atcp_reqtime_defer(int sec);
u32 atcp_reqtime_defer_sec(u8 n);
int atcp_reqtime_retries(int retries, int qlen, int young, int limit);

#endif /* _ATCP_PROTO_REQTIME_H */
