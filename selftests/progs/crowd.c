// SPDX-License-Identifier: GPL-2.0
/*
 * Many connections that do nothing, for what is measured beside them.
 *
 * crowd hold -s STACK -p PORT -n COUNT	opens COUNT connections to a listener of its own that
 *	accepts none, prints a line, stays until it is killed
 * crowd timewait -s STACK -p PORT -n COUNT	opens COUNT connections one after the other,
 *	accepts and closes them by FIN, the client first; prints a line, stays until it is killed
 * crowd epoll -s STACK -p PORT -n COUNT	the mean of 1,000 round trips of a byte, ns,
 *	both ends in one epoll instance: alone, then with COUNT idle connections in it
 *
 * All over loopback, a few thousand to each of many addresses, so that ports suffice.
 */
#include "stack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EACH	5000	/* connections to an address */
#define ROUNDS	1000

static enum stack stack;
static in_port_t port;
static int listener;

static void open_listener(int backlog)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = port };
	int one = 1;

	listener = stack_socket(stack, AF_INET, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listener < 0 || bind(listener, (struct sockaddr *)&any, sizeof(any)) ||
	    listen(listener, backlog))
		die("listener");
}

static int open_nth(long i)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = port };
	int fd = stack_socket(stack, AF_INET, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + ((1 + i / EACH) << 8));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connection %ld", i);
	return fd;
}

static int take(void)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("accept");
	return fd;
}

static void stay(void)
{
	puts("there");
	fflush(stdout);
	pause();
}

static void hold(long count)
{
	long i;

	open_listener(count + 64);
	for (i = 0; i < count; i++)
		open_nth(i);
	stay();
}

static void timewait(long count)
{
	int near, far;
	long i;
	char c;

	open_listener(64);
	for (i = 0; i < count; i++) {
		near = open_nth(i);
		far = take();
		close(near);
		/* Its FIN has come when this returns. */
		if (read(far, &c, 1))
			die("no end");
		close(far);
	}
	stay();
}

static long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void watch(int epoll, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev))
		die("epoll");
}

static void pass(int epoll, int from, int to)
{
	struct epoll_event ev;
	char c = 'x';

	if (write(from, &c, 1) != 1 || epoll_wait(epoll, &ev, 1, -1) != 1 ||
	    ev.data.fd != to || read(to, &c, 1) != 1)
		die("round trip");
}

static long round_trip(int epoll, int near, int far)
{
	long start = 0;
	int i;

	for (i = -ROUNDS / 10; i < ROUNDS; i++) {
		if (!i)
			start = now();
		pass(epoll, near, far);
		pass(epoll, far, near);
	}
	return (now() - start) / ROUNDS;
}

static void in_epoll(long count)
{
	int epoll = epoll_create1(0), near, far;
	long i, alone;

	open_listener(64);
	near = open_nth(0);
	far = take();
	watch(epoll, near);
	watch(epoll, far);
	alone = round_trip(epoll, near, far);
	for (i = 0; i < count; i++) {
		watch(epoll, open_nth(i));
		watch(epoll, take());
	}
	printf("%ld %ld\n", alone, round_trip(epoll, near, far));
}

int main(int argc, char **argv)
{
	struct rlimit files;
	long count = 1000;
	int opt;

	while ((opt = getopt(argc, argv, "s:p:n:")) != -1) {
		switch (opt) {
		case 's':
			stack = stack_parse(optarg);
			break;
		case 'p':
			port = htons(atoi(optarg));
			break;
		case 'n':
			count = atol(optarg);
			break;
		default:
			return 2;
		}
	}
	files.rlim_cur = 2 * count + 64;
	files.rlim_max = files.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &files);
	if (optind < argc && !strcmp(argv[optind], "hold"))
		hold(count);
	else if (optind < argc && !strcmp(argv[optind], "timewait"))
		timewait(count);
	else if (optind < argc && !strcmp(argv[optind], "epoll"))
		in_epoll(count);
	else
		die("hold, timewait or epoll");
	return 0;
}
