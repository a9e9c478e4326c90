// SPDX-License-Identifier: GPL-2.0
/* Changes several knobs as one: checks all first, takes all back on failure. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "change.h"
#include "knob.h"
#include "proc.h"

/**
 * struct atcp_change_item - one knob of a change
 * @name: bare name of the knob
 * @value: what it is to become, normalised
 * @old: what it was before atcp_change_apply()
 */
struct atcp_change_item {
	char *name;
	char *value;
	char *old;
};

/**
 * struct atcp_change - a list of knobs and values
 * @items: in the order they were added
 * @count: number of @items
 */
struct atcp_change {
	struct atcp_change_item *items;
	size_t count;
};

/**
 * atcp_change_new() - an empty change
 *
 * Return: to be given to atcp_change_free().
 */
struct atcp_change *atcp_change_new(void)
{
	struct atcp_change *change = calloc(1, sizeof(*change));

	if (!change) {
		atcp_main_warn("out of memory");
		exit(ATCP_EXIT_FAIL);
	}
	return change;
}

/**
 * atcp_change_free() - forget a change
 * @change: applied or not
 */
void atcp_change_free(struct atcp_change *change)
{
	size_t i;

	for (i = 0; i < change->count; i++) {
		free(change->items[i].name);
		free(change->items[i].value);
		free(change->items[i].old);
	}
	free(change->items);
	free(change);
}

/**
 * atcp_change_add() - check a value for a knob and add it
 * @change: where to
 * @name: as people type it
 * @value: as people type it
 *
 * Return: 0, or -1 after a message.
 */
int atcp_change_add(struct atcp_change *change, const char *name,
		    const char *value)
{
	struct atcp_change_item item = {
		.name = atcp_knob_name(name),
		.value = atcp_knob_normal(value),
	};
	struct atcp_change_item *more;

	if (!item.name) {
		atcp_main_warn("\"%s\" is not the name of a knob of atcp",
			       name);
		goto err;
	}
	if (atcp_knob_check(atcp_knob_find(item.name), item.value))
		goto err;
	more = realloc(change->items, (change->count + 1) * sizeof(*more));
	if (!more)
		goto err;
	change->items = more;
	change->items[change->count++] = item;
	return 0;
err:
	free(item.name);
	free(item.value);
	return -1;
}

/* Why the kernel did not take a value, with all that helps to mend it. */
static void atcp_change_refused(const struct atcp_change_item *item, int err)
{
	const struct atcp_knob *knob = atcp_knob_find(item->name);
	char *range;

	if (!knob) {
		atcp_main_warn("%s: \"%s\" refused by the kernel: %s",
			       item->name, item->value, strerror(err));
		return;
	}
	range = atcp_knob_range(knob);
	atcp_main_warn("%s: \"%s\" refused by the kernel: %s (range %s, unit %s)",
		       item->name, item->value, strerror(err), range,
		       knob->unit);
	free(range);
}

/* The values before the change; says so if a knob is not there. */
static int atcp_change_read_old(struct atcp_change *change)
{
	char **names;
	size_t i;

	for (i = 0; i < change->count; i++) {
		struct atcp_change_item *item = &change->items[i];

		item->old = atcp_knob_read(item->name);
		if (item->old)
			continue;
		if (errno != ENOENT) {
			atcp_main_warn("%s: cannot read: %s", item->name,
				       strerror(errno));
			return -1;
		}
		/* Is it this knob that is missing, or the module? */
		names = atcp_knob_names();
		if (names)
			atcp_main_warn("%s: no such knob", item->name);
		free(names);
		return -1;
	}
	return 0;
}

/* Puts back the old values of the first count knobs, newest first. */
static void atcp_change_undo(struct atcp_change *change, size_t count)
{
	while (count--) {
		struct atcp_change_item *item = &change->items[count];

		if (atcp_knob_write(item->name, item->old))
			atcp_main_warn("%s: cannot restore \"%s\": %s",
				       item->name, item->old, strerror(errno));
	}
}

/**
 * atcp_change_apply() - make the change
 * @change: whose values were all checked as they were added
 *
 * Return: 0, or -1 after a message with every knob as it was.
 */
int atcp_change_apply(struct atcp_change *change)
{
	size_t i;

	if (atcp_change_read_old(change))
		return -1;
	for (i = 0; i < change->count; i++) {
		struct atcp_change_item *item = &change->items[i];

		if (atcp_knob_write(item->name, item->value)) {
			atcp_change_refused(item, errno);
			/* A vector may have been written in part. */
			atcp_change_undo(change, i + 1);
			return -1;
		}
	}
	return 0;
}

/**
 * atcp_change_print() - what the knobs are now
 * @change: an applied one
 */
void atcp_change_print(const struct atcp_change *change)
{
	struct json_object *all = json_object_new_object();
	size_t i;

	for (i = 0; i < change->count; i++) {
		const char *name = change->items[i].name;
		char *value = atcp_knob_read(name);

		if (!value)
			continue;
		if (atcp_options.json)
			json_object_object_add(all, name,
					       atcp_knob_json(value));
		else
			printf(ATCP_KNOB_PREFIX "%s = %s\n", name, value);
		free(value);
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		json_object_put(all);
}
