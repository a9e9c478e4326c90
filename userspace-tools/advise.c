// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl advise: what is wrong, by what figures, and which command mends it. The rules
 * are in advice.c and advice_netns.c; here they get their figures and are given a voice.
 *
 * Judged is first what a listener is and what it counts in an interval of the tool's own,
 * then what it counted before, if that was a few seconds ago: a burst does not wait for
 * who looks. With --all it is everything, and what is over is said so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "advice.h"
#include "atcpctl.h"
#include "file.h"
#include "knob.h"
#include "proc.h"
#include "select.h"
#include "table.h"

/* Seconds between two readings without -i. */
#define ATCP_ADVISE_INTERVAL	1.0

/* Seconds between two readings, 0: as by default. */
static double atcp_advise_interval;
/* Judge by all since listen(2). */
static bool atcp_advise_all;

static const char *atcp_advise_string(struct json_object *obj, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(obj, name, &value) ?
	       json_object_get_string(value) : NULL;
}

/* Breaks a text at blanks so that it fits a terminal. */
static void atcp_advise_wrap(const char *text)
{
	size_t width = 0, len;

	while (*text) {
		len = strcspn(text, " ");
		if (width && width + 1 + len > 74) {
			putchar('\n');
			width = 0;
		}
		width += printf("%s%.*s", width ? " " : "    ", (int)len, text);
		text += len + (text[len] == ' ');
	}
	putchar('\n');
}

/* A time that has gone by, in a unit that suits it. */
static char *atcp_advise_ago(long long seconds)
{
	if (seconds < 120)
		return atcp_file_format("%lld s", seconds);
	if (seconds < 120 * 60)
		return atcp_file_format("%lld min", seconds / 60);
	if (seconds < 48 * 3600)
		return atcp_file_format("%lld h", seconds / 3600);
	return atcp_file_format("%lld days", seconds / 86400);
}

/* When it was, if that is not now. */
static void atcp_advise_print_when(struct json_object *obj)
{
	struct json_object *over, *last;
	bool known = json_object_object_get_ex(obj, "last_s", &last);
	char *ago;

	json_object_object_get_ex(obj, "over", &over);
	if (!json_object_get_boolean(over)) {
		putchar('\n');
		return;
	}
	if (known) {
		ago = atcp_advise_ago(json_object_get_int64(last));
		printf(" (over: last %s ago)\n", ago);
		free(ago);
	} else {
		puts(" (since listen(2))");
	}
}

static void atcp_advise_print(struct json_object *obj)
{
	const char *listener = atcp_advise_string(obj, "listener");
	struct json_object *figures, *tries;
	size_t i;

	printf("%s%s%s%s %s%s%s", atcp_table_paint(ATCP_COLOR_HEAD),
	       listener ? listener : "network namespace",
	       listener ? " id " : "",
	       listener ? atcp_advise_string(obj, "id") : "",
	       atcp_table_paint(ATCP_COLOR_ALARM),
	       atcp_advise_string(obj, "advice"),
	       atcp_table_paint(ATCP_COLOR_NONE));
	atcp_advise_print_when(obj);
	atcp_advise_wrap(atcp_advise_string(obj, "text"));
	json_object_object_get_ex(obj, "figures", &figures);
	if (json_object_object_length(figures))
		printf("    by:");
	json_object_object_foreach(figures, name, value)
		printf(" %s=%s", name, json_object_get_string(value));
	if (json_object_object_length(figures))
		putchar('\n');
	json_object_object_get_ex(obj, "try", &tries);
	for (i = 0; i < json_object_array_length(tries); i++)
		printf("    try: %s%s%s\n", atcp_table_paint(ATCP_COLOR_CALM),
		       json_object_get_string(json_object_array_get_idx(tries, i)),
		       atcp_table_paint(ATCP_COLOR_NONE));
}

/* Pairs of lines as in /proc/net/netstat: names, then values, as one list. */
static size_t atcp_advise_netstat(struct atcp_ltab_stat **stats)
{
	char *text = atcp_proc_read("net/atcp/netstat"), *names, *values;
	char *lines = NULL, *name, *value, *in_names = NULL, *in_values = NULL;
	size_t count = 0;

	*stats = NULL;
	names = text ? strtok_r(text, "\n", &lines) : NULL;
	while (names && (values = strtok_r(NULL, "\n", &lines)) != NULL) {
		strtok_r(names, " ", &in_names);
		strtok_r(values, " ", &in_values);
		while ((name = strtok_r(NULL, " ", &in_names)) &&
		       (value = strtok_r(NULL, " ", &in_values)))
			atcp_ltab_stat_add(stats, &count, name, value);
		names = strtok_r(NULL, "\n", &lines);
	}
	free(text);
	return count;
}

