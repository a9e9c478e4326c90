// SPDX-License-Identifier: GPL-2.0
/* atcpctl listener: one listener, or all that a selector means: its knobs and figures. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "change.h"
#include "detail.h"
#include "guardnote.h"
#include "key.h"
#include "knob.h"
#include "lknob.h"
#include "ltab.h"
#include "nl.h"
#include "select.h"

/* Adds the named knobs of a listener, or all of them. */
static int atcp_listener_keys(struct atcp_keys *keys, const struct atcp_ltab *tab,
			      const struct atcp_ltab_listener *l, char **names)
{
	int rc = 0;

	if (!*names)
		return atcp_key_of_listener(keys, tab, l, NULL);
	for (; *names; names++)
		rc |= atcp_key_of_listener(keys, tab, l, *names);
	return rc;
}

static struct json_object *
atcp_listener_json(const struct atcp_ltab_listener *l,
		   const struct atcp_keys *keys)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *knobs = json_object_new_object();
	struct atcp_lknob_value value;
	size_t i;

	json_object_object_add(obj, "id", json_object_new_int64(l->id));
	json_object_object_add(obj, "inode", json_object_new_int64(l->inode));
	json_object_object_add(obj, "local", json_object_new_string(l->local));
	for (i = 0; i < keys->count; i++) {
		value.value = atcp_key_read(&keys->all[i], &value.from);
		if (!value.value)
			continue;
		json_object_object_add(knobs, keys->all[i].name,
				       atcp_lknob_json(&value));
		atcp_lknob_value_free(&value);
	}
	json_object_object_add(obj, "knobs", knobs);
	return obj;
}

/* Says it if one of them has the guard, and no device does. */
static void atcp_listener_note_guard(const struct atcp_ltab *tab,
				     struct atcp_ltab_listener **found)
{
	char *note = NULL;

	for (; *found && !note; found++)
		if (atcp_ltab_number(tab, *found, "guard") == 1)
			note = atcp_guardnote_text();
	if (note)
		atcp_main_warn("%s", note);
	free(note);
}

static int atcp_listener_get(const struct atcp_ltab *tab,
			     struct atcp_ltab_listener **found, char **names)
{
	struct json_object *all = json_object_new_array();
	struct atcp_ltab_listener **first = found;
	int rc = ATCP_EXIT_OK;
	size_t i;

	for (; *found; found++) {
		struct atcp_keys keys = { 0 };

		if (atcp_listener_keys(&keys, tab, *found, names))
			rc = ATCP_EXIT_FAIL;
		if (atcp_options.json)
			json_object_array_add(all, atcp_listener_json(*found,
								      &keys));
		for (i = 0; i < keys.count && !atcp_options.json; i++)
			if (atcp_change_print_key(&keys.all[i], NULL))
				rc = ATCP_EXIT_FAIL;
		atcp_key_clear(&keys);
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		json_object_put(all);
	atcp_listener_note_guard(tab, first);
	return rc;
}

/* One KNOB=VALUE for every listener found. */
static int atcp_listener_add(struct atcp_change *change,
			     const struct atcp_ltab *tab,
			     struct atcp_ltab_listener **found, char *word)
{
	char *equals = strchr(word, '=');
	int rc = 0;

	if (!equals) {
		atcp_main_warn("listener set: \"%s\" is not KNOB=VALUE", word);
		return ATCP_EXIT_USAGE;
	}
	*equals = '\0';
	for (; *found; found++) {
		struct atcp_keys keys = { 0 };

		if (atcp_key_of_listener(&keys, tab, *found, word) ||
		    atcp_change_add_keys(change, &keys, equals + 1))
			rc = ATCP_EXIT_FAIL;
		atcp_key_clear(&keys);
	}
	return rc;
}

static int atcp_listener_set(const struct atcp_ltab *tab,
			     struct atcp_ltab_listener **found, char **words)
{
	struct atcp_change *change = atcp_change_new();
	int rc = ATCP_EXIT_OK, one;

