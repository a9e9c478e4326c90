/* SPDX-License-Identifier: GPL-2.0 */
/* The park: requests whose handshake is over wait here for room in the accept queue. */
#ifndef _ATCP_INPUT_PARK_H
#define _ATCP_INPUT_PARK_H

#include "conn/rx.h"
#include "state/listen/knob.h"

struct atcp_listener;
struct atcp_req;

/* Does a connection that finds the accept queue full wait for room? */
bool atcp_park_policy(const struct atcp_listener *l);

/* Lets @req, whose third ACK is @skb, wait for room. True: @skb is consumed. */
bool atcp_park_enter(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
		     struct atcp_rx *rx);

/*
 * @req, with ATCP_REQ_ACKED and its window kept, comes from another listener's park
 * into its own listener's, or completes at once. Under RCU, BH off.
 */
void atcp_park_again(struct atcp_req *req);

/* A segment for a parked request: its text and FIN wait with it. Consumes @skb. */
void atcp_park_keep(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
		    struct atcp_rx *rx);

/*
 * The wheel has called for a request that is parked. True: that is all, and @again
 * says whether the wheel is to have it again; false: it is judged as others are.
 */
bool atcp_park_timed_out(struct atcp_req *req, bool *again);

/* Sets a parked request's timer by the policy. The caller has a reference of its own. */
void atcp_park_retime(struct atcp_req *req);

/* There is room, or may be: completes parked requests. Any context. */
void atcp_park_room(struct sock *lsk);

/* A knob has changed; for struct atcp_listener_ops. */
void atcp_park_changed(struct atcp_listener *l, enum atcp_knob_id id);

#endif /* _ATCP_INPUT_PARK_H */
