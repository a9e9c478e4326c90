// SPDX-License-Identifier: GPL-2.0
/* atcpctl version: that of the tools, that of the loaded module, and a word when they differ. */
#include <json-c/json.h>
#include <linux/atcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atcpctl.h"
#include "file.h"
#include "knob.h"
#include "sysfs.h"
#include "version.h"

/* The loaded module's version, "" if it has none; NULL if none is loaded. To be freed. */
static char *atcp_version_loaded(void)
{
	char *path = atcp_sysfs_path("module/atcp/version");
	char *text = atcp_file_read(path);

	free(path);
	if (text) {
		text[strcspn(text, "\n")] = '\0';
		return text;
	}
	/* Those before versions were. */
	path = atcp_sysfs_path("module/atcp");
	if (!access(path, F_OK))
		text = atcp_file_must(strdup(""));
	free(path);
	return text;
}

static void atcp_version_compare(const char *module)
{
	if (module && strcmp(module, ATCP_VERSION))
		atcp_main_warn("warning: the loaded module is %s%s, and atcpctl is version %s",
			       *module ? "version " : "without a version",
			       module, ATCP_VERSION);
}

/**
 * atcp_version_check() - warn if the loaded module is of another version than the tools
 */
void atcp_version_check(void)
{
	char *module = atcp_version_loaded();

	atcp_version_compare(module);
	free(module);
}

/**
 * atcp_version_run() - print the versions of the tools and of the loaded module
 * @argc: number of words
 * @argv: the subcommand's name alone
 *
 * Return: exit code.
 */
int atcp_version_run(int argc, char **argv)
{
	char *module;

	if (argc > 1) {
		atcp_main_warn("%s takes no arguments", argv[0]);
		return ATCP_EXIT_USAGE;
	}
	module = atcp_version_loaded();
	if (atcp_options.json) {
		struct json_object *all = json_object_new_object();

		json_object_object_add(all, "atcpctl", json_object_new_string(ATCP_VERSION));
		json_object_object_add(all, "module",
				       module ? json_object_new_string(module) : NULL);
		atcp_knob_json_print(all);
	} else {
		printf("atcpctl %s\nmodule %s\n", ATCP_VERSION,
		       !module ? "not loaded" : *module ? module : "without a version");
	}
	atcp_version_compare(module);
	free(module);
	return ATCP_EXIT_OK;
}
