// SPDX-License-Identifier: GPL-2.0
/* atcpctl top: the listeners live: queues as bars, rates, reasons; or once, as text. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "atcpctl.h"
#include "file.h"
#include "knob.h"
#include "ltab.h"
#include "select.h"
#include "sysfs.h"
#include "table.h"
#include "topdata.h"
#include "topview.h"

static struct atcp_topview atcp_top_view = { .interval = 1 };
/* Frames to print as text; 0: live on the terminal, or without end in a pipe. */
static unsigned long atcp_top_count;
static bool atcp_top_batch;
static volatile sig_atomic_t atcp_top_over;

static void atcp_top_stop(int signo)
{
	(void)signo;
	atcp_top_over = 1;
}

static int atcp_top_order(const char *word)
{
	char names[128] = "";
	unsigned int i;

	for (i = 0; i < ATCP_TOPDATA_ORDERS; i++) {
		if (!strcmp(word, atcp_topdata_orders[i])) {
			atcp_top_view.order = i;
			return 2;
		}
		strcat(names, i ? "|" : "");
		strcat(names, atcp_topdata_orders[i]);
	}
	atcp_main_warn("--sort: \"%s\" is none of %s", word, names);
	return -1;
}

static int atcp_top_frames(const char *word)
{
	char *end;

	errno = 0;
	atcp_top_count = strtoul(word, &end, 10);
	atcp_top_batch = true;
	if (!errno && !*end && *word != '-' && atcp_top_count)
		return 2;
	atcp_main_warn("--count: \"%s\" is not in range 1..%lu, unit readings",
		       word, ~0UL);
	return -1;
}

/**
 * atcp_top_option() - an option of top
 * @argc: words left
 * @argv: the option and what follows
 *
 * Return: words taken, 0 if it is none of top's, -1 if it is used wrongly.
 */
int atcp_top_option(int argc, char **argv)
{
	if (!strcmp(argv[0], "-i") || !strcmp(argv[0], "--interval"))
		return atcp_main_interval(argc, argv, &atcp_top_view.interval);
	if (!strcmp(argv[0], "--once")) {
		atcp_top_batch = true;
		atcp_top_count = 1;
		return 1;
	}
	if (!strcmp(argv[0], "-b") || !strcmp(argv[0], "--batch")) {
		atcp_top_batch = true;
		return 1;
	}
	if (!strcmp(argv[0], "-r") || !strcmp(argv[0], "--reverse")) {
		atcp_top_view.reverse = true;
		return 1;
	}
	if (!strcmp(argv[0], "--hide-idle")) {
		atcp_top_view.hide = true;
		return 1;
	}
	if (!strcmp(argv[0], "--count"))
		return atcp_top_frames(argc > 1 ? argv[1] : "");
	if (!strcmp(argv[0], "--sort"))
		return atcp_top_order(argc > 1 ? argv[1] : "");
	return 0;
}

/* A new reading in place of the old one, sorted. */
static int atcp_top_read(struct atcp_topdata *data, char **selectors)
{
	struct atcp_topdata next;

	if (atcp_topdata_read(&next, data->rows ? data : NULL, selectors))
		return -1;
	atcp_topdata_free(data);
	*data = next;
	atcp_topdata_sort(data, atcp_top_view.order, atcp_top_view.reverse, atcp_top_view.hide);
	return 0;
}

static void atcp_top_print(const struct atcp_topdata *data)
{
	const char *columns = getenv("COLUMNS");
	int width = columns ? atoi(columns) : 0;
	char *text;
	size_t i;

	if (atcp_options.json) {
		atcp_knob_json_print(atcp_topdata_json(data));
		return;
	}
	text = atcp_topdata_totals(data);
	puts(text);
	free(text);
	if (width > 400)
		width = 400;
	text = atcp_topdata_head(width);
	printf("%s%s%s\n", atcp_table_paint(ATCP_COLOR_HEAD), text,
	       atcp_table_paint(ATCP_COLOR_NONE));
	free(text);
	for (i = 0; i < data->shown; i++) {
		text = atcp_topdata_line(&data->rows[i], width);
		puts(text);
		free(text);
		text = atcp_topdata_reasons(&data->rows[i]);
		if (*text)
			printf("    %s\n", text);
		free(text);
	}
}

