/* SPDX-License-Identifier: GPL-2.0 */
/* Congestion control: the interface of algorithms and their registry. */
#ifndef _ATCP_PROTO_CONG_H
#define _ATCP_PROTO_CONG_H

#include <linux/list.h>
#include <linux/types.h>

struct module;
struct atcp_cong_ops;
union tcp_cc_info;

#define ATCP_CONG_NAME_MAX	16	/* as TCP_CA_NAME_MAX */
#define ATCP_CONG_SSTHRESH_INF	0x7fffffffu	/* not known yet */
#define ATCP_CONG_PRIV_SIZE	(18 * sizeof(u64))

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
 * @by_user: TCP_CONGESTION has chosen @ops, and children inherit it
 * @begun: atcp_cong_begin() was called
 * @app_limited: an algorithm asks that the rate of what is in flight counts as set by the
 *	application; who samples it sets it back
 * @pacing_rate: what an algorithm with &atcp_cong_ops.control sends at, bytes a second;
 *	0: what cwnd makes of a round trip
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
	bool by_user;
	bool begun;
	bool app_limited;
	u64 pacing_rate;
	u64 priv[ATCP_CONG_PRIV_SIZE / sizeof(u64)];
};

/**
 * struct atcp_cong_path - what is known of a path when its connection begins
 * @now_us: the time, us
 * @srtt_us: smoothed RTT, us (not shifted); 0 for none
 * @mss: bytes of a full segment
 * @delivered: segments delivered so far
 * @ecn: ECN is agreed on
 * @sack: SACK is
 */
struct atcp_cong_path {
	u64 now_us;
	u32 srtt_us;
	u32 mss;
	u32 delivered;
	bool ecn;
	bool sack;
};

/**
 * struct atcp_cong_rate - a sample of the delivery rate (proto/rate.h)
 * @segs: segments delivered in @us
 * @us: the time that they took; 0: there is no sample
 * @prior: &atcp_cong_sample.delivered when the newest of them was sent
 * @flight: segments in flight when it was, with it
 * @lost: segments found lost since then
 * @limited: the application, not the network, set the pace
 */
struct atcp_cong_rate {
	u32 segs;
	u32 us;
	u32 prior;
	u32 flight;
	u32 lost;
	bool limited;
};

/**
 * struct atcp_cong_sample - what an ACK told
 * @now_us: the time, us of a monotonic clock
 * @rate: of pacing, bytes a second
 * @acked: segments newly delivered (cumulatively or by SACK)
 * @ce: of these, so many arrived marked, as far as the peer tells
 * @lost: segments that it shows to be lost
 * @delivered: segments delivered so far, with this ACK's
 * @in_flight: segments in flight before this ACK
 * @left: segments in flight after it
 * @rtt_us: RTT measured by this ACK, us; 0 for none
 * @srtt_us: smoothed RTT, us (not shifted); 0 for none
 * @snd_una: SND.UNA after this ACK
 * @snd_nxt: SND.NXT
 * @mss: bytes of a full segment
 * @burst: the most that the sender hands to its device at once, bytes
 * @dr: sample of the delivery rate
 * @cwnd_limited: the sender was held back by cwnd, not by the application
 *	or the peer's window
 * @is_ecn: the ACK carries ECE
 * @paced: the sender waits between segments
 */
struct atcp_cong_sample {
	u64 now_us;
	u64 rate;
	u32 acked;
	u32 ce;
	u32 lost;
	u32 delivered;
	u32 in_flight;
	u32 left;
	u32 rtt_us;
	u32 srtt_us;
	u32 snd_una;
	u32 snd_nxt;
	u32 mss;
	u32 burst;
	struct atcp_cong_rate dr;
	bool cwnd_limited;
	bool is_ecn;
	bool paced;
};

/**
 * enum atcp_cong_event - what an algorithm is told beside ACKs
 * @ATCP_CONG_EV_LOSS: retransmission timeout: cwnd is 1 after it
 * @ATCP_CONG_EV_RECOVERY_EXIT: the flight that lost a segment is repaired
 * @ATCP_CONG_EV_TX_START: the first segment is sent after idleness; with
 *	&atcp_cong_ops.control whenever nothing is in flight
 * @ATCP_CONG_EV_RECOVERY: a segment was found lost, after @ssthresh was asked if it was
 * @ATCP_CONG_EV_CE: data came with a mark; only with &atcp_cong_ops.needs_ecn, as the next
 * @ATCP_CONG_EV_NO_CE: data came without one
 */
enum atcp_cong_event {
	ATCP_CONG_EV_LOSS,
	ATCP_CONG_EV_RECOVERY_EXIT,
	ATCP_CONG_EV_TX_START,
	ATCP_CONG_EV_RECOVERY,
	ATCP_CONG_EV_CE,
	ATCP_CONG_EV_NO_CE,
};

/**
 * struct atcp_cong_lost - a segment, or several sent as one, was found lost
 * @now_us: the time, us
 * @prior: segments delivered when it was sent
 * @flight: segments in flight then, with it
 * @lost: segments found lost since then, with it
 * @segs: segments in it
 * @limited: the application set the pace then
 */
struct atcp_cong_lost {
	u64 now_us;
	u32 prior;
	u32 flight;
	u32 lost;
	u32 segs;
	bool limited;
};

