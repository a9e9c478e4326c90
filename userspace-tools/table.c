// SPDX-License-Identifier: GPL-2.0
/* Collects cells, then prints them in columns as wide as they need to be. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
 * @cells: row after row
 */
struct atcp_table {
	unsigned int columns;
	unsigned int count;
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
	size_t size = (table->count + 1) * sizeof(*table->cells);
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	table->cells = atcp_file_must(realloc(table->cells, size));
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

/**
 * atcp_table_print() - print all rows
 * @table: whose rows are complete
 */
void atcp_table_print(const struct atcp_table *table)
{
	unsigned int i, column, width;

	for (i = 0; i < table->count; i++) {
		const struct atcp_table_cell *cell = &table->cells[i];

		column = i % table->columns;
		if (cell->color != ATCP_COLOR_NONE)
			fputs(atcp_table_paint(cell->color), stdout);
		fputs(cell->text, stdout);
		if (cell->color != ATCP_COLOR_NONE)
			fputs(atcp_table_paint(ATCP_COLOR_NONE), stdout);
		if (column == table->columns - 1) {
			putchar('\n');
			continue;
		}
		width = atcp_table_width(table, column) + 2;
		printf("%*s", (int)(width - strlen(cell->text)), "");
	}
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
