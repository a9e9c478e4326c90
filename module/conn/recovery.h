/* SPDX-License-Identifier: GPL-2.0 */
/* Recovery: what an ACK does to a connection that may have lost something. */
#ifndef _ATCP_RECOVERY_H
#define _ATCP_RECOVERY_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/**
 * struct atcp_news - what one ACK brought
 * @now_us: when, if anything is in flight
 * @prior_una: SND.UNA before it
 * @prior_high: the highest number SACKed before it, or @prior_una
 * @prior_flight: segments in flight before it
 * @prior_lost: &atcp_sock.lost before it
 * @reord: the lowest number newly acknowledged, of what was sent once, that others had passed
 * @reord_sack: the same of what was newly SACKed, or of what a D-SACK shows to have been late
 * @delivered: segments newly delivered, by ACK or SACK, or a second time as a D-SACK tells
 * @bytes: the same in bytes
 * @ce: of these segments, so many arrived marked, as far as the peer tells
 * @acked: of these, and of what was SACKed before, cumulatively
 * @rtt_us: RTT sample for the timeout, of what was sent first; 0 none
 * @last_rtt_us: that of what was sent last, which waited the least for this ACK; 0 none
 * @sent_us: when the first of what was acknowledged and sent once only was sent
 * @last_us: when the last of it was
 * @rate: sample of the delivery rate
 * @again: of what was acknowledged something had been sent again
 * @una_advanced: SND.UNA moved
 * @high: the end of what was newly SACKed, if @sacked
 * @ts_advanced: TS.Recent did
 * @handshake: it completes the handshake
 * @useful: it brought text, moved the window or acknowledged something: no duplicate
 * @sacked: something was newly SACKed
 * @original: of what was delivered something was never sent again, and before the recovery
 * @dsack: a D-SACK was in it
 * @dsack_tlp: of what a tail loss probe had sent again
 * @reneged: the head of the queue is SACKed: the peer has given that back
 * @ece: the peer tells of congestion (RFC 3168)
 * @timer: the retransmission timer begins anew
 * @lost_again: a retransmission was found lost
 */
struct atcp_news {
	u64	now_us;
	u32	prior_una;
	u32	prior_high;
	u32	high;
	u32	prior_flight;
	u32	prior_lost;
	u32	reord;
	u32	reord_sack;
	u32	delivered;
	u32	bytes;
	u32	ce;
	u32	acked;
	u32	rtt_us;
	u32	last_rtt_us;
	u64	sent_us;
	u64	last_us;
	struct atcp_rate_sample rate;
	bool	again;
	bool	una_advanced;
	bool	ts_advanced;
	bool	handshake;
	bool	useful;
	bool	sacked;
	bool	original;
	bool	dsack;
	bool	dsack_tlp;
	bool	reneged;
	bool	ece;
	bool	timer;
	bool	lost_again;
};

/**
 * enum atcp_resend - what may be sent after an ACK, beside what cwnd allows of new data
 * @ATCP_RESEND_NONE: nothing
 * @ATCP_RESEND_LOST: what is lost
 * @ATCP_RESEND_NEW: new data rather than that (RFC 5682 section 2.1, step 2b)
 */
enum atcp_resend {
	ATCP_RESEND_NONE,
	ATCP_RESEND_LOST,
	ATCP_RESEND_NEW,
};

/* The recovery's step after an ACK: undo, detect, enter or leave recovery. */
enum atcp_resend atcp_recovery_ack(struct sock *sk, const struct atcp_rx *rx,
				   struct atcp_news *news);

/* Carries that out, once cwnd is what the ACK makes it. */
void atcp_recovery_resend(struct sock *sk, enum atcp_resend what);

/* cwnd after an ACK of a recovery, or of ECE's reduction (RFC 6937). True: it was one. */
bool atcp_recovery_cwnd(struct sock *sk, const struct atcp_news *news);

/* Something was found lost by a timer. */
void atcp_recovery_enter(struct sock *sk, bool ece);

/* What was too large for the path is sent again: state loss, without a reduction of cwnd. */
void atcp_recovery_repair(struct atcp_sock *as);

/* A probe has repaired a loss: cwnd is reduced for it, once (RFC 8985 section 7.4.2). */
void atcp_recovery_probed(struct sock *sk);

/* The retransmission timer: all that is overdue is lost, cwnd is one segment beyond the rest. */
void atcp_recovery_timeout(struct sock *sk);

#endif /* _ATCP_RECOVERY_H */
