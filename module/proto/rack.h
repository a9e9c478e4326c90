/* SPDX-License-Identifier: GPL-2.0 */
/* RACK (RFC 8985): what the arrival of one segment says of those sent before it. */
#ifndef _ATCP_PROTO_RACK_H
#define _ATCP_PROTO_RACK_H

#include <linux/types.h>

/**
 * struct atcp_rack - state of a connection, locked by its owner
 * @xmit_us: send time of the latest segment known to be delivered, us; 0: none yet
 * @end_seq: its end
 * @rtt_us: its round-trip time, us
 * @judged: segments delivered when the reordering window last grew
 * @steps: the reordering window, quarters of the least RTT
 * @persist: recoveries without a reason for it that the window stays so large for
 * @dsack: a D-SACK said since that something was sent again for nothing
 * @advanced: something was delivered since losses were last looked for
 */
struct atcp_rack {
	u64 xmit_us;
	u32 end_seq;
	u32 rtt_us;
	u32 judged;
	u8 steps;
	u8 persist;
	bool dsack;
	bool advanced;
};

void atcp_rack_init(struct atcp_rack *r);
void atcp_rack_delivered(struct atcp_rack *r, u64 xmit_us, u32 end_seq, bool again, u64 now_us,
			 u32 min_rtt_us);
bool atcp_rack_sent_before(const struct atcp_rack *r, u64 xmit_us, u32 end_seq);
s64 atcp_rack_rest_us(const struct atcp_rack *r, u64 xmit_us, u32 reo_us, u64 now_us);
u32 atcp_rack_reo_us(const struct atcp_rack *r, u32 min_rtt_us, u32 srtt_us);
void atcp_rack_adapt(struct atcp_rack *r, u32 delivered, u32 prior_delivered);
void atcp_rack_spurious(struct atcp_rack *r);
void atcp_rack_recovered(struct atcp_rack *r);

#endif /* _ATCP_PROTO_RACK_H */
