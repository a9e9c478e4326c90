/* SPDX-License-Identifier: GPL-2.0 */
/* struct atcp_sock: one connection, and what every tier does to one. */
#ifndef _ATCP_SOCK_H
#define _ATCP_SOCK_H

#include <linux/hrtimer.h>
#include <linux/ipv6.h>
#include <linux/llist.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <net/inet_sock.h>
#include <net/tcp_states.h>

#include "proto/cong.h"
#include "proto/mtuprobe.h"
#include "proto/prr.h"
#include "proto/rack.h"
#include "proto/rate.h"
#include "proto/rtt.h"
#include "proto/sack.h"
#include "proto/seq.h"
#include "state/conn/sockask.h"
#include "state/conn/sockchrono.h"
#include "state/conn/sockecn.h"
#include "state/conn/sockfo.h"
#include "state/shared/net.h"
#include "state/shared/node.h"
#include "state/shared/trace.h"

struct atcp_af_ops;
struct atcp_bind_bucket;
struct atcp_hold;
struct atcp_listener;
struct atcp_req;

/* atcp_sock.ca_state: where loss recovery is (names of Linux's TCP_CA_*) */
enum atcp_ca_state {
	ATCP_CA_OPEN,
	ATCP_CA_DISORDER,
	ATCP_CA_CWR,
	ATCP_CA_RECOVERY,
	ATCP_CA_LOSS,
};

/* atcp_sock.nonagle */
#define ATCP_NAGLE_OFF		1	/* TCP_NODELAY */
#define ATCP_NAGLE_CORK		2	/* TCP_CORK */
#define ATCP_NAGLE_PUSH		4	/* uncork: push what is there */
#define ATCP_NAGLE_FULL		8	/* of a write that goes on: no larger skb is waited for */

/* atcp_sock.ack_pending */
#define ATCP_ACK_SCHED		1	/* an ACK is owed */
#define ATCP_ACK_TIMER		2	/* the delayed-ACK timer is armed */
#define ATCP_ACK_NOW		4	/* send it at the next chance */
#define ATCP_ACK_PUSHED		8	/* for the end of what a program wrote, it seems */
#define ATCP_ACK_PUSHED2	16	/* for two of these */
#define ATCP_ACK_TICK		32	/* the timer is a tick's: see output/rcvack.c */
#define ATCP_ACK_NOMEM		64	/* there was no memory: the window is closed */
#define ATCP_ACK_HELD		128	/* a quick one waits for the answer: see output/rcvack.c */

/* atcp_sock.pingpong */
#define ATCP_PINGPONG_ON	1	/* an answer followed data at once */
#define ATCP_PINGPONG_USER	2	/* TCP_QUICKACK 0 */

/* urg_data */
#define ATCP_URG_VALID		0x0100	/* the byte is here */
#define ATCP_URG_NOTYET		0x0200	/* it was announced */
#define ATCP_URG_READ		0x0400	/* recv(2) has given it */

/* atcp_sock.deferred bits: work for release_cb, when the owner had the lock */
#define ATCP_DEFER_RTX		0
#define ATCP_DEFER_DELACK	1
#define ATCP_DEFER_MTU		2
#define ATCP_DEFER_MORE		3
#define ATCP_DEFER_SACK		4

/**
 * struct atcp_cb - what an skb of ours has in skb->cb
 * @seq: first sequence number
 * @end_seq: one past the last; SYN and FIN count
 * @ack: received: acknowledgment number
 * @tsval: received: timestamp, when @has_ts
 * @tx: sent: what the delivery rate is measured by
 * @xmit_us: sent: time of the last transmission, us
 * @mss: sent: segment size it is cut by, bytes; received: gso_size or length
 * @segs: segments in it
 * @flags: TCP header flags, ATCP_F_*
 * @sacked: ATCP_CB_* (sent)
 * @has_ts: received: had a timestamp
 * @eor: sent: MSG_EOR, nothing is appended
 */
