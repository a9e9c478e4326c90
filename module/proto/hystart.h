/* SPDX-License-Identifier: GPL-2.0 */
/* HyStart: leaves slow start when RTT or ACKs say that the path is full (RFC 9406). */
#ifndef _ATCP_PROTO_HYSTART_H
#define _ATCP_PROTO_HYSTART_H

#include <linux/types.h>

/**
 * enum atcp_hystart_verdict - what slow start is to do
 * @ATCP_HYSTART_SS: go on
 * @ATCP_HYSTART_CSS: conservative slow start: grow at a quarter of the rate
 * @ATCP_HYSTART_EXIT: enter congestion avoidance
 */
enum atcp_hystart_verdict {
	ATCP_HYSTART_SS,
	ATCP_HYSTART_CSS,
	ATCP_HYSTART_EXIT,
};

#define ATCP_HYSTART_CSS_DIVISOR	4	/* CSS_GROWTH_DIVISOR */

/**
 * struct atcp_hystart - state of the initial slow start
 * @window_end: SND.NXT when the round began: it ends when this is acknowledged
 * @last_min_us: minimum RTT of the round before, us; U32_MAX for none
 * @cur_min_us: minimum RTT of this round, us; U32_MAX for none
 * @css_base_us: minimum RTT of the round in which CSS was entered, us
 * @min_us: minimum RTT of all rounds, us; U32_MAX for none
 * @train_end: SND.NXT when the train's round began
 * @train_us: when that was, us
 * @last_us: when the last ACK of the train came, us
 * @samples: RTT samples in this round, counted up to what is needed
 * @css_rounds: rounds of CSS that ended
 * @css: in conservative slow start
 * @started: a round has begun
 * @train: a train's round has, which is none of the others
 */
struct atcp_hystart {
	u32 window_end;
	u32 last_min_us;
	u32 cur_min_us;
	u32 css_base_us;
	u32 min_us;
	u32 train_end;
	u32 train_us;
	u32 last_us;
	u8 samples;
	u8 css_rounds;
	bool css;
	bool started;
	bool train;
};

/**
 * struct atcp_hystart_ack - an ACK of a train
 * @rate: of pacing, bytes a second
 * @burst: the most that the sender hands to its device at once, bytes
 * @now_us: the time, us, of a clock that may wrap
 * @snd_una: SND.UNA after it
 * @snd_nxt: SND.NXT
 * @cwnd: congestion window, segments
 * @paced: segments do not leave together: pacing alone makes a train of half a round trip
 */
struct atcp_hystart_ack {
	u64 rate;
	u32 burst;
	u32 now_us;
	u32 snd_una;
	u32 snd_nxt;
	u32 cwnd;
	bool paced;
};

void atcp_hystart_reset(struct atcp_hystart *h);
enum atcp_hystart_verdict atcp_hystart_on_ack(struct atcp_hystart *h,
					      u32 rtt_us, u32 snd_una,
					      u32 snd_nxt);
bool atcp_hystart_train(struct atcp_hystart *h, const struct atcp_hystart_ack *a);

#endif /* _ATCP_PROTO_HYSTART_H */
