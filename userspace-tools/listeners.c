// SPDX-License-Identifier: GPL-2.0
/* atcpctl listeners: both queues of every listener, from /proc/net/atcp/listen and sysfs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "detail.h"
#include "knob.h"
#include "ltab.h"
#include "select.h"
#include "table.h"

#define ATCP_LISTENERS_BAR	10
/* A connection that waited so long for accept(2) stands out, ms. */
#define ATCP_LISTENERS_LONG	1000

/* Where a row comes from: all listeners and one of them. */
struct atcp_listeners_row {
	const struct atcp_ltab *tab;
	const struct atcp_ltab_listener *l;
};

/* The field of a column by the column's name, "-" if there is none. */
static const char *atcp_listeners_field(const struct atcp_listeners_row *row,
					const char *name)
{
	const char *word = atcp_ltab_word(row->tab, row->l, name);

	return word ? word : "-";
}

static unsigned long long
atcp_listeners_number(const struct atcp_listeners_row *row, const char *name)
{
	return strtoull(atcp_listeners_field(row, name), NULL, 10);
}

static enum atcp_color atcp_listeners_level(unsigned long long used,
					    unsigned long long max)
{
	if (!used)
		return ATCP_COLOR_NONE;
	if (used >= max)
		return ATCP_COLOR_ALARM;
	return used * 2 > max ? ATCP_COLOR_WATCH : ATCP_COLOR_CALM;
}

/* A queue as "used/max", with a bar before it on a terminal. */
static void atcp_listeners_queue(struct atcp_table *table,
				 const struct atcp_listeners_row *row,
				 const char *used_name, const char *max_name)
{
	unsigned long long used = atcp_listeners_number(row, used_name);
	unsigned long long max = atcp_listeners_number(row, max_name);
	enum atcp_color color = atcp_listeners_level(used, max);
	char bar[ATCP_LISTENERS_BAR + 1] = "";
	unsigned long long fill;

	if (!atcp_options.color) {
		atcp_table_add(table, color, "%s/%s",
			       atcp_listeners_field(row, used_name),
			       atcp_listeners_field(row, max_name));
		return;
	}
	fill = max ? used * ATCP_LISTENERS_BAR / max : 0;
	/* One waiting is not none; one more than the limit may wait. */
	if (used && !fill)
		fill = 1;
	if (fill > ATCP_LISTENERS_BAR)
		fill = ATCP_LISTENERS_BAR;
	memset(bar, '.', ATCP_LISTENERS_BAR);
	memset(bar, '#', fill);
	atcp_table_add(table, color, "[%s] %llu/%llu", bar, used, max);
}

/* A counter that should be zero stands out when it is not. */
static void atcp_listeners_count(struct atcp_table *table,
				 const struct atcp_listeners_row *row,
				 const char *name, enum atcp_color color)
{
	atcp_table_add(table,
		       atcp_listeners_number(row, name) ?
		       color : ATCP_COLOR_NONE,
		       "%s", atcp_listeners_field(row, name));
}

static void atcp_listeners_add(struct atcp_table *table,
			       const struct atcp_listeners_row *row)
{
	long long oldest;
	char *state;

	atcp_table_add(table, ATCP_COLOR_NONE, "%s",
		       atcp_listeners_field(row, "local"));
	atcp_listeners_queue(table, row, "synq", "synq_max");
	atcp_listeners_count(table, row, "young", ATCP_COLOR_NONE);
	atcp_listeners_queue(table, row, "acceptq", "acceptq_max");
	atcp_listeners_count(table, row, "acceptq_peak", ATCP_COLOR_NONE);
	atcp_listeners_count(table, row, "parked", ATCP_COLOR_WATCH);
	atcp_listeners_count(table, row, "overflow", ATCP_COLOR_NONE);
	atcp_table_add(table, atcp_listeners_number(row, "cookies_sent") ?
		       ATCP_COLOR_WATCH : ATCP_COLOR_NONE, "%s %s/%s/%s",
		       atcp_listeners_field(row, "syncookies"),
		       atcp_listeners_field(row, "cookies_sent"),
		       atcp_listeners_field(row, "cookies_recv"),
		       atcp_listeners_field(row, "cookies_failed"));
	atcp_listeners_count(table, row, "overflows", ATCP_COLOR_ALARM);
	atcp_listeners_count(table, row, "drops", ATCP_COLOR_ALARM);
	atcp_listeners_count(table, row, "accepted", ATCP_COLOR_NONE);
	oldest = atcp_ltab_number(row->tab, row->l, "acceptq_oldest_ms");
	if (oldest < 0)
		atcp_table_add(table, ATCP_COLOR_NONE, "-");
	else
		atcp_table_add(table, oldest >= ATCP_LISTENERS_LONG ?
			       ATCP_COLOR_WATCH : ATCP_COLOR_NONE, "%lld",
			       oldest);
	state = atcp_ltab_text(row->tab, row->l, "state");
	atcp_table_add(table, ATCP_COLOR_NONE, "%s", state ? state : "-");
	free(state);
}

static struct atcp_table *atcp_listeners_table(void)
{
	static const char * const head[] = {
		"LOCAL", "SYN-QUEUE", "YOUNG", "ACCEPT-QUEUE", "PEAK", "PARKED",
		"OVERFLOW", "COOKIES(SENT/OK/BAD)", "OVERFLOWS", "DROPS",
		"ACCEPTED", "WAIT-MS", "STATE",
	};
	const unsigned int columns = ARRAY_SIZE(head);
	struct atcp_table *table = atcp_table_new(columns);
	unsigned int i;

	for (i = 0; i < columns; i++)
		atcp_table_add(table, ATCP_COLOR_HEAD, "%s", head[i]);
	return table;
}

/**
 * atcp_listeners_run() - the listeners subcommand
 * @argc: number of words
 * @argv: "listeners" and selectors
 *
 * Return: enum atcp_exit
 */
int atcp_listeners_run(int argc, char **argv)
{
	struct atcp_listeners_row row;
	struct json_object *all;
	struct atcp_table *table;
	struct atcp_ltab *tab;
	size_t i, found = 0;

	if (atcp_select_check(argv + 1))
		return ATCP_EXIT_USAGE;
	tab = atcp_ltab_new();
	if (!tab)
		return ATCP_EXIT_FAIL;
	all = json_object_new_array();
	table = atcp_listeners_table();
	row.tab = tab;
	for (i = 0; i < tab->count; i++) {
		row.l = &tab->all[i];
		if (!atcp_select_any(argv + 1, row.l))
			continue;
		found++;
		if (atcp_options.json)
			json_object_array_add(all, atcp_detail_json(tab, row.l));
		else if (atcp_options.details)
			atcp_detail_print(tab, row.l);
		else
			atcp_listeners_add(table, &row);
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		json_object_put(all);
	if (!atcp_options.json && !atcp_options.details)
		atcp_table_print(table);
	atcp_table_free(table);
	atcp_ltab_free(tab);
	if (found || argc < 2)
		return ATCP_EXIT_OK;
	atcp_select_none(argv[1]);
	return ATCP_EXIT_FAIL;
}
