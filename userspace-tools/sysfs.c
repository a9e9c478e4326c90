// SPDX-License-Identifier: GPL-2.0
/*
 * Names of files below /sys, or below $ATCP_SYSFS_ROOT, which is for tests.
 *
 * A sysfs mount shows the network namespace of whoever mounted it. After setns()
 * (atcpctl -n, or nsenter -n around atcpctl) it is therefore the wrong one, and
 * is mounted anew in a mount namespace of this process's own, as ip-netns does.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "atcpctl.h"
#include "file.h"
#include "netns.h"
#include "sysfs.h"

/* The tests' tree, NULL outside tests; a made-up /proc has no real /sys. */
static const char *atcp_sysfs_fake(void)
{
	const char *root = getenv("ATCP_SYSFS_ROOT");

	if (root && *root)
		return root;
	root = getenv("ATCP_PROC_ROOT");
	return root && *root ? "/nonexistent" : NULL;
}

/**
 * atcp_sysfs_path() - the full name of a file below /sys
 * @fmt: printf format of the name below /sys
 *
 * Return: a text to be freed.
 */
char *atcp_sysfs_path(const char *fmt, ...)
{
	const char *root = atcp_sysfs_fake();
	char *name = NULL, *path;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&name, fmt, ap) < 0)
		name = NULL;
	va_end(ap);
	atcp_file_must(name);
	path = atcp_file_format("%s/%s", root ? root : "/sys", name);
	free(name);
	return path;
}

/**
 * atcp_sysfs_remount() - make /sys that of this process's network namespace
 *
 * Return: was it mounted anew? Not twice, not in tests, not without the right to.
 */
bool atcp_sysfs_remount(void)
{
	static bool done;

	if (done || atcp_sysfs_fake())
		return false;
	done = true;
	return !atcp_netns_mount(atcp_options.netns, true);
}
