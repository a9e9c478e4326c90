// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl ss --all-netns: what there is in all network namespaces, and who holds it.
 *
 * A namespace has a number. Its name is looked for in /run/netns, then a process that
 * is in it; one that has neither is kept alive by its orphans.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "allnets.h"
#include "atcpctl.h"
#include "file.h"
#include "proc.h"
#include "table.h"

#define ATCP_ALLNETS_COLUMNS	10

/* Does DIR/NAME/REST stand for the namespace of this number? */
static bool atcp_allnets_is(const char *dir, const char *name, const char *rest,
			    unsigned long number)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%.2000s/%s%s", dir, name, rest);
	return !stat(path, &st) && st.st_ino == number;
}

/* The first name in a directory that stands for a namespace, to be freed, or NULL. */
static char *atcp_allnets_find(const char *dir, const char *rest, bool numbers,
			       const char *prefix, unsigned long number)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char *found = NULL;

	if (!d)
		return NULL;
	while (!found && (e = readdir(d))) {
		if (e->d_name[0] == '.' || (numbers && !isdigit((unsigned char)e->d_name[0])))
			continue;
		if (atcp_allnets_is(dir, e->d_name, rest, number))
			found = atcp_file_format("%s%s", prefix, e->d_name);
	}
	closedir(d);
	return found;
}

static char *atcp_allnets_name(unsigned long number)
{
	char proc[4096], *found;

	found = atcp_allnets_find("/run/netns", "", false, "", number);
	if (found)
		return found;
	atcp_proc_path(proc, sizeof(proc), "");
	found = atcp_allnets_find(proc, "/ns/net", true, "pid ", number);
	return found ? found : atcp_file_format("%lu", number);
}

/* The row's namespace by name; rows of one follow each other, mostly. */
static const char *atcp_allnets_netns(const char *word)
{
	static unsigned long last;
	static char *name;
	unsigned long number = strtoul(word, NULL, 10);

	if (!name || number != last) {
		free(name);
		name = atcp_allnets_name(number);
		last = number;
	}
	return name;
}

static void atcp_allnets_row(struct atcp_table *table, char *line, bool head)
{
	enum atcp_color color;
	unsigned int i;
	const char *word;

	for (i = 0; i < ATCP_ALLNETS_COLUMNS; i++) {
		word = strsep(&line, " ");
		color = ATCP_COLOR_NONE;
		if (head)
			color = ATCP_COLOR_HEAD;
		else if (word && !strcmp(word, "orphan"))
			color = ATCP_COLOR_WATCH;
		if (word && !i && !head)
			word = atcp_allnets_netns(word);
		atcp_table_add(table, color, "%s", word ? word : "");
	}
}

/**
 * atcp_allnets_show() - print it
 *
 * Return: enum atcp_exit
 */
int atcp_allnets_show(void)
{
	/* The file is the first namespace's; this process may be in another one. */
	char *text = atcp_proc_read("net/atcp/all"), *rest, *line;
	struct atcp_table *table;
	bool head = true;

	if (!text)
		text = atcp_proc_read("1/net/atcp/all");
	if (!text) {
		atcp_proc_absent("net/atcp/all");
		return ATCP_EXIT_FAIL;
	}
	table = atcp_table_new(ATCP_ALLNETS_COLUMNS);
	for (rest = text; (line = strsep(&rest, "\n")) && *line; head = false)
		atcp_allnets_row(table, line, head);
	atcp_table_print(table);
	atcp_table_free(table);
	free(text);
	return ATCP_EXIT_OK;
}
