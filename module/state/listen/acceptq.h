/* SPDX-License-Identifier: GPL-2.0 */
/* The accept queue: complete connections in order, and the park of those that found it full. */
#ifndef _ATCP_ACCEPTQ_H
#define _ATCP_ACCEPTQ_H

#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <net/sock.h>

struct atcp_listener;
struct atcp_req;

/* Segments that a parked request may have, beside the limit of their memory. */
#define ATCP_ACCEPTQ_SEGS_MAX	64

/**
 * struct atcp_park - what a request has once it is parked, for the rest of its life
 * @node: in struct atcp_acceptq.park, under the accept queue's lock, or empty
 * @req: whose it is (a reference while linked)
 * @segs: what came for it after the handshake, in order of arrival; data at the
 *	TCP header. Under the accept queue's lock while linked, then its taker's
 * @bytes: truesize of @segs
 * @at: jiffies when it was parked
 * @wnd: window field of the peer's latest ACK
 * @ace: of its third ACK, which accurate ECN looks at
 * @bare: that had neither text nor SACK
 * @taken: out of the line, and somebody's who completes it or parks it again; nobody
 *	else parks it meanwhile. Under the accept queue's lock
 * @rcu: timers look at @at without the lock
 */
struct atcp_park {
	struct list_head	node;
	struct atcp_req		*req;
	struct sk_buff_head	segs;
	u32			bytes;
	unsigned long		at;
	u16			wnd;
	u8			ace;
	bool			bare;
	bool			taken;
	struct rcu_head		rcu;
};

/**
 * enum atcp_keep - what became of a segment for a parked request
 * @ATCP_KEEP_NO: there is no room for it, or nothing in it: it stays the caller's
 * @ATCP_KEEP_YES: kept, consumed
 * @ATCP_KEEP_LEFT: the request has left the park; it stays the caller's
 */
enum atcp_keep {
	ATCP_KEEP_NO,
	ATCP_KEEP_YES,
	ATCP_KEEP_LEFT,
};

/* Linux's rule: sk_ack_backlog > sk_max_ack_backlog, so backlog + 1 fit. */
static inline bool atcp_acceptq_full(const struct sock *lsk)
{
	return READ_ONCE(lsk->sk_ack_backlog) > READ_ONCE(lsk->sk_max_ack_backlog);
}

/*
 * Appends @child (the queue takes over one reference). False, and nothing
 * done, when @lsk no longer listens. May exceed the limit by CPUs at once.
 */
bool atcp_acceptq_add(struct sock *lsk, struct sock *child);

/* Takes the first connection (its reference goes to the caller), or NULL. */
struct sock *atcp_acceptq_pop(struct sock *lsk);

/* How long the first connection of the queue has waited, ms; 0 without one. */
u32 atcp_acceptq_oldest_ms(const struct atcp_listener *l);

/* The watermarks have changed. */
void atcp_acceptq_remark(struct atcp_listener *l);

/* May one more wait in the park, by its limit? Does not ask for the policy. */
bool atcp_acceptq_park_room(const struct atcp_listener *l);

/*
 * Parks @req (takes a reference), whose third ACK offered the window @wnd. False
 * if it is parked already or has left the table, there is no room or memory, or @lsk
 * no longer listens.
 */
bool atcp_acceptq_park(struct sock *lsk, struct atcp_req *req, u16 wnd, u8 ace, bool bare);

/*
 * Parks one that was parked before, with what it has: as the @first in line, or the
 * last. False: as above.
 */
bool atcp_acceptq_repark(struct sock *lsk, struct atcp_req *req, bool first);

/*
 * Keeps @skb (data at the TCP header, whose length is @hlen) for @req until it is
 * completed, if it has text or a FIN that is not there yet. Nothing of it is
 * acknowledged, so what cannot be kept comes again.
 */
enum atcp_keep atcp_acceptq_keep(struct sock *lsk, struct atcp_req *req,
				 struct sk_buff *skb, unsigned int hlen, u16 wnd);

/* The next kept segment of a request that has left the park; for its taker; NULL: no more. */
struct sk_buff *atcp_acceptq_take_seg(struct atcp_req *req);

/* Takes the first parked request (its reference goes to the caller), or NULL. */
struct atcp_req *atcp_acceptq_unpark(struct sock *lsk);

/* Takes @req out of the park wherever it is; true if it was there (reference to the caller). */
bool atcp_acceptq_unpark_one(struct sock *lsk, struct atcp_req *req);

/* Calls @fn for every parked request, with the accept queue's lock held. */
void atcp_acceptq_park_walk(struct atcp_listener *l, void (*fn)(struct atcp_req *req));

/*
 * Gives @copy, which nobody else knows yet, what @req has from the park: @req was
 * just taken out of it by the caller, and is replaced by the other.
 */
void atcp_acceptq_hand_over(struct sock *lsk, struct atcp_req *req, struct atcp_req *copy);

/*
 * The park is served by one at a time, so that it keeps its order. begin: false
 * if another CPU is at it, and will look again. end: true if it has to.
 */
bool atcp_acceptq_serve_begin(struct sock *lsk);
bool atcp_acceptq_serve_end(struct sock *lsk);

/* Frees what @req had for the park; from the last atcp_req_put(). */
void atcp_acceptq_park_free(struct atcp_req *req);

#endif /* _ATCP_ACCEPTQ_H */
