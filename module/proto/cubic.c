// SPDX-License-Identifier: GPL-2.0
/*
 * CUBIC (RFC 9438) with HyStart++ (RFC 9406) and ACK trains in the initial slow start.
 *
 *	W_cubic(t) = C * (t - K)^3 + W_max		C = 0.4, t and K in s
 *	K = cbrt((W_max - cwnd_epoch) / C)
 *
 * t is kept in ms, so with d = |t - K| in ms the cubic term is 4 d^3 / 10^10
 * segments; windows are computed in 1/1024 segment. 4 d^3 fits 64 bits up to
 * d = 1.66e6 ms, and d is cut off there: half an hour without a loss.
 *
 * Beside it runs W_est, what Reno would have with CUBIC's beta, and the larger
 * one rules (section 4.3). W_est is kept in 2^-20 segment.
 */
#include "proto/cong.h"

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/module.h>

#include "proto/hystart.h"

/* Growth an RTT, as a part of cwnd, as long as no loss has said where the path ends. */
#define ATCP_CUBIC_SEARCH	20

/* Decrease factor beta 0.7 and Reno's alpha for it, 3 (1 - beta) / (1 + beta). */
#define ATCP_CUBIC_BETA_NUM	7
#define ATCP_CUBIC_BETA_DEN	10
#define ATCP_CUBIC_EST_SHIFT	20
#define ATCP_CUBIC_ALPHA	555128u		/* 9/17, 2^-20 */
#define ATCP_CUBIC_ALPHA_ONE	BIT(ATCP_CUBIC_EST_SHIFT)

#define ATCP_CUBIC_WIN_SHIFT	10		/* windows in 1/1024 segment */
#define ATCP_CUBIC_D_MAX_MS	1600000u
/* 10^10 / (4 * 1024), as the fraction 9765625 / 4. */
#define ATCP_CUBIC_D3_DIV	9765625u

/**
 * struct atcp_cubic_curve - what a reduction changes and its undo restores
 * @epoch_us: when the present congestion avoidance began, us; 0 for not yet
 * @w_est: Reno's window, 2^-20 segment
 * @w_max: cwnd at the last reduction, fast convergence applied, segments
 * @origin: W_max of the epoch, segments
 * @k_ms: K of the epoch, ms
 * @cwnd_prior: cwnd at the last reduction, segments
 */
struct atcp_cubic_curve {
	u64 epoch_us;
	u64 w_est;
	u32 w_max;
	u32 origin;
	u32 k_ms;
	u32 cwnd_prior;
};

/**
 * struct atcp_cubic - state in struct atcp_cong's priv
 * @now: the curve followed
 * @saved: the curve before the last reduction
 * @last_us: when the last ACK came or sending began again, us
 * @hystart: initial slow start
 */
struct atcp_cubic {
	struct atcp_cubic_curve now;
	struct atcp_cubic_curve saved;
	u64 last_us;
	struct atcp_hystart hystart;
};

static struct atcp_cubic *atcp_cubic_priv(struct atcp_cong *c)
{
	BUILD_BUG_ON(sizeof(struct atcp_cubic) > ATCP_CONG_PRIV_SIZE);
	return (struct atcp_cubic *)c->priv;
}

/* Integer cube root, rounded down: one bit of the result a step. */
static u32 atcp_cubic_root(u64 a)
{
	u64 root = 0;
	int bit;

	for (bit = 21; bit >= 0; bit--) {
		u64 next = root | 1ull << bit;

		/* 2642245^3 is the largest cube below 2^64. */
		if (next <= 2642245 && next * next * next <= a)
			root = next;
	}
	return root;
}

/* W_cubic at @t_ms of the epoch, 1/1024 segment, not below 0. */
static u64 atcp_cubic_window(const struct atcp_cubic_curve *q, u64 t_ms)
{
	u64 origin = (u64)q->origin << ATCP_CUBIC_WIN_SHIFT;
	u64 d = t_ms > q->k_ms ? t_ms - q->k_ms : q->k_ms - t_ms;
	u64 delta;

	d = min_t(u64, d, ATCP_CUBIC_D_MAX_MS);
	delta = div_u64(d * d * d * 4, ATCP_CUBIC_D3_DIV);
	if (t_ms > q->k_ms)
		return origin + delta;
	return origin > delta ? origin - delta : 0;
}

