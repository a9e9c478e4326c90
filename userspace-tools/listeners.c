// SPDX-License-Identifier: GPL-2.0
/* atcpctl listeners: both queues of every listener, from /proc/net/atcp/listen and sysfs. */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "atcpctl.h"
#include "detail.h"
#include "file.h"
#include "knob.h"
#include "lcolumn.h"
#include "ltab.h"
#include "owner.h"
#include "paste.h"
#include "select.h"
#include "table.h"

/* The options. */
static struct {
	int sort;
	bool reverse;
	bool wide;
	const char *state;
	const char *port;
	const char *program;
	double watch;
	unsigned long count;
} atcp_listeners = { .sort = -1 };

static volatile sig_atomic_t atcp_listeners_over;

static void atcp_listeners_stop(int signo)
{
	(void)signo;
	atcp_listeners_over = 1;
}

/* The word that belongs to an option: after it, or after = in it; NULL after a message. */
static const char *atcp_listeners_word(int argc, char **argv, const char *name, int *took)
{
	size_t len = strlen(name);

	if (!strncmp(argv[0], name, len) && argv[0][len] == '=') {
		*took = 1;
		return argv[0] + len + 1;
	}
	if (strcmp(argv[0], name))
		return NULL;
	*took = argc > 1 ? 2 : -1;
	if (argc < 2)
		atcp_main_warn("%s needs a word", name);
	return argc > 1 ? argv[1] : NULL;
}

static int atcp_listeners_watch(const char *word)
{
	char *name = "--watch";

	if (!word) {
		atcp_listeners.watch = 2;
		return 1;
	}
	return atcp_main_interval(2, (char *[]){ name, (char *)word }, &atcp_listeners.watch) < 0 ?
	       -1 : 1;
}

static int atcp_listeners_check(int took)
{
	const char *state = atcp_listeners.state, *port = atcp_listeners.port;
	char *end;

	if (state && strcmp(state, "listen") && strcmp(state, "drain")) {
		atcp_main_warn("--state: \"%s\" is none of listen, drain", state);
		return -1;
	}
	if (port && (*port < '0' || *port > '9' || strtoul(port, &end, 10) > 65535 || *end)) {
		atcp_main_warn("--port: \"%s\" is no port: range 0..65535", port);
		return -1;
	}
	return took;
}

/* Those that say which listeners. */
static int atcp_listeners_filter(int argc, char **argv)
{
	const struct {
		const char *name;
		const char **word;
	} filters[] = {
		{ "--state", &atcp_listeners.state },
		{ "--port", &atcp_listeners.port },
		{ "--program", &atcp_listeners.program },
	};
	const char *word;
	int took = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(filters) && !took; i++) {
		word = atcp_listeners_word(argc, argv, filters[i].name, &took);
		if (!word)
			continue;
		*filters[i].word = word;
		return atcp_listeners_check(took);
	}
	return took;
}

/**
 * atcp_listeners_option() - an option of listeners
 * @argc: words left
 * @argv: the option and what follows
 *
 * Return: words taken, 0 if it is none of listeners', -1 if it is used wrongly.
 */
int atcp_listeners_option(int argc, char **argv)
{
	const char *word, *end;
	int took = 0;

	if (!strcmp(argv[0], "-w") || !strcmp(argv[0], "--wide")) {
		atcp_listeners.wide = true;
		return 1;
	}
	if (!strcmp(argv[0], "-r") || !strcmp(argv[0], "--reverse")) {
		atcp_listeners.reverse = true;
		return 1;
	}
	if (!strcmp(argv[0], "--watch") || !strncmp(argv[0], "--watch=", 8))
		return atcp_listeners_watch(argv[0][7] ? argv[0] + 8 : NULL);
	word = atcp_listeners_word(argc, argv, "--sort", &took);
	if (word) {
		atcp_listeners.sort = atcp_lcolumn_choose(word);
		return atcp_listeners.sort < 0 ? -1 : took;
	}
	word = atcp_listeners_word(argc, argv, "--count", &took);
	if (word) {
		atcp_listeners.count = strtoul(word, (char **)&end, 10);
		if (atcp_listeners.count && !*end && *word != '-')
			return took;
		atcp_main_warn("--count: \"%s\" is not in range 1..%lu, unit readings",
			       word, ~0UL);
		return -1;
	}
	return took ? took : atcp_listeners_filter(argc, argv);
}

/* Do the filters let it pass? */
static bool atcp_listeners_wanted(const struct atcp_lcolumn_row *row)
{
	const char *port = strrchr(row->l->local, ':');

	if (atcp_listeners.state && (!row->state || strcmp(row->state, atcp_listeners.state)))
		return false;
	if (atcp_listeners.port &&
	    (!port || strtoul(port + 1, NULL, 10) != strtoul(atcp_listeners.port, NULL, 10)))
		return false;
	return !atcp_listeners.program || !fnmatch(atcp_listeners.program, row->program, 0);
}

