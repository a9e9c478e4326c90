/* SPDX-License-Identifier: GPL-2.0 */
/* A connection's entrance. */
#ifndef _ATCP_CONN_H
#define _ATCP_CONN_H

#include "conn/rx.h"
#include "state/conn/sock.h"

/*
 * One segment of a full socket (not a listener), which is not locked; BH off. It is worked on
 * at once, or when the user who has the socket lets go of it. Consumes @skb (data at the TCP
 * header). @rx: what it says, NULL: to be read.
 */
void atcp_conn_rcv(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx);

/* The same with the socket's spinlock held. */
void atcp_conn_locked(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx);

/* sk_backlog_rcv: a segment whose socket was owned by a user. */
int atcp_conn_backlog(struct sock *sk, struct sk_buff *skb);

#endif /* _ATCP_CONN_H */
