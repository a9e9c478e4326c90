// SPDX-License-Identifier: GPL-2.0
/* The libraries that the dynamic loader puts into programs for atcpctl. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atcpctl.h"
#include "library.h"

/**
 * atcp_library_find() - a file that is installed with atcpctl
 * @cmd: the subcommand, for messages
 * @name: the file's name
 *
 * Return: the one beside an atcpctl that was built but not installed, or where the
 * installation put it; NULL after a message.
 */
const char *atcp_library_find(const char *cmd, const char *name)
{
	static const char * const beside[] = { "", "preload/" };
	static char path[PATH_MAX];
	char self[PATH_MAX / 2];
	ssize_t len;
	size_t i;

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len > 0) {
		self[len] = '\0';
		*strrchr(self, '/') = '\0';
		for (i = 0; i < ARRAY_SIZE(beside); i++) {
			snprintf(path, sizeof(path), "%s/%s%s", self, beside[i], name);
			if (!access(path, R_OK))
				return path;
		}
	}
	snprintf(path, sizeof(path), "%s/%s", ATCP_LIBDIR, name);
	if (!access(path, R_OK))
		return path;
	atcp_main_warn("%s: no %s, neither beside atcpctl nor in %s", cmd, name, ATCP_LIBDIR);
	return NULL;
}

/* Is @path one of the names in @list, as another run above us put it there? */
static bool atcp_library_listed(const char *list, const char *path)
{
	const char *at = list;
	size_t len = strlen(path);

	for (; (at = strstr(at, path)); at += len)
		if ((at == list || strchr(" :", at[-1])) &&
		    strchr(" :", at[len]))
			return true;
	return false;
}

/**
 * atcp_library_preload() - have a library loaded into the program that is run next
 * @cmd: the subcommand, for messages
 * @name: the library's file name
 *
 * It comes first, then what the user preloads already.
 *
 * Return: 0, or -1 after a message.
 */
int atcp_library_preload(const char *cmd, const char *name)
{
	const char *library = atcp_library_find(cmd, name);
	const char *others = getenv("LD_PRELOAD");
	char *list;

	if (!library)
		return -1;
	if (others && atcp_library_listed(others, library))
		return 0;
	if (strpbrk(library, " :")) {
		atcp_main_warn("%s: LD_PRELOAD cannot name \"%s\": there is a blank or a colon in it",
			       cmd, library);
		return -1;
	}
	if (asprintf(&list, "%s%s%s", library, others && *others ? ":" : "",
		     others ? others : "") < 0)
		return -1;
	setenv("LD_PRELOAD", list, 1);
	free(list);
	return 0;
}