/* Those that are asked for, in order. */
static struct atcp_lcolumn_row *atcp_listeners_rows(const struct atcp_ltab *tab, char **selectors,
						    size_t *count)
{
	struct atcp_lcolumn_row *rows = atcp_file_must(calloc(tab->count + 1, sizeof(*rows)));
	size_t i;

	*count = 0;
	for (i = 0; i < tab->count; i++) {
		struct atcp_lcolumn_row *row = &rows[*count];

		if (!atcp_select_any(selectors, &tab->all[i]))
			continue;
		atcp_lcolumn_fill(row, tab, &tab->all[i]);
		if (atcp_listeners_wanted(row)) {
			(*count)++;
			continue;
		}
		free(row->program);
		free(row->state);
	}
	if (atcp_listeners.sort >= 0 || atcp_listeners.reverse)
		atcp_lcolumn_sort(rows, *count, atcp_listeners.sort >= 0 ? atcp_listeners.sort : 1,
				  atcp_listeners.reverse);
	return rows;
}

/* A table as wide as the terminal; of a screen, what fits on it. */
static void atcp_listeners_table(const struct atcp_lcolumn_row *rows, size_t count, bool screen)
{
	unsigned int lines, room = atcp_table_screen(&lines);
	const unsigned int *ranks = atcp_lcolumn_ranks();
	struct atcp_table *table;

	if (atcp_listeners.wide)
		room = 0;
	table = atcp_lcolumn_table(rows, count, atcp_options.color);
	/* Bars say nothing that the numbers beside them do not. */
	if (atcp_options.color && atcp_table_overfull(table, ranks, room)) {
		atcp_table_free(table);
		table = atcp_lcolumn_table(rows, count, false);
	}
	/* A line for what was cut off, and one for the cursor. */
	lines = screen && lines > 3 && count + 2 > lines ? lines - 2 : 0;
	atcp_table_print_fit(table, ranks, room, lines);
	if (lines)
		printf("and %zu more\n", count + 1 - lines);
	atcp_table_free(table);
}

static void atcp_listeners_print(const struct atcp_ltab *tab, const struct atcp_lcolumn_row *rows,
				 size_t count, bool screen)
{
	struct json_object *all;
	size_t i;

	if (atcp_options.json) {
		all = json_object_new_array();
		for (i = 0; i < count; i++)
			json_object_array_add(all, atcp_detail_json(tab, rows[i].l));
		atcp_knob_json_print(all);
	} else if (atcp_options.details) {
		for (i = 0; i < count; i++)
			atcp_detail_print(tab, rows[i].l);
	} else if (count || !atcp_options.among) {
		atcp_listeners_table(rows, count, screen);
	}
}

/* One reading; with @missing, says what matches nothing. */
static int atcp_listeners_once(char **selectors, bool screen, bool missing)
{
	struct atcp_ltab *tab = atcp_ltab_new();
	bool filters = atcp_listeners.state || atcp_listeners.port || atcp_listeners.program;
	struct atcp_lcolumn_row *rows;
	int rc = ATCP_EXIT_OK;
	size_t count, none;

	if (!tab)
		return ATCP_EXIT_FAIL;
	rows = atcp_listeners_rows(tab, selectors, &count);
	if (screen)
		fputs("\033[H\033[J", stdout);
	if (count || !missing || (!*selectors && !filters) || atcp_options.json)
		atcp_listeners_print(tab, rows, count, screen);
	if (missing) {
		none = atcp_select_missing(tab, selectors);
		if (!none && !count && filters && !atcp_options.among)
			atcp_main_warn("no listener has such a state, port and program (%s listeners shows them)",
				       atcp_paste_tool());
		if (atcp_options.among)
			rc = (none || filters) && !count ? ATCP_EXIT_NONE : ATCP_EXIT_OK;
		else if (none || (!count && filters))
			rc = ATCP_EXIT_FAIL;
	}
	atcp_lcolumn_free(rows, count);
	atcp_ltab_free(tab);
	atcp_owner_forget();
	return rc;
}

/* Reading after reading, on a terminal in one place. */
static int atcp_listeners_again(char **selectors)
{
	struct sigaction stop = { .sa_handler = atcp_listeners_stop };
	bool screen = isatty(STDOUT_FILENO) && !atcp_options.json && !atcp_options.details;
	struct timespec wait = {
		.tv_sec = atcp_listeners.watch,
		.tv_nsec = (atcp_listeners.watch - (time_t)atcp_listeners.watch) * 1e9,
	};
	unsigned long n;
	int rc;

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	for (n = 1; ; n++) {
		rc = atcp_listeners_once(selectors, screen, false);
		if (fflush(stdout))
			return ATCP_EXIT_OK;
		if (rc || atcp_listeners_over || n == atcp_listeners.count)
			return rc;
		nanosleep(&wait, NULL);
		if (atcp_listeners_over)
			return rc;
		if (!screen && !atcp_options.json)
			putchar('\n');
	}
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
	(void)argc;
	if (atcp_select_check(argv + 1))
		return ATCP_EXIT_USAGE;
	if (atcp_listeners.count && !atcp_listeners.watch) {
		atcp_main_warn("listeners: --count is of --watch");
		return ATCP_EXIT_USAGE;
	}
	if (atcp_listeners.watch && atcp_options.among) {
		atcp_main_warn("listeners: either --watch or --all-netns");
		return ATCP_EXIT_USAGE;
	}
	if (atcp_listeners.watch)
		return atcp_listeners_again(argv + 1);
	return atcp_listeners_once(argv + 1, false, true);
}
