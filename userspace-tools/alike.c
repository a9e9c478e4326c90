// SPDX-License-Identifier: GPL-2.0
/* Whether a socket made here would be as one that another thread makes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alike.h"
#include "atcpctl.h"

/*
 * A socket takes from the task that makes it: the network namespace; the
 * owner, groups, capabilities and user namespace, for what they permit and for
 * rules that ask for them; the cgroup, which its memory is charged to and
 * which nft and BPF programs look at; and the security module's label. They
 * are read from /proc, where a thread that waits in a system call cannot
 * change them meanwhile. What cannot be read is not alike.
 */

#define ATCP_ALIKE_TEXT	8192

/* Those of our own change only if somebody moves us to another cgroup. */
#define ATCP_ALIKE_CGROUP	"cgroup"

static const char * const atcp_alike_lines[] = {
	"\nUid:", "\nGid:", "\nGroups:", "\nCapEff:",
};

static const char * const atcp_alike_namespaces[] = { "ns/net", "ns/user" };

/**
 * struct atcp_alike_file - a file of /proc/self
 * @name: its name
 * @text: what we are ourselves
 * @len: its length; 0 if there is none, since no security module has labels
 */
static struct atcp_alike_file {
	const char *name;
	char text[ATCP_ALIKE_TEXT];
	ssize_t len;
} atcp_alike_files[] = {
	{ .name = "status" },
	{ .name = ATCP_ALIKE_CGROUP },
	{ .name = "attr/current" },
	{ .name = "attr/sockcreate" },
	{ .name = "attr/apparmor/current" },
	{ .name = "attr/smack/current" },
};

static struct stat atcp_alike_ours[ARRAY_SIZE(atcp_alike_namespaces)];

/* Ours, open; -1 if we cannot know who we are, and so nobody is like us. */
static int atcp_alike_cgroup = -1;

/* All of a file, terminated. Returns its length or -errno. */
static ssize_t atcp_alike_read(int fd, char *text)
{
	ssize_t got, len = 0;

	do {
		got = pread(fd, text + len, ATCP_ALIKE_TEXT - 1 - len, len);
		if (got < 0)
			return -errno;
		len += got;
	} while (got > 0 && len < ATCP_ALIKE_TEXT - 1);
	text[len] = '\0';
	/* A text that fills all there is room for may go on. */
	return len < ATCP_ALIKE_TEXT - 1 ? len : -EFBIG;
}

static ssize_t atcp_alike_open(int dir, const char *name, char *text)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = atcp_alike_read(fd, text);
	close(fd);
	return len;
}

/* Is there the same line, beginning with @key, in both? */
static bool atcp_alike_line(const char *ours, const char *theirs,
			    const char *key)
{
	ours = strstr(ours, key);
	theirs = strstr(theirs, key);
	return ours && theirs &&
	       !strncmp(ours, theirs, strcspn(ours + 1, "\n") + 2);
}

static bool atcp_alike_same(const struct atcp_alike_file *file, int dir)
{
	static char theirs[ATCP_ALIKE_TEXT];
	ssize_t len;
	size_t i;

	if (!file->len)
		return true;
	len = atcp_alike_open(dir, file->name, theirs);
	if (strcmp(file->name, "status"))
		return len == file->len && !memcmp(file->text, theirs, len);
	for (i = 0; len > 0 && i < ARRAY_SIZE(atcp_alike_lines); i++)
		if (!atcp_alike_line(file->text, theirs, atcp_alike_lines[i]))
			return false;
	return len > 0;
}

static bool atcp_alike_namespace(int dir, size_t i)
{
	const struct stat *ours = &atcp_alike_ours[i];
	struct stat theirs;

	return !fstatat(dir, atcp_alike_namespaces[i], &theirs, 0) &&
	       ours->st_dev == theirs.st_dev && ours->st_ino == theirs.st_ino;
}

/* What we are ourselves in one respect; false if that cannot be known. */
static bool atcp_alike_learn(struct atcp_alike_file *file, int dir)
{
	file->len = atcp_alike_open(dir, file->name, file->text);
	/* No label: there is no such file, or nobody who answers. */
	if (file->len == -EINVAL || file->len == -ENOENT)
		file->len = 0;
	return file->len >= 0;
}

/**
 * atcp_alike_init() - remember who this process is
 *
 * Return: true, or false if /proc does not show our PID namespace's processes;
 * then nobody is alike.
 */
bool atcp_alike_init(void)
{
	char self[32] = "";
	bool known;
	size_t i;
	int dir;

	dir = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	known = dir >= 0 && readlink("/proc/self", self, sizeof(self) - 1) > 0 &&
		atoi(self) == getpid();
	for (i = 0; known && i < ARRAY_SIZE(atcp_alike_files); i++)
		known = atcp_alike_learn(&atcp_alike_files[i], dir);
	for (i = 0; known && i < ARRAY_SIZE(atcp_alike_namespaces); i++)
		known = !fstatat(dir, atcp_alike_namespaces[i],
				 &atcp_alike_ours[i], 0);
	if (known)
		atcp_alike_cgroup = openat(dir, ATCP_ALIKE_CGROUP,
					   O_RDONLY | O_CLOEXEC);
	if (dir >= 0)
		close(dir);
	return atcp_alike_cgroup >= 0;
}

/**
 * atcp_alike_check() - would a socket of ours be as one of that thread's?
 * @tid: a thread that waits in a system call; that it is still the same one
 *	must be checked after this
 *
 * Return: true if it would in all that the kernel looks at.
 */
bool atcp_alike_check(pid_t tid)
{
	char path[32];
	bool alike;
	size_t i;
	int dir;

	if (atcp_alike_cgroup < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d", tid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	for (i = 0, alike = true; alike && i < ARRAY_SIZE(atcp_alike_files); i++) {
		struct atcp_alike_file *file = &atcp_alike_files[i];

		if (!strcmp(file->name, ATCP_ALIKE_CGROUP))
			file->len = atcp_alike_read(atcp_alike_cgroup,
						    file->text);
		alike = atcp_alike_same(file, dir);
	}
	for (i = 0; alike && i < ARRAY_SIZE(atcp_alike_namespaces); i++)
		alike = atcp_alike_namespace(dir, i);
	close(dir);
	return alike;
}
