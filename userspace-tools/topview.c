// SPDX-License-Identifier: GPL-2.0
/*
 * Draws atcpctl top by ncurses: sums, a line for each listener, and what happens to
 * the chosen one. Colours say how full a queue is; the bars do so without them.
 */
#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "atcpctl.h"
#include "file.h"
#include "topview.h"

/* Lines above the rows, and below: two rules, three of the chosen one, the keys. */
#define ATCP_TOPVIEW_ABOVE	3
#define ATCP_TOPVIEW_BELOW	6
#define ATCP_TOPVIEW_WIDTH	80

enum {
	ATCP_TOPVIEW_WATCH = 1,
	ATCP_TOPVIEW_ALARM,
	ATCP_TOPVIEW_CALM,
};

static const char * const atcp_topview_keys[] = {
	"q        quit",
	"up down  choose a listener (also k and j, page up and down)",
	"s        sort by the next column",
	"+ -      twice and half the interval",
	"space    read now",
	"p        pause and go on",
	"r        start the peaks of the chosen listener anew",
	"h ?      this help",
};

/**
 * atcp_topview_open() - take the terminal
 *
 * Return: 0, or -1 after a message.
 */
int atcp_topview_open(void)
{
	SCREEN *screen = newterm(NULL, stdout, stdin);

	if (!screen) {
		atcp_main_warn("top: this terminal (TERM=%s) cannot be used; --once works anywhere",
			       getenv("TERM") ? getenv("TERM") : "");
		return -1;
	}
	set_term(screen);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	if (!has_colors() || !atcp_options.color)
		return 0;
	start_color();
	use_default_colors();
	init_pair(ATCP_TOPVIEW_WATCH, COLOR_YELLOW, -1);
	init_pair(ATCP_TOPVIEW_ALARM, COLOR_RED, -1);
	init_pair(ATCP_TOPVIEW_CALM, COLOR_GREEN, -1);
	return 0;
}

/**
 * atcp_topview_close() - give the terminal back
 */
void atcp_topview_close(void)
{
	endwin();
}

static size_t atcp_topview_index(const struct atcp_topview *view,
				 const struct atcp_topdata *data)
{
	size_t i;

	for (i = 0; i < data->count; i++)
		if (data->rows[i].inode == view->chosen)
			return i;
	return 0;
}

/**
 * atcp_topview_chosen() - the chosen listener
 * @view: the screen
 * @data: all listeners
 *
 * Return: its row, NULL without listeners.
 */
const struct atcp_topdata_row *
atcp_topview_chosen(const struct atcp_topview *view, const struct atcp_topdata *data)
{
	return data->count ? &data->rows[atcp_topview_index(view, data)] : NULL;
}

/* How a row looks: by the fuller of its queues. */
static int atcp_topview_look(const struct atcp_topdata_row *row)
{
	const struct atcp_topdata_queue *queues[] = { &row->synq, &row->acceptq };
	int look = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(queues); i++) {
		if (queues[i]->used && queues[i]->used >= queues[i]->max)
			return COLOR_PAIR(ATCP_TOPVIEW_ALARM) | A_BOLD;
		if (queues[i]->used * 2 > queues[i]->max)
			look = COLOR_PAIR(ATCP_TOPVIEW_WATCH);
	}
	return look;
}

/* A text in one line, cut at the edge. */
static void atcp_topview_put(int line, int look, const char *text)
{
	if (line >= LINES)
		return;
	attrset(look);
	mvaddnstr(line, 0, text, COLS);
	attrset(0);
}

static void atcp_topview_title(const struct atcp_topview *view)
{
	time_t now = time(NULL);
	char day[16], *text;
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(day, sizeof(day), "%T", &tm);
	text = atcp_file_format("atcp top  %s%s%s  every %g s%s  sorted by %s", day,
				atcp_options.netns ? "  netns " : "",
				atcp_options.netns ? atcp_options.netns : "",
				view->interval, view->paused ? " (paused)" : "",
				atcp_topdata_orders[view->order]);
	atcp_topview_put(0, A_BOLD, text);
	free(text);
}

/* The rows around the chosen one. */
static void atcp_topview_rows(struct atcp_topview *view,
			      const struct atcp_topdata *data, int width)
{
	int room = LINES - ATCP_TOPVIEW_ABOVE - ATCP_TOPVIEW_BELOW, i;
	size_t chosen = atcp_topview_index(view, data);
	char *text;

	if (room < 1)
		room = 1;
	if (chosen < view->first)
		view->first = chosen;
	if (chosen >= view->first + room)
		view->first = chosen - room + 1;
	for (i = 0; i < room && view->first + i < data->count; i++) {
		const struct atcp_topdata_row *row = &data->rows[view->first + i];

		text = atcp_topdata_line(row, width);
		atcp_topview_put(ATCP_TOPVIEW_ABOVE + i, atcp_topview_look(row) |
				 (view->first + i == chosen ? A_REVERSE : 0), text);
		free(text);
	}
}

