/* SPDX-License-Identifier: GPL-2.0 */
/* Congestion control: the interface of algorithms and their registry. */
#ifndef _ATCP_PROTO_CONG_H
#define _ATCP_PROTO_CONG_H

#include <linux/list.h>
#include <linux/types.h>

struct module;
struct atcp_cong_ops;

#define ATCP_CONG_NAME_MAX	16	/* as TCP_CA_NAME_MAX */
#define ATCP_CONG_SSTHRESH_INF	0x7fffffffu	/* not known yet */
#define ATCP_CONG_PRIV_SIZE	(16 * sizeof(u64))

/**
 * enum atcp_cong_ss_end - what an algorithm has ended slow start for, before a loss did
 * @ATCP_CONG_SS_END_NONE: for nothing
 * @ATCP_CONG_SS_END_TRAIN: the ACKs of a round trip were a train as long as the path
 * @ATCP_CONG_SS_END_DELAY: the RTT rose
 */
enum atcp_cong_ss_end {
	ATCP_CONG_SS_END_NONE,
	ATCP_CONG_SS_END_TRAIN,
	ATCP_CONG_SS_END_DELAY,
};

/**
 * struct atcp_cong - congestion state of a connection, locked by its owner
 * @ops: the algorithm
 * @cwnd: congestion window, segments
 * @ssthresh: slow start threshold, segments
 * @cwnd_cnt: credit towards the next increase of @cwnd, algorithm's unit
 * @cwnd_clamp: upper limit of @cwnd, segments
 * @iw: initial window, which idleness goes back to; segments
 * @prior_cwnd: @cwnd before the last reduction, for undo; segments
 * @prior_ssthresh: @ssthresh before the last reduction, 0 when no undo is
 *	possible; segments
 * @in_recovery: fast recovery: a reduction was made for the flight under way
 * @in_loss: the flight under way is repaired after a retransmission timeout
 * @ss_end: enum atcp_cong_ss_end, for who counts, who sets it back
 * @priv: the algorithm's own state
 */
struct atcp_cong {
	const struct atcp_cong_ops *ops;
	u32 cwnd;
	u32 ssthresh;
	u32 cwnd_cnt;
	u32 cwnd_clamp;
	u32 iw;
	u32 prior_cwnd;
	u32 prior_ssthresh;
	bool in_recovery;
	bool in_loss;
	u8 ss_end;
	u64 priv[ATCP_CONG_PRIV_SIZE / sizeof(u64)];
};

/**
 * struct atcp_cong_sample - what an ACK told
 * @now_us: the time, us of a monotonic clock
 * @rate: of pacing, bytes a second
 * @acked: segments newly delivered (cumulatively or by SACK)
 * @in_flight: segments in flight before this ACK
 * @rtt_us: RTT measured by this ACK, us; 0 for none
 * @srtt_us: smoothed RTT, us (not shifted); 0 for none
 * @snd_una: SND.UNA after this ACK
 * @snd_nxt: SND.NXT
 * @burst: the most that the sender hands to its device at once, bytes
 * @cwnd_limited: the sender was held back by cwnd, not by the application
 *	or the peer's window
 * @is_ecn: the ACK carries ECE
 * @paced: the sender waits between segments
 */
struct atcp_cong_sample {
	u64 now_us;
	u64 rate;
	u32 acked;
	u32 in_flight;
	u32 rtt_us;
	u32 srtt_us;
	u32 snd_una;
	u32 snd_nxt;
	u32 burst;
	bool cwnd_limited;
	bool is_ecn;
	bool paced;
};

/**
 * enum atcp_cong_event - what an algorithm is told beside ACKs
 * @ATCP_CONG_EV_LOSS: retransmission timeout: cwnd is 1 after it
 * @ATCP_CONG_EV_RECOVERY_EXIT: the flight that lost a segment is repaired
 * @ATCP_CONG_EV_TX_START: the first segment is sent after idleness
 */
enum atcp_cong_event {
	ATCP_CONG_EV_LOSS,
	ATCP_CONG_EV_RECOVERY_EXIT,
	ATCP_CONG_EV_TX_START,
};

/**
 * struct atcp_cong_ops - a congestion control algorithm
 * @name: unique name
 * @init: prepare @priv (zeroed before); optional
 * @release: undo @init; optional
 * @ssthresh: a loss or ECN mark was found: the new ssthresh, segments; what is
 *	below 2 is raised to it
 * @on_ack: an ACK of new data outside recovery: grow cwnd
 * @undo_cwnd: the last reduction was spurious: the cwnd to go back to
 * @on_event: something else happened; optional
 * @pacing: wants segments to be spread over the round trip, at the rate that cwnd makes
 * @owner: module to be held while in use
 * @list: in the registry, owned by it
 *
 * All but @init and @release are called with the connection's lock held, in
 * softirq or process context; none may sleep.
 */
struct atcp_cong_ops {
	char name[ATCP_CONG_NAME_MAX];
	void (*init)(struct atcp_cong *c);
	void (*release)(struct atcp_cong *c);
	u32 (*ssthresh)(struct atcp_cong *c);
	void (*on_ack)(struct atcp_cong *c, const struct atcp_cong_sample *s);
	u32 (*undo_cwnd)(struct atcp_cong *c);
	void (*on_event)(struct atcp_cong *c, enum atcp_cong_event ev,
			 u64 now_us);
	bool pacing;
	struct module *owner;
	struct list_head list;
};

extern struct atcp_cong_ops atcp_cong_reno;
extern struct atcp_cong_ops atcp_cong_cubic;

/* The registry. */
int atcp_cong_register(struct atcp_cong_ops *ops);
void atcp_cong_unregister(struct atcp_cong_ops *ops);
const struct atcp_cong_ops *atcp_cong_find_get(const char *name);
const struct atcp_cong_ops *atcp_cong_find_key_get(u32 key);
const struct atcp_cong_ops *atcp_cong_default(void);
void atcp_cong_put(const struct atcp_cong_ops *ops);
size_t atcp_cong_list(char *buf, size_t size);

/* A connection's use of an algorithm. */
void atcp_cong_start(struct atcp_cong *c, const struct atcp_cong_ops *ops,
		     u32 mss);
void atcp_cong_switch(struct atcp_cong *c, const struct atcp_cong_ops *ops);
void atcp_cong_stop(struct atcp_cong *c);
void atcp_cong_on_ack(struct atcp_cong *c, const struct atcp_cong_sample *s);
void atcp_cong_enter_recovery(struct atcp_cong *c);
void atcp_cong_on_ece(struct atcp_cong *c);
void atcp_cong_exit_recovery(struct atcp_cong *c, u64 now_us);
void atcp_cong_on_rto(struct atcp_cong *c, u64 now_us, bool reduce);
void atcp_cong_on_idle(struct atcp_cong *c, u64 idle_us, u32 rto_us, u64 now_us);
void atcp_cong_on_unused(struct atcp_cong *c, u32 used);
void atcp_cong_undo(struct atcp_cong *c);

/* For algorithms. */
u32 atcp_cong_iw(u32 mss);
u32 atcp_cong_slow_start(struct atcp_cong *c, u32 acked);
void atcp_cong_avoid(struct atcp_cong *c, u32 w, u32 acked);

/**
 * atcp_cong_in_slow_start() - cwnd is below ssthresh
 * @c: congestion state
 */
static inline bool atcp_cong_in_slow_start(const struct atcp_cong *c)
{
	return c->cwnd < c->ssthresh;
}

#endif /* _ATCP_PROTO_CONG_H */
