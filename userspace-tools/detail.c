// SPDX-License-Identifier: GPL-2.0
/*
 * Shows one listener whole. Files that this tool does not know are shown under
 * their own names, so that a newer kernel's are not missed.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "detail.h"
#include "file.h"
#include "knob.h"
#include "lknob.h"
#include "ltab.h"
#include "owner.h"
#include "table.h"

#define ATCP_DETAIL_BAR	30

/**
 * enum atcp_detail_kind - what a file of a listener's directory is
 * @ATCP_DETAIL_KNOB: a knob: value and origin
 * @ATCP_DETAIL_STATS: lines of name and value
 * @ATCP_DETAIL_HISTOGRAM: lines of low, high and count
 * @ATCP_DETAIL_PLAIN: anything else
 */
enum atcp_detail_kind {
	ATCP_DETAIL_KNOB,
	ATCP_DETAIL_STATS,
	ATCP_DETAIL_HISTOGRAM,
	ATCP_DETAIL_PLAIN,
};

static enum atcp_detail_kind atcp_detail_kind(const struct atcp_ltab *tab,
					      const struct atcp_ltab_listener *l,
					      const char *name)
{
	struct atcp_lknob_value value = { 0 };
	size_t len = strlen(name);

	if (!atcp_ltab_knob(tab, l, name, &value)) {
		atcp_lknob_value_free(&value);
		return ATCP_DETAIL_KNOB;
	}
	if (!strcmp(name, "stats") || !strcmp(name, "last_s"))
		return ATCP_DETAIL_STATS;
	if (len > 7 && !strcmp(name + len - 7, "_sum_us"))
		return ATCP_DETAIL_PLAIN;
	if (len > 3 && !strcmp(name + len - 3, "_us"))
		return ATCP_DETAIL_HISTOGRAM;
	return ATCP_DETAIL_PLAIN;
}

static struct json_object *
atcp_detail_json_stats(const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l, const char *file)
{
	struct json_object *obj = json_object_new_object();
	struct atcp_ltab_stat *stats;
	size_t i, count = atcp_ltab_pairs(tab, l, file, &stats);

	for (i = 0; i < count; i++)
		json_object_object_add(obj, stats[i].name,
				       json_object_new_uint64(stats[i].value));
	atcp_ltab_stats_free(stats, count);
	return obj;
}

static struct json_object *
atcp_detail_json_histogram(const struct atcp_ltab *tab,
			   const struct atcp_ltab_listener *l, const char *file)
{
	struct json_object *all = json_object_new_array(), *obj;
	struct atcp_ltab_bucket *buckets;
	size_t i, count = atcp_ltab_histogram(tab, l, file, &buckets);

	for (i = 0; i < count; i++) {
		obj = json_object_new_object();
		json_object_object_add(obj, "low",
				       json_object_new_uint64(buckets[i].low));
		json_object_object_add(obj, "high", buckets[i].high ?
				       json_object_new_uint64(buckets[i].high) :
				       NULL);
		json_object_object_add(obj, "count",
				       json_object_new_uint64(buckets[i].count));
		json_object_array_add(all, obj);
	}
	free(buckets);
	return all;
}

static void atcp_detail_json_knob(struct json_object *knobs, const struct atcp_ltab *tab,
				  const struct atcp_ltab_listener *l, const char *name)
{
	struct atcp_lknob_value value = { 0 };

	if (!atcp_ltab_knob(tab, l, name, &value))
		json_object_object_add(knobs, name, atcp_lknob_json(&value));
	atcp_lknob_value_free(&value);
}