	if (!*words) {
		atcp_main_warn("listener set: which knob? (KNOB=VALUE...)");
		rc = ATCP_EXIT_USAGE;
	}
	/* Every fault is named, not only the first. */
	for (; *words; words++) {
		one = atcp_listener_add(change, tab, found, *words);
		if (one > rc)
			rc = one;
	}
	if (!rc && atcp_change_apply(change))
		rc = ATCP_EXIT_FAIL;
	if (!rc)
		atcp_change_print(change);
	else if (rc == ATCP_EXIT_FAIL)
		atcp_main_warn("nothing was changed");
	atcp_change_free(change);
	return rc;
}

static int atcp_listener_show(const struct atcp_ltab *tab,
			      struct atcp_ltab_listener **found)
{
	struct json_object *all = json_object_new_array();
	struct atcp_ltab_listener **first = found;

	for (; *found; found++) {
		if (atcp_options.json)
			json_object_array_add(all, atcp_detail_json(tab, *found));
		else
			atcp_detail_print(tab, *found);
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		json_object_put(all);
	atcp_listener_note_guard(tab, first);
	return ATCP_EXIT_OK;
}

/* Counters, histograms and peaks of each begin anew. */
static int atcp_listener_reset(struct atcp_ltab_listener **found)
{
	struct json_object *all = json_object_new_array();
	int rc = ATCP_EXIT_OK;
	char *why;

	for (; *found; found++) {
		unsigned long id = (*found)->id;

		if (!atcp_options.dry && atcp_nl_reset(id, &why)) {
			atcp_main_warn("%s id %lu: %s%s", (*found)->local, id,
				       why ? why : strerror(errno), errno == EPERM ?
				       " (it takes CAP_NET_ADMIN over the network namespace)" : "");
			free(why);
			rc = ATCP_EXIT_FAIL;
		} else if (atcp_options.json) {
			json_object_array_add(all, json_object_new_int64(id));
		} else {
			printf("%s id %lu: its figures %s anew\n", (*found)->local, id,
			       atcp_options.dry ? "would begin" : "begin");
		}
	}
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		json_object_put(all);
	return rc;
}

/* The listeners that a selector means, NULL at the end; never none of them. */
static struct atcp_ltab_listener **atcp_listener_find(const struct atcp_ltab *tab,
						      char *word)
{
	struct atcp_ltab_listener **found = calloc(tab->count + 1,
						   sizeof(*found));
	char *words[2] = { word, NULL };
	size_t i, count = 0;

	for (i = 0; found && i < tab->count; i++)
		if (atcp_select_any(words, &tab->all[i]))
			found[count++] = &tab->all[i];
	if (count)
		return found;
	atcp_select_none(word);
	free(found);
	return NULL;
}

/**
 * atcp_listener_run() - the listener subcommand
 * @argc: number of words
 * @argv: "listener", a selector, what to do, and knobs
 *
 * Return: enum atcp_exit
 */
int atcp_listener_run(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "show";
	struct atcp_ltab_listener **found;
	char *words[2] = { NULL, NULL };
	int rc = ATCP_EXIT_USAGE;
	struct atcp_ltab *tab;

	if (argc < 2) {
		atcp_main_warn("listener: which one? (SELECTOR get|set|reset|show)");
		return ATCP_EXIT_USAGE;
	}
	words[0] = argv[1];
	if (atcp_select_check(words))
		return ATCP_EXIT_USAGE;
	if (strcmp(what, "get") && strcmp(what, "set") &&
	    ((strcmp(what, "show") && strcmp(what, "reset")) || argc > 3)) {
		bool more = argc > 3 && (!strcmp(what, "show") || !strcmp(what, "reset"));

		atcp_main_warn("listener: \"%s\" is none of get [KNOB...], set KNOB=VALUE..., reset, show",
			       more ? argv[3] : what);
		return ATCP_EXIT_USAGE;
	}
	if (atcp_options.dry && (!strcmp(what, "get") || !strcmp(what, "show"))) {
		atcp_main_warn("listener %s: it changes nothing, so there is no --dry-run", what);
		return ATCP_EXIT_USAGE;
	}
	tab = atcp_ltab_new();
	if (!tab)
		return ATCP_EXIT_FAIL;
	found = atcp_listener_find(tab, argv[1]);
	if (!found)
		rc = ATCP_EXIT_FAIL;
	else if (!strcmp(what, "get"))
		rc = atcp_listener_get(tab, found, argv + 3);
	else if (!strcmp(what, "set"))
		rc = atcp_listener_set(tab, found, argv + 3);
	else if (!strcmp(what, "reset"))
		rc = atcp_listener_reset(found);
	else
		rc = atcp_listener_show(tab, found);
	free(found);
	atcp_ltab_free(tab);
	return rc;
}
