// SPDX-License-Identifier: GPL-2.0
/*
 * Fails the 1st, 2nd, 3rd ... allocation or user copy of each socket call, until
 * the call needs no more of them; what the call says must be an error of want,
 * or true. After each call a fresh connection must work.
 *
 * failnth -s tcp|atcp|door [-a ADDRESS] [-p PORT], over lo, on a kernel with
 * fault injection (/proc/self/fail-nth).
 */
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define NTH_MAX		400
#define BLOCK		20000

/**
 * struct conn - the sockets that a call is tried on, -1 where there is none
 * @listener: waits for @client
 * @client: the active end
 * @server: what accept() made
 */
struct conn {
	int listener;
	int client;
	int server;
};

/**
 * struct call - one socket call under test
 * @name: for the report
 * @setup: brings a struct conn to where the call is possible
 * @call: the call; below zero with errno if it failed
 * @check: whether a call that succeeded told the truth; may be NULL
 */
struct call {
	const char *name;
	void (*setup)(struct conn *c);
	int (*call)(struct conn *c);
	int (*check)(struct conn *c, int done);
};

static enum stack stack = STACK_ATCP;
static union addr address;
static char block[BLOCK];
static char sink[BLOCK];
static int nth_fd;

static int new_socket(void)
{
	struct timeval limit = { .tv_sec = 10 };
	struct linger abrupt = { .l_onoff = 1 };
	int one = 1, fd = stack_socket(stack, address.sa.sa_family, SOCK_CLOEXEC);

	if (fd < 0)
		return fd;
	/* No orphans, and no call without an end. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abrupt, sizeof(abrupt)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		die("setsockopt");
	return fd;
}

static void setup_none(struct conn *c)
{
	c->listener = -1;
	c->client = -1;
	c->server = -1;
}

static void setup_socket(struct conn *c)
{
	setup_none(c);
	c->listener = new_socket();
	if (c->listener < 0)
		die("socket");
}

static void setup_bound(struct conn *c)
{
	setup_socket(c);
	if (bind(c->listener, &address.sa, addr_len(&address)))
		die("bind");
}

static void setup_client(struct conn *c)
{
	setup_bound(c);
	if (listen(c->listener, 8))
		die("listen");
	c->client = new_socket();
	if (c->client < 0)
		die("socket");
}

static void setup_queued(struct conn *c)
{
	struct pollfd wait = { .events = POLLIN };

	setup_client(c);
	if (connect(c->client, &address.sa, addr_len(&address)))
		die("connect");
	wait.fd = c->listener;
	if (poll(&wait, 1, 10000) != 1)
		die("nothing to accept");
}

static void setup_pair(struct conn *c)
{
	setup_queued(c);
	c->server = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
	if (c->server < 0)
		die("accept");
}

static void setup_data(struct conn *c)
{
	struct pollfd wait = { .events = POLLIN };

	setup_pair(c);
	if (send(c->client, block, 5000, 0) != 5000)
		die("send");
	wait.fd = c->server;
	if (poll(&wait, 1, 10000) != 1)
		die("nothing to read");
}

/* Data in the SYN: the test's sysctl asks for no cookies. */
static void setup_fastopen(struct conn *c)
{
	int pending = 8;

	setup_client(c);
	if (setsockopt(c->listener, IPPROTO_TCP, TCP_FASTOPEN, &pending, sizeof(pending)))
		die("TCP_FASTOPEN");
}

/* @listener is bound beside @server, which listens already. */
static void setup_beside(struct conn *c)
{
	int one = 1;

	setup_socket(c);
	c->server = new_socket();
	if (c->server < 0)
		die("socket");
	if (setsockopt(c->server, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
	    setsockopt(c->listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
	    bind(c->server, &address.sa, addr_len(&address)) || listen(c->server, 8) ||
	    bind(c->listener, &address.sa, addr_len(&address)))
		die("SO_REUSEPORT");
}

/* Either of two listeners has a connection that waits. */
static void setup_heir(struct conn *c)
{
	setup_beside(c);
	if (listen(c->listener, 8))
		die("listen");
	c->client = new_socket();
	if (c->client < 0)
		die("socket");
	if (connect(c->client, &address.sa, addr_len(&address)))
		die("connect");
}

static int call_socket(struct conn *c)
{
	c->client = stack_socket(stack, address.sa.sa_family, SOCK_CLOEXEC);
	return c->client;
}

static int call_bind(struct conn *c)
{
	return bind(c->listener, &address.sa, addr_len(&address));
}

static int call_listen(struct conn *c)
{
	return listen(c->listener, 8);
}

static int call_connect(struct conn *c)
{
	return connect(c->client, &address.sa, addr_len(&address));
}

static int call_fastopen(struct conn *c)
{
	return sendto(c->client, block, BLOCK, MSG_NOSIGNAL | MSG_FASTOPEN,
		      &address.sa, addr_len(&address));
}

static int call_fastopen_key(struct conn *c)
{
	return setsockopt(c->listener, IPPROTO_TCP, TCP_FASTOPEN_KEY, block, 32);
}

/* The kernel's TCP has no knobs: something that it has instead. */
static int call_knob(struct conn *c)
{
	int val = 1;

	if (stack == STACK_TCP)
		return setsockopt(c->listener, IPPROTO_TCP, TCP_NODELAY, &val, sizeof(val));
	return setsockopt(c->listener, SOL_ATCP, ATCP_SYN_BACKLOG, &val, sizeof(val));
}

static int call_accept(struct conn *c)
{
	c->server = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
	return c->server;
}

static int call_send(struct conn *c)
{
	return send(c->client, block, BLOCK, MSG_NOSIGNAL);
}

static int call_recv(struct conn *c)
{
	return recv(c->server, sink, BLOCK, 0);
}

static int call_shutdown(struct conn *c)
{
	return shutdown(c->client, SHUT_WR);
}

static int call_close(int *fd)
{
	int err = close(*fd);

	*fd = -1;
	return err;
}

static int call_close_client(struct conn *c)
{
	return call_close(&c->client);
}

static int call_close_server(struct conn *c)
{
	return call_close(&c->server);
}

static int call_close_listener(struct conn *c)
{
	return call_close(&c->listener);
}

/* What was sent arrives, and nothing else. */
static int check_send(struct conn *c, int done)
{
	int got = 0, n;

	while (got < done) {
		n = recv(c->server, sink + got, done - got, 0);
		if (n <= 0)
			return 0;
		got += n;
	}
	return !memcmp(sink, block, done) &&
	       recv(c->server, sink, 1, MSG_DONTWAIT) < 0;
}

/* What connected can be accepted. */
static int check_connect(struct conn *c, int done)
{
	(void)done;
	c->server = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
	return c->server >= 0;
}

/* The same of what connected with it. */
static int check_fastopen(struct conn *c, int done)
{
	return check_connect(c, done) && check_send(c, done);
}

static int check_recv(struct conn *c, int done)
{
	(void)c;
	return !memcmp(sink, block, done);
}

/* The other end reads the end, though it may take a retransmission. */
static int check_shutdown(struct conn *c, int done)
{
	(void)done;
	return recv(c->server, sink, 1, 0) == 0;
}

static const struct call calls[] = {
	{ "socket", setup_none, call_socket, NULL },
	{ "bind", setup_socket, call_bind, NULL },
	{ "listen", setup_bound, call_listen, NULL },
	{ "connect", setup_client, call_connect, check_connect },
	{ "sendto with MSG_FASTOPEN", setup_fastopen, call_fastopen, check_fastopen },
	{ "TCP_FASTOPEN_KEY", setup_client, call_fastopen_key, NULL },
	{ "a knob", setup_client, call_knob, NULL },
	{ "listen beside another", setup_beside, call_listen, NULL },
	{ "close of one of two listeners", setup_heir, call_close_listener, NULL },
	{ "accept", setup_queued, call_accept, NULL },
	{ "send", setup_pair, call_send, check_send },
	{ "recv", setup_data, call_recv, check_recv },
	{ "shutdown", setup_pair, call_shutdown, check_shutdown },
	{ "close", setup_pair, call_close_client, NULL },
	{ "close with unread data", setup_data, call_close_server, NULL },
	{ "close of a listener with a queue", setup_queued, call_close_listener, NULL },
};

static void teardown(struct conn *c)
{
	if (c->client >= 0)
		close(c->client);
	if (c->server >= 0)
		close(c->server);
	if (c->listener >= 0)
		close(c->listener);
}

static void nth_set(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	/* Copying this may be what fails, and then nothing more will. */
	while (pwrite(nth_fd, text, len, 0) != len)
		if (errno != EFAULT)
			die("fail-nth");
}

/* Whether the fault that was asked for has happened; asks for no more. */
static int nth_happened(void)
{
	char text[16] = "1";

	/* Reading copies to user space, and may be what fails. */
	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0 && errno != EFAULT)
		die("fail-nth");
	nth_set(0);
	return !atoi(text);
}

/*
 * Errors that say that something could not be had. A bind table of the kernel's
 * that has no memory says EADDRINUSE.
 */
static int is_want(int err)
{
	return err == ENOMEM || err == ENOBUFS || err == ENFILE ||
	       err == EADDRINUSE || err == EFAULT || err == EAGAIN ||
	       err == EINPROGRESS || err == ETIMEDOUT;
}

static int one_call(const struct call *t, unsigned int nth, int *refused)
{
	int done, err, happened, good = 1;
	struct conn c;

	t->setup(&c);
	nth_set(nth);
	done = t->call(&c);
	err = errno;
	happened = nth_happened();
	if (done < 0) {
		(*refused)++;
		if (!happened || !is_want(err)) {
			printf("# %s, fault %u: %s\n", t->name, nth, strerror(err));
			good = 0;
		}
	} else if (t->check && !t->check(&c, done)) {
		printf("# %s, fault %u: returned %d, which is not so (%s)\n",
		       t->name, nth, done, strerror(errno));
		good = 0;
	}
	teardown(&c);
	return good ? happened : -1;
}

/* A connection of its own, with data both ways. */
static int works(void)
{
	struct conn c;
	int good;

	setup_data(&c);
	good = recv(c.server, sink, BLOCK, 0) == 5000 &&
	       send(c.server, block, 100, 0) == 100 &&
	       recv(c.client, sink, BLOCK, 0) == 100;
	teardown(&c);
	return good;
}

static int run(const struct call *t, int number)
{
	int refused = 0, happened = 1;
	unsigned int nth;

	for (nth = 1; nth < NTH_MAX && happened == 1; nth++)
		happened = one_call(t, nth, &refused);
	if (happened == 1) {
		printf("# %s: no end of allocations\n", t->name);
		happened = -1;
	}
	if (!happened && !works()) {
		printf("# %s: nothing works afterwards\n", t->name);
		happened = -1;
	}
	printf("%sok %d %s %s: %u faults, %d refusals\n", happened ? "not " : "",
	       number, addr_text(&address), t->name, nth - 2, refused);
	fflush(stdout);
	return happened;
}

int main(int argc, char **argv)
{
	int opt, failed = 0, count = sizeof(calls) / sizeof(*calls), i;
	const char *text = "127.0.0.1";
	int port = 8700;

	while ((opt = getopt(argc, argv, "s:a:p:")) != -1) {
		switch (opt) {
		case 's':
			stack = stack_parse(optarg);
			break;
		case 'a':
			text = optarg;
			break;
		case 'p':
			port = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	addr_parse(&address, text, port);
	for (i = 0; i < BLOCK; i++)
		block[i] = i * 7 % 251;
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		die("/proc/thread-self/fail-nth");
	printf("TAP version 13\n1..%d\n", count);
	for (i = 0; i < count; i++)
		failed |= run(&calls[i], i + 1);
	return failed ? 1 : 0;
}
