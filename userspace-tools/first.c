// SPDX-License-Identifier: GPL-2.0
/*
 * What the knobs of net.atcp were when the namespace began, as generic netlink's family atcp
 * tells it: some are scaled by the machine's memory, and the table of this tool does not know
 * them. Of a secret it says whether it was set, or is the host's own.
 */
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/atcp_netlink.h>

#include "file.h"
#include "first.h"
#include "nl.h"

/**
 * struct atcp_first - of one knob
 * @name: its file's
 * @first: what it was, NULL if it is no number
 * @told: the kernel tells its value
 * @set: it is a secret, and was set
 */
struct atcp_first {
	char *name;
	char *first;
	bool told;
	bool set;
};

/* All of them, read when the first one is asked for. */
static struct {
	struct atcp_first *all;
	size_t count;
	bool read;
} atcp_firsts;

static void atcp_first_row(const struct nlmsghdr *nlh, void *data)
{
	struct atcp_first row = { 0 };
	const struct nlattr *attr;

	(void)data;
	mnl_attr_for_each(attr, nlh, ATCP_NL_HEAD) {
		switch (mnl_attr_get_type(attr)) {
		case ATCP_A_SETTING_NAME:
			row.name = atcp_file_format("%s", mnl_attr_get_str(attr));
			break;
		case ATCP_A_SETTING_FIRST:
			row.first = atcp_file_format("%s", mnl_attr_get_str(attr));
			break;
		case ATCP_A_SETTING_VALUE:
			row.told = true;
			break;
		case ATCP_A_SETTING_SET:
			row.set = true;
			break;
		}
	}
	atcp_firsts.all = atcp_file_must(realloc(atcp_firsts.all, (atcp_firsts.count + 1) *
						 sizeof(row)));
	atcp_firsts.all[atcp_firsts.count++] = row;
}

static const struct atcp_first *atcp_first_find(const char *name)
{
	size_t i;

	if (!atcp_firsts.read) {
		atcp_firsts.read = true;
		/* Tests' made-up files are of no kernel; nothing is known then. */
		if (atcp_nl_used())
			atcp_nl_settings(atcp_first_row, NULL);
	}
	for (i = 0; i < atcp_firsts.count; i++)
		if (atcp_firsts.all[i].name && !strcmp(atcp_firsts.all[i].name, name))
			return &atcp_firsts.all[i];
	return NULL;
}

/**
 * atcp_first_of() - what a knob was when the namespace began
 * @name: its file's
 *
 * Return: NULL if that is not known.
 */
const char *atcp_first_of(const char *name)
{
	const struct atcp_first *row = atcp_first_find(name);

	return row ? row->first : NULL;
}

/**
 * atcp_first_is_own() - is a secret the host's own, which nobody has set?
 * @name: the knob's file
 *
 * Return: whether it is; not if that is not known.
 */
bool atcp_first_is_own(const char *name)
{
	const struct atcp_first *row = atcp_first_find(name);

	return row && !row->told && !row->set;
}