/**
 * struct atcp_cong_ops - a congestion control algorithm
 * @name: unique name
 * @init: prepare @priv (zeroed before); optional
 * @begin: the handshake is over, or the algorithm takes over after it; optional
 * @release: undo @init; optional
 * @ssthresh: a loss or ECN mark was found: the new ssthresh, segments; what is
 *	below 2 is raised to it
 * @on_news: an ACK came, whatever the state: to keep figures by, before recovery looks at
 *	it; &atcp_cong_sample.left and what comes of its losses are not known yet; optional
 * @on_ack: an ACK of new data outside recovery: grow cwnd; not called with @control
 * @control: an ACK was dealt with, whatever the state: sets cwnd and pacing_rate, which
 *	nothing else does then but a timeout: neither PRR, nor idleness; optional
 * @on_lost: a segment was found lost; optional
 * @undo_cwnd: the last reduction was spurious: the cwnd to go back to
 * @on_event: something else happened; optional
 * @min_tso: the least that is sent as one, segments; optional, else the knob min_tso_segs
 * @info: what TCP_CC_INFO gives, and its attribute (INET_DIAG_*INFO) in the sock_diag
 *	message; returns its size, 0: none; optional
 * @without_ecn: stands in for it where ECN was not agreed on; optional
 * @stands_for: what it stands in for, to which a new connection goes back
 * @sndbuf: the send buffer is for so many times cwnd; 0: 2
 * @pacing: wants segments to be spread over the round trip, at the rate that cwnd makes, or
 *	that @control sets
 * @needs_ecn: asks for ECN whatever net.atcp.ecn is, sends all that it sends as ECT, and has
 *	each mark echoed by itself, as RFC 8257 section 3.2 has it
 * @restricted: only who has CAP_NET_ADMIN may choose it; see atcp_cong_allow()
 * @owner: module to be held while in use
 * @list: in the registry, owned by it
 *
 * All but @init and @release are called with the connection's lock held, in
 * softirq or process context; none may sleep. @info is called without it as well, and
 * must be content with what it finds.
 */
struct atcp_cong_ops {
	char name[ATCP_CONG_NAME_MAX];
	void (*init)(struct atcp_cong *c);
	void (*begin)(struct atcp_cong *c, const struct atcp_cong_path *path);
	void (*release)(struct atcp_cong *c);
	u32 (*ssthresh)(struct atcp_cong *c);
	void (*on_news)(struct atcp_cong *c, const struct atcp_cong_sample *s);
	void (*on_ack)(struct atcp_cong *c, const struct atcp_cong_sample *s);
	void (*control)(struct atcp_cong *c, const struct atcp_cong_sample *s);
	void (*on_lost)(struct atcp_cong *c, const struct atcp_cong_lost *l);
	u32 (*undo_cwnd)(struct atcp_cong *c);
	void (*on_event)(struct atcp_cong *c, enum atcp_cong_event ev,
			 u64 now_us);
	u32 (*min_tso)(const struct atcp_cong *c);
	size_t (*info)(const struct atcp_cong *c, u32 mss, int *attr, union tcp_cc_info *info);
	const struct atcp_cong_ops *without_ecn;
	const struct atcp_cong_ops *stands_for;
	u8 sndbuf;
	bool pacing;
	bool needs_ecn;
	bool restricted;
	struct module *owner;
	struct list_head list;
};

extern struct atcp_cong_ops atcp_cong_reno;
extern struct atcp_cong_ops atcp_cong_cubic;

/* The registry. */
int atcp_cong_register(struct atcp_cong_ops *ops);
void atcp_cong_unregister(struct atcp_cong_ops *ops);
const struct atcp_cong_ops *atcp_cong_find_get(const char *name);
const struct atcp_cong_ops *atcp_cong_load_get(const char *name);
bool atcp_cong_try_get(const struct atcp_cong_ops *ops);
bool atcp_cong_is_builtin(const struct atcp_cong_ops *ops);
bool atcp_cong_key_needs_ecn(u32 key);
const struct atcp_cong_ops *atcp_cong_find_key_get(u32 key);
const struct atcp_cong_ops *atcp_cong_default(void);
void atcp_cong_put(const struct atcp_cong_ops *ops);
size_t atcp_cong_list(char *buf, size_t size, bool allowed);
int atcp_cong_allow(char *names, bool looks);
void atcp_cong_allow_one(const struct atcp_cong_ops *ops);

/* A connection's use of an algorithm. */
void atcp_cong_start(struct atcp_cong *c, const struct atcp_cong_ops *ops,
		     u32 mss);
void atcp_cong_switch(struct atcp_cong *c, const struct atcp_cong_ops *ops);
void atcp_cong_begin(struct atcp_cong *c, const struct atcp_cong_path *path);
void atcp_cong_stop(struct atcp_cong *c);
void atcp_cong_on_ack(struct atcp_cong *c, const struct atcp_cong_sample *s);
void atcp_cong_control(struct atcp_cong *c, const struct atcp_cong_sample *s);
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

/* An event for the algorithm. */
static inline void atcp_cong_tell(struct atcp_cong *c, enum atcp_cong_event ev, u64 now_us)
{
	if (c->ops->on_event)
		c->ops->on_event(c, ev, now_us);
}

#endif /* _ATCP_PROTO_CONG_H */
