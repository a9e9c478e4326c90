/* SPDX-License-Identifier: GPL-2.0 */
/* Segments for listeners and requests: SYN, third ACK, cookie ACK. No listener lock. */
#ifndef _ATCP_LISTEN_H
#define _ATCP_LISTEN_H

#include "conn/rx.h"
#include "state/shared/mib.h"
#include "state/shared/trace.h"

struct atcp_req;

/*
 * A segment whose best match is a listener (RCU, no reference): SYN, cookie
 * ACK, or nothing good. Consumes @skb (data at the TCP header).
 */
void atcp_listen_rcv(struct sock *lsk, struct sk_buff *skb,
		     const struct atcp_tuple *t, struct atcp_rx *rx);

/*
 * A segment whose match is a request (reference held by the caller, who drops
 * it). Consumes @skb.
 */
void atcp_listen_req_rcv(struct atcp_req *req, struct sk_buff *skb,
			 const struct atcp_tuple *t, struct atcp_rx *rx);

/* Drops a SYN or ACK on the listener's account too (ListenDrops, sk_drops). */
void atcp_listen_drop(struct sock *lsk, struct sk_buff *skb,
		      enum atcp_drop reason);

/*
 * Takes a request out for good, and says why; false if another CPU did so. _end() is for
 * one whose listener is closing; _kill() looks too whether that ends a flood.
 */
bool atcp_listen_end(struct atcp_req *req, enum atcp_cause cause);
bool atcp_listen_kill(struct atcp_req *req, enum atcp_cause cause);

/* At module init: requests have their handler, and listeners who does what they ask for. */
void atcp_listen_init(void);

#endif /* _ATCP_LISTEN_H */
