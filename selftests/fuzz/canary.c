// SPDX-License-Identifier: GPL-2.0
/*
 * The canary: a process in a namespace of its own, with two old connections and fresh
 * ones, which have to work whatever happens next door.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include <linux/atcp.h>

#include "beside.h"
#include "fuzz.h"

#define PORT	7000
#define BLOCK	3000

static int line[2] = { -1, -1 };
static pid_t pid;
static char why[200];

/* Of one family: a listener and an old connection. */
static struct {
	int listener;
	int client;
	int server;
} pairs[2];

static bool bad(const char *what, bool v6)
{
	snprintf(why, sizeof(why), "%s, IPv%d: %s", what, v6 ? 6 : 4, strerror(errno));
	return false;
}

static int make(bool v6)
{
	struct timeval limit = { .tv_sec = 30 };
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, plan.protocol);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

static socklen_t loopback(bool v6, struct sockaddr_in6 *a)
{
	struct sockaddr_in *v4 = (void *)a;

	memset(a, 0, sizeof(*a));
	if (v6) {
		a->sin6_family = AF_INET6;
		a->sin6_port = htons(PORT);
		a->sin6_addr = in6addr_loopback;
		return sizeof(*a);
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(PORT);
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*v4);
}

/* A block there and back. */
static bool echo(int a, int b, bool v6, const char *what)
{
	char out[BLOCK], in[BLOCK];
	int way, swap;

	memset(out, getpid(), sizeof(out));
	for (way = 0; way < 2; way++) {
		if (send(a, out, BLOCK, MSG_NOSIGNAL) != BLOCK)
			return bad(what, v6);
		if (recv(b, in, BLOCK, MSG_WAITALL) != BLOCK)
			return bad(what, v6);
		if (memcmp(out, in, BLOCK)) {
			errno = EILSEQ;
			return bad(what, v6);
		}
		swap = a;
		a = b;
		b = swap;
	}
	return true;
}

static bool join_ends(bool v6, int *client, int *server)
{
	struct sockaddr_in6 a;
	socklen_t len = loopback(v6, &a);

	*client = make(v6);
	*server = -1;
	if (connect(*client, (struct sockaddr *)&a, len))
		return bad("connect", v6);
	*server = accept4(pairs[v6].listener, NULL, NULL, SOCK_CLOEXEC);
	return *server >= 0 || bad("accept", v6);
}

static bool begin(bool v6)
{
	struct sockaddr_in6 a;
	socklen_t len = loopback(v6, &a);

	pairs[v6].listener = make(v6);
	if (bind(pairs[v6].listener, (struct sockaddr *)&a, len) || listen(pairs[v6].listener, 8))
		return bad("listen", v6);
	return join_ends(v6, &pairs[v6].client, &pairs[v6].server);
}

/* No TIME-WAIT, no orphan: the module may be unloaded next. */
static void end(int *fd)
{
	struct linger hard = { .l_onoff = 1 };

	if (*fd >= 0) {
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(*fd);
	}
	*fd = -1;
}

static void leave(bool v6)
{
	end(&pairs[v6].client);
	end(&pairs[v6].server);
	end(&pairs[v6].listener);
}

static bool check(bool v6)
{
	int client = -1, server = -1;
	bool good;

	if (pairs[v6].listener < 0 && !begin(v6)) {
		leave(v6);
		return false;
	}
	good = echo(pairs[v6].client, pairs[v6].server, v6, "an old connection") &&
	       join_ends(v6, &client, &server) && echo(client, server, v6, "a fresh connection");
	end(&client);
	end(&server);
	/* The next one tries anew: what matters is that it works when it must. */
	if (!good)
		leave(v6);
	return good;
}

static void answer(void)
{
	char order;

	while (read(line[1], &order, 1) == 1) {
		strcpy(why, "k");
		if (order == 'p') {
			leave(false);
			leave(true);
		} else if (order == 'c' && check(false)) {
			check(true);
		}
		if (write(line[1], why, strlen(why) + 1) < 0)
			break;
	}
	_exit(0);
}

void canary_start(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line))
		fail("socketpair: %s", strerror(errno));
	pid = fork();
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(line[0]);
	memset(pairs, 0xff, sizeof(pairs));
	if (unshare(CLONE_NEWNET) || system("ip link set lo up"))
		fail("no namespace for the canary: %s", strerror(errno));
	answer();
}

static void order(char what, char *said, size_t size)
{
	size_t n = 0;

	if (write(line[0], &what, 1) != 1)
		fail("the canary is gone");
	while (n < size) {
		if (read(line[0], said + n, 1) != 1)
			fail("the canary is gone");
		if (!said[n++])
			return;
	}
}

/* Connections work; with faults on they only may. */
void canary_check(bool must)
{
	char said[sizeof(why)];

	order('c', said, sizeof(said));
	if (must && strcmp(said, "k")) {
		/* One that a fault has ended is not there any more when it is looked for. */
		if (plan.faults)
			order('c', said, sizeof(said));
		if (strcmp(said, "k"))
			fail("the canary: %s", said);
	}
}

/* It lets go of all sockets, so that the module can be unloaded; the next check makes new ones. */
void canary_pause(bool pause)
{
	char said[sizeof(why)];

	order(pause ? 'p' : 'r', said, sizeof(said));
}

void canary_end(void)
{
	close(line[0]);
	waitpid(pid, NULL, 0);
}
