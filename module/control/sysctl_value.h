/* SPDX-License-Identifier: GPL-2.0 */
/* Knobs of net.atcp that are numbers or words: what a row says of one, and who reads it. */
#ifndef _ATCP_CONTROL_SYSCTL_VALUE_H
#define _ATCP_CONTROL_SYSCTL_VALUE_H

#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/stddef.h>

#include "compat/sysctl.h"
#include "state/listen/knob.h"

/**
 * enum atcp_sysctl_unit - how a value is kept, when not as it is shown
 * @ATCP_UNIT_PLAIN: as it is shown
 * @ATCP_UNIT_SEC: shown in seconds, kept in jiffies
 * @ATCP_UNIT_MSEC: shown in milliseconds, kept in jiffies
 */
enum atcp_sysctl_unit {
	ATCP_UNIT_PLAIN,
	ATCP_UNIT_SEC,
	ATCP_UNIT_MSEC,
};

/**
 * struct atcp_sysctl_knob - a row of net.atcp
 * @name: file name
 * @handler: reads and writes it; finds the knob in extra1, the namespace in
 *	extra2 of its table
 * @offset: of its field in struct atcp_sysctl
 * @mode: of the file
 * @unit: how the field keeps it
 * @knob: the listener's knob whose range and unit it has
 * @is_knob: it has those of one
 * @min: least value, as shown; not of one that has @knob's
 * @max: greatest value, as shown
 * @what: unit as shown, or what an enumeration's numbers mean
 */
struct atcp_sysctl_knob {
	const char		*name;
	proc_handler		*handler;
	size_t			offset;
	umode_t			mode;
	enum atcp_sysctl_unit	unit;
	enum atcp_knob_id	knob;
	bool			is_knob;
	int			min;
	int			max;
	const char		*what;
};

/* Most memory, pages. */
#define ATCP_SYSCTL_MAX_PAGES	(LONG_MAX >> PAGE_SHIFT)

/* Longest time that fits an int of jiffies with HZ=1000, seconds. */
#define ATCP_SYSCTL_MAX_SEC	(INT_MAX / 1000)

/* One number; somaxconn, and the default of a listener's knob: listeners follow. */
proc_handler atcp_sysctl_value_int;
proc_handler atcp_sysctl_value_somaxconn;
proc_handler atcp_sysctl_value_default;
proc_handler atcp_sysctl_value_uint;
/* One of a knob's words, or its number. */
proc_handler atcp_sysctl_value_word;
/* Three in ascending order: bytes, pages; two: ports. */
proc_handler atcp_sysctl_value_sizes;
proc_handler atcp_sysctl_value_mem;
proc_handler atcp_sysctl_value_port_range;
/* A view of overflow_policy; a time whose writing lets destinations have another chance. */
proc_handler atcp_sysctl_value_abort;
proc_handler atcp_sysctl_value_blackhole;

#endif /* _ATCP_CONTROL_SYSCTL_VALUE_H */
