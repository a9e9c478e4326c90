// SPDX-License-Identifier: GPL-2.0
/* Options of SOL_SOCKET, of IP and IPv6, and of IPPROTO_TCP. */
#include "sockapi.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/**
 * struct opt - an option and values to try
 * @name: its name in the notes
 * @level: of the option
 * @number: of the option
 * @values: what is set, one after the other
 * @count: how many of them
 */
struct opt {
	const char *name;
	int level;
	int number;
	int values[6];
	size_t count;
};

#define V(...) { __VA_ARGS__ }, sizeof((int[]){ __VA_ARGS__ }) / sizeof(int)

static const struct opt socket_opts[] = {
	{ "reuseaddr", SOL_SOCKET, SO_REUSEADDR, V(1, 5, 0) },
	{ "reuseport", SOL_SOCKET, SO_REUSEPORT, V(1, 5, 0) },
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE, V(1, 5, 0) },
	{ "broadcast", SOL_SOCKET, SO_BROADCAST, V(1, 0) },
	{ "oobinline", SOL_SOCKET, SO_OOBINLINE, V(1, 7, 0) },
	{ "sndbuf", SOL_SOCKET, SO_SNDBUF, V(0, 1, 30000, 100000, -1) },
	{ "rcvbuf", SOL_SOCKET, SO_RCVBUF, V(0, 1, 30000, 100000, -1) },
	{ "sndbufforce", SOL_SOCKET, SO_SNDBUFFORCE, V(900000) },
	{ "rcvbufforce", SOL_SOCKET, SO_RCVBUFFORCE, V(900000) },
	{ "priority", SOL_SOCKET, SO_PRIORITY, V(0, 6, 7, -1) },
	{ "mark", SOL_SOCKET, SO_MARK, V(17, 0) },
	{ "rcvlowat", SOL_SOCKET, SO_RCVLOWAT, V(0, 1, 100, -1) },
	{ "dontroute", SOL_SOCKET, SO_DONTROUTE, V(1, 0) },
	{ "timestamp", SOL_SOCKET, SO_TIMESTAMP, V(1, 0) },
	{ "type", SOL_SOCKET, SO_TYPE, V(1) },
	{ "error", SOL_SOCKET, SO_ERROR, V(1) },
	{ "nocheck", SOL_SOCKET, 11, V(1, 0) },
	{ "lock", SOL_SOCKET, 72, V(3, 0) },
	{ "passcred", SOL_SOCKET, SO_PASSCRED, V(1) },
	{ "unknown", SOL_SOCKET, 9999, V(1) },
	{ "badlevel", 9998, 1, V(1) },
};

static const struct opt tcp_opts[] = {
	{ "nodelay", IPPROTO_TCP, TCP_NODELAY, V(1, 5, 0) },
	{ "cork", IPPROTO_TCP, TCP_CORK, V(1, 5, 0) },
	{ "maxseg", IPPROTO_TCP, TCP_MAXSEG, V(0, 1, 87, 88, 1000, 32768) },
	{ "syncnt", IPPROTO_TCP, TCP_SYNCNT, V(0, 1, 127, 128, -1) },
	{ "defer", IPPROTO_TCP, TCP_DEFER_ACCEPT, V(0, 1, 3, 10, -1) },
	{ "keepidle", IPPROTO_TCP, TCP_KEEPIDLE, V(0, 1, 32767, 32768, -1) },
	{ "keepintvl", IPPROTO_TCP, TCP_KEEPINTVL, V(0, 1, 32767, 32768, -1) },
	{ "keepcnt", IPPROTO_TCP, TCP_KEEPCNT, V(0, 1, 127, 128, -1) },
	{ "user", IPPROTO_TCP, TCP_USER_TIMEOUT, V(0, 1, 30000, -1) },
	{ "linger2", IPPROTO_TCP, TCP_LINGER2, V(0, 1, 120, 121, -1) },
	{ "quickack", IPPROTO_TCP, TCP_QUICKACK, V(0, 1) },
	{ "unknown", IPPROTO_TCP, 9999, V(1) },
};

