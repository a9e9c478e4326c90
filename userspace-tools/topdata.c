// SPDX-License-Identifier: GPL-2.0
/*
 * The figures of atcpctl top, and the texts made of them, which are the same on a
 * terminal and in a pipe.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "atcpctl.h"
#include "file.h"
#include "ltab.h"
#include "owner.h"
#include "select.h"
#include "sysfs.h"
#include "topdata.h"

/* Columns of a line of 80: what is more goes to the first two kinds. */
#define ATCP_TOPDATA_WIDTH	80
#define ATCP_TOPDATA_NAME	21
#define ATCP_TOPDATA_BAR	6
#define ATCP_TOPDATA_BAR_MAX	40
#define ATCP_TOPDATA_NAME_MAX	45

const char * const atcp_topdata_orders[ATCP_TOPDATA_ORDERS] = {
	[ATCP_TOPDATA_SYNS]	= "syn",
	[ATCP_TOPDATA_ACCEPTED]	= "accept",
	[ATCP_TOPDATA_DROPS]	= "drop",
	[ATCP_TOPDATA_SYNQ]	= "synq",
	[ATCP_TOPDATA_ACCEPTQ]	= "acceptq",
	[ATCP_TOPDATA_LOCAL]	= "local",
};

/* What qsort() has no argument for. */
static enum atcp_topdata_order atcp_topdata_by;
static bool atcp_topdata_reverse;
static bool atcp_topdata_hide;

static double atcp_topdata_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static unsigned long long atcp_topdata_number(const struct atcp_ltab *tab,
					      const struct atcp_ltab_listener *l,
					      const char *column)
{
	const char *word = atcp_ltab_word(tab, l, column);

	return word ? strtoull(word, NULL, 10) : 0;
}

/* The same listener's row of an earlier reading. */
static const struct atcp_topdata_row *
atcp_topdata_find(const struct atcp_topdata *data, unsigned long inode)
{
	size_t i;

	for (i = 0; data && i < data->count; i++)
		if (data->rows[i].inode == inode)
			return &data->rows[i];
	return NULL;
}

static unsigned long long atcp_topdata_value(const struct atcp_topdata_row *row,
					     const char *name)
{
	size_t i;

	for (i = 0; i < row->count; i++)
		if (!strcmp(row->rates[i].name, name))
			return row->rates[i].value;
	return 0;
}

/* Counters and what they grew by; a listener that is new has no rates yet. */
static void atcp_topdata_rates(struct atcp_topdata_row *row,
			       const struct atcp_ltab *tab,
			       const struct atcp_ltab_listener *l,
			       const struct atcp_topdata_row *before, double seconds)
{
	struct atcp_ltab_stat *stats;
	size_t i;

	row->count = atcp_ltab_stats(tab, l, &stats);
	row->rates = atcp_file_must(calloc(row->count + 1, sizeof(*row->rates)));
	for (i = 0; i < row->count; i++) {
		unsigned long long old = before ?
			atcp_topdata_value(before, stats[i].name) : stats[i].value;

		row->rates[i].name = stats[i].name;
		row->rates[i].value = stats[i].value;
		if (seconds > 0 && stats[i].value > old)
			row->rates[i].rate = (stats[i].value - old) / seconds;
	}
	/* The names are the rows' now. */
	free(stats);
}

static void atcp_topdata_row(struct atcp_topdata_row *row,
			     const struct atcp_ltab *tab,
			     const struct atcp_ltab_listener *l)
{
	row->id = l->id;
	row->inode = l->inode;
	row->local = atcp_file_format("%s", l->local);
	row->program = atcp_owner_name(l);
	row->dir = atcp_sysfs_path(ATCP_SYSFS_LISTENERS "/%lu", l->id);
	row->synq.used = atcp_topdata_number(tab, l, "synq");
	row->synq.max = atcp_topdata_number(tab, l, "synq_max");
	row->acceptq.used = atcp_topdata_number(tab, l, "acceptq");
	row->acceptq.max = atcp_topdata_number(tab, l, "acceptq_max");
	row->acceptq.peak = atcp_topdata_number(tab, l, "acceptq_peak");
	row->parked = atcp_topdata_number(tab, l, "parked");
	row->oldest = -1;
	if (atcp_ltab_has_files(tab, l)) {
		long long peak = atcp_ltab_number(tab, l, "synq_peak");

		row->synq.peak = peak > 0 ? peak : 0;
		row->oldest = atcp_ltab_number(tab, l, "acceptq_oldest_ms");
	}
}

