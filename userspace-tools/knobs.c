// SPDX-License-Identifier: GPL-2.0
/* The table of all knobs; check-knobs.sh compares it with Documentation/. */
#include <limits.h>

#include "atcpctl.h"
#include "knob.h"

/* Shorthands for the columns of struct atcp_knob. */
#define ATCP_KNOBS_NUM(name, unit, min, max, def, meaning) \
	{ name, unit, 1, false, min, max, def, meaning }
#define ATCP_KNOBS_VEC(name, unit, count, min, max, def, meaning) \
	{ name, unit, count, false, min, max, def, meaning }
#define ATCP_KNOBS_FLAG(name, def, meaning) \
	{ name, "boolean", 1, false, 0, 1, def, meaning }

/* Longest time in seconds that the module can keep. */
#define ATCP_KNOBS_SEC		(INT_MAX / 1000)
/* As many pages as bytes can be counted for. */
#define ATCP_KNOBS_PAGES	(LONG_MAX >> 12)

/* An empty default is one that the module sizes by the machine's memory. */
const struct atcp_knob atcp_knob_table[] = {
	/* queues of a listener */
	ATCP_KNOBS_NUM("somaxconn", "connections", 0, INT_MAX, "4096",
		       "upper bound of listen(2)'s backlog"),
	ATCP_KNOBS_NUM("max_syn_backlog", "requests", 1, 1 << 20, "",
		       "limit of a listener's SYN queue"),
	ATCP_KNOBS_NUM("syncookies", "0 off, 1 auto, 2 always", 0, 2, "1",
		       "when a SYN is answered with a cookie"),
	{ "listener_knob", "ID KNOB=VALUE", 0, false, 0, 0, "none",
	  "turns a listener's knob by its number; never read back" },
	{ "cookie_key", "EPOCH:KEY, up to 4", 0, false, 0, 0, "none",
	  "keys of SYN cookies that hosts share; never read back" },
	ATCP_KNOBS_NUM("cookie_expect", "seconds", -1, 86400, "0",
		       "for how long another host says that it sends SYN cookies; -1: for ever"),
	ATCP_KNOBS_NUM("overflow_policy", "0 drop, 1 reset, 2 park", 0, 2, "2",
		       "what a third ACK meets when the accept queue is full"),
	ATCP_KNOBS_FLAG("abort_on_overflow", "0",
			"a view of overflow_policy: is it reset?"),
	ATCP_KNOBS_FLAG("fwmark_accept", "0",
			"a connection takes the firewall mark of its SYN"),
	ATCP_KNOBS_FLAG("l3mdev_accept", "0",
			"unbound listeners hear what comes by a VRF"),
	ATCP_KNOBS_NUM("acceptq_high", "connections", 0, INT_MAX, "0",
		       "length of an accept queue at which pressure begins; 0: never"),
	ATCP_KNOBS_NUM("acceptq_low", "connections", 0, INT_MAX, "0",
		       "length at which it ends"),
	ATCP_KNOBS_NUM("wake", "0 fifo, 1 lifo, 2 cpu", 0, 2, "0",
		       "which sleeper a connection wakes"),
	ATCP_KNOBS_NUM("balance", "0 hash, 1 rr, 2 cpu, 3 least, 4 p2c", 0, 4, "0",
		       "which member of a SO_REUSEPORT group gets a connection"),
	ATCP_KNOBS_NUM("defer_expire", "0 accept, 1 reset, 2 drop", 0, 2, "0",
		       "what becomes of a deferred connection without data"),
	ATCP_KNOBS_FLAG("migrate_req", "1",
			"a closing listener's queues go to its SO_REUSEPORT group"),
	ATCP_KNOBS_NUM("fair_share", "percent", 1, 100, "25",
		       "part of a SYN queue for one source prefix under pressure"),
	ATCP_KNOBS_NUM("fair_prefix4", "bits", 0, 32, "24",
		       "length of such a prefix"),
	ATCP_KNOBS_NUM("fair_prefix6", "bits", 0, 128, "64",
		       "length of such a prefix for IPv6"),
	ATCP_KNOBS_NUM("proven_share", "percent", 0, 75, "25",
		       "part of a SYN queue kept for proven peers"),
	ATCP_KNOBS_FLAG("guard", "0",
			"the flood guard of a device answers for listeners"),

	/* what a program may ask for */
	ATCP_KNOBS_NUM("syn_backlog_limit", "requests", 1, 1 << 20, "",
		       "most that a program may ask for by ATCP_SYN_BACKLOG"),
	ATCP_KNOBS_NUM("synack_retries_limit", "retransmissions", 0, 255, "15",
		       "most that a program may ask for of a SYN-ACK"),
	ATCP_KNOBS_NUM("synack_rto_limit", "milliseconds", 10, 120000, "10000",
		       "most that a program may ask for by ATCP_SYNACK_RTO"),
	ATCP_KNOBS_NUM("defer_accept_limit", "milliseconds", 0, 120000, "120000",
		       "most that a program may ask for by ATCP_DEFER_ACCEPT"),

	/* flood guard */
	{ "guard_devices", "device names", 0, false, 0, 0, "none",
	  "where the flood guard is armed" },
	ATCP_KNOBS_NUM("guard_rate", "SYNs a second", 0, 1000000, "0",
		       "that the guard answers for a source prefix; 0 is no limit"),
	ATCP_KNOBS_NUM("guard_burst", "SYNs", 1, 1000000, "1000",
		       "that it answers at once for a prefix"),

	/* retransmission and patience */
	ATCP_KNOBS_NUM("syn_retries", "retransmissions", 1, 127, "6",
		       "of a SYN, before connect(2) fails"),
	ATCP_KNOBS_NUM("synack_retries", "retransmissions", 0, 255, "5",
		       "of a SYN-ACK, before the request is given up"),
	ATCP_KNOBS_NUM("synack_rto", "milliseconds", 10, 120000, "1000",
		       "to the first retransmission of a SYN-ACK; doubles from there"),
	ATCP_KNOBS_FLAG("synack_rto_cached", "0",
			"a proven peer's round trip makes that shorter"),
	ATCP_KNOBS_NUM("retries1", "retransmissions", 0, 255, "3",
		       "before the route is doubted"),
	ATCP_KNOBS_NUM("retries2", "retransmissions", 0, 255, "15",
		       "before the connection fails"),
	ATCP_KNOBS_NUM("orphan_retries", "retransmissions", 0, 255, "0",
		       "the same after close(2); 0 means 8"),
	ATCP_KNOBS_NUM("rto_min_us", "microseconds", 1, 120000000, "200000",
		       "least retransmission timeout"),
	ATCP_KNOBS_NUM("rto_max_ms", "milliseconds", 1000, 120000, "120000",
		       "greatest retransmission timeout"),
	ATCP_KNOBS_NUM("fin_timeout", "seconds", 0, ATCP_KNOBS_SEC, "60",
		       "life of a closed connection in FIN-WAIT-2"),
	ATCP_KNOBS_NUM("keepalive_time", "seconds", 1, ATCP_KNOBS_SEC, "7200",
		       "idle time before the first keepalive probe"),
	ATCP_KNOBS_NUM("keepalive_intvl", "seconds", 1, ATCP_KNOBS_SEC, "75",
		       "time between keepalive probes"),
	ATCP_KNOBS_NUM("keepalive_probes", "probes", 0, 255, "9",
		       "unanswered ones before the connection fails"),

	/* TIME-WAIT and orphans */
	ATCP_KNOBS_NUM("max_tw_buckets", "connections", 0, INT_MAX, "",
		       "upper bound of those in TIME-WAIT"),
	ATCP_KNOBS_NUM("tw_reuse", "0 no, 1 yes, 2 loopback", 0, 2, "2",
		       "may connect(2) take the ports of a TIME-WAIT"),
	ATCP_KNOBS_FLAG("rfc1337", "0",
			"ignore RST in TIME-WAIT"),
	ATCP_KNOBS_FLAG("stdurg", "0",
			"the urgent pointer is to the urgent byte, not past it"),
	ATCP_KNOBS_NUM("max_orphans", "sockets", 0, INT_MAX, "",
		       "upper bound of those that no process holds"),

	/* protocol */
	ATCP_KNOBS_NUM("timestamps", "0 off, 1 on, 2 on without offset", 0, 2,
		       "1", "RFC 7323 timestamps"),
	ATCP_KNOBS_FLAG("sack", "1",
			"selective acknowledgements (RFC 2018)"),
	ATCP_KNOBS_FLAG("dsack", "1",
			"report duplicate segments (RFC 2883)"),
	ATCP_KNOBS_FLAG("window_scaling", "1",
			"window scaling (RFC 7323)"),
	ATCP_KNOBS_NUM("ecn", "0 off, 1 on, 2 passive", 0, 2, "2",
		       "explicit congestion notification (RFC 3168)"),
	ATCP_KNOBS_FLAG("ecn_fallback", "1",
			"a SYN that is sent again does not ask for ECN"),
	ATCP_KNOBS_FLAG("slow_start_after_idle", "1",
			"begin anew with the initial window after idling"),
	ATCP_KNOBS_FLAG("no_metrics_save", "0",
			"remember nothing of a path when a connection ends"),
	ATCP_KNOBS_FLAG("no_ssthresh_metrics_save", "1",
			"of that, no slow start threshold"),
	{ "metrics_flush", "all, or an address", 0, false, 0, 0, "none",
	  "forgets what is known of a peer; never read back" },
	ATCP_KNOBS_NUM("min_snd_mss", "bytes", 48, 65535, "48",
		       "least segment size that a peer may bring about"),
	ATCP_KNOBS_NUM("limit_output_bytes", "bytes", 0, INT_MAX, "1048576",
		       "most of a connection in queueing disciplines and devices"),
	ATCP_KNOBS_NUM("pacing_ca_ratio", "percent", 0, 1000, "120",
		       "pacing rate in congestion avoidance, in parts of cwnd / RTT"),
	ATCP_KNOBS_NUM("pacing_ss_ratio", "percent", 0, 1000, "200",
		       "pacing rate in slow start, in parts of cwnd / RTT"),
	ATCP_KNOBS_NUM("min_tso_segs", "segments", 1, 255, "2",
		       "least size of what is given to the device at once"),
	ATCP_KNOBS_NUM("tso_rtt_log", "log2 of microseconds", 0, 31, "9",
		       "least RTT whose every multiple halves what short paths get in an skb"),
	ATCP_KNOBS_NUM("tso_win_divisor", "divisor", 0, 255, "3",
		       "part of the window that is sent without waiting for the next ACK"),
	ATCP_KNOBS_NUM("challenge_ack_limit", "ACKs a second", 0, INT_MAX,
		       "2147483647",
		       "challenge ACKs (RFC 5961); 2147483647 is no limit"),
	ATCP_KNOBS_NUM("invalid_ratelimit", "milliseconds", 0, ATCP_KNOBS_SEC,
		       "500", "least time between ACKs to bad segments"),
	{ "congestion_control", "name", 0, false, 0, 0, "cubic",
	  "congestion control of new sockets" },
	{ "available_congestion_control", "names", 0, true, 0, 0, "cubic reno",
	  "what congestion_control can be set to" },

	/* fast open */
	ATCP_KNOBS_NUM("fastopen", "sum of 1, 2, 4, 512, 1024", 0, INT_MAX, "1",
		       "fast open (RFC 7413): 1 client, 2 server"),
	ATCP_KNOBS_NUM("fastopen_blackhole_timeout_sec", "seconds", 0,
		       ATCP_KNOBS_SEC, "0",
		       "no fast open to where one was swallowed"),
	{ "fastopen_key", "keys", 0, false, 0, 0, "random",
	  "what a server's fast open cookies are made by" },

	/* memory and ports */
	ATCP_KNOBS_FLAG("moderate_rcvbuf", "1",
			"tune receive buffers by what readers take"),
	ATCP_KNOBS_VEC("rmem", "bytes: least, first, greatest", 3, 4096,
		       INT_MAX, "4096 131072 6291456",
		       "receive buffer of a socket"),
	ATCP_KNOBS_VEC("wmem", "bytes: least, first, greatest", 3, 4096,
		       INT_MAX, "4096 16384 4194304",
		       "send buffer of a socket"),
	ATCP_KNOBS_VEC("mem", "pages: low, pressure, high", 3, 0,
		       ATCP_KNOBS_PAGES, "", "memory of all queues"),
	ATCP_KNOBS_NUM("notsent_lowat", "bytes", 0, UINT_MAX, "4294967295",
		       "unsent data above which a socket is not writable"),
	ATCP_KNOBS_VEC("local_port_range", "ports: low, high", 2, 1, 65535,
		       "20000 32767", "ephemeral ports"),
	ATCP_KNOBS_VEC("group_range", "groups: first, last", 2, 0, UINT_MAX - 1,
		       "0 4294967294", "who may make sockets"),
};

const size_t atcp_knob_count = ARRAY_SIZE(atcp_knob_table);
