// SPDX-License-Identifier: GPL-2.0
/* Changes several knobs as one: checks all first, takes all back on failure. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "atcpctl.h"
#include "change.h"
#include "file.h"
#include "guardnote.h"
#include "key.h"
#include "knob.h"
#include "lknob.h"
#include "nl.h"

/**
 * struct atcp_change_item - one knob of a change
 * @value: what it is to become
 * @old: what it was before atcp_change_apply()
 * @from: who had set it then
 * @where: file and line that it stands in, NULL outside of files
 * @optional: it is passed over if it is refused
 */
struct atcp_change_item {
	char *value;
	char *old;
	char *from;
	char *where;
	bool optional;
};

/**
 * struct atcp_change - a list of knobs and values
 * @keys: the knobs, in the order they were added
 * @items: the rest of each
 * @turned: listeners' knobs were set, by netlink
 * @where: file and line of what is added next, NULL outside of files
 * @optional: and whether it is passed over if it is refused
 */
struct atcp_change {
	struct atcp_keys keys;
	struct atcp_change_item *items;
	bool turned;
	char *where;
	bool optional;
};

/**
 * atcp_change_new() - an empty change
 *
 * Return: to be given to atcp_change_free().
 */
struct atcp_change *atcp_change_new(void)
{
	return atcp_file_must(calloc(1, sizeof(struct atcp_change)));
}

/**
 * atcp_change_free() - forget a change
 * @change: applied or not
 */
void atcp_change_free(struct atcp_change *change)
{
	size_t i;

	for (i = 0; i < change->keys.count; i++) {
		free(change->items[i].value);
		free(change->items[i].old);
		free(change->items[i].from);
		free(change->items[i].where);
	}
	free(change->where);
	free(change->items);
	atcp_key_clear(&change->keys);
	free(change);
}

/**
 * atcp_change_count() - how many knobs there are
 * @change: the change
 *
 * Return: their number.
 */
size_t atcp_change_count(const struct atcp_change *change)
{
	return change->keys.count;
}

/**
 * atcp_change_line() - what is added next stands in a file
 * @change: the change
 * @file: its name
 * @line: number of the line
 * @optional: what is refused is passed over, as in sysctl.d(5)
 */
void atcp_change_line(struct atcp_change *change, const char *file, unsigned int line,
		      bool optional)
{
	free(change->where);
	change->where = atcp_file_format("%s:%u", file, line);
	change->optional = optional;
}

/**
 * atcp_change_add_keys() - check a value for knobs and add them
 * @change: where to
 * @keys: the knobs, empty afterwards
 * @value: as people type it
 *
 * Return: 0, or -1 after a message for each knob that does not take it.
 */
int atcp_change_add_keys(struct atcp_change *change, struct atcp_keys *keys,
			 const char *value)
{
	size_t i, count;
	int rc = 0;

	for (i = 0; i < keys->count; i++) {
		struct atcp_key *key = &keys->all[i];
		char *good = atcp_key_check(key, value);

		if (!good) {
			rc = -1;
			continue;
		}
		atcp_key_add(&change->keys, key->scope,
			     atcp_file_format("%s", key->name),
			     atcp_file_format("%s", key->label),
			     atcp_file_format("%s", key->path));
		count = change->keys.count;
		change->items = atcp_file_must(realloc(change->items, count *
						       sizeof(*change->items)));
		memset(&change->items[count - 1], 0, sizeof(*change->items));
		change->items[count - 1].value = good;
		change->items[count - 1].optional = change->optional;
		if (change->where)
			change->items[count - 1].where = atcp_file_format("%s", change->where);
	}
	atcp_key_clear(keys);
	return rc;
}

/**
 * atcp_change_add() - find the knobs of a name, check a value for them, add them
 * @change: where to
 * @name: as people type it
 * @value: as people type it
 * @absent: set to whether the fault is that there is no such listener
 *
 * Return: 0, or -1 after a message.
 */
int atcp_change_add(struct atcp_change *change, const char *name,
		    const char *value, bool *absent)
{
	struct atcp_keys keys = { 0 };

	if (atcp_key_resolve(&keys, name, absent)) {
		atcp_key_clear(&keys);
		return -1;
	}
	return atcp_change_add_keys(change, &keys, value);
}