static void atcp_detail_json_file(struct json_object *obj,
				  struct json_object *knobs,
				  const struct atcp_ltab *tab,
				  const struct atcp_ltab_listener *l,
				  const char *name)
{
	struct json_object *value;
	char *text, *normal;

	switch (atcp_detail_kind(tab, l, name)) {
	case ATCP_DETAIL_KNOB:
		atcp_detail_json_knob(knobs, tab, l, name);
		return;
	case ATCP_DETAIL_STATS:
		value = atcp_detail_json_stats(tab, l, name);
		break;
	case ATCP_DETAIL_HISTOGRAM:
		value = atcp_detail_json_histogram(tab, l, name);
		break;
	case ATCP_DETAIL_PLAIN:
		text = atcp_ltab_text(tab, l, name);
		if (!text)
			return;
		normal = atcp_knob_normal(text);
		value = atcp_knob_json(normal);
		free(normal);
		free(text);
		break;
	default:
		return;
	}
	json_object_object_add(obj, name, value);
}

/* The program that called listen(2), where that is known. */
static void atcp_detail_json_owner(struct json_object *obj, const struct atcp_ltab_listener *l)
{
	char *name = atcp_owner_name(l);

	if (strcmp(name, "-")) {
		json_object_object_add(obj, "program", json_object_new_string(name));
		json_object_object_add(obj, "pid", atcp_owner_pid(l) ?
				       json_object_new_int64(atcp_owner_pid(l)) : NULL);
	}
	free(name);
}

/**
 * atcp_detail_json() - a listener as JSON
 * @tab: all listeners
 * @l: one of them
 *
 * Return: a new object: the fields of /proc/net/atcp/listen and, where sysfs has
 * the listener, its files by name, the writable ones below "knobs".
 */
struct json_object *atcp_detail_json(const struct atcp_ltab *tab,
				     const struct atcp_ltab_listener *l)
{
	struct json_object *obj = json_object_new_object(), *knobs;
	char **names, **name;
	size_t n;

	for (n = 0; n < l->count && n < tab->columns.count; n++)
		json_object_object_add(obj, tab->columns.names[n],
				       atcp_knob_json(l->words[n]));
	atcp_detail_json_owner(obj, l);
	names = atcp_ltab_names(tab, l, false);
	if (!names)
		return obj;
	knobs = json_object_new_object();
	for (name = names; *name; name++)
		atcp_detail_json_file(obj, knobs, tab, l, *name);
	atcp_knob_names_free(names);
	json_object_object_add(obj, "knobs", knobs);
	return obj;
}

static void atcp_detail_print_owner(const struct atcp_ltab_listener *l)
{
	char *name = atcp_owner_name(l);

	printf("    %-24s %s\n", "program", name);
	if (atcp_owner_pid(l))
		printf("    %-24s %ld\n", "pid", atcp_owner_pid(l));
	free(name);
}

static void atcp_detail_head(const char *text)
{
	printf("  %s%s%s\n", atcp_table_paint(ATCP_COLOR_HEAD), text,
	       atcp_table_paint(ATCP_COLOR_NONE));
}

/* One line for each knob, in the table's order. */
static void atcp_detail_print_knobs(const struct atcp_ltab *tab,
				    const struct atcp_ltab_listener *l)
{
	char **names = atcp_ltab_names(tab, l, true), **name;
	struct atcp_table *table = atcp_table_new(6);

	for (name = names; name && *name; name++) {
		const struct atcp_lknob *knob = atcp_lknob_find(*name);
		char *range = knob ? atcp_lknob_range(knob) : NULL;
		struct atcp_lknob_value value = { 0 };

		if (!atcp_ltab_knob(tab, l, *name, &value)) {
			bool own = !strcmp(value.from, "listener");

			atcp_table_add(table, ATCP_COLOR_NONE, "    %s", *name);
			atcp_table_add(table, own ? ATCP_COLOR_HEAD :
				       ATCP_COLOR_NONE, "%s", value.value);
			atcp_table_add(table, ATCP_COLOR_NONE, "%s", value.from);
			atcp_table_add(table, ATCP_COLOR_NONE, "%s",
				       knob ? knob->unit : "?");
			atcp_table_add(table, ATCP_COLOR_NONE, "%s",
				       range ? range : "?");
			atcp_table_add(table, ATCP_COLOR_NONE, "%s", knob ?
				       knob->meaning : "not known to this atcpctl");
		}
		atcp_lknob_value_free(&value);
		free(range);
	}
	atcp_detail_head("knobs");
	atcp_table_print(table);
	atcp_table_free(table);
	atcp_knob_names_free(names);
}

