/* SPDX-License-Identifier: GPL-2.0 */
/* SO_REUSEPORT groups: which of the listeners of one address gets a connection. */
#ifndef _ATCP_GROUP_H
#define _ATCP_GROUP_H

#include <linux/types.h>

#include "state/listen/acceptq.h"

/**
 * enum atcp_group_room - where an heir is to have room
 * @ATCP_GROUP_ACCEPTQ: in its accept queue
 * @ATCP_GROUP_SYNQ: in its SYN queue
 * @ATCP_GROUP_PARK: in its accept queue, or else in the SYN queue, where the parked are
 */
enum atcp_group_room {
	ATCP_GROUP_ACCEPTQ,
	ATCP_GROUP_SYNQ,
	ATCP_GROUP_PARK,
};

/*
 * Puts @lsk into the group of @other, or into a new one (NULL). 0 or -ENOMEM.
 * Under the lock of the listener table's bucket, which orders all changes of a group.
 */
int atcp_group_join(struct sock *lsk, struct sock *other);

/* Nothing is given to @lsk any more; it still knows its group. Under the same lock. */
void atcp_group_leave(struct sock *lsk);

/* Forgets the group: before another listen(2), or when @l is freed. */
void atcp_group_put(struct atcp_listener *l);

/*
 * The member that is to have a SYN which the kernel's choice gives to @lsk:
 * @lsk, or another one if it drains. Under RCU, as all that follow.
 */
struct sock *atcp_group_open(struct sock *lsk, u32 hash);

/*
 * The member that gets a connection of @lsk's that is complete now, by @lsk's
 * knob "balance"; @lsk itself when there is none better.
 */
struct sock *atcp_group_pick(struct sock *lsk);

/*
 * Is there no room for one more connection of @lsk's? With a policy that chooses by
 * queues other members' room is @lsk's too: that is for when its own queue is full.
 */
bool __atcp_group_full(struct sock *lsk);
static inline bool atcp_group_full(struct sock *lsk)
{
	return unlikely(atcp_acceptq_full(lsk)) && __atcp_group_full(lsk);
}

/*
 * Who can take a parked request of @lsk's now: itself, or by a policy that chooses by
 * queues another member; NULL: there is no room.
 */
struct sock *atcp_group_taker(struct sock *lsk);

/* Another member whose parked requests @lsk may take; NULL: none. */
struct sock *atcp_group_waiting(struct sock *lsk);

/* Who takes over something of @lsk, which has left its group; NULL: nobody. */
struct sock *atcp_group_heir(const struct sock *lsk, u32 hash, enum atcp_group_room room);

/* The time of the last SYN queue overflow of any member: cookies are the group's. */
void atcp_group_overflowed(const struct atcp_listener *l, unsigned long now);
bool atcp_group_overflow_at(const struct atcp_listener *l, unsigned long *at);

/* Does a BPF program choose who gets a connection? */
bool atcp_group_by_bpf(const struct atcp_listener *l);

/* Members now, 0 without a group. */
unsigned int atcp_group_size(const struct atcp_listener *l);

#endif /* _ATCP_GROUP_H */
