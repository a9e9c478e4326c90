/* SPDX-License-Identifier: GPL-2.0 */
/* Which local ports anything of atcp's has: a bit each, so that other packets cost little. */
#ifndef _ATCP_PORTMAP_H
#define _ATCP_PORTMAP_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "state/shared/net.h"

/* Makes it, for the first socket of a namespace: 0 or -ENOMEM. Process context, one at a time. */
int atcp_portmap_init(struct atcp_net *an);
void atcp_portmap_exit(struct atcp_net *an);

/**
 * atcp_portmap_add() - there is something of ours on a port
 * @an: namespace that had a socket
 * @port: host order
 *
 * Before a peer can know of it.
 */
static inline void atcp_portmap_add(struct atcp_net *an, u16 port)
{
	set_bit(port, an->ports);
	/* A packet may be the answer to what is sent next. */
	smp_mb__after_atomic();
}

/**
 * atcp_portmap_del() - nothing is left on a port
 * @an: namespace that had a socket
 * @port: host order
 */
static inline void atcp_portmap_del(struct atcp_net *an, u16 port)
{
	clear_bit(port, an->ports);
}

/**
 * atcp_portmap_all() - packets for any port may be ours from now on
 * @an: namespace that has a listener which tproxy gives those for other ports
 */
static inline void atcp_portmap_all(struct atcp_net *an)
{
	WRITE_ONCE(an->ports_all, true);
}

/**
 * atcp_portmap_has() - may a packet for this port be ours?
 * @an: namespace
 * @port: host order
 *
 * Return: false: certainly not
 */
static inline bool atcp_portmap_has(const struct atcp_net *an, u16 port)
{
	const unsigned long *ports = READ_ONCE(an->ports);

	return ports && (test_bit(port, ports) || READ_ONCE(an->ports_all));
}

#endif /* _ATCP_PORTMAP_H */
