// SPDX-License-Identifier: GPL-2.0
/*
 * Reads lines of trace_pipe. The tracepoints print NAME=VALUE fields that are meant
 * to be read by programs, so no description of their binary form is needed:
 *
 *   <idle>-0 [001] ..s1. 12.345678: atcp_drop: reason=SynqFull family=2 sport=...
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "tevent.h"

/* @what is the field that says what happened; sport is the sender's in received ones. */
static const struct {
	const char *name;
	const char *what;
	enum atcp_tevent_kind kind;
	bool received;
} atcp_tevent_kinds[] = {
	{ "atcp_state", "newstate", ATCP_TEVENT_STATE, false },
	{ "atcp_drop", "reason", ATCP_TEVENT_DROP, true },
	{ "atcp_retransmit", "kind", ATCP_TEVENT_RETRANSMIT, false },
	{ "atcp_cookie", "verdict", ATCP_TEVENT_COOKIE, true },
	{ "atcp_flood", "event", ATCP_TEVENT_FLOOD, false },
	{ "atcp_queue", "event", ATCP_TEVENT_QUEUE, false },
};

/* The value of a field, "" if there is none. */
static void atcp_tevent_field(const char *rest, const char *name, char *value,
			      size_t size)
{
	const size_t len = strlen(name);
	const char *at = rest;
	size_t n;

	value[0] = '\0';
	while ((at = strstr(at, name)) != NULL) {
		if ((at == rest || at[-1] == ' ') && at[len] == '=') {
			at += len + 1;
			n = strcspn(at, "\n ");
			if (n >= size)
				n = size - 1;
			memcpy(value, at, n);
			value[n] = '\0';
			return;
		}
		at += len;
	}
}

/* A field that is a number, 0 if there is none. */
static unsigned long atcp_tevent_number(const char *rest, const char *name)
{
	char text[24];

	atcp_tevent_field(rest, name, text, sizeof(text));
	return strtoul(text, NULL, 10);
}

static void atcp_tevent_end(const char *rest, const char *addr, const char *port,
			    struct atcp_tevent_end *end)
{
	char text[INET6_ADDRSTRLEN];

	end->port = atcp_tevent_number(rest, port);
	atcp_tevent_field(rest, addr, text, sizeof(text));
	if (inet_pton(AF_INET6, text, &end->addr) != 1)
		memset(&end->addr, 0, sizeof(end->addr));
}

/* "CPU:1 [LOST 42 EVENTS]" */
static bool atcp_tevent_lost(const char *line, struct atcp_tevent *event)
{
	const char *lost = strstr(line, "[LOST ");

	if (!lost || strncmp(line, "CPU:", 4))
		return false;
	event->kind = ATCP_TEVENT_LOST;
	snprintf(event->what, sizeof(event->what), "%lu",
		 strtoul(lost + 6, NULL, 10));
	event->rest = "";
	return true;
}

/**
 * atcp_tevent_parse() - read one line
 * @line: of trace_pipe
 * @event: result; points into @line
 *
 * Return: is it an event of atcp's?
 */
bool atcp_tevent_parse(const char *line, struct atcp_tevent *event)
{
	const char *name = strstr(line, ": atcp_"), *colon, *start;
	size_t i, len;

	memset(event, 0, sizeof(*event));
	if (!name)
		return atcp_tevent_lost(line, event);
	/* The time stands before the name. */
	for (start = name; start > line && start[-1] != ' '; start--)
		;
	event->at = strtod(start, NULL);
	name += 2;
	colon = strchr(name, ':');
	if (!colon)
		return false;
	len = colon - name;
	for (i = 0; i < ARRAY_SIZE(atcp_tevent_kinds); i++)
		if (strlen(atcp_tevent_kinds[i].name) == len &&
		    !strncmp(atcp_tevent_kinds[i].name, name, len))
			break;
	if (i == ARRAY_SIZE(atcp_tevent_kinds))
		return false;
	event->kind = atcp_tevent_kinds[i].kind;
	event->rest = colon + 1 + (colon[1] == ' ');
	atcp_tevent_field(event->rest, atcp_tevent_kinds[i].what, event->what,
			  sizeof(event->what));
	atcp_tevent_field(event->rest, "oldstate", event->before,
			  sizeof(event->before));
	atcp_tevent_field(event->rest, "cause", event->cause,
			  sizeof(event->cause));
	event->netns = atcp_tevent_number(event->rest, "netns");
	event->listener = atcp_tevent_number(event->rest, "listener");
	event->waited_us = atcp_tevent_number(event->rest, "waited_us");
	atcp_tevent_end(event->rest, "saddr", "sport",
			atcp_tevent_kinds[i].received ? &event->peer : &event->local);
	atcp_tevent_end(event->rest, "daddr", "dport",
			atcp_tevent_kinds[i].received ? &event->local : &event->peer);
	return true;
}

/**
 * atcp_tevent_name() - address and port as people write them
 * @end: one end of a connection
 *
 * Return: a text to be freed.
 */
char *atcp_tevent_name(const struct atcp_tevent_end *end)
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(&end->addr)) {
		inet_ntop(AF_INET, end->addr.s6_addr + 12, text, sizeof(text));
		return atcp_file_format("%s:%u", text, end->port);
	}
	inet_ntop(AF_INET6, &end->addr, text, sizeof(text));
	return atcp_file_format("[%s]:%u", text, end->port);
}
