// SPDX-License-Identifier: GPL-2.0
/*
 * Two sockets that want one port: of one stack, or one of the kernel's TCP
 * and one of atcp, in both orders. What the second one is told is compared
 * with what the kernel's TCP tells a second socket of its own. Between the
 * stacks SO_REUSEPORT shares nothing: a port has one owner.
 *
 * ports [-s STACK]     prints KTAP
 * ports -c N           beside N sockets on the port, each with an address of its own
 */
#include "stack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT	9100

enum reuse {
	REUSE_NONE,
	REUSE_ADDR,
	REUSE_PORT,
	REUSE_MAX,
};

static const char * const reuse_names[] = { "none", "addr", "port" };

/**
 * struct place - where a socket binds
 * @name: in the output
 * @text: the address
 * @v6only: with IPV6_V6ONLY
 */
struct place {
	const char *name;
	const char *text;
	bool v6only;
};

enum { ANY4, ONE4, TWO4, ANY6, ONE6, ONLY6, MAPPED };

static const struct place places[] = {
	[ANY4] = { "0.0.0.0", "0.0.0.0", false },
	[ONE4] = { "127.0.0.1", "127.0.0.1", false },
	[TWO4] = { "127.0.0.2", "127.0.0.2", false },
	[ANY6] = { ":: dual", "::", false },
	[ONE6] = { "::1", "::1", false },
	[ONLY6] = { ":: v6only", "::", true },
	[MAPPED] = { "::ffff:127.0.0.1", "::ffff:127.0.0.1", false },
};

static const int pairs[][2] = {
	{ ANY4, ANY4 }, { ANY4, ONE4 }, { ONE4, ANY4 }, { ONE4, ONE4 },
	{ ONE4, TWO4 }, { ANY6, ANY6 }, { ANY6, ONE6 }, { ONE6, ANY6 },
	{ ONE6, ONE6 }, { ONE6, ONE4 }, { ANY6, ANY4 }, { ANY4, ANY6 },
	{ ANY6, ONE4 }, { ONE4, ANY6 }, { ONLY6, ANY4 }, { ANY4, ONLY6 },
	{ MAPPED, ONE4 }, { ONE4, MAPPED }, { MAPPED, ANY6 }, { ONLY6, MAPPED },
};

/**
 * struct end - one of the two sockets
 * @stack: whose it is
 * @place: where it binds
 * @reuse: with which option
 * @listens: and whether it listens
 */
struct end {
	enum stack stack;
	const struct place *place;
	enum reuse reuse;
	bool listens;
};

static int open_end(const struct end *end, union addr *addr)
{
	int one = 1, zero = 0, fd;

	addr_parse(addr, end->place->text, PORT);
	fd = stack_socket(end->stack, addr->sa.sa_family, 0);
	if (fd < 0)
		die("socket");
	if (addr->sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
			   end->place->v6only ? &one : &zero, sizeof(one));
	if (end->reuse == REUSE_ADDR)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (end->reuse == REUSE_PORT)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	return fd;
}

static const char *told(int ret)
{
	return ret ? strerrorname_np(errno) : "ok";
}

/* Writes what @b was told after @a had the port, and then @a again. */
static void try_pair(const struct end *a, const struct end *b, char *out,
		     size_t size)
{
	union addr addr_a, addr_b;
	int fd_a = open_end(a, &addr_a), fd_b = open_end(b, &addr_b);
	int n = 0, ret;

	if (bind(fd_a, &addr_a.sa, addr_len(&addr_a)))
		die("first bind to %s", a->place->name);
	if (a->listens && listen(fd_a, 1))
		die("first listen on %s", a->place->name);
	ret = bind(fd_b, &addr_b.sa, addr_len(&addr_b));
	n += snprintf(out + n, size - n, "bind %s", told(ret));
	if (!ret && b->listens)
		n += snprintf(out + n, size - n, ", listen %s",
			      told(listen(fd_b, 1)));
	if (!a->listens)
		n += snprintf(out + n, size - n, ", first's listen %s",
			      told(listen(fd_a, 1)));
	close(fd_a);
	if (ret)
		snprintf(out + n, size - n, ", freed %s",
			 told(bind(fd_b, &addr_b.sa, addr_len(&addr_b))));
	close(fd_b);
}

/* What the kernel's TCP does: between stacks as if SO_REUSEPORT were off. */
static void reference(struct end a, struct end b, char *out, size_t size)
{
	if (a.stack != b.stack) {
		a.reuse = a.reuse == REUSE_PORT ? REUSE_NONE : a.reuse;
		b.reuse = b.reuse == REUSE_PORT ? REUSE_NONE : b.reuse;
	}
	a.stack = STACK_TCP;
	b.stack = STACK_TCP;
	try_pair(&a, &b, out, size);
}

