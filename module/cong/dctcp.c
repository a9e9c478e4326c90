// SPDX-License-Identifier: GPL-2.0
/*
 * DCTCP: Data Center TCP (RFC 8257).
 *
 * Routers mark early, at a short queue. Of each window it is known which part of it arrived
 * marked: the sender keeps a moving average of that, alpha, and reduces its window by half of
 * it, so that the queue stays short and the link busy. The receiver echoes each mark by itself
 * (proto/ecn.c), or counts them by accurate ECN.
 *
 * A loss halves the window, as ever. Without ECN it is Reno, by a name that says so.
 */
#include "cong/dctcp.h"

#include <linux/build_bug.h>
#include <linux/inet_diag.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/module.h>

#include "proto/seq.h"

unsigned int atcp_dctcp_shift_g = 4;		/* RFC 8257 section 4.1 */
unsigned int atcp_dctcp_alpha_on_init = ATCP_DCTCP_ALPHA_MAX;

#define ATCP_DCTCP_ALPHA_BITS	10

/**
 * struct atcp_dctcp - state of a connection
 * @alpha: average part of segments that arrived marked, of ATCP_DCTCP_ALPHA_MAX
 * @end_seq: where the window ends over which it is counted (DCTCP.WindowEnd)
 * @delivered: segments that arrived in it
 * @ce: of these, marked ones
 * @loss_cwnd: cwnd before the last reduction
 * @rcv_ce: the last data that came was marked
 */
struct atcp_dctcp {
	u32 alpha;
	u32 end_seq;
	u32 delivered;
	u32 ce;
	u32 loss_cwnd;
	bool rcv_ce;
};

static struct atcp_dctcp *atcp_dctcp_of(struct atcp_cong *c)
{
	BUILD_BUG_ON(sizeof(struct atcp_dctcp) > sizeof(c->priv));
	return (struct atcp_dctcp *)c->priv;
}

static void atcp_dctcp_begin(struct atcp_cong *c, const struct atcp_cong_path *path)
{
	struct atcp_dctcp *d = atcp_dctcp_of(c);

	d->alpha = min(READ_ONCE(atcp_dctcp_alpha_on_init), ATCP_DCTCP_ALPHA_MAX);
}

/* RFC 8257 section 3.3: alpha = alpha * (1 - g) + g * (marked part), once a window. */
static u32 atcp_dctcp_alpha(const struct atcp_dctcp *d)
{
	u32 shift = min_t(u32, READ_ONCE(atcp_dctcp_shift_g), ATCP_DCTCP_ALPHA_BITS);
	u32 alpha = d->alpha;

	/* What is left of rounding goes too. */
	alpha -= min_not_zero(alpha, alpha >> shift);
	if (d->ce)
		alpha += (u32)div_u64((u64)d->ce << (ATCP_DCTCP_ALPHA_BITS - shift),
				      max(d->delivered, 1U));
	return min(alpha, ATCP_DCTCP_ALPHA_MAX);
}

static void atcp_dctcp_on_news(struct atcp_cong *c, const struct atcp_cong_sample *s)
{
	struct atcp_dctcp *d = atcp_dctcp_of(c);

	d->delivered += s->acked;
	d->ce += min(s->ce, s->acked);
	if (d->end_seq && atcp_seq_before(s->snd_una, d->end_seq))
		return;
	if (d->end_seq)
		WRITE_ONCE(d->alpha, atcp_dctcp_alpha(d));
	d->end_seq = s->snd_nxt ?: 1;
	d->delivered = 0;
	d->ce = 0;
}

/* cwnd * (1 - alpha / 2) */
static u32 atcp_dctcp_ssthresh(struct atcp_cong *c)
{
	struct atcp_dctcp *d = atcp_dctcp_of(c);

	d->loss_cwnd = c->cwnd;
	return c->cwnd - (u32)((u64)c->cwnd * d->alpha >> (ATCP_DCTCP_ALPHA_BITS + 1));
}

/* Section 3.5: a loss is one. */
static void atcp_dctcp_lost(struct atcp_cong *c, u32 cwnd)
{
	atcp_dctcp_of(c)->loss_cwnd = cwnd;
	c->ssthresh = max(cwnd >> 1, 2U);
}

static void atcp_dctcp_on_event(struct atcp_cong *c, enum atcp_cong_event ev, u64 now_us)
{
	switch (ev) {
	case ATCP_CONG_EV_RECOVERY:
		atcp_dctcp_lost(c, c->cwnd);
		break;
	case ATCP_CONG_EV_LOSS:
		/* cwnd is 1 by now. Of a flight that was reduced for it is not again. */
		if (c->prior_ssthresh)
			atcp_dctcp_lost(c, c->prior_cwnd);
		break;
	case ATCP_CONG_EV_CE:
	case ATCP_CONG_EV_NO_CE:
		atcp_dctcp_of(c)->rcv_ce = ev == ATCP_CONG_EV_CE;
		break;
	default:
		break;
	}
}

static void atcp_dctcp_on_ack(struct atcp_cong *c, const struct atcp_cong_sample *s)
{
	atcp_cong_reno.on_ack(c, s);
}

static u32 atcp_dctcp_undo_cwnd(struct atcp_cong *c)
{
	return max(c->cwnd, atcp_dctcp_of(c)->loss_cwnd);
}

static size_t atcp_dctcp_info(const struct atcp_cong *c, u32 mss, int *attr,
			      union tcp_cc_info *info)
{
	const struct atcp_dctcp *d = atcp_dctcp_of((struct atcp_cong *)c);

	*attr = INET_DIAG_DCTCPINFO;
	memset(&info->dctcp, 0, sizeof(info->dctcp));
	if (c->ops != &atcp_dctcp_reno_ops) {
		info->dctcp.dctcp_enabled = 1;
		info->dctcp.dctcp_ce_state = d->rcv_ce;
		info->dctcp.dctcp_alpha = READ_ONCE(d->alpha);
		info->dctcp.dctcp_ab_ecn = mss * READ_ONCE(d->ce);
		info->dctcp.dctcp_ab_tot = mss * READ_ONCE(d->delivered);
	}
	return sizeof(info->dctcp);
}

static u32 atcp_dctcp_reno_ssthresh(struct atcp_cong *c)
{
	return atcp_cong_reno.ssthresh(c);
}

static u32 atcp_dctcp_reno_undo_cwnd(struct atcp_cong *c)
{
	return atcp_cong_reno.undo_cwnd(c);
}

struct atcp_cong_ops atcp_dctcp_ops = {
	.name		= "dctcp",
	.begin		= atcp_dctcp_begin,
	.ssthresh	= atcp_dctcp_ssthresh,
	.on_news	= atcp_dctcp_on_news,
	.on_ack		= atcp_dctcp_on_ack,
	.on_event	= atcp_dctcp_on_event,
	.undo_cwnd	= atcp_dctcp_undo_cwnd,
	.info		= atcp_dctcp_info,
	.without_ecn	= &atcp_dctcp_reno_ops,
	.needs_ecn	= true,
	.restricted	= true,
	.owner		= THIS_MODULE,
};

/* Never registered: nobody can ask for it. */
const struct atcp_cong_ops atcp_dctcp_reno_ops = {
	.name		= "dctcp-reno",
	.ssthresh	= atcp_dctcp_reno_ssthresh,
	.on_ack		= atcp_dctcp_on_ack,
	.undo_cwnd	= atcp_dctcp_reno_undo_cwnd,
	.info		= atcp_dctcp_info,
	.stands_for	= &atcp_dctcp_ops,
	.owner		= THIS_MODULE,
};
