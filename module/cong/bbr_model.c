// SPDX-License-Identifier: GPL-2.0
/* BBR's model of a path: what is known of it, and what that says of how much may be sent. */
#include "cong/bbr_model.h"

#include "proto/seq.h"

const struct atcp_bbr_gain atcp_bbr_gains[] = {
	[ATCP_BBR_STARTUP]	= { ATCP_BBR_GAIN(277), ATCP_BBR_GAIN(200) },
	[ATCP_BBR_DRAIN]	= { ATCP_BBR_GAIN(50), ATCP_BBR_GAIN(200) },
	[ATCP_BBR_DOWN]		= { ATCP_BBR_GAIN(90), ATCP_BBR_GAIN(200) },
	[ATCP_BBR_CRUISE]	= { ATCP_BBR_GAIN(100), ATCP_BBR_GAIN(200) },
	[ATCP_BBR_REFILL]	= { ATCP_BBR_GAIN(100), ATCP_BBR_GAIN(200) },
	[ATCP_BBR_UP]		= { ATCP_BBR_GAIN(125), ATCP_BBR_GAIN(225) },
	[ATCP_BBR_PROBE_RTT]	= { ATCP_BBR_GAIN(100), ATCP_BBR_GAIN(50) },
};

/* --- how much ------------------------------------------------------------------------------- */

/* @gain times what is delivered in the shortest round trip at a rate. */
u32 atcp_bbr_bdp(const struct atcp_cong *c, const struct atcp_bbr *b, u32 bw, u16 gain)
{
	u64 bdp;

	if (b->min_rtt_us == ATCP_BBR_INF)
		return c->iw;
	bdp = (u64)bw * b->min_rtt_us >> 8;
	bdp = (bdp * gain + (1 << ATCP_BBR_BW_SHIFT) - 1) >> ATCP_BBR_BW_SHIFT;
	return (u32)min_t(u64, bdp, ATCP_BBR_INF >> 1);
}

/* What is sent as one in a millisecond, segments. */
static u32 atcp_bbr_quantum(const struct atcp_cong *c, u32 mss)
{
	u32 bytes = (u32)min_t(u64, div_u64(c->pacing_rate, MSEC_PER_SEC), ATCP_BBR_QUANTUM);

	return max(bytes / max(mss, 1U), 2U);
}

/* With room for what waits at both ends because it is sent and received in larger pieces. */
u32 atcp_bbr_budget(const struct atcp_cong *c, const struct atcp_bbr *b, u32 segs, u32 mss)
{
	segs = max3(segs, 3 * atcp_bbr_quantum(c, mss), ATCP_BBR_MIN_PIPE);
	return b->state == ATCP_BBR_UP ? segs + 2 : segs;
}

u32 atcp_bbr_inflight(const struct atcp_cong *c, const struct atcp_bbr *b, u32 bw, u32 mss)
{
	return atcp_bbr_budget(c, b, atcp_bbr_bdp(c, b, bw, ATCP_BBR_GAIN(100)), mss);
}

/* 15 % of what is safe is left to others. */
u32 atcp_bbr_with_headroom(const struct atcp_bbr *b)
{
	u32 room;

	if (b->inflight_hi == ATCP_BBR_INF)
		return ATCP_BBR_INF;
	room = max_t(u32, div_u64((u64)b->inflight_hi * 15, 100), 1);
	return max(b->inflight_hi - min(room, b->inflight_hi), ATCP_BBR_MIN_PIPE);
}

u32 atcp_bbr_target(const struct atcp_cong *c, const struct atcp_bbr *b)
{
	return min(atcp_bbr_bdp(c, b, b->bw, ATCP_BBR_GAIN(100)), c->cwnd);
}

u32 atcp_bbr_probe_rtt_cwnd(const struct atcp_cong *c, const struct atcp_bbr *b)
{
	return max(atcp_bbr_bdp(c, b, b->bw, ATCP_BBR_GAIN(50)), ATCP_BBR_MIN_PIPE);
}

void atcp_bbr_save_cwnd(const struct atcp_cong *c, struct atcp_bbr *b)
{
	if (!c->in_recovery && !c->in_loss && b->state != ATCP_BBR_PROBE_RTT)
		b->prior_cwnd = c->cwnd;
	else
		b->prior_cwnd = max(b->prior_cwnd, c->cwnd);
}

void atcp_bbr_restore_cwnd(struct atcp_cong *c, const struct atcp_bbr *b)
{
	c->cwnd = min(max(c->cwnd, b->prior_cwnd), c->cwnd_clamp);
}

/* --- losses --------------------------------------------------------------------------------- */

