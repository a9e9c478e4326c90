// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the listeners: the list from /proc/net/atcp/listen, which is always that
 * of this process's network namespace, and the rest, when it is asked for, by netlink.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "knob.h"
#include "lfiles.h"
#include "lknob.h"
#include "ltab.h"
#include "nl.h"
#include "proc.h"
#include "sysfs.h"

#define ATCP_LTAB_FILE	"net/atcp/listen"

/* What sysfs calls the columns of the proc file, for kernels without the former. */
static const struct {
	const char *file;
	const char *column;
} atcp_ltab_same[] = {
	{ "synq_len", "synq" },
	{ "synq_young", "young" },
	{ "syn_backlog", "synq_max" },
	{ "acceptq_len", "acceptq" },
	{ "acceptq_limit", "acceptq_max" },
};

/* Columns of the proc file that count events. */
static const char * const atcp_ltab_counters[] = {
	"syns", "synack_retrans", "cookies_sent", "cookies_recv",
	"cookies_failed", "overflows", "drops", "accepted",
};

/* Cuts a line at its blanks, in place; the array is to be freed. */
static char **atcp_ltab_cut(char *line, size_t *count)
{
	char **words = NULL, *save, *word;

	*count = 0;
	for (word = strtok_r(line, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		words = atcp_file_must(realloc(words, (*count + 1) *
					       sizeof(*words)));
		words[(*count)++] = word;
	}
	return words;
}

/**
 * atcp_ltab_word() - a field of /proc/net/atcp/listen
 * @tab: all listeners
 * @l: one of them
 * @column: name of the field
 *
 * Return: the word, NULL if there is no such column.
 */
const char *atcp_ltab_word(const struct atcp_ltab *tab,
			   const struct atcp_ltab_listener *l, const char *column)
{
	size_t i;

	for (i = 0; i < tab->columns.count && i < l->count; i++)
		if (!strcmp(tab->columns.names[i], column))
			return l->words[i];
	return NULL;
}

static unsigned long atcp_ltab_unsigned(const char *word)
{
	return word ? strtoul(word, NULL, 10) : 0;
}

static void atcp_ltab_add(struct atcp_ltab *tab, char *line)
{
	struct atcp_ltab_listener *l;

	tab->all = atcp_file_must(realloc(tab->all, (tab->count + 1) *
					  sizeof(*tab->all)));
	l = &tab->all[tab->count++];
	memset(l, 0, sizeof(*l));
	l->words = atcp_ltab_cut(line, &l->count);
	l->id = atcp_ltab_unsigned(atcp_ltab_word(tab, l, "id"));
	l->inode = atcp_ltab_unsigned(atcp_ltab_word(tab, l, "inode"));
	l->local = atcp_ltab_word(tab, l, "local");
	if (!l->local)
		l->local = "-";
}

/**
 * atcp_ltab_new() - read the list of listeners
 *
 * Return: to be given to atcp_ltab_free(), or NULL after a message.
 */
struct atcp_ltab *atcp_ltab_new(void)
{
	struct atcp_ltab *tab = atcp_ltab_quietly();

	if (!tab)
		atcp_proc_absent(ATCP_LTAB_FILE);
	return tab;
}

/**
 * atcp_ltab_quietly() - read the list of listeners
 *
 * Return: to be given to atcp_ltab_free(), or NULL with errno set.
 */
struct atcp_ltab *atcp_ltab_quietly(void)
{
	char *text = atcp_proc_read(ATCP_LTAB_FILE), *line, *save;
	struct atcp_ltab *tab;

	if (!text)
		return NULL;
	tab = atcp_file_must(calloc(1, sizeof(*tab)));
	tab->text = text;
	line = strtok_r(text, "\n", &save);
	if (line)
		tab->columns.names = atcp_ltab_cut(line, &tab->columns.count);
	while (line && (line = strtok_r(NULL, "\n", &save)) != NULL)
		atcp_ltab_add(tab, line);
	tab->files = atcp_lfiles_new();
	return tab;
}

/**
 * atcp_ltab_free() - forget a list
 * @tab: may be NULL
 */
void atcp_ltab_free(struct atcp_ltab *tab)
{
	size_t i;

	if (!tab)
		return;
	for (i = 0; i < tab->count; i++)
		free(tab->all[i].words);
	free(tab->all);
	atcp_lfiles_free(tab->files);
	free(tab->columns.names);
	free(tab->text);
	free(tab);
}

static struct atcp_lfiles *atcp_ltab_files(const struct atcp_ltab *tab,
					   const struct atcp_ltab_listener *l, bool aged)
{
	struct atcp_lfiles *files = atcp_lfiles_of(tab->files, l->id, aged);
	char *inode;
	bool knob;

	if (!files || atcp_nl_used())
		return files;
	/* A test may have made a directory that is another's. */
	inode = atcp_lfiles_text(files, "inode", &knob);
	if (!inode || atcp_ltab_unsigned(inode) != l->inode)
		files = NULL;
	free(inode);
	errno = ENOENT;
	return files;
}

/**
 * atcp_ltab_has_files() - is there more to be had of a listener than its line?
 * @tab: all listeners
 * @l: one of them
 *
 * Return: whether there is: not if it has closed, nor of a module of before there was.
 */
bool atcp_ltab_has_files(const struct atcp_ltab *tab, const struct atcp_ltab_listener *l)
{
	return atcp_ltab_files(tab, l, false);
}

static int atcp_ltab_compare(const void *a, const void *b)
{
	return atcp_lknob_compare(*(char * const *)a, *(char * const *)b);
}

/**
 * atcp_ltab_names() - the files of a listener
 * @tab: all listeners
 * @l: one of them
 * @knobs: those that can be written, in the order of the table of knobs; else all, by name
 *
 * Return: a NULL-terminated array, for atcp_knob_names_free(); NULL with errno set.
 */
char **atcp_ltab_names(const struct atcp_ltab *tab, const struct atcp_ltab_listener *l,
		       bool knobs)
{
	struct atcp_lfiles *files = atcp_ltab_files(tab, l, !knobs);
	const struct atcp_lfile *all;
	size_t i, n, count = 0;
	char **names;

	if (!files)
		return NULL;
	all = atcp_lfiles_all(files, &n);
	names = atcp_file_must(calloc(n + 1, sizeof(*names)));
	for (i = 0; i < n; i++)
		if (!knobs || all[i].knob)
			names[count++] = atcp_file_format("%s", all[i].name);
	if (knobs)
		qsort(names, count, sizeof(*names), atcp_ltab_compare);
	return names;
}

/**
 * atcp_ltab_knob() - the value of a knob and who set it
 * @tab: all listeners
 * @l: one of them
 * @name: of the knob
 * @value: result, for atcp_lknob_value_free()
 *
 * Return: 0, or -1: it has no such knob.
 */
int atcp_ltab_knob(const struct atcp_ltab *tab, const struct atcp_ltab_listener *l,
		   const char *name, struct atcp_lknob_value *value)
{
	const struct atcp_lfiles *files = atcp_ltab_files(tab, l, false);
	bool knob = false;
	char *text = files ? atcp_lfiles_text(files, name, &knob) : NULL;

	if (text && knob)
		atcp_lknob_split(text, value);
	free(text);
	return text && knob ? 0 : -1;
}

/**
 * atcp_ltab_text() - what the kernel says in one file of a listener
 * @tab: all listeners
 * @l: one of them
 * @file: name in the listener's directory
 *
 * Return: text without its last newline, to be freed; the proc file's word for it
 * if there is no such file; else NULL with errno set.
 */
char *atcp_ltab_text(const struct atcp_ltab *tab,
		     const struct atcp_ltab_listener *l, const char *file)
{
	const struct atcp_lfiles *files = atcp_ltab_files(tab, l, atcp_lfiles_is_age(file));
	const char *column = file, *word;
	size_t i, len;
	bool knob;
	char *text = files ? atcp_lfiles_text(files, file, &knob) : NULL;

	if (!text) {
		for (i = 0; i < ARRAY_SIZE(atcp_ltab_same); i++)
			if (!strcmp(atcp_ltab_same[i].file, file))
				column = atcp_ltab_same[i].column;
		word = atcp_ltab_word(tab, l, column);
		if (!word)
			errno = ENOENT;
		else
			text = atcp_file_format("%s", word);
	}
	if (!text)
		return NULL;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

/**
 * atcp_ltab_number() - the number that a file of a listener begins with
 * @tab: all listeners
 * @l: one of them
 * @file: name in the listener's directory
 *
 * Return: the number, -1 if there is none.
 */
long long atcp_ltab_number(const struct atcp_ltab *tab,
			   const struct atcp_ltab_listener *l, const char *file)
{
	char *text = atcp_ltab_text(tab, l, file), *end;
	long long number = -1;

	if (text) {
		number = strtoll(text, &end, 10);
		if (end == text)
			number = -1;
	}
	free(text);
	return number;
}

/**
 * atcp_ltab_stat_add() - one counter more
 * @stats: counters, for atcp_ltab_stats_free()
 * @count: how many
 * @name: of the counter
 * @value: as the kernel prints it
 */
void atcp_ltab_stat_add(struct atcp_ltab_stat **stats, size_t *count,
			const char *name, const char *value)
{
	struct atcp_ltab_stat *stat;

	*stats = atcp_file_must(realloc(*stats, (*count + 1) *
					sizeof(**stats)));
	stat = &(*stats)[(*count)++];
	stat->name = atcp_file_format("%s", name);
	stat->value = strtoull(value, NULL, 10);
}

/**
 * atcp_ltab_parse() - a name and a number a line
 * @text: of the heap, which it frees; or NULL
 * @stats: to be given to atcp_ltab_stats_free()
 *
 * Return: how many there are.
 */
size_t atcp_ltab_parse(char *text, struct atcp_ltab_stat **stats)
{
	char *line, *save, *value;
	size_t count = 0;

	*stats = NULL;
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		value = strchr(line, ' ');
		if (!value)
			continue;
		*value++ = '\0';
		atcp_ltab_stat_add(stats, &count, line, value);
	}
	free(text);
	return count;
}

/**
 * atcp_ltab_pairs() - a file of a listener with a name and a number a line
 * @tab: all listeners
 * @l: one of them
 * @file: name in its directory
 * @stats: to be given to atcp_ltab_stats_free()
 *
 * Return: how many there are.
 */
size_t atcp_ltab_pairs(const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l, const char *file,
		       struct atcp_ltab_stat **stats)
{
	return atcp_ltab_parse(atcp_ltab_text(tab, l, file), stats);
}

/**
 * atcp_ltab_stats() - the counters of a listener
 * @tab: all listeners
 * @l: one of them
 * @stats: to be given to atcp_ltab_stats_free()
 *
 * Return: how many there are.
 */
size_t atcp_ltab_stats(const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l,
		       struct atcp_ltab_stat **stats)
{
	size_t i, count = atcp_ltab_pairs(tab, l, "stats", stats);

	if (count)
		return count;
	for (i = 0; i < ARRAY_SIZE(atcp_ltab_counters); i++) {
		const char *word = atcp_ltab_word(tab, l, atcp_ltab_counters[i]);

		if (word)
			atcp_ltab_stat_add(stats, &count, atcp_ltab_counters[i],
					   word);
	}
	return count;
}

/**
 * atcp_ltab_stats_free() - forget counters
 * @stats: from atcp_ltab_stats()
 * @count: how many
 */
void atcp_ltab_stats_free(struct atcp_ltab_stat *stats, size_t count)
{
	while (count--)
		free(stats[count].name);
	free(stats);
}

/**
 * atcp_ltab_histogram() - a histogram of a listener
 * @tab: all listeners
 * @l: one of them
 * @file: name in its directory
 * @buckets: to be freed
 *
 * Return: number of buckets, 0 if there is no such histogram or it is empty.
 */
size_t atcp_ltab_histogram(const struct atcp_ltab *tab,
			   const struct atcp_ltab_listener *l, const char *file,
			   struct atcp_ltab_bucket **buckets)
{
	struct atcp_ltab_bucket bucket;
	char *text = atcp_ltab_text(tab, l, file), *line, *save, *end;
	size_t count = 0;

	*buckets = NULL;
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		/* The last one may have no end: "inf" reads as 0. */
		bucket.low = strtoull(line, &end, 10);
		bucket.high = strtoull(end, &end, 10);
		end += strcspn(end, "0123456789");
		bucket.count = strtoull(end, &end, 10);
		*buckets = atcp_file_must(realloc(*buckets, (count + 1) *
						  sizeof(bucket)));
		(*buckets)[count++] = bucket;
	}
	free(text);
	return count;
}
