// SPDX-License-Identifier: GPL-2.0
/* atcpctl list: every knob with its value, unit, range, default and meaning. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alias.h"
#include "atcpctl.h"
#include "file.h"
#include "first.h"
#include "key.h"
#include "knob.h"
#include "lknob.h"
#include "ltab.h"
#include "paste.h"
#include "table.h"

/* No pattern means every knob. */
static bool atcp_list_wanted(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0) ||
		    (!strpbrk(*patterns, "*?[") && strcasestr(name, *patterns)))
			return true;
	return false;
}

/**
 * struct atcp_list_row - what is known of a knob of any scope
 * @name: as typed
 * @value: what it is, NULL if that may not be read
 * @from: who set it, for a listener's
 * @unit: what its numbers count, NULL if this tool does not know the knob
 * @range: allowed values in words
 * @limits: smallest and greatest number, if it holds numbers
 * @numeric: it does
 * @def: default, empty if there is no fixed one
 * @readonly: cannot be written
 * @meaning: one line
 */
struct atcp_list_row {
	const char *name;
	char *value;
	char *from;
	const char *unit;
	char *range;
	long long limits[2];
	bool numeric;
	const char *def;
	bool readonly;
	const char *meaning;
};

static void atcp_list_text(struct atcp_table *table,
			   const struct atcp_list_row *row)
{
	bool changed = row->unit && *row->def && row->value &&
		       strcmp(row->def, row->value);
	const char *range = row->readonly ? "read-only" : row->range;

	atcp_table_add(table, ATCP_COLOR_NONE, "%s", row->name);
	atcp_table_add(table, changed ? ATCP_COLOR_HEAD : ATCP_COLOR_NONE,
		       "%s", row->value ? row->value : "?");
	atcp_table_add(table, ATCP_COLOR_NONE, "%s", row->unit ? row->unit : "?");
	atcp_table_add(table, ATCP_COLOR_NONE, "%s", range ? range : "?");
	atcp_table_add(table, ATCP_COLOR_NONE, "%s",
		       !row->unit ? "?" : *row->def ? row->def :
		       row->from && *row->from ? "inherited" : "by memory");
	atcp_table_add(table, ATCP_COLOR_NONE, "%s", row->unit ?
		       row->meaning : "not known to this atcpctl");
}

static void atcp_list_json_text(struct json_object *obj, const char *name,
				const char *text)
{
	json_object_object_add(obj, name, json_object_new_string(text));
}

static void atcp_list_json(struct json_object *all,
			   const struct atcp_list_row *row)
{
	struct json_object *obj = json_object_new_object();

	atcp_list_json_text(obj, "name", row->name);
	json_object_object_add(obj, "value",
			       row->value ? atcp_knob_json(row->value) : NULL);
	if (row->from && *row->from)
		atcp_list_json_text(obj, "from", row->from);
	if (row->unit) {
		atcp_list_json_text(obj, "unit", row->unit);
		if (row->numeric) {
			json_object_object_add(obj, "min",
					       json_object_new_int64(row->limits[0]));
			json_object_object_add(obj, "max",
					       json_object_new_int64(row->limits[1]));
		} else if (row->range) {
			atcp_list_json_text(obj, "range", row->range);
		}
		if (*row->def)
			json_object_object_add(obj, "default",
					       atcp_knob_json(row->def));
		json_object_object_add(obj, "readonly",
				       json_object_new_boolean(row->readonly));
		atcp_list_json_text(obj, "meaning", row->meaning);
	}
	json_object_array_add(all, obj);
}

static void atcp_list_fill_netns(struct atcp_list_row *row, const char *name)
{
	const struct atcp_knob *knob = atcp_knob_find(name);

	if (!knob)
		return;
	row->unit = knob->unit;
	row->limits[0] = knob->min;
	row->limits[1] = knob->max;
	row->numeric = knob->count;
	row->def = *knob->def || !atcp_first_of(name) ? knob->def : atcp_first_of(name);
	row->readonly = knob->readonly;
	row->meaning = knob->meaning;
	row->range = atcp_knob_range(knob);
}

static void atcp_list_fill_listener(struct atcp_list_row *row, const char *name)
{
	const struct atcp_lknob *knob = atcp_lknob_find(name);

	if (!knob)
		return;
	row->unit = knob->unit;
	row->limits[0] = knob->min;
	row->limits[1] = knob->max;
	row->numeric = !knob->words;
	row->def = knob->def;
	row->meaning = knob->meaning;
	row->range = atcp_lknob_range(knob);
}

