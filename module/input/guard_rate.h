/* SPDX-License-Identifier: GPL-2.0 */
/* How many SYNs of a source prefix the flood guard answers in a second. */
#ifndef _ATCP_GUARD_RATE_H
#define _ATCP_GUARD_RATE_H

#include <linux/types.h>

struct atcp_listener;
struct atcp_net;
struct atcp_tuple;

/* Memory for a namespace's buckets, once; 0 or -ENOMEM. Under RTNL, before the first use. */
int atcp_guard_rate_alloc(struct atcp_net *an);
void atcp_guard_rate_free(struct atcp_net *an);

/* May a SYN to @l be answered? Takes a token of its source's prefix. Softirq. */
bool atcp_guard_rate_allow(const struct atcp_listener *l, const struct atcp_tuple *t);

#endif /* _ATCP_GUARD_RATE_H */
