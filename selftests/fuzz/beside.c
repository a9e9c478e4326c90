// SPDX-License-Identifier: GPL-2.0
/* Namespaces that come and go with what is in them, and allocations that fail. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "beside.h"
#include "drive.h"
#include "fuzz.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define MOST		1000000

static void lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
}

/* A few connections of some state in a namespace that may go at any moment. */
static void populate(struct rnd *r, int *fds, int n)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(7100) };
	char buf[3000] = { 0 };
	int i;

	fds[0] = drive_socket_new(r, AF_INET6);
	bind(fds[0], (struct sockaddr *)&a, sizeof(a));
	listen(fds[0], rnd_below(r, 4));
	if (rnd_pct(r, 50))
		a.sin6_addr = in6addr_loopback;
	else
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.sin6_addr);
	for (i = 1; i + 1 < n; i += 2) {
		fds[i] = drive_socket_new(r, AF_INET6);
		connect(fds[i], (struct sockaddr *)&a, sizeof(a));
		fds[i + 1] = rnd_pct(r, 60) ? accept4(fds[0], NULL, NULL, SOCK_NONBLOCK) : -1;
		if (rnd_pct(r, 60))
			send(fds[i], buf, rnd_below(r, sizeof(buf)), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (rnd_pct(r, 30))
			shutdown(fds[i], SHUT_WR);
	}
}

void *netns_thread(void *stream)
{
	int fds[9], i, old;
	struct rnd r;

	rnd_init(&r, plan.seed, 300 + (long)stream);
	old = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	while (fuzz_go_on()) {
		/* The last one dies of this, or with its last orphan. */
		if (unshare(CLONE_NEWNET)) {
			usleep(10000);
			continue;
		}
		figures.netns++;
		memset(fds, 0xff, sizeof(fds));
		if (rnd_pct(&r, 80))
			lo_up();
		populate(&r, fds, 9);
		if (rnd_pct(&r, 50))
			usleep(rnd_below(&r, 20000));
		if (rnd_pct(&r, 30))
			knobs_write(&r);
		for (i = 0; i < 9; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		usleep(rnd_below(&r, 200000));
	}
	if (setns(old, CLONE_NEWNET))
		fail("setns: %s", strerror(errno));
	close(old);
	return NULL;
}

/* Whether this kernel lets allocations fail, of the slabs that it was booted to let. */
bool faults_init(void)
{
	char buf[16];
	glob_t found;
	size_t i, n = 0;

	if (access(DEBUGFS "failslab/probability", W_OK))
		return false;
	if (glob("/sys/kernel/slab/*/failslab", 0, NULL, &found))
		return false;
	for (i = 0; i < found.gl_pathc; i++)
		n += get_text(found.gl_pathv[i], buf, sizeof(buf)) > 0 && buf[0] == '1';
	globfree(&found);
	return n > 20;
}

/* Of allocations that may not wait, so many fail, at random; the machine itself goes on. */
void faults_set(unsigned int percent)
{
	static const struct {
		const char *name;
		const char *value;
	} rows[] = {
		{ "verbose", "0" }, { "interval", "1" }, { "space", "0" }, { "task-filter", "N" },
		{ "ignore-gfp-wait", "Y" }, { "cache-filter", "Y" },
	};
	char path[128], buf[32];
	unsigned int i;

	if (!plan.faults)
		return;
	if (!percent && get_text(DEBUGFS "failslab/times", buf, sizeof(buf)) > 0)
		figures.faults += MOST - atol(buf);
	set_text(DEBUGFS "failslab/probability", "0");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), DEBUGFS "failslab/%s", rows[i].name);
		set_text(path, "%s", rows[i].value);
	}
	set_text(DEBUGFS "failslab/times", "%d", MOST);
	set_text(DEBUGFS "fail_page_alloc/verbose", "0");
	set_text(DEBUGFS "fail_usercopy/verbose", "0");
	set_text(DEBUGFS "failslab/probability", "%u", percent);
}

/* The @nth allocation or copy of this thread from now on fails; 0: none. Copying it may, too. */
void faults_nth(int fd, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth), tries = 20;

	while (tries-- && pwrite(fd, text, len, 0) != len && errno == EFAULT)
		;
}
