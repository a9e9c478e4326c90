/* SPDX-License-Identifier: GPL-2.0 */
/* One event of atcp's tracepoints, as trace_pipe prints it. */
#ifndef ATCP_TEVENT_H
#define ATCP_TEVENT_H

#include <netinet/in.h>
#include <stdbool.h>

/**
 * enum atcp_tevent_kind - which tracepoint
 * @ATCP_TEVENT_STATE: a connection or request changes its state
 * @ATCP_TEVENT_DROP: a received segment is dropped
 * @ATCP_TEVENT_RETRANSMIT: something is sent again
 * @ATCP_TEVENT_COOKIE: a SYN cookie is sent or comes back
 * @ATCP_TEVENT_FLOOD: a flood begins or ends
 * @ATCP_TEVENT_QUEUE: a connection is parked, or accepted
 * @ATCP_TEVENT_LOST: the kernel had no room for events
 */
enum atcp_tevent_kind {
	ATCP_TEVENT_STATE,
	ATCP_TEVENT_DROP,
	ATCP_TEVENT_RETRANSMIT,
	ATCP_TEVENT_COOKIE,
	ATCP_TEVENT_FLOOD,
	ATCP_TEVENT_QUEUE,
	ATCP_TEVENT_LOST,
};

/**
 * struct atcp_tevent_end - one end of a connection
 * @addr: IPv4 as v4-mapped
 * @port: host order
 */
struct atcp_tevent_end {
	struct in6_addr addr;
	unsigned int port;
};

/**
 * struct atcp_tevent - one event
 * @kind: which tracepoint
 * @at: seconds of the trace's clock
 * @local: our end
 * @peer: the other end; port 0 where there is none
 * @what: newstate, reason, kind, verdict or event; number of events lost
 * @before: oldstate
 * @cause: of a change of state
 * @netns: inode number of the network namespace; 0: it does not say
 * @listener: the listener's id; 0: none's, or it does not say
 * @waited_us: of a connection that is accepted, since its handshake
 * @rest: the line from the first field on
 */
struct atcp_tevent {
	enum atcp_tevent_kind kind;
	double at;
	struct atcp_tevent_end local;
	struct atcp_tevent_end peer;
	char what[32];
	char before[32];
	char cause[32];
	unsigned long netns;
	unsigned long listener;
	unsigned long waited_us;
	const char *rest;
};

bool atcp_tevent_parse(const char *line, struct atcp_tevent *event);
char *atcp_tevent_name(const struct atcp_tevent_end *end);

#endif /* ATCP_TEVENT_H */