struct atcp_cb {
	u32	seq;
	u32	end_seq;
	union {
		u32	ack;
		u32	tsval;
	};
	struct atcp_rate_tx tx;
	u64	xmit_us;
	u16	mss;
	u16	segs;
	u8	flags;
	u8	sacked;
	u8	has_ts;
	u8	eor;
};

#define ATCP_CB(skb)		((struct atcp_cb *)&((skb)->cb[0]))
#define ATCP_CB_SACKED		0x01	/* the peer has it, by SACK */
#define ATCP_CB_RETRANS		0x02	/* a retransmission of it is in flight */
#define ATCP_CB_LOST		0x04	/* taken for lost */
#define ATCP_CB_EVER		0x08	/* was retransmitted at some time (Karn) */
#define ATCP_CB_APP		0x10	/* the user set the pace when it was sent */
#define ATCP_CB_STAMP_ACK	0x20	/* its ACK is to be told (state/conn/txstamp.c) */

/**
 * struct atcp_rtxq - what was sent and is not acknowledged (state/conn/rtxq.c)
 * @tree: all of it, by sequence (skb->rbnode)
 * @sent: of these, what is in flight, by time of transmission (tcp_tsorted_anchor)
 * @lost: of these, what is lost and was not sent again, by sequence (likewise)
 * @suspect: the last in @sent that RACK has found to be suspect: so is all before it. NULL: none
 */
struct atcp_rtxq {
	struct rb_root		tree;
	struct list_head	sent;
	struct list_head	lost;
	struct sk_buff		*suspect;
};

