// SPDX-License-Identifier: GPL-2.0
/*
 * Flood, or slow acceptor?
 *
 * Both fill queues, and only one of them is an attack. What tells them apart is
 * who completes handshakes: the sources of a flood do not, the clients of a slow
 * program do, and then wait in the accept queue or in the park. So
 *
 *	a flood begins	when a SYN finds no room, less than half of the SYNs of
 *			late were completed;
 *	and is over	when the SYN queue is at most half full and either three
 *			quarters are completed or no SYN was turned away for five
 *			seconds;
 *	slowness begins	when a segment finds the accept queue full;
 *	and is over	when that is empty, or at most half full and was not found
 *			full for five seconds.
 *
 * The gaps between begin and end are the hysteresis: neither flutters.
 */
#include "proto/pressure.h"

#include <linux/kernel.h>

/**
 * atcp_pressure_flood() - is there a flood?
 * @flood: there was one before
 * @p: the listener now; its incident is a SYN that found no room
 */
bool atcp_pressure_flood(bool flood, const struct atcp_pressure *p)
{
	if (!flood)
		return p->incident && (u64)p->done * 2 < p->syns;
	if (p->qlen > p->limit / 2)
		return true;
	if (p->syns >= ATCP_PRESSURE_ENOUGH && (u64)p->done * 4 >= (u64)p->syns * 3)
		return false;
	return p->incident || p->quiet_ms < ATCP_PRESSURE_QUIET_MS;
}

/**
 * atcp_pressure_slow() - is the program slower to accept than clients connect?
 * @slow: it was before
 * @p: the listener now; its incident is a segment that found the accept queue full
 */
bool atcp_pressure_slow(bool slow, const struct atcp_pressure *p)
{
	if (!slow)
		return p->incident;
	if (!p->accept_len)
		return p->incident;
	if (p->accept_len > p->accept_limit / 2)
		return true;
	return p->incident || p->quiet_ms < ATCP_PRESSURE_QUIET_MS;
}
