// SPDX-License-Identifier: GPL-2.0
/* What the send and receive calls, their flags and the queue ioctls say. */
#include "sockapi.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

static void note_buf(struct api *api, const char *what, ssize_t n, const char *buf)
{
	if (n < 0)
		note_call(api, what, n);
	else
		note(api, "%s=%zd:%.*s ", what, n, (int)n, buf);
}

static void io_calls(struct api *api)
{
	char one[4], two[8], buf[32];
	struct iovec out[2] = { { "abc", 3 }, { "defg", 4 } };
	struct iovec in[2] = { { one, 2 }, { two, 5 } };
	struct msghdr msg = { .msg_iov = out, .msg_iovlen = 2 };
	struct api_pair p;
	union addr addr;
	socklen_t len = sizeof(addr);

	api_pair(api, &p);
	note_call(api, "write", write(p.client, "1234567", 7));
	note_call(api, "writev", writev(p.client, out, 2));
	note_call(api, "sendmsg", sendmsg(p.client, &msg, 0));
	note_call(api, "sendto", sendto(p.client, "xyz", 3, 0, &p.addr.sa,
					addr_len(&p.addr)));
	api_wait_in(p.server, 24);
	note_buf(api, "read", read(p.server, buf, 3), buf);
	note_call(api, "readv", readv(p.server, in, 2));
	note(api, "%.2s|%.5s ", one, two);
	msg = (struct msghdr){ .msg_iov = in, .msg_iovlen = 2,
			       .msg_name = &addr, .msg_namelen = len };
	note_call(api, "recvmsg", recvmsg(p.server, &msg, 0));
	note(api, "namelen=%u flags=%#x ", msg.msg_namelen, msg.msg_flags);
	note_buf(api, "recvfrom", recvfrom(p.server, buf, sizeof(buf), 0,
					   &addr.sa, &len), buf);
	note(api, "namelen=%u ", len);
	note_call(api, "zero", send(p.client, "", 0, 0));
	note_call(api, "badbuf", send(p.client, (void *)8, 10, 0));
	note_call(api, "zero", recv(p.server, buf, 0, MSG_DONTWAIT));
}

static void io_peek(struct api *api)
{
	struct api_pair p;
	char buf[16];

	api_pair(api, &p);
	send(p.client, "peekaboo", 8, 0);
	api_wait_in(p.server, 8);
	note_buf(api, "peek", recv(p.server, buf, 4, MSG_PEEK), buf);
	note_buf(api, "peek", recv(p.server, buf, 16, MSG_PEEK), buf);
	note_buf(api, "trunc", recv(p.server, buf, 4, MSG_TRUNC), "");
	note_buf(api, "rest", recv(p.server, buf, 16, 0), buf);
	note_call(api, "empty", recv(p.server, buf, 16, MSG_PEEK | MSG_DONTWAIT));
	shutdown(p.client, SHUT_WR);
	note_poll(api, "fin", p.server, POLLRDHUP);
	note_call(api, "end", recv(p.server, buf, 16, MSG_PEEK));
}

/* A thread that sends "second" after the caller had time to block. */
static void *send_later(void *arg)
{
	api_tick();
	send(*(int *)arg, "second", 6, 0);
	return NULL;
}

static void io_waitall(struct api *api)
{
	struct api_pair p;
	pthread_t thread;
	char buf[32];

	api_pair(api, &p);
	send(p.client, "first", 5, 0);
	api_wait_in(p.server, 5);
	pthread_create(&thread, NULL, send_later, &p.client);
	note_buf(api, "all", recv(p.server, buf, 11, MSG_WAITALL), buf);
	pthread_join(thread, NULL);
	send(p.client, "tail", 4, 0);
	shutdown(p.client, SHUT_WR);
	note_buf(api, "short", recv(p.server, buf, 11, MSG_WAITALL), buf);
	note_buf(api, "end", recv(p.server, buf, 11, MSG_WAITALL), buf);
}

static void io_blocks(struct api *api)
{
	struct api_pair p;
	pthread_t thread;
	char buf[32];

	api_pair(api, &p);
	pthread_create(&thread, NULL, send_later, &p.client);
	note_buf(api, "blocked", recv(p.server, buf, 32, 0), buf);
	pthread_join(thread, NULL);
	note_call(api, "dontwait", recv(p.server, buf, 32, MSG_DONTWAIT));
	api_nonblock(p.server);
	note_call(api, "nonblock", recv(p.server, buf, 32, 0));
	note_call(api, "nonblock", read(p.server, buf, 32));
	note_call(api, "errqueue", recv(p.server, buf, 32, MSG_ERRQUEUE));
}

