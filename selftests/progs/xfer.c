// SPDX-License-Identifier: GPL-2.0
/*
 * Moves a pseudo-random stream both ways at once over one connection, in
 * random chunks by every send and receive call, and compares every byte.
 *
 * xfer -l [-s STACK] [-a ADDR] [-p PORT] [-n BYTES] [-t SECONDS]   listens
 * xfer [-s STACK] -a ADDR [-p PORT] [-n BYTES] [-t SECONDS]        connects
 *
 * With -b STACK [-N NETNS] beside -l it is both ends: a child of the listener
 * connects, from STACK and the namespace.
 */
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK_MAX	(192 * 1024)

/**
 * struct stream - one direction of the transfer
 * @rng: state of the generator that makes the bytes
 * @left: bytes still to move
 * @buf: bytes made and not yet moved, from @head to @tail
 * @head: first byte not yet moved
 * @tail: end of the bytes made
 */
struct stream {
	uint64_t rng;
	uint64_t left;
	unsigned char *buf;
	size_t head;
	size_t tail;
};

static uint64_t xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void stream_init(struct stream *s, uint64_t seed, uint64_t bytes)
{
	s->rng = seed;
	s->left = bytes;
	s->buf = malloc(CHUNK_MAX);
	if (!s->buf)
		die("no memory");
	s->head = 0;
	s->tail = 0;
}

/* Makes the next CHUNK_MAX bytes once all earlier ones were moved. */
static void stream_fill(struct stream *s)
{
	uint64_t word;
	size_t i;

	if (s->head < s->tail)
		return;
	for (i = 0; i < CHUNK_MAX; i += sizeof(word)) {
		word = xorshift(&s->rng);
		memcpy(s->buf + i, &word, sizeof(word));
	}
	s->head = 0;
	s->tail = CHUNK_MAX;
}

/* A random length: mostly any, one in four tiny, never more than there is. */
static size_t chunk_len(struct stream *s, uint64_t *dice)
{
	size_t max = s->tail - s->head;
	size_t len = xorshift(dice) % CHUNK_MAX + 1;

	if (xorshift(dice) % 4 == 0)
		len = len % 1500 + 1;
	if (len > max)
		len = max;
	return len < s->left ? len : s->left;
}

static ssize_t send_some(int fd, struct stream *s, uint64_t *dice)
{
	size_t len, half;
	struct iovec iov[2];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	unsigned char *at;

	stream_fill(s);
	len = chunk_len(s, dice);
	half = len / 2;
	at = s->buf + s->head;
	iov[0] = (struct iovec){ at, half };
	iov[1] = (struct iovec){ at + half, len - half };
	switch (xorshift(dice) % 5) {
	case 0:
		return send(fd, at, len, MSG_NOSIGNAL);
	case 1:
		return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	case 2:
		/* A held-back tail would wait for ever at the very end. */
		return send(fd, at, len, MSG_NOSIGNAL |
			    (len < s->left ? MSG_MORE : 0));
	case 3:
		return writev(fd, iov, 2);
	default:
		return write(fd, at, len);
	}
}

static void pump_out(int fd, struct stream *s, uint64_t *dice)
{
	ssize_t n = send_some(fd, s, dice);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		die("send with %llu bytes left", (unsigned long long)s->left);
	s->head += n;
	s->left -= n;
	if (!s->left && shutdown(fd, SHUT_WR))
		die("shutdown");
}

static ssize_t recv_some(int fd, unsigned char *buf, uint64_t *dice)
{
	size_t len = xorshift(dice) % CHUNK_MAX + 1;
	struct iovec iov[2] = {
		{ buf, len / 3 }, { buf + len / 3, len - len / 3 },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	switch (xorshift(dice) % 4) {
	case 0:
		return recv(fd, buf, len, MSG_DONTWAIT);
	case 1:
		return recvmsg(fd, &msg, 0);
	case 2:
		return readv(fd, iov, 2);
	default:
		return read(fd, buf, len);
	}
}

/* Compares what came with the stream expected. Returns false at the end. */
static bool pump_in(int fd, struct stream *s, uint64_t *dice)
{
	static unsigned char buf[CHUNK_MAX];
	ssize_t n = recv_some(fd, buf, dice);
	size_t at, part;

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n < 0)
		die("receive with %llu bytes left", (unsigned long long)s->left);
	if (n == 0 && s->left)
		die("end of stream %llu bytes early", (unsigned long long)s->left);
	if ((uint64_t)n > s->left)
		die("more bytes than were sent");
	for (at = 0; at < (size_t)n; at += part) {
		stream_fill(s);
		part = s->tail - s->head;
		if (part > n - at)
			part = n - at;
		if (memcmp(buf + at, s->buf + s->head, part))
			die("wrong bytes with %llu left", (unsigned long long)s->left);
		s->head += part;
		s->left -= part;
	}
	return n > 0;
}

