// SPDX-License-Identifier: GPL-2.0
/*
 * The labels of listeners' series, as chosen by --labels. Listeners that have the same
 * ones, such as the workers of an SO_REUSEPORT group without their numbers, are one series.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "ltab.h"
#include "metrics_group.h"
#include "metrics_text.h"
#include "owner.h"

/* All that can be chosen, in the order in which they are written. */
static const char * const atcp_metrics_group_names[] = {
	"listener", "id", "inode", "uid", "family", "program",
};

/* A bit each: listener and id. */
static unsigned int atcp_metrics_group_chosen = 1U << 0 | 1U << 1;

static int atcp_metrics_group_bit(const char *word, size_t len, unsigned int *bits)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atcp_metrics_group_names); i++) {
		if (strlen(atcp_metrics_group_names[i]) == len &&
		    !strncmp(atcp_metrics_group_names[i], word, len)) {
			*bits |= 1U << i;
			return 0;
		}
	}
	atcp_main_warn("--labels: \"%.*s\" is none of listener, id, inode, uid, family, program",
		       (int)len, word);
	return -1;
}

/**
 * atcp_metrics_group_choose() - choose the labels
 * @list: their names with commas between; an empty one is none: one series for all
 *
 * Return: 0, or -1 after a message.
 */
int atcp_metrics_group_choose(const char *list)
{
	unsigned int bits = 0;
	size_t len;

	for (; *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (atcp_metrics_group_bit(list, len, &bits))
			return -1;
	}
	atcp_metrics_group_chosen = bits;
	return 0;
}

/**
 * atcp_metrics_group_single() - has every listener series of its own?
 *
 * Return: its number or its inode is among the labels.
 */
bool atcp_metrics_group_single(void)
{
	return atcp_metrics_group_chosen & (1U << 1 | 1U << 2);
}

/* The labels of a listener, to be freed. */
static char *atcp_metrics_group_labels(const struct atcp_ltab *tab,
				       const struct atcp_ltab_listener *l)
{
	const char *before = "{";
	char *labels = NULL;
	size_t size, i;
	FILE *out = atcp_file_must(open_memstream(&labels, &size));

	for (i = 0; i < ARRAY_SIZE(atcp_metrics_group_names); i++) {
		const char *name = atcp_metrics_group_names[i];
		char *value;

		if (!(atcp_metrics_group_chosen & 1U << i))
			continue;
		value = !i ? atcp_file_format("%s", l->local) :
			!strcmp(name, "program") ? atcp_owner_name(l) :
			atcp_ltab_text(tab, l, name);
		atcp_metrics_text_label(out, before, name, value ? value : "");
		before = ",";
		free(value);
	}
	if (atcp_options.netns) {
		atcp_metrics_text_label(out, before, "netns", atcp_options.netns);
		before = ",";
	}
	if (*before == '{')
		putc('{', out);
	fclose(out);
	return atcp_file_must(labels);
}

/**
 * struct atcp_metrics_group_key - what is sorted
 * @labels: of a listener
 * @at: its place in the table
 */
struct atcp_metrics_group_key {
	char *labels;
	size_t at;
};

static int atcp_metrics_group_compare(const void *a, const void *b)
{
	const struct atcp_metrics_group_key *left = a, *right = b;
	int rc = strcmp(left->labels, right->labels);

	if (rc)
		return rc;
	return left->at < right->at ? -1 : left->at > right->at;
}

static int atcp_metrics_group_place(const void *a, const void *b)
{
	const struct atcp_metrics_group_key *left = a, *right = b;

	return left->at < right->at ? -1 : left->at > right->at;
}

/**
 * atcp_metrics_group_make() - put the listeners into groups
 * @groups: result, in the order of their first listeners; for atcp_metrics_group_free()
 * @tab: the listeners
 */
void atcp_metrics_group_make(struct atcp_metrics_groups *groups, const struct atcp_ltab *tab)
{
	struct atcp_metrics_group_key *keys, *firsts;
	size_t *leader, i, n;

	keys = atcp_file_must(calloc(tab->count + 1, sizeof(*keys)));
	firsts = atcp_file_must(calloc(tab->count + 1, sizeof(*firsts)));
	leader = atcp_file_must(calloc(tab->count + 1, sizeof(*leader)));
	groups->of = atcp_file_must(calloc(tab->count + 1, sizeof(*groups->of)));
	groups->count = 0;
	for (i = 0; i < tab->count; i++) {
		keys[i].labels = atcp_metrics_group_labels(tab, &tab->all[i]);
		keys[i].at = i;
	}
	qsort(keys, tab->count, sizeof(*keys), atcp_metrics_group_compare);
	/* The first listener of each, and who follows it. */
	for (i = 0; i < tab->count; i++) {
		if (!i || strcmp(keys[i].labels, firsts[groups->count - 1].labels)) {
			firsts[groups->count++] = keys[i];
			leader[keys[i].at] = keys[i].at;
		} else {
			leader[keys[i].at] = firsts[groups->count - 1].at;
			free(keys[i].labels);
		}
	}
	qsort(firsts, groups->count, sizeof(*firsts), atcp_metrics_group_place);
	groups->labels = atcp_file_must(calloc(groups->count + 1, sizeof(*groups->labels)));
	for (n = 0; n < groups->count; n++) {
		groups->labels[n] = firsts[n].labels;
		groups->of[firsts[n].at] = n;
	}
	for (i = 0; i < tab->count; i++)
		groups->of[i] = groups->of[leader[i]];
	free(leader);
	free(firsts);
	free(keys);
}

/**
 * atcp_metrics_group_free() - forget the groups
 * @groups: from atcp_metrics_group_make()
 */
void atcp_metrics_group_free(struct atcp_metrics_groups *groups)
{
	while (groups->count--)
		free(groups->labels[groups->count]);
	free(groups->labels);
	free(groups->of);
}
