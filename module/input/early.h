/* SPDX-License-Identifier: GPL-2.0 */
/* A connection's packets find it before they are routed. */
#ifndef _ATCP_EARLY_H
#define _ATCP_EARLY_H

#include "conn/rx.h"

struct net;
struct sk_buff;
struct sock;

/* A connection was found late: from now on a namespace looks early. Softirq. */
void atcp_early_wanted(struct net *net);

/*
 * Is @sk, which came with @skb, the connection whose addresses it has? It is in the table then.
 * @thoff: where the TCP header begins; data at the network header.
 */
bool atcp_early_is(const struct sock *sk, const struct sk_buff *skb, u8 family,
		   unsigned int thoff);

/* A namespace's; the last two in their order, with a grace period between them. */
void atcp_early_net_init(struct net *net);
void atcp_early_net_pre_exit(struct net *net);
void atcp_early_net_exit(struct net *net);

#endif /* _ATCP_EARLY_H */
