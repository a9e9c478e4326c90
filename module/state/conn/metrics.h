/* SPDX-License-Identifier: GPL-2.0 */
/* What a route says of a connection on it, and what connections to its peer have learned. */
#ifndef _ATCP_CONN_METRICS_H
#define _ATCP_CONN_METRICS_H

#include <linux/types.h>

struct dst_entry;
struct sock;

/* A new connection has its route: congestion control and floor of the RTO by it. */
void atcp_metrics_route(struct sock *sk);

/* Its handshake is over: initial window, clamp, ssthresh, reordering, first RTO, the algorithm. */
void atcp_metrics_begin(struct sock *sk);

/* It ends in good order: what it has learned is remembered. */
void atcp_metrics_end(const struct sock *sk);

/* Floor of the RTO's deviation term, us: the route's or net.atcp.rto_min_us. */
u32 atcp_metrics_rto_min_us(const struct sock *sk);

/* Initial receive window in segments by the route, 0: it has no word on it. */
u32 atcp_metrics_initrwnd(const struct dst_entry *dst);

#endif /* _ATCP_CONN_METRICS_H */
