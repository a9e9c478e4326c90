// SPDX-License-Identifier: GPL-2.0
/* What poll(2) and select(2) say of a socket through its life. */
#include "sockapi.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

/* Sends until the socket takes no more. */
static long fill(int fd)
{
	static char block[65536];
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	long sum = 0;
	ssize_t n;

	/* Twice, as the peer's window may open while its queue grows. */
	do {
		n = send(fd, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			sum += n;
	} while (n > 0 || poll(&pfd, 1, 300) > 0);
	return sum;
}

static void drain(int fd, long bytes)
{
	static char block[65536];
	ssize_t n;

	while (bytes > 0 && (n = recv(fd, block, sizeof(block), 0)) > 0)
		bytes -= n;
}

static void poll_life(struct api *api)
{
	struct api_pair p;
	char buf[16];

	api_pair(api, &p);
	note_poll(api, "idle", p.server, POLLOUT);
	note_poll(api, "listener", p.listener, 0);
	note_call(api, "send", send(p.client, "abc", 3, 0));
	note_poll(api, "data", p.server, POLLIN);
	note_call(api, "recv", recv(p.server, buf, sizeof(buf), 0));
	note_poll(api, "drained", p.server, 0);
	note_call(api, "shut", shutdown(p.client, SHUT_WR));
	note_poll(api, "fin", p.server, POLLRDHUP);
	note_poll(api, "shut", p.client, 0);
	note_call(api, "send", send(p.server, "x", 1, 0));
	note_poll(api, "half", p.client, POLLIN);
	note_call(api, "shut", shutdown(p.server, SHUT_WR));
	note_poll(api, "both", p.client, POLLHUP);
	note_poll(api, "both", p.server, POLLHUP);
	note_call(api, "recv", recv(p.client, buf, sizeof(buf), 0));
	note_call(api, "recv", recv(p.client, buf, sizeof(buf), 0));
}

static void poll_full(struct api *api)
{
	struct api_pair p;
	long sent;

	api_pair(api, &p);
	sent = fill(p.client);
	note(api, "filled=%d ", sent > 0);
	note_poll(api, "full", p.client, 0);
	drain(p.server, sent);
	note_poll(api, "room", p.client, POLLOUT);
	note_call(api, "send", send(p.client, "x", 1, MSG_DONTWAIT));
}

static void poll_reset(struct api *api)
{
	struct linger abort = { .l_onoff = 1, .l_linger = 0 };
	struct api_pair p;
	char c;

	api_pair(api, &p);
	setsockopt(p.client, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	close(p.client);
	note_poll(api, "reset", p.server, POLLHUP);
	note_option(api, "error", p.server, SOL_SOCKET, SO_ERROR);
	note_poll(api, "told", p.server, 0);
	note_call(api, "recv", recv(p.server, &c, 1, 0));
	note_call(api, "send", send(p.server, "x", 1, MSG_NOSIGNAL));
	note_addr(api, "name", p.server, getsockname);
	note_addr(api, "peer", p.server, getpeername);
	note_call(api, "shutdown", shutdown(p.server, SHUT_RDWR));
}

static void poll_lowat(struct api *api)
{
	struct api_pair p;
	char buf[16];

	api_pair(api, &p);
	note_call(api, "lowat", api_set(p.server, SOL_SOCKET, SO_RCVLOWAT, 5));
	note_option(api, "get", p.server, SOL_SOCKET, SO_RCVLOWAT);
	note_call(api, "sndlowat", api_set(p.server, SOL_SOCKET, SO_SNDLOWAT, 5));
	send(p.client, "abc", 3, 0);
	api_wait_in(p.server, 3);
	note_poll(api, "three", p.server, 0);
	send(p.client, "def", 3, 0);
	api_wait_in(p.server, 6);
	note_poll(api, "six", p.server, POLLIN);
	note_call(api, "recv", recv(p.server, buf, 2, 0));
	note_poll(api, "four", p.server, 0);
}

static void note_select(struct api *api, const char *what, int fd)
{
	struct timeval limit = { .tv_sec = 0 };
	fd_set in, out, ex;
	int n;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&ex);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	FD_SET(fd, &ex);
	n = select(fd + 1, &in, &out, &ex, &limit);
	note(api, "%s=%d%s%s%s ", what, n, FD_ISSET(fd, &in) ? "r" : "",
	     FD_ISSET(fd, &out) ? "w" : "", FD_ISSET(fd, &ex) ? "x" : "");
}

static void poll_select(struct api *api)
{
	int fd = api_socket(api, 0);
	struct api_pair p;

	note_select(api, "fresh", fd);
	api_pair(api, &p);
	note_select(api, "idle", p.server);
	note_select(api, "listener", p.listener);
	send(p.client, "x", 1, 0);
	api_wait_in(p.server, 1);
	note_select(api, "data", p.server);
	close(p.client);
	note_poll(api, "closed", p.server, POLLRDHUP);
	note_select(api, "closed", p.server);
}

static void poll_shut_rd(struct api *api)
{
	struct api_pair p;
	char buf[8];

	api_pair(api, &p);
	send(p.client, "abc", 3, 0);
	api_wait_in(p.server, 3);
	note_call(api, "shut", shutdown(p.server, SHUT_RD));
	note_poll(api, "rd", p.server, 0);
	note_call(api, "queued", recv(p.server, buf, sizeof(buf), 0));
	note_call(api, "empty", recv(p.server, buf, sizeof(buf), 0));
	send(p.client, "def", 3, 0);
	api_wait_in(p.server, 3);
	note_call(api, "later", recv(p.server, buf, sizeof(buf), 0));
	note_poll(api, "client", p.client, 0);
	note_call(api, "send", send(p.server, "x", 1, 0));
	note_call(api, "recv", recv(p.client, buf, sizeof(buf), 0));
}

const struct api_case api_poll_cases[] = {
	{ "from idle over data to both ends shut", poll_life },
	{ "a full send buffer", poll_full },
	{ "after a reset", poll_reset },
	{ "SO_RCVLOWAT", poll_lowat },
	{ "select", poll_select },
	{ "shutdown(SHUT_RD)", poll_shut_rd },
	{ NULL, NULL },
};