/**
 * atcp_topdata_read() - read all figures
 * @data: result, for atcp_topdata_free()
 * @before: the reading that rates are since, NULL for the first
 * @selectors: NULL at the end; none means every listener
 *
 * Return: 0, or -1 after a message.
 */
int atcp_topdata_read(struct atcp_topdata *data, const struct atcp_topdata *before,
		      char **selectors)
{
	struct atcp_ltab *tab = atcp_ltab_new();
	size_t i;

	memset(data, 0, sizeof(*data));
	if (!tab)
		return -1;
	data->at = atcp_topdata_now();
	data->rows = atcp_file_must(calloc(tab->count + 1, sizeof(*data->rows)));
	for (i = 0; i < tab->count; i++) {
		const struct atcp_ltab_listener *l = &tab->all[i];
		struct atcp_topdata_row *row = &data->rows[data->count];

		if (!atcp_select_any(selectors, l))
			continue;
		atcp_topdata_row(row, tab, l);
		atcp_topdata_rates(row, tab, l,
				   atcp_topdata_find(before, l->inode),
				   before ? data->at - before->at : 0);
		data->count++;
	}
	data->shown = data->count;
	atcp_owner_forget();
	atcp_ltab_free(tab);
	return 0;
}

/**
 * atcp_topdata_free() - forget a reading
 * @data: empty afterwards
 */
void atcp_topdata_free(struct atcp_topdata *data)
{
	size_t i, n;

	for (i = 0; i < data->count; i++) {
		for (n = 0; n < data->rows[i].count; n++)
			free(data->rows[i].rates[n].name);
		free(data->rows[i].rates);
		free(data->rows[i].local);
		free(data->rows[i].program);
		free(data->rows[i].dir);
	}
	free(data->rows);
	memset(data, 0, sizeof(*data));
}

/**
 * atcp_topdata_rate() - how fast a counter grows
 * @row: whose
 * @name: the counter
 *
 * Return: events a second, 0 if there is no such counter.
 */
double atcp_topdata_rate(const struct atcp_topdata_row *row, const char *name)
{
	size_t i;

	for (i = 0; i < row->count; i++)
		if (!strcmp(row->rates[i].name, name))
			return row->rates[i].rate;
	return 0;
}

/**
 * atcp_topdata_sum() - how fast a counter of all listeners grows
 * @data: all of them
 * @name: the counter
 *
 * Return: events a second.
 */
double atcp_topdata_sum(const struct atcp_topdata *data, const char *name)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < data->count; i++)
		sum += atcp_topdata_rate(&data->rows[i], name);
	return sum;
}

static double atcp_topdata_fill(const struct atcp_topdata_queue *queue)
{
	return queue->max ? (double)queue->used / queue->max : queue->used;
}

static double atcp_topdata_key(const struct atcp_topdata_row *row)
{
	switch (atcp_topdata_by) {
	case ATCP_TOPDATA_SYNS:
		return atcp_topdata_rate(row, "syns");
	case ATCP_TOPDATA_ACCEPTED:
		return atcp_topdata_rate(row, "accepted");
	case ATCP_TOPDATA_DROPS:
		return atcp_topdata_rate(row, "drops");
	case ATCP_TOPDATA_SYNQ:
		return atcp_topdata_fill(&row->synq);
	case ATCP_TOPDATA_ACCEPTQ:
		return atcp_topdata_fill(&row->acceptq);
	default:
		return 0;
	}
}

/* Does nothing happen to it? */
static bool atcp_topdata_idle(const struct atcp_topdata_row *row)
{
	return !row->synq.used && !row->acceptq.used && !row->parked &&
	       atcp_topdata_rate(row, "syns") <= 0 && atcp_topdata_rate(row, "accepted") <= 0 &&
	       atcp_topdata_rate(row, "drops") <= 0;
}

/* Equal ones keep a place of their own, by number, so that they do not jump. */
static int atcp_topdata_compare(const void *a, const void *b)
{
	const struct atcp_topdata_row *left = a, *right = b;
	double first = atcp_topdata_key(left), second = atcp_topdata_key(right);
	int rc = atcp_topdata_by == ATCP_TOPDATA_LOCAL ?
		 strverscmp(left->local, right->local) : 0;

	if (atcp_topdata_hide && atcp_topdata_idle(left) != atcp_topdata_idle(right))
		return atcp_topdata_idle(left) ? 1 : -1;
	if (first != second)
		rc = first > second ? -1 : 1;
	if (rc)
		return atcp_topdata_reverse ? -rc : rc;
	return left->id < right->id ? -1 : left->id > right->id;
}

