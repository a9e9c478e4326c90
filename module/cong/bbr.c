// SPDX-License-Identifier: GPL-2.0
/*
 * BBR, version 3 of its model (draft-ietf-ccwg-bbr-06).
 *
 * Not losses say how much may be sent but a model of the path: the highest rate at which it was
 * seen to deliver, and the shortest round trip. Data is paced at that rate, and about that product
 * is in flight, so that the link is busy and its queue short. The rate is probed now and then by
 * sending faster for a while, the round trip by sending less:
 *
 *   startup    twice as fast each round trip, until that brings no more
 *   drain      slower, until the queue of that is gone
 *   down       a bit slower than the path delivers
 *   cruise     as fast as it delivers, with some room left for others
 *   refill     for a round trip as much as the path is known to bear
 *   up         faster than it delivered so far, until that brings no more, or losses
 *   probe RTT  half of the usual in flight, for 200 ms, if there was no shorter RTT for 5 s
 *
 * Losses bound the model: for the time until the next probe (bw_lo, inflight_lo), and what a
 * probe found to be too much in flight for as long as no other finds more (inflight_hi).
 *
 * The draft says nothing of ECN. Here a mark counts as a loss does (RFC 3168 section 5), but that
 * nothing is sent again for it.
 */
#include "cong/bbr.h"

#include <linux/inet_diag.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/random.h>

#include "cong/bbr_model.h"

/* --- states --------------------------------------------------------------------------------- */

static void atcp_bbr_start_down(struct atcp_bbr *b, u32 now_ms)
{
	u32 random = get_random_u32();

	atcp_bbr_reset_signals(b);
	b->up_per_inc = ATCP_BBR_INF;
	b->rounds_since_up = random & 1;
	b->wait_ms = ATCP_BBR_WAIT_MS + (random >> 1) % 1000;
	b->cycle_ms = now_ms;
	b->acks = ATCP_BBR_ACKS_STOPPING;
	atcp_bbr_start_round(b);
	b->state = ATCP_BBR_DOWN;
}

static void atcp_bbr_start_refill(struct atcp_bbr *b)
{
	atcp_bbr_reset_short(b);
	b->up_rounds = 0;
	b->up_acked = 0;
	b->careful = 0;
	b->acks = ATCP_BBR_ACKS_REFILLING;
	atcp_bbr_start_round(b);
	b->state = ATCP_BBR_REFILL;
}

/* The growth of inflight_hi doubles with each round trip, up to cwnd in one. */
static void atcp_bbr_raise_slope(const struct atcp_cong *c, struct atcp_bbr *b)
{
	b->up_per_inc = max(c->cwnd >> b->up_rounds, 1U);
	b->up_rounds = min(b->up_rounds + 1, 30);
}

static void atcp_bbr_start_up(const struct atcp_cong *c, struct atcp_bbr *b, u32 bw)
{
	b->acks = ATCP_BBR_ACKS_STARTING;
	atcp_bbr_start_round(b);
	atcp_bbr_reset_full(b, bw);
	b->state = ATCP_BBR_UP;
	atcp_bbr_raise_slope(c, b);
}

/* The probe has put more into flight than the path bears: @flight. Once for a probe. */
static void atcp_bbr_handle_too_high(const struct atcp_cong *c, struct atcp_bbr *b, u32 flight,
				     bool limited, u32 now_ms)
{
	b->too_high = 1;
	b->probe_sample = 0;
	if (!limited)
		b->inflight_hi = max(flight, atcp_bbr_beta(atcp_bbr_target(c, b)));
	if (b->state == ATCP_BBR_UP) {
		b->undo_state = ATCP_BBR_UP;
		atcp_bbr_start_down(b, now_ms);
	}
}

