/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* The numbers and structures that programs share with the atcp module. */
#ifndef _UAPI_LINUX_ATCP_H
#define _UAPI_LINUX_ATCP_H

#include <linux/types.h>

/*
 * The version of all there is: module, tools and packages take it from here. What
 * is loaded says its own in /sys/module/atcp/version.
 */
#define ATCP_VERSION		"0.1.0"

/*
 * The family's own door: socket(AF_ATCP, SOCK_STREAM, protocol). Protocol 0
 * or ATCP_PROTO_IPV4 gives IPv4, ATCP_PROTO_IPV6 gives IPv6. The number is
 * AF_WANPIPE's, which no mainline kernel registered; the module parameter
 * "family" changes it. Addresses are struct sockaddr_in and sockaddr_in6.
 */
#ifndef AF_ATCP
#define AF_ATCP			25
#endif
#ifndef PF_ATCP
#define PF_ATCP			AF_ATCP
#endif
#define ATCP_PROTO_IPV4		4
#define ATCP_PROTO_IPV6		6

/*
 * The other door: socket(AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_ATCP).
 * RFC 3692's experimental number; it never appears on the wire.
 */
#ifndef IPPROTO_ATCP
#define IPPROTO_ATCP		253
#endif

/* Level of atcp's own socket options; TCP's own stay at IPPROTO_TCP. */
#ifndef SOL_ATCP
#define SOL_ATCP		253
#endif

/*
 * SOL_ATCP options: the knobs of a listener, the same as the files of
 * /sys/kernel/atcp/listeners/ID/. All take and give an int; getsockopt(2) gives
 * the value in force. On a socket that does not listen yet the value is kept
 * and used by listen(2). A value out of range is EINVAL, and the kernel log names
 * the knob, the value, the range and the unit. Where an option of Linux's means the
 * same (TCP_SYNCNT, TCP_DEFER_ACCEPT, TCP_FASTOPEN) the newest call holds.
 *
 * ATCP_SYN_BACKLOG	limit of the listener's SYN queue, requests, 1..1048576
 * ATCP_OVERFLOW	enum atcp_overflow: what a third ACK meets when the
 *			accept queue is full
 * ATCP_SYNCOOKIES	enum atcp_syncookies
 * ATCP_SYNACK_RETRIES	retransmissions of a SYN-ACK, 0..255
 * ATCP_BACKLOG		limit of the accept queue, connections, 0..INT_MAX, within
 *			net.atcp.somaxconn; in the place of listen(2)'s argument
 * ATCP_SYNACK_RTO	time to the first retransmission of a SYN-ACK, ms, 10..120000
 * ATCP_DEFER_ACCEPT	time that a connection without data may wait for it before
 *			it is accepted, ms, 0..120000; 0: not at all. Reads as the
 *			time in force, be it TCP_DEFER_ACCEPT's
 * ATCP_DEFER_EXPIRE	enum atcp_defer_expire
 * ATCP_FASTOPEN	connections by TCP Fast Open that may be pending, 0..65535;
 *			none is taken while bit 2 of net.atcp.fastopen is off
 * ATCP_BALANCE		enum atcp_balance: which member of a SO_REUSEPORT group
 *			gets a connection
 * ATCP_DRAIN		1: take no new connections, finish those that came; 0
 * ATCP_WAKE		enum atcp_wake: which sleeper a connection wakes
 * ATCP_ACCEPTQ_LOW	length of the accept queue at which pressure ends, connections
 * ATCP_ACCEPTQ_HIGH	length at which it begins; 0: never
 * ATCP_FAIR_SHARE	part of the SYN queue that a source prefix may take under
 *			pressure, percent, 1..100
 * ATCP_FAIR_PREFIX4	length of such a prefix, bits, 0..32
 * ATCP_FAIR_PREFIX6	the same for IPv6, 0..128
 * ATCP_PROVEN_SHARE	part of the SYN queue that is kept for peers that completed
 *			a handshake before, percent, 0..75
 * ATCP_MIGRATE		1: what a closing listener has queued goes to another one
 *			of its SO_REUSEPORT group; 0: it is reset
 * ATCP_GUARD		1: the flood guard answers for this listener; 0
 *
 * A value of -1 (ATCP_INHERIT) gives the knob back to net.atcp.*.
 */