static void io_more(struct api *api)
{
	struct api_pair p;
	char buf[32];

	api_pair(api, &p);
	api_set(p.client, IPPROTO_TCP, 1 /* TCP_NODELAY */, 1);
	note_call(api, "more", send(p.client, "held", 4, MSG_MORE));
	usleep(50000);
	note_call(api, "held", recv(p.server, buf, 32, MSG_DONTWAIT));
	note_call(api, "rest", send(p.client, "free", 4, 0));
	api_wait_in(p.server, 8);
	note_buf(api, "both", recv(p.server, buf, 32, 0), buf);
	note_call(api, "cork", api_set(p.client, IPPROTO_TCP, 3, 1));
	note_call(api, "send", send(p.client, "held", 4, 0));
	usleep(50000);
	note_call(api, "held", recv(p.server, buf, 32, MSG_DONTWAIT));
	note_call(api, "uncork", api_set(p.client, IPPROTO_TCP, 3, 0));
	api_wait_in(p.server, 4);
	note_buf(api, "then", recv(p.server, buf, 32, 0), buf);
}

static void io_queues(struct api *api)
{
	static char block[4096];
	struct api_pair p;
	int value = -1, i;

	api_pair(api, &p);
	note_call(api, "inq", ioctl(p.listener, FIONREAD, &value));
	note_call(api, "outq", ioctl(p.listener, SIOCOUTQ, &value));
	note_call(api, "inq", ioctl(p.server, FIONREAD, &value));
	note(api, "%d ", value);
	send(p.client, block, sizeof(block), 0);
	api_wait_in(p.server, sizeof(block));
	ioctl(p.server, SIOCINQ, &value);
	note(api, "in %d ", value);
	for (i = 0; i < 1000 && !ioctl(p.client, SIOCOUTQ, &value) && value; i++)
		usleep(5000);
	note(api, "out %d ", value);
	note_call(api, "outqnsd", ioctl(p.client, SIOCOUTQNSD, &value));
	note(api, "%d ", value);
	note_call(api, "atmark", ioctl(p.server, SIOCATMARK, &value));
	note(api, "%d ", value);
	recv(p.server, block, 96, 0);
	shutdown(p.client, SHUT_WR);
	note_poll(api, "fin", p.server, POLLRDHUP);
	ioctl(p.server, SIOCINQ, &value);
	note(api, "in %d ", value);
	note_call(api, "unknown", ioctl(p.server, 0x5499, &value));
	value = -1;
	note_call(api, "fresh", ioctl(api_socket(api, 0), SIOCOUTQ, &value));
	note(api, "%d ", value);
}

static void io_epipe(struct api *api)
{
	struct api_pair p;

	signal(SIGPIPE, SIG_IGN);
	note_call(api, "fresh", send(api_socket(api, 0), "x", 1, 0));
	note_call(api, "fresh", recv(api_socket(api, 0), &p, 1, 0));
	api_pair(api, &p);
	shutdown(p.client, SHUT_WR);
	note_call(api, "send", send(p.client, "x", 1, 0));
	note_call(api, "write", write(p.client, "x", 1));
	note_poll(api, "poll", p.client, 0);
}

static volatile sig_atomic_t pipes;

static void count_pipe(int number)
{
	(void)number;
	pipes++;
}

static void io_sigpipe(struct api *api)
{
	struct api_pair p;

	signal(SIGPIPE, count_pipe);
	api_pair(api, &p);
	shutdown(p.client, SHUT_WR);
	note_call(api, "nosignal", send(p.client, "x", 1, MSG_NOSIGNAL));
	note(api, "signals=%d ", pipes);
	note_call(api, "signal", send(p.client, "x", 1, 0));
	note(api, "signals=%d ", pipes);
	note_call(api, "signal", write(p.client, "x", 1));
	note(api, "signals=%d ", pipes);
}

static void io_socketpairs(struct api *api)
{
	bool v6 = api->family == AF_INET6;
	int family = api->family, proto = IPPROTO_TCP;
	int fds[2];

	if (api->stack == STACK_ATCP)
		proto = IPPROTO_ATCP;
	if (api->stack == STACK_DOOR) {
		family = AF_ATCP;
		proto = v6 ? ATCP_PROTO_IPV6 : ATCP_PROTO_IPV4;
	}
	note_call(api, "socketpair", socketpair(family, SOCK_STREAM, proto, fds));
}

const struct api_case api_io_cases[] = {
	{ "every send and receive call", io_calls },
	{ "MSG_PEEK and MSG_TRUNC", io_peek },
	{ "MSG_WAITALL", io_waitall },
	{ "blocking, MSG_DONTWAIT, O_NONBLOCK", io_blocks },
	{ "MSG_MORE and TCP_CORK hold data back", io_more },
	{ "FIONREAD, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK", io_queues },
	{ "EPIPE and ENOTCONN", io_epipe },
	{ "SIGPIPE and MSG_NOSIGNAL", io_sigpipe },
	{ "socketpair", io_socketpairs },
	{ NULL, NULL },
};
