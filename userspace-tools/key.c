// SPDX-License-Identifier: GPL-2.0
/*
 * Names of knobs in all three scopes, and one way to read, check and write them:
 *
 *   synack_retries, net.atcp.synack_retries   the namespace's
 *   listener/:80/synack_retries               a listener's, by a selector
 *   module/family                             the module's
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alias.h"
#include "atcpctl.h"
#include "file.h"
#include "key.h"
#include "knob.h"
#include "lknob.h"
#include "ltab.h"
#include "nl.h"
#include "paste.h"
#include "proc.h"
#include "select.h"
#include "sysfs.h"
#include "unit.h"

#define ATCP_KEY_LISTENER_PREFIX	"listener/"
#define ATCP_KEY_MODULE_PREFIX		"module/"

static const struct atcp_key_param atcp_key_params[] = {
	{ "family", "number", "25", "address family of socket(AF_ATCP, ...)" },
	{ "ehash_entries", "buckets", "0",
	  "size of the connection table; 0 by memory" },
	{ "max_requests", "requests", "0",
	  "of all namespaces, shared out among them; 0 by memory" },
};

/**
 * atcp_key_param() - what is known of a module parameter
 * @name: its name
 *
 * Return: NULL for one that this tool does not know.
 */
const struct atcp_key_param *atcp_key_param(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atcp_key_params); i++)
		if (!strcmp(atcp_key_params[i].name, name))
			return &atcp_key_params[i];
	return NULL;
}

/**
 * atcp_key_add() - add a knob
 * @keys: where to
 * @scope: what it is of
 * @name: bare name, now owned by @keys
 * @label: full name, now owned by @keys
 * @path: file, now owned by @keys
 */
void atcp_key_add(struct atcp_keys *keys, enum atcp_key_scope scope, char *name,
		  char *label, char *path)
{
	struct atcp_key *key;

	keys->all = atcp_file_must(realloc(keys->all, (keys->count + 1) *
					   sizeof(*keys->all)));
	key = &keys->all[keys->count++];
	key->scope = scope;
	key->name = name;
	key->label = label;
	key->path = path;
}

/**
 * atcp_key_clear() - forget knobs
 * @keys: empty afterwards
 */
void atcp_key_clear(struct atcp_keys *keys)
{
	size_t i;

	for (i = 0; i < keys->count; i++) {
		free(keys->all[i].name);
		free(keys->all[i].label);
		free(keys->all[i].path);
	}
	free(keys->all);
	memset(keys, 0, sizeof(*keys));
}

