// SPDX-License-Identifier: GPL-2.0
/* Calls that wait: SO_RCVTIMEO, SO_SNDTIMEO, signals that interrupt them. */
#include "sockapi.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char block[65536];

static long ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

static void set_limit(int fd, int option, int ms)
{
	struct timeval limit = { ms / 1000, ms % 1000 * 1000 };

	if (setsockopt(fd, SOL_SOCKET, option, &limit, sizeof(limit)))
		die("timeout option");
}

static void fill(int fd)
{
	while (send(fd, block, sizeof(block), MSG_DONTWAIT) > 0 ||
	       poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1, 300) > 0)
		;
}

static void timeout_recv(struct api *api)
{
	struct timespec start;
	struct api_pair p;
	long ms;

	api_pair(api, &p);
	set_limit(p.server, SO_RCVTIMEO, 300);
	clock_gettime(CLOCK_MONOTONIC, &start);
	note_call(api, "recv", recv(p.server, block, 10, 0));
	ms = ms_since(&start);
	note(api, "in time=%d ", ms >= 290 && ms < 5000);
	send(p.client, "abc", 3, 0);
	note_call(api, "waitall", recv(p.server, block, 10, MSG_WAITALL));
	note_call(api, "peek", recv(p.server, block, 10, MSG_PEEK));
}

static void timeout_accept(struct api *api)
{
	struct timespec start;
	union addr addr;
	int listener = api_listener(api, &addr, 1);
	long ms;

	set_limit(listener, SO_RCVTIMEO, 300);
	clock_gettime(CLOCK_MONOTONIC, &start);
	note_call(api, "accept", accept(listener, NULL, NULL));
	ms = ms_since(&start);
	note(api, "in time=%d ", ms >= 290 && ms < 5000);
}

static void timeout_send(struct api *api)
{
	struct timespec start;
	struct api_pair p;
	ssize_t n;
	long ms;

	api_pair(api, &p);
	fill(p.client);
	set_limit(p.client, SO_SNDTIMEO, 300);
	/* A call or two may still find room. */
	do {
		clock_gettime(CLOCK_MONOTONIC, &start);
		n = send(p.client, block, sizeof(block), 0);
	} while (n == sizeof(block));
	if (n > 0) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		n = send(p.client, block, 1, 0);
	}
	note_call(api, "send", n);
	ms = ms_since(&start);
	note(api, "in time=%d ", ms >= 290 && ms < 5000);
}

static void ignore_signal(int number)
{
	(void)number;
}

/* Whether a call begun now is ended by a signal in 300 ms. */
static void signal_soon(int flags)
{
	struct itimerval timer = { .it_value = { .tv_usec = 300000 } };
	struct sigaction act = { .sa_handler = ignore_signal, .sa_flags = flags };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void timeout_interrupted(struct api *api)
{
	struct api_pair p;
	ssize_t n;

	api_pair(api, &p);
	signal_soon(0);
	note_call(api, "recv", recv(p.server, block, 10, 0));
	signal_soon(0);
	note_call(api, "accept", accept(p.listener, NULL, NULL));
	fill(p.client);
	signal_soon(0);
	do {
		n = send(p.client, block, sizeof(block), 0);
	} while (n == sizeof(block));
	if (n > 0)
		signal_soon(0);
	note_call(api, "send", n > 0 ? send(p.client, block, 1, 0) : n);
	set_limit(p.server, SO_RCVTIMEO, 5000);
	recv(p.server, block, 1, 0);
	set_limit(p.listener, SO_RCVTIMEO, 5000);
	signal_soon(SA_RESTART);
	note_call(api, "timed", accept(p.listener, NULL, NULL));
}

static void timeout_restarts(struct api *api)
{
	struct api_pair p;

	api_pair(api, &p);
	signal_soon(SA_RESTART);
	if (!fork()) {
		usleep(700000);
		send(p.client, "x", 1, 0);
		_exit(0);
	}
	note_call(api, "recv", recv(p.server, block, 10, 0));
}

const struct api_case api_timeout_cases[] = {
	{ "SO_RCVTIMEO on recv", timeout_recv },
	{ "SO_RCVTIMEO on accept", timeout_accept },
	{ "SO_SNDTIMEO on send", timeout_send },
	{ "signals interrupt", timeout_interrupted },
	{ "SA_RESTART restarts", timeout_restarts },
	{ NULL, NULL },
};
