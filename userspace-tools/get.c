// SPDX-License-Identifier: GPL-2.0
/* atcpctl get: prints knobs of any scope. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "atcpctl.h"
#include "change.h"
#include "key.h"
#include "knob.h"
#include "paste.h"

static int atcp_get_one(const char *arg, struct json_object *all)
{
	struct atcp_keys keys = { 0 };
	char **names, *hint;
	int rc = 0;
	bool absent;
	size_t i;

	if (atcp_key_resolve(&keys, arg, &absent))
		rc = -1;
	for (i = 0; i < keys.count; i++) {
		const struct atcp_key *key = &keys.all[i];

		if (!atcp_change_print_key(key, all))
			continue;
		rc = -1;
		if (errno != ENOENT || key->scope != ATCP_KEY_NETNS) {
			atcp_main_warn("%s: cannot read: %s%s", key->name,
				       strerror(errno),
				       atcp_key_is_secret(key) ?
				       " (it can only be written)" : "");
			continue;
		}
		names = atcp_knob_names();
		hint = atcp_alias_hint(key->name, ATCP_KEY_NETNS);
		if (names)
			atcp_main_warn("%s: no such knob (%s list shows them all)%s",
				       key->name, atcp_paste_tool(), hint);
		free(hint);
		atcp_knob_names_free(names);
	}
	atcp_key_clear(&keys);
	return rc;
}

/**
 * atcp_get_run() - the get subcommand
 * @argc: number of words
 * @argv: "get" and names
 *
 * Return: enum atcp_exit; every knob that can be read is printed.
 */
int atcp_get_run(int argc, char **argv)
{
	struct json_object *all = NULL;
	int i, rc = ATCP_EXIT_OK;

	if (argc < 2) {
		atcp_main_warn("get: which knob? (%s list shows them all)", atcp_paste_tool());
		return ATCP_EXIT_USAGE;
	}
	if (atcp_options.json)
		all = json_object_new_object();
	for (i = 1; i < argc; i++)
		if (atcp_get_one(argv[i], all))
			rc = ATCP_EXIT_FAIL;
	if (all)
		atcp_knob_json_print(all);
	return rc;
}