/* File names only: nothing leads out of the directory. */
static bool atcp_key_is_name(const char *name)
{
	return *name &&
		!name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

/**
 * atcp_key_local() - a selector that means this listener and no other
 * @tab: all listeners
 * @l: one of them
 *
 * Return: its address and port, or id:N if others have the same; to be freed.
 */
char *atcp_key_local(const struct atcp_ltab *tab,
		     const struct atcp_ltab_listener *l)
{
	size_t i;

	for (i = 0; i < tab->count; i++)
		if (&tab->all[i] != l && !strcmp(tab->all[i].local, l->local))
			return atcp_file_format("id:%lu", l->id);
	return atcp_file_format("%s", l->local);
}

/**
 * atcp_key_of_listener() - add a knob of one listener, or all of them
 * @keys: where to
 * @tab: all listeners
 * @l: one of them
 * @name: the knob's name, NULL for all
 *
 * Return: 0, or -1 after a message.
 */
int atcp_key_of_listener(struct atcp_keys *keys, const struct atcp_ltab *tab,
			 const struct atcp_ltab_listener *l, const char *name)
{
	char *path, **names, **each, *local, *hint;
	int rc = -1;

	if (name && !atcp_key_is_name(name)) {
		hint = atcp_alias_hint(name, ATCP_KEY_LISTENER);
		atcp_main_warn("\"%s\" is not the name of a knob of a listener%s",
			       name, hint);
		free(hint);
		return -1;
	}
	if (name)
		name = atcp_alias_name(name, ATCP_KEY_LISTENER);
	names = atcp_ltab_names(tab, l, true);
	if (!names) {
		path = atcp_sysfs_path(ATCP_SYSFS_LISTENERS "/%lu", l->id);
		atcp_main_warn("%s: no %s: this module has no knobs of listeners there, or /sys is another namespace's",
			       l->local, path);
		free(path);
		return -1;
	}
	local = atcp_key_local(tab, l);
	for (each = names; *each; each++) {
		if (name && strcmp(name, *each))
			continue;
		atcp_key_add(keys, ATCP_KEY_LISTENER,
			     atcp_file_format("%s", *each),
			     atcp_file_format(ATCP_KEY_LISTENER_PREFIX "%s/%s",
					      local, *each),
			     atcp_sysfs_path(ATCP_SYSFS_LISTENERS "/%lu/%s", l->id, *each));
		rc = 0;
	}
	if (rc) {
		hint = atcp_alias_hint(name, ATCP_KEY_LISTENER);
		atcp_main_warn("%s: no such knob of listener %s (%s listener %s show lists them)%s",
			       name, local, atcp_paste_tool(), local, hint);
		free(hint);
	}
	free(local);
	atcp_knob_names_free(names);
	return rc;
}

/* listener/SELECTOR/NAME, prefix taken off. */
static int atcp_key_resolve_listener(struct atcp_keys *keys, const char *arg,
				     bool *absent)
{
	const char *slash = strrchr(arg, '/');
	char *words[2] = { NULL, NULL };
	struct atcp_ltab *tab;
	size_t i, found = 0;
	int rc = 0;

	if (!slash || slash == arg) {
		atcp_main_warn("\"" ATCP_KEY_LISTENER_PREFIX "%s\" is not "
			       ATCP_KEY_LISTENER_PREFIX "SELECTOR/KNOB", arg);
		return -1;
	}
	words[0] = atcp_file_format("%.*s", (int)(slash - arg), arg);
	tab = atcp_select_check(words) ? NULL : atcp_ltab_new();
	if (!tab) {
		free(words[0]);
		return -1;
	}
	for (i = 0; i < tab->count; i++) {
		if (!atcp_select_any(words, &tab->all[i]))
			continue;
		found++;
		rc |= atcp_key_of_listener(keys, tab, &tab->all[i], slash + 1);
	}
	if (!found) {
		*absent = true;
		atcp_select_none(words[0]);
		rc = -1;
	}
	atcp_ltab_free(tab);
	free(words[0]);
	return rc;
}

/**
 * atcp_key_of_module() - add a module parameter, or all of them
 * @keys: where to
 * @name: its name, NULL for all
 *
 * Return: 0, or -1 if there is none such; without a message.
 */
int atcp_key_of_module(struct atcp_keys *keys, const char *name)
{
	char *dir = atcp_sysfs_path(ATCP_SYSFS_PARAMETERS);
	struct dirent **entries;
	int i, count, rc = -1;

	count = scandir(dir, &entries, NULL, alphasort);
	for (i = 0; i < count; i++) {
		char *entry = entries[i]->d_name;

		if (atcp_key_is_name(entry) && (!name || !strcmp(name, entry))) {
			atcp_key_add(keys, ATCP_KEY_MODULE,
				     atcp_file_format("%s", entry),
				     atcp_file_format(ATCP_KEY_MODULE_PREFIX "%s",
						      entry),
				     atcp_file_format("%s/%s", dir, entry));
			rc = 0;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(dir);
	return rc;
}

static int atcp_key_resolve_netns(struct atcp_keys *keys, const char *arg)
{
	char *name = atcp_knob_name(arg), path[4096], file[256], *hint, *other;

	if (!name) {
		hint = atcp_alias_hint(arg, ATCP_KEY_NETNS);
		atcp_main_warn("\"%s\" is not the name of a knob of atcp%s", arg, hint);
		free(hint);
		return -1;
	}
	if (atcp_alias_name(name, ATCP_KEY_NETNS) != name) {
		other = atcp_file_format("%s", atcp_alias_name(name, ATCP_KEY_NETNS));
		free(name);
		name = other;
	}
	snprintf(file, sizeof(file), ATCP_KNOB_DIR "/%.200s", name);
	atcp_proc_path(path, sizeof(path), file);
	atcp_key_add(keys, ATCP_KEY_NETNS, name,
		     atcp_file_format(ATCP_KNOB_PREFIX "%s", name),
		     atcp_file_format("%s", path));
	return 0;
}

/**
 * atcp_key_resolve() - find the knobs that a word of the command line means
 * @keys: where to add them; a selector may mean several listeners
 * @arg: as typed, blanks around it allowed
 * @absent: set to true if what it names is not there, as against being wrong
 *
 * Return: 0, or -1 after a message.
 */
int atcp_key_resolve(struct atcp_keys *keys, const char *arg, bool *absent)
{
	char *name = atcp_knob_normal(arg);
	int rc;

	*absent = false;
	if (!strncmp(name, ATCP_KEY_LISTENER_PREFIX,
		     strlen(ATCP_KEY_LISTENER_PREFIX))) {
		rc = atcp_key_resolve_listener(keys, name +
					       strlen(ATCP_KEY_LISTENER_PREFIX),
					       absent);
	} else if (!strncmp(name, ATCP_KEY_MODULE_PREFIX,
			    strlen(ATCP_KEY_MODULE_PREFIX))) {
		rc = atcp_key_of_module(keys, name +
					strlen(ATCP_KEY_MODULE_PREFIX));
		*absent = rc;
		if (rc)
			atcp_main_warn("%s: no such parameter, or the atcp module is not loaded",
				       name);
	} else {
		rc = atcp_key_resolve_netns(keys, name);
	}
	free(name);
	return rc;
}

/**
 * atcp_key_read() - the value of a knob
 * @key: which
 * @from: if not NULL: who set it, to be freed; empty for scopes without that
 *
 * Return: normalised value to be freed, or NULL with errno set.
 */
char *atcp_key_read(const struct atcp_key *key, char **from)
{
	struct atcp_lknob_value value;
	char *raw, *text;

	if (key->scope == ATCP_KEY_LISTENER) {
		if (atcp_nl_used() ? atcp_nl_get(atcp_key_id(key), key->name, &value) :
				     atcp_lknob_read(key->path, &value))
			return NULL;
		if (from)
			*from = value.from;
		else
			free(value.from);
		return value.value;
	}
	raw = atcp_file_read(key->path);
	if (!raw)
		return NULL;
	text = atcp_knob_normal(raw);
	free(raw);
	if (from)
		*from = atcp_file_format("%s", "");
	return text;
}

/**
 * atcp_key_is_secret() - can a knob only be written?
 * @key: which
 *
 * Return: whether nobody may read it; its value is not for messages either.
 */
bool atcp_key_is_secret(const struct atcp_key *key)
{
	struct stat st;

	return !stat(key->path, &st) && !(st.st_mode & 0444);
}

/**
 * atcp_key_id() - whose a knob is
 * @key: one of a listener
 *
 * Return: the listener's number.
 */
unsigned long atcp_key_id(const struct atcp_key *key)
{
	const char *dir = strstr(key->path, ATCP_SYSFS_LISTENERS "/");

	return dir ? strtoul(dir + strlen(ATCP_SYSFS_LISTENERS "/"), NULL, 10) : 0;
}

/**
 * atcp_key_is_netlink() - is a knob read and set by generic netlink?
 * @key: which
 *
 * Return: whether it is: all of listeners are, where there is a kernel.
 */
bool atcp_key_is_netlink(const struct atcp_key *key)
{
	return key->scope == ATCP_KEY_LISTENER && atcp_nl_used();
}

/**
 * atcp_key_write() - give a knob a value
 * @key: which
 * @value: from atcp_key_check()
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_key_write(const struct atcp_key *key, const char *value)
{
	struct atcp_nl_item item = { .name = key->name, .value = value };
	char *why;
	int rc;

	if (!atcp_key_is_netlink(key))
		return atcp_file_write(key->path, value);
	item.id = atcp_key_id(key);
	rc = atcp_nl_set(&item, 1, &why);
	free(why);
	return rc;
}

/* A value as it is typed, with the units of numbers resolved. */
static char *atcp_key_plain(const struct atcp_key *key, const char *value)
{
	const struct atcp_knob *knob = key->scope == ATCP_KEY_NETNS ?
				       atcp_knob_find(key->name) : NULL;
	const struct atcp_lknob *lknob = key->scope == ATCP_KEY_LISTENER ?
					 atcp_lknob_find(key->name) : NULL;
	char *normal = atcp_knob_normal(value), *plain, *after;

	if (!strncmp(normal, "reset_after:", 12)) {
		after = atcp_unit_number(normal + 12, "milliseconds");
		plain = atcp_file_format("reset_after:%s", after);
		free(after);
	} else if ((knob && knob->count) || (lknob && !lknob->words)) {
		plain = atcp_unit_number(normal, knob ? knob->unit : lknob->unit);
	} else {
		return normal;
	}
	free(normal);
	return plain;
}

/**
 * atcp_key_check() - is this a value for this knob?
 * @key: which
 * @value: as typed
 *
 * Return: as it is to be written, to be freed; NULL after a message naming knob,
 * value, range and unit.
 */
char *atcp_key_check(const struct atcp_key *key, const char *value)
{
	char *normal = atcp_key_plain(key, value), *good = normal;
	struct stat st;

	switch (key->scope) {
	case ATCP_KEY_NETNS:
		if (atcp_knob_check(atcp_knob_find(key->name), normal))
			good = NULL;
		break;
	case ATCP_KEY_LISTENER:
		good = atcp_lknob_check(key->label, atcp_lknob_find(key->name),
					normal);
		break;
	case ATCP_KEY_MODULE:
		if (stat(key->path, &st) || (st.st_mode & 0222))
			break;
		atcp_main_warn("%s: cannot be set to \"%s\": it is set at load: modprobe atcp %s=%s",
			       key->label, normal, key->name, normal);
		good = NULL;
		break;
	}
	if (good != normal)
		free(normal);
	return good;
}

/**
 * atcp_key_range() - the allowed values in words
 * @key: which
 * @unit: what they count
 *
 * Return: a text to be freed, NULL for a knob that this tool does not know.
 */
char *atcp_key_range(const struct atcp_key *key, const char **unit)
{
	const struct atcp_lknob *lknob;
	const struct atcp_knob *knob;

	if (key->scope == ATCP_KEY_NETNS) {
		knob = atcp_knob_find(key->name);
		*unit = knob ? knob->unit : NULL;
		return knob ? atcp_knob_range(knob) : NULL;
	}
	if (key->scope == ATCP_KEY_LISTENER) {
		lknob = atcp_lknob_find(key->name);
		*unit = lknob ? lknob->unit : NULL;
		return lknob ? atcp_lknob_range(lknob) : NULL;
	}
	return NULL;
}

/**
 * atcp_key_json_name() - what JSON calls a knob
 * @key: which
 *
 * Return: the label, without net.atcp. for the namespace's.
 */
const char *atcp_key_json_name(const struct atcp_key *key)
{
	return key->scope == ATCP_KEY_NETNS ? key->name : key->label;
}
