// SPDX-License-Identifier: GPL-2.0
/* Reads and writes whole files under /proc, or under $ATCP_PROC_ROOT. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atcpctl.h"
#include "proc.h"

#define ATCP_PROC_CHUNK	4096

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
	char path[4096], *text = NULL;
	size_t len = 0, size = 0;
	ssize_t got;
	int fd, err;

	atcp_proc_path(path, sizeof(path), file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		if (size - len < ATCP_PROC_CHUNK) {
			char *more = realloc(text, size + 4 * ATCP_PROC_CHUNK);

			if (!more) {
				got = -1;
				break;
			}
			text = more;
			size += 4 * ATCP_PROC_CHUNK;
		}
		got = read(fd, text + len, size - len - 1);
		if (got > 0)
			len += got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	err = errno;
	close(fd);
	if (got < 0) {
		free(text);
		errno = err;
		return NULL;
	}
	text[len] = '\0';
	return text;
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
	char path[4096], *line;
	int fd, len, err = 0;
	ssize_t put;

	atcp_proc_path(path, sizeof(path), file);
	len = asprintf(&line, "%s\n", text);
	if (len < 0)
		return -1;
	/* O_TRUNC means nothing to a sysctl; it matters to a plain file. */
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0) {
		err = errno;
	} else {
		put = write(fd, line, len);
		if (put != len)
			err = put < 0 ? errno : EIO;
		if (close(fd) && !err)
			err = errno;
	}
	free(line);
	errno = err;
	return err ? -1 : 0;
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
