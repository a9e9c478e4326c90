/* SPDX-License-Identifier: GPL-2.0 */
/* What a closing listener leaves to others of its SO_REUSEPORT group. */
#ifndef _ATCP_MIGRATE_H
#define _ATCP_MIGRATE_H

#include <linux/types.h>

struct atcp_req;
struct sock;

/*
 * Gives @req, whose listener has closed, to another member of the group. All of
 * them any context, under RCU, with BH off.
 * True: another listener's request has its place in the table now, whoever put it
 * there. False: nobody takes it, and it is still in the table, or it was out.
 */
bool atcp_migrate_req(struct atcp_req *req);

/*
 * Puts @child, a complete connection, into the accept queue of another member
 * (with the reference that was for @lsk's queue). Returns the member, whom the
 * caller wakes; NULL: nobody takes it.
 */
struct sock *atcp_migrate_child(struct sock *lsk, struct sock *child);

/*
 * For struct atcp_listener_ops, process context: a request of a closed listener moves, or
 * ends. @parked: it was in the park, from where it is handed on in order.
 */
void atcp_migrate_stopped_req(struct atcp_req *req, bool parked);
/* The same of a connection that nobody has accepted: it is reset, as its peer believes in it. */
void atcp_migrate_stopped_child(struct sock *lsk, struct sock *child);

#endif /* _ATCP_MIGRATE_H */
