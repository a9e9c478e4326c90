// SPDX-License-Identifier: GPL-2.0
/* The columns of atcpctl listeners: what each shows, which go first, and the order by each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "atcpctl.h"
#include "lcolumn.h"
#include "ltab.h"
#include "owner.h"
#include "table.h"

#define ATCP_LCOLUMN_BAR	10
/* A connection that waited so long for accept(2) stands out, ms. */
#define ATCP_LCOLUMN_LONG	1000

/* The field of a column of the proc file by that column's name, "-" if there is none. */
static const char *atcp_lcolumn_field(const struct atcp_lcolumn_row *row, const char *name)
{
	const char *word = atcp_ltab_word(row->tab, row->l, name);

	return word ? word : "-";
}

static unsigned long long atcp_lcolumn_number(const struct atcp_lcolumn_row *row,
					      const char *name)
{
	return strtoull(atcp_lcolumn_field(row, name), NULL, 10);
}

static enum atcp_color atcp_lcolumn_level(unsigned long long used, unsigned long long max)
{
	if (!used)
		return ATCP_COLOR_NONE;
	if (used >= max)
		return ATCP_COLOR_ALARM;
	return used * 2 > max ? ATCP_COLOR_WATCH : ATCP_COLOR_CALM;
}

/* A queue as "used/max", with a bar before it if there is room. */
static void atcp_lcolumn_queue(struct atcp_table *table, const struct atcp_lcolumn_row *row,
			       const char *used_name, const char *max_name, bool bars)
{
	unsigned long long used = atcp_lcolumn_number(row, used_name);
	unsigned long long max = atcp_lcolumn_number(row, max_name);
	enum atcp_color color = atcp_lcolumn_level(used, max);
	char bar[ATCP_LCOLUMN_BAR + 1] = "";
	unsigned long long fill;

	if (!bars) {
		atcp_table_add(table, color, "%s/%s", atcp_lcolumn_field(row, used_name),
			       atcp_lcolumn_field(row, max_name));
		return;
	}
	fill = max ? used * ATCP_LCOLUMN_BAR / max : 0;
	/* One waiting is not none; one more than the limit may wait. */
	if (used && !fill)
		fill = 1;
	if (fill > ATCP_LCOLUMN_BAR)
		fill = ATCP_LCOLUMN_BAR;
	memset(bar, '.', ATCP_LCOLUMN_BAR);
	memset(bar, '#', fill);
	atcp_table_add(table, color, "[%s] %llu/%llu", bar, used, max);
}

/**
 * enum atcp_lcolumn_kind - how a column is shown and sorted
 * @ATCP_LCOLUMN_ADDRESS: the address and port; by these
 * @ATCP_LCOLUMN_ID: the listener's number; the least first
 * @ATCP_LCOLUMN_PROGRAM: who called listen(2); by name
 * @ATCP_LCOLUMN_STATE: the state; by name
 * @ATCP_LCOLUMN_QUEUE: a length and its limit; the fullest first
 * @ATCP_LCOLUMN_WAIT: a time; the longest first
 * @ATCP_LCOLUMN_COUNT: a number; the greatest first
 * @ATCP_LCOLUMN_WORD: a word; by name
 * @ATCP_LCOLUMN_COOKIES: when cookies are sent, and three numbers; by the first of these
 */
enum atcp_lcolumn_kind {
	ATCP_LCOLUMN_ADDRESS,
	ATCP_LCOLUMN_ID,
	ATCP_LCOLUMN_PROGRAM,
	ATCP_LCOLUMN_STATE,
	ATCP_LCOLUMN_QUEUE,
	ATCP_LCOLUMN_WAIT,
	ATCP_LCOLUMN_COUNT,
	ATCP_LCOLUMN_WORD,
	ATCP_LCOLUMN_COOKIES,
};

/**
 * struct atcp_lcolumn - a column
 * @head: its heading
 * @name: as it is chosen for --sort
 * @kind: how it is shown
 * @rank: how soon it goes where there is no room: the greatest first, 0 stays
 * @field: column of the proc file
 * @max: that of the limit of a queue
 * @color: of a count that is not 0
 */
