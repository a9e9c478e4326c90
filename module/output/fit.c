// SPDX-License-Identifier: GPL-2.0
/* What of the first unsent skb may go now: by the windows, by Nagle, and by its size. */

#include <linux/skbuff.h>
#include <net/sock.h>

#include "output/accecn.h"
#include "output/fit.h"
#include "proto/seg.h"
#include "proto/tso.h"
#include "proto/wnd.h"
#include "state/conn/auth.h"
#include "state/conn/sndq.h"
#include "state/conn/urgent.h"

static bool atcp_fit_nagle(struct sock *sk, const struct sk_buff *skb, u32 len, u32 mss,
			   int nonagle)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_wnd_nagle n = {
		.len		= len,
		.mss		= mss,
		.packets_out	= as->packets_out,
		.snd_sml	= as->snd_sml,
		.snd_una	= as->snd_una,
		.snd_nxt	= as->snd_nxt,
		.nodelay	= nonagle & ATCP_NAGLE_OFF,
		.cork		= nonagle & ATCP_NAGLE_CORK,
		.push		= (nonagle & ATCP_NAGLE_PUSH) || atcp_urgent_sending(as),
		.fin		= ATCP_CB(skb)->flags & ATCP_F_FIN,
	};

	return atcp_wnd_nagle_ok(&n);
}

/* Is it better to wait for the next ACK, which will allow a larger skb? */
static enum atcp_tso_verdict atcp_fit_defer(const struct sock *sk, const struct sk_buff *skb,
					    u32 mss, u32 max_segs)
{
	const struct sk_buff *oldest = atcp_sndq_rtx_head(sk);
	const struct atcp_sock *as = atcp_sk(sk);
	u64 now_us = atcp_sock_now_us();
	const struct atcp_tso_wait w = {
		.len		= skb->len,
		.mss		= mss,
		.max_segs	= max_segs,
		.cwnd		= as->cong.cwnd,
		.in_flight	= atcp_sock_in_flight(as),
		.snd_wnd	= as->snd_wnd,
		.send_win	= atcp_sock_wnd_end(as) - ATCP_CB(skb)->seq,
		.divisor	= READ_ONCE(atcp_sock_net(sk)->sysctl.tso_win_divisor),
		/* Pacing may have put the next one into the future. */
		.idle_us	= max_t(s64, now_us - div_u64(as->wstamp_ns, NSEC_PER_USEC), 0),
		.oldest_us	= oldest ? now_us - ATCP_CB(oldest)->xmit_us : U32_MAX,
		.srtt_us	= as->rtt.srtt_us >> 3,
		.last		= skb_queue_is_last(&sk->sk_write_queue, skb),
		.closed		= ATCP_CB(skb)->flags & ATCP_F_FIN || ATCP_CB(skb)->eor,
	};

	return as->ca_state >= ATCP_CA_RECOVERY ? ATCP_TSO_SEND : atcp_tso_wait(&w);
}

/*
 * Bytes of @skb, which has two segments or more, that go now: as cwnd, the peer's window and
 * the skb's size allow, and Nagle what is less than a segment at the end.
 */
static u32 atcp_fit_part(struct sock *sk, const struct sk_buff *skb, u32 mss, u32 segs,
			 int nonagle)
{
	const struct atcp_sock *as = atcp_sk(sk);
	u32 wnd = atcp_sock_wnd_end(as) - ATCP_CB(skb)->seq;
	u32 most = min_t(u64, (u64)segs * mss, U32_MAX);
	bool last = skb_queue_is_last(&sk->sk_write_queue, skb);
	u32 len;

	if (most <= wnd && !last)
		return min(most, skb->len);
	len = min(skb->len, wnd);
	if (most <= len)
		return most;
	if (len % mss && !atcp_fit_nagle(sk, skb, len % mss, mss, nonagle))
		len -= len % mss;
	return len;
}

/* How many segments cwnd allows now, at most half of it at once: the rest follows. */
static u32 atcp_fit_quota(const struct atcp_sock *as)
{
	u32 flight = atcp_sock_in_flight(as);

	/* A fast open child's SYN-ACK lies there too; cwnd is for text. */
	if (as->fo.lsk && flight)
		flight--;
	if (flight >= as->cong.cwnd)
		return 0;
	return min(max(as->cong.cwnd >> 1, 1U), as->cong.cwnd - flight);
}

int atcp_fit(struct sock *sk, struct sk_buff *skb, u32 mss, int nonagle, u32 max_segs)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 quota = atcp_fit_quota(as);
	bool single;
	u32 len;

	if (!ATCP_CB(skb)->segs || ATCP_CB(skb)->mss != mss)
		atcp_sndq_set_segs(skb, mss);

	if (!quota)
		return -EBUSY;
	/* The first segment of it must fit the peer's window. */
	if (atcp_seq_after(skb->len > mss ? ATCP_CB(skb)->seq + mss :
			   ATCP_CB(skb)->end_seq, atcp_sock_wnd_end(as)))
		return -EMSGSIZE;
	if (!skb->len)
		return 0;
	if (skb->len <= mss) {
		/* Nagle is about the tail: nothing is added to what is in the middle. */
		if (skb_queue_is_last(&sk->sk_write_queue, skb) &&
		    !atcp_fit_nagle(sk, skb, skb->len, mss, nonagle))
			return -EAGAIN;
		return 0;
	}
	/* Each has its own urgent pointer, or signature: what a device cuts would have one. */
	single = atcp_urgent_sending(as) || atcp_accecn_single(as) || atcp_auth_room(sk);
	switch (single || (nonagle & ATCP_NAGLE_FULL) ? ATCP_TSO_SEND :
		atcp_fit_defer(sk, skb, mss, max_segs)) {
	case ATCP_TSO_SEND:
		break;
	case ATCP_TSO_WAIT_CWND:
		return -EBUSY;
	case ATCP_TSO_WAIT_RWND:
		return -EMSGSIZE;
	default:
		return -EAGAIN;
	}
	len = single ? mss : atcp_fit_part(sk, skb, mss, min(quota, max_segs), nonagle);
	if (len < skb->len)
		return atcp_sndq_split(sk, skb, len, mss, false, GFP_ATOMIC);
	return 0;
}
