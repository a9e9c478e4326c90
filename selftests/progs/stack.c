// SPDX-License-Identifier: GPL-2.0
/* Chooses the TCP under test by name, for every selftest program. */
#include "stack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char * const stack_names[] = {
	[STACK_TCP] = "tcp",
	[STACK_ATCP] = "atcp",
	[STACK_DOOR] = "door",
};

/* Prints why and ends the program with status 2: a test that could not run. */
void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (%s)\n", strerror(err));
	exit(2);
}

enum stack stack_parse(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(stack_names) / sizeof(*stack_names); i++)
		if (!strcmp(name, stack_names[i]))
			return i;
	errno = EINVAL;
	die("unknown stack %s", name);
}

const char *stack_name(enum stack stack)
{
	return stack_names[stack];
}

/* A stream socket of @stack; @flags may hold SOCK_NONBLOCK, SOCK_CLOEXEC. */
int stack_socket(enum stack stack, int family, int flags)
{
	int type = SOCK_STREAM | flags;

	switch (stack) {
	case STACK_TCP:
		return socket(family, type, IPPROTO_TCP);
	case STACK_ATCP:
		return socket(family, type, IPPROTO_ATCP);
	case STACK_DOOR:
		return socket(AF_ATCP, type, family == AF_INET6 ?
			      ATCP_PROTO_IPV6 : ATCP_PROTO_IPV4);
	}
	errno = EINVAL;
	return -1;
}

socklen_t addr_len(const union addr *addr)
{
	return addr->sa.sa_family == AF_INET6 ? sizeof(addr->v6) :
						sizeof(addr->v4);
}

void addr_loopback(union addr *addr, int family, uint16_t port)
{
	addr_parse(addr, family == AF_INET6 ? "::1" : "127.0.0.1", port);
}

/* Reads "1.2.3.4" or "fd99::1" (the family follows from the text). */
void addr_parse(union addr *addr, const char *text, uint16_t port)
{
	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, text, &addr->v4.sin_addr) == 1) {
		addr->v4.sin_family = AF_INET;
		addr->v4.sin_port = htons(port);
	} else if (inet_pton(AF_INET6, text, &addr->v6.sin6_addr) == 1) {
		addr->v6.sin6_family = AF_INET6;
		addr->v6.sin6_port = htons(port);
	} else {
		errno = EINVAL;
		die("bad address %s", text);
	}
}

uint16_t addr_port(const union addr *addr)
{
	return ntohs(addr->sa.sa_family == AF_INET6 ? addr->v6.sin6_port :
						      addr->v4.sin_port);
}

/* The address without its port, in a buffer that the next call overwrites. */
const char *addr_text(const union addr *addr)
{
	static char text[INET6_ADDRSTRLEN];

	if (addr->sa.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &addr->v6.sin6_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &addr->v4.sin_addr, text, sizeof(text));
	return text;
}