static const struct opt ip4_opts[] = {
	{ "tos", IPPROTO_IP, IP_TOS, V(0, 0x10, 0xff, 0x13) },
	{ "ttl", IPPROTO_IP, IP_TTL, V(0, 1, 255, 256, -1) },
	{ "minttl", IPPROTO_IP, 21, V(0, 5, 256) },
	{ "mtudisc", IPPROTO_IP, IP_MTU_DISCOVER, V(0, 1, 2, 3, 9) },
	{ "recverr", IPPROTO_IP, IP_RECVERR, V(1, 0) },
	{ "freebind", IPPROTO_IP, IP_FREEBIND, V(1, 0) },
	{ "transparent", IPPROTO_IP, IP_TRANSPARENT, V(1, 0) },
	{ "mtu", IPPROTO_IP, IP_MTU, V(1) },
	{ "unknown", IPPROTO_IP, 9999, V(1) },
};

static const struct opt ip6_opts[] = {
	{ "v6only", IPPROTO_IPV6, IPV6_V6ONLY, V(1, 0) },
	{ "tclass", IPPROTO_IPV6, IPV6_TCLASS, V(0, 0x10, 255, 256, -1) },
	{ "hops", IPPROTO_IPV6, IPV6_UNICAST_HOPS, V(1, 255, 256, -1) },
	{ "minhops", IPPROTO_IPV6, 73, V(0, 5, 256) },
	{ "mtudisc", IPPROTO_IPV6, IPV6_MTU_DISCOVER, V(0, 2, 9) },
	{ "recverr", IPPROTO_IPV6, IPV6_RECVERR, V(1, 0) },
	{ "member", IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, V(0) },
	{ "addrform", IPPROTO_IPV6, IPV6_ADDRFORM, V(AF_INET) },
	{ "unknown", IPPROTO_IPV6, 9999, V(1) },
};

static void note_opts(struct api *api, const struct opt *opts, size_t n, int fd)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		note_option(api, opts[i].name, fd, opts[i].level, opts[i].number);
		for (j = 0; j < opts[i].count; j++) {
			note_call(api, "set", api_set(fd, opts[i].level,
						      opts[i].number,
						      opts[i].values[j]));
			note_option(api, "get", fd, opts[i].level,
				    opts[i].number);
		}
	}
}

static void opts_socket(struct api *api)
{
	note_opts(api, socket_opts, sizeof(socket_opts) / sizeof(*socket_opts),
		  api_socket(api, 0));
}

static void opts_tcp(struct api *api)
{
	note_opts(api, tcp_opts, sizeof(tcp_opts) / sizeof(*tcp_opts),
		  api_socket(api, 0));
}

static void opts_tcp_connected(struct api *api)
{
	struct api_pair p;

	api_pair(api, &p);
	/* The first two of the values differ by path and by heuristics. */
	note_opts(api, tcp_opts + 3, sizeof(tcp_opts) / sizeof(*tcp_opts) - 5,
		  p.client);
	note_call(api, "maxseg", api_set(p.client, IPPROTO_TCP, TCP_MAXSEG, 1000));
	note(api, "maxseg=%d ", api_get(p.client, IPPROTO_TCP, TCP_MAXSEG) >= 536);
}

static void opts_ip(struct api *api)
{
	int fd = api_socket(api, 0);

	if (api->family == AF_INET6)
		note_opts(api, ip6_opts, sizeof(ip6_opts) / sizeof(*ip6_opts), fd);
	note_opts(api, ip4_opts, sizeof(ip4_opts) / sizeof(*ip4_opts), fd);
}

static void opts_lengths(struct api *api)
{
	struct timeval limit = { .tv_sec = 1, .tv_usec = 2000000 }, got = { 0 };
	int fd = api_socket(api, 0);
	long value = -1;
	socklen_t len;

	note_call(api, "short", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 3));
	note_call(api, "pointer", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY,
					     (void *)8, 4));
	len = 2;
	note_call(api, "two", getsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &value, &len));
	note(api, "len=%u ", len);
	len = 8;
	note_call(api, "eight", getsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &value, &len));
	note(api, "len=%u ", len);
	len = -1;
	note_call(api, "negative", getsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &value,
					      &len));
	note_call(api, "timeo", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
					   sizeof(limit)));
	limit.tv_usec = 500000;
	note_call(api, "timeo", setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
					   sizeof(limit)));
	len = sizeof(got);
	note_call(api, "get", getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &len));
	note(api, "%ld.%06ld ", (long)got.tv_sec, (long)got.tv_usec);
}

static void opts_congestion(struct api *api)
{
	int fd = api_socket(api, 0);
	char name[32] = "";
	socklen_t len = sizeof(name);

	note_call(api, "get", getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name,
					 &len));
	note(api, "named=%d len=%u ", name[0] != 0, len);
	note_call(api, "reno", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	len = sizeof(name);
	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len);
	note(api, "%s len=%u ", name, len);
	len = 3;
	note_call(api, "three", getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name,
					   &len));
	note(api, "len=%u ", len);
	note_call(api, "none", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "nosuch",
					  6));
	note_call(api, "empty", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "", 0));
}