static void atcp_cubic_begin_epoch(struct atcp_cubic_curve *q, u32 cwnd,
				   u64 now_us)
{
	/* 0 stands for "none". */
	q->epoch_us = now_us ?: 1;
	q->w_est = (u64)cwnd << ATCP_CUBIC_EST_SHIFT;
	if (cwnd < q->w_max) {
		q->origin = q->w_max;
		/* In ms: (W_max - cwnd) / 0.4 * 10^9 under the root. */
		q->k_ms = atcp_cubic_root((u64)(q->w_max - cwnd) * 2500000000ull);
	} else {
		q->origin = cwnd;
		q->k_ms = 0;
	}
}

/* W_est grows by alpha segments an RTT; by 1 from where the loss had been. */
static void atcp_cubic_grow_est(struct atcp_cubic_curve *q, u32 cwnd, u32 acked)
{
	u32 alpha = ATCP_CUBIC_ALPHA;

	if (q->w_est >> ATCP_CUBIC_EST_SHIFT >= q->cwnd_prior)
		alpha = ATCP_CUBIC_ALPHA_ONE;
	q->w_est += div_u64((u64)acked * alpha, cwnd);
}

/* Congestion avoidance (RFC 9438 sections 4.2 to 4.5). */
static void atcp_cubic_avoid(struct atcp_cong *c,
			     const struct atcp_cong_sample *s, u32 acked)
{
	struct atcp_cubic_curve *q = &atcp_cubic_priv(c)->now;
	u64 cwnd_x = (u64)c->cwnd << ATCP_CUBIC_WIN_SHIFT;
	u64 target, t_us;
	u32 est;

	if (!q->epoch_us) {
		atcp_cubic_begin_epoch(q, c->cwnd, s->now_us);
		c->cwnd_cnt = 0;
	}
	atcp_cubic_grow_est(q, c->cwnd, acked);

	t_us = s->now_us - q->epoch_us;
	est = q->w_est >> ATCP_CUBIC_EST_SHIFT;
	if (est > c->cwnd &&
	    atcp_cubic_window(q, div_u64(t_us, 1000)) <
	    (u64)est << ATCP_CUBIC_WIN_SHIFT) {
		c->cwnd = est;
		return;
	}

	/* One RTT ahead: where cwnd is to be when these ACKs have paid off. */
	target = atcp_cubic_window(q, div_u64(t_us + s->srtt_us, 1000));
	/* Before a loss nobody knows what there is room for: 5 % an RTT, as Linux's. */
	if (!q->cwnd_prior)
		target = max(target, cwnd_x + cwnd_x / ATCP_CUBIC_SEARCH);
	target = min(target, cwnd_x + cwnd_x / 2);
	if (target <= cwnd_x)
		return;

	/* (target - cwnd) / cwnd for each segment acknowledged, 2^-20 segment */
	target = (target - cwnd_x) <<
		 (ATCP_CUBIC_EST_SHIFT - ATCP_CUBIC_WIN_SHIFT);
	target = c->cwnd_cnt + div_u64(target * acked, c->cwnd);
	c->cwnd += target >> ATCP_CUBIC_EST_SHIFT;
	c->cwnd_cnt = target & (ATCP_CUBIC_ALPHA_ONE - 1);
}

/*
 * HyStart is for the initial slow start only (RFC 9406 section 4.3). The path says that it is full
 * whether or not all of cwnd is used. Returns whether slow start is to be a conservative one.
 */
static bool atcp_cubic_judge(struct atcp_cong *c, const struct atcp_cong_sample *s)
{
	struct atcp_cubic *q = atcp_cubic_priv(c);
	const struct atcp_hystart_ack a = {
		.now_us		= (u32)s->now_us,
		.snd_una	= s->snd_una,
		.snd_nxt	= s->snd_nxt,
		.cwnd		= c->cwnd,
		.rate		= s->rate,
		.burst		= s->burst,
		.paced		= s->paced,
	};
	enum atcp_hystart_verdict v;

	if (c->ssthresh != ATCP_CONG_SSTHRESH_INF)
		return false;
	v = atcp_hystart_on_ack(&q->hystart, s->rtt_us, s->snd_una, s->snd_nxt);
	if (s->rtt_us && atcp_hystart_train(&q->hystart, &a)) {
		c->ss_end = ATCP_CONG_SS_END_TRAIN;
		c->ssthresh = c->cwnd;
	} else if (v == ATCP_HYSTART_EXIT) {
		c->ss_end = ATCP_CONG_SS_END_DELAY;
		c->ssthresh = c->cwnd;
	}
	return v == ATCP_HYSTART_CSS;
}

