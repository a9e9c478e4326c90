/* SPDX-License-Identifier: GPL-2.0 */
/* What a segment means to a request: RFC 9293 section 3.10.7.4 for SYN-RECEIVED. */
#ifndef _ATCP_REQSEG_H
#define _ATCP_REQSEG_H

#include "conn/rx.h"
#include "state/shared/mib.h"

struct atcp_req;

/**
 * enum atcp_reqseg - what to do about a segment
 * @ATCP_REQSEG_DROP: nothing
 * @ATCP_REQSEG_REPLY_ACK: answer with an ACK (challenge or duplicate)
 * @ATCP_REQSEG_DUP_SYN: the peer's SYN once more
 * @ATCP_REQSEG_RESET: the peer gave up
 * @ATCP_REQSEG_BAD_ACK: acknowledges what this request did not send
 * @ATCP_REQSEG_ACK: a good third ACK, perhaps with data or FIN
 * @ATCP_REQSEG_PARKED: the same for one that waits in the park
 */
enum atcp_reqseg {
	ATCP_REQSEG_DROP,
	ATCP_REQSEG_REPLY_ACK,
	ATCP_REQSEG_DUP_SYN,
	ATCP_REQSEG_RESET,
	ATCP_REQSEG_BAD_ACK,
	ATCP_REQSEG_ACK,
	ATCP_REQSEG_PARKED,
};

/* Judges a segment; counts what it finds. @reason: for DROP, REPLY_ACK, RESET. */
enum atcp_reqseg atcp_reqseg_check(struct atcp_req *req,
				   const struct sk_buff *skb,
				   const struct atcp_rx *rx,
				   enum atcp_drop *reason);

/* Was this request answered so lately that it must wait? Counts it then. */
bool atcp_reqseg_limited(const struct atcp_req *req, const struct sk_buff *skb);

#endif /* _ATCP_REQSEG_H */
