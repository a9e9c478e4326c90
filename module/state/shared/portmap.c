// SPDX-License-Identifier: GPL-2.0
/*
 * The bits of local ports in use.
 *
 * A bit is set as long as the bind table has a bucket for the port (state/shared/port.c),
 * which sockets, TIME_WAITs and tombstones keep; a request's port is its listener's. The
 * one exception are requests that tproxy has brought from other ports: a namespace that
 * ever had a transparent listener looks at all its packets.
 */
#include <linux/slab.h>

#include "state/shared/portmap.h"

#define ATCP_PORTMAP_PORTS	65536

/**
 * atcp_portmap_init() - make a namespace's bits, all of them clear
 * @an: namespace
 *
 * Return: 0 or -ENOMEM
 */
int atcp_portmap_init(struct atcp_net *an)
{
	unsigned long *ports;

	if (an->ports)
		return 0;
	ports = kvcalloc(BITS_TO_LONGS(ATCP_PORTMAP_PORTS), sizeof(*ports), GFP_KERNEL_ACCOUNT);
	if (!ports)
		return -ENOMEM;
	/* Cleared before anybody sees it. */
	smp_store_release(&an->ports, ports);
	return 0;
}

/**
 * atcp_portmap_exit() - free them; there are no packets and no sockets any more
 * @an: namespace
 */
void atcp_portmap_exit(struct atcp_net *an)
{
	kvfree(an->ports);
	an->ports = NULL;
}