static void atcp_list_fill_module(struct atcp_list_row *row,
				  const struct atcp_key *key)
{
	const struct atcp_key_param *param = atcp_key_param(key->name);
	struct stat st;

	row->readonly = !stat(key->path, &st) && !(st.st_mode & 0222);
	if (!param)
		return;
	row->unit = param->unit;
	row->def = param->def;
	row->meaning = param->meaning;
}

static void atcp_list_one(const struct atcp_key *key, struct atcp_table *table,
			  struct json_object *all)
{
	struct atcp_list_row row = { .name = atcp_key_json_name(key), .def = "" };

	/* A knob that only root may read is still listed. */
	row.value = atcp_key_read(key, &row.from);
	if (key->scope == ATCP_KEY_NETNS)
		atcp_list_fill_netns(&row, key->name);
	else if (key->scope == ATCP_KEY_LISTENER)
		atcp_list_fill_listener(&row, key->name);
	else
		atcp_list_fill_module(&row, key);
	if (atcp_options.json)
		atcp_list_json(all, &row);
	else
		atcp_list_text(table, &row);
	if (row.value)
		free(row.from);
	free(row.value);
	free(row.range);
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

/* The knobs of all listeners, if a pattern asks for such. */
static int atcp_list_listeners(struct atcp_keys *keys, char **patterns)
{
	struct atcp_ltab *tab;
	int rc = 0;
	size_t i;

	while (*patterns && strncmp(*patterns, "listener/", 9))
		patterns++;
	if (!*patterns)
		return 0;
	tab = atcp_ltab_new();
	if (!tab)
		return -1;
	for (i = 0; i < tab->count; i++)
		rc |= atcp_key_of_listener(keys, tab, &tab->all[i], NULL);
	atcp_ltab_free(tab);
	return rc;
}

/* Every knob that may be listed: the namespace's, the module's, listeners'. */
static int atcp_list_keys(struct atcp_keys *keys, char **patterns)
{
	char **names = atcp_knob_names(), **name;
	bool absent;

	if (!names)
		return -1;
	for (name = names; *name; name++)
		atcp_key_resolve(keys, *name, &absent);
	atcp_knob_names_free(names);
	atcp_key_of_module(keys, NULL);
	return atcp_list_listeners(keys, patterns);
}

/* Is there a knob that this word means? */
static bool atcp_list_any(const struct atcp_keys *keys, char *word)
{
	char *words[2] = { word, NULL };
	size_t i;

	for (i = 0; i < keys->count; i++)
		if (atcp_list_wanted(atcp_key_json_name(&keys->all[i]), words))
			return true;
	return false;
}

/* No knob is called so; a word that is no pattern may be another's name, or Linux's. */
static void atcp_list_none(const char *word)
{
	bool listener = !strncmp(word, "listener/", 9);
	const char *name = listener ? strrchr(word, '/') + 1 : word;
	char *hint;

	hint = name[strcspn(name, "*?[")] ? atcp_file_format("%s", "") :
		atcp_alias_hint(name, listener ? ATCP_KEY_LISTENER : ATCP_KEY_NETNS);
	atcp_main_warn("no knob matches \"%s\" (%s list shows them all)%s", word,
		       atcp_paste_tool(), hint);
	free(hint);
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
	struct atcp_keys keys = { 0 };
	struct atcp_table *table;
	struct json_object *all;
	int rc = ATCP_EXIT_OK;
	size_t i, found = 0;

	(void)argc;
	if (atcp_list_keys(&keys, argv + 1))
		return ATCP_EXIT_FAIL;
	table = atcp_table_new(6);
	all = json_object_new_array();
	atcp_list_head(table);
	for (i = 0; i < keys.count; i++) {
		if (!atcp_list_wanted(atcp_key_json_name(&keys.all[i]), argv + 1))
			continue;
		found++;
		atcp_list_one(&keys.all[i], table, all);
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else if (found)
		atcp_table_print(table);
	if (!atcp_options.json)
		json_object_put(all);
	atcp_table_free(table);
	for (argv++; *argv; argv++) {
		if (atcp_list_any(&keys, *argv))
			continue;
		atcp_list_none(*argv);
		rc = ATCP_EXIT_FAIL;
	}
	atcp_key_clear(&keys);
	return rc;
}
