// SPDX-License-Identifier: GPL-2.0
/*
 * Estimates the round-trip time and the retransmission timeout.
 *
 * RFC 6298 section 2 with Linux's rule for the variance: with many samples a
 * flight the RFC's beta of 1/4 a sample would forget a spike within the flight
 * that saw it, so the largest deviation of each flight is what counts, it rises
 * at once and decays by a quarter a flight, and it never falls below the RTO
 * floor: RTO = SRTT + max(RTO floor, 4 * RTTVAR).
 */
#include "proto/rtt.h"

#include <linux/kernel.h>

#include "proto/seq.h"

#define ATCP_RTT_SAMPLE_MAX	(U32_MAX >> 4)	/* what fits in @srtt_us: 268 s */

/**
 * atcp_rtt_init() - forget all samples
 * @r: state
 * @rto_min_us: floor of the deviation term, us; 0 for %ATCP_RTT_RTO_MIN_US
 */
void atcp_rtt_init(struct atcp_rtt *r, u32 rto_min_us)
{
	*r = (struct atcp_rtt) {
		.rto_min_us = rto_min_us ?: ATCP_RTT_RTO_MIN_US,
		.min.s = { { 0, U32_MAX }, { 0, U32_MAX }, { 0, U32_MAX } },
	};
}

/* The new deviation from the error @err of the estimate. */
static void atcp_rtt_update_mdev(struct atcp_rtt *r, s32 err)
{
	s32 delta = (s32)abs(err) - (s32)(r->mdev_us >> 2);

	/*
	 * A shorter RTT is no reason to expect larger ones: let it widen the
	 * deviation at an eighth of the usual gain only.
	 */
	if (err < 0 && delta > 0)
		delta >>= 3;
	r->mdev_us += delta;
	if (r->mdev_us > r->mdev_max_us) {
		r->mdev_max_us = r->mdev_us;
		r->rttvar_us = max(r->rttvar_us, r->mdev_max_us);
	}
}

/**
 * atcp_rtt_sample() - take a sample
 * @r: state
 * @rtt_us: measured round-trip time, us; not of a retransmission unless by
 *	timestamps (Karn, RFC 6298 section 3)
 * @snd_una: SND.UNA after the ACK
 * @snd_nxt: SND.NXT
 */
void atcp_rtt_sample(struct atcp_rtt *r, u32 rtt_us, u32 snd_una, u32 snd_nxt)
{
	u32 rtt = min(rtt_us, ATCP_RTT_SAMPLE_MAX);
	s32 err;

	r->last_us = rtt;
	if (!r->srtt_us) {
		/* RFC 6298 2.2: SRTT = R, RTTVAR = R/2 */
		r->srtt_us = max(1u, rtt << 3);
		r->mdev_us = rtt << 1;
		r->rttvar_us = max(r->mdev_us, r->rto_min_us);
		r->mdev_max_us = r->rttvar_us;
		r->rtt_seq = snd_nxt;
		return;
	}

	/* RFC 6298 2.3: alpha 1/8, beta 1/4 */
	err = rtt - (r->srtt_us >> 3);
	r->srtt_us = max(1u, r->srtt_us + err);
	atcp_rtt_update_mdev(r, err);

	if (atcp_seq_after(snd_una, r->rtt_seq)) {
		if (r->mdev_max_us < r->rttvar_us)
			r->rttvar_us -= (r->rttvar_us - r->mdev_max_us) >> 2;
		r->rtt_seq = snd_nxt;
		r->mdev_max_us = r->rto_min_us;
	}
}

/**
 * atcp_rtt_rto_us() - retransmission timeout, us
 * @r: state
 * @min_us: floor, us
 * @max_us: ceiling, us
 */
u32 atcp_rtt_rto_us(const struct atcp_rtt *r, u32 min_us, u32 max_us)
{
	u32 rto = ATCP_RTT_RTO_INIT_US;

	if (r->srtt_us)
		rto = (r->srtt_us >> 3) + r->rttvar_us;
	return clamp(rto, min_us, max_us);
}

/**
 * atcp_rtt_backoff_us() - timeout after some expiries (RFC 6298 5.5), us
 * @rto_us: timeout before any backoff, us
 * @shift: expiries so far
 * @max_us: ceiling, us
 */
u32 atcp_rtt_backoff_us(u32 rto_us, unsigned int shift, u32 max_us)
{
	/* 2^32 us is beyond any ceiling, so a larger shift adds nothing. */
	return min_t(u64, (u64)rto_us << min(shift, 32u), max_us);
}

static u32 atcp_rtt_min_reset(struct atcp_rtt_min *m, u32 rtt_us, u32 now_ms)
{
	m->s[0].t = now_ms;
	m->s[0].v = rtt_us;
	m->s[1] = m->s[0];
	m->s[2] = m->s[0];
	return rtt_us;
}

/* The best sample left the window: the next best take its place. */
static void atcp_rtt_min_shift(struct atcp_rtt_min *m, u32 rtt_us, u32 now_ms)
{
	m->s[0] = m->s[1];
	m->s[1] = m->s[2];
	m->s[2].t = now_ms;
	m->s[2].v = rtt_us;
}

/**
 * atcp_rtt_min_update() - take a sample for the windowed minimum
 * @m: filter
 * @rtt_us: sample, us
 * @now_ms: the time, ms
 * @window_ms: how long a sample counts, ms
 *
 * Kept are the minimum of the window, of what came after it, and of what came
 * after that, each renewed before it grows too old, so the true minimum of the
 * window is overestimated only when the RTT rises within a quarter of it.
 *
 * Return: the minimum, us.
 */
u32 atcp_rtt_min_update(struct atcp_rtt_min *m, u32 rtt_us, u32 now_ms,
			u32 window_ms)
{
	u32 age;

	if (rtt_us <= m->s[0].v || now_ms - m->s[2].t > window_ms)
		return atcp_rtt_min_reset(m, rtt_us, now_ms);

	if (rtt_us <= m->s[1].v) {
		m->s[1].t = now_ms;
		m->s[1].v = rtt_us;
		m->s[2] = m->s[1];
	} else if (rtt_us <= m->s[2].v) {
		m->s[2].t = now_ms;
		m->s[2].v = rtt_us;
	}

	age = now_ms - m->s[0].t;
	if (age > window_ms) {
		atcp_rtt_min_shift(m, rtt_us, now_ms);
		if (now_ms - m->s[0].t > window_ms)
			atcp_rtt_min_shift(m, rtt_us, now_ms);
	} else if (m->s[1].t == m->s[0].t && age > window_ms / 4) {
		/* A quarter passed: a second choice from here on. */
		m->s[1].t = now_ms;
		m->s[1].v = rtt_us;
		m->s[2] = m->s[1];
	} else if (m->s[2].t == m->s[1].t && age > window_ms / 2) {
		m->s[2].t = now_ms;
		m->s[2].v = rtt_us;
	}
	return m->s[0].v;
}
