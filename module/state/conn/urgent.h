/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Urgent data (RFC 9293 section 3.8.5, as RFC 6093 describes what stacks do): one byte of the
 * stream is marked, and kept apart for recv(2) with MSG_OOB unless SO_OOBINLINE.
 */
#ifndef _ATCP_URGENT_H
#define _ATCP_URGENT_H

#include <net/sock.h>

#include "proto/seq.h"
#include "state/conn/sock.h"

/* Is there something urgent that the peer has not acknowledged? Socket locked. */
static inline bool atcp_urgent_sending(struct atcp_sock *as)
{
	if (likely(!as->urg_sending))
		return false;
	as->urg_sending = atcp_seq_after(as->snd_up, as->snd_una);
	return as->urg_sending;
}

/* Is the reader at @seq where the mark is? Socket locked, or a glance without. */
static inline bool atcp_urgent_at(const struct atcp_sock *as, u32 seq)
{
	return READ_ONCE(as->urg_data) && READ_ONCE(as->urg_seq) == seq;
}

/* Does a reader at @seq skip the byte there, which only MSG_OOB gives? */
static inline bool atcp_urgent_hole(const struct sock *sk, u32 seq)
{
	return atcp_urgent_at(atcp_sk(sk), seq) && !sock_flag(sk, SOCK_URGINLINE);
}

/* Of @len bytes from @seq on, those that come before the mark. */
static inline u32 atcp_urgent_before(const struct atcp_sock *as, u32 seq, u32 len)
{
	u32 ahead = as->urg_seq - seq;

	return unlikely(as->urg_data) && ahead < len ? ahead : len;
}

/* The reader has come to @seq: past the mark it is forgotten. */
static inline void atcp_urgent_passed(struct atcp_sock *as, u32 seq)
{
	if (unlikely(as->urg_data) && atcp_seq_after(seq, as->urg_seq))
		WRITE_ONCE(as->urg_data, 0);
}

#endif /* _ATCP_URGENT_H */