/**
 * struct atcp_sock - a TCP connection, or a listener
 *
 * All of it is under the socket lock, but for what
 * says otherwise. Sequence numbers are in host order; windows in bytes,
 * unscaled; packet counts in segments.
 *
 * @inet: must be first
 * @an: atcp's side of its namespace, which it holds: see atcp_sock_net()
 * @af_ops: IPv4 or IPv6 output (v4-mapped sockets have IPv4's), output/route.h
 * @tb: bind bucket of the local port
 * @tb_node: link in it, under the bucket's lock
 * @hold: the kernel TCP socket that holds the same port, or NULL
 * @hold_shared: connect(2) chose the port, and may choose it again
 * @port_range: IP_LOCAL_PORT_RANGE, as the option has it; 0 = none
 * @listener: when listening
 * @aq_node: in the listener's accept queue, under its lock
 * @aq_us: when it was put there, us
 * @listener_id: of the listener that it came by; 0: none
 * @rcv_nxt: RCV.NXT
 * @copied_seq: first byte recvmsg has not taken
 * @rcv_wup: RCV.NXT when the last window was sent
 * @rcv_wnd: RCV.WND, as of @rcv_wup
 * @rcv_mwnd: the farthest right edge that was offered, a sequence number
 * @rcv_ssthresh: the window's present ceiling
 * @window_clamp: the most to offer ever
 * @rcv_isn: peer's ISN
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 * @write_seq: one past the last byte given by the user (FIN counts)
 * @pushed_seq: last byte marked PSH
 * @snd_sml: end of the last small segment sent (Minshall)
 * @snd_wl1: SND.WL1
 * @snd_wnd: SND.WND
 * @max_window: largest window the peer has offered
 * @iss: our ISN
 * @ts_recent: TS.Recent
 * @ts_recent_stamp: when, s; 0 = none
 * @ts_off: offset of our timestamps
 * @ts_lastecr: last tsecr received
 * @last_oow_ack: jiffies of the last rate-limited ACK
 * @mss_cache: segment payload now, options taken off, bytes
 * @mss_clamp: peer's MSS option (or the default)
 * @user_mss: TCP_MAXSEG, 0 = none
 * @advmss: MSS we announced
 * @rcv_mss: estimate of the peer's segment size
 * @rcv_last: size of the last segment that was smaller, 0: it was not
 * @rcv_ratio: bytes of window that 256 of buffer hold (proto/wnd.h)
 * @clamp_user: TCP_WINDOW_CLAMP was set
 * @pmtu: path MTU that @mss_cache is from
 * @ext_hdr_len: IP options or extension headers, bytes
 * @mtup: path MTU probing
 * @ofo: out-of-order segments, by sequence
 * @ofo_last: the last of them, or NULL
 * @sack_rx: SACK blocks to send
 * @rtxq: sent and not acknowledged (sk_write_queue: not sent yet)
 * @packets_out: segments in @rtxq
 * @retrans_out: of these, retransmissions in flight
 * @sacked_out: SACKed, or by duplicate ACKs without SACK
 * @lost_out: taken for lost
 * @sack_seen: SACK blocks of the last ACK: all that they cover is marked
 * @sacks_seen: how many
 * @high_seq: SND.NXT when recovery began
 * @high_sacked: highest end_seq SACKed, or SND.UNA where that is beyond it
 * @undo_marker: SND.UNA when cwnd was cut, 0 = nothing to undo
 * @undo_retrans: retransmissions not shown spurious by DSACK yet; -1 none
 * @retrans_stamp: time (ms, of the timestamp clock) of the first retransmission of a run, 0 none
 * @rack: loss detection by time
 * @prr: what was sent and delivered since the last reduction
 * @tlp_high_seq: SND.NXT when a tail loss probe was sent, 0: none is out
 * @tlp_retrans: that probe was sent again, and not new data
 * @frto: the last timeout may have been for nothing: what comes will tell (RFC 5682)
 * @syn_spurious: the first SYN or SYN-ACK was answered: it was not lost, whatever was sent after it
 * @lost: segments ever found lost
 * @reord_seen: how often reordering was observed
 * @rtt: estimator, RFC 6298
 * @rto_us: RTO in force, backoff included
 * @backoff: doublings
 * @retransmits: timeouts in a row without progress
 * @rto_stamp: when the trouble began that retransmits or probes count, ms of the timestamp clock
 * @probes_out: zero-window or keepalive probes unanswered
 * @probe_stamp: since when a closed window is probed, ms of the timestamp clock, |1; 0: not
 * @cong: congestion window, and who drives it
 * @cong_locked: the route says which, and the user has no say
 * @rate: delivery rate
 * @chrono: what holds data up, and what timeouts cost
 * @cwnd_limited: the window was full in this round trip
 * @max_packets_out: the most segments that were in flight in it
 * @cwnd_usage_seq: SND.NXT when it began
 * @cwnd_used: the most segments in flight since cwnd was last the limit
 * @cwnd_stamp: jiffies32 of that, or of what last could change cwnd
 * @ca_state: enum atcp_ca_state
 * @lsndtime: jiffies32 of the last data sent
 * @rcv_tstamp: jiffies32 of the last segment received
 * @lrcvtime: jiffies32 of the last data received
 * @rcvq_space: receive autotuning (state/conn/rcvq.c)
 * @rtx_timer: retransmission or zero-window probe
 * @delack_timer: delayed ACK
 * @wstamp_ns: when the next segment may leave, by pacing; else when the last one has
 * @pace_timer: of pacing, for @wstamp_ns; with a reference while it is armed
 * @tsq: ATCP_TSQ_* of state/conn/pace.h, atomic
 * @pace_node: in a CPU's list of those that may go on
 * @sack_timer: ACKs with SACK that were left out
 * @sacks_held: how many
 * @sack_nxt: RCV.NXT when @sack_dups were counted
 * @sack_dups: ACKs that went out at once since then, up to three
 * (sk_timer: keepalive; FIN-WAIT-2 of orphans)
 * @pending: what @rtx_timer is for: ATCP_TIMER_*
 * @rtx_expires: jiffies when @rtx_timer is due
 * @delack_expires: jiffies when @delack_timer is due
 * @ato: delayed-ACK time now, jiffies
 * @snd_up: SND.UP, one past the last urgent byte sent
 * @urg_sending: @snd_up means something
 * @urg_seq: last byte that the peer called urgent
 * @urg_data: 0: none that is not read past; ATCP_URG_*, the byte itself in the low bits
 * @ack_pending: ATCP_ACK_*
 * @quickack: segments to acknowledge at once
 * @pingpong: interactive: delay ACKs; 0 or ATCP_PINGPONG_*
 * @rcv_wscale: shift of the windows we offer
 * @snd_wscale: shift of the peer's
 * @wscale_ok: scaling agreed
 * @ts_ok: timestamps agreed
 * @sack_ok: SACK agreed
 * @ecn: explicit congestion notification
 * @passive: came from a listener (SYN-RECEIVED, RFC 9293 MUST-11)
 * @fin_queued: our FIN is in the send queue
 * @awaited: somebody waited for a connection when it came to its listener
 * @inq_hint: TCP_INQ: recvmsg(2) says how many bytes are left
 * @nonagle: ATCP_NAGLE_*
 * @syn_retries: TCP_SYNCNT, 0 = sysctl
 * @defer_accept: TCP_DEFER_ACCEPT, retransmissions (listener)
 * @linger2: TCP_LINGER2, jiffies; < 0: no FIN-WAIT-2 for orphans; 0 = sysctl
 * @user_timeout: TCP_USER_TIMEOUT, ms; 0 = none
 * @keepalive_time: TCP_KEEPIDLE, jiffies; 0 = sysctl
 * @keepalive_intvl: TCP_KEEPINTVL, jiffies; 0 = sysctl
 * @keepalive_probes: TCP_KEEPCNT; 0 = sysctl
 * @notsent_lowat: TCP_NOTSENT_LOWAT, bytes; 0 = sysctl
 * @knobs: SOL_ATCP values of this socket by enum atcp_knob_id, NULL: none was set
 * @filter_seen: the socket filter that @filter_cuts is about, only compared
 * @filter_cuts: may it cut segments, see state/conn/sockfilter.h
 * @filter_maker: might one that its maker attached
 * @fo: fast open
 * @ask: what few programs ask for
 * @deferred: ATCP_DEFER_* bits, atomic
 * @bytes_acked: for TCP_INFO
 * @bytes_received: likewise
 * @bytes_sent: likewise
 * @bytes_retrans: likewise
 * @segs_in: likewise
 * @segs_out: likewise
 * @data_segs_in: likewise
 * @data_segs_out: likewise
 * @delivered: segments delivered
 * @delivered_ce: of these, by ACKs with ECE
 * @total_retrans: segments retransmitted
 * @dsack_dups: segments that the peer had twice
 * @rcv_ooopack: segments received early
 * @reordering: segments of reordering tolerated
 */
