// SPDX-License-Identifier: GPL-2.0
/* In atcpctl: hands over to the program with the HTTP server. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "atcpctl.h"
#include "exporter.h"
#include "library.h"

/**
 * atcp_exporter_serve() - become the server, which reads the command line again
 * @conf: where it will listen, unused
 *
 * Return: only if that failed.
 */
int atcp_exporter_serve(const struct atcp_exporter *conf)
{
	const char *path = atcp_library_find("exporter", "atcp-exporter");

	(void)conf;
	if (!path)
		return ATCP_EXIT_FAIL;
	execv(path, atcp_options.argv);
	atcp_main_warn("cannot run %s: %s", path, strerror(errno));
	return ATCP_EXIT_FAIL;
}
