/* SPDX-License-Identifier: GPL-2.0 */
/* Which listeners a word of the command line means. */
#ifndef ATCP_SELECT_H
#define ATCP_SELECT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct atcp_ltab;
struct atcp_ltab_listener;

/**
 * enum atcp_select_kind - what a selector goes by
 * @ATCP_SELECT_ALL: nothing: every listener
 * @ATCP_SELECT_LOCAL: address, port, or both
 * @ATCP_SELECT_INODE: inode of the socket
 * @ATCP_SELECT_ID: number in the namespace
 */
enum atcp_select_kind {
	ATCP_SELECT_ALL,
	ATCP_SELECT_LOCAL,
	ATCP_SELECT_INODE,
	ATCP_SELECT_ID,
};

/**
 * struct atcp_select - a parsed selector
 * @kind: what it goes by
 * @number: inode or id
 * @family: AF_INET or AF_INET6, 0 for any address
 * @addr: address, IPv4 in the first word
 * @port: port, -1 for any
 */
struct atcp_select {
	enum atcp_select_kind kind;
	unsigned long number;
	int family;
	struct in6_addr addr;
	int port;
};

int atcp_select_parse(const char *word, struct atcp_select *sel);
bool atcp_select_match(const struct atcp_select *sel,
		       const struct atcp_ltab_listener *l);
bool atcp_select_match_local(const struct atcp_select *sel, const char *local);
bool atcp_select_bound(const struct atcp_ltab_listener *l,
		       const struct in6_addr *addr, unsigned int port, bool any);
bool atcp_select_any(char **words, const struct atcp_ltab_listener *l);
int atcp_select_check(char **words);
size_t atcp_select_missing(const struct atcp_ltab *tab, char **words);
void atcp_select_none(const char *word);

#endif /* ATCP_SELECT_H */