struct atcp_sock {
	struct inet_sock	inet;
	struct atcp_net		*an;
	const struct atcp_af_ops *af_ops;
	struct atcp_bind_bucket	*tb;
	struct hlist_node	tb_node;
	struct atcp_hold	*hold;
	bool			hold_shared;
	u32			port_range;
	struct atcp_listener	*listener;
	struct list_head	aq_node;
	u64			aq_us;
	u32			listener_id;

	/* receive */
	u32			rcv_nxt;
	u32			copied_seq;
	u32			rcv_wup;
	u32			rcv_wnd;
	u32			rcv_mwnd;
	u32			rcv_ssthresh;
	u32			window_clamp;
	u32			rcv_isn;
	/* send */
	u32			snd_una;
	u32			snd_nxt;
	u32			write_seq;
	u32			pushed_seq;
	u32			snd_sml;
	u32			snd_wl1;
	u32			snd_wnd;
	u32			max_window;
	u32			iss;
	/* timestamps */
	u32			ts_recent;
	u32			ts_recent_stamp;
	u32			ts_off;
	u32			ts_lastecr;
	u32			last_oow_ack;
	/* segment sizes */
	u16			mss_cache;
	u16			mss_clamp;
	u16			user_mss;
	u16			advmss;
	u16			rcv_mss;
	u16			rcv_last;
	u8			rcv_ratio;
	bool			clamp_user;
	u16			ext_hdr_len;
	u32			pmtu;
	struct atcp_mtuprobe	mtup;
	u32			snd_up;
	u32			urg_seq;
	u16			urg_data;
	bool			urg_sending;
	/* queues */
	struct rb_root		ofo;
	struct sk_buff		*ofo_last;
	struct atcp_sack_rx	sack_rx;
	struct atcp_rtxq	rtxq;
	/* loss recovery */
	u32			packets_out;
	u32			retrans_out;
	u32			sacked_out;
	u32			lost_out;
	struct atcp_sack_block	sack_seen[ATCP_OPTS_NR_SACKS];
	u8			sacks_seen;
	u32			high_seq;
	u32			high_sacked;
	u32			undo_marker;
	int			undo_retrans;
	u32			retrans_stamp;
	struct atcp_rack	rack;
	struct atcp_prr		prr;
	u32			tlp_high_seq;
	bool			tlp_retrans, frto, syn_spurious;
	u32			lost;
	u32			reordering;
	u32			reord_seen;
	u8			ca_state;
	bool			cwnd_limited;
	u32			max_packets_out;
	u32			cwnd_usage_seq;
	u32			cwnd_used;
	u32			cwnd_stamp;
	/* RTT, RTO, congestion */
	struct atcp_rtt		rtt;
	u32			rto_us;
	u8			backoff;
	u8			retransmits;
	u8			probes_out;
	u32			rto_stamp;
	u32			probe_stamp;
	struct atcp_cong	cong;
	bool			cong_locked;
	struct atcp_rate	rate;
	struct atcp_chrono	chrono;
	u32			lsndtime;
	u32			rcv_tstamp;
	u32			lrcvtime;
	struct {
		u32	space;
		u32	seq;
		u64	time_us;
		u32	rtt_us;
		u32	rtt_seq;
		u64	rtt_time_us;
		u32	rtt_tsecr;
	} rcvq_space;
	/* timers */
	struct timer_list	rtx_timer;
	struct timer_list	delack_timer;
	u64			wstamp_ns;
	struct hrtimer		pace_timer;
	unsigned long		tsq;
	struct llist_node	pace_node;
	struct hrtimer		sack_timer;
	u32			sacks_held;
	u32			sack_nxt;
	u8			sack_dups;
	u8			pending;
	unsigned long		rtx_expires;
	unsigned long		delack_expires;
	u32			ato;
	u8			ack_pending;
	u8			quickack;
	u8			pingpong;
	/* agreed in the handshake */
	u8			rcv_wscale:4,
				snd_wscale:4;
	struct atcp_sock_ecn	ecn;
	u8			wscale_ok:1,
				ts_ok:1,
				sack_ok:1,
				passive:1,
				fin_queued:1,
				awaited:1;
	/* set by the user */
	u8			nonagle;
	bool			inq_hint;
	u8			syn_retries;
	u8			defer_accept;
	int			linger2;
	u32			user_timeout;
	u32			keepalive_time;
	u32			keepalive_intvl;
	u8			keepalive_probes;
	u32			notsent_lowat;
	int			*knobs;
	const void		*filter_seen;
	bool			filter_cuts;
	bool			filter_maker;
	struct atcp_sock_fo	fo;
	struct atcp_sock_ask	ask;
	unsigned long		deferred;
	/* figures */
	u64			bytes_acked;
	u64			bytes_received;
	u64			bytes_sent;
	u64			bytes_retrans;
	u32			segs_in;
	u32			segs_out;
	u32			data_segs_in;
	u32			data_segs_out;
	u32			delivered;
	u32			delivered_ce;
	u32			total_retrans;
	u32			dsack_dups;
	u32			rcv_ooopack;
};

