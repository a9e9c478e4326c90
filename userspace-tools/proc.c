// SPDX-License-Identifier: GPL-2.0
/* Reads and writes whole files under /proc, or under $ATCP_PROC_ROOT. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "proc.h"

/**
 * atcp_proc_path() - the full name of a file under /proc
 * @buf: result
 * @size: of @buf, bytes
 * @file: name below /proc
 */
void atcp_proc_path(char *buf, size_t size, const char *file)
{
	const char *root = getenv("ATCP_PROC_ROOT");

	snprintf(buf, size, "%s/%s", root && *root ? root : "/proc", file);
}

/**
 * atcp_proc_setenv() - point another program at a file of atcp's
 * @variable: where iproute2 looks for the name, in place of the kernel's file
 * @file: name below /proc
 */
void atcp_proc_setenv(const char *variable, const char *file)
{
	char path[4096];

	atcp_proc_path(path, sizeof(path), file);
	setenv(variable, path, 1);
}

/**
 * atcp_proc_read() - the whole text of a file
 * @file: name below /proc
 *
 * Return: text to be freed by the caller, or NULL with errno set.
 */
char *atcp_proc_read(const char *file)
{
	char path[4096];

	atcp_proc_path(path, sizeof(path), file);
	return atcp_file_read(path);
}

/**
 * atcp_proc_write() - write a text in one write(2), as sysctls want it
 * @file: name below /proc
 * @text: what to write; a newline is added
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_proc_write(const char *file, const char *text)
{
	char path[4096];

	atcp_proc_path(path, sizeof(path), file);
	return atcp_file_write(path, text);
}

/**
 * atcp_proc_absent() - say why a file of atcp's cannot be read
 * @file: name below /proc; errno is from the attempt
 */
void atcp_proc_absent(const char *file)
{
	char path[4096];
	int err = errno;

	atcp_proc_path(path, sizeof(path), file);
	if (err == ENOENT)
		atcp_main_warn("no %s: the atcp module is not loaded (modprobe atcp, or insmod atcp.ko)",
			       path);
	else
		atcp_main_warn("cannot read %s: %s", path, strerror(err));
}