/**
 * atcp_topdata_sort() - put the rows in order
 * @data: the rows; those that are not to be shown are the last ones
 * @order: what by
 * @reverse: the other way round
 * @hide: without those that nothing happens to
 */
void atcp_topdata_sort(struct atcp_topdata *data, enum atcp_topdata_order order, bool reverse,
		       bool hide)
{
	atcp_topdata_by = order;
	atcp_topdata_reverse = reverse;
	atcp_topdata_hide = hide;
	qsort(data->rows, data->count, sizeof(*data->rows), atcp_topdata_compare);
	data->shown = data->count;
	while (hide && data->shown && atcp_topdata_idle(&data->rows[data->shown - 1]))
		data->shown--;
}

/**
 * atcp_topdata_json() - all figures as JSON
 * @data: a second reading
 *
 * Return: a new array.
 */
struct json_object *atcp_topdata_json(const struct atcp_topdata *data)
{
	struct json_object *all = json_object_new_array(), *obj, *rates;
	size_t i, n;

	for (i = 0; i < data->shown; i++) {
		const struct atcp_topdata_row *row = &data->rows[i];

		obj = json_object_new_object();
		rates = json_object_new_object();
		json_object_object_add(obj, "id", json_object_new_int64(row->id));
		json_object_object_add(obj, "local",
				       json_object_new_string(row->local));
		json_object_object_add(obj, "program", json_object_new_string(row->program));
		json_object_object_add(obj, "synq",
				       json_object_new_uint64(row->synq.used));
		json_object_object_add(obj, "synq_max",
				       json_object_new_uint64(row->synq.max));
		json_object_object_add(obj, "acceptq",
				       json_object_new_uint64(row->acceptq.used));
		json_object_object_add(obj, "acceptq_max",
				       json_object_new_uint64(row->acceptq.max));
		json_object_object_add(obj, "parked",
				       json_object_new_uint64(row->parked));
		for (n = 0; n < row->count; n++)
			json_object_object_add(rates, row->rates[n].name,
					       json_object_new_double(row->rates[n].rate));
		json_object_object_add(obj, "per_second", rates);
		json_object_array_add(all, obj);
	}
	return all;
}

/* A number in at most five characters. */
static void atcp_topdata_short(char *text, size_t size, double number)
{
	static const char units[] = { ' ', 'k', 'M', 'G', 'T' };
	unsigned int i = 0;

	while (number >= 99999.5 && i < ARRAY_SIZE(units) - 1) {
		number /= 1000;
		i++;
		if (number < 9999.5)
			break;
	}
	if (i)
		snprintf(text, size, "%.0f%c", number, units[i]);
	else if (number > 0 && number < 9.95)
		snprintf(text, size, "%.1f", number);
	else
		snprintf(text, size, "%.0f", number);
}

/* A bar and "used/max", in width columns. */
static void atcp_topdata_bar(char *text, const struct atcp_topdata_queue *queue,
			     int bar)
{
	unsigned long long fill = queue->max ? queue->used * bar / queue->max : 0;
	char used[32], max[32], both[80];

	/* One waiting is not none; one more than the limit may wait. */
	if (queue->used && !fill)
		fill = 1;
	if (fill > (unsigned int)bar)
		fill = bar;
	memset(text, '.', bar);
	memset(text, '#', fill);
	snprintf(used, sizeof(used), "%llu", queue->used);
	snprintf(max, sizeof(max), "%llu", queue->max);
	if (queue->used > 99999)
		atcp_topdata_short(used, sizeof(used), queue->used);
	if (queue->max > 99999)
		atcp_topdata_short(max, sizeof(max), queue->max);
	snprintf(both, sizeof(both), "%s/%s", used, max);
	sprintf(text + bar, " %-11.11s", both);
}

static void atcp_topdata_widths(int width, int *name, int *bar)
{
	int extra = width > ATCP_TOPDATA_WIDTH ? width - ATCP_TOPDATA_WIDTH : 0;

	*name = ATCP_TOPDATA_NAME + extra / 2;
	if (*name > ATCP_TOPDATA_NAME_MAX)
		*name = ATCP_TOPDATA_NAME_MAX;
	extra -= *name - ATCP_TOPDATA_NAME;
	*bar = ATCP_TOPDATA_BAR + extra / 2;
	if (*bar > ATCP_TOPDATA_BAR_MAX)
		*bar = ATCP_TOPDATA_BAR_MAX;
}

