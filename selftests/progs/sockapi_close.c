// SPDX-License-Identifier: GPL-2.0
/* What close(2), shutdown(2) and SO_LINGER do to both ends. */
#include "sockapi.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void note_state(struct api *api, const char *what, int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	note(api, "%s=%u ", what, info.tcpi_state);
}

/* Waits for a state, as the peer's answer takes its time. */
static void note_becomes(struct api *api, const char *what, int fd, int state)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int i;

	for (i = 0; i < 1000; i++) {
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
		if (info.tcpi_state == state)
			break;
		usleep(5000);
	}
	note(api, "%s=%u ", what, info.tcpi_state);
}

static void close_unread(struct api *api)
{
	struct api_pair p;
	char c;

	api_pair(api, &p);
	send(p.client, "unread", 6, 0);
	api_wait_in(p.server, 6);
	close(p.server);
	note_poll(api, "client", p.client, POLLHUP);
	note_call(api, "recv", recv(p.client, &c, 1, 0));
	note_call(api, "send", send(p.client, "x", 1, MSG_NOSIGNAL));
}

static void close_orderly(struct api *api)
{
	struct api_pair p;
	char buf[8];

	api_pair(api, &p);
	note_state(api, "client", p.client);
	note_state(api, "server", p.server);
	send(p.client, "bye", 3, 0);
	shutdown(p.client, SHUT_WR);
	note_becomes(api, "finwait2", p.client, TCP_FIN_WAIT2);
	note_becomes(api, "closewait", p.server, TCP_CLOSE_WAIT);
	note_call(api, "recv", recv(p.server, buf, sizeof(buf), 0));
	note_call(api, "end", recv(p.server, buf, sizeof(buf), 0));
	note_call(api, "late", send(p.server, "ok", 2, 0));
	note_call(api, "recv", recv(p.client, buf, sizeof(buf), 0));
	note_call(api, "close", close(p.server));
	note_poll(api, "client", p.client, POLLHUP);
	note_becomes(api, "client", p.client, TCP_CLOSE);
	note_call(api, "shutdown", shutdown(p.client, SHUT_WR));
}

static void close_then_data(struct api *api)
{
	struct api_pair p;
	char c;

	api_pair(api, &p);
	close(p.server);
	note_poll(api, "fin", p.client, POLLRDHUP);
	note_call(api, "first", send(p.client, "x", 1, MSG_NOSIGNAL));
	note_poll(api, "rst", p.client, POLLHUP);
	note_option(api, "error", p.client, SOL_SOCKET, SO_ERROR);
	note_call(api, "second", send(p.client, "x", 1, MSG_NOSIGNAL));
	note_call(api, "recv", recv(p.client, &c, 1, 0));
}

static void close_shutdowns(struct api *api)
{
	struct api_pair p;
	int fd = api_socket(api, 0);

	note_call(api, "fresh", shutdown(fd, SHUT_WR));
	note_call(api, "bad", shutdown(fd, 3));
	note_call(api, "bad", shutdown(fd, -1));
	note_poll(api, "fresh", fd, 0);
	api_pair(api, &p);
	note_call(api, "bad", shutdown(p.client, 3));
	note_call(api, "rdwr", shutdown(p.client, SHUT_RDWR));
	note_poll(api, "client", p.client, 0);
	note_poll(api, "server", p.server, POLLRDHUP);
	note_call(api, "again", shutdown(p.client, SHUT_RDWR));
	note_call(api, "server", shutdown(p.server, SHUT_RDWR));
	note_becomes(api, "server", p.server, TCP_CLOSE);
	note_call(api, "again", shutdown(p.server, SHUT_RDWR));
}

static void close_linger(struct api *api)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 5 };
	static char block[65536];
	struct api_pair p;
	time_t start;

	api_pair(api, &p);
	note_call(api, "set", setsockopt(p.client, SOL_SOCKET, SO_LINGER, &linger,
					 sizeof(linger)));
	note_call(api, "short", setsockopt(p.client, SOL_SOCKET, SO_LINGER,
					   &linger, 4));
	start = time(NULL);
	close(p.client);
	note(api, "waited=%d ", time(NULL) - start >= 4);
	api_pair(api, &p);
	while (send(p.client, block, sizeof(block), MSG_DONTWAIT) > 0 ||
	       poll(&(struct pollfd){ p.client, POLLOUT, 0 }, 1, 300) > 0)
		;
	linger.l_linger = 1;
	setsockopt(p.client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	start = time(NULL);
	close(p.client);
	note(api, "waited=%d ", time(NULL) - start >= 1);
	note_poll(api, "server", p.server, POLLIN);
}

static void close_linger_zero(struct api *api)
{
	struct linger abort = { .l_onoff = 1, .l_linger = 0 };
	struct api_pair p;
	char buf[8];

	api_pair(api, &p);
	send(p.client, "lost?", 5, 0);
	api_wait_in(p.server, 5);
	setsockopt(p.client, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	close(p.client);
	note_poll(api, "server", p.server, POLLHUP);
	note_call(api, "recv", recv(p.server, buf, sizeof(buf), 0));
	note_call(api, "recv", recv(p.server, buf, sizeof(buf), 0));
	note_state(api, "state", p.server);
}

static void close_forked(struct api *api)
{
	struct api_pair p;
	int twin;
	char c;

	api_pair(api, &p);
	twin = dup(p.client);
	close(p.client);
	note_poll(api, "shared", p.server, 0);
	note_call(api, "send", send(twin, "t", 1, 0));
	note_call(api, "recv", recv(p.server, &c, 1, 0));
	close(twin);
	note_poll(api, "last", p.server, POLLRDHUP);
}

const struct api_case api_close_cases[] = {
	{ "with unread data resets", close_unread },
	{ "four ways, with data between", close_orderly },
	{ "data to a closed peer", close_then_data },
	{ "shutdown in every state", close_shutdowns },
	{ "SO_LINGER waits for the queue, and not longer", close_linger },
	{ "SO_LINGER of zero resets", close_linger_zero },
	{ "only the last descriptor closes", close_forked },
	{ NULL, NULL },
};
