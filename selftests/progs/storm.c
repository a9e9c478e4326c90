// SPDX-License-Identifier: GPL-2.0
/*
 * Short connections as many as there can be, on all CPUs, each of which says whose it is.
 *
 * storm -s STACK -a ADDR -p PORT -t SECONDS -j CLIENTS [-S SEED] [-m]
 *
 * Each client sends a ticket with its own port and a number that nobody else has; the server
 * compares the port with its peer's and sends the ticket back. One of them ends the connection,
 * by FIN or RST; or the client leaves as soon as it is connected, or connects the same socket
 * once more, or takes a port that it had a moment ago. -m: another listener of the group comes
 * and goes, accepting nothing. Prints how many tickets came back, how many conversations broke
 * that nobody had broken, and how many tickets were another's: "made N broken N wrong N".
 */
#include "stack.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVERS		3
#define PATIENCE	60	/* seconds, for a machine that is slow */

/* What becomes of a connection: the client's choice. */
enum end {
	END_FIN,	/* the client closes first */
	END_SERVER_FIN,
	END_RST,	/* the client */
	END_SERVER_RST,
	END_AGAIN,	/* the client, who takes the same socket for the next one */
	END_AT_ONCE,	/* the client, who says nothing */
	END_MAX,
};

/**
 * struct ticket - what a connection says of itself
 * @client: number of the client
 * @count: of its connections
 * @port: of the client, as it knows it; network order
 * @end: enum end
 */
struct ticket {
	uint32_t client;
	uint32_t count;
	uint16_t port;
	uint16_t end;
};

/**
 * struct figures - of all processes
 * @made: tickets that came back
 * @broken: conversations that ended early, and nobody had wanted it
 * @wrong: tickets of another, on either side
 * @over: no more of them
 */
struct figures {
	unsigned long made;
	unsigned long broken;
	unsigned long wrong;
	int over;
};

static struct figures *figures;
static enum stack stack = STACK_ATCP;
static union addr addr;

static void count(unsigned long *figure)
{
	__atomic_add_fetch(figure, 1, __ATOMIC_RELAXED);
}

static bool is_over(void)
{
	return __atomic_load_n(&figures->over, __ATOMIC_RELAXED);
}

