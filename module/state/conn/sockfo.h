/* SPDX-License-Identifier: GPL-2.0 */
/* What a socket has for fast open. */
#ifndef _ATCP_SOCKFO_H
#define _ATCP_SOCKFO_H

#include <linux/types.h>

struct atcp_fastopen_cookie;
struct atcp_fastopen_secret;
struct atcp_fastopen_syn;
struct sock;

/**
 * struct atcp_sock_fo - a socket's fast open (RFC 7413)
 * @lsk: server: the listener (referenced) among whose pending connections this
 *	one counts, until its SYN-ACK is acknowledged; NULL at all other times
 * @secret: server: TCP_FASTOPEN_KEY, RCU; NULL: the namespace's keys
 * @max_qlen: server: TCP_FASTOPEN, how many connections may be pending
 * @syn: client: what sendmsg(2) gives the SYN that is being made, or NULL
 * @opt: option of the SYN or SYN-ACK that is being sent, or NULL
 * @connect: TCP_FASTOPEN_CONNECT
 * @no_cookie: TCP_FASTOPEN_NO_COOKIE
 * @asked: the SYN had the option
 * @exp: and that by the experimental kind
 * @data: the SYN had data
 * @all: all that the caller had to send
 * @data_acked: data in a SYN was acknowledged (by either side)
 * @probing: its destination's time without fast open is just over
 * @fail: why there was no data in the SYN or it was not taken, TFO_* of
 *	enum tcp_fastopen_client_fail
 */
struct atcp_sock_fo {
	struct sock			*lsk;
	struct atcp_fastopen_secret __rcu *secret;
	u32				max_qlen;
	struct atcp_fastopen_syn	*syn;
	const struct atcp_fastopen_cookie *opt;
	u8				connect:1,
					no_cookie:1,
					asked:1,
					exp:1,
					data:1,
					all:1,
					data_acked:1,
					probing:1;
	u8				fail;
};

#endif /* _ATCP_SOCKFO_H */