static const struct atcp_lcolumn {
	const char *head;
	const char *name;
	enum atcp_lcolumn_kind kind;
	unsigned int rank;
	const char *field;
	const char *max;
	enum atcp_color color;
} atcp_lcolumns[ATCP_LCOLUMNS] = {
	{ "LOCAL", "local", ATCP_LCOLUMN_ADDRESS, 0, "local", NULL, 0 },
	{ "ID", "id", ATCP_LCOLUMN_ID, 4, "id", NULL, 0 },
	{ "PROGRAM", "program", ATCP_LCOLUMN_PROGRAM, 3, NULL, NULL, 0 },
	{ "SYN-QUEUE", "synq", ATCP_LCOLUMN_QUEUE, 1, "synq", "synq_max", 0 },
	{ "YOUNG", "young", ATCP_LCOLUMN_COUNT, 12, "young", NULL, ATCP_COLOR_NONE },
	{ "ACCEPT-QUEUE", "acceptq", ATCP_LCOLUMN_QUEUE, 0, "acceptq", "acceptq_max", 0 },
	{ "PEAK", "peak", ATCP_LCOLUMN_COUNT, 10, "acceptq_peak", NULL, ATCP_COLOR_NONE },
	{ "PARKED", "parked", ATCP_LCOLUMN_COUNT, 9, "parked", NULL, ATCP_COLOR_WATCH },
	{ "OVERFLOW", "overflow", ATCP_LCOLUMN_WORD, 11, "overflow", NULL, 0 },
	{ "COOKIES(SENT/OK/BAD)", "cookies", ATCP_LCOLUMN_COOKIES, 13, "cookies_sent", NULL, 0 },
	{ "OVERFLOWS", "overflows", ATCP_LCOLUMN_COUNT, 6, "overflows", NULL, ATCP_COLOR_ALARM },
	{ "DROPS", "drops", ATCP_LCOLUMN_COUNT, 5, "drops", NULL, ATCP_COLOR_ALARM },
	{ "ACCEPTED", "accepted", ATCP_LCOLUMN_COUNT, 7, "accepted", NULL, ATCP_COLOR_NONE },
	{ "WAIT-MS", "wait", ATCP_LCOLUMN_WAIT, 2, NULL, NULL, 0 },
	{ "STATE", "state", ATCP_LCOLUMN_STATE, 8, NULL, NULL, 0 },
};

/**
 * atcp_lcolumn_name() - what a column is called
 * @column: its number
 *
 * Return: the name, as atcp_lcolumn_choose() knows it.
 */
const char *atcp_lcolumn_name(unsigned int column)
{
	return atcp_lcolumns[column].name;
}

/**
 * atcp_lcolumn_choose() - a column by its name
 * @name: as typed
 *
 * Return: its number, or -1 after a message.
 */
int atcp_lcolumn_choose(const char *name)
{
	char names[256] = "";
	unsigned int i;

	for (i = 0; i < ATCP_LCOLUMNS; i++) {
		if (!strcasecmp(name, atcp_lcolumns[i].name) ||
		    !strcasecmp(name, atcp_lcolumns[i].head))
			return i;
		strcat(names, i ? "|" : "");
		strcat(names, atcp_lcolumns[i].name);
	}
	atcp_main_warn("--sort: \"%s\" is none of %s", name, names);
	return -1;
}

/**
 * atcp_lcolumn_ranks() - how soon each column goes
 *
 * Return: for atcp_table_print_fit().
 */
const unsigned int *atcp_lcolumn_ranks(void)
{
	static unsigned int ranks[ATCP_LCOLUMNS];
	unsigned int i;

	for (i = 0; i < ATCP_LCOLUMNS; i++)
		ranks[i] = atcp_lcolumns[i].rank;
	return ranks;
}

/**
 * atcp_lcolumn_fill() - what is shown of a listener
 * @row: result
 * @tab: all listeners
 * @l: this one
 */
void atcp_lcolumn_fill(struct atcp_lcolumn_row *row, const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l)
{
	row->tab = tab;
	row->l = l;
	row->program = atcp_owner_name(l);
	row->oldest = atcp_ltab_number(tab, l, "acceptq_oldest_ms");
	row->state = atcp_ltab_text(tab, l, "state");
}

/**
 * atcp_lcolumn_free() - forget rows
 * @rows: they
 * @count: how many
 */
void atcp_lcolumn_free(struct atcp_lcolumn_row *rows, size_t count)
{
	while (count--) {
		free(rows[count].program);
		free(rows[count].state);
	}
	free(rows);
}

static const char *atcp_lcolumn_text(const struct atcp_lcolumn_row *row,
				     const struct atcp_lcolumn *column)
{
	if (column->kind == ATCP_LCOLUMN_PROGRAM)
		return row->program;
	if (column->kind == ATCP_LCOLUMN_STATE)
		return row->state ? row->state : "-";
	return atcp_lcolumn_field(row, column->field);
}

