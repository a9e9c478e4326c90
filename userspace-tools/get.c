// SPDX-License-Identifier: GPL-2.0
/* atcpctl get: prints knobs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "knob.h"
#include "proc.h"

static int atcp_get_one(const char *arg, struct json_object *all)
{
	char *name = atcp_knob_name(arg);
	char *value, **names;

	if (!name) {
		atcp_main_warn("\"%s\" is not the name of a knob of atcp", arg);
		return -1;
	}
	value = atcp_knob_read(name);
	if (!value && errno == ENOENT) {
		names = atcp_knob_names();
		if (names)
			atcp_main_warn("%s: no such knob (atcpctl list shows them all)",
				       name);
		free(names);
	} else if (!value) {
		atcp_main_warn("%s: cannot read: %s", name, strerror(errno));
	} else if (all) {
		json_object_object_add(all, name, atcp_knob_json(value));
	} else {
		printf(ATCP_KNOB_PREFIX "%s = %s\n", name, value);
	}
	free(name);
	if (!value)
		return -1;
	free(value);
	return 0;
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
		atcp_main_warn("get: which knob? (atcpctl list shows them all)");
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
