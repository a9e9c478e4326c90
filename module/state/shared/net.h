/* SPDX-License-Identifier: GPL-2.0 */
/* What atcp keeps for each network namespace: knobs, keys, gauges, listeners. */
#ifndef _ATCP_STATE_NET_H
#define _ATCP_STATE_NET_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu_counter.h>
#include <linux/seqlock.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "proto/cong.h"
#include "state/listen/cookiekey.h"
#include "state/listen/peer.h"
#include "state/shared/allow.h"
#include "state/shared/gauge.h"
#include "state/shared/log.h"

struct atcp_mib;
struct atcp_pcpool;
struct ctl_table;
struct ctl_table_header;
struct proc_dir_entry;

/**
 * struct atcp_sysctl - the knobs of net.atcp, in the units they are used in
 *
 * @somaxconn: upper bound of listen(2)'s backlog, connections
 * @max_syn_backlog: default limit of a listener's SYN queue, requests
 * @syncookies: enum atcp_syncookies
 * @syn_retries: retransmissions of an active open's SYN
 * @syn_linear_timeouts: how many more of them come before the timeout begins to double
 * @synack_retries: retransmissions of a SYN-ACK
 * @overflow_policy: enum atcp_overflow; abort_on_overflow is a view of it
 * @fin_timeout: life of an orphan in FIN_WAIT2, jiffies
 * @max_tw_buckets: upper bound of TIME_WAIT objects
 * @timewait_reuse: tw_reuse (in the kernel's headers that is a macro): may
 *	connect(2) reuse a TIME_WAIT's ports: 0 no, 1 yes, 2 on loopback
 * @tw_reuse_delay: how long a connection is in TIME_WAIT before that, ms
 * @rfc1337: ignore RST in TIME_WAIT (RFC 1337 section 3)
 * @stdurg: the urgent pointer is to the urgent byte, not past it
 * @retries1: retransmissions before the route is doubted (RFC 1122 R1)
 * @retries2: retransmissions before the connection is given up (RFC 1122 R2)
 * @orphan_retries: the same once the process has closed; 0 means 8
 * @max_orphans: upper bound of sockets without a process
 * @keepalive_time: idle time before the first probe, jiffies
 * @keepalive_intvl: time between probes, jiffies
 * @keepalive_probes: unanswered probes before the connection is given up
 * @timestamps: RFC 7323 timestamps: 0 off, 1 with a random offset per pair of
 *	hosts, 2 without the offset
 * @sack: offer selective acknowledgements (RFC 2018)
 * @dsack: report duplicates (RFC 2883)
 * @window_scaling: offer RFC 7323 window scaling
 * @ecn: enum atcp_ecn_mode
 * @ecn_fallback: a SYN that is sent again does not ask for ECN any more
 * @ecn_option: enum atcp_accecn_option
 * @ecn_option_beacon: with the least of these, so many a round trip
 * @moderate_rcvbuf: tune the receive buffer by what the reader takes
 * @rcvbuf_low_rtt: round trip below which it grows in proportion to that, microseconds
 * @shrink_window: a window that was offered may be taken back
 * @comp_sack_nr: ACKs with SACK that may be left out, one going for them all; 0: none
 * @comp_sack_rtt_percent: for how long, percent of the round trip
 * @comp_sack_delay_ns: at most, nanoseconds
 * @comp_sack_slack_ns: by how much the timer may be late, nanoseconds
 * @rmem: receive buffer: least, first and greatest size, bytes
 * @wmem: send buffer: least, first and greatest size, bytes
 * @mem: queued memory: no pressure, pressure and hard limit, pages
 * @port_range: ephemeral ports: low in bits 0-15, high in bits 16-31, so that
 *	one load reads a matching pair; see atcp_net_port_range()
 * @challenge_ack_limit: RFC 5961 challenge ACKs a second; INT_MAX is no limit
 * @invalid_ratelimit: least time between two duplicate ACKs that answer
 *	unacceptable segments of one connection, jiffies
 * @slow_start_after_idle: restart cwnd after an idle RTO (RFC 2861)
 * @notsent_lowat: unsent bytes above which a socket is not writable
 * @rto_min_us: least retransmission timeout, microseconds
 * @rto_max_ms: greatest retransmission timeout, milliseconds
 * @reordering: segments by which a path is taken to reorder before anything is seen of it
 * @max_reordering: the most that a connection allows for
 * @early_retrans: 3 and 4: tail loss probes (RFC 8985 section 7)
 * @frto: timeouts that were for nothing are found out (RFC 5682)
 * @thin_linear_timeouts: the RTO of a thin stream does not double at first
 * @min_snd_mss: least MSS that a peer may impose, bytes
 * @probe_threshold: a search ends, bytes
 * @probe_interval: a search begins anew, seconds
 * @mtu_probe_floor: and the least, bytes
 * @base_mss: segment size that probing begins with, bytes
 * @mtu_probing: 0 no, 1 after a black hole was found, 2 always
 * @pacing_ss_ratio: the same in slow start
 * @pacing_ca_ratio: pacing rate by cwnd / RTT in congestion avoidance, percent
 * @min_tso_segs: segments that an skb may have whatever the rate
 * @retrans_collapse: small segments go together when they go again
 * @tso_rtt_log: the least RTT halves what an skb has beyond its rate by every 2^n us
 * @tso_win_divisor: 1 / n of the windows is sent without waiting for more
 * @limit_output_bytes: most of a connection in queueing disciplines and devices, bytes
 * @no_ssthresh_metrics_save: nor used: ssthresh
 * @no_metrics_save: what connections learn of a path is not remembered
 * @fwmark_accept: a child takes its mark from the SYN
 * @l3mdev_accept: unbound listeners hear what comes by a VRF; see
 *	atcp_net_l3mdev_accept()
 * @synack_rto: time to a SYN-ACK's first retransmission, ms
 * @synack_rto_cached: a proven peer's round trip makes it shorter
 * @defer_expire: enum atcp_defer_expire
 * @balance: enum atcp_balance
 * @wake: enum atcp_wake
 * @acceptq_low: length of an accept queue at which pressure ends, connections
 * @acceptq_high: length at which it begins, 0: never
 * @fair_share: part of a SYN queue for one source prefix, percent
 * @fair_prefix4: length of such a prefix, bits
 * @fair_prefix6: the same for IPv6
 * @proven_share: part of a SYN queue that is kept for proven peers, percent
 * @migrate_req: a closing listener's queues go to its SO_REUSEPORT group
 * @guard: the flood guard answers for listeners
 * @fastopen: ATCP_FASTOPEN_* bits of state/listen/fastopen.h
 * @fastopen_blackhole_timeout_sec: how long a destination that swallowed a fast
 *	open is spared the next, seconds; 0: no memory of it
 * @guard_rate: SYNs a second that the flood guard answers for a source prefix;
 *	0: no limit
 * @guard_burst: SYNs of a prefix that it answers at once
 * @syn_backlog_limit: most that a program may ask for by ATCP_SYN_BACKLOG, requests
 * @synack_retries_limit: by ATCP_SYNACK_RETRIES, and what of TCP_SYNCNT counts for a
 *	SYN-ACK
 * @synack_rto_limit: by ATCP_SYNACK_RTO, ms
 * @defer_accept_limit: by ATCP_DEFER_ACCEPT, ms
 *
 * Written by the sysctl handlers alone, one aligned word at a time, and read
 * without a lock: readers use READ_ONCE(). Ranges, defaults and the units that
 * files show stand in Documentation/sysctl.rst.
 */