/* Every combination of options and listening; returns how many differ. */
static int compare_places(struct end *a, struct end *b)
{
	char want[128], got[128];
	int bad = 0, i;

	for (i = 0; i < REUSE_MAX * REUSE_MAX * 4; i++) {
		a->reuse = i / 4 % REUSE_MAX;
		b->reuse = i / 4 / REUSE_MAX;
		a->listens = i & 1;
		b->listens = i & 2;
		reference(*a, *b, want, sizeof(want));
		try_pair(a, b, got, sizeof(got));
		if (!strcmp(want, got))
			continue;
		bad++;
		printf("# first %s%s, second %s%s: wanted %s; got %s\n",
		       reuse_names[a->reuse], a->listens ? " listens" : "",
		       reuse_names[b->reuse], b->listens ? " listens" : "",
		       want, got);
	}
	return bad;
}

static int bind_to(enum stack stack, const char *text)
{
	union addr addr;
	int fd;

	addr_parse(&addr, text, PORT);
	fd = stack_socket(stack, addr.sa.sa_family, 0);
	if (fd < 0)
		die("socket");
	if (!bind(fd, &addr.sa, addr_len(&addr)))
		return fd;
	close(fd);
	return -1;
}

/* Makes @n owners of the port, which stay. */
static void crowd(enum stack stack, unsigned int n)
{
	char text[32];
	unsigned int i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "127.1.%u.%u", i >> 8, i & 255);
		if (bind_to(stack, text) < 0)
			die("bind to %s", text);
	}
}

/* Each of the crowd is still in the way of its own address, of any, and of nothing else. */
static bool crowd_is_told_apart(enum stack stack, unsigned int n)
{
	static const char * const taken[] = { "127.1.0.0", "::ffff:127.1.0.1", "0.0.0.0", "::" };
	char last[32];
	unsigned int i;
	int fd = bind_to(stack, "127.2.0.0");
	bool right = fd >= 0;

	close(fd);
	snprintf(last, sizeof(last), "127.1.%u.%u", (n - 1) >> 8, (n - 1) & 255);
	right = right && bind_to(stack, last) < 0 && errno == EADDRINUSE;
	for (i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		right = right && bind_to(stack, taken[i]) < 0 && errno == EADDRINUSE;
	return right;
}

/* A socket bound to a multicast address has another one as soon as it connects. */
static bool moved_is_seen(enum stack stack)
{
	int lsk, fd = bind_to(stack, "224.0.0.5");
	union addr addr;
	bool right;

	addr_parse(&addr, "127.0.0.1", PORT + 1);
	lsk = stack_socket(stack, AF_INET, 0);
	if (fd < 0 || lsk < 0 || bind(lsk, &addr.sa, addr_len(&addr)) || listen(lsk, 1) ||
	    connect(fd, &addr.sa, addr_len(&addr)))
		die("a connection from a socket of a multicast address");
	right = bind_to(stack, "127.0.0.1") < 0 && errno == EADDRINUSE;
	close(fd);
	close(lsk);
	return right;
}

static bool has_own_address(const struct place *place)
{
	return place != &places[ANY4] && place != &places[ANY6] && place != &places[ONLY6];
}

int main(int argc, char **argv)
{
	enum stack stack = STACK_ATCP;
	unsigned int i, beside = 0, done = 0;
	int opt, order, bad, all = 0;

	while ((opt = getopt(argc, argv, "s:c:")) != -1) {
		if (opt == 's')
			stack = stack_parse(optarg);
		else if (opt == 'c')
			beside = strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	printf("TAP version 13\n");
	if (beside) {
		crowd(stack, beside);
		bad = !crowd_is_told_apart(stack, beside);
		printf("%sok %u each of %u is in the way of its own address alone\n",
		       bad ? "not " : "", ++done, beside);
		all += bad;
		bad = !moved_is_seen(stack);
		printf("%sok %u one whose address changes too\n", bad ? "not " : "", ++done);
		all += bad;
	}
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		if (beside && !(has_own_address(&places[pairs[i][0]]) &&
				has_own_address(&places[pairs[i][1]])))
			continue;
		for (order = 0; order < 3; order++) {
			struct end a = { .stack = order == 1 ? STACK_TCP : stack };
			struct end b = { .stack = order == 2 ? STACK_TCP : stack };

			a.place = &places[pairs[i][0]];
			b.place = &places[pairs[i][1]];
			bad = compare_places(&a, &b);
			all += bad;
			printf("%sok %u %s has %s, then %s wants %s\n",
			       bad ? "not " : "", ++done, stack_name(a.stack),
			       a.place->name, stack_name(b.stack), b.place->name);
		}
	}
	printf("1..%u\n", done);
	return all ? 1 : 0;
}
