// SPDX-License-Identifier: GPL-2.0
/* Knobs of the namespace, of listeners and of the module, written with garbage and put back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "beside.h"
#include "fuzz.h"

#define KNOBS		160
#define WAIT_MOST	30	/* s */
#define SYSCTLS		"/proc/sys/net/atcp"
#define LISTENERS	"/sys/kernel/atcp/listeners"
#define PARAMETERS	"/sys/module/atcp/parameters"

/**
 * struct knob - a file that may be written
 * @path: its name
 * @was: what it said at the beginning, NULL: it cannot be read
 */
struct knob {
	char path[128];
	char *was;
};

static struct knob knobs[KNOBS];
static unsigned int count;

static const char * const words[] = {
	"inherit", "drop", "reset", "park", "reset_after:100", "reset_after:", "reset_after:-1",
	"auto", "always", "off", "none", "fifo", "lifo", "cpu", "hash", "rr", "least", "p2c",
	"accept", "cubic", "reno", "lo", "fuzz0", "lo fuzz0", "nosuch0", "all", "default", "",
	"1:00112233445566778899aabbccddeeff", "0:zz", "1-2-3-4", "1-2-3-4,5-6-7-8",
	"1 backlog=1", "1 synack_retries=3", "2 syn_backlog=inherit", "99999999999999999999 x=y",
	"1 backlog", "\x1b[2J\r\n", "0x10", "-1", "1 2 3", "1 1 1 1", "3 2 1", "4294967296",
	"18446744073709551616", "20000 20010", "100 50", "%s%n", "1\n2\n3",
};

static void add(const char *dir, const char *name)
{
	struct knob *k = &knobs[count];
	char buf[4096];

	if (count == KNOBS)
		return;
	snprintf(k->path, sizeof(k->path), "%s/%s", dir, name);
	if (access(k->path, W_OK))
		return;
	k->was = get_text(k->path, buf, sizeof(buf)) < 0 ? NULL : strdup(buf);
	count++;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct knob *)a)->path, ((const struct knob *)b)->path);
}

/* What is there now is what is put back later. In order, so that a seed finds each where it was. */
void knobs_init(void)
{
	const char * const dirs[] = { SYSCTLS, PARAMETERS };
	struct dirent *entry;
	unsigned int i;
	DIR *dir;

	for (i = 0; i < 2; i++) {
		dir = opendir(dirs[i]);
		if (!dir)
			continue;
		while ((entry = readdir(dir)))
			if (entry->d_name[0] != '.')
				add(dirs[i], entry->d_name);
		closedir(dir);
	}
	qsort(knobs, count, sizeof(*knobs), by_name);
}

/* Back to what they were; without faults it must be possible. */
void knobs_restore(void)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (knobs[i].was)
			set_text(knobs[i].path, "%s", knobs[i].was);
	set_text(SYSCTLS "/cookie_key", "none");
	/* The peer's segments reach sockets that listen below; who calls out has these. */
	set_text(SYSCTLS "/local_port_range", "26000 32767");
	set_text(SYSCTLS "/orphan_retries", "2");
	set_text(SYSCTLS "/guard_devices", "%s", plan.guard ? "fuzz0" : "\n");
}

/* What a seed runs with besides: modes that the defaults leave off. */
void knobs_plan(struct rnd *r)
{
	knobs_restore();
	set_text(SYSCTLS "/fastopen", "%u", rnd_pct(r, 60) ? 1 | 2 | 4 | 512 : 3);
	set_text(SYSCTLS "/ecn", "%u", rnd_below(r, 3));
	if (rnd_pct(r, 30))
		set_text(SYSCTLS "/max_syn_backlog", "%u", rnd_range(r, 1, 16));
	if (rnd_pct(r, 20))
		set_text(SYSCTLS "/syncookies", "%u", rnd_below(r, 3));
	if (rnd_pct(r, 20))
		set_text(SYSCTLS "/max_tw_buckets", "%u", rnd_below(r, 10));
}

