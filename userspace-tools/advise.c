// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl advise: what is wrong, by what figures, and which knob to turn. The rules
 * are in advice.c; here they get their figures and are given a voice.
 */
#include <errno.h>
#include <stdarg.h>
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

/* Seconds between two readings; 0: judge by all since listen(2). */
static double atcp_advise_interval;

/**
 * atcp_advice_stat() - a counter of the listener, or of the namespace
 * @a: whose
 * @name: as the kernel calls it
 *
 * Return: events, 0 if there is no such counter.
 */
unsigned long long atcp_advice_stat(const struct atcp_advice *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!strcmp(a->stats[i].name, name))
			return a->stats[i].value;
	return 0;
}

/**
 * atcp_advice_figure() - note a figure that the next advice is judged by
 * @a: whose
 * @name: of the figure, with its unit
 * @value: of the figure
 */
void atcp_advice_figure(struct atcp_advice *a, const char *name, long long value)
{
	if (!a->figures)
		a->figures = json_object_new_object();
	json_object_object_add(a->figures, name, json_object_new_int64(value));
}

/**
 * atcp_advice_try() - note a command for the next advice
 * @a: whose
 * @fmt: printf format
 */
void atcp_advice_try(struct atcp_advice *a, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!a->tries)
		a->tries = json_object_new_array();
	json_object_array_add(a->tries, json_object_new_string(text));
}

/**
 * atcp_advice_say() - give advice, with the figures and commands noted before
 * @a: whose
 * @name: of the advice, for programs
 * @fmt: printf format of what is wrong
 */
