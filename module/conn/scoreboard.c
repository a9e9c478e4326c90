// SPDX-License-Identifier: GPL-2.0
/*
 * What the SACK blocks of an ACK say of what is in flight (RFC 2018, 2883; RFC 6675's
 * scoreboard).
 *
 * Only what is new costs: a block is compared with those of the ACK before, which are marked;
 * what it has beyond them is found in the tree by its sequence. SACKed neighbours become one skb,
 * so that what lies between two holes is stepped over in a few steps.
 */

#include <net/sock.h>

#include "conn/rack.h"
#include "conn/recovery.h"
#include "conn/scoreboard.h"
#include "proto/sack.h"
#include "proto/seg.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/shared/mib.h"

/*
 * The D-SACK @b is of what is still in the queue, or is acknowledged by the same ACK: only what was
 * sent again counts, the rest the network has doubled. Where that was SACKed before, the original
 * was only late, which is reordering, and the retransmission is not on its way any more.
 */
static void atcp_scoreboard_again(struct sock *sk, const struct atcp_sack_block *b,
				  struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb;
	int segs = 0;

	for (skb = atcp_rtxq_find(as, b->start); skb && atcp_seq_before(ATCP_CB(skb)->seq, b->end);
	     skb = atcp_rtxq_next(skb)) {
		const struct atcp_cb *cb = ATCP_CB(skb);
		u32 from = atcp_seq_max(cb->seq, b->start);
		u32 to = atcp_seq_before(b->end, cb->end_seq) ? b->end : cb->end_seq;

		if (!(cb->sacked & ATCP_CB_EVER))
			continue;
		segs += to - from == skb->len ? cb->segs : (to - from) / max_t(u32, cb->mss, 1);
		if (to - from != skb->len || !(cb->sacked & ATCP_CB_SACKED))
			continue;
		if (atcp_seq_before(cb->seq, news->reord_sack))
			news->reord_sack = cb->seq;
		atcp_rtxq_arrived_again(as, skb);
	}
	if (as->undo_retrans > 0)
		as->undo_retrans = max(as->undo_retrans - segs, 0);
}

static void atcp_scoreboard_dsack(struct sock *sk, const struct atcp_sack_block *b,
				  struct atcp_news *news)
{
	u32 len = b->end - b->start, segs = 1;
	struct atcp_sock *as = atcp_sk(sk);

	if (atcp_seq_before(b->start, as->snd_una))
		ATCP_SK_INC(sk, TCPDSACKRECV);
	else
		ATCP_SK_INC(sk, TCPDSACKOFORECV);
	/* More than the peer ever had room for is no word of ours. */
	if (len > as->max_window)
		goto ignored;
	if (len > as->mss_cache)
		segs = DIV_ROUND_UP(len, max_t(u32, as->mss_cache, 1));
	else if (as->tlp_high_seq && as->tlp_high_seq == b->end)
		news->dsack_tlp = true;
	as->dsack_dups += segs;
	/* Nor are more duplicates than were sent. */
	if (as->dsack_dups > as->total_retrans)
		goto ignored;
	/* A probe goes by a timer: it says nothing of the reordering window (RFC 8985 6.2). */
	if (as->reord_seen && !news->dsack_tlp)
		as->rack.dsack = true;
	news->dsack = true;
	/* The duplicate has left the network, too. */
	news->delivered += segs;
	ATCP_SK_ADD(sk, TCPDSACKRECVSEGS, segs);
	/* It may undo a recovery only by what that has sent. */
	if (!as->undo_marker || as->undo_retrans < 0 || !atcp_seq_after(b->end, as->undo_marker) ||
	    !atcp_sack_valid(as->snd_una, as->snd_nxt, as->undo_marker, b, true)) {
		ATCP_SK_INC(sk, TCPDSACKIGNOREDNOUNDO);
		return;
	}
	if (atcp_seq_after(b->end, news->prior_una))
		atcp_scoreboard_again(sk, b, news);
	else
		as->undo_retrans = max_t(int, as->undo_retrans - segs, 0);
	return;

ignored:
	ATCP_SK_INC(sk, TCPDSACKIGNOREDDUBIOUS);
}

/* What has arrived early says of reordering, RTT and rate: @cb is that of a segment or more. */
static void atcp_scoreboard_arrived(struct sock *sk, const struct atcp_cb *cb,
				    struct atcp_news *news)
{
	atcp_rack_arrived(atcp_sk(sk), cb, news, false);
	if (!(cb->sacked & ATCP_CB_EVER)) {
		u32 rtt_us = max_t(u64, news->now_us - cb->xmit_us, 1);

		news->rtt_us = max(news->rtt_us, rtt_us);
		news->last_rtt_us = min_not_zero(news->last_rtt_us, rtt_us);
	}
	news->delivered += cb->segs;
	news->bytes += cb->end_seq - cb->seq;
	if (!news->sacked || atcp_seq_after(cb->end_seq, news->high))
		news->high = cb->end_seq;
	news->sacked = true;
}

/* All of @skb is SACKed. Returns the skb that it is part of now. */
static struct sk_buff *atcp_scoreboard_whole(struct sock *sk, struct sk_buff *skb,
					     struct atcp_news *news)
{
	struct sk_buff *near;