/**
 * struct atcp6_sock - the same with IPv6's part, where inet6 expects it: last
 * @atcp: must be first
 * @inet6: IPv6 options
 */
struct atcp6_sock {
	struct atcp_sock	atcp;
	struct ipv6_pinfo	inet6;
};

static inline struct atcp_sock *atcp_sk(const struct sock *sk)
{
	return (struct atcp_sock *)sk;
}

/*
 * atcp_net_get() of the socket's namespace, which it keeps, without the look-up under RCU:
 * segments do this dozens of times.
 */
static inline struct atcp_net *atcp_sock_net(const struct sock *sk)
{
	return atcp_sk(sk)->an;
}

/* atcp_sock_of() and atcp_sock_node(): between a socket and its link in the connection table. */
#include "state/conn/sockslab.h"

static inline struct sock *atcp_sock_sk(struct atcp_sock *as)
{
	return (struct sock *)as;
}

/* Segments sent and thought to be in the network (RFC 6675 pipe). */
static inline u32 atcp_sock_in_flight(const struct atcp_sock *as)
{
	return as->packets_out - (as->sacked_out + as->lost_out) + as->retrans_out;
}

/* Is cwnd used, so that it may grow? In slow start more than half of it is enough (Linux). */
static inline bool atcp_sock_cwnd_used(const struct atcp_sock *as)
{
	if (as->cwnd_limited)
		return true;
	return atcp_cong_in_slow_start(&as->cong) && as->cong.cwnd < 2 * as->max_packets_out;
}