static void atcp_top_sleep(double seconds)
{
	struct timespec wait = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (time_t)seconds) * 1e9,
	};

	nanosleep(&wait, NULL);
}

/* Text, one reading after another. */
static int atcp_top_text(struct atcp_topdata *data, char **selectors)
{
	unsigned long n;

	for (n = 0; !atcp_top_over && (!atcp_top_count || n < atcp_top_count); n++) {
		if (n && !atcp_options.json)
			putchar('\n');
		atcp_top_sleep(atcp_top_view.interval);
		if (atcp_top_over)
			break;
		if (atcp_top_read(data, selectors))
			return ATCP_EXIT_FAIL;
		atcp_top_print(data);
		if (fflush(stdout))
			break;
	}
	return ATCP_EXIT_OK;
}

/* Is its directory there, or another's of its number, as /sys is another namespace's? */
static bool atcp_top_is_dir(const struct atcp_topdata_row *row)
{
	char *path = atcp_file_format("%s/inode", row->dir), *text = atcp_file_read(path);
	bool is = text && strtoul(text, NULL, 10) == row->inode;

	free(path);
	free(text);
	return is;
}

static void atcp_top_reset(const struct atcp_topdata *data)
{
	const struct atcp_topdata_row *row = atcp_topview_chosen(&atcp_top_view,
								 data);
	char *path;

	if (!row || !row->dir)
		return;
	if (!atcp_top_is_dir(row) && (!atcp_sysfs_remount() || !atcp_top_is_dir(row)))
		return;
	path = atcp_file_format("%s/reset_peaks", row->dir);
	/* Who may not write there sees that nothing changes. */
	atcp_file_write(path, "1");
	free(path);
}

static double atcp_top_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Keys and readings until the end; the screen is open. */
static int atcp_top_live(struct atcp_topdata *data, char **selectors)
{
	struct atcp_topview *view = &atcp_top_view;
	enum atcp_topview_key key;
	double left;

	while (!atcp_top_over) {
		atcp_topdata_sort(data, view->order, view->reverse, view->hide);
		atcp_topview_draw(view, data);
		left = view->paused ? 3600 : data->at + view->interval - atcp_top_now();
		key = atcp_topview_wait(view, data, left);
		if (key == ATCP_TOPVIEW_QUIT)
			break;
		if (key == ATCP_TOPVIEW_RESET)
			atcp_top_reset(data);
		if (key == ATCP_TOPVIEW_DRAW || (key == ATCP_TOPVIEW_NONE && view->paused))
			continue;
		if (key == ATCP_TOPVIEW_NONE && atcp_top_now() < data->at + view->interval)
			continue;
		if (atcp_top_read(data, selectors))
			return ATCP_EXIT_FAIL;
	}
	return ATCP_EXIT_OK;
}

static void atcp_top_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction stop = { .sa_handler = atcp_top_stop };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &stop, NULL);
}

/* What means no listener at the beginning is told before anything is shown. */
static bool atcp_top_missing(char **selectors)
{
	struct atcp_ltab *tab = *selectors ? atcp_ltab_new() : NULL;
	bool missing = tab && atcp_select_missing(tab, selectors);

	atcp_ltab_free(tab);
	return missing;
}

/**
 * atcp_top_run() - the top subcommand
 * @argc: number of words, unused
 * @argv: "top" and selectors
 *
 * Return: enum atcp_exit
 */
int atcp_top_run(int argc, char **argv)
{
	struct atcp_topdata data = { 0 };
	int rc;

	(void)argc;
	if (atcp_select_check(argv + 1))
		return ATCP_EXIT_USAGE;
	if (atcp_top_read(&data, argv + 1) || atcp_top_missing(argv + 1)) {
		atcp_topdata_free(&data);
		return ATCP_EXIT_FAIL;
	}
	if (atcp_top_batch || atcp_options.json || !isatty(STDOUT_FILENO)) {
		atcp_top_signals();
		rc = atcp_top_text(&data, argv + 1);
	} else if (atcp_topview_open()) {
		rc = ATCP_EXIT_FAIL;
	} else {
		/* After curses, which has handlers of its own. */
		atcp_top_signals();
		rc = atcp_top_live(&data, argv + 1);
		atcp_topview_close();
		if (rc)
			atcp_main_warn("top: the listeners could not be read");
	}
	atcp_topdata_free(&data);
	return rc;
}