	atcp_scoreboard_arrived(sk, ATCP_CB(skb), news);
	atcp_rtxq_sacked(atcp_sk(sk), skb);
	near = atcp_rtxq_prev(skb);
	if (near && atcp_sndq_shift(sk, near, skb, skb->len))
		skb = near;
	near = atcp_rtxq_next(skb);
	if (near && (ATCP_CB(near)->sacked & ATCP_CB_SACKED))
		atcp_sndq_shift(sk, skb, near, near->len);
	return skb;
}

/* The first @len bytes of @skb are SACKed. False: there was no memory to cut it. */
static bool atcp_scoreboard_front(struct sock *sk, struct sk_buff *skb, u32 len, u32 mss,
				  struct atcp_news *news)
{
	struct sk_buff *prev = atcp_rtxq_prev(skb);
	struct atcp_cb part = *ATCP_CB(skb);

	part.end_seq = part.seq + len;
	part.segs = len / mss;
	if (prev && atcp_sndq_shift(sk, prev, skb, len)) {
		atcp_scoreboard_arrived(sk, &part, news);
		return true;
	}
	if (atcp_sndq_split(sk, skb, len, mss, true, GFP_ATOMIC))
		return false;
	atcp_scoreboard_whole(sk, skb, news);
	return true;
}

/*
 * Marks what @b covers of the skbs from @from to @to, cutting them at segment borders. False:
 * there was no memory to cut one, so that not all of it is marked.
 */
static bool atcp_scoreboard_range(struct sock *sk, const struct atcp_sack_block *b, u32 from,
				  u32 to, struct atcp_news *news)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb;
	bool all = true;

	for (skb = atcp_rtxq_find(as, from); skb && atcp_seq_before(ATCP_CB(skb)->seq, to);
	     skb = atcp_rtxq_next(skb)) {
		struct atcp_cb *cb = ATCP_CB(skb);
		u32 mss = max_t(u32, cb->mss, 1), cut;

		if (cb->sacked & ATCP_CB_SACKED)
			continue;
		if (atcp_seq_before(cb->seq, b->start)) {
			/* The block begins inside: only whole segments of it count. */
			cut = roundup(b->start - cb->seq, mss);
			if (cut < skb->len &&
			    atcp_sndq_split(sk, skb, cut, mss, true, GFP_ATOMIC))
				all = false;
			continue;
		}
		if (atcp_seq_after(cb->end_seq, b->end)) {
			cut = rounddown(b->end - cb->seq, mss);
			if (cut && cut < skb->len &&
			    !atcp_scoreboard_front(sk, skb, cut, mss, news))
				all = false;
			break;
		}
		skb = atcp_scoreboard_whole(sk, skb, news);
	}
	return all;
}

/* Marks what @b covers and the ACK before did not say. False: see above. */
static bool atcp_scoreboard_block(struct sock *sk, const struct atcp_sack_block *b,
				  struct atcp_news *news)
{
	const struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_sack_block *seen;
	bool all = true;
	u8 i;

	for (i = 0; i < as->sacks_seen; i++) {
		seen = &as->sack_seen[i];
		if (!atcp_seq_before(b->start, seen->end) || !atcp_seq_before(seen->start, b->end))
			continue;
		/* A segment at its edge may have been half in it: that is looked at again. */
		if (atcp_seq_before(b->start, seen->start))
			all = atcp_scoreboard_range(sk, b, b->start, seen->start + 1, news);
		if (atcp_seq_after(b->end, seen->end))
			all &= atcp_scoreboard_range(sk, b, seen->end - 1, b->end, news);
		return all;
	}
	return atcp_scoreboard_range(sk, b, b->start, b->end, news);
}

void atcp_scoreboard_ack(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news)
{
	const struct atcp_sack_block *b = rx->opts.sacks;
	struct atcp_sack_block seen[ATCP_OPTS_NR_SACKS];
	struct atcp_sock *as = atcp_sk(sk);
	unsigned int i = 0, n = rx->opts.nr_sacks, nr = 0;

	if (atcp_sack_is_dsack(b, n, rx->seg.ack)) {
		atcp_scoreboard_dsack(sk, &b[0], news);
		i = 1;
	}
	for (; i < n; i++) {
		if (!atcp_seq_after(b[i].end, as->snd_una))
			continue;
		if (!atcp_sack_valid(as->snd_una, as->snd_nxt, as->undo_marker, &b[i], false)) {
			ATCP_SK_INC(sk, TCPSACKDISCARD);
			continue;
		}
		if (atcp_scoreboard_block(sk, &b[i], news))
			seen[nr++] = b[i];
	}
	memcpy(as->sack_seen, seen, nr * sizeof(seen[0]));
	as->sacks_seen = nr;
	/*
	 * After all of them: the blocks of one ACK do not say which came first. A segment that is
	 * SACKed in part only has not come yet: the rest of it is no sign of reordering.
	 */
	if (news->sacked && (!atcp_seq_after(as->high_sacked, as->snd_una) ||
			     atcp_seq_after(news->high, as->high_sacked)))
		as->high_sacked = news->high;
	if (as->ca_state != ATCP_CA_LOSS || as->undo_marker)
		atcp_rack_reordered(sk, news->reord_sack, false);
}