/* Why the kernel did not take a value, with all that helps to mend it. */
static void atcp_change_refused(const struct atcp_key *key, const char *value,
				int err)
{
	const char *unit = NULL, *hint = "";
	char *range;

	if (key->scope == ATCP_KEY_LISTENER && (err == ENOENT || err == ENODEV)) {
		atcp_main_warn("%s: \"%s\" not written: the listener has closed",
			       key->label, value);
		return;
	}
	if (err == EACCES || err == EPERM)
		hint = " (it takes CAP_NET_ADMIN over the network namespace)";
	if (atcp_key_is_secret(key)) {
		atcp_main_warn("%s: refused by the kernel: %s%s (see the kernel log)",
			       key->label, strerror(err), hint);
		return;
	}
	range = atcp_key_range(key, &unit);
	if (range)
		atcp_main_warn("%s: \"%s\" refused by the kernel: %s%s (range %s, unit %s)",
			       key->label, value, strerror(err), hint, range, unit);
	else
		atcp_main_warn("%s: \"%s\" refused by the kernel: %s%s",
			       key->label, value, strerror(err), hint);
	free(range);
}

/* Says that something is passed over, or where it stands. */
static void atcp_change_where(const struct atcp_change_item *item)
{
	if (item->where)
		atcp_main_warn("%s: %s", item->where, item->optional ? "passed over" :
			       "not accepted");
}

/* The value before the change, unless nobody may read it; says so if it is not there. */
static int atcp_change_read_one(const struct atcp_key *key, struct atcp_change_item *item)
{
	char **names, *hint;

	item->old = atcp_key_read(key, &item->from);
	if (item->old || (errno == EACCES && atcp_key_is_secret(key)))
		return 0;
	if (errno != ENOENT || key->scope != ATCP_KEY_NETNS) {
		atcp_main_warn("%s: cannot read: %s", key->label, strerror(errno));
		return -1;
	}
	/* Is it this knob that is missing, or the module? */
	names = atcp_knob_names();
	hint = atcp_alias_hint(key->name, ATCP_KEY_NETNS);
	if (names)
		atcp_main_warn("%s: no such knob%s", key->name, hint);
	free(hint);
	atcp_knob_names_free(names);
	return -1;
}

/* Forgets one knob. */
static void atcp_change_drop(struct atcp_change *change, size_t i)
{
	struct atcp_key *key = &change->keys.all[i];
	size_t after = change->keys.count - i - 1;

	free(change->items[i].value);
	free(change->items[i].where);
	memmove(&change->items[i], &change->items[i + 1], after * sizeof(*change->items));
	free(key->name);
	free(key->label);
	free(key->path);
	memmove(key, key + 1, after * sizeof(*key));
	change->keys.count--;
}

/* The values before the change. */
static int atcp_change_read_old(struct atcp_change *change)
{
	size_t i = 0;

	while (i < change->keys.count) {
		struct atcp_change_item *item = &change->items[i];

		if (!atcp_change_read_one(&change->keys.all[i], item)) {
			i++;
			continue;
		}
		atcp_change_where(item);
		if (!item->optional)
			return -1;
		atcp_change_drop(change, i);
	}
	return 0;
}

/*
 * Gives one knob back its old value, and its old origin: what was inherited is
 * inherited again, if the same value comes of it.
 */
static int atcp_change_undo_one(const struct atcp_key *key,
				const struct atcp_change_item *item)
{
	char *now;
	int rc;

	if (key->scope == ATCP_KEY_LISTENER && *item->from &&
	    strcmp(item->from, "listener") &&
	    !atcp_key_write(key, "inherit")) {
		now = atcp_key_read(key, NULL);
		rc = now && !strcmp(now, item->old);
		free(now);
		if (rc)
			return 0;
	}
	return atcp_key_write(key, item->old);
}

/* Is a knob as it was? */
static bool atcp_change_is_old(const struct atcp_key *key,
			       const struct atcp_change_item *item)
{
	char *now = atcp_key_read(key, NULL);
	bool same = now && !strcmp(now, item->old);

	free(now);
	return same;
}

/* Puts back the old values of the first count knobs, newest first. */
static void atcp_change_undo(struct atcp_change *change, size_t count)
{
	const struct atcp_change_item *item;
	const struct atcp_key *key;
	int err;

	while (count--) {
		key = &change->keys.all[count];
		item = &change->items[count];
		if (!item->old || (atcp_key_is_netlink(key) && !change->turned) ||
		    !atcp_change_undo_one(key, item))
			continue;
		err = errno;
		if (!atcp_change_is_old(key, item))
			atcp_main_warn("%s: cannot restore \"%s\": %s",
				       key->label, item->old, strerror(err));
	}
}