void atcp_advice_say(struct atcp_advice *a, const char *name, const char *fmt, ...)
{
	struct json_object *obj = json_object_new_object();
	char text[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (a->l) {
		json_object_object_add(obj, "listener",
				       json_object_new_string(a->l->local));
		json_object_object_add(obj, "id",
				       json_object_new_int64(a->l->id));
	}
	json_object_object_add(obj, "advice", json_object_new_string(name));
	json_object_object_add(obj, "text", json_object_new_string(text));
	json_object_object_add(obj, "figures", a->figures ? a->figures :
			       json_object_new_object());
	json_object_object_add(obj, "try", a->tries ? a->tries :
			       json_object_new_array());
	a->figures = NULL;
	a->tries = NULL;
	json_object_array_add(a->all, obj);
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

static const char *atcp_advise_string(struct json_object *obj, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(obj, name, &value) ?
	       json_object_get_string(value) : NULL;
}

static void atcp_advise_print(struct json_object *obj)
{
	const char *listener = atcp_advise_string(obj, "listener");
	struct json_object *figures, *tries;
	size_t i;

	printf("%s%s%s%s %s%s%s\n", atcp_table_paint(ATCP_COLOR_HEAD),
	       listener ? listener : "network namespace",
	       listener ? " id " : "",
	       listener ? atcp_advise_string(obj, "id") : "",
	       atcp_table_paint(ATCP_COLOR_ALARM),
	       atcp_advise_string(obj, "advice"),
	       atcp_table_paint(ATCP_COLOR_NONE));
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
	struct atcp_ltab_stat *stat;
	size_t count = 0;

	*stats = NULL;
	names = text ? strtok_r(text, "\n", &lines) : NULL;
	while (names && (values = strtok_r(NULL, "\n", &lines)) != NULL) {
		strtok_r(names, " ", &in_names);
		strtok_r(values, " ", &in_values);
		while ((name = strtok_r(NULL, " ", &in_names)) &&
		       (value = strtok_r(NULL, " ", &in_values))) {
			*stats = atcp_file_must(realloc(*stats, (count + 1) *
							sizeof(**stats)));
			stat = &(*stats)[count++];
			stat->name = atcp_file_format("%s", name);
			stat->value = strtoull(value, NULL, 10);
		}
		names = strtok_r(NULL, "\n", &lines);
	}
	free(text);
	return count;
}

/**
 * struct atcp_advise_reading - all counters at one moment
 * @tab: the listeners
 * @stats: the counters of each, and after them the namespace's
 * @counts: how many
 */
struct atcp_advise_reading {
	struct atcp_ltab *tab;
	struct atcp_ltab_stat **stats;
	size_t *counts;
};

static int atcp_advise_read(struct atcp_advise_reading *r)
{
	size_t i;

	r->tab = atcp_ltab_new();
	if (!r->tab)
		return -1;
	r->stats = atcp_file_must(calloc(r->tab->count + 1, sizeof(*r->stats)));
	r->counts = atcp_file_must(calloc(r->tab->count + 1, sizeof(*r->counts)));
	for (i = 0; i < r->tab->count; i++)
		r->counts[i] = atcp_ltab_stats(r->tab, &r->tab->all[i],
					       &r->stats[i]);
	r->counts[i] = atcp_advise_netstat(&r->stats[i]);
	return 0;
}

static void atcp_advise_forget(struct atcp_advise_reading *r)
{
	size_t i;

	for (i = 0; r->tab && i <= r->tab->count; i++)
		atcp_ltab_stats_free(r->stats[i], r->counts[i]);
	free(r->stats);
	free(r->counts);
	atcp_ltab_free(r->tab);
}

/* What was added to counters since an earlier reading of the same. */
static void atcp_advise_since(struct atcp_ltab_stat *now, size_t count,
			      const struct atcp_ltab_stat *before, size_t others)
{
	size_t i, n;

	for (i = 0; i < count; i++)
		for (n = 0; n < others; n++)
			if (!strcmp(now[i].name, before[n].name) &&
			    now[i].value >= before[n].value)
				now[i].value -= before[n].value;
}

static void atcp_advise_subtract(struct atcp_advise_reading *now,
				 const struct atcp_advise_reading *before)
{
	size_t i, n;

	for (i = 0; i < now->tab->count; i++)
		for (n = 0; n < before->tab->count; n++)
			if (now->tab->all[i].inode == before->tab->all[n].inode)
				atcp_advise_since(now->stats[i], now->counts[i],
						  before->stats[n],
						  before->counts[n]);
	i = now->tab->count;
	n = before->tab->count;
	atcp_advise_since(now->stats[i], now->counts[i], before->stats[n],
			  before->counts[n]);
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

static void atcp_advise_judge(const struct atcp_advise_reading *r, char **selectors,
			      struct json_object *all)
{
	struct atcp_advice a = { .tab = r->tab, .all = all };
	size_t i;

	for (i = 0; i < r->tab->count; i++) {
		a.l = &r->tab->all[i];
		a.stats = r->stats[i];
		a.count = r->counts[i];
		if (!atcp_select_any(selectors, a.l))
			continue;
		atcp_advice_listener(&a);
		atcp_advice_group(&a, i);
	}
	a.l = NULL;
	a.stats = r->stats[i];
	a.count = r->counts[i];
	if (!*selectors)
		atcp_advice_netns(&a);
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
	if (strcmp(argv[0], "-i") && strcmp(argv[0], "--interval"))
		return 0;
	return atcp_main_interval(argc, argv, &atcp_advise_interval);
}

/* Says which selectors mean no listener; how many. */
static size_t atcp_advise_missing(const struct atcp_ltab *tab, char **selectors)
{
	size_t missing = 0, i;
	char *word[2];

	for (; *selectors; selectors++) {
		word[0] = *selectors;
		word[1] = NULL;
		for (i = 0; i < tab->count; i++)
			if (atcp_select_any(word, &tab->all[i]))
				break;
		if (i == tab->count) {
			atcp_select_none(*selectors);
			missing++;
		}
	}
	return missing;
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
	struct atcp_advise_reading now = { 0 }, before = { 0 };
	struct json_object *all;
	size_t i, count, missing;

	(void)argc;
	if (atcp_select_check(argv + 1))
		return ATCP_EXIT_USAGE;
	if (atcp_advise_interval) {
		if (atcp_advise_read(&before))
			return ATCP_EXIT_FAIL;
		atcp_advise_sleep(atcp_advise_interval);
	}
	if (atcp_advise_read(&now)) {
		atcp_advise_forget(&before);
		return ATCP_EXIT_FAIL;
	}
	if (atcp_advise_interval)
		atcp_advise_subtract(&now, &before);
	all = json_object_new_array();
	atcp_advise_judge(&now, argv + 1, all);
	count = json_object_array_length(all);
	for (i = 0; i < count && !atcp_options.json; i++)
		atcp_advise_print(json_object_array_get_idx(all, i));
	missing = atcp_advise_missing(now.tab, argv + 1);
	if (!count && !missing && !atcp_options.json)
		puts("Nothing is wrong.");
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		json_object_put(all);
	atcp_advise_forget(&before);
	atcp_advise_forget(&now);
	return count || missing ? ATCP_EXIT_FAIL : ATCP_EXIT_OK;
}
