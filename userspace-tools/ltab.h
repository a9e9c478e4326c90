/* SPDX-License-Identifier: GPL-2.0 */
/* The listeners of this network namespace and what the kernel says of each. */
#ifndef ATCP_LTAB_H
#define ATCP_LTAB_H

#include <stdbool.h>
#include <stddef.h>

struct atcp_lfiles_tab;
struct atcp_lknob_value;

/**
 * struct atcp_ltab_listener - one listening socket
 * @id: its number in the namespace, also the name of its directory
 * @inode: of the socket
 * @local: ADDRESS:PORT as the kernel prints it
 * @words: its line of /proc/net/atcp/listen, cut into words
 * @count: number of @words
 */
struct atcp_ltab_listener {
	unsigned long id;
	unsigned long inode;
	const char *local;
	char **words;
	size_t count;
};

/**
 * struct atcp_ltab - all listeners at one moment
 * @text: what the words point into
 * @columns: the names of the words of each listener, and how many they are
 * @all: the listeners
 * @count: number of @all
 * @files: what else there is to say of them, as it is asked for
 */
struct atcp_ltab {
	char *text;
	struct {
		char **names;
		size_t count;
	} columns;
	struct atcp_ltab_listener *all;
	size_t count;
	struct atcp_lfiles_tab *files;
};

/**
 * struct atcp_ltab_stat - one counter of a listener
 * @name: as the kernel calls it
 * @value: events since listen(2)
 */
struct atcp_ltab_stat {
	char *name;
	unsigned long long value;
};

/**
 * struct atcp_ltab_bucket - one step of a histogram
 * @low: least time in it, microseconds
 * @high: where the next one begins, or the greatest time in it, microseconds
 * @count: events
 */
struct atcp_ltab_bucket {
	unsigned long long low;
	unsigned long long high;
	unsigned long long count;
};

struct atcp_ltab *atcp_ltab_new(void);
struct atcp_ltab *atcp_ltab_quietly(void);
void atcp_ltab_free(struct atcp_ltab *tab);
const char *atcp_ltab_word(const struct atcp_ltab *tab,
			   const struct atcp_ltab_listener *l, const char *column);
bool atcp_ltab_has_files(const struct atcp_ltab *tab, const struct atcp_ltab_listener *l);
char **atcp_ltab_names(const struct atcp_ltab *tab, const struct atcp_ltab_listener *l,
		       bool knobs);
int atcp_ltab_knob(const struct atcp_ltab *tab, const struct atcp_ltab_listener *l,
		   const char *name, struct atcp_lknob_value *value);
char *atcp_ltab_text(const struct atcp_ltab *tab,
		     const struct atcp_ltab_listener *l, const char *file);
long long atcp_ltab_number(const struct atcp_ltab *tab,
			   const struct atcp_ltab_listener *l, const char *file);
size_t atcp_ltab_pairs(const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l, const char *file,
		       struct atcp_ltab_stat **stats);
size_t atcp_ltab_stats(const struct atcp_ltab *tab,
		       const struct atcp_ltab_listener *l,
		       struct atcp_ltab_stat **stats);
size_t atcp_ltab_parse(char *text, struct atcp_ltab_stat **stats);
void atcp_ltab_stat_add(struct atcp_ltab_stat **stats, size_t *count,
			const char *name, const char *value);
void atcp_ltab_stats_free(struct atcp_ltab_stat *stats, size_t count);
size_t atcp_ltab_histogram(const struct atcp_ltab *tab,
			   const struct atcp_ltab_listener *l, const char *file,
			   struct atcp_ltab_bucket **buckets);

#endif /* ATCP_LTAB_H */
