// SPDX-License-Identifier: GPL-2.0
/* Enters a network namespace by name or path, as ip-netns(8) lays them out. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "atcpctl.h"
#include "netns.h"

#define ATCP_NETNS_ETC	"/etc/netns"

/* The file of a namespace; -1 with errno set. */
static int atcp_netns_open(const char *name, char *path, size_t size)
{
	if (strchr(name, '/'))
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, ATCP_NETNS_DIR "/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/**
 * atcp_netns_try() - move this process into a network namespace if that can be done
 * @name: as for atcp_netns_enter()
 */
void atcp_netns_try(const char *name)
{
	char path[PATH_MAX];
	int fd = atcp_netns_open(name, path, sizeof(path));

	if (fd < 0)
		return;
	setns(fd, CLONE_NEWNET);
	close(fd);
}

/**
 * atcp_netns_enter_held() - move this process into a network namespace that is open already
 * @fd: of its file
 * @name: what it is called in a message
 *
 * Return: 0, or -1 after a message.
 */
int atcp_netns_enter_held(int fd, const char *name)
{
	int rc = setns(fd, CLONE_NEWNET);

	if (rc)
		atcp_main_warn("cannot enter network namespace \"%s\": %s",
			       name, strerror(errno));
	return rc;
}

/**
 * atcp_netns_enter() - move this process into a network namespace
 * @name: a name under /run/netns, or a path such as /proc/1234/ns/net
 *
 * atcpctl has one thread, so /proc/net, which is /proc/self/net, and
 * /proc/sys/net both show the new namespace afterwards.
 *
 * Return: 0, or -1 after a message.
 */
int atcp_netns_enter(const char *name)
{
	char path[PATH_MAX];
	int fd, rc;

	fd = atcp_netns_open(name, path, sizeof(path));
	if (fd < 0) {
		atcp_main_warn("cannot open network namespace \"%s\": %s: %s",
			       name, path, strerror(errno));
		return -1;
	}
	rc = atcp_netns_enter_held(fd, name);
	close(fd);
	return rc;
}

/* Lays /etc/netns/NAME/x over /etc/x, for each x that is there. */
static void atcp_netns_mount_etc(const char *name)
{
	char from[PATH_MAX], dir[PATH_MAX / 2], to[PATH_MAX];
	struct dirent *entry;
	DIR *etc;

	if (strchr(name, '/'))
		return;
	snprintf(dir, sizeof(dir), ATCP_NETNS_ETC "/%s", name);
	etc = opendir(dir);
	if (!etc)
		return;
	while ((entry = readdir(etc)) != NULL) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(from, sizeof(from), "%s/%s", dir, entry->d_name);
		snprintf(to, sizeof(to), "/etc/%s", entry->d_name);
		if (mount(from, to, "none", MS_BIND, NULL))
			atcp_main_warn("cannot bind %s to %s: %s", from, to,
				       strerror(errno));
	}
	closedir(etc);
}

/**
 * atcp_netns_mount() - give this process the view that ip netns exec gives
 * @name: the namespace that atcp_netns_enter() entered, NULL if none was
 * @quiet: say nothing when it cannot be done
 *
 * /sys shows the namespace it was mounted in, so it is mounted anew in a
 * mount namespace of the process's own.
 *
 * Return: 0, or -1 after a message.
 */
int atcp_netns_mount(const char *name, bool quiet)
{
	const char *what = "unshare the mount namespace";
	unsigned long flags = 0;
	struct statvfs fs;

	if (unshare(CLONE_NEWNS))
		goto err;
	/* Nothing mounted below is to show outside. */
	what = "make / a slave mount";
	if (mount("", "/", "none", MS_SLAVE | MS_REC, NULL))
		goto err;
	if (!statvfs("/sys", &fs) && (fs.f_flag & ST_RDONLY))
		flags |= MS_RDONLY;
	what = "mount /sys";
	umount2("/sys", MNT_DETACH);
	if (mount(name ? name : "sysfs", "/sys", "sysfs", flags, NULL))
		goto err;
	if (name)
		atcp_netns_mount_etc(name);
	return 0;
err:
	if (!quiet)
		atcp_main_warn("cannot %s: %s", what, strerror(errno));
	return -1;
}
