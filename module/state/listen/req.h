/* SPDX-License-Identifier: GPL-2.0 */
/* A connection request: what is kept between SYN and third ACK, in two cache lines. */
#ifndef _ATCP_REQ_H
#define _ATCP_REQ_H

#include "state/shared/node.h"

struct atcp_listener;
struct atcp_park;
struct atcp_saved_syn;
struct sock;

/* struct atcp_req flags, in mini.node.u1 */
#define ATCP_REQ_SACK		0x01	/* peer permits SACK */
#define ATCP_REQ_TS		0x02	/* timestamps agreed */
#define ATCP_REQ_WSCALE		0x04	/* window scaling agreed */
#define ATCP_REQ_ECN		0x08	/* ECN agreed */
#define ATCP_REQ_ACKED		0x10	/* the third ACK was seen */
#define ATCP_REQ_PARKED		0x20	/* waits in the park for room in the accept queue */
#define ATCP_REQ_OLD		0x40	/* no longer young: a SYN-ACK was retransmitted by timer */
#define ATCP_REQ_COOKIE		0x80	/* made from a cookie ACK, never in the table */

/* What is in mini.node.u0 */
#define ATCP_REQ_CLUSTER	0x01	/* its timestamps are of a key that hosts share */
#define ATCP_REQ_MORE		0x02	/* it is a struct atcp_req_more */

/* What is in mini.node.u2 */
#define ATCP_REQ_RETRANS	0x0f	/* SYN-ACKs sent again, at most that many are counted */
#define ATCP_REQ_ACC		0x10	/* with ATCP_REQ_ECN: accurate ECN (RFC 9768) agreed */
#define ATCP_REQ_ACC_NONE	0x20	/* a SYN without ACE came, or a SYN-ACK without it went */
#define ATCP_REQ_ACC_IP		0xc0	/* ECN bits of the last SYN */
#define ATCP_REQ_ACC_IP_SHIFT	6

/**
 * struct atcp_req - a half-open connection of a listener
 * @mini: table, wheel, references, tuple. node.u1 holds ATCP_REQ_* flags (changed
 *	by the holder of the segment being processed; bits are independent),
 *	node.u2 the number of SYN-ACK retransmissions and accurate ECN, node.u3 one more than
 *	the length of the prefix by which it counts against a fair share, 0 when it does not
 * @lsk: the listener, referenced
 * @park: what it has in the listener's park (state/listen/acceptq.h), from when it was
 *	parked first; set once, under the accept queue's lock
 * @rcv_isn: peer's initial sequence number
 * @snt_isn: ours
 * @ts_recent: peer's latest timestamp (RFC 7323)
 * @snt_us: time of the first SYN-ACK, us, low 32 bits, for the RTT; 0 = unknown
 * @mss: peer's MSS option, clamped, bytes
 * @wscale: low nibble ours (rcv), high nibble the peer's (snd)
 * @num_timeout: timeouts so far; the next is after RTO << num_timeout
 * @mark: skb mark the connection will have
 *
 * The timestamp offset and the window offered are computed again when needed.
 */
struct atcp_req {
	struct atcp_mini	mini;
	struct sock		*lsk;
	struct atcp_park	*park;
	u32			rcv_isn;
	u32			snt_isn;
	u32			ts_recent;
	u32			snt_us;
	u16			mss;
	u8			wscale;
	u8			num_timeout;
	u32			mark;
};

static_assert(sizeof(struct atcp_req) <= 128);

/**
 * struct atcp_req_more - one with what few have
 * @req: must be first
 * @syn: its SYN's headers, or NULL
 * @ao: its SYN was signed by TCP-AO: so is all that follows
 * @ao_keyid: by the key that the SYN asked for
 * @ao_rnext: and the key that it was signed by is asked for
 */
struct atcp_req_more {
	struct atcp_req		req;
	struct atcp_saved_syn	*syn;
	bool			ao;
	u8			ao_keyid;
	u8			ao_rnext;
};

int atcp_req_cache_init(void);
void atcp_req_cache_exit(void);

/* The module's parameter max_requests: of the machine; 0: by its memory. */
extern unsigned int atcp_req_max;

/* Has @l, or its namespace, its share of what the machine may have? Its queue is full then. */
bool atcp_req_crowded(const struct atcp_listener *l);

/*
 * A zeroed request but for node.u0, with one reference (the caller's), with a reference to
 * @lsk. @syn: its SYN's headers, which it takes a reference to; or NULL. @ao: for TCP-AO.
 */
struct atcp_req *atcp_req_alloc(struct sock *lsk, struct atcp_saved_syn *syn, bool ao);
void atcp_req_put(struct atcp_req *req);

static inline struct atcp_req *atcp_req_of(struct atcp_node *node)
{
	return container_of(node, struct atcp_req, mini.node);
}

/* What few have, or NULL. */
static inline struct atcp_req_more *atcp_req_more(const struct atcp_req *req)
{
	if (likely(!(req->mini.node.u0 & ATCP_REQ_MORE)))
		return NULL;
	return (struct atcp_req_more *)req;
}

/* Its SYN's headers, or NULL. */
static inline struct atcp_saved_syn *atcp_req_syn(const struct atcp_req *req)
{
	const struct atcp_req_more *more = atcp_req_more(req);

	return more ? more->syn : NULL;
}

static inline u8 atcp_req_retrans(const struct atcp_req *req)
{
	return READ_ONCE(req->mini.node.u2) & ATCP_REQ_RETRANS;
}

static inline bool atcp_req_accecn(const struct atcp_req *req)
{
	return READ_ONCE(req->mini.node.u2) & ATCP_REQ_ACC;
}

static inline u8 atcp_req_rcv_wscale(const struct atcp_req *req)
{
	return req->wscale & 0xf;
}

static inline u8 atcp_req_snd_wscale(const struct atcp_req *req)
{
	return req->wscale >> 4;
}

#endif /* _ATCP_REQ_H */
