/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* The numbers and structures that programs share with the atcp module. */
#ifndef _UAPI_LINUX_ATCP_H
#define _UAPI_LINUX_ATCP_H

#include <linux/types.h>

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
 * SOL_ATCP options. All take and give an int. On a socket that does not
 * listen yet the value is kept and used by listen(2).
 *
 * ATCP_SYN_BACKLOG	limit of the listener's SYN queue, requests, 1..1048576
 * ATCP_OVERFLOW	enum atcp_overflow: what a third ACK meets when the
 *			accept queue is full
 * ATCP_SYNCOOKIES	enum atcp_syncookies
 * ATCP_SYNACK_RETRIES	retransmissions of a SYN-ACK, 0..255
 * A value of -1 (ATCP_INHERIT) gives the knob back to net.atcp.*.
 */
#define ATCP_SYN_BACKLOG	1
#define ATCP_OVERFLOW		2
#define ATCP_SYNCOOKIES		3
#define ATCP_SYNACK_RETRIES	4

#define ATCP_INHERIT		(-1)

/**
 * enum atcp_overflow - what a third ACK meets when the accept queue is full
 * @ATCP_OVERFLOW_DROP: the ACK is dropped, as Linux does
 * @ATCP_OVERFLOW_RESET: the peer gets a RST (tcp_abort_on_overflow)
 * @ATCP_OVERFLOW_PARK: the request waits and is completed when accept(2)
 *	frees a slot
 */
enum atcp_overflow {
	ATCP_OVERFLOW_DROP	= 0,
	ATCP_OVERFLOW_RESET	= 1,
	ATCP_OVERFLOW_PARK	= 2,
};

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

#endif /* _UAPI_LINUX_ATCP_H */
