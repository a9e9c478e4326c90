/* SPDX-License-Identifier: GPL-2.0 */
/* The columns of atcpctl listeners: what each shows, and what comes first by it. */
#ifndef ATCP_LCOLUMN_H
#define ATCP_LCOLUMN_H

#include <stdbool.h>
#include <stddef.h>

struct atcp_ltab;
struct atcp_ltab_listener;
struct atcp_table;

/**
 * struct atcp_lcolumn_row - a listener as it is shown
 * @tab: all listeners
 * @l: this one
 * @program: who called listen(2)
 * @oldest: how long the first in the accept queue has waited, ms; -1: not known
 * @state: of the listener
 */
struct atcp_lcolumn_row {
	const struct atcp_ltab *tab;
	const struct atcp_ltab_listener *l;
	char *program;
	long long oldest;
	char *state;
};

#define ATCP_LCOLUMNS	15

const char *atcp_lcolumn_name(unsigned int column);
int atcp_lcolumn_choose(const char *name);
const unsigned int *atcp_lcolumn_ranks(void);
void atcp_lcolumn_fill(struct atcp_lcolumn_row *row, const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l);
void atcp_lcolumn_sort(struct atcp_lcolumn_row *rows, size_t count, int column, bool reverse);
struct atcp_table *atcp_lcolumn_table(const struct atcp_lcolumn_row *rows, size_t count, bool bars);
void atcp_lcolumn_free(struct atcp_lcolumn_row *rows, size_t count);

#endif /* ATCP_LCOLUMN_H */