void atcp_bbr_note_loss(const struct atcp_cong *c, struct atcp_bbr *b)
{
	if (!b->loss_in_round) {
		b->loss_end = b->delivered;
		atcp_bbr_save_cwnd(c, b);
		b->undo_state = ATCP_BBR_DOWN;
		b->undo_bw_lo = b->bw_lo;
		b->undo_inflight_lo = b->inflight_lo;
		b->undo_inflight_hi = b->inflight_hi;
	}
	b->loss_in_round = 1;
}

/* More than 2 % of what was in flight was lost or marked. */
bool atcp_bbr_is_too_high(const struct atcp_bbr *b, u32 lost, u32 flight)
{
	return (u64)(lost + b->ce) * 100 > (u64)flight * ATCP_BBR_LOSS_PERCENT ||
	       (lost && !b->sack);
}

/*
 * At what number of segments in flight did losses become too many? What was lost may be several
 * segments sent as one, of which only some were.
 */
u32 atcp_bbr_flight_at_loss(const struct atcp_cong_lost *l)
{
	u32 flight = l->flight - min(l->flight, l->segs), lost = l->lost - min(l->lost, l->segs);
	s64 prefix = (s64)flight * ATCP_BBR_LOSS_PERCENT - (s64)lost * 100;

	return flight + (prefix > 0 ? (u32)div_u64(prefix, 100 - ATCP_BBR_LOSS_PERCENT) : 0);
}

/* --- ACK by ACK ------------------------------------------------------------------------------ */

void atcp_bbr_update_latest(struct atcp_bbr *b, const struct atcp_cong_sample *s, u32 bw)
{
	b->loss_round_start = 0;
	if (!s->acked)
		return;
	b->bw_latest = max(b->bw_latest, bw);
	b->inflight_latest = max(b->inflight_latest, s->dr.segs);
	if (!atcp_seq_before(s->dr.prior, b->loss_end)) {
		b->loss_end = s->delivered;
		b->loss_round_start = 1;
	}
}

void atcp_bbr_update_round(struct atcp_bbr *b, const struct atcp_cong_sample *s)
{
	b->round_start = s->acked && !atcp_seq_before(s->dr.prior, b->round_end);
	if (!b->round_start)
		return;
	atcp_bbr_start_round(b);
	b->rounds_since_up = min(b->rounds_since_up + 1, 255);
	b->extra_rounds = min(b->extra_rounds + 1, 255);
	b->drain_rounds = min(b->drain_rounds + 1, 255);
}

/* Losses while nothing is probed: down to what was delivered, but by not more than 30 %. */
void atcp_bbr_adapt_lower(const struct atcp_cong *c, struct atcp_bbr *b)
{
	if (!b->loss_in_round || b->state == ATCP_BBR_STARTUP || b->state == ATCP_BBR_REFILL ||
	    b->state == ATCP_BBR_UP)
		return;
	if (b->bw_lo == ATCP_BBR_INF)
		b->bw_lo = atcp_bbr_max_bw(b);
	if (b->inflight_lo == ATCP_BBR_INF)
		b->inflight_lo = c->cwnd;
	b->bw_lo = max(b->bw_latest, atcp_bbr_beta(b->bw_lo));
	b->inflight_lo = max(b->inflight_latest, atcp_bbr_beta(b->inflight_lo));
}

/* How much more is acknowledged at once than the rate expects, for ACKs that come in bunches. */
void atcp_bbr_update_extra(const struct atcp_cong *c, struct atcp_bbr *b,
			   const struct atcp_cong_sample *s)
{
	u32 now_us = (u32)s->now_us, extra;
	u64 due;

	if (!s->acked)
		return;
	if (b->extra_rounds >= (b->full ? ATCP_BBR_EXTRA_ROUNDS : 1)) {
		b->extra[0] = b->full ? b->extra[1] : 0;
		b->extra[1] = 0;
		b->extra_rounds = 0;
	}
	due = (u64)b->bw * (now_us - b->extra_us) >> ATCP_BBR_BW_SHIFT;
	if (b->extra_acked <= due) {
		b->extra_acked = 0;
		b->extra_us = now_us;
		due = 0;
	}
	b->extra_acked += s->acked;
	extra = min((u32)(b->extra_acked - due), c->cwnd);
	b->extra[1] = max(b->extra[1], extra);
}

void atcp_bbr_update_min_rtt(struct atcp_bbr *b, const struct atcp_cong_sample *s)
{
	u32 now_ms = atcp_bbr_ms(s->now_us);

	b->probe_rtt_due = now_ms - b->probe_min_ms > ATCP_BBR_PROBE_RTT_MS;
	if (s->rtt_us && (s->rtt_us < b->probe_min_us || b->probe_rtt_due)) {
		b->probe_min_us = s->rtt_us;
		b->probe_min_ms = now_ms;
	}
	if (b->probe_min_us < b->min_rtt_us || now_ms - b->min_rtt_ms > ATCP_BBR_MIN_RTT_MS) {
		b->min_rtt_us = b->probe_min_us;
		b->min_rtt_ms = b->probe_min_ms;
	}
}
