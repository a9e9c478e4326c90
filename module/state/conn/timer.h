/* SPDX-License-Identifier: GPL-2.0 */
/* The timers of a full socket: arming, stopping, and deferring to the lock's owner. */
#ifndef _ATCP_TIMER_H
#define _ATCP_TIMER_H

#include <linux/types.h>

struct sock;

/*
 * When each fires:
 * rtx, ATCP_TIMER_RTX	RTO after the first unacknowledged segment was sent
 * rtx, ATCP_TIMER_PROBE	the peer's window is closed and nothing is in flight
 * rtx, ATCP_TIMER_REO	RACK: the reordering window of the oldest suspect is over
 * rtx, ATCP_TIMER_TLP	no ACK came for two round trips: a probe is sent (RFC 8985 7)
 * delack		an ACK was put off, at most 40 to 200 ms
 * sack			ACKs with SACK were left out, a millisecond ago at most
 * keep (sk_timer)	keepalive; orphans in FIN-WAIT-2
 */
enum atcp_timer_what {
	ATCP_TIMER_NONE,
	ATCP_TIMER_RTX,
	ATCP_TIMER_PROBE,
	ATCP_TIMER_REO,
	ATCP_TIMER_TLP,
};

/**
 * struct atcp_timer_ops - what happens on expiry; set from tier conn
 * @rtx: atcp_sock.pending tells which; socket locked, BH off, not owned by a user
 * @delack: likewise
 * @sack: likewise
 * @keep: likewise, but for CLOSE; FIN-WAIT-2 of orphans and keepalive
 * @more: pacing or the device lets it send more; likewise
 * @mtu: an ICMP "too big" came while the user had the lock
 */
struct atcp_timer_ops {
	void (*rtx)(struct sock *sk);
	void (*delack)(struct sock *sk);
	void (*sack)(struct sock *sk);
	void (*keep)(struct sock *sk);
	void (*more)(struct sock *sk);
	void (*mtu)(struct sock *sk);
};

/* Gives the handlers, once, before there are sockets. */
void atcp_timer_set_ops(const struct atcp_timer_ops *ops);

void atcp_timer_init(struct sock *sk);
/* Arms the retransmission timer for @what in @us microseconds from now (bounded by rto_max). */
void atcp_timer_arm(struct sock *sk, enum atcp_timer_what what, u64 us);
void atcp_timer_stop(struct sock *sk);
void atcp_timer_arm_delack(struct sock *sk, unsigned long jiffies_delay);
void atcp_timer_stop_delack(struct sock *sk);
/* Arms the SACK timer for @delay_ns from now, or up to @slack_ns later, if it is not armed. */
void atcp_timer_arm_sack(struct sock *sk, u64 delay_ns, u64 slack_ns);
void atcp_timer_stop_sack(struct sock *sk);
void atcp_timer_arm_keep(struct sock *sk, unsigned long jiffies_delay);
void atcp_timer_stop_keep(struct sock *sk);
/* All of them (close). */
void atcp_timer_stop_all(struct sock *sk);

/* Lets it send more, now or when the user lets go of the lock. BH off, not locked. */
void atcp_timer_more(struct sock *sk);

/* proto.release_cb: runs what was deferred while the user had the lock. */
void atcp_timer_release_cb(struct sock *sk);

/* Asks for @bit (ATCP_DEFER_*) at release of the lock, which a user holds now. */
void atcp_timer_defer(struct sock *sk, int bit);

#endif /* _ATCP_TIMER_H */
