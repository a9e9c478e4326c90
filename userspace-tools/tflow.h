/* SPDX-License-Identifier: GPL-2.0 */
/* The handshakes that atcpctl trace has seen begin, in a table of fixed size. */
#ifndef ATCP_TFLOW_H
#define ATCP_TFLOW_H

#include <stdbool.h>

#include "tevent.h"

/**
 * struct atcp_tflow - a handshake without a verdict yet
 * @local: our end
 * @peer: the other end; port 0 in an empty place
 * @since: time of the SYN, 0 if it was not seen
 * @again: SYN-ACKs sent again
 * @listener: whose it is, by id; 0: not known
 * @cookie: it came by a cookie
 * @fast: it is a connection since its SYN (RFC 7413)
 * @ended: it had its verdict; the drop of its last segment may follow
 */
struct atcp_tflow {
	struct atcp_tevent_end local;
	struct atcp_tevent_end peer;
	double since;
	unsigned int again;
	unsigned long listener;
	bool cookie;
	bool fast;
	bool ended;
};

int atcp_tflow_init(void);
void atcp_tflow_exit(void);
struct atcp_tflow *atcp_tflow_find(const struct atcp_tevent *event);
struct atcp_tflow *atcp_tflow_begin(const struct atcp_tevent *event);

#endif /* ATCP_TFLOW_H */