/* RCV.WND left: right edge offered less RCV.NXT. */
static inline u32 atcp_sock_rcv_window(const struct atcp_sock *as)
{
	s32 win = as->rcv_wup + as->rcv_wnd - as->rcv_nxt;

	return win < 0 ? 0 : win;
}

/* The same of the farthest edge ever offered: what is within is taken (RFC 7323 2.4). */
static inline u32 atcp_sock_rcv_window_max(const struct atcp_sock *as)
{
	s32 win = as->rcv_mwnd - as->rcv_nxt;

	return win < 0 ? 0 : win;
}

/* One past the last sequence number that the peer's window allows. */
static inline u32 atcp_sock_wnd_end(const struct atcp_sock *as)
{
	return as->snd_una + as->snd_wnd;
}

/* The timestamp clock, ms, without a connection's offset (never 0 as a stamp: |1); monotonic us. */
u32 atcp_sock_ts_now(void);
u64 atcp_sock_now_us(void);

/* The timestamp clock at a time that atcp_sock_now_us() told. */
static inline u32 atcp_sock_us_to_ts(u64 now_us)
{
	return (u32)div_u64(now_us, USEC_PER_MSEC);
}

/* proto.init and proto.destroy. */
int atcp_sock_init(struct sock *sk);
void atcp_sock_destroy(struct sock *sk);

/*
 * Sets the state with its tracepoints and CurrEstab; TCP_CLOSE also unhashes
 * and, unless SOCK_BINDPORT_LOCK, gives the port up. Socket locked.
 */
void atcp_sock_set_state(struct sock *sk, int state, enum atcp_cause cause);

/*
 * The connection is over: CLOSE (a tombstone takes its place in the table, see
 * state/shared/twq.h), timers stopped, both directions shut; wakes
 * the owner, or destroys an orphan. Socket locked (BH off).
 */
void atcp_sock_done(struct sock *sk, enum atcp_cause cause);

/* The same with an error for the owner: sk_err = err, sk_error_report. */
void atcp_sock_abort(struct sock *sk, int err, enum atcp_cause cause);

/* Destroys an orphan in state CLOSE: drops the last references that tiers hold. */
void atcp_sock_free_orphan(struct sock *sk);
/* The same of one that was in CLOSE before it lost its owner, and is not counted as an orphan. */
void atcp_sock_free(struct sock *sk);

/* Empties queues; all but address and options is as init made it (disconnect, failed connect). */
void atcp_sock_reset(struct sock *sk);

/* Initialises timers, queues and per-connection fields of a clone (child). */
void atcp_sock_init_child(struct sock *child);

/* Too many orphans or too much memory for one more orphan? Counts TCPAbortOnMemory. */
bool atcp_sock_orphan_excess(struct sock *sk);

/* What is wrong for now: what the user hears if the connection is given up. */
void atcp_sock_soft_error(struct sock *sk, int err);

/*
 * Do the queues of @sk's namespace hold more than net.atcp.mem says, or, when the socket
 * memory of all runs short, more than a share of it?
 */
bool atcp_sock_mem_over(const struct sock *sk);

/* A peer of @sk, or of a request of @sk's, is there: remembered on @sk's account. */
void atcp_sock_prove_peer(const struct sock *sk, const struct in6_addr *raddr, u32 rtt_us);

#endif /* _ATCP_SOCK_H */