/* A listener's knob that is passed over if it is refused, in a request of its own. */
static void atcp_change_optional(const struct atcp_key *key, const struct atcp_change_item *item)
{
	struct atcp_nl_item one = {
		.id	= atcp_key_id(key),
		.name	= key->name,
		.value	= item->value,
	};
	char *why = NULL;

	if (!atcp_nl_set(&one, 1, &why))
		return;
	if (why && errno != ENOENT)
		atcp_main_warn("refused by the kernel: %s", why);
	else
		atcp_change_refused(key, item->value, errno);
	atcp_change_where(item);
	free(why);
}

/* Sets what is of listeners by one request; true if all of it was taken, or there is none. */
static bool atcp_change_listeners(struct atcp_change *change)
{
	struct atcp_nl_item *items;
	unsigned long id = 0;
	size_t i, count = 0;
	char *why = NULL;
	int rc;

	items = atcp_file_must(calloc(change->keys.count + 1, sizeof(*items)));
	for (i = 0; i < change->keys.count; i++)
		if (atcp_key_is_netlink(&change->keys.all[i]) && !change->items[i].optional)
			items[count++] = (struct atcp_nl_item) {
				.id	= atcp_key_id(&change->keys.all[i]),
				.name	= change->keys.all[i].name,
				.value	= change->items[i].value,
			};
	rc = count ? atcp_nl_set(items, count, &why) : 0;
	free(items);
	for (i = 0; i < change->keys.count && !rc; i++)
		if (atcp_key_is_netlink(&change->keys.all[i]) && change->items[i].optional)
			atcp_change_optional(&change->keys.all[i], &change->items[i]);
	if (!rc)
		return true;
	rc = errno;
	if (why)
		sscanf(why, "listener %lu:", &id);
	/* Without a text it is about all of them. */
	for (i = 0; i < change->keys.count; i++)
		if (atcp_key_is_netlink(&change->keys.all[i]) && !change->items[i].optional &&
		    (!id || id == atcp_key_id(&change->keys.all[i])))
			break;
	if (why && rc != ENOENT)
		atcp_main_warn("refused by the kernel: %s", why);
	else if (i < change->keys.count)
		atcp_change_refused(&change->keys.all[i], change->items[i].value, rc);
	if (i < change->keys.count)
		atcp_change_where(&change->items[i]);
	free(why);
	return false;
}

/* Is it set with others of net.atcp by one request? Secrets cannot be taken back if others fail. */
static bool atcp_change_is_setting(const struct atcp_change *change, size_t i)
{
	return atcp_nl_used() && change->keys.all[i].scope == ATCP_KEY_NETNS &&
	       change->items[i].old && !change->items[i].optional;
}

/* Sets what is of net.atcp by one request; true if all of it was taken, or there is none. */
static bool atcp_change_netns(const struct atcp_change *change)
{
	struct atcp_nl_item *items;
	size_t i, count = 0, len;
	const char *name;
	char *why = NULL;
	int err;

	items = atcp_file_must(calloc(change->keys.count + 1, sizeof(*items)));
	for (i = 0; i < change->keys.count; i++)
		if (atcp_change_is_setting(change, i))
			items[count++] = (struct atcp_nl_item) {
				.name	= change->keys.all[i].name,
				.value	= change->items[i].value,
			};
	err = count && atcp_nl_set_netns(items, count, &why) ? errno : 0;
	free(items);
	if (!err)
		return true;
	/* "default NAME: ..."; without a text it is about all of them. */
	name = why && !strncmp(why, "default ", 8) ? why + 8 : NULL;
	len = name ? strcspn(name, ": ") : 0;
	for (i = 0; i < change->keys.count; i++)
		if (atcp_change_is_setting(change, i) &&
		    (!name || (strlen(change->keys.all[i].name) == len &&
			       !strncmp(change->keys.all[i].name, name, len))))
			break;
	if (name)
		atcp_main_warn("refused by the kernel: net.atcp.%s", name);
	else if (i < change->keys.count)
		atcp_change_refused(&change->keys.all[i], change->items[i].value, err);
	if (i < change->keys.count)
		atcp_change_where(&change->items[i]);
	free(why);
	return false;
}