static void atcp_bbr_on_lost(struct atcp_cong *c, const struct atcp_cong_lost *l)
{
	struct atcp_bbr *b = atcp_bbr_of(c);

	atcp_bbr_note_loss(c, b);
	if (b->probe_sample && atcp_bbr_is_too_high(b, l->lost, l->flight))
		atcp_bbr_handle_too_high(c, b, atcp_bbr_flight_at_loss(l), l->limited,
					 atcp_bbr_ms(l->now_us));
}

/* Marks of a probe likewise, when it is known how many there are. */
static void atcp_bbr_marked(struct atcp_cong *c, struct atcp_bbr *b,
			    const struct atcp_cong_sample *s)
{
	atcp_bbr_note_loss(c, b);
	b->ce += s->ce;
	if (b->probe_sample && atcp_bbr_is_too_high(b, s->dr.lost, s->dr.flight))
		atcp_bbr_handle_too_high(c, b, s->dr.flight, s->dr.limited, atcp_bbr_ms(s->now_us));
}

/* --- the model, ACK by ACK ------------------------------------------------------------------ */

static void atcp_bbr_check_full(struct atcp_bbr *b, const struct atcp_cong_sample *s, u32 bw)
{
	if (b->full_now || !b->round_start || s->dr.limited || !s->dr.us)
		return;
	if ((u64)bw * 4 >= (u64)b->full_bw * 5) {
		atcp_bbr_reset_full(b, bw);
		return;
	}
	if (++b->full_rounds >= ATCP_BBR_FULL_ROUNDS) {
		b->full_now = 1;
		b->full = 1;
	}
}

/* Startup is over when a round trip in recovery has lost too much in too many places. */
static bool atcp_bbr_startup_lossy(const struct atcp_cong *c, struct atcp_bbr *b,
				   const struct atcp_cong_sample *s)
{
	bool marked = b->ce && b->ce * 2 >= b->inflight_latest;

	if (!b->loss_round_start)
		return false;
	b->ce_rounds = marked ? b->ce_rounds + 1 : 0;
	if (b->ce_rounds >= ATCP_BBR_CE_ROUNDS)
		return true;
	return c->in_recovery && s->dr.lost &&
	       (b->loss_events >= ATCP_BBR_LOSS_RANGES || !b->sack) &&
	       atcp_bbr_is_too_high(b, s->dr.lost, s->dr.flight);
}

static void atcp_bbr_check_startup(const struct atcp_cong *c, struct atcp_bbr *b,
				   const struct atcp_cong_sample *s)
{
	if (b->state != ATCP_BBR_STARTUP)
		return;
	if (!b->full && atcp_bbr_startup_lossy(c, b, s)) {
		b->undo_state = ATCP_BBR_STARTUP;
		b->full = 1;
		b->inflight_hi = max(atcp_bbr_bdp(c, b, b->bw, ATCP_BBR_GAIN(100)),
				     b->inflight_latest);
	}
	if (!b->full)
		return;
	b->state = ATCP_BBR_DRAIN;
	b->drain_rounds = 0;
}

static void atcp_bbr_check_drain(const struct atcp_cong *c, struct atcp_bbr *b,
				 const struct atcp_cong_sample *s)
{
	if (b->state == ATCP_BBR_DRAIN &&
	    (s->left <= atcp_bbr_inflight(c, b, b->bw, s->mss) ||
	     b->drain_rounds > ATCP_BBR_DRAIN_ROUNDS))
		atcp_bbr_start_down(b, atcp_bbr_ms(s->now_us));
}

/* While it is full use of inflight_hi that is acknowledged, it may grow. */
static void atcp_bbr_grow_upper(const struct atcp_cong *c, struct atcp_bbr *b,
				const struct atcp_cong_sample *s)
{
	u32 more;

	if (!s->cwnd_limited || c->cwnd < b->inflight_hi)
		return;
	b->up_acked += s->acked;
	if (b->up_acked >= b->up_per_inc) {
		more = b->up_acked / b->up_per_inc;
		b->up_acked -= more * b->up_per_inc;
		b->inflight_hi += more;
	}
	if (b->round_start)
		atcp_bbr_raise_slope(c, b);
}

