/* SPDX-License-Identifier: GPL-2.0 */
/* SYN cookies: the answer without a request, and the request out of the ACK. */
#ifndef _ATCP_SYNCOOKIE_H
#define _ATCP_SYNCOOKIE_H

#include "conn/rx.h"
#include "state/shared/mib.h"

struct atcp_req;

/*
 * Makes @req's snt_isn a cookie of it, and reduces its mss to what the cookie
 * says. @skb: the SYN, for the tracepoint.
 */
void atcp_syncookie_make(struct sock *lsk, struct atcp_req *req,
			 const struct sk_buff *skb, const struct atcp_tuple *t);

/*
 * The request that an ACK without one proves (ATCP_REQ_COOKIE, the reference
 * is the caller's). NULL, with @reason set: no cookies were sent lately, this
 * is none of ours, or it cannot be used now. Counts.
 */
struct atcp_req *atcp_syncookie_open(struct sock *lsk, struct sk_buff *skb,
				     const struct atcp_tuple *t,
				     const struct atcp_rx *rx,
				     enum atcp_drop *reason);

#endif /* _ATCP_SYNCOOKIE_H */
