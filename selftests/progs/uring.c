// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring on the sockets of one stack.
 *
 * uring STACK 4|6
 *
 * Accepts by one multishot request, sends and receives, and sends without a copy. Prints a line
 * "ok|not ok NAME" a case; the exit status says whether all were ok.
 */
#include "stack.h"

#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES	64
#define ACCEPT	1
#define CLIENTS	3
#define BLOCK	65536
#define BLOCKS	64

static struct io_uring ring;
static bool failed;
static char out[BLOCKS][BLOCK], in[BLOCK];

static void result(bool good, const char *name, int got)
{
	printf("%sok %s (%d)\n", good ? "" : "not ", name, got);
	failed |= !good;
}

static struct io_uring_sqe *request(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe)
		die("no room in the queue");
	return sqe;
}

/* What the next completion says; *@flags: its flags. */
static int complete(unsigned int *flags)
{
	struct io_uring_cqe *cqe;
	int res, err = io_uring_wait_cqe(&ring, &cqe);

	if (err)
		die("io_uring_wait_cqe: %s", strerror(-err));
	res = cqe->res;
	*flags = cqe->flags;
	io_uring_cqe_seen(&ring, cqe);
	return res;
}

static int listen_on(enum stack stack, int family, union addr *addr)
{
	int fd = stack_socket(stack, family, 0);
	socklen_t len = sizeof(*addr);

	addr_loopback(addr, family, 0);
	if (fd < 0 || bind(fd, &addr->sa, addr_len(addr)) || listen(fd, 8) ||
	    getsockname(fd, &addr->sa, &len))
		die("listen: %s", strerror(errno));
	return fd;
}

/* One request accepts all of them; the last pair is what is returned. */
static void accept_many(enum stack stack, int family, int pair[2])
{
	unsigned int flags = 0;
	struct io_uring_sqe *sqe;
	union addr addr;
	int i, fd = listen_on(stack, family, &addr);

	sqe = request();
	io_uring_prep_multishot_accept(sqe, fd, NULL, NULL, 0);
	io_uring_sqe_set_data64(sqe, ACCEPT);
	io_uring_submit(&ring);
	for (i = 0; i < CLIENTS; i++) {
		pair[0] = stack_socket(stack, family, 0);
		io_uring_prep_connect(request(), pair[0], &addr.sa, addr_len(&addr));
		io_uring_submit(&ring);
		/* The two completions come in either order; a connect's is 0. */
		pair[1] = complete(&flags);
		pair[1] += complete(&flags);
		result(pair[1] > 0, "accept, of many by one request", pair[1]);
	}
	io_uring_prep_cancel64(request(), ACCEPT, 0);
	io_uring_submit(&ring);
	complete(&flags);
	complete(&flags);
	close(fd);
}

static void there_and_back(const int pair[2])
{
	unsigned int flags;
	int n;

	io_uring_prep_send(request(), pair[0], out[1], 1000, MSG_WAITALL);
	io_uring_submit(&ring);
	n = complete(&flags);
	result(n == 1000, "send", n);
	io_uring_prep_recv(request(), pair[1], in, 1000, MSG_WAITALL);
	io_uring_submit(&ring);
	n = complete(&flags);
	result(n == 1000 && !memcmp(in, out[1], 1000), "recv", n);
	/* A request that waits is woken. */
	io_uring_prep_recv(request(), pair[0], in, 10, 0);
	io_uring_submit(&ring);
	if (write(pair[1], "0123456789", 10) != 10)
		die("write: %s", strerror(errno));
	n = complete(&flags);
	result(n == 10 && !memcmp(in, "0123456789", 10), "recv that waits", n);
}

/* Sends all without a copy, small pieces mixed in; reads and compares it; each is told of twice. */
static void zero_copy(const int pair[2])
{
	int i, n, sent = 0, told = 0, sizes = 0, wrong = 0, most = 0;
	unsigned int flags;

	for (i = 0; i < BLOCKS; i++) {
		int len = i % 5 ? BLOCK : 100 + i, got = 0;

		io_uring_prep_send_zc(request(), pair[0], out[i], len, MSG_WAITALL, 0);
		io_uring_submit(&ring);
		/* That others are done with is told of in between. */
		while (n = complete(&flags), flags & IORING_CQE_F_NOTIF)
			told++;
		sent += n == len;
		most += !!(flags & IORING_CQE_F_MORE);
		sizes += len;
		while (n == len && got < len) {
			ssize_t more = read(pair[1], in + got, len - got);

			if (more <= 0)
				die("read: %s", strerror(errno));
			got += more;
		}
		wrong += n == len && memcmp(in, out[i], len);
	}
	result(sent == BLOCKS, "send_zc", sent);
	result(!wrong, "send_zc: it is what was sent", wrong);
	while (told < most) {
		complete(&flags);
		told += flags & IORING_CQE_F_NOTIF ? 1 : BLOCKS;
	}
	result(told == most && told == sent, "send_zc: each is told of", told);
}

int main(int argc, char **argv)
{
	int i, j, pair[2], err = io_uring_queue_init(ENTRIES, &ring, 0);
	enum stack stack;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3)
		die("uring STACK 4|6");
	stack = stack_parse(argv[1]);
	if (err)
		die("io_uring_queue_init: %s", strerror(-err));
	for (i = 0; i < BLOCKS; i++)
		for (j = 0; j < BLOCK; j++)
			out[i][j] = (char)(i * 31 + j * 7 + (j >> 8));
	accept_many(stack, *argv[2] == '6' ? AF_INET6 : AF_INET, pair);
	there_and_back(pair);
	zero_copy(pair);
	io_uring_queue_exit(&ring);
	return failed;
}
