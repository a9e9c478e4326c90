// SPDX-License-Identifier: GPL-2.0
/*
 * One measurement of one stack.
 *
 * bench server -s STACK -a ADDR -p PORT [-B BACKLOG]   serves until it is killed
 * bench conn|fin|rr|rpc|bulk|zc -s STACK -a ADDR -p PORT -t SECONDS | -n COUNT [-P]
 *
 * conn: connections a second (connect, 64 bytes there and back, RST); mean and 99th percentile of
 *       each one's time, microseconds
 * fin:  the same, closed by FIN from the client on
 * rr:   a 1-byte round trip: median, 99th percentile and mean, microseconds
 * rpc:  the same of 128 bytes there and 4096 back, both ends waiting in epoll
 * bulk: megabytes a second from the client to the server, in writes of 64 KB
 * zc:   the same by MSG_ZEROCOPY, with what the error queue tells of it
 *
 * COUNT is of connections, round trips, writes. With -P they are what the profiler counts
 * (vm/profile.c), after a tenth of them has gone before. A client's first byte says what the server
 * does: 'e' echoes, 'r' answers requests, 's' swallows.
 */
#include "mark.h"
#include "stack.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define BLOCK		65536
#define SAMPLES_MAX	2000000
#define REQUEST		128
#define ANSWER		4096

static char block[BLOCK];

/**
 * struct run - what was asked for
 * @stack: the TCP to measure
 * @addr: of the server
 * @seconds: how long to measure
 * @count: or how much, if it is not 0
 * @profile: the profiler counts it
 * @backlog: what the server tells listen(2)
 */
struct run {
	enum stack stack;
	union addr addr;
	double seconds;
	long count;
	bool profile;
	int backlog;
};

/**
 * struct clock - how far a measurement is
 * @run: what was asked for
 * @start: when it began, seconds
 * @last: when the last unit ended
 * @done: units
 * @warm: units that went before the profiler was told
 * @samples: each unit's time, microseconds
 */
struct clock {
	const struct run *run;
	double start, last;
	long done, warm;
	float *samples;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void clock_start(struct clock *c, const struct run *run)
{
	memset(c, 0, sizeof(*c));
	c->run = run;
	c->samples = calloc(SAMPLES_MAX, sizeof(*c->samples));
	if (!c->samples)
		die("no memory");
	if (run->profile) {
		mark_open();
		c->warm = run->count / 10;
	}
	c->start = now();
	c->last = c->start;
}

/* Whether there is another unit to do. */
static bool clock_more(struct clock *c)
{
	const struct run *run = c->run;

	if (run->profile && c->done == c->warm)
		mark(MARK_BEGIN);
	if (run->count ? c->done < run->count + c->warm : c->last < c->start + run->seconds)
		return c->done < SAMPLES_MAX;
	if (run->profile)
		mark(MARK_END);
	return false;
}

/* A unit is done. What is profiled does not ask for the time. */
static void clock_did(struct clock *c)
{
	double time;

	if (c->run->profile) {
		c->done++;
		return;
	}
	time = now();
	c->samples[c->done++] = (time - c->last) * 1e6;
	c->last = time;
}

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static double clock_mean(const struct clock *c)
{
	return (c->last - c->start) / c->done * 1e6;
}

/* The unit's time that PERCENT of them do not exceed, microseconds. */
static double clock_percentile(struct clock *c, int percent)
{
	qsort(c->samples, c->done, sizeof(*c->samples), compare);
	return c->samples[c->done * percent / 100];
}

/* Waits until there is something to read, as a program with many connections does. */
static void wait_readable(int epoll)
{
	struct epoll_event event;

	while (epoll_wait(epoll, &event, 1, -1) < 0 && errno == EINTR)
		;
}

static int epoll_of(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
	return epoll;
}

/* Reads exactly LEN bytes, waiting before each read; false at the end. */
static bool read_waiting(int fd, int epoll, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		wait_readable(epoll);
		n = recv(fd, block, len - got, MSG_DONTWAIT);
		if (n <= 0)
			return false;
		got += n;
	}
	return true;
}

static void answer_requests(int fd)
{
	int epoll = epoll_of(fd);

	while (read_waiting(fd, epoll, REQUEST) && send(fd, block, ANSWER, MSG_NOSIGNAL) == ANSWER)
		;
	close(epoll);
}