static void opts_filter(struct api *api)
{
	struct sock_filter drop[] = { { 0x06, 0, 0, 0 } };
	struct sock_fprog prog = { 1, drop };
	struct api_pair p;
	char c;

	api_pair(api, &p);
	note_call(api, "attach", setsockopt(p.server, SOL_SOCKET, SO_ATTACH_FILTER,
					    &prog, sizeof(prog)));
	send(p.client, "x", 1, 0);
	api_tick();
	note_call(api, "dropped", recv(p.server, &c, 1, MSG_DONTWAIT));
	note_call(api, "detach", api_set(p.server, SOL_SOCKET, SO_DETACH_FILTER, 0));
	note_call(api, "comes", recv(p.server, &c, 1, 0));
}

/* What a connection has, and has not, of its listener's options and its peer's packets. */
static void opts_accepted(struct api *api)
{
	int v6 = api->family == AF_INET6;
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	char buf[256] = { 0 };
	struct msghdr msg = { .msg_control = buf };
	socklen_t len = sizeof(buf);
	struct cmsghdr *c;
	union addr addr;
	int lfd, cfd, sfd, val;

	lfd = api_listener(api, &addr, 4);
	api_set(lfd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 3);
	api_set(lfd, level, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
	api_set(lfd, level, v6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL, 1);
	api_set(lfd, level, v6 ? IPV6_RECVTCLASS : IP_RECVTOS, 1);
	cfd = api_connect(api, &addr);
	send(cfd, "x", 1, 0);
	sfd = accept(lfd, NULL, NULL);
	note(api, "defer=%d ", api_get(sfd, IPPROTO_TCP, TCP_DEFER_ACCEPT));

	note_call(api, "pktoptions",
		  getsockopt(sfd, level, v6 ? IPV6_2292PKTOPTIONS : IP_PKTOPTIONS, buf, &len));
	msg.msg_controllen = len;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		/* Of packet information: the device. */
		memcpy(&val, CMSG_DATA(c) + (v6 && c->cmsg_type == IPV6_PKTINFO ? 16 : 0),
		       c->cmsg_type == IP_TOS && !v6 ? 1 : sizeof(val));
		note(api, "%d:%d=%d ", c->cmsg_level, c->cmsg_type,
		     c->cmsg_type == IP_TOS && !v6 ? val & 0xff : val);
	}
	close(cfd);
	close(sfd);
	close(lfd);
}

/* The stamps that come with data: those that were asked for, and set. */
static void opts_stamps(struct api *api)
{
	static const int names[] = { SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING, 65, 0 };
	const int *name;

	for (name = names; *name; name++) {
		char buf[256] = { 0 }, byte;
		struct iovec iov = { &byte, 1 };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = buf,
				      .msg_controllen = sizeof(buf) };
		struct cmsghdr *c;
		struct api_pair p;
		int tries = 100;

		api_pair(api, &p);
		/* Received, by software. */
		note_call(api, "set", api_set(p.server, SOL_SOCKET, *name, 8 | 16));
		/* The kernel begins to stamp packets a while after it was asked to. */
		do {
			api_tick();
			msg.msg_controllen = sizeof(buf);
			send(p.client, "x", 1, 0);
			recvmsg(p.server, &msg, 0);
		} while (!msg.msg_controllen && --tries);
		for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
			long long first;

			memcpy(&first, CMSG_DATA(c), sizeof(first));
			note(api, "%d:%d %zu bytes%s ", c->cmsg_level, c->cmsg_type,
			     (size_t)c->cmsg_len, first ? "" : ", none");
		}
		close(p.client);
		close(p.server);
		close(p.listener);
	}
}

const struct api_case api_opts_cases[] = {
	{ "SOL_SOCKET", opts_socket },
	{ "IPPROTO_TCP on a fresh socket", opts_tcp },
	{ "IPPROTO_TCP on a connected socket", opts_tcp_connected },
	{ "IPPROTO_IP and IPPROTO_IPV6", opts_ip },
	{ "lengths, pointers, times", opts_lengths },
	{ "TCP_CONGESTION", opts_congestion },
	{ "SO_ATTACH_FILTER", opts_filter },
	{ "of an accepted connection", opts_accepted },
	{ "SO_TIMESTAMP and SO_TIMESTAMPING", opts_stamps },
	{ NULL, NULL },
};
