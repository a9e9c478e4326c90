// SPDX-License-Identifier: GPL-2.0
/* atcpctl list: every knob with its value, unit, range, default and meaning. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "knob.h"
#include "table.h"

/* No pattern means every knob. */
static bool atcp_list_wanted(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0))
			return true;
	return false;
}

static void atcp_list_text(struct atcp_table *table, const char *name,
			   const struct atcp_knob *knob, const char *value)
{
	bool changed = knob && *knob->def && value && strcmp(knob->def, value);
	char *range = knob ? atcp_knob_range(knob) : NULL;

	atcp_table_add(table, ATCP_COLOR_NONE, "%s", name);
	atcp_table_add(table, changed ? ATCP_COLOR_HEAD : ATCP_COLOR_NONE,
		       "%s", value ? value : "?");
	atcp_table_add(table, ATCP_COLOR_NONE, "%s", knob ? knob->unit : "?");
	atcp_table_add(table, ATCP_COLOR_NONE, "%s",
		       !knob ? "?" : knob->readonly ? "read-only" : range);
	atcp_table_add(table, ATCP_COLOR_NONE, "%s",
		       !knob ? "?" : *knob->def ? knob->def : "by memory");
	atcp_table_add(table, ATCP_COLOR_NONE, "%s",
		       knob ? knob->meaning : "not known to this atcpctl");
	free(range);
}

static void atcp_list_json(struct json_object *all, const char *name,
			   const struct atcp_knob *knob, const char *value)
{
	struct json_object *obj = json_object_new_object();

	json_object_object_add(obj, "name", json_object_new_string(name));
	json_object_object_add(obj, "value",
			       value ? atcp_knob_json(value) : NULL);
	if (knob) {
		json_object_object_add(obj, "unit",
				       json_object_new_string(knob->unit));
		if (knob->count) {
			json_object_object_add(obj, "min",
					       json_object_new_int64(knob->min));
			json_object_object_add(obj, "max",
					       json_object_new_int64(knob->max));
		}
		if (*knob->def)
			json_object_object_add(obj, "default",
					       atcp_knob_json(knob->def));
		json_object_object_add(obj, "readonly",
				       json_object_new_boolean(knob->readonly));
		json_object_object_add(obj, "meaning",
				       json_object_new_string(knob->meaning));
	}
	json_object_array_add(all, obj);
}

static void atcp_list_head(struct atcp_table *table)
{
	static const char * const head[] = {
		"NAME", "VALUE", "UNIT", "RANGE", "DEFAULT", "MEANING",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(head); i++)
		atcp_table_add(table, ATCP_COLOR_HEAD, "%s", head[i]);
}

/**
 * atcp_list_run() - the list subcommand
 * @argc: number of words
 * @argv: "list" and shell patterns of knob names
 *
 * Return: enum atcp_exit
 */
int atcp_list_run(int argc, char **argv)
{
	struct atcp_table *table = atcp_table_new(6);
	struct json_object *all = json_object_new_array();
	char **names = atcp_knob_names(), **name;
	int found = 0;

	if (!names)
		return ATCP_EXIT_FAIL;
	atcp_list_head(table);
	for (name = names; *name; name++) {
		const struct atcp_knob *knob = atcp_knob_find(*name);
		char *value;

		if (!atcp_list_wanted(*name, argv + 1))
			continue;
		found++;
		/* A knob that only root may read is still listed. */
		value = atcp_knob_read(*name);
		if (atcp_options.json)
			atcp_list_json(all, *name, knob, value);
		else
			atcp_list_text(table, *name, knob, value);
		free(value);
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		atcp_table_print(table);
	atcp_table_free(table);
	if (argc > 1 && !found) {
		atcp_main_warn("no knob matches");
		return ATCP_EXIT_FAIL;
	}
	return ATCP_EXIT_OK;
}
