// SPDX-License-Identifier: GPL-2.0
/*
 * What a connection begins with and leaves behind: metrics of its route (ip-route(8)) and
 * what connections to the same peer have learned (Linux's tcp_metrics). What a route has
 * with the word "lock" goes before what was learned; without it, it stands for what was
 * not learned yet.
 */
#include <net/dst.h>
#include <net/sock.h>

#include "proto/metrics.h"
#include "state/conn/sock.h"
#include "state/conn/metrics.h"
#include "state/conn/steer.h"
#include "state/listen/peer.h"
#include "state/shared/memcg.h"

/* Segments of reordering that a connection begins with. */
#define ATCP_METRICS_REORDERING_USUAL	3

/* RTO when the handshake gave no round trip (RFC 6298 5.7). */
#define ATCP_METRICS_RTO_FALLBACK_US	(3 * USEC_PER_SEC)

static u32 atcp_metrics_dst(const struct dst_entry *dst, int metric)
{
	return dst ? dst_metric_raw(dst, metric) : 0;
}

u32 atcp_metrics_initrwnd(const struct dst_entry *dst)
{
	return atcp_metrics_dst(dst, RTAX_INITRWND);
}

u32 atcp_metrics_rto_min_us(const struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get((struct sock *)sk);

	if (dst && dst_metric_locked(dst, RTAX_RTO_MIN))
		return min_t(u64, (u64)dst_metric(dst, RTAX_RTO_MIN) * USEC_PER_MSEC,
			     ATCP_RTT_RTO_MAX_US);
	return READ_ONCE(atcp_sock_net(sk)->sysctl.rto_min_us);
}

void atcp_metrics_route(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);

	atcp_sk(sk)->rtt.rto_min_us = atcp_metrics_rto_min_us(sk);
	atcp_steer_route(sk, dst);
}

/* One of @m's figures is the route's if that has a last word, or the first. */
static void atcp_metrics_suck(const struct dst_entry *dst, int metric, u32 unit, u32 *val,
			      u8 bit, u8 *fixed)
{
	u32 said = min_t(u64, (u64)atcp_metrics_dst(dst, metric) * unit, U32_MAX);

	if (dst && dst_metric_locked(dst, metric)) {
		*fixed |= bit;
		*val = said;
	} else if (!*val) {
		*val = said;
	}
}

/* What is known of @sk's path. Returns what of it no connection changes. */
static u8 atcp_metrics_get(const struct sock *sk, struct atcp_metrics *m)
{
	const struct dst_entry *dst = __sk_dst_get((struct sock *)sk);
	u8 fixed = 0;

	if (!atcp_peer_metrics(&atcp_sock_net(sk)->peers, &sk->sk_v6_daddr,
			       ktime_get_seconds(), m))
		memset(m, 0, sizeof(*m));
	atcp_metrics_suck(dst, RTAX_RTT, USEC_PER_MSEC, &m->rtt, ATCP_METRICS_RTT, &fixed);
	atcp_metrics_suck(dst, RTAX_RTTVAR, USEC_PER_MSEC, &m->rttvar, ATCP_METRICS_RTTVAR,
			  &fixed);
	atcp_metrics_suck(dst, RTAX_SSTHRESH, 1, &m->ssthresh, ATCP_METRICS_SSTHRESH, &fixed);
	atcp_metrics_suck(dst, RTAX_CWND, 1, &m->cwnd, ATCP_METRICS_CWND, &fixed);
	atcp_metrics_suck(dst, RTAX_REORDERING, 1, &m->reordering, ATCP_METRICS_REORDERING,
			  &fixed);
	return fixed;
}

/* The first RTO of data: a SYN is small, and its round trip shorter than data's. */
static void atcp_metrics_rto(struct sock *sk, u32 rtt)
{
	u32 max_us = READ_ONCE(atcp_sock_net(sk)->sysctl.rto_max_ms) * USEC_PER_MSEC;
	struct atcp_sock *as = atcp_sk(sk);

	if (rtt > as->rtt.srtt_us)
		as->rto_us = min(atcp_metrics_rto_us(rtt, as->rtt.rto_min_us), max_us);
	else if (!as->rtt.srtt_us)
		as->rto_us = ATCP_METRICS_RTO_FALLBACK_US;
}

void atcp_metrics_begin(struct sock *sk)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_cong *c = &as->cong;
	struct atcp_metrics m;
	u8 fixed;

	fixed = atcp_metrics_get(sk, &m);
	if (fixed & ATCP_METRICS_CWND && m.cwnd)
		c->cwnd_clamp = m.cwnd;
	c->ssthresh = ATCP_CONG_SSTHRESH_INF;
	if (m.ssthresh && !READ_ONCE(sc->no_ssthresh_metrics_save))
		c->ssthresh = min(m.ssthresh, c->cwnd_clamp);
	if (m.reordering)
		as->reordering = m.reordering;
	c->iw = atcp_metrics_dst(dst, RTAX_INITCWND) ?: atcp_cong_iw(as->mss_cache);
	c->iw = min(c->iw, c->cwnd_clamp);
	/* RFC 5681 section 3.1: a SYN or SYN-ACK lost more than once, so begin with one. */
	c->cwnd = as->total_retrans > 1 && !as->syn_spurious ? 1 : c->iw;
	/* What its timeouts did to cwnd is over with the handshake. */
	c->in_recovery = false;
	c->in_loss = false;
	c->prior_ssthresh = 0;
	atcp_metrics_rto(sk, m.rtt);
	atcp_steer_begin(sk);
}

void atcp_metrics_end(const struct sock *sk)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	const struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_metrics_end e = {
		.rtt		= as->rtt.srtt_us,
		.mdev		= as->rtt.mdev_us,
		.cwnd		= as->cong.cwnd,
		.ssthresh	= as->cong.ssthresh,
		.reordering	= as->reordering,
		.usual_reordering = ATCP_METRICS_REORDERING_USUAL,
		.failed		= as->backoff,
		.first_slow_start = as->cong.ssthresh >= ATCP_CONG_SSTHRESH_INF,
		.slow_start	= atcp_cong_in_slow_start(&as->cong),
		.open		= as->ca_state == ATCP_CA_OPEN,
	};
	struct mem_cgroup *before;
	struct atcp_metrics m;
	u8 fixed;

	if (READ_ONCE(sc->no_metrics_save) || !__sk_dst_get((struct sock *)sk))
		return;
	fixed = atcp_metrics_get(sk, &m);
	if (READ_ONCE(sc->no_ssthresh_metrics_save))
		fixed |= ATCP_METRICS_SSTHRESH;
	atcp_metrics_learn(&m, &e, fixed);
	before = atcp_memcg_begin(sk);
	atcp_peer_set_metrics(&atcp_sock_net(sk)->peers, &sk->sk_v6_daddr, ktime_get_seconds(),
			      &m, !e.failed && e.rtt);
	atcp_memcg_end(before);
}
