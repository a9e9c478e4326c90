/* SPDX-License-Identifier: GPL-2.0 */
/* What the rules of atcpctl advise look at, and how they speak. */
#ifndef ATCP_ADVICE_H
#define ATCP_ADVICE_H

#include <stdbool.h>

#include <json-c/json.h>

#include "ltab.h"

/* Trouble of the last so many seconds goes on: what was counted before the interval counts too. */
#define ATCP_ADVICE_RECENT_S	10

/**
 * enum atcp_advice_basis - what counters are judged
 * @ATCP_ADVICE_NOW: what was counted in the interval
 * @ATCP_ADVICE_RECENT: all that was counted, of what happened in the last seconds
 * @ATCP_ADVICE_ALL: all that was counted since listen(2) or since it began anew
 */
enum atcp_advice_basis {
	ATCP_ADVICE_NOW,
	ATCP_ADVICE_RECENT,
	ATCP_ADVICE_ALL,
};

/**
 * struct atcp_advice_figures - what was counted of one listener, or of the namespace
 * @stats: counters
 * @count: number of @stats
 * @waits: how long connections waited for accept(2)
 * @buckets: number of @waits
 */
struct atcp_advice_figures {
	struct atcp_ltab_stat *stats;
	size_t count;
	struct atcp_ltab_bucket *waits;
	size_t buckets;
};

/**
 * struct atcp_advice - one listener's figures, and what is said of it
 * @tab: all listeners
 * @l: the listener, NULL for the namespace
 * @basis: what @now is
 * @seconds: length of the interval
 * @now: its figures by @basis
 * @all: those of every listener in the order of @tab, and of the namespace after them
 * @last: how long ago trouble was, s, by counter
 * @lasts: number of @last
 * @ago: the same of the advice that is being given; -1: not known
 * @tries: commands to try, of the advice that is being given
 * @because: figures that it was judged by
 * @said: advice so far
 * @from: where that of this listener begins in @said
 */
struct atcp_advice {
	const struct atcp_ltab *tab;
	const struct atcp_ltab_listener *l;
	enum atcp_advice_basis basis;
	double seconds;
	const struct atcp_advice_figures *now;
	const struct atcp_advice_figures *all;
	struct atcp_ltab_stat *last;
	size_t lasts;
	long long ago;
	struct json_object *tries;
	struct json_object *because;
	struct json_object *said;
	size_t from;
};

/* The rules: of what a listener is, of what it counted, of its group, of the namespace. */
void atcp_advice_state(struct atcp_advice *a);
void atcp_advice_counted(struct atcp_advice *a);
void atcp_advice_group(struct atcp_advice *a);
void atcp_advice_netns_state(struct atcp_advice *a);
void atcp_advice_netns_counted(struct atcp_advice *a);

/* What rules are made of. */
unsigned long long atcp_advice_stat(const struct atcp_advice *a, const char *name);
unsigned long long atcp_advice_stat_of(const struct atcp_advice_figures *f, const char *name);
long long atcp_advice_number(const struct atcp_advice *a, const char *file);
bool atcp_advice_is(const struct atcp_advice *a, const char *knob, const char *value);
unsigned long long atcp_advice_percent(unsigned long long part, unsigned long long whole);
unsigned long long atcp_advice_taken(const struct atcp_advice_figures *f);
bool atcp_advice_when(struct atcp_advice *a, const char *const *names);
bool atcp_advice_over(const struct atcp_advice *a);
bool atcp_advice_has(const struct atcp_advice *a, const char *name);
void atcp_advice_figure(struct atcp_advice *a, const char *name, long long value);
void atcp_advice_try(struct atcp_advice *a, const char *fmt, ...) __printf(2, 3);
bool atcp_advice_try_devices(struct atcp_advice *a);
void atcp_advice_say(struct atcp_advice *a, const char *name, const char *fmt,
		     ...) __printf(3, 4);

#endif /* ATCP_ADVICE_H */