/* In so many columns: of a long address the middle is left out, never the port. */
static char *atcp_topdata_name(const char *local, int width)
{
	const char *port = strrchr(local, ':');
	int len = strlen(local), tail;

	if (len <= width || !port)
		return atcp_file_format("%.*s", width, local);
	if (port > local && port[-1] == ']')
		port--;
	tail = strlen(port);
	return atcp_file_format("%.*s~%s", width - tail - 1, local, port);
}

/**
 * atcp_topdata_line() - a listener as one line
 * @row: the listener
 * @width: columns to be had, 80 at least
 *
 * Return: a text to be freed.
 */
char *atcp_topdata_line(const struct atcp_topdata_row *row, int width)
{
	char synq[ATCP_TOPDATA_BAR_MAX + 16], acceptq[ATCP_TOPDATA_BAR_MAX + 16];
	char syns[16], accepted[16], drops[16], *local, *line;
	int name, bar;

	atcp_topdata_widths(width, &name, &bar);
	atcp_topdata_bar(synq, &row->synq, bar);
	atcp_topdata_bar(acceptq, &row->acceptq, bar);
	atcp_topdata_short(syns, sizeof(syns), atcp_topdata_rate(row, "syns"));
	atcp_topdata_short(accepted, sizeof(accepted),
			   atcp_topdata_rate(row, "accepted"));
	atcp_topdata_short(drops, sizeof(drops), atcp_topdata_rate(row, "drops"));
	local = atcp_topdata_name(row->local, name);
	line = atcp_file_format("%-*s %s %s %6s %6s %6s", name, local, synq, acceptq, syns,
				accepted, drops);
	free(local);
	return line;
}

/**
 * atcp_topdata_head() - the line above
 * @width: columns to be had, 80 at least
 *
 * Return: a text to be freed.
 */
char *atcp_topdata_head(int width)
{
	int name, bar;

	atcp_topdata_widths(width, &name, &bar);
	return atcp_file_format("%-*s %-*s %-*s %6s %6s %6s", name, "LISTENER",
				bar + 12, "SYN-QUEUE", bar + 12, "ACCEPT-QUEUE",
				"SYN/s", "ACC/s", "DROP/s");
}

/**
 * atcp_topdata_totals() - the sums of all listeners
 * @data: all of them
 *
 * Return: a text to be freed.
 */
char *atcp_topdata_totals(const struct atcp_topdata *data)
{
	static const char * const names[] = {
		"syns", "accepted", "drops", "cookies_sent", "cookies_recv",
	};
	char text[ARRAY_SIZE(names)][16];
	unsigned long long parked = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		atcp_topdata_short(text[i], sizeof(text[i]),
				   atcp_topdata_sum(data, names[i]));
	for (i = 0; i < data->count; i++)
		parked += data->rows[i].parked;
	return atcp_file_format("%zu listeners  SYN %s/s  accept %s/s  drop %s/s  "
				"cookie %s/s good %s/s  parked %llu",
				data->count, text[0], text[1], text[2], text[3],
				text[4], parked);
}

/**
 * atcp_topdata_reasons() - which counters of a listener grow, the fastest first
 * @row: the listener
 *
 * Return: a text to be freed: "NAME RATE/s" separated by two blanks.
 */
char *atcp_topdata_reasons(const struct atcp_topdata_row *row)
{
	double below = 0, next, rate;
	char *text = atcp_file_format("%s", ""), *more, number[16];
	size_t i;

	for (i = 0; i < row->count; i++)
		if (row->rates[i].rate >= below)
			below = row->rates[i].rate;
	/* From the greatest rate down, all counters of one rate together. */
	for (rate = below; rate > 0; rate = next) {
		next = 0;
		for (i = 0; i < row->count; i++) {
			if (row->rates[i].rate < rate && row->rates[i].rate > next)
				next = row->rates[i].rate;
			if (row->rates[i].rate != rate)
				continue;
			atcp_topdata_short(number, sizeof(number), rate);
			more = atcp_file_format("%s%s%s %s/s", text,
						*text ? "  " : "",
						row->rates[i].name, number);
			free(text);
			text = more;
		}
	}
	return text;
}