/* Returns the segments acknowledged that are left for congestion avoidance. */
static u32 atcp_cubic_slow_start(struct atcp_cong *c, const struct atcp_cong_sample *s, bool css)
{
	u32 grow;

	if (!css)
		return atcp_cong_slow_start(c, s->acked);
	c->cwnd_cnt += s->acked;
	grow = c->cwnd_cnt / ATCP_HYSTART_CSS_DIVISOR;
	c->cwnd_cnt %= ATCP_HYSTART_CSS_DIVISOR;
	atcp_cong_slow_start(c, grow);
	return 0;
}

static void atcp_cubic_init(struct atcp_cong *c)
{
	atcp_hystart_reset(&atcp_cubic_priv(c)->hystart);
}

static void atcp_cubic_on_ack(struct atcp_cong *c,
			      const struct atcp_cong_sample *s)
{
	struct atcp_cubic *q = atcp_cubic_priv(c);
	u64 since_us = s->now_us - q->last_us;
	bool css = atcp_cubic_judge(c, s);
	u32 acked = s->acked;

	q->last_us = s->now_us;
	if (!s->cwnd_limited) {
		/* Time in which cwnd was not used does not count (5.8). */
		if (q->now.epoch_us)
			q->now.epoch_us += since_us;
		return;
	}
	if (atcp_cong_in_slow_start(c))
		acked = atcp_cubic_slow_start(c, s, css);
	if (acked)
		atcp_cubic_avoid(c, s, acked);
}

static u32 atcp_cubic_ssthresh(struct atcp_cong *c)
{
	struct atcp_cubic *q = atcp_cubic_priv(c);

	q->saved = q->now;
	/* Fast convergence (4.7): less than last time, so make room for others. */
	if (c->cwnd < q->now.w_max)
		q->now.w_max = mult_frac(c->cwnd, ATCP_CUBIC_BETA_DEN +
					 ATCP_CUBIC_BETA_NUM,
					 2 * ATCP_CUBIC_BETA_DEN);
	else
		q->now.w_max = c->cwnd;
	q->now.cwnd_prior = c->cwnd;
	q->now.epoch_us = 0;
	return mult_frac(c->cwnd, ATCP_CUBIC_BETA_NUM, ATCP_CUBIC_BETA_DEN);
}

/* Section 4.9: everything as it was before the reduction. */
static u32 atcp_cubic_undo_cwnd(struct atcp_cong *c)
{
	struct atcp_cubic *q = atcp_cubic_priv(c);

	q->now = q->saved;
	return max(c->cwnd, c->prior_cwnd);
}

static void atcp_cubic_on_event(struct atcp_cong *c, enum atcp_cong_event ev,
				u64 now_us)
{
	struct atcp_cubic *q = atcp_cubic_priv(c);

	switch (ev) {
	case ATCP_CONG_EV_LOSS:
		/* 4.8: begin at K = 0 and W_max = cwnd after slow start. */
		q->now.w_max = 0;
		q->now.epoch_us = 0;
		break;
	case ATCP_CONG_EV_TX_START:
		if (q->now.epoch_us && now_us > q->last_us)
			q->now.epoch_us += now_us - q->last_us;
		q->last_us = now_us;
		atcp_hystart_reset(&q->hystart);
		break;
	default:
		break;
	}
}

struct atcp_cong_ops atcp_cong_cubic = {
	.name		= "cubic",
	.init		= atcp_cubic_init,
	.ssthresh	= atcp_cubic_ssthresh,
	.on_ack		= atcp_cubic_on_ack,
	.undo_cwnd	= atcp_cubic_undo_cwnd,
	.on_event	= atcp_cubic_on_event,
	.owner		= THIS_MODULE,
};