#define ATCP_SYN_BACKLOG	1
#define ATCP_OVERFLOW		2
#define ATCP_SYNCOOKIES		3
#define ATCP_SYNACK_RETRIES	4
#define ATCP_BACKLOG		5
#define ATCP_SYNACK_RTO		6
#define ATCP_DEFER_ACCEPT	7
#define ATCP_DEFER_EXPIRE	8
#define ATCP_FASTOPEN		9
#define ATCP_BALANCE		10
#define ATCP_DRAIN		11
#define ATCP_WAKE		12
#define ATCP_ACCEPTQ_LOW	13
#define ATCP_ACCEPTQ_HIGH	14
#define ATCP_FAIR_SHARE		15
#define ATCP_FAIR_PREFIX4	16
#define ATCP_FAIR_PREFIX6	17
#define ATCP_PROVEN_SHARE	18
#define ATCP_MIGRATE		19
#define ATCP_GUARD		20

#define ATCP_INHERIT		(-1)

/*
 * ATCP_ZEROCOPY	SO_ZEROCOPY for kernels before 6.12, which take that for no protocol but
 *			their own: 1: MSG_ZEROCOPY sends the program's pages, and the error queue
 *			says when they are free; 0. Not a knob: the listener's connections have
 *			what it had when they came
 */
#define ATCP_ZEROCOPY		64

/**
 * enum atcp_overflow - what a third ACK meets when the accept queue is full
 * @ATCP_OVERFLOW_DROP: the ACK is dropped, as Linux does
 * @ATCP_OVERFLOW_RESET: the peer gets a RST (tcp_abort_on_overflow)
 * @ATCP_OVERFLOW_PARK: the request waits and is completed when accept(2)
 *	frees a slot
 * @ATCP_OVERFLOW_AFTER: the same, but it is reset if no slot came in time: the
 *	value is ATCP_OVERFLOW_RESET_AFTER(ms) then, 1..120000 ms
 */
enum atcp_overflow {
	ATCP_OVERFLOW_DROP	= 0,
	ATCP_OVERFLOW_RESET	= 1,
	ATCP_OVERFLOW_PARK	= 2,
	ATCP_OVERFLOW_AFTER	= 3,
};

#define ATCP_OVERFLOW_MASK		0xf
#define ATCP_OVERFLOW_RESET_AFTER(ms)	(ATCP_OVERFLOW_AFTER | (ms) << 4)
#define ATCP_OVERFLOW_MS(value)		((value) >> 4)

/**
 * enum atcp_syncookies - when a SYN is answered without keeping a request
 * @ATCP_SYNCOOKIES_OFF: never
 * @ATCP_SYNCOOKIES_AUTO: when the SYN queue is full
 * @ATCP_SYNCOOKIES_ALWAYS: always
 */
enum atcp_syncookies {
	ATCP_SYNCOOKIES_OFF	= 0,
	ATCP_SYNCOOKIES_AUTO	= 1,
	ATCP_SYNCOOKIES_ALWAYS	= 2,
};

/**
 * enum atcp_defer_expire - what becomes of a deferred connection without data
 * @ATCP_DEFER_EXPIRE_ACCEPT: it goes into the accept queue
 * @ATCP_DEFER_EXPIRE_RESET: the peer gets a RST
 * @ATCP_DEFER_EXPIRE_DROP: it is forgotten in silence
 */
enum atcp_defer_expire {
	ATCP_DEFER_EXPIRE_ACCEPT	= 0,
	ATCP_DEFER_EXPIRE_RESET		= 1,
	ATCP_DEFER_EXPIRE_DROP		= 2,
};

/**
 * enum atcp_balance - which member of a SO_REUSEPORT group gets a connection
 * @ATCP_BALANCE_HASH: by addresses and ports, as Linux does, at the SYN
 * @ATCP_BALANCE_RR: each in turn
 * @ATCP_BALANCE_CPU: the one whose SO_INCOMING_CPU, or number, is the CPU's
 * @ATCP_BALANCE_LEAST: the one with the shortest accept queue
 * @ATCP_BALANCE_P2C: the shorter queue of two random ones
 * All but the first choose when the handshake is complete.
 */
enum atcp_balance {
	ATCP_BALANCE_HASH	= 0,
	ATCP_BALANCE_RR		= 1,
	ATCP_BALANCE_CPU	= 2,
	ATCP_BALANCE_LEAST	= 3,
	ATCP_BALANCE_P2C	= 4,
};

/**
 * enum atcp_wake - which sleeper on a listener a connection wakes
 * @ATCP_WAKE_FIFO: the one that sleeps longest
 * @ATCP_WAKE_LIFO: the one that came last: its caches are warm
 * @ATCP_WAKE_CPU: one that slept on this CPU, else the first
 */
enum atcp_wake {
	ATCP_WAKE_FIFO	= 0,
	ATCP_WAKE_LIFO	= 1,
	ATCP_WAKE_CPU	= 2,
};

#endif /* _UAPI_LINUX_ATCP_H */
