/* SPDX-License-Identifier: GPL-2.0 */
/* Which listeners have a series in common: those whose chosen labels are the same. */
#ifndef ATCP_METRICS_GROUP_H
#define ATCP_METRICS_GROUP_H

#include <stdbool.h>
#include <stddef.h>

struct atcp_ltab;

/**
 * struct atcp_metrics_groups - the listeners by their labels
 * @count: how many groups there are
 * @labels: of each: "{name="value",...", without the last brace
 * @of: the group of each listener, in the order of the table
 */
struct atcp_metrics_groups {
	size_t count;
	char **labels;
	size_t *of;
};

int atcp_metrics_group_choose(const char *list);
bool atcp_metrics_group_single(void);
void atcp_metrics_group_make(struct atcp_metrics_groups *groups, const struct atcp_ltab *tab);
void atcp_metrics_group_free(struct atcp_metrics_groups *groups);

#endif /* ATCP_METRICS_GROUP_H */
