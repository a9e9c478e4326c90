/* SPDX-License-Identifier: GPL-2.0 */
/* How fast data arrives at the peer: samples of the delivery rate. */
#ifndef _ATCP_PROTO_RATE_H
#define _ATCP_PROTO_RATE_H

#include <linux/types.h>

/**
 * struct atcp_rate_tx - what a segment remembers of the time when it was last sent
 * @first_us: when the first segment of the flight was sent, us
 * @acked_us: when something had last been delivered, us
 * @delivered: segments delivered by then
 * @flight: segments in flight then, with it; the caller's
 * @lost: segments found lost by then; the caller's
 */
struct atcp_rate_tx {
	u32 first_us;
	u32 acked_us;
	u32 delivered;
	u32 flight;
	u32 lost;
};

/**
 * struct atcp_rate - delivery rate of a connection, locked by its owner
 * @first_us: send time of the newest segment known to be delivered, us
 * @acked_us: when something was last delivered, us
 * @app_limited: the count of delivered segments up to which the user, not the
 *	network, sets the pace; 0: it does not
 * @segs: segments of the last sample
 * @us: time that they took, us; 0: no sample yet
 * @limited: the user set the pace in it
 *
 * Times are the low half of a clock in us: differences of up to 35 minutes.
 */
struct atcp_rate {
	u32 first_us;
	u32 acked_us;
	u32 app_limited;
	u32 segs;
	u32 us;
	bool limited;
};

/**
 * struct atcp_rate_sample - what one ACK says of the rate; starts as zeros
 * @tx: of the newest segment that it delivers
 * @send_us: from the start of that one's flight until it was sent, us
 * @end_seq: its end
 * @segs: so many segments were delivered in @us, after atcp_rate_ack()
 * @us: the time that they took, us; 0: not known, or an error of measurement
 * @valid: there is one
 * @limited: it was sent while the user set the pace
 */
struct atcp_rate_sample {
	struct atcp_rate_tx tx;
	u32 send_us;
	u32 end_seq;
	u32 segs;
	u32 us;
	bool valid;
	bool limited;
};

void atcp_rate_sent(struct atcp_rate *r, struct atcp_rate_tx *tx, u32 now_us, bool idle,
		    u32 delivered);
void atcp_rate_arrived(struct atcp_rate *r, struct atcp_rate_sample *s,
		       const struct atcp_rate_tx *tx, u32 xmit_us, u32 end_seq, bool limited);
void atcp_rate_ack(struct atcp_rate *r, struct atcp_rate_sample *s, u32 now_us,
		   u32 delivered, u32 newly, u32 min_rtt_us);
u64 atcp_rate_bytes(const struct atcp_rate *r, u32 mss);

#endif /* _ATCP_PROTO_RATE_H */
