// SPDX-License-Identifier: GPL-2.0
/*
 * How fast and in what pieces a connection sends.
 *
 * sk_pacing_rate follows cwnd and RTT whether or not anybody paces: the size of skbs and
 * what may be below are parts of it. It is obeyed where sk_pacing_status says so, which
 * SO_MAX_PACING_RATE and congestion control ask for, and sch_fq takes over: every skb
 * has the time at which it is to leave (as the kernel's TCP has it), so that fq need
 * only wait for it, and where there is none we do.
 */
#include <linux/ktime.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "output/pace.h"
#include "proto/pacing.h"
#include "proto/tso.h"
#include "state/conn/pace.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/shared/mib.h"

/* Segments that are not paced by what cwnd and RTT say: they are not known then. */
#define ATCP_PACE_FREE	10

void atcp_pace_update(struct sock *sk)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	const struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_cong *c = &as->cong;
	u32 percent;
	u64 rate;

	if (unlikely(c->ops->pacing) && READ_ONCE(sk->sk_pacing_status) == SK_PACING_NONE)
		cmpxchg(&sk->sk_pacing_status, SK_PACING_NONE, SK_PACING_NEEDED);
	/* Slow start ends soon where cwnd is beyond half of ssthresh. */
	percent = c->cwnd < c->ssthresh / 2 ? READ_ONCE(sc->pacing_ss_ratio) :
					      READ_ONCE(sc->pacing_ca_ratio);
	rate = c->pacing_rate ?: atcp_pacing_rate(as->mss_cache, max(c->cwnd, as->packets_out),
						  as->rtt.srtt_us, percent);
	/* sch_fq reads it without a lock. */
	WRITE_ONCE(sk->sk_pacing_rate,
		   min_t(u64, rate, READ_ONCE(sk->sk_max_pacing_rate)));
}

bool atcp_pace_wait(struct sock *sk)
{
	if (likely(READ_ONCE(sk->sk_pacing_status) != SK_PACING_NEEDED) ||
	    atcp_sk(sk)->wstamp_ns <= ktime_get_ns())
		return false;
	atcp_pace_arm(sk);
	return true;
}

bool atcp_pace_throttled(struct sock *sk, const struct sk_buff *skb)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	struct atcp_sock *as = atcp_sk(sk);
	unsigned long limit;

	limit = max_t(unsigned long, 2 * skb->truesize,
		      READ_ONCE(sk->sk_pacing_rate) >> READ_ONCE(sk->sk_pacing_shift));
	if (READ_ONCE(sk->sk_pacing_status) == SK_PACING_NONE)
		limit = min_t(unsigned long, limit, READ_ONCE(sc->limit_output_bytes));
	/* What waits for its time in fq, twice, as for the rest. */
	if (unlikely(as->ask.tx_delay_us))
		limit += min_t(u64, READ_ONCE(sk->sk_pacing_rate), U32_MAX) *
			 as->ask.tx_delay_us >> 19;
	if (likely(refcount_read(&sk->sk_wmem_alloc) <= limit))
		return false;
	/* With next to nothing in flight it would be a device that is slow to free. */
	if (atcp_rtxq_head(as) == atcp_rtxq_tail(as))
		return false;
	/* Who has taken our place at sk_write_space() is told, and we are not. */
	if (unlikely(sk->sk_write_space != atcp_sndq_write_space))
		return false;
	set_bit(ATCP_TSQ_THROTTLED, &as->tsq);
	/* Pairs with the barrier of what frees: either it sees the mark or we that it is gone. */
	smp_mb__after_atomic();
	return refcount_read(&sk->sk_wmem_alloc) > limit;
}

u32 atcp_pace_segs(const struct sock *sk, u32 mss)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	const struct atcp_cong *c = &atcp_sk(sk)->cong;
	const struct atcp_tso_size s = {
		.rate		= READ_ONCE(sk->sk_pacing_rate),
		.shift		= READ_ONCE(sk->sk_pacing_shift),
		.min_rtt_us	= atcp_rtt_min_us(&atcp_sk(sk)->rtt.min),
		.rtt_log	= READ_ONCE(sc->tso_rtt_log),
		.gso_max	= READ_ONCE(sk->sk_gso_max_size),
		.mss		= mss,
		.min_segs	= unlikely(c->ops->min_tso) ? c->ops->min_tso(c) :
							      READ_ONCE(sc->min_tso_segs),
	};
	u32 most = READ_ONCE(sk->sk_gso_max_segs);

	return clamp(atcp_tso_segs(&s), 1U, max(most, 1U));
}

void atcp_pace_stamp(struct sock *sk, struct sk_buff *skb, u64 now_ns)
{
	unsigned long rate = READ_ONCE(sk->sk_pacing_rate);
	struct atcp_sock *as = atcp_sk(sk);
	u64 prior = as->wstamp_ns;

	as->wstamp_ns = max(prior, now_ns);
	skb_set_delivery_time(skb, ns_to_ktime(as->wstamp_ns + atcp_pace_delay_ns(as)), true);
	if (READ_ONCE(sk->sk_pacing_status) == SK_PACING_NONE || !skb->len ||
	    rate == ~0UL || !rate)
		return;
	/* What the user says holds from the first byte on. */
	if (as->data_segs_out < ATCP_PACE_FREE && READ_ONCE(sk->sk_max_pacing_rate) == ~0UL)
		return;
	as->wstamp_ns += atcp_pacing_gap_ns(skb->len, rate, as->wstamp_ns - prior);
}