struct atcp_sysctl {
	int		somaxconn;
	int		max_syn_backlog;
	int		syncookies;
	int		syn_retries;
	int		syn_linear_timeouts;
	int		synack_retries;
	int		overflow_policy;
	int		fin_timeout;
	int		max_tw_buckets;
	int		timewait_reuse;
	int		tw_reuse_delay;
	int		rfc1337;
	int		stdurg;
	int		retries1;
	int		retries2;
	int		orphan_retries;
	int		max_orphans;
	int		keepalive_time;
	int		keepalive_intvl;
	int		keepalive_probes;
	int		timestamps;
	int		sack;
	int		dsack;
	int		window_scaling;
	int		ecn;
	int		ecn_fallback;
	int		ecn_option;
	int		ecn_option_beacon;
	int		moderate_rcvbuf;
	int		rcvbuf_low_rtt;
	int		shrink_window;
	int		comp_sack_nr;
	int		comp_sack_rtt_percent;
	unsigned int	comp_sack_delay_ns;
	unsigned int	comp_sack_slack_ns;
	int		rmem[3];
	int		wmem[3];
	long		mem[3];
	u32		port_range;
	int		challenge_ack_limit;
	int		invalid_ratelimit;
	int		slow_start_after_idle;
	unsigned int	notsent_lowat;
	int		rto_min_us;
	int		rto_max_ms;
	int		reordering;
	int		max_reordering;
	int		early_retrans;
	int		frto;
	int		thin_linear_timeouts;
	int		min_snd_mss;
	int		probe_threshold;
	int		probe_interval;
	int		mtu_probe_floor;
	int		base_mss;
	int		mtu_probing;
	int		pacing_ss_ratio;
	int		pacing_ca_ratio;
	int		min_tso_segs;
	int		retrans_collapse;
	int		tso_rtt_log;
	int		tso_win_divisor;
	int		limit_output_bytes;
	int		no_ssthresh_metrics_save;
	int		no_metrics_save;
	int		fwmark_accept;
	int		l3mdev_accept;
	int		synack_rto;
	int		synack_rto_cached;
	int		defer_expire;
	int		balance;
	int		wake;
	int		acceptq_low;
	int		acceptq_high;
	int		fair_share;
	int		fair_prefix4;
	int		fair_prefix6;
	int		proven_share;
	int		migrate_req;
	int		guard;
	int		fastopen;
	int		fastopen_blackhole_timeout_sec;
	int		guard_rate;
	int		guard_burst;
	int		syn_backlog_limit;
	int		synack_retries_limit;
	int		synack_rto_limit;
	int		defer_accept_limit;
};

