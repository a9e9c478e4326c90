// SPDX-License-Identifier: GPL-2.0
/* What sendfile(2) and splice(2) move through a socket. */
#include "sockapi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define FILE_BYTES	300000

static unsigned char pattern(size_t at)
{
	return at * 31 + at / 251;
}

static int pattern_file(void)
{
	int fd = memfd_create("pattern", 0);
	unsigned char *buf = malloc(FILE_BYTES);
	size_t i;

	for (i = 0; i < FILE_BYTES; i++)
		buf[i] = pattern(i);
	if (write(fd, buf, FILE_BYTES) != FILE_BYTES)
		die("memfd");
	free(buf);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Reads to the end of the stream and notes how much was as it should be. */
static void note_pattern(struct api *api, int fd)
{
	static unsigned char buf[65536];
	size_t at = 0, good = 0;
	ssize_t n, i;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i++)
			good += buf[i] == pattern(at++);
	note(api, "end=%zd bytes=%zu good=%zu ", n, at, good);
}

/* The peer's reading end runs in a child, so that sending may block. */
static void copy_sendfile(struct api *api)
{
	struct api_pair p;
	int file = pattern_file();
	off_t at = 0;
	ssize_t n;

	api_pair(api, &p);
	if (!fork()) {
		while (at < FILE_BYTES && (n = sendfile(p.client, file, &at,
							FILE_BYTES - at)) > 0)
			;
		_exit(at != FILE_BYTES);
	}
	close(p.client);
	note_pattern(api, p.server);
	note_call(api, "into", sendfile(file, p.server, NULL, 10));
}

static void copy_splice_out(struct api *api)
{
	struct api_pair p;
	int file = pattern_file();
	int pipes[2];
	ssize_t n, m;

	api_pair(api, &p);
	if (pipe(pipes))
		die("pipe");
	if (!fork()) {
		while ((n = splice(file, NULL, pipes[1], NULL, 50000, 0)) > 0)
			for (; n > 0; n -= m) {
				m = splice(pipes[0], NULL, p.client, NULL, n,
					   SPLICE_F_MORE);
				if (m <= 0)
					_exit(1);
			}
		_exit(0);
	}
	close(p.client);
	note_pattern(api, p.server);
}

static void copy_splice_in(struct api *api)
{
	struct api_pair p;
	int file = pattern_file(), out = memfd_create("out", 0);
	int pipes[2];
	off_t at = 0;
	ssize_t n, m;

	api_pair(api, &p);
	if (pipe(pipes))
		die("pipe");
	if (!fork()) {
		while (at < FILE_BYTES &&
		       sendfile(p.client, file, &at, FILE_BYTES - at) > 0)
			;
		_exit(0);
	}
	close(p.client);
	while ((n = splice(p.server, NULL, pipes[1], NULL, 60000, 0)) > 0)
		for (; n > 0; n -= m) {
			m = splice(pipes[0], NULL, out, NULL, n, 0);
			if (m <= 0)
				die("splice");
		}
	note_call(api, "end", n);
	lseek(out, 0, SEEK_SET);
	note_pattern(api, out);
}

static void copy_splice_errors(struct api *api)
{
	struct api_pair p;
	int pipes[2];

	api_pair(api, &p);
	if (pipe(pipes))
		die("pipe");
	api_nonblock(p.server);
	api_nonblock(p.listener);
	note_call(api, "nonblock", splice(p.server, NULL, pipes[1], NULL, 100, 0));
	note_call(api, "listener", splice(p.listener, NULL, pipes[1], NULL, 100,
					  0));
	shutdown(p.client, SHUT_WR);
	note_poll(api, "fin", p.server, 0x2000 /* POLLRDHUP */);
	note_call(api, "end", splice(p.server, NULL, pipes[1], NULL, 100, 0));
}

static void copy_seek(struct api *api)
{
	struct api_pair p;

	api_pair(api, &p);
	note_call(api, "seek", lseek(p.server, 0, SEEK_SET));
	note_call(api, "pread", pread(p.server, &p, 1, 0));
}

const struct api_case api_copy_cases[] = {
	{ "sendfile", copy_sendfile },
	{ "splice from a pipe", copy_splice_out },
	{ "splice into a pipe", copy_splice_in },
	{ "splice: EAGAIN, ENOTCONN and the end", copy_splice_errors },
	{ "lseek and pread", copy_seek },
	{ NULL, NULL },
};
