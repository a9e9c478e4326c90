// SPDX-License-Identifier: GPL-2.0
/*
 * One knob has one name wherever it is typed: what a listener calls overflow is
 * overflow_policy in the namespace, and either name is taken in either scope. A name
 * that is none is answered with the nearest one, and Linux's with ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "atcpctl.h"
#include "file.h"
#include "knob.h"
#include "lknob.h"

/* Further from what was typed than so many letters it is another word. */
#define ATCP_ALIAS_NEAR	2
/* Or one in so many. */
#define ATCP_ALIAS_PART	4
/* The longest name that is compared. */
#define ATCP_ALIAS_LONGEST	64

static const struct {
	const char *netns;
	const char *listener;
} atcp_alias_pairs[] = {
	{ "overflow_policy", "overflow" },
	{ "migrate_req", "migrate" },
	{ "max_syn_backlog", "syn_backlog" },
};

/**
 * atcp_alias_name() - what a knob is called in a scope
 * @name: as typed, maybe of another scope
 * @scope: where
 *
 * Return: that scope's name, or @name.
 */
const char *atcp_alias_name(const char *name, enum atcp_key_scope scope)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atcp_alias_pairs); i++) {
		if (scope == ATCP_KEY_NETNS && !strcmp(atcp_alias_pairs[i].listener, name))
			return atcp_alias_pairs[i].netns;
		if (scope == ATCP_KEY_LISTENER && !strcmp(atcp_alias_pairs[i].netns, name))
			return atcp_alias_pairs[i].listener;
	}
	return name;
}

/* Letters to insert, remove or replace (Levenshtein). */
static size_t atcp_alias_distance(const char *a, const char *b)
{
	size_t row[ATCP_ALIAS_LONGEST + 1], i, n, left, up, best;
	size_t length = strlen(b);

	if (length > ATCP_ALIAS_LONGEST || strlen(a) > ATCP_ALIAS_LONGEST)
		return ATCP_ALIAS_LONGEST;
	for (n = 0; n <= length; n++)
		row[n] = n;
	for (i = 0; a[i]; i++) {
		left = row[0];
		row[0] = i + 1;
		for (n = 0; n < length; n++) {
			up = row[n + 1];
			best = left + (a[i] != b[n]);
			if (up + 1 < best)
				best = up + 1;
			if (row[n] + 1 < best)
				best = row[n] + 1;
			left = up;
			row[n + 1] = best;
		}
	}
	return row[length];
}

/* Linux's name without what it begins with, NULL if it is none of Linux's (linux-names.rst). */
static const char *atcp_alias_linux(const char *name)
{
	static const char *const prefixes[] = {
		"net.ipv4.tcp_", "net/ipv4/tcp_", "net.core.", "net/core/",
		"net.ipv4.ip_", "net/ipv4/ip_", "net.ipv4.ping_", "net/ipv4/ping_", "tcp_",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	return NULL;
}

/**
 * atcp_alias_nearer() - is a name nearer to what was typed than those before?
 * @typed: what was typed
 * @name: one that there is
 * @least: how near the nearest was, 0 if there was none yet; renewed
 *
 * Return: it is, and near enough to have been meant.
 */
bool atcp_alias_nearer(const char *typed, const char *name, size_t *least)
{
	size_t part = strlen(typed) / ATCP_ALIAS_PART;
	size_t most = part > ATCP_ALIAS_NEAR ? part : ATCP_ALIAS_NEAR;
	size_t distance = atcp_alias_distance(typed, name);

	if (distance > most || distance * 2 > strlen(typed) || (*least && distance >= *least))
		return false;
	*least = distance;
	return true;
}

static const char *atcp_alias_nearest(const char *name, enum atcp_key_scope scope)
{
	size_t count = scope == ATCP_KEY_LISTENER ? atcp_lknob_count : atcp_knob_count;
	const char *one, *nearest = NULL;
	size_t i, least = 0;

	for (i = 0; i < count; i++) {
		one = scope == ATCP_KEY_LISTENER ? atcp_lknob_table[i].name :
						   atcp_knob_table[i].name;
		if (atcp_alias_nearer(name, one, &least))
			nearest = one;
	}
	return nearest;
}

/* Linux's own knobs that hold for atcp too ("itself" in linux-names.rst), and how they begin. */
static const char *atcp_alias_itself(const char *bare, const char **before)
{
	static const struct {
		const char *before;
		const char *bare;
	} all[] = {
		{ "net.ipv4.tcp_", "early_demux" },
		{ "net.ipv4.ip_", "local_reserved_ports" },
		{ "net.ipv4.ip_", "unprivileged_port_start" },
		{ "net.ipv4.ip_", "nonlocal_bind" },
		{ "net.ipv4.ip_", "autobind_reuse" },
		{ "net.ipv4.ip_", "no_pmtu_disc" },
		{ "net.ipv4.ip_", "default_ttl" },
		{ "net.core.", "rmem_max" },
		{ "net.core.", "wmem_max" },
		{ "net.core.", "optmem_max" },
		{ "net.core.", "default_qdisc" },
		{ "net.core.", "busy_poll" },
		{ "net.core.", "busy_read" },
		{ "net.core.", "rps_sock_flow_entries" },
		{ "net.core.", "tstamp_allow_data" },
		{ "net.core.", "txrehash" },
		{ "net.core.", "high_order_alloc_disable" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i].bare, bare)) {
			*before = all[i].before;
			return all[i].bare;
		}
	return NULL;
}

/**
 * atcp_alias_hint() - what may have been meant by a name that is none
 * @name: as typed
 * @scope: where it was looked for
 *
 * Return: the end of a message, to be freed; empty if nothing comes to mind.
 */
char *atcp_alias_hint(const char *name, enum atcp_key_scope scope)
{
	const char *linux_name = atcp_alias_linux(name);
	const char *found = NULL, *before;

	if (linux_name) {
		if (scope == ATCP_KEY_LISTENER && atcp_lknob_find(linux_name))
			found = linux_name;
		if (scope != ATCP_KEY_LISTENER && atcp_knob_find(linux_name))
			found = linux_name;
		if (found)
			return atcp_file_format("; that is the kernel's TCP's, and atcp's is %s%s",
						scope == ATCP_KEY_NETNS ? "net.atcp." : "", found);
		found = atcp_alias_itself(linux_name, &before);
		if (found)
			return atcp_file_format("; the kernel's own holds for atcp, too: "
						"sysctl %s%s", before, found);
		return atcp_file_format("; atcp has no such knob of Linux's TCP");
	}
	if (scope == ATCP_KEY_NETNS && !strcmp(name, "backlog"))
		return atcp_file_format("; did you mean somaxconn, or a listener's backlog?");
	if (scope == ATCP_KEY_LISTENER && !strcmp(name, "somaxconn"))
		return atcp_file_format("; did you mean backlog?");
	found = atcp_alias_nearest(name, scope);
	return found ? atcp_file_format("; did you mean %s?", found) :
		       atcp_file_format("%s", "");
}
