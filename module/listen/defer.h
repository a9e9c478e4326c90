/* SPDX-License-Identifier: GPL-2.0 */
/* TCP_DEFER_ACCEPT: a bare third ACK waits for data, by Linux's rule or for so many ms. */
#ifndef _ATCP_DEFER_H
#define _ATCP_DEFER_H

#include "conn/rx.h"

struct atcp_req;

/*
 * A good third ACK of @req, which is in the SYN queue: is it held back until data
 * comes? Then it is counted and @skb consumed. BH, RCU.
 */
bool atcp_defer_hold(struct atcp_req *req, struct sk_buff *skb, const struct atcp_rx *rx);

/* Would a bare ACK of a request of @lsk that had no timeout yet be held back? */
bool atcp_defer_wants(const struct sock *lsk);

/*
 * A bare ACK made @req, which was put into the SYN queue just now because that is
 * so: sets its time, if the knob says one.
 */
void atcp_defer_begin(struct atcp_req *req, u16 wnd);

/* Does @req wait for data, with the wheel set for the end of that? */
bool atcp_defer_held(const struct atcp_req *req);

/*
 * That end: @req is one like others from here on. The ACK that was held back, as
 * if it came now, and @rx of it; NULL: no memory.
 */
struct sk_buff *atcp_defer_ack(struct atcp_req *req, struct atcp_rx *rx);

#endif /* _ATCP_DEFER_H */
