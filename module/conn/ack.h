/* SPDX-License-Identifier: GPL-2.0 */
/* What an acceptable ACK does: windows, the send queue, RTT, congestion, loss. */
#ifndef _ATCP_ACK_H
#define _ATCP_ACK_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/* Processes the ACK of a segment (ATCP_V_PROCESS_ACK, or @old: ATCP_V_OLD_ACK). */
void atcp_ack_process(struct sock *sk, const struct atcp_rx *rx, bool old);

/*
 * SYN-RECEIVED becomes ESTABLISHED by an ACK of our SYN with number @ack, at
 * sequence @seq with window field @wnd (scaled up here). Does not wake a listener.
 */
void atcp_ack_establish(struct sock *sk, u32 seq, u32 ack, u32 wnd);

/*
 * Before that: does the ACK echo the first SYN or SYN-ACK (RFC 3522)? Then none was lost, and cwnd
 * begins as usual.
 */
void atcp_ack_handshake(struct sock *sk, const struct atcp_rx *rx);

/*
 * Takes an RTT sample (us) of the time @now_us and renews the RTO. @least_us: of several that
 * came together, the shortest.
 */
void atcp_ack_rtt(struct sock *sk, u32 rtt_us, u32 least_us, u64 now_us);

/* Wakes writers when room was made. */
void atcp_ack_check_space(struct sock *sk);

#endif /* _ATCP_ACK_H */