/* What the ACKs of a probe say. True: they have ended or begun one. */
static bool atcp_bbr_adapt_upper(const struct atcp_cong *c, struct atcp_bbr *b,
				 const struct atcp_cong_sample *s)
{
	if (b->acks == ATCP_BBR_ACKS_STARTING && b->round_start)
		b->acks = ATCP_BBR_ACKS_FEEDBACK;
	if (b->acks == ATCP_BBR_ACKS_STOPPING && b->round_start) {
		b->probe_sample = 0;
		b->acks = ATCP_BBR_ACKS_NONE;
		/* The rates of the cycle before the last one are forgotten. */
		if (atcp_bbr_probes_bw(b) && !s->dr.limited && b->bw_max[1]) {
			b->bw_max[0] = b->bw_max[1];
			b->bw_max[1] = 0;
		}
		/* It had ended early, and for nothing: once more. */
		if (atcp_bbr_probes_bw(b) && b->careful && !b->too_high) {
			atcp_bbr_start_refill(b);
			return true;
		}
	}
	if (b->inflight_hi == ATCP_BBR_INF || !s->acked ||
	    atcp_bbr_is_too_high(b, s->dr.lost, s->dr.flight))
		return false;
	b->inflight_hi = max(b->inflight_hi, s->dr.flight);
	if (b->state == ATCP_BBR_UP)
		atcp_bbr_grow_upper(c, b, s);
	return false;
}

static bool atcp_bbr_time_to_probe(const struct atcp_cong *c, const struct atcp_bbr *b, u32 now_ms)
{
	/* Where Reno would have grown from half to all of it by now. */
	u32 rounds = min(atcp_bbr_target(c, b), ATCP_BBR_RENO_ROUNDS);

	return now_ms - b->cycle_ms > b->wait_ms || b->rounds_since_up >= rounds;
}

static bool atcp_bbr_time_to_cruise(const struct atcp_cong *c, const struct atcp_bbr *b,
				    const struct atcp_cong_sample *s)
{
	return s->left <= atcp_bbr_with_headroom(b) &&
	       s->left <= atcp_bbr_inflight(c, b, atcp_bbr_max_bw(b), s->mss);
}

static bool atcp_bbr_time_to_go_down(const struct atcp_cong *c, struct atcp_bbr *b,
				     const struct atcp_cong_sample *s, u32 bw)
{
	/* What was too much the last time is not held for a round trip again. */
	if (b->too_high && s->left >= b->inflight_hi) {
		b->careful = 1;
		return true;
	}
	if (s->cwnd_limited && c->cwnd >= b->inflight_hi) {
		atcp_bbr_reset_full(b, bw);
		return false;
	}
	return b->full_now;
}

static void atcp_bbr_update_phase(const struct atcp_cong *c, struct atcp_bbr *b,
				  const struct atcp_cong_sample *s, u32 bw)
{
	u32 now_ms = atcp_bbr_ms(s->now_us);

	if (!b->full || atcp_bbr_adapt_upper(c, b, s))
		return;
	switch (b->state) {
	case ATCP_BBR_DOWN:
		if (atcp_bbr_time_to_probe(c, b, now_ms))
			atcp_bbr_start_refill(b);
		else if (atcp_bbr_time_to_cruise(c, b, s))
			b->state = ATCP_BBR_CRUISE;
		break;
	case ATCP_BBR_CRUISE:
		if (atcp_bbr_time_to_probe(c, b, now_ms))
			atcp_bbr_start_refill(b);
		break;
	case ATCP_BBR_REFILL:
		if (b->round_start) {
			b->probe_sample = 1;
			atcp_bbr_start_up(c, b, bw);
		}
		break;
	case ATCP_BBR_UP:
		if (atcp_bbr_time_to_go_down(c, b, s, bw)) {
			b->too_high = 0;
			atcp_bbr_start_down(b, now_ms);
		}
		break;
	}
}

/* --- the round trip ------------------------------------------------------------------------- */

