// SPDX-License-Identifier: GPL-2.0
/* Reads and writes the small files of proc and sysfs, each in one go. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atcpctl.h"
#include "file.h"

#define ATCP_FILE_CHUNK	4096

/**
 * atcp_file_must() - end the program when there is no memory
 * @memory: from malloc() and its like
 *
 * Return: @memory, never NULL.
 */
void *atcp_file_must(void *memory)
{
	if (!memory) {
		atcp_main_warn("out of memory");
		exit(ATCP_EXIT_FAIL);
	}
	return memory;
}

/**
 * atcp_file_format() - a text made by printf()
 * @fmt: printf format
 *
 * Return: a text to be freed, never NULL.
 */
char *atcp_file_format(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	return atcp_file_must(text);
}

/**
 * atcp_file_read() - the whole text of a file
 * @path: its name
 *
 * Return: text to be freed by the caller, or NULL with errno set.
 */
char *atcp_file_read(const char *path)
{
	size_t len = 0, size = 0;
	char *text = NULL;
	ssize_t got;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		if (size - len < ATCP_FILE_CHUNK) {
			size += 2 * ATCP_FILE_CHUNK + size / 2;
			text = atcp_file_must(realloc(text, size));
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
 * atcp_file_write() - write a text in one write(2), as sysctls want it
 * @path: name of a file that is there
 * @text: what to write; a newline is added
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_file_write(const char *path, const char *text)
{
	int fd, len, err = 0;
	ssize_t put;
	char *line;

	line = atcp_file_format("%s\n", text);
	len = strlen(line);
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
