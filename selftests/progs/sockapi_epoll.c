// SPDX-License-Identifier: GPL-2.0
/* What epoll(7) says: level and edge triggered, EXCLUSIVE, ONESHOT, RDHUP. */
#include "sockapi.h"

#include <errno.h>
#include <pthread.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

static int watch(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events };
	int ep = epoll_create1(0);

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		die("epoll");
	return ep;
}

/* Notes what one wait of @ms says. */
static void note_wait(struct api *api, const char *what, int ep, int ms)
{
	struct epoll_event ev = { 0 };
	int n = epoll_wait(ep, &ev, 1, ms);

	if (n < 0)
		note_call(api, what, n);
	else
		note_events(api, what, n ? ev.events : 0);
}

static void epoll_level(struct api *api)
{
	struct api_pair p;
	char buf[8];
	int ep;

	api_pair(api, &p);
	ep = watch(p.server, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
	note_wait(api, "idle", ep, 1000);
	send(p.client, "abc", 3, 0);
	api_wait_in(p.server, 3);
	note_wait(api, "data", ep, 5000);
	note_wait(api, "still", ep, 5000);
	recv(p.server, buf, sizeof(buf), 0);
	note_wait(api, "read", ep, 1000);
	close(p.client);
	note_poll(api, "fin", p.server, POLLRDHUP);
	note_wait(api, "closed", ep, 5000);
}

static void epoll_edge(struct api *api)
{
	struct api_pair p;
	char buf[8];
	int ep;

	api_pair(api, &p);
	ep = watch(p.server, EPOLLIN | EPOLLET | EPOLLRDHUP);
	note_wait(api, "idle", ep, 0);
	send(p.client, "abc", 3, 0);
	note_wait(api, "data", ep, 5000);
	note_wait(api, "once", ep, 300);
	send(p.client, "def", 3, 0);
	note_wait(api, "more", ep, 5000);
	note_wait(api, "once", ep, 300);
	recv(p.server, buf, sizeof(buf), 0);
	note_wait(api, "read", ep, 300);
	shutdown(p.client, SHUT_WR);
	note_wait(api, "fin", ep, 5000);
	note_wait(api, "once", ep, 300);
}

static void epoll_edge_listener(struct api *api)
{
	union addr addr;
	int listener = api_listener(api, &addr, 8);
	int ep = watch(listener, EPOLLIN | EPOLLET);

	note_wait(api, "idle", ep, 0);
	api_connect(api, &addr);
	note_wait(api, "one", ep, 5000);
	note_wait(api, "once", ep, 300);
	api_connect(api, &addr);
	note_wait(api, "two", ep, 5000);
	note_call(api, "close", close(accept(listener, NULL, NULL)));
	note_call(api, "close", close(accept(listener, NULL, NULL)));
	note_wait(api, "empty", ep, 300);
}

static void epoll_oneshot(struct api *api)
{
	struct epoll_event again = { .events = EPOLLIN | EPOLLONESHOT };
	struct api_pair p;
	int ep;

	api_pair(api, &p);
	ep = watch(p.server, EPOLLIN | EPOLLONESHOT);
	send(p.client, "a", 1, 0);
	note_wait(api, "data", ep, 5000);
	send(p.client, "b", 1, 0);
	note_wait(api, "off", ep, 300);
	note_call(api, "mod", epoll_ctl(ep, EPOLL_CTL_MOD, p.server, &again));
	note_wait(api, "on", ep, 5000);
}

static void epoll_connecting(struct api *api)
{
	union addr addr;
	int listener = api_listener(api, &addr, 8);
	int fd = api_socket(api, SOCK_NONBLOCK);
	int ep = watch(fd, EPOLLIN | EPOLLOUT | EPOLLET);

	note_wait(api, "fresh", ep, 1000);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_wait(api, "done", ep, 5000);
	note_wait(api, "once", ep, 300);
	close(listener);
	note_poll(api, "reset", fd, POLLHUP);
	note_wait(api, "reset", ep, 5000);
}

static void *exclusive_waiter(void *arg)
{
	struct epoll_event ev;

	return (void *)(long)epoll_wait(*(int *)arg, &ev, 1, 1500);
}

static void epoll_exclusive(struct api *api)
{
	union addr addr;
	int listener = api_listener(api, &addr, 8);
	pthread_t threads[4];
	int eps[4], i, woken = 0;
	void *ret;

	for (i = 0; i < 4; i++) {
		eps[i] = watch(listener, EPOLLIN | EPOLLEXCLUSIVE);
		pthread_create(&threads[i], NULL, exclusive_waiter, &eps[i]);
	}
	api_tick();
	api_connect(api, &addr);
	/* Whoever is woken takes the connection at once in a real server. */
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], &ret);
		woken += (long)ret > 0;
	}
	note(api, "at least one=%d ", woken >= 1);
	note(api, "all=%d ", woken == 4);
}

static void epoll_out_edge(struct api *api)
{
	static char block[65536];
	struct api_pair p;
	long sent = 0;
	ssize_t n;
	int ep;

	api_pair(api, &p);
	api_nonblock(p.client);
	while ((n = send(p.client, block, sizeof(block), 0)) > 0 || poll(
		&(struct pollfd){ .fd = p.client, .events = POLLOUT }, 1, 300) > 0)
		sent += n > 0 ? n : 0;
	ep = watch(p.client, EPOLLOUT | EPOLLET);
	note_wait(api, "full", ep, 300);
	while (sent > 0 && (n = recv(p.server, block, sizeof(block), 0)) > 0)
		sent -= n;
	note_wait(api, "room", ep, 10000);
}

const struct api_case api_epoll_cases[] = {
	{ "level triggered", epoll_level },
	{ "edge triggered", epoll_edge },
	{ "edge triggered listener", epoll_edge_listener },
	{ "EPOLLONESHOT", epoll_oneshot },
	{ "added before connect", epoll_connecting },
	{ "EPOLLEXCLUSIVE wakes one or some, not all", epoll_exclusive },
	{ "edge triggered EPOLLOUT", epoll_out_edge },
	{ NULL, NULL },
};