static size_t garbage(struct rnd *r, char *buf, size_t size)
{
	size_t n = 0;

	switch (rnd_below(r, 8)) {
	case 0:
		n = rnd_below(r, rnd_pct(r, 90) ? 40 : size);
		rnd_fill(r, buf, n);
		return n;
	case 1:
		n = rnd_below(r, size);
		memset(buf, '1' + rnd_below(r, 9), n);
		return n;
	case 2:
	case 3:
		return snprintf(buf, size, "%s", rnd_pick(r, words));
	case 4:
		return snprintf(buf, size, "%s %s", rnd_pick(r, words), rnd_pick(r, words));
	case 5:
		return snprintf(buf, size, "%d %d %d", (int)rnd_odd(r), (int)rnd_odd(r),
				(int)rnd_odd(r));
	case 6:
		return snprintf(buf, size, "%u", rnd_below(r, 10));
	default:
		return snprintf(buf, size, "%d", (int)rnd_odd(r));
	}
}

/* A knob of some listener that there is. */
static bool of_listener(struct rnd *r, char *path, size_t size)
{
	char dirname[300], file[64] = "";
	struct dirent *entry;
	unsigned int pick;
	DIR *dir;
	int depth;

	snprintf(dirname, sizeof(dirname), LISTENERS);
	for (depth = 0; depth < 2; depth++) {
		dir = opendir(dirname);
		if (!dir)
			return false;
		pick = rnd_range(r, 1, depth ? 60 : 12);
		while (pick && (entry = readdir(dir)))
			if (entry->d_name[0] != '.') {
				snprintf(file, sizeof(file), "%.60s", entry->d_name);
				pick--;
			}
		closedir(dir);
		if (!file[0])
			return false;
		if (!depth)
			snprintf(dirname, sizeof(dirname), LISTENERS "/%s", file);
	}
	snprintf(path, size, "%s/%s", dirname, file);
	return true;
}

/*
 * An orphan waits for as long as fin_timeout said when it was made: no seed has the hours that
 * chance would give it.
 */
static size_t bound_wait(const char *path, char *buf, size_t len, size_t size)
{
	const char *name = strrchr(path, '/');

	if (strcmp(name ? name : path, "/fin_timeout") || len >= size)
		return len;
	buf[len] = 0;
	if (strtol(buf, NULL, 0) <= WAIT_MOST)
		return len;
	return snprintf(buf, size, "%d", WAIT_MOST);
}

/* Writes one, or reads a table from anywhere. */
void knobs_write(struct rnd *r)
{
	static const char * const tables[] = {
		"tcp", "tcp6", "netstat", "snmp", "sockstat", "listen",
	};
	char path[512], buf[6000];
	size_t len;
	int fd;

	figures.writes++;
	if (rnd_pct(r, 20)) {
		snprintf(path, sizeof(path), "/proc/thread-self/net/atcp/%s", rnd_pick(r, tables));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return;
		len = rnd_range(r, 1, sizeof(buf));
		if (pread(fd, buf, len, rnd_pct(r, 50) ? 0 : rnd_odd(r)) > 0)
			while (rnd_pct(r, 90) && read(fd, buf, len) > 0)
				;
		close(fd);
		return;
	}
	if (rnd_pct(r, 50) && count)
		snprintf(path, sizeof(path), "%s", knobs[rnd_below(r, count)].path);
	else if (!of_listener(r, path, sizeof(path)))
		return;
	fd = open(path, rnd_pct(r, 80) ? O_RDWR | O_CLOEXEC : O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = bound_wait(path, buf, garbage(r, buf, sizeof(buf)), sizeof(buf));
	if (pwrite(fd, buf, len, rnd_pct(r, 95) ? 0 : rnd_below(r, 10)) < 0 && rnd_pct(r, 50))
		(void)!pread(fd, buf, rnd_below(r, sizeof(buf)), rnd_pct(r, 90) ? 0 : rnd_odd(r));
	close(fd);
}

void *knobs_thread(void *stream)
{
	struct rnd r;

	rnd_init(&r, plan.seed, 200 + (long)stream);
	while (fuzz_go_on()) {
		knobs_write(&r);
		usleep(rnd_below(&r, 3000));
		/* Not for long: a backlog of none would leave nothing to do. */
		if (rnd_pct(&r, 2))
			knobs_restore();
	}
	return NULL;
}
