// SPDX-License-Identifier: GPL-2.0
/* atcpctl set: sets knobs from the command line, all of them or none. */
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "change.h"

/**
 * atcp_set_run() - the set subcommand
 * @argc: number of words
 * @argv: "set" and NAME=VALUE words
 *
 * Return: enum atcp_exit
 */
int atcp_set_run(int argc, char **argv)
{
	struct atcp_change *change;
	int i, rc = ATCP_EXIT_OK;
	bool absent;

	if (argc < 2) {
		atcp_main_warn("set: which knob? (NAME=VALUE...)");
		return ATCP_EXIT_USAGE;
	}
	change = atcp_change_new();
	/* Every fault is named, not only the first. */
	for (i = 1; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals) {
			atcp_main_warn("set: \"%s\" is not NAME=VALUE",
				       argv[i]);
			rc = ATCP_EXIT_USAGE;
			continue;
		}
		*equals = '\0';
		if (atcp_change_add(change, argv[i], equals + 1, &absent) && !rc)
			rc = ATCP_EXIT_FAIL;
	}
	if (!rc && atcp_change_apply(change))
		rc = ATCP_EXIT_FAIL;
	if (!rc)
		atcp_change_print(change);
	else if (argc > 2)
		atcp_main_warn("nothing was changed");
	atcp_change_free(change);
	return rc;
}
