// SPDX-License-Identifier: GPL-2.0
/*
 * What connect(2) says. The address next to the test's silent device
 * (10.98.0.2, fd98::2) never answers.
 */
#include "sockapi.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static void silent_addr(struct api *api, union addr *addr)
{
	addr_parse(addr, api->family == AF_INET6 ? "fd98::2" : "10.98.0.2", 9);
}

/* An address of ours where nobody listens. */
static void closed_addr(struct api *api, union addr *addr)
{
	close(api_listener(api, addr, 1));
}

static void connect_refused(struct api *api)
{
	union addr addr;
	int fd = api_socket(api, 0);

	closed_addr(api, &addr);
	note_call(api, "first", connect(fd, &addr.sa, addr_len(&addr)));
	note_option(api, "error", fd, SOL_SOCKET, SO_ERROR);
	note_poll(api, "poll", fd, 0);
	note_call(api, "second", connect(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "send", send(fd, "x", 1, MSG_NOSIGNAL));
	note_call(api, "recv", recv(fd, &addr, 1, 0));
}

static void connect_refused_nonblock(struct api *api)
{
	union addr addr;
	int fd = api_socket(api, SOCK_NONBLOCK);

	closed_addr(api, &addr);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_poll(api, "poll", fd, POLLHUP);
	note_option(api, "error", fd, SOL_SOCKET, SO_ERROR);
	note_option(api, "again", fd, SOL_SOCKET, SO_ERROR);
	note_poll(api, "poll", fd, 0);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	fd = api_socket(api, SOCK_NONBLOCK);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_poll(api, "poll", fd, POLLHUP);
	note_call(api, "tells", connect(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "recv", recv(fd, &addr, 1, 0));
}

static void connect_nonblock(struct api *api)
{
	union addr addr;
	int listener = api_listener(api, &addr, 4);
	int fd = api_socket(api, SOCK_NONBLOCK);

	note_poll(api, "fresh", fd, 0);
	note_call(api, "recv", recv(fd, &addr, 0, 0));
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_poll(api, "done", fd, POLLOUT);
	note_option(api, "error", fd, SOL_SOCKET, SO_ERROR);
	note_call(api, "first", connect(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "second", connect(fd, &addr.sa, addr_len(&addr)));
	note_addr(api, "name", fd, getsockname);
	note_addr(api, "peer", fd, getpeername);
	note_poll(api, "listener", listener, POLLIN);
}

static void connect_progress(struct api *api)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int fd = api_socket(api, SOCK_NONBLOCK);
	union addr addr;

	silent_addr(api, &addr);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "again", connect(fd, &addr.sa, addr_len(&addr)));
	note_poll(api, "poll", fd, 0);
	note_call(api, "send", send(fd, "x", 1, MSG_NOSIGNAL));
	note_call(api, "recv", recv(fd, &info, 1, 0));
	note_call(api, "listen", listen(fd, 1));
	note_addr(api, "peer", fd, getpeername);
	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	note(api, "state=%u ", info.tcpi_state);
	note_call(api, "shutdown", shutdown(fd, SHUT_RDWR));
	note_poll(api, "poll", fd, 0);
	note_call(api, "again", connect(fd, &addr.sa, addr_len(&addr)));
}

static void connect_arguments(struct api *api)
{
	int fd = api_socket(api, 0);
	union addr addr;

	addr_loopback(&addr, api->family, 9);
	note_call(api, "zero", connect(fd, &addr.sa, 0));
	note_call(api, "one", connect(fd, &addr.sa, 1));
	note_call(api, "short", connect(fd, &addr.sa, 12));
	note_call(api, "pointer", connect(fd, (void *)8, addr_len(&addr)));
	addr.sa.sa_family = AF_UNIX;
	note_call(api, "family", connect(fd, &addr.sa, addr_len(&addr)));
	addr.sa.sa_family = AF_UNSPEC;
	note_call(api, "unspec", connect(fd, &addr.sa, addr_len(&addr)));
	addr_loopback(&addr, api->family, 0);
	note_call(api, "port 0", connect(fd, &addr.sa, addr_len(&addr)));
}

static void connect_unroutable(struct api *api)
{
	static const char * const v4[] = {
		"192.0.2.1", "224.0.0.1", "255.255.255.255", "10.98.0.255",
	};
	static const char * const v6[] = {
		"2001:db8::1", "ff02::1", "::ffff:192.0.2.1", "fe80::1",
	};
	union addr addr;
	unsigned int i;
	int fd;

	for (i = 0; i < 4; i++) {
		fd = api_socket(api, SOCK_NONBLOCK);
		addr_parse(&addr, api->family == AF_INET6 ? v6[i] : v4[i], 9);
		note_call(api, api->family == AF_INET6 ? v6[i] : v4[i],
			  connect(fd, &addr.sa, addr_len(&addr)));
		note_poll(api, "poll", fd, 0);
	}
}

static void connect_any(struct api *api)
{
	union addr addr, any;
	int fd = api_socket(api, 0);

	api_listener(api, &addr, 2);
	addr_parse(&any, api->family == AF_INET6 ? "::" : "0.0.0.0",
		   addr_port(&addr));
	note_call(api, "connect", connect(fd, &any.sa, addr_len(&any)));
	note_addr(api, "name", fd, getsockname);
	note_addr(api, "peer", fd, getpeername);
}

static void connect_disconnects(struct api *api)
{
	struct sockaddr_in6 unspec = { .sin6_family = AF_UNSPEC };
	struct api_pair p;
	char c;

	api_pair(api, &p);
	note_call(api, "unspec", connect(p.client, (void *)&unspec, sizeof(unspec)));
	note_poll(api, "client", p.client, 0);
	note_addr(api, "name", p.client, getsockname);
	note_addr(api, "peer", p.client, getpeername);
	note_poll(api, "server", p.server, POLLHUP);
	note_call(api, "recv", recv(p.server, &c, 1, 0));
	note_call(api, "connect", connect(p.client, &p.addr.sa, addr_len(&p.addr)));
	note(api, "accepted=%d ", accept(p.listener, NULL, NULL) >= 0);
	note_call(api, "send", send(p.client, "x", 1, MSG_NOSIGNAL));
}

static void connect_unspec_progress(struct api *api)
{
	struct sockaddr_in6 unspec = { .sin6_family = AF_UNSPEC };
	int fd = api_socket(api, SOCK_NONBLOCK);
	union addr addr;

	silent_addr(api, &addr);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "unspec", connect(fd, (void *)&unspec, sizeof(unspec)));
	api_listener(api, &addr, 2);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_poll(api, "poll", fd, POLLOUT);
}

