// SPDX-License-Identifier: GPL-2.0
/* Collects cells, then prints them in columns as wide as they need to be. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "atcpctl.h"
#include "file.h"
#include "table.h"

struct atcp_table_cell {
	enum atcp_color color;
	char *text;
};

/**
 * struct atcp_table - rows of cells
 * @columns: cells in a row
 * @count: cells so far, the heading's included
 * @room: for so many
 * @cells: row after row
 */
struct atcp_table {
	unsigned int columns;
	unsigned int count;
	unsigned int room;
	struct atcp_table_cell *cells;
};

/**
 * atcp_table_paint() - the escape sequence of a colour
 * @color: which
 *
 * Return: a text, empty when colours are off.
 */
const char *atcp_table_paint(enum atcp_color color)
{
	static const char * const codes[] = {
		[ATCP_COLOR_NONE]	= "\033[0m",
		[ATCP_COLOR_HEAD]	= "\033[1m",
		[ATCP_COLOR_CALM]	= "\033[32m",
		[ATCP_COLOR_WATCH]	= "\033[33m",
		[ATCP_COLOR_ALARM]	= "\033[1;31m",
	};

	return atcp_options.color ? codes[color] : "";
}

/**
 * atcp_table_new() - an empty table
 * @columns: cells in a row
 *
 * Return: to be given to atcp_table_free().
 */
struct atcp_table *atcp_table_new(unsigned int columns)
{
	struct atcp_table *table = atcp_file_must(calloc(1, sizeof(*table)));

	table->columns = columns;
	return table;
}

/**
 * atcp_table_add() - add the next cell
 * @table: where to
 * @color: of the cell
 * @fmt: printf format of its text
 */
void atcp_table_add(struct atcp_table *table, enum atcp_color color,
		    const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (table->count == table->room) {
		table->room = 2 * table->room + 64;
		table->cells = atcp_file_must(realloc(table->cells, table->room *
						      sizeof(*table->cells)));
	}
	table->cells[table->count].text = atcp_file_must(text);
	table->cells[table->count].color = color;
	table->count++;
}

static unsigned int atcp_table_width(const struct atcp_table *table,
				     unsigned int column)
{
	unsigned int i, width = 0;

	for (i = column; i < table->count; i += table->columns) {
		unsigned int len = strlen(table->cells[i].text);

		if (len > width)
			width = len;
	}
	return width;
}

/* How wide each column is; 0 for those that are left out. To be freed. */
static unsigned int *atcp_table_widths(const struct atcp_table *table,
				       const unsigned int *rank, unsigned int room,
				       unsigned int *dropped)
{
	unsigned int *widths = atcp_file_must(calloc(table->columns, sizeof(*widths)));
	unsigned int i, total = 0, worst;

	*dropped = 0;
	for (i = 0; i < table->columns; i++) {
		widths[i] = atcp_table_width(table, i);
		total += widths[i] + 2;
	}
	while (room && total > room + 2) {
		for (worst = 0, i = 1; i < table->columns; i++)
			if (widths[i] && (!widths[worst] || rank[i] >= rank[worst]))
				worst = i;
		if (!rank[worst])
			break;
		total -= widths[worst] + 2;
		widths[worst] = 0;
		(*dropped)++;
	}
	return widths;
}

/**
 * atcp_table_overfull() - how many columns do not fit
 * @table: whose rows are complete
 * @rank: of each column: the greatest go first, 0 stays
 * @room: width of the screen, 0: any
 *
 * Return: their number.
 */
unsigned int atcp_table_overfull(const struct atcp_table *table, const unsigned int *rank,
				 unsigned int room)
{
	unsigned int dropped;

	free(atcp_table_widths(table, rank, room, &dropped));
	return dropped;
}

/**
 * atcp_table_print_fit() - print what fits
 * @table: whose rows are complete
 * @rank: of each column: the greatest go first, 0 stays
 * @room: width of the screen, 0: any
 * @lines: so many rows at most, the heading's among them, 0: all
 */
void atcp_table_print_fit(const struct atcp_table *table, const unsigned int *rank,
			  unsigned int room, unsigned int lines)
{
	unsigned int i, dropped, blanks = 0;
	unsigned int *widths = atcp_table_widths(table, rank, room, &dropped);

	for (i = 0; i < table->count && (!lines || i < lines * table->columns); i++) {
		const struct atcp_table_cell *cell = &table->cells[i];
		unsigned int column = i % table->columns;

		if (widths[column]) {
			printf("%*s", (int)blanks, "");
			if (cell->color != ATCP_COLOR_NONE)
				fputs(atcp_table_paint(cell->color), stdout);
			fputs(cell->text, stdout);
			if (cell->color != ATCP_COLOR_NONE)
				fputs(atcp_table_paint(ATCP_COLOR_NONE), stdout);
			blanks = widths[column] + 2 - strlen(cell->text);
		}
		if (column == table->columns - 1) {
			putchar('\n');
			blanks = 0;
		}
	}
	free(widths);
}

/**
 * atcp_table_print() - print all rows
 * @table: whose rows are complete
 */
void atcp_table_print(const struct atcp_table *table)
{
	atcp_table_print_fit(table, NULL, 0, 0);
}

/**
 * atcp_table_screen() - the size of the terminal that is printed to
 * @lines: its lines, 0 if it is none
 *
 * Return: its columns, or what COLUMNS says; 0 if any width will do.
 */
unsigned int atcp_table_screen(unsigned int *lines)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	bool terminal = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);

	*lines = terminal ? size.ws_row : 0;
	if (columns && atoi(columns) > 0)
		return atoi(columns);
	return terminal ? size.ws_col : 0;
}

/**
 * atcp_table_free() - forget a table
 * @table: to be freed
 */
void atcp_table_free(struct atcp_table *table)
{
	unsigned int i;

	for (i = 0; i < table->count; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}
