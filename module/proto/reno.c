// SPDX-License-Identifier: GPL-2.0
/* Reno: slow start and congestion avoidance by RFC 5681, counted in segments. */
#include "proto/cong.h"

#include <linux/kernel.h>
#include <linux/module.h>

#include "compat/export.h"

static u32 atcp_reno_ssthresh(struct atcp_cong *c)
{
	return c->cwnd >> 1;
}

static void atcp_reno_on_ack(struct atcp_cong *c,
			     const struct atcp_cong_sample *s)
{
	u32 acked = s->acked;

	/* RFC 7661: a window that was not used has not proven itself. */
	if (!s->cwnd_limited)
		return;
	if (atcp_cong_in_slow_start(c)) {
		acked = atcp_cong_slow_start(c, acked);
		if (!acked)
			return;
	}
	atcp_cong_avoid(c, c->cwnd, acked);
}

static u32 atcp_reno_undo_cwnd(struct atcp_cong *c)
{
	return max(c->cwnd, c->prior_cwnd);
}

struct atcp_cong_ops atcp_cong_reno = {
	.name		= "reno",
	.ssthresh	= atcp_reno_ssthresh,
	.on_ack		= atcp_reno_on_ack,
	.undo_cwnd	= atcp_reno_undo_cwnd,
	.owner		= THIS_MODULE,
};
EXPORT_SYMBOL_ATCP_CONG(atcp_cong_reno);