static void atcp_detail_print_stats(const struct atcp_ltab *tab,
				    const struct atcp_ltab_listener *l)
{
	struct atcp_ltab_stat *stats;
	size_t i, count = atcp_ltab_stats(tab, l, &stats);

	if (count)
		atcp_detail_head("counters");
	for (i = 0; i < count; i++)
		printf("    %-24s %llu\n", stats[i].name, stats[i].value);
	atcp_ltab_stats_free(stats, count);
}

static void atcp_detail_print_last(const struct atcp_ltab *tab,
				   const struct atcp_ltab_listener *l)
{
	struct atcp_ltab_stat *stats;
	size_t i, count = atcp_ltab_pairs(tab, l, "last_s", &stats);

	if (count)
		atcp_detail_head("the last of them, seconds ago");
	for (i = 0; i < count; i++)
		printf("    %-24s %llu\n", stats[i].name, stats[i].value);
	atcp_ltab_stats_free(stats, count);
}

static void atcp_detail_print_histogram(const struct atcp_ltab *tab,
					const struct atcp_ltab_listener *l,
					const char *name)
{
	static const char full[] = "##############################";
	struct atcp_ltab_bucket *buckets;
	size_t i, count = atcp_ltab_histogram(tab, l, name, &buckets);
	unsigned long long most = 0;

	static_assert(sizeof(full) == ATCP_DETAIL_BAR + 1, "length of a bar");
	for (i = 0; i < count; i++)
		if (buckets[i].count > most)
			most = buckets[i].count;
	if (most)
		atcp_detail_head(name);
	for (i = 0; i < count; i++) {
		const struct atcp_ltab_bucket *b = &buckets[i];
		int fill = most ? (b->count * ATCP_DETAIL_BAR + most - 1) / most : 0;
		char *high;

		if (!b->count)
			continue;
		high = b->high ? atcp_file_format("%llu", b->high) :
				 atcp_file_format("and more");
		printf("    %10llu .. %-10s %10llu |%-*.*s|\n", b->low, high,
		       b->count, ATCP_DETAIL_BAR, fill, full);
		free(high);
	}
	free(buckets);
}

/* The files that are neither knobs nor counters; those of one line. */
static void atcp_detail_print_plain(const struct atcp_ltab *tab,
				    const struct atcp_ltab_listener *l,
				    char **names)
{
	char *text;

	for (; *names; names++) {
		if (atcp_detail_kind(tab, l, *names) != ATCP_DETAIL_PLAIN ||
		    atcp_ltab_word(tab, l, *names))
			continue;
		text = atcp_ltab_text(tab, l, *names);
		if (text)
			printf("    %-24s %s\n", *names, text);
		free(text);
	}
}

/**
 * atcp_detail_print() - a listener as text
 * @tab: all listeners
 * @l: one of them
 */
void atcp_detail_print(const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l)
{
	char **names, **name;
	size_t n;

	printf("%s%s%s\n", atcp_table_paint(ATCP_COLOR_HEAD), l->local,
	       atcp_table_paint(ATCP_COLOR_NONE));
	for (n = 0; n < l->count && n < tab->columns.count; n++)
		printf("    %-24s %s\n", tab->columns.names[n], l->words[n]);
	atcp_detail_print_owner(l);
	names = atcp_ltab_names(tab, l, false);
	if (!names)
		return;
	atcp_detail_print_plain(tab, l, names);
	atcp_detail_print_knobs(tab, l);
	atcp_detail_print_stats(tab, l);
	atcp_detail_print_last(tab, l);
	for (name = names; *name; name++)
		if (atcp_detail_kind(tab, l, *name) == ATCP_DETAIL_HISTOGRAM)
			atcp_detail_print_histogram(tab, l, *name);
	atcp_knob_names_free(names);
}