/* What goes wrong in a namespace and is told with its time: ATCP_AN_BAD(). */
enum atcp_trouble {
	ATCP_TROUBLE_PORTEXHAUSTED,
	ATCP_TROUBLE_ORPHANLIMIT,
	ATCP_TROUBLE_TCPTIMEWAITOVERFLOW,
	ATCP_TROUBLE_TCPMEMORYPRESSURES,
	ATCP_TROUBLE_TCPFASTOPENBLACKHOLE,
	ATCP_TROUBLE_NR
};

/* atcp_net.early */
enum {
	ATCP_EARLY_NO,		/* no connection has been found yet */
	ATCP_EARLY_ARMED,
	ATCP_EARLY_OVER,	/* the namespace ends */
};

/**
 * struct atcp_net - one network namespace's atcp
 * @net: the namespace; it outlives this
 * @ports: local ports that are in use, a bit each, or NULL: there was no socket yet
 *	(state/shared/portmap.h)
 * @ports_all: any port may be
 * @armed: its packets are looked at (input/hook.c)
 * @early: are they looked at before they are routed, too (input/early.c)
 * @early_work: arms that
 * @sysctl: the knobs
 * @sysctl_first: what they were when the namespace began; fixed
 * @cong: new sockets' congestion control, its module held unless it is atcp's own; RCU,
 *	exchanged by who writes
 * @allow: who may make sockets
 * @mib: counters, by CPU; see state/shared/mib.h
 * @trouble_at: atcp_mib_now() of the last of each kind, 0: there was none
 * @isn_key: initial sequence numbers (RFC 6528) and timestamp offsets; fixed for the
 *	namespace's life
 * @port_key: ephemeral port choice (RFC 6056); fixed
 * @cookiekeys: SYN cookies' secrets
 * @fair_key: places source networks in the cells of fair shares; fixed
 * @peers: peers that completed a handshake lately
 * @orphans: sockets that no process holds
 * @mem: bytes that sockets' queues hold; see atcp_net_mem_over()
 * @reqs: connection requests
 * @challenge_lock: protects the two below
 * @challenge_second: the second that @challenge_left belongs to
 * @challenge_left: challenge ACKs that may still be sent in it
 * @listeners: all listeners; written under @listeners_lock, read under RCU
 * @listeners_lock: a spinlock taken with bottom halves off
 * @listener_id: last number given to a listener, under @listeners_lock
 * @listener_ids: the same listeners by their numbers, read under RCU
 * @listener_cpus: where their counters come from
 * @listener_gen: moves when one comes or goes, for who looks at all in several pieces
 * @set_lock: one request at a time that sets several knobs (control/genl_set.c)
 * @drain_seq: changes before and after a listener's knob "drain" does, for who looks
 *	at several of them
 * @guard_devs: struct atcp_guard_dev of the devices that the flood guard is armed
 *	for, under RTNL
 * @guard_closed: the namespace ends, none is armed any more; under RTNL
 * @guard_buckets: its token buckets, from the first arming on (input/guard_rate)
 * @guard_key: which bucket is a prefix's; fixed
 * @log: how many lines of the kernel log it may still cause
 * @sysctl_header: what net/atcp is registered by (control/sysctl)
 * @sysctl_table: the table behind it, owned
 * @proc: /proc/net/atcp (control/procfs)
 * @tw_count: TIME_WAIT objects
 * @kept: bytes of segments that wait in parks
 */
struct atcp_net {
	struct net			*net;
	unsigned long			*ports;
	bool				ports_all;
	bool				armed;
	u8				early;
	struct work_struct		early_work;
	struct atcp_sysctl		sysctl;
	struct atcp_sysctl		sysctl_first;

	const struct atcp_cong_ops __rcu *cong;
	struct atcp_allow		allow;

	struct atcp_mib __percpu	*mib;
	u32				trouble_at[ATCP_TROUBLE_NR];

