/* SPDX-License-Identifier: GPL-2.0 */
/* Loss detection and recovery: which segments are taken for lost, and when it was an error. */
#ifndef _ATCP_LOSS_H
#define _ATCP_LOSS_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/**
 * struct atcp_loss_ack - what one ACK brought, for the recovery
 * @prior_una: SND.UNA before it
 * @prior_flight: segments in flight before it
 * @delivered: segments newly delivered, by ACK or SACK
 * @acked: of these, cumulatively
 * @rtt_us: RTT sample, 0 none
 * @rate: sample of the delivery rate
 * @dup: a duplicate ACK (RFC 5681 section 2)
 * @dsack: a D-SACK was in it
 * @una_advanced: SND.UNA moved
 * @ece: the peer tells of congestion (RFC 3168)
 */
struct atcp_loss_ack {
	u32	prior_una;
	u32	prior_flight;
	u32	delivered;
	u32	acked;
	u32	rtt_us;
	struct atcp_rate_sample rate;
	bool	dup;
	bool	dsack;
	bool	una_advanced;
	bool	ece;
};

/* One more segment known to be delivered, last sent at @xmit_us (RFC 8985 6.2 step 2). */
void atcp_loss_delivered(struct atcp_sock *as, const struct atcp_cb *cb);

/* All or part of @cb's segment is delivered: what that says of the delivery rate. */
void atcp_loss_rate(struct atcp_sock *as, const struct atcp_cb *cb, struct atcp_loss_ack *la);

/* The recovery's step after an ACK: undo, detect, enter or leave recovery. */
void atcp_loss_ack(struct sock *sk, const struct atcp_rx *rx, struct atcp_loss_ack *la);

/* The reordering timer of RACK. */
void atcp_loss_reo_timeout(struct sock *sk);

/* The retransmission timer: everything is lost, cwnd is one segment. */
void atcp_loss_enter_loss(struct sock *sk);

#endif /* _ATCP_LOSS_H */
