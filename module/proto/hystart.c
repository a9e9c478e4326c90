// SPDX-License-Identifier: GPL-2.0
/*
 * HyStart++ (RFC 9406): the end of slow start before the first loss.
 *
 * When the minimum RTT of a round is well above that of the round before, the
 * queue at the bottleneck may be filling: slow start goes on at a quarter of its
 * rate (CSS). If the RTT falls back the alarm was false and slow start resumes; if
 * it does not for five rounds, congestion avoidance begins.
 *
 * The cap on the growth by one ACK (section 4.2, L) is left infinite: one ACK
 * stands for a whole GRO'd train of segments here, and is no sign of a burst.
 *
 * The RTT tells little where the path is short or its queue shallow: it may never rise by 4 ms
 * before something is lost. So there is the other sign of the first HyStart as well, which RFC
 * 9406 has left out and Linux has: segments that leave together come back as a train of ACKs,
 * spaced by the bottleneck. A train that is half as long as the least RTT means that cwnd fills
 * half of the path, and the segments that its ACKs let out will fill the other: slow start ends.
 */
#include "proto/hystart.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/time64.h>

#include "proto/seq.h"

/* The constants of RFC 9406 section 4.3, by their names there. */
#define ATCP_HYSTART_MIN_RTT_THRESH_US	4000u
#define ATCP_HYSTART_MAX_RTT_THRESH_US	16000u
#define ATCP_HYSTART_MIN_RTT_DIVISOR	8
#define ATCP_HYSTART_N_RTT_SAMPLE	8
#define ATCP_HYSTART_CSS_ROUNDS		5

/* ACKs that are further apart are of no train, and those of fewer segments say nothing. */
#define ATCP_HYSTART_TRAIN_GAP_US	2000u
#define ATCP_HYSTART_TRAIN_CWND		16u
#define ATCP_HYSTART_TRAIN_BURSTS	4

/**
 * atcp_hystart_reset() - slow start begins
 * @h: state
 */
void atcp_hystart_reset(struct atcp_hystart *h)
{
	*h = (struct atcp_hystart) {
		.last_min_us = U32_MAX,
		.cur_min_us = U32_MAX,
		.css_base_us = U32_MAX,
		.min_us = U32_MAX,
	};
}

static void atcp_hystart_begin_round(struct atcp_hystart *h, u32 snd_nxt)
{
	h->window_end = snd_nxt;
	h->last_min_us = h->cur_min_us;
	h->cur_min_us = U32_MAX;
	h->samples = 0;
	h->started = true;
}

/* The RTT rose by an eighth, but by at least 4 ms and at most 16 ms needed. */
static bool atcp_hystart_rtt_rose(const struct atcp_hystart *h)
{
	u32 thresh;

	if (h->samples < ATCP_HYSTART_N_RTT_SAMPLE ||
	    h->last_min_us == U32_MAX || h->cur_min_us == U32_MAX)
		return false;
	thresh = clamp(h->last_min_us / ATCP_HYSTART_MIN_RTT_DIVISOR,
		       ATCP_HYSTART_MIN_RTT_THRESH_US,
		       ATCP_HYSTART_MAX_RTT_THRESH_US);
	return h->cur_min_us >= h->last_min_us + thresh;
}

/* Judges the samples of the round so far. */
static void atcp_hystart_judge(struct atcp_hystart *h)
{
	if (!h->css && atcp_hystart_rtt_rose(h)) {
		h->css = true;
		h->css_base_us = h->cur_min_us;
		h->css_rounds = 0;
	} else if (h->css && h->samples >= ATCP_HYSTART_N_RTT_SAMPLE &&
		   h->cur_min_us < h->css_base_us) {
		h->css = false;
		h->css_base_us = U32_MAX;
	}
}

/**
 * atcp_hystart_on_ack() - an ACK arrived in slow start
 * @h: state
 * @rtt_us: RTT it measured, us; 0 for none
 * @snd_una: SND.UNA after it
 * @snd_nxt: SND.NXT
 */
enum atcp_hystart_verdict atcp_hystart_on_ack(struct atcp_hystart *h,
					      u32 rtt_us, u32 snd_una,
					      u32 snd_nxt)
{
	if (!h->started)
		atcp_hystart_begin_round(h, snd_nxt);

	if (rtt_us) {
		h->cur_min_us = min(h->cur_min_us, rtt_us);
		h->min_us = min(h->min_us, rtt_us);
		if (h->samples < ATCP_HYSTART_N_RTT_SAMPLE)
			h->samples++;
		atcp_hystart_judge(h);
	}

	if (!atcp_seq_before(snd_una, h->window_end)) {
		/* The round in which CSS was entered counts as one. */
		if (h->css && ++h->css_rounds >= ATCP_HYSTART_CSS_ROUNDS)
			return ATCP_HYSTART_EXIT;
		atcp_hystart_begin_round(h, snd_nxt);
	}
	return h->css ? ATCP_HYSTART_CSS : ATCP_HYSTART_SS;
}

/* What the sender's own pieces may add to a train: four may lie in its host. */
static u32 atcp_hystart_slack_us(const struct atcp_hystart_ack *a)
{
	u64 bytes = (u64)a->burst * ATCP_HYSTART_TRAIN_BURSTS;

	if (!a->rate)
		return 0;
	return min_t(u64, div64_u64(bytes * USEC_PER_SEC, a->rate), USEC_PER_MSEC);
}

/**
 * atcp_hystart_train() - is the train of ACKs of this round as long as half of the path?
 * @h: state
 * @a: an ACK with an RTT, of which atcp_hystart_on_ack() knows; all of slow start, or the rounds
 *	would not begin where a train does
 */
bool atcp_hystart_train(struct atcp_hystart *h, const struct atcp_hystart_ack *a)
{
	u64 most;

	if (!h->train || atcp_seq_after(a->snd_una, h->train_end)) {
		h->train_end = a->snd_nxt;
		h->train_us = a->now_us;
		h->last_us = a->now_us;
		h->train = true;
		return false;
	}
	if (a->cwnd < ATCP_HYSTART_TRAIN_CWND || h->min_us == U32_MAX ||
	    a->now_us - h->last_us > ATCP_HYSTART_TRAIN_GAP_US)
		return false;
	h->last_us = a->now_us;
	/* Most are far from it. */
	if (a->now_us - h->train_us <= h->min_us >> 1)
		return false;
	most = (u64)h->min_us + atcp_hystart_slack_us(a);
	return a->now_us - h->train_us > (a->paced ? most : most >> 1);
}