static void atcp_bbr_end_probe_rtt(struct atcp_cong *c, struct atcp_bbr *b, u32 now_ms)
{
	if (!b->probe_rtt_timed || (s32)(now_ms - b->probe_done_ms) <= 0)
		return;
	b->probe_min_ms = now_ms;
	atcp_bbr_restore_cwnd(c, b);
	atcp_bbr_reset_short(b);
	if (b->full) {
		/* Nothing is to be drained. */
		atcp_bbr_start_down(b, now_ms);
		b->state = ATCP_BBR_CRUISE;
	} else {
		b->state = ATCP_BBR_STARTUP;
	}
}

static void atcp_bbr_check_probe_rtt(struct atcp_cong *c, struct atcp_bbr *b,
				     const struct atcp_cong_sample *s)
{
	u32 now_ms = atcp_bbr_ms(s->now_us);

	if (b->state != ATCP_BBR_PROBE_RTT && b->probe_rtt_due && !b->idle_restart) {
		atcp_bbr_save_cwnd(c, b);
		b->state = ATCP_BBR_PROBE_RTT;
		b->probe_rtt_timed = 0;
		b->acks = ATCP_BBR_ACKS_STOPPING;
		atcp_bbr_start_round(b);
	}
	if (b->state == ATCP_BBR_PROBE_RTT) {
		/* These rates say nothing of the path. */
		c->app_limited = true;
		if (!b->probe_rtt_timed && s->left <= atcp_bbr_probe_rtt_cwnd(c, b)) {
			b->probe_done_ms = now_ms + ATCP_BBR_PROBE_LAST_MS;
			b->probe_rtt_timed = 1;
			b->probe_rtt_round = 0;
			atcp_bbr_start_round(b);
		} else if (b->probe_rtt_timed) {
			if (b->round_start)
				b->probe_rtt_round = 1;
			if (b->probe_rtt_round)
				atcp_bbr_end_probe_rtt(c, b, now_ms);
		}
	}
	if (s->acked)
		b->idle_restart = 0;
}

/* --- what follows from it ------------------------------------------------------------------- */

static void atcp_bbr_init_pacing(struct atcp_cong *c, u32 srtt_us, u32 mss)
{
	u64 rate = (u64)c->iw * mss * USEC_PER_SEC * atcp_bbr_gains[ATCP_BBR_STARTUP].pacing >> 8;

	c->pacing_rate = div_u64(rate, srtt_us ?: USEC_PER_MSEC);
}

static void atcp_bbr_set_pacing(struct atcp_cong *c, const struct atcp_bbr *b, u32 mss, u16 gain)
{
	/* Segments a microsecond to bytes a second, in steps that 64 bits hold. */
	u64 rate = ((u64)b->bw * mss * gain >> 16) * (USEC_PER_SEC / 100 * ATCP_BBR_MARGIN_PERCENT);

	rate >>= ATCP_BBR_BW_SHIFT - 8;
	if (rate && (b->full || rate > c->pacing_rate))
		c->pacing_rate = rate;
}

static void atcp_bbr_set_cwnd(struct atcp_cong *c, const struct atcp_bbr *b,
			      const struct atcp_cong_sample *s)
{
	u32 most, cap = ATCP_BBR_INF;

	most = atcp_bbr_bdp(c, b, b->bw, atcp_bbr_gains[b->state].cwnd) +
	       max(b->extra[0], b->extra[1]);
	most = atcp_bbr_budget(c, b, most, s->mss);
	if (b->full)
		c->cwnd = min(c->cwnd + s->acked, most);
	else if (c->cwnd < most || s->delivered < c->iw)
		c->cwnd += s->acked;
	c->cwnd = max(c->cwnd, ATCP_BBR_MIN_PIPE);
	if (b->state == ATCP_BBR_PROBE_RTT)
		c->cwnd = min(c->cwnd, atcp_bbr_probe_rtt_cwnd(c, b));

	if (b->state == ATCP_BBR_CRUISE || b->state == ATCP_BBR_PROBE_RTT)
		cap = atcp_bbr_with_headroom(b);
	else if (atcp_bbr_probes_bw(b))
		cap = b->inflight_hi;
	cap = max(min(cap, b->inflight_lo), ATCP_BBR_MIN_PIPE);
	c->cwnd = min(c->cwnd, cap);
}