/* Two lines of which counters of the chosen listener grow. */
static void atcp_topview_detail(const struct atcp_topview *view,
				const struct atcp_topdata *data)
{
	const struct atcp_topdata_row *row = atcp_topview_chosen(view, data);
	int line = LINES - ATCP_TOPVIEW_BELOW;
	char *text;

	if (line < ATCP_TOPVIEW_ABOVE + 1)
		return;
	mvhline(line, 0, ACS_HLINE, COLS);
	if (!row) {
		atcp_topview_put(line + 1, 0, "No listeners.");
		return;
	}
	text = atcp_file_format("%s id %lu inode %lu  peaks %llu and %llu  parked %llu",
				row->local, row->id, row->inode, row->synq.peak,
				row->acceptq.peak, row->parked);
	atcp_topview_put(line + 1, A_BOLD, text);
	if (row->oldest >= 0)
		printw("  oldest wait %lld ms", row->oldest);
	free(text);
	text = atcp_topdata_reasons(row);
	atcp_topview_put(line + 2, 0, *text ? text : "nothing happens");
	if (strlen(text) > (size_t)COLS)
		atcp_topview_put(line + 3, 0, text + COLS);
	free(text);
}

static void atcp_topview_help(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atcp_topview_keys); i++)
		atcp_topview_put(ATCP_TOPVIEW_ABOVE + i, 0, atcp_topview_keys[i]);
}

/**
 * atcp_topview_draw() - show a reading
 * @view: the screen
 * @data: the reading, sorted
 */
void atcp_topview_draw(struct atcp_topview *view, const struct atcp_topdata *data)
{
	int width = COLS;
	char *text;

	if (width < ATCP_TOPVIEW_WIDTH)
		width = ATCP_TOPVIEW_WIDTH;
	erase();
	atcp_topview_title(view);
	text = atcp_topdata_totals(data);
	atcp_topview_put(1, 0, text);
	free(text);
	text = atcp_topdata_head(width);
	atcp_topview_put(2, A_REVERSE, text);
	free(text);
	if (view->help) {
		atcp_topview_help();
	} else {
		atcp_topview_rows(view, data, width);
		atcp_topview_detail(view, data);
	}
	atcp_topview_put(LINES - 1, A_DIM,
			 "q quit  up/down choose  s sort  +/- interval  p pause  r reset peaks  h help");
	refresh();
}

static void atcp_topview_move(struct atcp_topview *view,
			      const struct atcp_topdata *data, int by)
{
	long at = (long)atcp_topview_index(view, data) + by;

	if (!data->count)
		return;
	if (at >= (long)data->count)
		at = data->count - 1;
	view->chosen = data->rows[at > 0 ? at : 0].inode;
}

static enum atcp_topview_key atcp_topview_key(struct atcp_topview *view,
					      const struct atcp_topdata *data, int key)
{
	switch (key) {
	case 'q':
		return ATCP_TOPVIEW_QUIT;
	case KEY_UP:
	case 'k':
		atcp_topview_move(view, data, -1);
		break;
	case KEY_DOWN:
	case 'j':
		atcp_topview_move(view, data, 1);
		break;
	case KEY_PPAGE:
		atcp_topview_move(view, data, -10);
		break;
	case KEY_NPAGE:
		atcp_topview_move(view, data, 10);
		break;
	case 's':
		view->order = (view->order + 1) % ATCP_TOPDATA_ORDERS;
		break;
	case '+':
		view->interval = view->interval < 3600 ? view->interval * 2 : 3600;
		break;
	case '-':
		view->interval = view->interval > 0.1 ? view->interval / 2 : 0.1;
		break;
	case 'p':
		view->paused = !view->paused;
		break;
	case 'r':
		return ATCP_TOPVIEW_RESET;
	case 'h':
	case '?':
		view->help = !view->help;
		break;
	case ' ':
		return ATCP_TOPVIEW_READ;
	default:
		/* KEY_RESIZE among them: curses knows the new size by now. */
		break;
	}
	return ATCP_TOPVIEW_DRAW;
}

/**
 * atcp_topview_wait() - wait for a key
 * @view: the screen
 * @data: what is on it
 * @seconds: how long at most
 *
 * Return: what the key asks for.
 */
enum atcp_topview_key atcp_topview_wait(struct atcp_topview *view,
					const struct atcp_topdata *data, double seconds)
{
	int key;

	timeout(seconds > 0 ? (int)(seconds * 1000) + 1 : 0);
	key = getch();
	return key == ERR ? ATCP_TOPVIEW_NONE : atcp_topview_key(view, data, key);
}
