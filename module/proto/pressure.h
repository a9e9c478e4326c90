/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a listener is being flooded, or served too slowly: two judgements, with hysteresis. */
#ifndef _ATCP_PROTO_PRESSURE_H
#define _ATCP_PROTO_PRESSURE_H

#include <linux/types.h>

#define ATCP_PRESSURE_QUIET_MS	5000	/* without an incident for so long: it may be over */
#define ATCP_PRESSURE_ENOUGH	16	/* SYNs that are enough to judge their completion by */

/**
 * struct atcp_pressure - what a listener's state is judged by
 * @syns: SYNs that came lately (in the last one to two seconds)
 * @done: handshakes that were completed in that time
 * @qlen: requests in the SYN queue whose ACK is awaited
 * @limit: of the SYN queue
 * @accept_len: connections in the accept queue
 * @accept_limit: of the accept queue
 * @quiet_ms: time since the last incident: a SYN that found no room, or a segment
 *	that found the accept queue full
 * @incident: there is one right now
 */
struct atcp_pressure {
	u32 syns;
	u32 done;
	u32 qlen;
	u32 limit;
	u32 accept_len;
	u32 accept_limit;
	u32 quiet_ms;
	bool incident;
};

bool atcp_pressure_flood(bool flood, const struct atcp_pressure *p);
bool atcp_pressure_slow(bool slow, const struct atcp_pressure *p);

#endif /* _ATCP_PROTO_PRESSURE_H */
