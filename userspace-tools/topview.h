/* SPDX-License-Identifier: GPL-2.0 */
/* The screen of atcpctl top. */
#ifndef ATCP_TOPVIEW_H
#define ATCP_TOPVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "topdata.h"

/**
 * enum atcp_topview_key - what a key asks for
 * @ATCP_TOPVIEW_NONE: nothing, the time is up
 * @ATCP_TOPVIEW_DRAW: only the picture changes
 * @ATCP_TOPVIEW_READ: a new reading
 * @ATCP_TOPVIEW_RESET: the peaks of the chosen listener start anew
 * @ATCP_TOPVIEW_QUIT: the end
 */
enum atcp_topview_key {
	ATCP_TOPVIEW_NONE,
	ATCP_TOPVIEW_DRAW,
	ATCP_TOPVIEW_READ,
	ATCP_TOPVIEW_RESET,
	ATCP_TOPVIEW_QUIT,
};

/**
 * struct atcp_topview - what the keys change
 * @interval: seconds between readings
 * @order: what rows are sorted by
 * @chosen: inode of the chosen listener, 0 for the first
 * @first: first row on the screen
 * @paused: no readings
 * @help: the keys are shown
 * @reverse: sorted the other way round
 * @hide: listeners that nothing happens to are not shown
 * @typing: what is searched for is being typed
 * @search: it, "" for nothing
 */
struct atcp_topview {
	double interval;
	enum atcp_topdata_order order;
	unsigned long chosen;
	size_t first;
	bool paused;
	bool help;
	bool reverse;
	bool hide;
	bool typing;
	char search[64];
};

int atcp_topview_open(void);
void atcp_topview_close(void);
void atcp_topview_draw(struct atcp_topview *view, const struct atcp_topdata *data);
enum atcp_topview_key atcp_topview_wait(struct atcp_topview *view,
					const struct atcp_topdata *data, double seconds);
const struct atcp_topdata_row *
atcp_topview_chosen(const struct atcp_topview *view, const struct atcp_topdata *data);

#endif /* ATCP_TOPVIEW_H */
