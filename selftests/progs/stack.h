/* SPDX-License-Identifier: GPL-2.0 */
/* Chooses the TCP under test by name, for every selftest program. */
#ifndef SELFTESTS_STACK_H
#define SELFTESTS_STACK_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <linux/atcp.h>

/**
 * enum stack - which TCP a socket belongs to
 * @STACK_TCP: the kernel's own ("tcp")
 * @STACK_ATCP: atcp by IPPROTO_ATCP under AF_INET and AF_INET6 ("atcp")
 * @STACK_DOOR: atcp by its own family AF_ATCP ("door")
 */
enum stack {
	STACK_TCP,
	STACK_ATCP,
	STACK_DOOR,
};

/**
 * union addr - an address of either family
 * @sa: as the calls take it
 * @v4: IPv4 view
 * @v6: IPv6 view
 */
union addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

enum stack stack_parse(const char *name);
const char *stack_name(enum stack stack);
int stack_socket(enum stack stack, int family, int flags);
socklen_t addr_len(const union addr *addr);
void addr_loopback(union addr *addr, int family, uint16_t port);
void addr_parse(union addr *addr, const char *text, uint16_t port);
uint16_t addr_port(const union addr *addr);
const char *addr_text(const union addr *addr);
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
