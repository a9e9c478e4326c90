/* SPDX-License-Identifier: GPL-2.0 */
/* The accept queue: complete connections in order, and the park of those that found it full. */
#ifndef _ATCP_ACCEPTQ_H
#define _ATCP_ACCEPTQ_H

#include <linux/types.h>

struct atcp_listener;
struct atcp_req;
struct sock;

/* Linux's rule: sk_ack_backlog > sk_max_ack_backlog, so backlog + 1 fit. */
bool atcp_acceptq_full(const struct sock *lsk);

/*
 * Appends @child (the queue takes over one reference). False, and nothing
 * done, when @lsk no longer listens. May exceed the limit by CPUs at once.
 */
bool atcp_acceptq_add(struct sock *lsk, struct sock *child);

/* Takes the first connection (its reference goes to the caller), or NULL. */
struct sock *atcp_acceptq_pop(struct sock *lsk);

/* Parks @req (takes a reference). False if it is parked already or @lsk no longer listens. */
bool atcp_acceptq_park(struct sock *lsk, struct atcp_req *req);

/* Takes the first parked request (its reference goes to the caller), or NULL. */
struct atcp_req *atcp_acceptq_unpark(struct sock *lsk);

/* Takes @req out of the park wherever it is; true if it was there (reference to the caller). */
bool atcp_acceptq_unpark_one(struct sock *lsk, struct atcp_req *req);

#endif /* _ATCP_ACCEPTQ_H */
