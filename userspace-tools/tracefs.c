// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a trace instance, so that nobody else's tracing is disturbed, and takes it
 * away again. Instances of atcpctls that were killed are removed on the way.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "atcpctl.h"
#include "file.h"
#include "tracefs.h"

#define ATCP_TRACEFS_EVENTS	"events/atcp"
#define ATCP_TRACEFS_PREFIX	"atcpctl-"
#define ATCP_TRACEFS_TRIES	50
/* Of each CPU: some ten thousand events. */
#define ATCP_TRACEFS_KB		"4096"

static char *atcp_tracefs_instance;

/* Does tracefs have atcp's events there? */
static bool atcp_tracefs_has(const char *root)
{
	char *path = atcp_file_format("%s/" ATCP_TRACEFS_EVENTS, root);
	bool has = !access(path, F_OK);

	free(path);
	return has;
}

/* Where tracefs is; mounted for this process alone if it is not. */
static const char *atcp_tracefs_root(void)
{
	static const char * const roots[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(roots); i++)
		if (atcp_tracefs_has(roots[i]))
			return roots[i];
	if (!unshare(CLONE_NEWNS) &&
	    !mount("", "/", "none", MS_SLAVE | MS_REC, NULL) &&
	    !mount("tracefs", roots[0], "tracefs", 0, NULL) &&
	    atcp_tracefs_has(roots[0]))
		return roots[0];
	return NULL;
}

static int atcp_tracefs_set(const char *file, const char *value)
{
	char *path = atcp_file_format("%s/%s", atcp_tracefs_instance, file);
	int rc = atcp_file_write(path, value);

	free(path);
	return rc;
}

/* Someone may have a file of it open, to see what it is, at this moment. */
static int atcp_tracefs_remove(const char *instance)
{
	static const struct timespec pause = { .tv_nsec = 20000000 };
	int tries = ATCP_TRACEFS_TRIES, rc;
	char *path = atcp_file_format("%s/" ATCP_TRACEFS_EVENTS "/enable",
				      instance);

	atcp_file_write(path, "0");
	free(path);
	while ((rc = rmdir(instance)) && errno == EBUSY && --tries)
		nanosleep(&pause, NULL);
	return rc;
}

/* Those whose process is no more. */
static void atcp_tracefs_sweep(const char *root)
{
	const size_t len = strlen(ATCP_TRACEFS_PREFIX);
	char *dir = atcp_file_format("%s/instances", root), *path;
	struct dirent *entry;
	DIR *stream;
	long pid;

	stream = opendir(dir);
	while (stream && (entry = readdir(stream)) != NULL) {
		if (strncmp(entry->d_name, ATCP_TRACEFS_PREFIX, len))
			continue;
		pid = atol(entry->d_name + len);
		if (pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		path = atcp_file_format("%s/%s", dir, entry->d_name);
		atcp_tracefs_remove(path);
		free(path);
	}
	if (stream)
		closedir(stream);
	free(dir);
}

/**
 * atcp_tracefs_open() - begin to trace
 *
 * Return: a file descriptor that gives a line of text for each event; -1 after a
 * message.
 */
int atcp_tracefs_open(void)
{
	const char *root = atcp_tracefs_root();
	char *pipe;
	int fd;

	if (!root) {
		atcp_main_warn("trace: no events of atcp in /sys/kernel/tracing: it takes root, a kernel with tracing, and the atcp module");
		return -1;
	}
	atcp_tracefs_sweep(root);
	atcp_tracefs_instance = atcp_file_format("%s/instances/" ATCP_TRACEFS_PREFIX "%d",
						 root, getpid());
	if (mkdir(atcp_tracefs_instance, 0700) && errno != EEXIST) {
		atcp_main_warn("trace: cannot make %s: %s",
			       atcp_tracefs_instance, strerror(errno));
		free(atcp_tracefs_instance);
		atcp_tracefs_instance = NULL;
		return -1;
	}
	/* Comparable between CPUs; without it the default has to do. */
	atcp_tracefs_set("trace_clock", "mono");
	atcp_tracefs_set("buffer_size_kb", ATCP_TRACEFS_KB);
	pipe = atcp_file_format("%s/trace_pipe", atcp_tracefs_instance);
	fd = open(pipe, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	free(pipe);
	if (fd >= 0 && !atcp_tracefs_set(ATCP_TRACEFS_EVENTS "/enable", "1"))
		return fd;
	atcp_main_warn("trace: cannot enable the events: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	atcp_tracefs_close();
	return -1;
}

/**
 * atcp_tracefs_close() - take the buffer away; its file must be closed by now
 */
void atcp_tracefs_close(void)
{
	if (!atcp_tracefs_instance)
		return;
	if (atcp_tracefs_remove(atcp_tracefs_instance))
		atcp_main_warn("trace: cannot remove %s: %s",
			       atcp_tracefs_instance, strerror(errno));
	free(atcp_tracefs_instance);
	atcp_tracefs_instance = NULL;
}
