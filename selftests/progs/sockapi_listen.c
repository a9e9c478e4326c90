// SPDX-License-Identifier: GPL-2.0
/* What listen(2), accept(2) and accept4(2) say. */
#include "sockapi.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void listen_states(struct api *api)
{
	struct api_pair p;
	int fd = api_socket(api, 0);

	note_option(api, "acceptconn", fd, SOL_SOCKET, SO_ACCEPTCONN);
	note_call(api, "unbound", listen(fd, 1));
	note_option(api, "acceptconn", fd, SOL_SOCKET, SO_ACCEPTCONN);
	note_addr(api, "name", fd, getsockname);
	note_call(api, "again", listen(fd, 20));
	note_call(api, "zero", listen(fd, 0));
	note_call(api, "negative", listen(fd, -1));
	api_pair(api, &p);
	note_call(api, "connected", listen(p.client, 1));
	note_call(api, "accepted", listen(p.server, 1));
	note_call(api, "connect", connect(p.listener, &p.addr.sa, addr_len(&p.addr)));
	note_call(api, "send", send(p.listener, "x", 1, MSG_NOSIGNAL));
	note_call(api, "recv", recv(p.listener, &fd, 1, 0));
	note_addr(api, "peer", p.listener, getpeername);
}

static void listen_accept_errors(struct api *api)
{
	struct api_pair p;
	union addr addr;
	socklen_t len = sizeof(addr);
	int fd = api_socket(api, 0);

	note_call(api, "closed", accept(fd, NULL, NULL));
	api_pair(api, &p);
	note_call(api, "connected", accept(p.client, NULL, NULL));
	api_nonblock(p.listener);
	note_call(api, "empty", accept(p.listener, NULL, NULL));
	note_call(api, "flags", accept4(p.listener, NULL, NULL, 0x40));
	api_connect(api, &p.addr);
	note_poll(api, "ready", p.listener, POLLIN);
	note_call(api, "pointer", accept(p.listener, (void *)8, &len));
	api_connect(api, &p.addr);
	note_poll(api, "ready", p.listener, POLLIN);
	len = -1;
	note_call(api, "length", accept(p.listener, &addr.sa, &len));
}

static void listen_accept_flags(struct api *api)
{
	union addr addr, peer;
	int listener = api_listener(api, &addr, 8);
	socklen_t len = sizeof(peer);
	int fd;

	api_connect(api, &addr);
	api_nonblock(listener);
	note_poll(api, "ready", listener, POLLIN);
	fd = accept(listener, &peer.sa, &len);
	note(api, "plain %x %x len=%u family=%d ", fcntl(fd, F_GETFL) & O_NONBLOCK,
	     fcntl(fd, F_GETFD), len, peer.sa.sa_family);
	note_addr(api, "name", fd, getsockname);
	note_addr(api, "peer", fd, getpeername);
	api_connect(api, &addr);
	note_poll(api, "ready", listener, POLLIN);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	note(api, "both %x %x ", fcntl(fd, F_GETFL) & O_NONBLOCK,
	     fcntl(fd, F_GETFD));
	note_option(api, "type", fd, SOL_SOCKET, SO_TYPE);
	note_option(api, "domain", fd, SOL_SOCKET, SO_DOMAIN);
	note_option(api, "acceptconn", fd, SOL_SOCKET, SO_ACCEPTCONN);
}

