// SPDX-License-Identifier: GPL-2.0
/* The handshakes that atcpctl trace has seen begin, in a table of fixed size. */
#include <stdlib.h>
#include <string.h>

#include "tflow.h"

/* Handshakes that are remembered; a power of two. */
#define ATCP_TFLOW_MAX	65536

static struct atcp_tflow *atcp_tflows;

/**
 * atcp_tflow_init() - make the table
 *
 * Return: 0, or -1 for want of memory.
 */
int atcp_tflow_init(void)
{
	atcp_tflows = calloc(ATCP_TFLOW_MAX, sizeof(*atcp_tflows));
	return atcp_tflows ? 0 : -1;
}

/**
 * atcp_tflow_exit() - free the table
 */
void atcp_tflow_exit(void)
{
	free(atcp_tflows);
	atcp_tflows = NULL;
}

/* The place of a handshake; what was there before may be another's. */
static struct atcp_tflow *atcp_tflow_slot(const struct atcp_tevent *event)
{
	const unsigned char *byte = (const unsigned char *)&event->peer.addr;
	unsigned int hash = event->peer.port * 31 + event->local.port, i;

	for (i = 0; i < sizeof(event->peer.addr); i++)
		hash = (hash ^ byte[i]) * 16777619;
	return &atcp_tflows[(hash ^ hash >> 15) % ATCP_TFLOW_MAX];
}

static bool atcp_tflow_same(const struct atcp_tevent_end *a,
			    const struct atcp_tevent_end *b)
{
	return a->port == b->port && !memcmp(&a->addr, &b->addr, sizeof(a->addr));
}

/**
 * atcp_tflow_find() - the handshake of an event
 * @event: an event with both ends
 *
 * Return: the handshake, or NULL if its beginning was not seen or is forgotten.
 */
struct atcp_tflow *atcp_tflow_find(const struct atcp_tevent *event)
{
	struct atcp_tflow *flow = atcp_tflow_slot(event);

	return flow->peer.port && atcp_tflow_same(&flow->peer, &event->peer) &&
	       atcp_tflow_same(&flow->local, &event->local) ? flow : NULL;
}

/**
 * atcp_tflow_begin() - remember a handshake
 * @event: the event that begins it
 *
 * Return: its place, empty but for the two ends.
 */
struct atcp_tflow *atcp_tflow_begin(const struct atcp_tevent *event)
{
	struct atcp_tflow *flow = atcp_tflow_slot(event);

	memset(flow, 0, sizeof(*flow));
	flow->local = event->local;
	flow->peer = event->peer;
	flow->listener = event->listener;
	return flow;
}
