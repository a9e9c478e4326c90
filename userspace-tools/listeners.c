// SPDX-License-Identifier: GPL-2.0
/* atcpctl listeners: shows /proc/net/atcp/listen, whatever columns it has. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "knob.h"
#include "proc.h"
#include "table.h"

#define ATCP_LISTENERS_FILE	"net/atcp/listen"
#define ATCP_LISTENERS_FIELDS	128
#define ATCP_LISTENERS_BAR	10

/**
 * struct atcp_listeners_row - one line cut into words
 * @count: number of words
 * @word: the words; those of the first line are the columns' names
 */
struct atcp_listeners_row {
	unsigned int count;
	char *word[ATCP_LISTENERS_FIELDS];
};

static struct atcp_listeners_row atcp_listeners_head;

static void atcp_listeners_cut(char *line, struct atcp_listeners_row *row)
{
	char *save, *word;

	row->count = 0;
	for (word = strtok_r(line, " \t", &save);
	     word && row->count < ATCP_LISTENERS_FIELDS;
	     word = strtok_r(NULL, " \t", &save))
		row->word[row->count++] = word;
}

/* The field of a column by the column's name, "-" if there is none. */
static const char *atcp_listeners_field(const struct atcp_listeners_row *row,
					const char *name)
{
	unsigned int i;

	for (i = 0; i < atcp_listeners_head.count && i < row->count; i++)
		if (!strcmp(atcp_listeners_head.word[i], name))
			return row->word[i];
	return "-";
}

static unsigned long long
atcp_listeners_number(const struct atcp_listeners_row *row, const char *name)
{
	return strtoull(atcp_listeners_field(row, name), NULL, 10);
}

/* ADDRESS:PORT, ADDRESS or :PORT; no selector means every listener. */
static bool atcp_listeners_wanted(const char *local, char **selectors)
{
	const char *port = strrchr(local, ':');
	size_t len = port ? (size_t)(port - local) : strlen(local);

	if (!*selectors)
		return true;
	for (; *selectors; selectors++) {
		if (!strcmp(*selectors, local))
			return true;
		if (**selectors == ':' && port && !strcmp(*selectors, port))
			return true;
		if (strlen(*selectors) == len &&
		    !strncmp(*selectors, local, len))
			return true;
	}
	return false;
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
}

static struct atcp_table *atcp_listeners_table(void)
{
	static const char * const head[] = {
		"LOCAL", "SYN-QUEUE", "YOUNG", "ACCEPT-QUEUE", "PEAK", "PARKED",
		"OVERFLOW", "COOKIES(SENT/OK/BAD)", "OVERFLOWS", "DROPS",
		"ACCEPTED",
	};
	const unsigned int columns = ARRAY_SIZE(head);
	struct atcp_table *table = atcp_table_new(columns);
	unsigned int i;

	for (i = 0; i < columns; i++)
		atcp_table_add(table, ATCP_COLOR_HEAD, "%s", head[i]);
	return table;
}

/* All the file knows of one listener, those fields included that came later. */
static void atcp_listeners_details(const struct atcp_listeners_row *row)
{
	unsigned int i;

	printf("%s%s%s\n", atcp_table_paint(ATCP_COLOR_HEAD),
	       atcp_listeners_field(row, "local"),
	       atcp_table_paint(ATCP_COLOR_NONE));
	for (i = 0; i < row->count && i < atcp_listeners_head.count; i++)
		printf("    %-16s %s\n", atcp_listeners_head.word[i],
		       row->word[i]);
}

static struct json_object *
atcp_listeners_json(const struct atcp_listeners_row *row)
{
	struct json_object *obj = json_object_new_object();
	unsigned int i;

	for (i = 0; i < row->count && i < atcp_listeners_head.count; i++)
		json_object_object_add(obj, atcp_listeners_head.word[i],
				       atcp_knob_json(row->word[i]));
	return obj;
}

/**
 * atcp_listeners_run() - the listeners subcommand
 * @argc: number of words, unused
 * @argv: "listeners" and selectors
 *
 * Return: enum atcp_exit
 */
int atcp_listeners_run(int argc, char **argv)
{
	char *text = atcp_proc_read(ATCP_LISTENERS_FILE), *line, *save;
	struct json_object *all = json_object_new_array();
	struct atcp_listeners_row row;
	struct atcp_table *table;

	(void)argc;
	if (!text) {
		atcp_proc_absent(ATCP_LISTENERS_FILE);
		return ATCP_EXIT_FAIL;
	}
	table = atcp_listeners_table();
	line = strtok_r(text, "\n", &save);
	if (line)
		atcp_listeners_cut(line, &atcp_listeners_head);
	while ((line = strtok_r(NULL, "\n", &save)) != NULL) {
		atcp_listeners_cut(line, &row);
		if (!atcp_listeners_wanted(atcp_listeners_field(&row, "local"),
					   argv + 1))
			continue;
		if (atcp_options.json)
			json_object_array_add(all, atcp_listeners_json(&row));
		else if (atcp_options.details)
			atcp_listeners_details(&row);
		else
			atcp_listeners_add(table, &row);
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else if (!atcp_options.details)
		atcp_table_print(table);
	atcp_table_free(table);
	free(text);
	return ATCP_EXIT_OK;
}
