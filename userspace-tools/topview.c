// SPDX-License-Identifier: GPL-2.0
/*
 * Draws atcpctl top by ncurses: sums, a line for each listener, and what happens to
 * the chosen one. Colours say how full a queue is; the bars do so without them.
 */
#include <curses.h>
#include <stdio.h>
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
	"up down  choose a listener (also k and j, page up and down, Home and End)",
	"/        search an address, a port, a program; n N  the next and back",
	"s        sort by the next column; R  the other way round",
	"i        hide what nothing happens to, and show it again",
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
	/* Escape ends a search at once. */
	set_escdelay(50);
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

	for (i = 0; i < data->shown; i++)
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
	return data->shown ? &data->rows[atcp_topview_index(view, data)] : NULL;
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
	text = atcp_file_format("atcp top  %s%s%s  every %g s%s  sorted by %s%s%s", day,
				atcp_options.netns ? "  netns " : "",
				atcp_options.netns ? atcp_options.netns : "",
				view->interval, view->paused ? " (paused)" : "",
				atcp_topdata_orders[view->order],
				view->reverse ? ", reversed" : "",
				view->hide ? "  idle hidden" : "");
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
	for (i = 0; i < room && view->first + i < data->shown; i++) {
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
		atcp_topview_put(line + 1, 0, data->count ? "Nothing happens to any of them." :
				 "No listeners.");
		return;
	}
	text = atcp_file_format("%s id %lu %s inode %lu  peaks %llu and %llu  parked %llu",
				row->local, row->id, row->program, row->inode, row->synq.peak,
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
	if (view->typing) {
		text = atcp_file_format("/%s_", view->search);
		atcp_topview_put(LINES - 1, A_BOLD, text);
		free(text);
	} else {
		atcp_topview_put(LINES - 1, A_DIM,
				 "q quit  up/down choose  / search  s sort  i idle  +/- interval  p pause  h help");
	}
	refresh();
}

static void atcp_topview_move(struct atcp_topview *view,
			      const struct atcp_topdata *data, int by)
{
	long at = (long)atcp_topview_index(view, data) + by;

	if (!data->shown)
		return;
	if (at >= (long)data->shown)
		at = data->shown - 1;
	view->chosen = data->rows[at > 0 ? at : 0].inode;
}

static bool atcp_topview_found(const struct atcp_topview *view,
			       const struct atcp_topdata_row *row)
{
	char id[32];

	snprintf(id, sizeof(id), "id:%lu", row->id);
	return strcasestr(row->local, view->search) || strcasestr(row->program, view->search) ||
	       !strcmp(id, view->search);
}

/* Chooses the next listener that is searched for, from the chosen one on, around the end. */
static void atcp_topview_search(struct atcp_topview *view, const struct atcp_topdata *data,
				size_t from, bool back)
{
	size_t at = atcp_topview_index(view, data), i, n;

	for (i = from; i <= data->shown && *view->search && data->shown; i++) {
		n = back ? (at + 2 * data->shown - i) % data->shown : (at + i) % data->shown;
		if (!atcp_topview_found(view, &data->rows[n]))
			continue;
		view->chosen = data->rows[n].inode;
		return;
	}
	if (*view->search)
		beep();
}

/* A key while it is typed what to search for: found is what there is so far. */
static void atcp_topview_type(struct atcp_topview *view, const struct atcp_topdata *data, int key)
{
	size_t len = strlen(view->search);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		view->typing = false;
	} else if (key == 27) {
		view->typing = false;
		*view->search = '\0';
	} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		view->search[len ? len - 1 : 0] = '\0';
	} else if (key >= ' ' && key <= '~' && len + 1 < sizeof(view->search)) {
		view->search[len] = key;
		view->search[len + 1] = '\0';
		atcp_topview_search(view, data, 0, false);
	}
}

/* Where among the listeners, and in which order. */
static bool atcp_topview_go(struct atcp_topview *view, const struct atcp_topdata *data, int key)
{
	switch (key) {
	case KEY_HOME:
	case 'g':
		atcp_topview_move(view, data, -(int)data->count);
		return true;
	case KEY_END:
	case 'G':
		atcp_topview_move(view, data, data->count);
		return true;
	case '/':
		view->typing = true;
		*view->search = '\0';
		return true;
	case 'n':
	case 'N':
		atcp_topview_search(view, data, 1, key == 'N');
		return true;
	case 'R':
		view->reverse = !view->reverse;
		return true;
	case 'i':
		view->hide = !view->hide;
		return true;
	default:
		return false;
	}
}

static enum atcp_topview_key atcp_topview_key(struct atcp_topview *view,
					      const struct atcp_topdata *data, int key)
{
	if (view->typing) {
		atcp_topview_type(view, data, key);
		return ATCP_TOPVIEW_DRAW;
	}
	if (atcp_topview_go(view, data, key))
		return ATCP_TOPVIEW_DRAW;
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
