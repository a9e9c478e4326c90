/* SPDX-License-Identifier: GPL-2.0 */
/* TIME_WAIT as its own small object: what a closed connection still has to answer. */
#ifndef _ATCP_TWQ_H
#define _ATCP_TWQ_H

#include "state/shared/node.h"

struct atcp_ao;
struct atcp_bind_bucket;
struct atcp_hold;
struct atcp_md5_key;
struct sock;

/* 2 MSL, with Linux's MSL of 30 s (RFC 9293 3.4.2 has 2 min). */
#define ATCP_TW_LEN	(60 * HZ)

/**
 * struct atcp_tw - a connection in TIME-WAIT, in FIN-WAIT-2 without an owner,
 *	or gone by RST (a tombstone: it answers late segments with RST, so that
 *	the kernel's TCP is never asked about them)
 * @mini: table, wheel, references, tuple; node.u1 is the state: TCP_TIME_WAIT,
 *	TCP_FIN_WAIT2 or TCP_CLOSE (tombstone)
 * @net: namespace (no reference: atcp_twq_purge() runs before it goes)
 * @tb: bind bucket of the local port, or NULL
 * @tb_node: @tb's list of TIME_WAITs, under the bucket's lock
 * @hold: the kernel TCP socket that holds the port, or NULL (state/shared/port.c sets it)
 * @md5: what answers are signed with, or NULL
 * @ao: the keys that TCP-AO has for it, which the socket may have still; or NULL
 * @rcv_nxt: next sequence number expected
 * @snd_nxt: next to be sent
 * @rcv_wnd: window last offered, unscaled bytes
 * @ts_recent: peer's latest timestamp; 0 with @ts_stamp 0: timestamps not in use
 * @ts_stamp: when it was seen, s (ktime_get_seconds)
 * @entered: when its TIME_WAIT began, ms of the timestamps' clock
 * @ts_off: offset of our timestamps
 * @last_oow_ack: jiffies of the last ACK sent for an out-of-window segment
 * @mark: skb mark of answers
 * @flowlabel: IPv6 flow label of answers
 * @tclass: TOS or traffic class of answers
 * @rcv_wscale: our window's shift
 * @hold_shared: of @hold, as the socket had it
 * @reuseport: the socket had SO_REUSEPORT
 * @reuse: the socket had SO_REUSEADDR
 * @ts_ok: timestamps were agreed
 */
struct atcp_tw {
	struct atcp_mini	mini;
	struct net		*net;
	struct atcp_bind_bucket	*tb;
	struct hlist_node	tb_node;
	struct atcp_hold	*hold;
	struct atcp_md5_key	*md5;
	struct atcp_ao		*ao;
	u32			rcv_nxt;
	u32			snd_nxt;
	u32			rcv_wnd;
	u32			ts_recent;
	u32			ts_stamp;
	u32			entered;
	u32			ts_off;
	u32			last_oow_ack;
	u32			mark;
	__be32			flowlabel;
	u8			tclass;
	u8			rcv_wscale;
	u8			reuse:1,
				reuseport:1,
				ts_ok:1,
				hold_shared:1;
};

static inline struct atcp_tw *atcp_tw_of(struct atcp_node *node)
{
	return container_of(node, struct atcp_tw, mini.node);
}

int atcp_twq_cache_init(void);
void atcp_twq_cache_exit(void);

/*
 * Replaces @sk in the table by a TIME_WAIT of state @state for @timeout jiffies.
 * False (no memory, or max_tw_buckets reached: counted): the caller closes the
 * socket without one. The caller goes on to atcp_sock_done(@sk).
 */
bool atcp_twq_enter(struct sock *sk, u8 state, unsigned long timeout);

/* Starts @tw's time again, from now. */
void atcp_twq_rearm(struct atcp_tw *tw, unsigned long timeout);

/* Ends @tw: out of table, wheel and bucket; drops their references, not the caller's. */
void atcp_twq_kill(struct atcp_tw *tw);
void atcp_twq_put(struct atcp_tw *tw);

/*
 * Ends all of @net's, for its exit: after the hook is gone and the sockets are,
 * before the bind table's part of it (they hold buckets). Process context.
 */
void atcp_twq_purge(struct net *net);

#endif /* _ATCP_TWQ_H */
