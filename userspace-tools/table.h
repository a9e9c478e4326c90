/* SPDX-License-Identifier: GPL-2.0 */
/* Text tables with aligned columns and colours. */
#ifndef ATCP_TABLE_H
#define ATCP_TABLE_H

#include "atcpctl.h"

/**
 * enum atcp_color - how a cell looks on a terminal
 * @ATCP_COLOR_NONE: as all text
 * @ATCP_COLOR_HEAD: a heading
 * @ATCP_COLOR_CALM: all is well
 * @ATCP_COLOR_WATCH: worth a look
 * @ATCP_COLOR_ALARM: trouble
 */
enum atcp_color {
	ATCP_COLOR_NONE,
	ATCP_COLOR_HEAD,
	ATCP_COLOR_CALM,
	ATCP_COLOR_WATCH,
	ATCP_COLOR_ALARM,
};

struct atcp_table;

struct atcp_table *atcp_table_new(unsigned int columns);
void atcp_table_add(struct atcp_table *table, enum atcp_color color,
		    const char *fmt, ...) __printf(3, 4);
void atcp_table_print(const struct atcp_table *table);
unsigned int atcp_table_overfull(const struct atcp_table *table, const unsigned int *rank,
				 unsigned int room);
void atcp_table_print_fit(const struct atcp_table *table, const unsigned int *rank,
			  unsigned int room, unsigned int lines);
unsigned int atcp_table_screen(unsigned int *lines);
void atcp_table_free(struct atcp_table *table);
const char *atcp_table_paint(enum atcp_color color);

#endif /* ATCP_TABLE_H */
