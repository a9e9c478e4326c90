/* SPDX-License-Identifier: GPL-2.0 */
/* How many SYNs of a source prefix the flood guard answers in a second. */
#ifndef _ATCP_GUARD_RATE_H
#define _ATCP_GUARD_RATE_H

#include <linux/types.h>

#include "state/listen/listener.h"

struct atcp_tuple;

/* Memory for a namespace's buckets, once; 0 or -ENOMEM. Under RTNL, before the first use. */
int atcp_guard_rate_alloc(struct atcp_net *an);
void atcp_guard_rate_free(struct atcp_net *an);

/* Takes a token of a SYN's source prefix: @rate of them a second. False: there is none. */
bool atcp_guard_rate_take(const struct atcp_listener *l, const struct atcp_tuple *t, u32 rate);

/* May a SYN to @l be answered? Softirq. */
static inline bool atcp_guard_rate_allow(const struct atcp_listener *l, const struct atcp_tuple *t)
{
	u32 rate = READ_ONCE(l->an->sysctl.guard_rate);

	return !rate || atcp_guard_rate_take(l, t, rate);
}

#endif /* _ATCP_GUARD_RATE_H */