static void atcp_bbr_control(struct atcp_cong *c, const struct atcp_cong_sample *s)
{
	struct atcp_bbr *b = atcp_bbr_of(c);
	u32 bw = s->dr.us ? (u32)min_t(u64, div_u64((u64)s->dr.segs << ATCP_BBR_BW_SHIFT, s->dr.us),
				       ATCP_BBR_INF >> 1) : 0;

	b->delivered = s->delivered;
	b->mss = s->mss;
	if (!b->seen_rtt && s->srtt_us) {
		b->seen_rtt = 1;
		atcp_bbr_init_pacing(c, s->srtt_us, s->mss);
	}
	if (s->lost)
		b->loss_events = min(b->loss_events + 1, 255);
	if (s->ce)
		atcp_bbr_marked(c, b, s);
	atcp_bbr_update_latest(b, s, bw);
	atcp_bbr_update_round(b, s);
	if (bw && (bw >= atcp_bbr_max_bw(b) || !s->dr.limited))
		b->bw_max[1] = max(b->bw_max[1], bw);
	if (b->loss_round_start)
		atcp_bbr_adapt_lower(c, b);
	atcp_bbr_update_extra(c, b, s);
	atcp_bbr_check_full(b, s, bw);
	atcp_bbr_check_startup(c, b, s);
	atcp_bbr_check_drain(c, b, s);
	atcp_bbr_update_phase(c, b, s, bw);
	atcp_bbr_update_min_rtt(b, s);
	atcp_bbr_check_probe_rtt(c, b, s);
	if (b->loss_round_start) {
		b->loss_in_round = 0;
		b->loss_events = 0;
		b->ce = 0;
		b->bw_latest = bw;
		b->inflight_latest = s->dr.segs;
	}
	b->bw = min(atcp_bbr_max_bw(b), b->bw_lo);
	atcp_bbr_set_pacing(c, b, s->mss, atcp_bbr_gains[b->state].pacing);
	atcp_bbr_set_cwnd(c, b, s);
}

static void atcp_bbr_begin(struct atcp_cong *c, const struct atcp_cong_path *path)
{
	struct atcp_bbr *b = atcp_bbr_of(c);
	u32 now_ms = atcp_bbr_ms(path->now_us);

	*b = (struct atcp_bbr) {
		.min_rtt_us = path->srtt_us ?: ATCP_BBR_INF, .min_rtt_ms = now_ms,
		.probe_min_us = path->srtt_us ?: ATCP_BBR_INF, .probe_min_ms = now_ms,
		.bw_lo = ATCP_BBR_INF, .inflight_lo = ATCP_BBR_INF, .inflight_hi = ATCP_BBR_INF,
		.up_per_inc = ATCP_BBR_INF, .extra_us = (u32)path->now_us,
		.delivered = path->delivered, .round_end = path->delivered,
		.loss_end = path->delivered, .undo_state = ATCP_BBR_DOWN,
		.mss = path->mss, .seen_rtt = !!path->srtt_us, .sack = path->sack,
	};
	/* Its window is its own: what a threshold was for is not looked at. */
	c->ssthresh = ATCP_CONG_SSTHRESH_INF;
	atcp_bbr_init_pacing(c, path->srtt_us, path->mss);
}

/* A reduction is due, and is not made: what losses mean is decided round trip by round trip. */
static u32 atcp_bbr_ssthresh(struct atcp_cong *c)
{
	atcp_bbr_save_cwnd(c, atcp_bbr_of(c));
	return c->ssthresh;
}

