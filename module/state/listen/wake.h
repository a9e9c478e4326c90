/* SPDX-License-Identifier: GPL-2.0 */
/* Who is woken when a connection waits: one sleeper of a listener, by its policy. */
#ifndef _ATCP_WAKE_H
#define _ATCP_WAKE_H

struct sock;

/* Learns what a socket's sk_data_ready is when nobody has changed it. */
void atcp_wake_learn(const struct sock *sk);

/* One connection was put into @lsk's accept queue. Any context, BH off. */
void atcp_wake_one(struct sock *lsk);

#endif /* _ATCP_WAKE_H */