/* Serves one connection; short ones stay in the listener's process. */
static void serve(int fd)
{
	int one = 1;
	ssize_t n;
	char mode;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	n = recv(fd, &mode, 1, 0);
	if (n > 0 && mode == 'r')
		answer_requests(fd);
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

static void connections(const struct run *run, bool by_fin)
{
	char request[65];
	struct clock c;
	int fd;

	memset(request, 'e', sizeof(request));
	clock_start(&c, run);
	while (clock_more(&c)) {
		fd = open_client(run, 0);
		echo(fd, request, sizeof(request), sizeof(request) - 1);
		if (by_fin)
			close(fd);
		else
			abort_connection(fd);
		clock_did(&c);
	}
	printf("%.0f %.1f %.1f\n", c.done / (c.last - c.start), clock_mean(&c),
	       clock_percentile(&c, 99));
}

static void run_conn(const struct run *run)
{
	connections(run, false);
}

static void run_fin(const struct run *run)
{
	connections(run, true);
}

static void trips(struct clock *c)
{
	double median = clock_percentile(c, 50);

	printf("%.1f %.1f %.1f\n", median, clock_percentile(c, 99), clock_mean(c));
}

static void run_rr(const struct run *run)
{
	int fd = open_client(run, 'e');
	struct clock c;

	clock_start(&c, run);
	while (clock_more(&c)) {
		echo(fd, "x", 1, 1);
		clock_did(&c);
	}
	close(fd);
	trips(&c);
}

static void run_rpc(const struct run *run)
{
	int fd = open_client(run, 'r'), epoll = epoll_of(fd);
	struct clock c;

	clock_start(&c, run);
	while (clock_more(&c)) {
		if (send(fd, block, REQUEST, 0) != REQUEST || !read_waiting(fd, epoll, ANSWER))
			die("request");
		clock_did(&c);
	}
	close(fd);
	trips(&c);
}

/* What MSG_ZEROCOPY tells, so that it may go on. */
static void read_told(int fd)
{
	char control[256];
	struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };

	while (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		msg.msg_controllen = sizeof(control);
}

/* SO_ZEROCOPY, or what stands in its place before 6.12. */
static void ask_zerocopy(int fd)
{
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)) &&
	    setsockopt(fd, SOL_ATCP, ATCP_ZEROCOPY, &one, sizeof(one)))
		die("zerocopy");
}

/* Counts what the server took: the last bytes are waited for. */
static void writes(const struct run *run, int flags)
{
	int fd = open_client(run, 's');
	double bytes = 0;
	struct clock c;
	ssize_t n;

	if (flags & MSG_ZEROCOPY)
		ask_zerocopy(fd);
	clock_start(&c, run);
	while (clock_more(&c)) {
		n = send(fd, block, sizeof(block), flags);
		if (flags & MSG_ZEROCOPY)
			read_told(fd);
		if (n < 0 && errno == ENOBUFS)
			continue;
		if (n < 0)
			die("send");
		bytes += n;
		clock_did(&c);
	}
	shutdown(fd, SHUT_WR);
	while (recv(fd, block, sizeof(block), 0) > 0)
		;
	printf("%.1f\n", bytes / (now() - c.start) / 1e6);
	close(fd);
}

static void run_bulk(const struct run *run)
{
	writes(run, 0);
}

static void run_zc(const struct run *run)
{
	writes(run, MSG_ZEROCOPY);
}

static const struct {
	const char *name;
	void (*run)(const struct run *run);
} modes[] = {
	{ "server", run_server },
	{ "conn", run_conn },
	{ "fin", run_fin },
	{ "rr", run_rr },
	{ "rpc", run_rpc },
	{ "bulk", run_bulk },
	{ "zc", run_zc },
};

int main(int argc, char **argv)
{
	struct run run = { .stack = STACK_TCP, .seconds = 2, .backlog = 1024 };
	const char *text = "127.0.0.1";
	uint16_t port = 9000;
	unsigned int i;
	int opt;

	while ((opt = getopt(argc, argv, "s:a:p:t:n:PB:")) != -1) {
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
		case 'n':
			run.count = atol(optarg);
			break;
		case 'P':
			run.profile = true;
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
	die("server, conn, fin, rr, rpc, bulk or zc");
}
