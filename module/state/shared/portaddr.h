/* SPDX-License-Identifier: GPL-2.0 */
/* What addresses the owners of a port have: compared, and where a port has many, found by. */
#ifndef _ATCP_PORTADDR_H
#define _ATCP_PORTADDR_H

#include <linux/in6.h>
#include <linux/types.h>

struct atcp_bind_bucket;
struct atcp_bind_chain;
struct sock;

#define ATCP_PORTADDR_CHAINS	256

/**
 * struct atcp_port_scope - what addresses a socket or TIME_WAIT is bound to
 * @addr: as IPv6 has it, or NULL for a socket of IPv4
 * @v4: if @one_v4
 * @any_v4: all of IPv4
 * @any_v6: all of IPv6
 * @one_v4: @v4 alone
 * @one_v6: @addr alone
 */
struct atcp_port_scope {
	const struct in6_addr	*addr;
	__be32			v4;
	bool			any_v4;
	bool			any_v6;
	bool			one_v4;
	bool			one_v6;
};

/* Fills @s for an address as IPv6 has it; @v6only: all of IPv6 is not IPv4 too. */
void atcp_port_scope_v6(struct atcp_port_scope *s, const struct in6_addr *addr, bool v6only);

/* The same for what @sk is bound to. */
void atcp_port_scope_sock(struct atcp_port_scope *s, const struct sock *sk);

/* Is there an address that both have? */
bool atcp_port_overlap(const struct atcp_port_scope *a, const struct atcp_port_scope *b);

/*
 * Of a bucket, all under its head's lock: one user more, before it goes into its chain; the
 * chain of those with @s; the end.
 */
void atcp_portaddr_user(struct atcp_bind_bucket *tb);
struct atcp_bind_chain *atcp_portaddr_chain(struct atcp_bind_bucket *tb,
					    const struct atcp_port_scope *s);
void atcp_portaddr_free(struct atcp_bind_bucket *tb);

void atcp_portaddr_init(void);

#endif /* _ATCP_PORTADDR_H */
