/* SPDX-License-Identifier: GPL-2.0 */
/* The send queue: bytes not sent yet (sk_write_queue), and not acknowledged yet (rtxq). */
#ifndef _ATCP_SNDQ_H
#define _ATCP_SNDQ_H

#include "state/conn/sock.h"

/*
 * For sendmsg, socket locked. atcp_sndq_room() gives the skb that more bytes
 * may be appended to and how many (up to @goal bytes an skb), or NULL: then
 * atcp_sndq_new() allocates, charges and queues an empty one (NULL: no memory).
 */
struct sk_buff *atcp_sndq_room(struct sock *sk, int goal, int *room);
struct sk_buff *atcp_sndq_new(struct sock *sk);

/*
 * Memory for @bytes more, by the socket's account and the namespace's limit? Something
 * must be able to move on: a connection that has no data on its way gets some.
 */
bool atcp_sndq_mem_ok(struct sock *sk, int bytes);
/* So many bytes of memory more than before, or fewer, by the namespace's account. */
void atcp_sndq_mem_add(struct sock *sk, int bytes);

/* Bytes in front of the data of an skb of @sk's, for headers. */
unsigned int atcp_sndq_headroom(const struct sock *sk);

/* Drops the tail skb if it is still empty (after a failed copy). */
void atcp_sndq_drop_empty(struct sock *sk);

/* Marks the tail PSH; marks it end-of-record. */
void atcp_sndq_push_mark(struct sock *sk);
void atcp_sndq_eor(struct sock *sk);

/* A dataless skb for SYN or FIN with @flags, not queued and not charged; NULL: no memory. */
struct sk_buff *atcp_sndq_alloc_ctl(struct sock *sk, u32 seq, u8 flags, gfp_t gfp);
/* Charges it and puts it at the tail of the unsent queue. */
void atcp_sndq_queue_ctl(struct sock *sk, struct sk_buff *skb);

/* Charges and frees. */
void atcp_sndq_charge(struct sock *sk, struct sk_buff *skb);
void atcp_sndq_free(struct sock *sk, struct sk_buff *skb);

/*
 * Cuts @skb (in rtxq when @rtx, else in the unsent queue) after @len bytes of
 * payload; the rest becomes a new skb behind it. Keeps the segment counts
 * (packets_out and its parts) right. 0 or -ENOMEM.
 */
int atcp_sndq_split(struct sock *sk, struct sk_buff *skb, u32 len, u32 mss,
		    bool rtx, gfp_t gfp);

/* Sets @skb's segment count for @mss. */
void atcp_sndq_set_segs(struct sk_buff *skb, u32 mss);

/* Moves the sent head of the unsent queue to rtxq's end; advances snd_nxt and packets_out. */
void atcp_sndq_sent(struct sock *sk, struct sk_buff *skb);

/*
 * Takes a wholly acknowledged skb out of rtxq and frees it (counts are the caller's, and
 * atcp_fwd_settle()).
 */
void atcp_sndq_acked(struct sock *sk, struct sk_buff *skb);

/* Trims @len acknowledged bytes off the front of a partly acknowledged skb. */
int atcp_sndq_trim(struct sock *sk, struct sk_buff *skb, u32 len);

/*
 * Moves the first @len bytes of payload of @from, whole segments, to the end of @to, which
 * is SACKed and just before it: they are SACKed then. If that is all, @from is gone.
 * False: it does not fit.
 */
bool atcp_sndq_shift(struct sock *sk, struct sk_buff *to, struct sk_buff *from, u32 len);

/*
 * All of @next, just behind @skb and sent, too, goes to @skb's end, a FIN as well; @next is gone.
 * False: they stay apart.
 */
bool atcp_sndq_collapse(struct sock *sk, struct sk_buff *skb, struct sk_buff *next);

/*
 * Makes the first skb of the unsent queue one of @len bytes, of those that follow or without
 * what it has too much, which is cut by @mss. False: it cannot be, and all is as it was sent.
 */
bool atcp_sndq_gather(struct sock *sk, u32 len, u32 mss);

/* A copy of @skb, in whichever queue it is, for sending: NULL: no memory. */
struct sk_buff *atcp_sndq_clone(struct sk_buff *skb, gfp_t gfp);

/* Empties both queues and clears the counts. */
void atcp_sndq_purge(struct sock *sk);

static inline struct sk_buff *atcp_sndq_head(const struct sock *sk)
{
	return skb_peek(&sk->sk_write_queue);
}

static inline struct sk_buff *atcp_sndq_rtx_head(const struct sock *sk)
{
	return rb_to_skb(rb_first(&atcp_sk(sk)->rtxq.tree));
}

/* Is there send memory for the user to write (poll, sk_write_space)? */
bool atcp_sndq_writable(const struct sock *sk);
/* sk_write_space. */
void atcp_sndq_write_space(struct sock *sk);
/* Makes sk_sndbuf as large as cwnd asks for, unless SO_SNDBUF is set. */
void atcp_sndq_tune(struct sock *sk);
/* The same for a program that has filled it (SOCK_NOSPACE), if that is what keeps cwnd unused. */
void atcp_sndq_filled(struct sock *sk);

#endif /* _ATCP_SNDQ_H */
