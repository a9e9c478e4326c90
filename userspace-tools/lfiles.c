// SPDX-License-Identifier: GPL-2.0
/*
 * All that there is to say of a listener, by the names of its files in sysfs.
 *
 * It is not read there: that were forty files a listener. Generic netlink has all of it in
 * one message, and all listeners in one dump; texts are made of that which are those of the
 * files (Documentation/sysfs.rst), so that who reads them here need not know. Of the first
 * few listeners that are asked for each is asked by itself, then all at once; the message is
 * kept, and a text made when it is asked for. In tests, where there is no kernel to ask, the
 * directories are read that they have made.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libmnl/libmnl.h>
#include <linux/atcp_netlink.h>

#include "atcpctl.h"
#include "file.h"
#include "lfiles.h"
#include "lmake.h"
#include "nl.h"
#include "sysfs.h"

/* So many listeners are asked for one by one. */
#define ATCP_LFILES_SINGLES	3

/**
 * struct atcp_lfiles - those of one listener
 * @id: its number
 * @aged: what takes long to find out is there too
 * @message: what netlink told of it
 * @all: the files, by name, if they were made of that
 * @count: how many
 * @made: they were
 */
struct atcp_lfiles {
	unsigned long id;
	bool aged;
	struct nlmsghdr *message;
	struct atcp_lfile *all;
	size_t count;
	bool made;
};

/**
 * struct atcp_lfiles_tab - what has been read
 * @all: by number of the listener
 * @count: how many
 * @singles: so many were asked for by themselves
 * @dumped: all have been
 * @aged: with what takes long
 */
struct atcp_lfiles_tab {
	struct atcp_lfiles *all;
	size_t count;
	unsigned int singles;
	bool dumped;
	bool aged;
};

static void atcp_lfiles_add(void *data, const char *name, char *text, bool knob)
{
	struct atcp_lfiles *files = data;

	/* Grown by powers of two: most listeners have some fifty. */
	if (!(files->count & (files->count - 1)))
		files->all = atcp_file_must(realloc(files->all, 2 * (files->count + 1) *
						    sizeof(*files->all)));
	files->all[files->count++] = (struct atcp_lfile) {
		.name	= atcp_file_format("%s", name),
		.text	= text,
		.knob	= knob,
	};
}

static int atcp_lfiles_compare(const void *a, const void *b)
{
	return strcmp(((const struct atcp_lfile *)a)->name, ((const struct atcp_lfile *)b)->name);
}

static void atcp_lfiles_sort(struct atcp_lfiles *files)
{
	if (files->count)
		qsort(files->all, files->count, sizeof(*files->all), atcp_lfiles_compare);
}

static void atcp_lfiles_clear(struct atcp_lfiles *files)
{
	while (files->count--) {
		free(files->all[files->count].name);
		free(files->all[files->count].text);
	}
	free(files->all);
	free(files->message);
}

static int atcp_lfiles_by_id(const void *a, const void *b)
{
	const struct atcp_lfiles *left = a, *right = b;

	return left->id < right->id ? -1 : left->id > right->id;
}

/* In the place of what was read before of the same listener. */
static void atcp_lfiles_keep(struct atcp_lfiles_tab *tab, const struct atcp_lfiles *files)
{
	struct atcp_lfiles *old = tab->count ? bsearch(files, tab->all, tab->count, sizeof(*files),
						       atcp_lfiles_by_id) : NULL;

	if (old) {
		atcp_lfiles_clear(old);
		*old = *files;
		return;
	}
	if (!(tab->count & (tab->count - 1)))
		tab->all = atcp_file_must(realloc(tab->all, 2 * (tab->count + 1) *
						  sizeof(*tab->all)));
	tab->all[tab->count++] = *files;
	/* A dump comes in their order. */
	if (tab->count > 1 && files[0].id < tab->all[tab->count - 2].id)
		qsort(tab->all, tab->count, sizeof(*tab->all), atcp_lfiles_by_id);
}

/* One listener's message is kept. */
static void atcp_lfiles_one(const struct nlmsghdr *nlh, void *data)
{
	struct atcp_lfiles_tab *tab = data;
	struct atcp_lfiles files = { .aged = tab->aged };
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, ATCP_NL_HEAD) {
		if (mnl_attr_get_type(attr) != ATCP_A_LISTENER_ID)
			continue;
		files.id = mnl_attr_get_u32(attr);
		break;
	}
	files.message = atcp_file_must(malloc(nlh->nlmsg_len));
	memcpy(files.message, nlh, nlh->nlmsg_len);
	atcp_lfiles_keep(tab, &files);
}

