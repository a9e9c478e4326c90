/* SPDX-License-Identifier: GPL-2.0 */
/* Path MTU discovery without ICMP (RFC 4821). Socket locked. */
#ifndef _ATCP_OUTPUT_MTUPROBE_H
#define _ATCP_OUTPUT_MTUPROBE_H

#include "state/conn/sock.h"

/* A connection begins, or its peer has said how large its segments may be. */
void atcp_mtuprobe_begin(struct sock *sk);

/* @mss as far as the search lets it be; the path's MTU is @pmtu. */
u32 atcp_mtuprobe_bound(struct sock *sk, u32 pmtu, u32 mss);

/* Sends a probe of the data that waits. 1: done; 0: wait for ACKs with it; -1: not now. */
int atcp_mtuprobe_send(struct sock *sk, u32 mss);

/* SND.UNA has advanced: was it past a probe? */
void atcp_mtuprobe_acked(struct sock *sk);

/* Something is lost, found by ACKs. True: a probe, so it was its size and not congestion. */
bool atcp_mtuprobe_lost(struct sock *sk);

/* Timeouts have found that nothing gets through (a black hole). */
void atcp_mtuprobe_blackhole(struct sock *sk);

#endif /* _ATCP_OUTPUT_MTUPROBE_H */