	siphash_key_t			isn_key;
	siphash_key_t			port_key;
	struct atcp_cookiekeys		cookiekeys;
	struct atcp_mix_key		fair_key;
	struct atcp_peers		peers;

	struct percpu_counter		orphans;
	struct atcp_gauge		mem;
	struct percpu_counter		reqs;

	spinlock_t			challenge_lock;	/* the next two */
	unsigned long			challenge_second;
	u32				challenge_left;

	struct list_head		listeners;
	spinlock_t			listeners_lock;	/* listeners, listener_id */
	u32				listener_id;
	struct xarray			listener_ids;
	struct atcp_pcpool		*listener_cpus;
	atomic_t			listener_gen;
	struct mutex			set_lock;	/* nothing; requests, one at a time */
	atomic_t			drain_seq;

	struct list_head		guard_devs;
	bool				guard_closed;
	atomic64_t			*guard_buckets;
	siphash_key_t			guard_key;

	struct atcp_log			log;

	struct ctl_table_header		*sysctl_header;
	struct ctl_table		*sysctl_table;
	struct proc_dir_entry		*proc;

	/* Written by the end of each connection, and by parks. */
	atomic_t			tw_count ____cacheline_aligned;
	atomic_long_t			kept;
};

static_assert(offsetof(struct atcp_net, tw_count) / SMP_CACHE_BYTES >
	      (offsetofend(struct atcp_net, proc) - 1) / SMP_CACHE_BYTES);

extern unsigned int atcp_net_id;

/**
 * atcp_net_get() - the atcp side of a network namespace
 * @net: namespace
 *
 * Return: its atcp_net; every one has its own from atcp_net_init() on
 */
static inline struct atcp_net *atcp_net_get(const struct net *net)
{
	return net_generic(net, atcp_net_id);
}

/**
 * atcp_net_port_range() - read the ephemeral port range, both ends at once
 * @an: namespace
 * @lo: first port
 * @hi: last port, inclusive
 */
static inline void atcp_net_port_range(const struct atcp_net *an, int *lo,
				       int *hi)
{
	u32 range = READ_ONCE(an->sysctl.port_range);

	*lo = range & 0xffff;
	*hi = range >> 16;
}

/**
 * atcp_net_mem_add() - what the namespace's queues hold changes
 * @an: namespace
 * @bytes: more, or less
 */
static inline void atcp_net_mem_add(struct atcp_net *an, int bytes)
{
	atcp_gauge_add(&an->mem, bytes);
}

/**
 * atcp_net_mem_over() - do the namespace's queues hold more than so much?
 * @an: namespace
 * @pages: one of sysctl.mem[]
 *
 * Cheap while the answer is clear; where what CPUs keep to themselves counts, they
 * are asked: a small limit would else be passed for ever by what they all have given back.
 *
 * Return: more than @pages
 */
static inline bool atcp_net_mem_over(const struct atcp_net *an, long pages)
{
	return atcp_gauge_over(&an->mem, (s64)pages << PAGE_SHIFT);
}

/**
 * atcp_net_l3mdev_accept() - do unbound sockets hear what comes by a VRF?
 * @net: namespace
 *
 * Where the kernel's TCP does so (net.ipv4.tcp_l3mdev_accept) its ports are those of all
 * VRFs, and as ports are shared ours are too. With our own knob alone each VRF still has
 * ports of its own, and who is bound to it comes first.
 */
static inline bool atcp_net_l3mdev_accept(const struct net *net)
{
#if IS_ENABLED(CONFIG_NET_L3_MASTER_DEV)
	return READ_ONCE(net->ipv4.sysctl_tcp_l3mdev_accept) ||
	       READ_ONCE(atcp_net_get(net)->sysctl.l3mdev_accept);
#else
	return true;
#endif
}

/**
 * atcp_net_dev_eq() - may a segment be for who is bound to a device?
 * @net: namespace
 * @bound: the device, or 0
 * @dif: device that the segment came in on, or its VRF
 * @sdif: the VRF's device that it came in on, or 0
 */
static inline bool atcp_net_dev_eq(const struct net *net, int bound, int dif, int sdif)
{
	if (bound)
		return bound == dif || bound == sdif;
	return !sdif || atcp_net_l3mdev_accept(net);
}

bool atcp_net_challenge_allow(struct atcp_net *an);

void atcp_net_cong_name(struct atcp_net *an, char *name);
const struct atcp_cong_ops *atcp_net_cong_get(struct atcp_net *an);
int atcp_net_cong_may(struct atcp_net *an, const char *name);
int atcp_net_cong_set(struct atcp_net *an, const char *name);

int atcp_net_init(unsigned int ehash_entries);
void atcp_net_exit(void);

#endif /* _ATCP_STATE_NET_H */
