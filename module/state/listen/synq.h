/* SPDX-License-Identifier: GPL-2.0 */
/* The SYN queue: a listener's count of requests, its limits, and their way in and out. */
#ifndef _ATCP_SYNQ_H
#define _ATCP_SYNQ_H

#include <linux/types.h>

struct atcp_listener;
struct atcp_req;
struct atcp_tuple;
struct in6_addr;

/*
 * How long until @req's next timeout, jiffies: by the listener's knob, or the
 * peer's round trip when net.atcp.synack_rto_cached says so.
 */
unsigned long atcp_synq_timeout(const struct atcp_req *req);

/* Did @raddr complete a handshake in the namespace lately? */
bool atcp_synq_proven(const struct atcp_listener *l, const struct in6_addr *raddr);

/*
 * The prefix by which a source counts (for node.u3 of its request), and about how
 * many requests it has in the queue.
 */
u8 atcp_synq_prefix(const struct atcp_listener *l, const struct in6_addr *raddr);
u32 atcp_synq_held(const struct atcp_listener *l, const struct in6_addr *raddr, u8 prefix);

/* That prefix of a source that counts by itself, whatever its network does. */
#define ATCP_SYNQ_ALONE		(1 + 128)

/*
 * When the SYN-ACK that @req's peer can answer first was sent, us: 0 if that is not
 * known, or the ACK has come, after which the field is something else.
 */
u32 atcp_synq_sent_us(const struct atcp_req *req);

/* @req counts no longer against its network's share: its peer has answered. */
void atcp_synq_unshare(struct atcp_req *req);

/* Requests that wait for their third ACK: those in the park have sent it. */
int atcp_synq_half_open(const struct atcp_listener *l);

/* Is the queue full (Linux's rule: half-open > limit, so limit + 1 fit)? */
bool atcp_synq_full(const struct atcp_listener *l);

/*
 * Puts @req (with its tuple @t filled in) into the table and the wheel, @delay
 * jiffies from its first timeout, and counts it. 0 or -EEXIST.
 */
int atcp_synq_add(struct atcp_listener *l, struct atcp_req *req,
		  const struct atcp_tuple *t, unsigned long delay);

/* Takes @req out of table and wheel and uncounts it; false if it was out already. */
bool atcp_synq_del(struct atcp_req *req);

/*
 * Puts @copy, of another listener, into @req's place, @delay jiffies from its next
 * timeout; @req is out then as after atcp_synq_del(). False: it was out already.
 */
bool atcp_synq_replace(struct atcp_req *req, struct atcp_req *copy, unsigned long delay);

/*
 * The same when atcp_hash_replace() has put a child in its place: uncounts,
 * leaves the wheel and the park.
 */
void atcp_synq_promoted(struct atcp_req *req);

/*
 * Sets or clears ATCP_REQ_* flags atomically; the former returns what they were
 * before. Timer, softirqs and accept(2) may meet at one request.
 */
u8 atcp_synq_set_flag(struct atcp_req *req, u8 flag);
void atcp_synq_clear_flag(struct atcp_req *req, u8 flag);

/* @req's SYN-ACK was sent again. */
void atcp_synq_resent(struct atcp_req *req);

/* Clears and sets bits of node.u2: what a SYN or SYN-ACK says of accurate ECN. */
void atcp_synq_set_accecn(struct atcp_req *req, u8 clear, u8 set);

/*
 * After giving @req to the wheel: takes it out again if it has left the table
 * meanwhile, so that it does not stay there for nothing. The caller has a
 * reference of its own.
 */
void atcp_synq_settle(struct atcp_req *req);

/* The first retransmission of @req's SYN-ACK: it is no longer young. */
void atcp_synq_grow_old(struct atcp_req *req);

/*
 * How many timeouts a request may have now: synack_retries, cut while the queue
 * is more than half full of old requests (Linux's pruning by young).
 */
int atcp_synq_max_retries(const struct atcp_listener *l);

/*
 * Age of the oldest request whose ACK is still awaited, ms; 0 without one. Walks
 * the connection table: for those who look, not for segments. Process context.
 */
u32 atcp_synq_oldest_ms(const struct atcp_listener *l);

/* Marks and reads the time of the last overflow (for cookies). */
void atcp_synq_overflowed(struct atcp_listener *l);
bool atcp_synq_recent_overflow(const struct atcp_listener *l);

#endif /* _ATCP_SYNQ_H */