static void connect_self(struct api *api)
{
	int fd = api_socket(api, 0);
	socklen_t len = sizeof(union addr);
	union addr addr;
	char c = 0;

	addr_loopback(&addr, api->family, 0);
	note_call(api, "bind", bind(fd, &addr.sa, addr_len(&addr)));
	getsockname(fd, &addr.sa, &len);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "send", send(fd, "s", 1, 0));
	note_call(api, "recv", recv(fd, &c, 1, 0));
	note(api, "%c ", c);
	note_call(api, "shutdown", shutdown(fd, SHUT_WR));
	note_call(api, "end", recv(fd, &c, 1, 0));
}

static void ignore_signal(int number)
{
	(void)number;
}

static void connect_interrupted(struct api *api)
{
	struct itimerval timer = { .it_value = { .tv_usec = 300000 } };
	struct sigaction act = { .sa_handler = ignore_signal };
	int fd = api_socket(api, 0);
	union addr addr;

	sigaction(SIGALRM, &act, NULL);
	silent_addr(api, &addr);
	setitimer(ITIMER_REAL, &timer, NULL);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	api_nonblock(fd);
	note_call(api, "again", connect(fd, &addr.sa, addr_len(&addr)));
}

static void connect_times_out(struct api *api)
{
	struct timeval limit = { .tv_usec = 200000 };
	int fd = api_socket(api, 0);
	union addr addr;

	silent_addr(api, &addr);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	note_call(api, "sndtimeo", connect(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "again", connect(fd, &addr.sa, addr_len(&addr)));
	fd = api_socket(api, SOCK_NONBLOCK);
	note_call(api, "syncnt", api_set(fd, IPPROTO_TCP, TCP_SYNCNT, 1));
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_poll(api, "poll", fd, POLLHUP);
	note_option(api, "error", fd, SOL_SOCKET, SO_ERROR);
}

const struct api_case api_connect_cases[] = {
	{ "refused, blocking", connect_refused },
	{ "refused, not blocking", connect_refused_nonblock },
	{ "not blocking: EINPROGRESS, 0, EISCONN", connect_nonblock },
	{ "every call while in SYN_SENT", connect_progress },
	{ "lengths, pointers, families, port 0", connect_arguments },
	{ "where no route leads", connect_unroutable },
	{ "to the unspecified address", connect_any },
	{ "AF_UNSPEC disconnects, the socket serves again", connect_disconnects },
	{ "AF_UNSPEC in SYN_SENT", connect_unspec_progress },
	{ "to itself", connect_self },
	{ "interrupted by a signal", connect_interrupted },
	{ "SO_SNDTIMEO, TCP_SYNCNT and ETIMEDOUT", connect_times_out },
	{ NULL, NULL },
};