/* When the namespace had trouble last: a name and seconds a line. */
static size_t atcp_advise_trouble(struct atcp_ltab_stat **stats)
{
	return atcp_ltab_parse(atcp_proc_read("net/atcp/trouble"), stats);
}

/**
 * struct atcp_advise_reading - all counters at one moment
 * @tab: the listeners
 * @all: the counters of each, and after them the namespace's
 */
struct atcp_advise_reading {
	struct atcp_ltab *tab;
	struct atcp_advice_figures *all;
};

static int atcp_advise_read(struct atcp_advise_reading *r)
{
	size_t i;

	r->tab = atcp_ltab_new();
	if (!r->tab)
		return -1;
	r->all = atcp_file_must(calloc(r->tab->count + 1, sizeof(*r->all)));
	for (i = 0; i < r->tab->count; i++) {
		r->all[i].count = atcp_ltab_stats(r->tab, &r->tab->all[i], &r->all[i].stats);
		r->all[i].buckets = atcp_ltab_histogram(r->tab, &r->tab->all[i], "accept_wait_us",
							&r->all[i].waits);
	}
	r->all[i].count = atcp_advise_netstat(&r->all[i].stats);
	return 0;
}

static void atcp_advise_free(struct atcp_advice_figures *all, size_t count)
{
	size_t i;

	for (i = 0; all && i <= count; i++) {
		atcp_ltab_stats_free(all[i].stats, all[i].count);
		free(all[i].waits);
	}
	free(all);
}

static void atcp_advise_forget(struct atcp_advise_reading *r)
{
	if (r->tab)
		atcp_advise_free(r->all, r->tab->count);
	atcp_ltab_free(r->tab);
}

/* What was added; a counter that went back has begun anew. */
static void atcp_advise_less(unsigned long long *now, unsigned long long before)
{
	if (*now >= before)
		*now -= before;
}

static void atcp_advise_since(struct atcp_advice_figures *now,
			      const struct atcp_advice_figures *before)
{
	size_t i, n;

	for (i = 0; i < now->count; i++) {
		/* In the same place, unless drops of a new kind came between. */
		n = i;
		if (n >= before->count || strcmp(now->stats[i].name, before->stats[n].name))
			for (n = 0; n < before->count; n++)
				if (!strcmp(now->stats[i].name, before->stats[n].name))
					break;
		if (n < before->count)
			atcp_advise_less(&now->stats[i].value, before->stats[n].value);
	}
	for (i = 0; i < now->buckets && i < before->buckets; i++)
		atcp_advise_less(&now->waits[i].count, before->waits[i].count);
}

/* A copy of what was counted by the second reading, less the first. */
static struct atcp_advice_figures *
atcp_advise_between(const struct atcp_advise_reading *now,
		    const struct atcp_advise_reading *before)
{
	size_t i, n, count = now->tab->count;
	struct atcp_advice_figures *all = atcp_file_must(calloc(count + 1, sizeof(*all)));

	for (i = 0; i <= count; i++) {
		const struct atcp_advice_figures *f = &now->all[i];

		for (n = 0; n < f->count; n++) {
			atcp_ltab_stat_add(&all[i].stats, &all[i].count, f->stats[n].name, "0");
			all[i].stats[n].value = f->stats[n].value;
		}
		all[i].buckets = f->buckets;
		if (f->buckets) {
			all[i].waits = atcp_file_must(calloc(f->buckets, sizeof(*f->waits)));
			memcpy(all[i].waits, f->waits, f->buckets * sizeof(*f->waits));
		}
	}
	/* Both are in the order of their numbers. */
	for (i = 0, n = 0; i < count; i++) {
		while (n < before->tab->count && before->tab->all[n].id < now->tab->all[i].id)
			n++;
		if (n < before->tab->count &&
		    before->tab->all[n].inode == now->tab->all[i].inode)
			atcp_advise_since(&all[i], &before->all[n]);
	}
	atcp_advise_since(&all[count], &before->all[before->tab->count]);
	return all;
}

static void atcp_advise_sleep(double seconds)
{
	struct timespec wait = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (time_t)seconds) * 1e9,
	};

	while (nanosleep(&wait, &wait) && errno == EINTR)
		;
}

