/* SPDX-License-Identifier: GPL-2.0 */
/* What the rules of atcpctl advise look at, and how they speak. */
#ifndef ATCP_ADVICE_H
#define ATCP_ADVICE_H

#include <json-c/json.h>

#include "ltab.h"

/**
 * struct atcp_advice - one listener's figures, and what is said of it
 * @tab: all listeners
 * @l: the listener, NULL for the namespace
 * @stats: its counters, in the interval if there is one
 * @count: number of @stats
 * @tries: commands to try, of the advice that is being given
 * @figures: what it was judged by
 * @all: advice so far
 */
struct atcp_advice {
	const struct atcp_ltab *tab;
	const struct atcp_ltab_listener *l;
	struct atcp_ltab_stat *stats;
	size_t count;
	struct json_object *tries;
	struct json_object *figures;
	struct json_object *all;
};

void atcp_advice_listener(struct atcp_advice *a);
void atcp_advice_group(struct atcp_advice *a, size_t first);
void atcp_advice_netns(struct atcp_advice *a);

unsigned long long atcp_advice_stat(const struct atcp_advice *a, const char *name);
void atcp_advice_figure(struct atcp_advice *a, const char *name, long long value);
void atcp_advice_try(struct atcp_advice *a, const char *fmt, ...) __printf(2, 3);
void atcp_advice_say(struct atcp_advice *a, const char *name, const char *fmt,
		     ...) __printf(3, 4);

#endif /* ATCP_ADVICE_H */
