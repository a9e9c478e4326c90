// SPDX-License-Identifier: GPL-2.0
/*
 * Selectors of listeners: :80, 10.0.0.1:443, [::]:80, *:80, an address, an inode,
 * inode:N, id:N, or * for all. Addresses are compared as addresses, not as text.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "ltab.h"
#include "paste.h"
#include "select.h"

/* A whole number and nothing else. */
static int atcp_select_number(const char *word, unsigned long max,
			      unsigned long *number)
{
	char *end;

	if (*word < '0' || *word > '9')
		return -1;
	errno = 0;
	*number = strtoul(word, &end, 10);
	return errno || *end || *number > max ? -1 : 0;
}

static int atcp_select_address(char *text, struct atcp_select *sel)
{
	size_t len = strlen(text);

	if (!len || !strcmp(text, "*"))
		return 0;
	if (text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
	} else if (inet_pton(AF_INET, text, &sel->addr) == 1) {
		sel->family = AF_INET;
		return 0;
	}
	sel->family = AF_INET6;
	return inet_pton(AF_INET6, text, &sel->addr) == 1 ? 0 : -1;
}

/* [ADDRESS][:PORT]; an IPv6 address with a port is in brackets. */
static int atcp_select_local(const char *word, struct atcp_select *sel)
{
	char text[INET6_ADDRSTRLEN + 16], *colon;
	unsigned long port;

	sel->kind = ATCP_SELECT_LOCAL;
	sel->port = -1;
	if (strlen(word) >= sizeof(text))
		return -1;
	strcpy(text, word);
	colon = strrchr(text, ':');
	if (colon && (strchr(text, ':') == colon || colon[-1] == ']')) {
		if (strcmp(colon + 1, "*")) {
			if (atcp_select_number(colon + 1, 65535, &port))
				return -1;
			sel->port = port;
		}
		*colon = '\0';
	}
	return atcp_select_address(text, sel);
}

/**
 * atcp_select_parse() - understand a selector
 * @word: as typed
 * @sel: result
 *
 * Return: 0, or -1 if it is none.
 */
int atcp_select_parse(const char *word, struct atcp_select *sel)
{
	memset(sel, 0, sizeof(*sel));
	if (!*word)
		return -1;
	if (!strcmp(word, "*") || !strcmp(word, "all"))
		return 0;
	if (!strncmp(word, "id:", 3)) {
		sel->kind = ATCP_SELECT_ID;
		return atcp_select_number(word + 3, ~0UL, &sel->number);
	}
	sel->kind = ATCP_SELECT_INODE;
	if (!strncmp(word, "inode:", 6))
		return atcp_select_number(word + 6, ~0UL, &sel->number);
	if (!atcp_select_number(word, ~0UL, &sel->number))
		return 0;
	return atcp_select_local(word, sel);
}

/**
 * atcp_select_match_local() - does a selector by address and port mean this one?
 * @sel: the selector
 * @local: ADDRESS:PORT
 *
 * Return: it does.
 */
bool atcp_select_match_local(const struct atcp_select *sel, const char *local)
{
	struct atcp_select it = { 0 };

	if (sel->kind == ATCP_SELECT_ALL)
		return true;
	if (sel->kind != ATCP_SELECT_LOCAL || atcp_select_local(local, &it))
		return false;
	if (sel->port >= 0 && sel->port != it.port)
		return false;
	return !sel->family ||
	       (sel->family == it.family &&
		!memcmp(&sel->addr, &it.addr, sizeof(it.addr)));
}

/**
 * atcp_select_match() - does a selector mean this listener?
 * @sel: the selector
 * @l: the listener
 *
 * Return: it does.
 */
bool atcp_select_match(const struct atcp_select *sel,
		       const struct atcp_ltab_listener *l)
{
	switch (sel->kind) {
	case ATCP_SELECT_ID:
		return l->id == sel->number;
	case ATCP_SELECT_INODE:
		return l->inode == sel->number;
	default:
		return atcp_select_match_local(sel, l->local);
	}
}

/**
 * atcp_select_any() - does any of these selectors mean this listener?
 * @words: selectors, NULL at the end; none at all means every listener
 * @l: the listener
 *
 * Return: one does.
 */
bool atcp_select_any(char **words, const struct atcp_ltab_listener *l)
{
	struct atcp_select sel;

	if (!*words)
		return true;
	for (; *words; words++)
		if (!atcp_select_parse(*words, &sel) && atcp_select_match(&sel, l))
			return true;
	return false;
}

/**
 * atcp_select_bound() - does a connection to this address and port come to it?
 * @l: the listener
 * @addr: IPv4 as v4-mapped
 * @port: host order
 * @any: by being bound to any address, not to this one
 *
 * Return: it does.
 */
bool atcp_select_bound(const struct atcp_ltab_listener *l,
		       const struct in6_addr *addr, unsigned int port, bool any)
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(addr);
	struct atcp_select sel;

	if (atcp_select_parse(l->local, &sel) || sel.port != (int)port)
		return false;
	if (any)
		return !memcmp(&sel.addr, &in6addr_any, sizeof(*addr)) &&
		       (sel.family == AF_INET6 || v4);
	if (v4 && sel.family == AF_INET)
		return !memcmp(&sel.addr, addr->s6_addr + 12, 4);
	return sel.family == AF_INET6 && !memcmp(&sel.addr, addr, sizeof(*addr));
}

/**
 * atcp_select_check() - are all of these selectors?
 * @words: NULL at the end
 *
 * Return: 0, or -1 after a message.
 */
int atcp_select_check(char **words)
{
	struct atcp_select sel;

	for (; *words; words++) {
		if (!atcp_select_parse(*words, &sel))
			continue;
		atcp_main_warn("\"%s\" is no selector of listeners: [ADDRESS]:PORT, ADDRESS, an inode, inode:N, id:N or *",
			       *words);
		return -1;
	}
	return 0;
}

/**
 * atcp_select_none() - say that a selector matches nothing
 * @word: the selector
 */
void atcp_select_none(const char *word)
{
	struct atcp_select sel;

	/* It may match in another namespace. */
	if (atcp_options.among)
		return;
	if (!atcp_select_parse(word, &sel) && sel.kind == ATCP_SELECT_INODE &&
	    sel.number <= 65535 && strchr(word, ':') != word + 5)
		atcp_main_warn("no listener has the inode %s (a port is :%s)",
			       word, word);
	else
		atcp_main_warn("no listener matches \"%s\" (%s listeners shows them)",
			       word, atcp_paste_tool());
}

/**
 * atcp_select_missing() - say which selectors mean no listener
 * @tab: all listeners
 * @words: selectors, NULL at the end
 *
 * Return: how many of them.
 */
size_t atcp_select_missing(const struct atcp_ltab *tab, char **words)
{
	size_t missing = 0, i;
	char *word[2];

	for (; *words; words++) {
		word[0] = *words;
		word[1] = NULL;
		for (i = 0; i < tab->count; i++)
			if (atcp_select_any(word, &tab->all[i]))
				break;
		if (i == tab->count) {
			atcp_select_none(*words);
			missing++;
		}
	}
	return missing;
}
