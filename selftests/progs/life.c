// SPDX-License-Identifier: GPL-2.0
/*
 * What the life of connections and listeners costs, each by itself.
 *
 * life conn -s STACK -a ADDR -p PORT -n COUNT [-f]	to "bench server"
 *	connect, 64 bytes there and back, close, COUNT times: mean, median and
 *	99th percentile, nanoseconds. -f: closed by FIN, else by RST
 * life growth -s STACK -a ADDR -p PORT -n COUNT	the same by FIN: the mean of
 *	each tenth
 * life listen -s STACK -a ADDR -p PORT -n COUNT [-v]	makes COUNT listeners, on as
 *	many ports; -v: on as many addresses of one port. Prints the mean of each
 *	tenth, then stays until it is killed. -P: the profiler (vm/profile.c) counts
 *	COUNT more, and nothing stays
 * life idle -s STACK -a ADDR -p PORT -n COUNT		opens COUNT connections, prints
 *	a line, stays until it is killed
 */
#include "mark.h"
#include "stack.h"

#include <netinet/tcp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/**
 * struct run - what was asked for
 * @stack: the TCP to measure
 * @addr: of the server, or of the first listener
 * @count: how many
 * @fin: closed by FIN
 * @vary: addresses, not ports
 * @profile: the profiler counts it
 */
struct run {
	enum stack stack;
	union addr addr;
	long count;
	bool fin;
	bool vary;
	bool profile;
};

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static int open_client(const struct run *run)
{
	int fd = stack_socket(run->stack, run->addr.sa.sa_family, 0);
	int one = 1;

	if (fd < 0 || connect(fd, &run->addr.sa, addr_len(&run->addr)))
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* The server's first byte says that it is to echo. */
static void one_connection(const struct run *run)
{
	struct linger abort = { .l_onoff = 1, .l_linger = 0 };
	char request[65], answer[64];
	size_t got = 0;
	ssize_t n;
	int fd;

	memset(request, 'e', sizeof(request));
	fd = open_client(run);
	if (send(fd, request, sizeof(request), 0) != sizeof(request))
		die("send");
	while (got < sizeof(answer)) {
		n = recv(fd, answer + got, sizeof(answer) - got, 0);
		if (n <= 0)
			die("receive");
		got += n;
	}
	if (!run->fin)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	close(fd);
}

static void run_conn(const struct run *run)
{
	long *each = calloc(run->count, sizeof(*each));
	long i, start, sum = 0;

	if (!each)
		die("no memory");
	for (i = 0; i < run->count; i++) {
		start = now();
		one_connection(run);
		each[i] = now() - start;
		sum += each[i];
	}
	qsort(each, run->count, sizeof(*each), compare);
	printf("%ld %ld %ld\n", sum / run->count, each[run->count / 2],
	       each[run->count * 99 / 100]);
	free(each);
}

/* Calls @fn COUNT times and prints what each tenth of the calls costs on average. */
static void tenths(const struct run *run, void (*fn)(const struct run *run, long i))
{
	long part, i = 0, start, from;

	for (part = 1; part <= 10; part++) {
		from = i;
		start = now();
		for (; i < run->count * part / 10; i++)
			fn(run, i);
		printf("%ld%c", i > from ? (now() - start) / (i - from) : 0,
		       part < 10 ? ' ' : '\n');
	}
	fflush(stdout);
}

static void grow(const struct run *run, long i)
{
	(void)i;
	one_connection(run);
}

static void run_growth(const struct run *run)
{
	struct run fin = *run;

	fin.fin = true;
	tenths(&fin, grow);
}

static void listen_one(const struct run *run, long i)
{
	union addr addr = run->addr;
	int fd = stack_socket(run->stack, addr.sa.sa_family, 0);
	in_port_t *port = addr.sa.sa_family == AF_INET6 ? &addr.v6.sin6_port : &addr.v4.sin_port;

	if (run->vary)
		addr.v4.sin_addr.s_addr = htonl(ntohl(addr.v4.sin_addr.s_addr) + i);
	else
		*port = htons(ntohs(*port) + i);
	if (fd < 0 || bind(fd, &addr.sa, addr_len(&addr)) || listen(fd, 128))
		die("listener %ld", i);
}

/* A tenth warms up. */
static void profile_listen(const struct run *run)
{
	long i = 0, warm = run->count / 10;

	for (; i < warm; i++)
		listen_one(run, i);
	mark_open();
	mark(MARK_BEGIN);
	for (; i < warm + run->count; i++)
		listen_one(run, i);
	mark(MARK_END);
}

static void run_listen(const struct run *run)
{
	if (run->profile) {
		profile_listen(run);
		return;
	}
	tenths(run, listen_one);
	pause();
}

static void idle_one(const struct run *run, long i)
{
	(void)i;
	open_client(run);
}

static void run_idle(const struct run *run)
{
	tenths(run, idle_one);
	pause();
}

static const struct {
	const char *name;
	void (*run)(const struct run *run);
} modes[] = {
	{ "conn", run_conn },
	{ "growth", run_growth },
	{ "listen", run_listen },
	{ "idle", run_idle },
};

int main(int argc, char **argv)
{
	struct run run = { .stack = STACK_TCP, .count = 1000 };
	const char *text = "127.0.0.1";
	struct rlimit files;
	rlim_t wanted;
	uint16_t port = 9000;
	unsigned int i;
	int opt;

	while ((opt = getopt(argc, argv, "s:a:p:n:fvP")) != -1) {
		switch (opt) {
		case 's':
			run.stack = stack_parse(optarg);
			break;
		case 'a':
			text = optarg;
			break;
		case 'p':
			port = atoi(optarg);
			break;
		case 'n':
			run.count = atol(optarg);
			break;
		case 'f':
			run.fin = true;
			break;
		case 'v':
			run.vary = true;
			break;
		case 'P':
			run.profile = true;
			break;
		default:
			return 2;
		}
	}
	addr_parse(&run.addr, text, port);
	wanted = run.count + run.count / 10 + 64;
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < wanted) {
		files.rlim_cur = wanted;
		if (files.rlim_max < files.rlim_cur)
			files.rlim_max = files.rlim_cur;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	for (i = 0; optind < argc && i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[optind], modes[i].name))
			continue;
		modes[i].run(&run);
		return 0;
	}
	errno = EINVAL;
	die("conn, growth, listen or idle");
}