static double atcp_lcolumn_key(const struct atcp_lcolumn_row *row,
			       const struct atcp_lcolumn *column)
{
	double number;

	switch (column->kind) {
	case ATCP_LCOLUMN_ID:
		return -(double)row->l->id;
	case ATCP_LCOLUMN_WAIT:
		return row->oldest;
	case ATCP_LCOLUMN_QUEUE:
		number = atcp_lcolumn_number(row, column->max);
		return atcp_lcolumn_number(row, column->field) / (number ? number : 1);
	case ATCP_LCOLUMN_COUNT:
	case ATCP_LCOLUMN_COOKIES:
		return atcp_lcolumn_number(row, column->field);
	default:
		return 0;
	}
}

/* What qsort() has no argument for. */
static struct {
	const struct atcp_lcolumn *column;
	bool reverse;
} atcp_lcolumn_by;

static int atcp_lcolumn_compare(const void *a, const void *b)
{
	const struct atcp_lcolumn_row *left = a, *right = b;
	const struct atcp_lcolumn *column = atcp_lcolumn_by.column;
	double first = atcp_lcolumn_key(left, column), second = atcp_lcolumn_key(right, column);
	int rc = first > second ? -1 : first < second;

	switch (column->kind) {
	case ATCP_LCOLUMN_ADDRESS:
	case ATCP_LCOLUMN_PROGRAM:
	case ATCP_LCOLUMN_STATE:
	case ATCP_LCOLUMN_WORD:
		rc = strverscmp(atcp_lcolumn_text(left, column), atcp_lcolumn_text(right, column));
		break;
	default:
		break;
	}
	if (atcp_lcolumn_by.reverse)
		rc = -rc;
	if (rc)
		return rc;
	return left->l->id < right->l->id ? -1 : left->l->id > right->l->id;
}

/**
 * atcp_lcolumn_sort() - put rows in order
 * @rows: they
 * @count: how many
 * @column: by which
 * @reverse: the other way round
 */
void atcp_lcolumn_sort(struct atcp_lcolumn_row *rows, size_t count, int column, bool reverse)
{
	atcp_lcolumn_by.column = &atcp_lcolumns[column];
	atcp_lcolumn_by.reverse = reverse;
	qsort(rows, count, sizeof(*rows), atcp_lcolumn_compare);
}

/* A cell. */
static void atcp_lcolumn_add(struct atcp_table *table, const struct atcp_lcolumn_row *row,
			     const struct atcp_lcolumn *column, bool bars)
{
	switch (column->kind) {
	case ATCP_LCOLUMN_QUEUE:
		atcp_lcolumn_queue(table, row, column->field, column->max, bars);
		break;
	case ATCP_LCOLUMN_WAIT:
		if (row->oldest < 0)
			atcp_table_add(table, ATCP_COLOR_NONE, "-");
		else
			atcp_table_add(table, row->oldest >= ATCP_LCOLUMN_LONG ?
				       ATCP_COLOR_WATCH : ATCP_COLOR_NONE, "%lld", row->oldest);
		break;
	case ATCP_LCOLUMN_COOKIES:
		atcp_table_add(table, atcp_lcolumn_number(row, "cookies_sent") ?
			       ATCP_COLOR_WATCH : ATCP_COLOR_NONE, "%s %s/%s/%s",
			       atcp_lcolumn_field(row, "syncookies"),
			       atcp_lcolumn_field(row, "cookies_sent"),
			       atcp_lcolumn_field(row, "cookies_recv"),
			       atcp_lcolumn_field(row, "cookies_failed"));
		break;
	case ATCP_LCOLUMN_COUNT:
		/* A counter that should be zero stands out when it is not. */
		atcp_table_add(table, atcp_lcolumn_number(row, column->field) ?
			       column->color : ATCP_COLOR_NONE, "%s",
			       atcp_lcolumn_field(row, column->field));
		break;
	default:
		atcp_table_add(table, ATCP_COLOR_NONE, "%s", atcp_lcolumn_text(row, column));
		break;
	}
}

/**
 * atcp_lcolumn_table() - all columns of all rows
 * @rows: they
 * @count: how many
 * @bars: queues have bars
 *
 * Return: for atcp_table_free().
 */
struct atcp_table *atcp_lcolumn_table(const struct atcp_lcolumn_row *rows, size_t count, bool bars)
{
	struct atcp_table *table = atcp_table_new(ATCP_LCOLUMNS);
	size_t i, n;

	for (n = 0; n < ATCP_LCOLUMNS; n++)
		atcp_table_add(table, ATCP_COLOR_HEAD, "%s", atcp_lcolumns[n].head);
	for (i = 0; i < count; i++)
		for (n = 0; n < ATCP_LCOLUMNS; n++)
			atcp_lcolumn_add(table, &rows[i], &atcp_lcolumns[n], bars);
	return table;
}
