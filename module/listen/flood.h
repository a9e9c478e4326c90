/* SPDX-License-Identifier: GPL-2.0 */
/* SYN floods and slow programs: when they begin and end, and who is told. */
#ifndef _ATCP_FLOOD_H
#define _ATCP_FLOOD_H

#include <linux/types.h>

struct atcp_listener;

/* A SYN found no room: it gets a cookie, or is dropped. */
void atcp_flood_met(struct atcp_listener *l, bool cookie);

/* A SYN or a third ACK found the accept queue full. */
void atcp_flood_slow(struct atcp_listener *l);

/* Once a second while there is a flood or slowness; false: both are over. */
bool atcp_flood_tick(struct atcp_listener *l);

/* Cheap: for every SYN and every request that ends; sees whether either is over. */
void atcp_flood_check(struct atcp_listener *l);

#endif /* _ATCP_FLOOD_H */