/* Nothing was lost: what was concluded from it is taken back. */
static u32 atcp_bbr_undo_cwnd(struct atcp_cong *c)
{
	struct atcp_bbr *b = atcp_bbr_of(c);

	b->loss_in_round = 0;
	atcp_bbr_reset_full(b, 0);
	b->bw_lo = max(b->bw_lo, b->undo_bw_lo);
	b->inflight_lo = max(b->inflight_lo, b->undo_inflight_lo);
	b->inflight_hi = max(b->inflight_hi, b->undo_inflight_hi);
	if (b->undo_state == ATCP_BBR_STARTUP && b->state != ATCP_BBR_STARTUP) {
		b->full = 0;
		if (b->state != ATCP_BBR_PROBE_RTT)
			b->state = ATCP_BBR_STARTUP;
	} else if (b->undo_state == ATCP_BBR_UP && b->state != ATCP_BBR_UP &&
		   b->state != ATCP_BBR_PROBE_RTT) {
		atcp_bbr_start_refill(b);
	}
	b->undo_state = ATCP_BBR_DOWN;
	return max(c->cwnd, b->prior_cwnd);
}

static void atcp_bbr_on_event(struct atcp_cong *c, enum atcp_cong_event ev, u64 now_us)
{
	struct atcp_bbr *b = atcp_bbr_of(c);

	switch (ev) {
	case ATCP_CONG_EV_LOSS:
		atcp_bbr_note_loss(c, b);
		break;
	case ATCP_CONG_EV_RECOVERY_EXIT:
		atcp_bbr_restore_cwnd(c, b);
		break;
	case ATCP_CONG_EV_TX_START:
		b->idle_restart = 1;
		b->extra_us = (u32)now_us;
		b->extra_acked = 0;
		if (atcp_bbr_probes_bw(b))
			atcp_bbr_set_pacing(c, b, b->mss, ATCP_BBR_GAIN(100));
		else if (b->state == ATCP_BBR_PROBE_RTT)
			atcp_bbr_end_probe_rtt(c, b, atcp_bbr_ms(now_us));
		break;
	default:
		break;
	}
}

static u32 atcp_bbr_min_tso(const struct atcp_cong *c)
{
	return c->pacing_rate < ATCP_BBR_SLOW ? 1 : 2;
}

static size_t atcp_bbr_info(const struct atcp_cong *c, u32 mss, int *attr, union tcp_cc_info *info)
{
	const struct atcp_bbr *b = atcp_bbr_of((struct atcp_cong *)c);
	u64 bw = ((u64)READ_ONCE(b->bw) * mss >> 8) * USEC_PER_SEC >> (ATCP_BBR_BW_SHIFT - 8);
	/* Without the lock, and perhaps of another algorithm just now. */
	u8 state = min_t(u8, READ_ONCE(b->state), ATCP_BBR_PROBE_RTT);

	*attr = INET_DIAG_BBRINFO;
	memset(&info->bbr, 0, sizeof(info->bbr));
	info->bbr.bbr_bw_lo = (u32)bw;
	info->bbr.bbr_bw_hi = (u32)(bw >> 32);
	info->bbr.bbr_min_rtt = READ_ONCE(b->min_rtt_us);
	info->bbr.bbr_pacing_gain = atcp_bbr_gains[state].pacing;
	info->bbr.bbr_cwnd_gain = atcp_bbr_gains[state].cwnd;
	return sizeof(info->bbr);
}

struct atcp_cong_ops atcp_bbr_ops = {
	.name		= "bbr",
	.begin		= atcp_bbr_begin,
	.ssthresh	= atcp_bbr_ssthresh,
	.control	= atcp_bbr_control,
	.on_lost	= atcp_bbr_on_lost,
	.undo_cwnd	= atcp_bbr_undo_cwnd,
	.on_event	= atcp_bbr_on_event,
	.min_tso	= atcp_bbr_min_tso,
	.info		= atcp_bbr_info,
	.sndbuf		= 3,
	.pacing		= true,
	.owner		= THIS_MODULE,
};
