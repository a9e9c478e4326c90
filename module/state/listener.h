/* SPDX-License-Identifier: GPL-2.0 */
/* What a listening socket has beyond a socket: its two queues, its knobs, its counters. */
#ifndef _ATCP_LISTENER_H
#define _ATCP_LISTENER_H

#include <linux/atcp.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "state/net.h"
#include "state/sock.h"

struct atcp_req;

/**
 * struct atcp_synq - the SYN queue of a listener; requests themselves are in
 *	the connection table and the wheel, so that no SYN takes a listener's lock
 * @qlen: requests now
 * @young: of these, those whose SYN-ACK was not retransmitted yet
 * @peak: highest @qlen seen (racy by design, never a lock)
 * @overflow_at: jiffies of the last time a cookie was sent or a SYN dropped
 *	for a full queue; cookies are looked at only for two epochs after it
 */
struct atcp_synq {
	atomic_t		qlen;
	atomic_t		young;
	u32			peak;
	unsigned long		overflow_at;
};

/**
 * struct atcp_acceptq - connections that wait for accept(2), first in first out;
 *	its length and limit are sk_ack_backlog and sk_max_ack_backlog
 * @lock: protects all below; innermost but for wait queues
 * @head: struct atcp_sock.aq_node of the children
 * @park_head: first parked request (each has a reference)
 * @park_tail: where the next one goes
 * @parked: number of parked requests
 * @peak: longest the queue has been
 */
struct atcp_acceptq {
	spinlock_t		lock;	/* all below */
	struct list_head	head;
	struct atcp_req		*park_head;
	struct atcp_req		**park_tail;
	u32			parked;
	u32			peak;
};

/**
 * struct atcp_listener_stats - counters of one listener, one copy a CPU
 * @syns: SYNs received
 * @synack_retrans: SYN-ACKs sent again
 * @cookies_sent: SYN-ACKs with a cookie
 * @cookies_recv: ACKs with a good cookie
 * @cookies_failed: ACKs with a bad one
 * @overflows: segments that met a full accept queue
 * @drops: SYNs and ACKs dropped, whatever the reason
 * @accepted: connections put into the accept queue
 */
struct atcp_listener_stats {
	u64	syns;
	u64	synack_retrans;
	u64	cookies_sent;
	u64	cookies_recv;
	u64	cookies_failed;
	u64	overflows;
	u64	drops;
	u64	accepted;
};

/**
 * struct atcp_listener - allocated by listen(2), freed with the socket
 * @sk: the socket (no reference: it owns us)
 * @an: its namespace's state
 * @id: number unique in the namespace, from 1 up
 * @node: atcp_net.listeners, under its lock, read under RCU
 * @synq: half-open connections
 * @acceptq: complete ones
 * @stats: counters
 * @syn_backlog: knob, requests; ATCP_INHERIT: Linux's rule, the accept queue's limit
 * @overflow: knob, enum atcp_overflow, or ATCP_INHERIT
 * @syncookies: knob, enum atcp_syncookies, or ATCP_INHERIT
 * @synack_retries: knob, or ATCP_INHERIT
 * @backlog: as asked of listen(2), before somaxconn
 * @flood: a SYN flood was announced and is not over
 * @flood_said: jiffies of the last announcement
 */
struct atcp_listener {
	struct sock		*sk;
	struct atcp_net		*an;
	u32			id;
	struct list_head	node;
	struct atcp_synq	synq;
	struct atcp_acceptq	acceptq;
	struct atcp_listener_stats __percpu *stats;
	int			syn_backlog;
	int			overflow;
	int			syncookies;
	int			synack_retries;
	int			backlog;
	bool			flood;
	unsigned long		flood_said;
};

#define ATCP_LINC(l, field)	this_cpu_inc((l)->stats->field)

static inline struct atcp_listener *atcp_lst(const struct sock *sk)
{
	return atcp_sk(sk)->listener;
}

/*
 * atcp_listener_start(): makes @sk a listener (state is still CLOSE): allocates,
 * registers with the namespace. 0 or -ENOMEM. Process context, socket locked.
 * atcp_listener_stop(): unregisters; children in the accept queue are handed to
 * @reset one by one (with their reference), parked requests dropped; the memory
 * stays until atcp_listener_free() (from sk_destruct).
 */
int atcp_listener_start(struct sock *sk, int backlog);
void atcp_listener_stop(struct sock *sk, void (*reset)(struct sock *child));
void atcp_listener_free(struct atcp_listener *l);

/* Knobs with inheritance resolved. */
int atcp_listener_syn_backlog(const struct atcp_listener *l);
int atcp_listener_overflow(const struct atcp_listener *l);
int atcp_listener_syncookies(const struct atcp_listener *l);
int atcp_listener_synack_retries(const struct atcp_listener *l);

/* Sums one counter set over the CPUs. */
void atcp_listener_fold(const struct atcp_listener *l, struct atcp_listener_stats *sum);

#endif /* _ATCP_LISTENER_H */