/* What poll(2) says is wrong, with the socket's error. */
static void die_of(int fd, short revents)
{
	socklen_t len = sizeof(errno);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errno, &len))
		die("getsockopt");
	die("poll says %#x", revents);
}

static void transfer(int fd, bool listener, uint64_t bytes)
{
	uint64_t dice = 88172645463325252ULL + getpid();
	struct pollfd pfd = { .fd = fd };
	struct stream out, in;
	bool more = true;

	stream_init(&out, listener ? 0x1234567 : 0x89abcdef, bytes);
	stream_init(&in, listener ? 0x89abcdef : 0x1234567, bytes);
	while (out.left || more) {
		pfd.events = (out.left ? POLLOUT : 0) | (more ? POLLIN : 0);
		if (poll(&pfd, 1, -1) < 0)
			die("poll");
		if (pfd.revents & (POLLERR | POLLNVAL))
			die_of(fd, pfd.revents);
		if (more && (pfd.revents & (POLLIN | POLLHUP)))
			more = pump_in(fd, &in, &dice);
		if (out.left && (pfd.revents & POLLOUT))
			pump_out(fd, &out, &dice);
	}
	printf("ok: %llu bytes each way\n", (unsigned long long)bytes);
}

static int open_listener(enum stack stack, const union addr *addr)
{
	int one = 1, listener;

	listener = stack_socket(stack, addr->sa.sa_family, 0);
	if (listener < 0)
		die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, &addr->sa, addr_len(addr)) || listen(listener, 8))
		die("listen");
	return listener;
}

static int accept_one(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

	if (fd < 0)
		die("accept");
	close(listener);
	return fd;
}

static int open_client(enum stack stack, const union addr *addr)
{
	int fd = stack_socket(stack, addr->sa.sa_family, SOCK_NONBLOCK);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err;

	if (fd < 0)
		die("socket");
	if (connect(fd, &addr->sa, addr_len(addr)) && errno != EINPROGRESS)
		die("connect");
	if (poll(&pfd, 1, -1) < 0)
		die("poll");
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		die("SO_ERROR");
	errno = err;
	if (err)
		die("connect");
	return fd;
}

static void enter_netns(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s", path);
	close(fd);
}

/* The child is the client; returns what became of both. */
static int both_ends(int listener, enum stack client, const char *netns,
		     const union addr *addr, uint64_t bytes)
{
	pid_t pid = fork();
	int fd, status;

	if (pid < 0)
		die("fork");
	if (!pid) {
		/* Its alarm is not inherited. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(listener);
		if (netns)
			enter_netns(netns);
		fd = open_client(client, addr);
		transfer(fd, false, bytes);
		close(fd);
		exit(0);
	}
	fd = accept_one(listener);
	transfer(fd, true, bytes);
	close(fd);
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	return status ? 1 : 0;
}

int main(int argc, char **argv)
{
	enum stack stack = STACK_TCP, client = STACK_TCP;
	const char *netns = NULL;
	const char *text = "0.0.0.0";
	uint64_t bytes = 1 << 20;
	uint16_t port = 8000;
	bool listener = false, both = false;
	union addr addr;
	int opt, fd;

	while ((opt = getopt(argc, argv, "ls:a:p:n:t:b:N:")) != -1) {
		switch (opt) {
		case 'l':
			listener = true;
			break;
		case 's':
			stack = stack_parse(optarg);
			break;
		case 'a':
			text = optarg;
			break;
		case 'p':
			port = atoi(optarg);
			break;
		case 'n':
			bytes = strtoull(optarg, NULL, 0);
			break;
		case 't':
			alarm(atoi(optarg));
			break;
		case 'b':
			both = true;
			client = stack_parse(optarg);
			break;
		case 'N':
			netns = optarg;
			break;
		default:
			return 2;
		}
	}
	addr_parse(&addr, text, port);
	if (listener && both)
		return both_ends(open_listener(stack, &addr), client, netns,
				 &addr, bytes);
	fd = listener ? accept_one(open_listener(stack, &addr)) :
			open_client(stack, &addr);
	transfer(fd, listener, bytes);
	close(fd);
	return 0;
}
