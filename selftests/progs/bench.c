// SPDX-License-Identifier: GPL-2.0
/*
 * One measurement of one stack.
 *
 * bench server -s STACK -a ADDR -p PORT [-B BACKLOG]   serves until it is killed
 * bench conn|rr|bulk -s STACK -a ADDR -p PORT -t SECONDS
 *
 * conn: connections a second (connect, 64 bytes there and back, close)
 * rr:   median and 99th percentile of a 1-byte round trip, microseconds
 * bulk: megabytes a second from the client to the server
 *
 * A client's first byte says which: 'e' echoes, 's' swallows.
 */
#include "stack.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BLOCK		65536
#define SAMPLES_MAX	2000000

static char block[BLOCK];

/**
 * struct run - what was asked for
 * @stack: the TCP to measure
 * @addr: of the server
 * @seconds: how long to measure
 * @backlog: what the server tells listen(2)
 */
struct run {
	enum stack stack;
	union addr addr;
	double seconds;
	int backlog;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Serves one connection; short ones stay in the listener's process. */
static void serve(int fd)
{
	int one = 1;
	ssize_t n;
	char mode;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	n = recv(fd, &mode, 1, 0);
	while (n > 0) {
		n = recv(fd, block, sizeof(block), 0);
		if (n > 0 && mode == 'e' && send(fd, block, n, MSG_NOSIGNAL) != n)
			break;
	}
	close(fd);
}

static void run_server(const struct run *run)
{
	int fd = stack_socket(run->stack, run->addr.sa.sa_family, 0);
	int one = 1, conn;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &run->addr.sa, addr_len(&run->addr)) || listen(fd, run->backlog))
		die("listen");
	while ((conn = accept(fd, NULL, NULL)) >= 0)
		serve(conn);
	die("accept");
}

static int open_client(const struct run *run, char mode)
{
	int fd = stack_socket(run->stack, run->addr.sa.sa_family, 0);
	int one = 1;

	if (fd < 0 || connect(fd, &run->addr.sa, addr_len(&run->addr)))
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (mode && send(fd, &mode, 1, 0) != 1)
		die("send");
	return fd;
}

static void echo(int fd, const char *data, size_t len, size_t back)
{
	size_t got = 0;
	ssize_t n;

	if (send(fd, data, len, 0) != (ssize_t)len)
		die("send");
	while (got < back) {
		n = recv(fd, block, sizeof(block), 0);
		if (n <= 0)
			die("receive");
		got += n;
	}
}

/* Closes by RST, so that TIME_WAITs do not use up the ports. */
static void abort_connection(int fd)
{
	struct linger abort = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	close(fd);
}

static void run_conn(const struct run *run)
{
	double start = now(), end = start + run->seconds;
	char request[65];
	long count = 0;
	int fd;

	memset(request, 'e', sizeof(request));
	while (now() < end) {
		fd = open_client(run, 0);
		echo(fd, request, sizeof(request), sizeof(request) - 1);
		abort_connection(fd);
		count++;
	}
	printf("%.0f\n", count / (now() - start));
}

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static void run_rr(const struct run *run)
{
	float *samples = calloc(SAMPLES_MAX, sizeof(*samples));
	double end = now() + run->seconds, start;
	int fd = open_client(run, 'e');
	long n = 0;

	if (!samples)
		die("no memory");
	while (n < SAMPLES_MAX && (start = now()) < end) {
		echo(fd, "x", 1, 1);
		samples[n++] = (now() - start) * 1e6;
	}
	close(fd);
	qsort(samples, n, sizeof(*samples), compare);
	printf("%.1f %.1f\n", samples[n / 2], samples[n * 99 / 100]);
	free(samples);
}

/* Counts what the server took: the last bytes are waited for. */
static void run_bulk(const struct run *run)
{
	double start = now(), end = start + run->seconds;
	int fd = open_client(run, 's');
	double bytes = 0;
	ssize_t n;

	while (now() < end) {
		n = send(fd, block, sizeof(block), 0);
		if (n < 0)
			die("send");
		bytes += n;
	}
	shutdown(fd, SHUT_WR);
	while (recv(fd, block, sizeof(block), 0) > 0)
		;
	printf("%.1f\n", bytes / (now() - start) / 1e6);
	close(fd);
}

static const struct {
	const char *name;
	void (*run)(const struct run *run);
} modes[] = {
	{ "server", run_server },
	{ "conn", run_conn },
	{ "rr", run_rr },
	{ "bulk", run_bulk },
};

int main(int argc, char **argv)
{
	struct run run = { .stack = STACK_TCP, .seconds = 2, .backlog = 1024 };
	const char *text = "127.0.0.1";
	uint16_t port = 9000;
	unsigned int i;
	int opt;

	while ((opt = getopt(argc, argv, "s:a:p:t:B:")) != -1) {
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
		case 't':
			run.seconds = atof(optarg);
			break;
		case 'B':
			run.backlog = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	addr_parse(&run.addr, text, port);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; optind < argc && i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(argv[optind], modes[i].name))
			continue;
		modes[i].run(&run);
		return 0;
	}
	errno = EINVAL;
	die("server, conn, rr or bulk");
}