/* One listener, or the namespace: by the interval, by what was before it, or by all. */
static void atcp_advise_one(struct atcp_advice *a, size_t i,
			    const struct atcp_advice_figures *total)
{
	a->from = json_object_array_length(a->said);
	a->now = &a->all[i];
	if (a->l) {
		a->lasts = atcp_ltab_pairs(a->tab, a->l, "last_s", &a->last);
		atcp_advice_state(a);
		atcp_advice_counted(a);
		atcp_advice_group(a);
	} else {
		a->lasts = atcp_advise_trouble(&a->last);
		atcp_advice_netns_state(a);
		atcp_advice_netns_counted(a);
	}
	if (a->basis == ATCP_ADVICE_NOW && !atcp_advise_interval) {
		a->basis = ATCP_ADVICE_RECENT;
		a->now = total;
		if (a->l)
			atcp_advice_counted(a);
		else
			atcp_advice_netns_counted(a);
		a->basis = ATCP_ADVICE_NOW;
	}
	atcp_ltab_stats_free(a->last, a->lasts);
}

static void atcp_advise_judge(const struct atcp_advise_reading *r,
			      const struct atcp_advice_figures *between, double seconds,
			      char **selectors, struct json_object *said)
{
	struct atcp_advice a = {
		.tab = r->tab,
		.basis = between ? ATCP_ADVICE_NOW : ATCP_ADVICE_ALL,
		.seconds = seconds,
		.all = between ? between : r->all,
		.said = said,
	};
	size_t i;

	for (i = 0; i < r->tab->count; i++) {
		a.l = &r->tab->all[i];
		if (atcp_select_any(selectors, a.l))
			atcp_advise_one(&a, i, &r->all[i]);
	}
	a.l = NULL;
	if (!*selectors)
		atcp_advise_one(&a, i, &r->all[i]);
}

/**
 * atcp_advise_option() - an option of advise
 * @argc: words left
 * @argv: the option and what follows
 *
 * Return: words taken, 0 if it is none of advise's, -1 if it is used wrongly.
 */
int atcp_advise_option(int argc, char **argv)
{
	if (!strcmp(argv[0], "-a") || !strcmp(argv[0], "--all")) {
		atcp_advise_all = true;
		return 1;
	}
	if (strcmp(argv[0], "-i") && strcmp(argv[0], "--interval"))
		return 0;
	return atcp_main_interval(argc, argv, &atcp_advise_interval);
}

/* Two readings with the time between, or one; then what is to be said. */
static int atcp_advise_look(char **selectors, struct json_object *said, size_t *missing)
{
	double seconds = atcp_advise_interval ? atcp_advise_interval : ATCP_ADVISE_INTERVAL;
	struct atcp_advise_reading now = { 0 }, before = { 0 };
	struct atcp_advice_figures *between = NULL;
	int rc = -1;

	if (!atcp_advise_all) {
		if (atcp_advise_read(&before))
			goto out;
		atcp_advise_sleep(seconds);
	}
	if (atcp_advise_read(&now))
		goto out;
	if (!atcp_advise_all)
		between = atcp_advise_between(&now, &before);
	atcp_advise_judge(&now, between, seconds, selectors, said);
	*missing = atcp_select_missing(now.tab, selectors);
	if (between)
		atcp_advise_free(between, now.tab->count);
	rc = 0;
out:
	atcp_advise_forget(&before);
	atcp_advise_forget(&now);
	return rc;
}

/**
 * atcp_advise_nothing() - say that there is no trouble
 */
void atcp_advise_nothing(void)
{
	puts(atcp_advise_all ? "Nothing was wrong." : "Nothing is wrong.");
}

/**
 * atcp_advise_run() - the advise subcommand
 * @argc: number of words, unused
 * @argv: "advise" and selectors
 *
 * Return: ATCP_EXIT_OK if nothing is wrong, ATCP_EXIT_FAIL if there is advice or
 * the figures cannot be read.
 */
int atcp_advise_run(int argc, char **argv)
{
	struct json_object *said;
	size_t i, count, missing;

	(void)argc;
	if (atcp_select_check(argv + 1))
		return ATCP_EXIT_USAGE;
	if (atcp_advise_all && atcp_advise_interval) {
		atcp_main_warn("advise: either --all or an interval");
		return ATCP_EXIT_USAGE;
	}
	said = json_object_new_array();
	if (atcp_advise_look(argv + 1, said, &missing)) {
		json_object_put(said);
		return ATCP_EXIT_FAIL;
	}
	count = json_object_array_length(said);
	for (i = 0; i < count && !atcp_options.json; i++)
		atcp_advise_print(json_object_array_get_idx(said, i));
	if (!count && !missing && !atcp_options.json && !atcp_options.among)
		atcp_advise_nothing();
	if (atcp_options.json)
		atcp_knob_json_print(said);
	else
		json_object_put(said);
	if (!count && missing && atcp_options.among)
		return ATCP_EXIT_NONE;
	return count || missing ? ATCP_EXIT_FAIL : ATCP_EXIT_OK;
}