/* The files of a directory that a test has made; unreadable ones are none. */
static void atcp_lfiles_read(struct atcp_lfiles_tab *tab, unsigned long id)
{
	struct atcp_lfiles files = { .id = id, .aged = true, .made = true };
	char *dir = atcp_sysfs_path(ATCP_SYSFS_LISTENERS "/%lu", id);
	DIR *stream = opendir(dir);
	struct dirent *entry;
	struct stat st;

	while (stream && (entry = readdir(stream)) != NULL) {
		char *path = atcp_file_format("%s/%s", dir, entry->d_name), *text = NULL;

		if (!stat(path, &st) && S_ISREG(st.st_mode) && st.st_mode & 0400 &&
		    strcmp(entry->d_name, "uevent"))
			text = atcp_file_read(path);
		if (text)
			atcp_lfiles_add(&files, entry->d_name, text, st.st_mode & 0200);
		free(path);
	}
	free(dir);
	if (!stream)
		return;
	closedir(stream);
	atcp_lfiles_sort(&files);
	atcp_lfiles_keep(tab, &files);
}

static struct atcp_lfiles *atcp_lfiles_seek(const struct atcp_lfiles_tab *tab, unsigned long id)
{
	struct atcp_lfiles key = { .id = id };

	return tab->count ? bsearch(&key, tab->all, tab->count, sizeof(key), atcp_lfiles_by_id) :
			    NULL;
}

/**
 * atcp_lfiles_new() - nothing is read yet
 *
 * Return: for atcp_lfiles_free()
 */
struct atcp_lfiles_tab *atcp_lfiles_new(void)
{
	return atcp_file_must(calloc(1, sizeof(struct atcp_lfiles_tab)));
}

/**
 * atcp_lfiles_free() - forget what was read
 * @tab: may be NULL
 */
void atcp_lfiles_free(struct atcp_lfiles_tab *tab)
{
	while (tab && tab->count--)
		atcp_lfiles_clear(&tab->all[tab->count]);
	if (tab)
		free(tab->all);
	free(tab);
}

/**
 * atcp_lfiles_is_age() - does a file take long to be read?
 * @name: its
 *
 * Return: whether the whole connection table is looked through for it
 */
bool atcp_lfiles_is_age(const char *name)
{
	return !strcmp(name, "synq_oldest_ms");
}

/**
 * atcp_lfiles_of() - the files of a listener, read if they have not been
 * @tab: where they are kept
 * @id: the listener's number
 * @aged: with what takes long
 *
 * Return: good until it is asked for others; NULL with errno set if there is none such
 */
struct atcp_lfiles *atcp_lfiles_of(struct atcp_lfiles_tab *tab, unsigned long id, bool aged)
{
	const unsigned int parts = ATCP_PART_QUEUES | ATCP_PART_KNOBS | ATCP_PART_COUNTERS |
				   ATCP_PART_DROPS | ATCP_PART_HISTOGRAMS;
	struct atcp_lfiles *found = atcp_lfiles_seek(tab, id);
	bool all = tab->singles >= ATCP_LFILES_SINGLES;

	errno = ENOENT;
	if ((found && (found->aged || !aged)) || (tab->dumped && (tab->aged || !aged)))
		return found;
	if (!atcp_nl_used()) {
		atcp_lfiles_read(tab, id);
		return atcp_lfiles_seek(tab, id);
	}
	tab->singles++;
	tab->aged = aged;
	tab->dumped = all;
	/* What cannot be asked for is not there. */
	if (atcp_nl_listeners(all ? 0 : id, parts | (aged ? ATCP_PART_AGES : 0), atcp_lfiles_one,
			      tab) && errno != ENOENT)
		return NULL;
	errno = ENOENT;
	return atcp_lfiles_seek(tab, id);
}

/**
 * atcp_lfiles_all() - all files of a listener
 * @files: they
 * @count: how many
 *
 * Return: them, by name; as long as @files is
 */
const struct atcp_lfile *atcp_lfiles_all(struct atcp_lfiles *files, size_t *count)
{
	if (!files->made) {
		atcp_lmake(files->message, NULL, atcp_lfiles_add, files);
		atcp_lfiles_sort(files);
		files->made = true;
	}
	*count = files->count;
	return files->all;
}

/**
 * atcp_lfiles_text() - what one of them says
 * @files: of a listener
 * @name: of the file
 * @knob: result: can it be written?
 *
 * Return: its text, to be freed; NULL if there is no such file
 */
char *atcp_lfiles_text(const struct atcp_lfiles *files, const char *name, bool *knob)
{
	const struct atcp_lfile key = { .name = (char *)name }, *found;
	struct atcp_lfiles one = { .id = files->id };
	char *text;

	if (files->made) {
		found = files->count ? bsearch(&key, files->all, files->count, sizeof(key),
					       atcp_lfiles_compare) : NULL;
		if (found)
			*knob = found->knob;
		return found ? atcp_file_format("%s", found->text) : NULL;
	}
	atcp_lmake(files->message, name, atcp_lfiles_add, &one);
	if (!one.count)
		return NULL;
	text = one.all[0].text;
	*knob = one.all[0].knob;
	one.all[0].text = NULL;
	atcp_lfiles_clear(&one);
	return text;
}