static void listen_inherits(struct api *api)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 3 }, got;
	socklen_t len = sizeof(got);
	union addr addr;
	int listener = api_listener(api, &addr, 8);
	int fd;

	api_set(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
	api_set(listener, SOL_SOCKET, SO_SNDBUF, 30000);
	api_set(listener, SOL_SOCKET, SO_RCVBUF, 40000);
	api_set(listener, SOL_SOCKET, SO_PRIORITY, 3);
	setsockopt(listener, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	api_set(listener, IPPROTO_TCP, TCP_NODELAY, 1);
	api_set(listener, IPPROTO_TCP, TCP_KEEPIDLE, 77);
	api_set(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
	api_set(listener, IPPROTO_TCP, TCP_LINGER2, 9);
	api_connect(api, &addr);
	fd = accept(listener, NULL, NULL);
	getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &len);
	note(api, "linger=%d/%d ", got.l_onoff, got.l_linger);
	note_option(api, "keepalive", fd, SOL_SOCKET, SO_KEEPALIVE);
	note_option(api, "sndbuf", fd, SOL_SOCKET, SO_SNDBUF);
	note_option(api, "rcvbuf", fd, SOL_SOCKET, SO_RCVBUF);
	note_option(api, "priority", fd, SOL_SOCKET, SO_PRIORITY);
	note_option(api, "nodelay", fd, IPPROTO_TCP, TCP_NODELAY);
	note_option(api, "keepidle", fd, IPPROTO_TCP, TCP_KEEPIDLE);
	note_option(api, "user", fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
	note_option(api, "linger2", fd, IPPROTO_TCP, TCP_LINGER2);
}

static void listen_emfile(struct api *api)
{
	struct rlimit limit = { 64, 64 };
	union addr addr;
	int listener = api_listener(api, &addr, 8);
	int last = -1, fd;

	api_connect(api, &addr);
	note_poll(api, "ready", listener, POLLIN);
	setrlimit(RLIMIT_NOFILE, &limit);
	while ((fd = dup(listener)) >= 0)
		last = fd;
	note_call(api, "full", accept(listener, NULL, NULL));
	close(last);
	note(api, "kept=%d ", accept(listener, NULL, NULL) >= 0);
}

static void *blocked_accept(void *arg)
{
	long ret = accept(*(int *)arg, NULL, NULL);

	return (void *)(ret < 0 ? (long)-errno : 0L);
}

static void listen_shutdown(struct api *api)
{
	union addr addr;
	int listener = api_listener(api, &addr, 8);
	socklen_t len = sizeof(addr);
	pthread_t thread;
	void *ret;
	int fd;

	note_call(api, "wr", shutdown(listener, SHUT_WR));
	pthread_create(&thread, NULL, blocked_accept, &listener);
	api_tick();
	note_call(api, "rd", shutdown(listener, SHUT_RD));
	pthread_join(thread, &ret);
	note(api, "woken=%ld ", (long)ret);
	note_poll(api, "shut", listener, POLLHUP);
	note_call(api, "accept", accept(listener, NULL, NULL));
	fd = api_socket(api, 0);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "again", shutdown(listener, SHUT_RDWR));
	note_call(api, "relisten", listen(listener, 8));
	/* The port was the system's choice, so the next one is another. */
	getsockname(listener, &addr.sa, &len);
	fd = api_socket(api, 0);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note(api, "accepted=%d ", accept(listener, NULL, NULL) >= 0);
}

static void listen_queued_ends(struct api *api)
{
	struct linger abort = { .l_onoff = 1, .l_linger = 0 };
	union addr addr;
	int listener = api_listener(api, &addr, 8);
	char buf[8];
	int fd;

	fd = api_connect(api, &addr);
	note_call(api, "send", send(fd, "hello", 5, 0));
	close(fd);
	fd = accept(listener, NULL, NULL);
	note_poll(api, "fin", fd, POLLIN | POLLRDHUP);
	note_call(api, "data", recv(fd, buf, sizeof(buf), 0));
	note_call(api, "end", recv(fd, buf, sizeof(buf), 0));
	fd = api_connect(api, &addr);
	note_poll(api, "ready", listener, POLLIN);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	close(fd);
	fd = accept(listener, NULL, NULL);
	note_poll(api, "rst", fd, POLLHUP);
	note_call(api, "reset", recv(fd, buf, sizeof(buf), 0));
	note_call(api, "then", recv(fd, buf, sizeof(buf), 0));
}

static void listen_close_resets(struct api *api)
{
	union addr addr;
	int listener = api_listener(api, &addr, 8);
	int fd = api_connect(api, &addr);
	char c;

	note_poll(api, "ready", listener, POLLIN);
	close(listener);
	note_poll(api, "client", fd, POLLHUP);
	note_call(api, "recv", recv(fd, &c, 1, 0));
}

static void listen_backlog_counts(struct api *api)
{
	struct pollfd pfd = { .events = POLLOUT };
	union addr addr;
	int listener = api_listener(api, &addr, 2);
	int i, fd, taken = 0;

	for (i = 0; i < 3; i++)
		api_connect(api, &addr);
	api_nonblock(listener);
	for (i = 0; i < 200 && taken < 3; i++) {
		pfd.fd = listener;
		pfd.events = POLLIN;
		poll(&pfd, 1, 50);
		fd = accept(listener, NULL, NULL);
		taken += fd >= 0;
	}
	note(api, "queued %d with backlog 2 ", taken);
}

const struct api_case api_listen_cases[] = {
	{ "in every state", listen_states },
	{ "accept errors", listen_accept_errors },
	{ "accept4 flags and what an accepted socket is", listen_accept_flags },
	{ "an accepted socket inherits options", listen_inherits },
	{ "EMFILE leaves the connection queued", listen_emfile },
	{ "shutdown of a listener and listening again", listen_shutdown },
	{ "connections that ended while queued", listen_queued_ends },
	{ "closing a listener resets what is queued", listen_close_resets },
	{ "backlog + 1 connections fit", listen_backlog_counts },
	{ NULL, NULL },
};