static void set_int(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

static void be_abrupt(int fd)
{
	struct linger abort = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
}

static void be_patient(int fd)
{
	struct timeval most = { .tv_sec = PATIENCE };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
}

static int new_listener(int backlog)
{
	int fd = stack_socket(stack, addr.sa.sa_family, 0);

	if (fd < 0)
		die("socket");
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (bind(fd, &addr.sa, addr_len(&addr)) || listen(fd, backlog))
		die("listen on %s", addr_text(&addr));
	return fd;
}

/* The port of one end as the socket has it. */
static uint16_t port_of(int fd, int (*name)(int fd, struct sockaddr *sa, socklen_t *len))
{
	union addr there = { .sa.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(there);

	if (name(fd, &there.sa, &len))
		return 0;
	return htons(addr_port(&there));
}

static int port_peer(int fd, struct sockaddr *sa, socklen_t *len)
{
	return getpeername(fd, sa, len);
}

static int port_own(int fd, struct sockaddr *sa, socklen_t *len)
{
	return getsockname(fd, sa, len);
}

static void serve_one(int fd)
{
	struct ticket ticket;
	uint16_t port = port_of(fd, port_peer);

	be_patient(fd);
	if (recv(fd, &ticket, sizeof(ticket), MSG_WAITALL) != sizeof(ticket))
		return;
	if (port && ticket.port != port)
		count(&figures->wrong);
	if (send(fd, &ticket, sizeof(ticket), MSG_NOSIGNAL) != sizeof(ticket))
		return;
	if (ticket.end == END_SERVER_RST || ticket.end == END_SERVER_FIN) {
		/* Not before the client has all of it: it says so. */
		if (recv(fd, &ticket, 1, 0) == 1 && ticket.end == END_SERVER_RST)
			be_abrupt(fd);
	} else {
		recv(fd, &ticket, 1, 0);
	}
}

static void serve(int lfd)
{
	while (!is_over()) {
		int fd = accept(lfd, NULL, NULL);

		if (fd < 0)
			continue;
		serve_one(fd);
		close(fd);
	}
}

/* Members of the group that accept nothing: what they have queued goes to the others. */
static void come_and_go(void)
{
	while (!is_over()) {
		int fd = new_listener(16);

		usleep(random() % 20000);
		close(fd);
	}
}

static void move_to_some_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(random() % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* A port of a few, so that one is taken again soon. */
static void take_port(int fd, unsigned int client)
{
	union addr own = addr;

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	own.v4.sin_port = htons(10000 + client * 8 + random() % 8);
	bind(fd, &own.sa, addr_len(&own));
}

/* False: it did not come to an end of its own. */
static bool converse(int fd, struct ticket *ticket)
{
	struct ticket back;

	ticket->port = port_of(fd, port_own);
	if (send(fd, ticket, sizeof(*ticket), MSG_NOSIGNAL) != sizeof(*ticket) ||
	    recv(fd, &back, sizeof(back), MSG_WAITALL) != sizeof(back))
		return false;
	if (memcmp(&back, ticket, sizeof(back)))
		count(&figures->wrong);
	count(&figures->made);
	if (ticket->end == END_SERVER_FIN || ticket->end == END_SERVER_RST) {
		send(fd, "", 1, MSG_NOSIGNAL);
		recv(fd, &back, 1, 0);
	}
	return true;
}

static void one_client(struct ticket *ticket)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int fd = stack_socket(stack, addr.sa.sa_family, 0);
	bool asked = !(random() % 8);
	int again;

	if (fd < 0)
		return;
	be_patient(fd);
	ticket->end = random() % END_MAX;
	if (asked)
		take_port(fd, ticket->client);
	for (again = ticket->end == END_AGAIN ? random() % 4 : 0; again >= 0; again--) {
		ticket->count++;
		if (connect(fd, &addr.sa, addr_len(&addr))) {
			/* One that was asked for may be in use, or its last life not over. */
			if (!asked && !is_over())
				count(&figures->broken);
			break;
		}
		if (ticket->end == END_AT_ONCE)
			break;
		if (!converse(fd, ticket)) {
			if (!asked && !is_over())
				count(&figures->broken);
			break;
		}
		if (ticket->end == END_AGAIN)
			connect(fd, &nobody, sizeof(nobody));
	}
	if (ticket->end == END_RST || ticket->end == END_AT_ONCE)
		be_abrupt(fd);
	close(fd);
}

static void be_client(unsigned int number)
{
	struct ticket ticket = { .client = number };

	while (!is_over()) {
		if (!(ticket.count % 16))
			move_to_some_cpu();
		one_client(&ticket);
	}
}

/* One of the processes, with a seed of its own. */
static bool begin(unsigned int seed)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return false;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom(seed);
	return true;
}

int main(int argc, char **argv)
{
	unsigned int seconds = 5, clients = 4, seed = 1, i;
	const char *address = "127.0.0.1";
	bool groups = false;
	uint16_t port = 0;
	int opt, lfd;

	while ((opt = getopt(argc, argv, "s:a:p:t:j:S:m")) != -1) {
		switch (opt) {
		case 's':
			stack = stack_parse(optarg);
			break;
		case 'a':
			address = optarg;
			break;
		case 'p':
			port = atoi(optarg);
			break;
		case 't':
			seconds = atoi(optarg);
			break;
		case 'j':
			clients = atoi(optarg);
			break;
		case 'S':
			seed = atoi(optarg);
			break;
		case 'm':
			groups = true;
			break;
		default:
			return 2;
		}
	}
	addr_parse(&addr, address, port);
	figures = mmap(NULL, sizeof(*figures), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (figures == MAP_FAILED)
		die("mmap");
	lfd = new_listener(4096);
	for (i = 0; i < SERVERS; i++)
		if (begin(seed * 1000 + i)) {
			serve(lfd);
			_exit(0);
		}
	if (groups && begin(seed * 1000 + i)) {
		come_and_go();
		_exit(0);
	}
	for (i = 0; i < clients; i++)
		if (begin(seed * 1000 + 100 + i)) {
			be_client(i);
			_exit(0);
		}
	sleep(seconds);
	__atomic_store_n(&figures->over, 1, __ATOMIC_RELAXED);
	/* Servers that wait for one more, and who waits for them. */
	shutdown(lfd, SHUT_RDWR);
	while (wait(NULL) > 0)
		;
	printf("made %lu broken %lu wrong %lu\n", figures->made, figures->broken, figures->wrong);
	return 0;
}
