// SPDX-License-Identifier: GPL-2.0
/*
 * The receive buffer. How much of it is window goes by what the peer's segments cost; how far
 * the window opens, by how many came; how large it is, by what the reader takes (DRS).
 */
#include "state/conn/rcvbuf.h"

#include <linux/skbuff.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "proto/opts.h"
#include "proto/seg.h"
#include "proto/wnd.h"
#include "state/shared/memcg.h"

/* The least segment, without header, whose size is taken for the peer's, bytes (TCP_MIN_MSS). */
#define ATCP_RCVBUF_MIN_MSS	88

/* The window that there would be room for with @more bytes of memory taken. */
static u32 atcp_rcvbuf_free_with(const struct sock *sk, int more)
{
	return atcp_wnd_from_space_by(atcp_sk(sk)->rcv_ratio,
				      READ_ONCE(sk->sk_rcvbuf) - READ_ONCE(sk->sk_backlog.len) -
				      atomic_read(&sk->sk_rmem_alloc) - more);
}

u32 atcp_rcvbuf_free(const struct sock *sk)
{
	return atcp_rcvbuf_free_with(sk, 0);
}

u32 atcp_rcvbuf_full(const struct sock *sk)
{
	return atcp_wnd_from_space_by(atcp_sk(sk)->rcv_ratio, READ_ONCE(sk->sk_rcvbuf));
}

void atcp_rcvbuf_init(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 max = atcp_rcvbuf_full(sk);

	as->rcvq_space.seq = as->copied_seq;
	as->rcvq_space.time_us = atcp_sock_now_us();
	as->window_clamp = min(as->window_clamp, max);
	/* A segment's room is kept for the reader. */
	if (as->window_clamp > 2U * as->advmss && as->window_clamp + as->advmss > max)
		as->window_clamp = max(2U * as->advmss, max - as->advmss);
	as->rcv_ssthresh = min(as->rcv_ssthresh, as->window_clamp);
	as->rcvq_space.space = min3(as->rcv_ssthresh, as->rcv_wnd, 10U * as->advmss);
}

void atcp_rcvbuf_init_mss(struct atcp_sock *as)
{
	u32 guess = min_t(u32, as->advmss, as->mss_cache);

	/* Too small a guess is mended by the first segment, one too large delays ACKs. */
	guess = min3(guess, as->rcv_wnd / 2, (u32)TCP_MSS_DEFAULT);
	as->rcv_mss = max_t(u32, guess, ATCP_RCVBUF_MIN_MSS);
}

/* The window that the connection may offer follows what its segments cost. */
static void atcp_rcvbuf_set_ratio(struct sock *sk, u8 ratio)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 was = as->window_clamp;

	if (ratio == as->rcv_ratio)
		return;
	as->rcv_ratio = ratio;
	if (as->clamp_user)
		return;
	as->window_clamp = max_t(u32, atcp_rcvbuf_full(sk), SOCK_MIN_RCVBUF / 2);
	if (as->window_clamp < was)
		as->rcv_ssthresh = min(as->rcv_ssthresh, as->window_clamp);
	else
		as->rcv_ssthresh = max(as->rcv_ssthresh, min(as->rcv_wnd, as->window_clamp));
	as->rcvq_space.space = min(as->rcvq_space.space, as->window_clamp);
}

void atcp_rcvbuf_measure(struct sock *sk, const struct sk_buff *skb, u32 header, u8 flags)
{
	u32 len = skb_shinfo(skb)->gso_size ?: skb->len;
	struct atcp_sock *as = atcp_sk(sk);
	u32 last = as->rcv_last;

	as->rcv_last = 0;
	if (len >= as->rcv_mss) {
		if (len != as->rcv_mss)
			atcp_rcvbuf_set_ratio(sk, atcp_wnd_ratio(skb->len, skb->truesize));
		as->rcv_mss = min_t(u32, len, as->advmss);
		/* A full one that ends a write: its sender may wait for the ACK. */
		if (flags & ATCP_F_PSH)
			as->ack_pending |= ATCP_ACK_PUSHED;
		return;
	}
	/*
	 * A smaller one: the peer's size only if it cannot be the end of a write, and comes twice.
	 * SACK blocks make its text shorter, so it is measured with its header.
	 */
	len += header;
	if (len >= TCP_MSS_DEFAULT + sizeof(struct tcphdr) ||
	    (len >= ATCP_RCVBUF_MIN_MSS + sizeof(struct tcphdr) &&
	     !(flags & (ATCP_F_PSH | ATCP_F_FIN | ATCP_F_URG | ATCP_F_SYN)))) {
		len -= sizeof(struct tcphdr) + (as->ts_ok ? ATCP_OPTS_TS_LEN : 0);
		as->rcv_last = len;
		if (len == last) {
			as->rcv_mss = len;
			return;
		}
	}
	if (as->ack_pending & ATCP_ACK_PUSHED)
		as->ack_pending |= ATCP_ACK_PUSHED2;
	as->ack_pending |= ATCP_ACK_PUSHED;
}

void atcp_rcvbuf_shrink(struct atcp_sock *as)
{
	as->rcv_ssthresh = min_t(u32, as->rcv_ssthresh, 4U * as->advmss);
}