/* Writes the files of knobs whose old values are known, or of the others; true if all took it. */
static bool atcp_change_write(struct atcp_change *change, bool known)
{
	size_t i, done;

	for (i = 0; i < change->keys.count; i++) {
		const struct atcp_key *key = &change->keys.all[i];

		if (!change->items[i].old == known || atcp_key_is_netlink(key) ||
		    atcp_change_is_setting(change, i) ||
		    !atcp_key_write(key, change->items[i].value))
			continue;
		atcp_change_refused(key, change->items[i].value, errno);
		atcp_change_where(&change->items[i]);
		if (change->items[i].optional)
			continue;
		/* A vector may have been written in part. */
		done = key->scope == ATCP_KEY_NETNS ? i + 1 : i;
		atcp_change_undo(change, known ? done : change->keys.count);
		return false;
	}
	return true;
}

/**
 * atcp_change_apply() - make the change
 * @change: whose values were all checked as they were added
 *
 * Return: 0, or -1 after a message with every knob as it was, but for those that
 * nobody may read: they are written when all others have been.
 */
int atcp_change_apply(struct atcp_change *change)
{
	if (atcp_change_read_old(change))
		return -1;
	if (atcp_options.dry)
		return 0;
	if (!atcp_change_write(change, true))
		return -1;
	if (!atcp_change_netns(change)) {
		atcp_change_undo(change, change->keys.count);
		return -1;
	}
	change->turned = atcp_change_listeners(change);
	if (!change->turned) {
		atcp_change_undo(change, change->keys.count);
		return -1;
	}
	/* What cannot be taken back comes last. */
	return atcp_change_write(change, false) ? 0 : -1;
}

/* Who asks for the guard where it can do nothing is told. */
static void atcp_change_note_guard(const struct atcp_change *change)
{
	char *note = NULL;
	size_t i;

	for (i = 0; i < change->keys.count && !note; i++)
		if (!strcmp(change->keys.all[i].name, "guard") &&
		    !strcmp(change->items[i].value, "1"))
			note = atcp_guardnote_text();
	if (note)
		atcp_main_warn("%s", note);
	free(note);
}

/* What one knob would become. */
static void atcp_change_print_dry(const struct atcp_change *change, size_t i,
				  struct json_object *all)
{
	const struct atcp_change_item *item = &change->items[i];
	const struct atcp_key *key = &change->keys.all[i];
	const char *value = item->old ? item->value : "(not shown)";

	if (atcp_options.json)
		json_object_object_add(all, atcp_key_json_name(key), atcp_knob_json(value));
	else
		printf("%s would be %s (is %s)\n", key->label, value,
		       item->old ? item->old : "not to be read");
}

/**
 * atcp_change_print() - what the knobs are now
 * @change: an applied one
 */
void atcp_change_print(const struct atcp_change *change)
{
	struct json_object *all = json_object_new_object();
	size_t i;

	for (i = 0; i < change->keys.count && atcp_options.dry; i++)
		atcp_change_print_dry(change, i, all);
	for (i = 0; i < change->keys.count && !atcp_options.dry; i++)
		atcp_change_print_key(&change->keys.all[i],
				      atcp_options.json ? all : NULL);
	atcp_change_note_guard(change);
	if (atcp_options.json)
		atcp_knob_json_print(all);
	else
		json_object_put(all);
}

/**
 * atcp_change_print_key() - what a knob is now
 * @key: which
 * @all: JSON object to add it to, NULL to print a line
 *
 * Return: 0, or -1 with errno set if it cannot be read.
 */
int atcp_change_print_key(const struct atcp_key *key, struct json_object *all)
{
	struct atcp_lknob_value now = { 0 };
	struct json_object *obj;
	char *raw;

	raw = atcp_key_read(key, &now.from);
	if (!raw)
		return -1;
	now.value = key->scope == ATCP_KEY_NETNS ? atcp_knob_words(key->name, raw) :
						   atcp_knob_normal(raw);
	free(raw);
	if (all) {
		obj = *now.from ? atcp_lknob_json(&now) :
				  atcp_knob_json(now.value);
		json_object_object_add(all, atcp_key_json_name(key), obj);
	} else if (*now.from) {
		printf("%s = %s (%s)\n", key->label, now.value, now.from);
	} else {
		printf("%s = %s\n", key->label, now.value);
	}
	atcp_lknob_value_free(&now);
	return 0;
}
