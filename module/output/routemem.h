/* SPDX-License-Identifier: GPL-2.0 */
/* The last IPv4 routes out: a connection asks for the same one several times. */
#ifndef _ATCP_ROUTEMEM_H
#define _ATCP_ROUTEMEM_H

struct flowi4;
struct net;
struct rtable;

int atcp_routemem_init(void);
void atcp_routemem_exit(void);

/*
 * The route that was found for @fl4, ports left aside, a moment ago, if it still stands: with a
 * reference, and @fl4 completed as it was then. NULL: it has to be looked up.
 */
struct rtable *atcp_routemem_find(const struct net *net, struct flowi4 *fl4);

/* @asked gave @found and @rt, which it takes a reference to. */
void atcp_routemem_keep(const struct net *net, const struct flowi4 *asked,
			const struct flowi4 *found, struct rtable *rt);

/* A namespace ends: nothing of it is kept. NULL: nothing of any. */
void atcp_routemem_forget(const struct net *net);

#endif /* _ATCP_ROUTEMEM_H */
