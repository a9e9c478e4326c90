// SPDX-License-Identifier: GPL-2.0
/*
 * The programs that called listen(2), as generic netlink's family atcp tells them: all of
 * the namespace's by one dump. In tests, where there is no kernel to ask, a listener's
 * directory has a file "owner" with number and name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/atcp_netlink.h>

#include "atcpctl.h"
#include "file.h"
#include "ltab.h"
#include "nl.h"
#include "owner.h"
#include "sysfs.h"

/**
 * struct atcp_owner - of one listener
 * @id: the listener's number
 * @pid: of the process, 0 if it has ended or is not to be seen from here
 * @comm: its name when it called listen(2), without anything that a terminal would obey
 */
struct atcp_owner {
	unsigned long id;
	long pid;
	char comm[32];
};

/* Those of the last dump, in the order of their numbers. */
static struct atcp_owners {
	struct atcp_owner *all;
	size_t count;
	bool read;
} atcp_owners;

static void atcp_owner_call(struct atcp_owner *owner, const char *comm)
{
	char *c;

	snprintf(owner->comm, sizeof(owner->comm), "%s", comm);
	for (c = owner->comm; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static void atcp_owner_one(const struct nlmsghdr *nlh, void *data)
{
	struct atcp_owner owner = { 0 }, *all;
	const struct nlattr *attr, *inner;

	(void)data;
	mnl_attr_for_each(attr, nlh, ATCP_NL_HEAD) {
		if (mnl_attr_get_type(attr) == ATCP_A_LISTENER_ID)
			owner.id = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) != ATCP_A_LISTENER_OWNER)
			continue;
		mnl_attr_for_each_nested(inner, attr) {
			if (mnl_attr_get_type(inner) == ATCP_A_OWNER_PID)
				owner.pid = mnl_attr_get_u32(inner);
			else if (mnl_attr_get_type(inner) == ATCP_A_OWNER_COMM)
				atcp_owner_call(&owner, mnl_attr_get_str(inner));
		}
	}
	all = atcp_file_must(realloc(atcp_owners.all, (atcp_owners.count + 1) * sizeof(*all)));
	all[atcp_owners.count++] = owner;
	atcp_owners.all = all;
}

static int atcp_owner_compare(const void *a, const void *b)
{
	const struct atcp_owner *left = a, *right = b;

	return left->id < right->id ? -1 : left->id > right->id;
}

static struct atcp_owner atcp_owner_made_up(const struct atcp_ltab_listener *l)
{
	struct atcp_owner owner = { .id = l->id };
	char *path, *text, *name;

	path = atcp_sysfs_path(ATCP_SYSFS_LISTENERS "/%lu/owner", l->id);
	text = atcp_file_read(path);
	free(path);
	if (text) {
		text[strcspn(text, "\n")] = '\0';
		owner.pid = strtol(text, &name, 10);
		atcp_owner_call(&owner, name + (*name == ' '));
	}
	free(text);
	return owner;
}

static struct atcp_owner atcp_owner_find(const struct atcp_ltab_listener *l)
{
	struct atcp_owner key = { .id = l->id }, *found;

	if (!atcp_nl_used())
		return atcp_owner_made_up(l);
	if (!atcp_owners.read) {
		atcp_owners.read = true;
		/* A module of before there was such a family has no names to tell. */
		atcp_nl_listeners(0, ATCP_PART_OWNER, atcp_owner_one, NULL);
		if (atcp_owners.count)
			qsort(atcp_owners.all, atcp_owners.count, sizeof(key),
			      atcp_owner_compare);
	}
	found = atcp_owners.count ? bsearch(&key, atcp_owners.all, atcp_owners.count,
					    sizeof(key), atcp_owner_compare) : NULL;
	return found ? *found : key;
}

/**
 * atcp_owner_name() - the program of a listener
 * @l: the listener
 *
 * Return: its name, "-" if it is not known; to be freed.
 */
char *atcp_owner_name(const struct atcp_ltab_listener *l)
{
	struct atcp_owner owner = atcp_owner_find(l);

	return atcp_file_format("%s", *owner.comm ? owner.comm : "-");
}

/**
 * atcp_owner_pid() - its process
 * @l: the listener
 *
 * Return: its number, 0 if it is not known.
 */
long atcp_owner_pid(const struct atcp_ltab_listener *l)
{
	return atcp_owner_find(l).pid;
}

/**
 * atcp_owner_forget() - have them read again the next time
 */
void atcp_owner_forget(void)
{
	free(atcp_owners.all);
	memset(&atcp_owners, 0, sizeof(atcp_owners));
}
