/* SPDX-License-Identifier: GPL-2.0 */
/* The path's MTU has shrunk. */
#ifndef _ATCP_PMTU_H
#define _ATCP_PMTU_H

struct sock;

/*
 * By what the route says now: segments get smaller, and those that were too large are sent again
 * at once, with cwnd as it is (RFC 1191 section 6.4). Socket locked; also &struct
 * atcp_timer_ops.mtu, when its user had the lock at the time.
 */
void atcp_pmtu_reduced(struct sock *sk);

#endif /* _ATCP_PMTU_H */