/*
 * What this segment costs when others have been merged with it: what holds its pages alone, if
 * nothing of it is beside its header, is not needed then.
 */
static u32 atcp_rcvbuf_cost(const struct sk_buff *skb)
{
	u32 truesize = skb->truesize;

	if (!skb_headlen(skb) && truesize > SKB_TRUESIZE(skb_end_offset(skb)) + skb->len)
		truesize -= SKB_TRUESIZE(skb_end_offset(skb));
	return truesize;
}

/*
 * What is offered later is no more than there is room for beside one such segment, which is why
 * its ACK does not wait for the reader (atcp_rcvack_due()).
 */
void atcp_rcvbuf_open(struct sock *sk, const struct sk_buff *skb, u32 memory)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 room = min(as->window_clamp, atcp_rcvbuf_free_with(sk, memory)), by;

	if (room <= as->rcv_ssthresh)
		return;
	if (atcp_memcg_pressed(sk)) {
		atcp_rcvbuf_shrink(as);
		return;
	}
	by = atcp_wnd_grow(atcp_wnd_from_space_by(as->rcv_ratio, atcp_rcvbuf_cost(skb)),
			   atcp_wnd_from_space_by(as->rcv_ratio, READ_ONCE(an->sysctl.rmem[2])),
			   skb->len, as->rcv_ssthresh, as->advmss, as->rcv_mss);
	if (!by)
		return;
	as->rcv_ssthresh += min(room - as->rcv_ssthresh, by);
	/* The sender hears of the larger window. */
	as->quickack |= 1;
}

/* @sample in us. By the time a window takes only the least is of use: programs pause. */
static void atcp_rcvbuf_rtt_update(struct atcp_sock *as, u32 sample, bool by_window)
{
	u32 old = as->rcvq_space.rtt_us;

	sample = min_t(u32, sample, U32_MAX >> 4);
	if (!old || sample << 3 < old)
		as->rcvq_space.rtt_us = sample << 3;
	else if (!by_window)
		as->rcvq_space.rtt_us = old - (old >> 3) + sample;
}

void atcp_rcvbuf_echo(struct sock *sk, u32 len, u32 tsecr)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 delta;

	if (tsecr == as->rcvq_space.rtt_tsecr)
		return;
	as->rcvq_space.rtt_tsecr = tsecr;
	delta = atcp_sock_ts_now() + as->ts_off - tsecr;
	if (len >= as->rcv_mss && delta < INT_MAX / USEC_PER_MSEC)
		atcp_rcvbuf_rtt_update(as, max(delta, 1U) * USEC_PER_MSEC, false);
}

void atcp_rcvbuf_rtt(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u64 now;

	if (as->rcvq_space.rtt_time_us && atcp_seq_before(as->rcv_nxt, as->rcvq_space.rtt_seq))
		return;
	now = atcp_sock_now_us();
	if (as->rcvq_space.rtt_time_us) {
		atcp_rcvbuf_rtt_update(as, clamp_t(u64, now - as->rcvq_space.rtt_time_us, 1,
						   U32_MAX), true);
	}
	as->rcvq_space.rtt_seq = as->rcv_nxt + as->rcv_wnd;
	as->rcvq_space.rtt_time_us = now;
}

/* The reader took @took bytes in a round trip. */
static void atcp_rcvbuf_grow(struct sock *sk, u32 took)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_wnd_drs d = {
		.took		= took,
		.before		= as->rcvq_space.space,
		.rtt_us		= as->rcvq_space.rtt_us >> 3,
		.low_rtt_us	= READ_ONCE(an->sysctl.rcvbuf_low_rtt),
	};
	u32 size;

	as->rcvq_space.space = took;
	if (!READ_ONCE(an->sysctl.moderate_rcvbuf) || (sk->sk_userlocks & SOCK_RCVBUF_LOCK))
		return;
	if (as->ofo_last)
		d.early = ATCP_CB(as->ofo_last)->end_seq - as->rcv_nxt;
	size = min_t(u32, atcp_wnd_space_from_by(as->rcv_ratio, atcp_wnd_drs(&d)),
		     READ_ONCE(an->sysctl.rmem[2]));
	if ((int)size <= sk->sk_rcvbuf)
		return;
	WRITE_ONCE(sk->sk_rcvbuf, size);
	if (!as->clamp_user)
		as->window_clamp = atcp_rcvbuf_full(sk);
}

void atcp_rcvbuf_adjust(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 took, waits;
	u64 now;

	if (!as->rcvq_space.rtt_us)
		return;
	now = atcp_sock_now_us();
	if (now - as->rcvq_space.time_us < as->rcvq_space.rtt_us >> 3)
		return;
	took = as->copied_seq - as->rcvq_space.seq;
	/* What waits still was not asked for: a slow reader needs no larger buffer. */
	waits = as->rcv_nxt - as->copied_seq;
	took -= min(took, waits);
	if (took > as->rcvq_space.space)
		atcp_rcvbuf_grow(sk, took);
	as->rcvq_space.seq = as->copied_seq;
	as->rcvq_space.time_us = now;
}

void atcp_rcvbuf_early(struct sock *sk)
{
	/* Who was not accepted yet, or is an orphan, has no reader. */
	if (sk->sk_socket)
		atcp_rcvbuf_grow(sk, atcp_sk(sk)->rcvq_space.space);
}
