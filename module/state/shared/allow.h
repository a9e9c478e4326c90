/* SPDX-License-Identifier: GPL-2.0 */
/* Who may make sockets in a namespace: net.atcp.group_range. */
#ifndef _ATCP_ALLOW_H
#define _ATCP_ALLOW_H

#include <linux/seqlock.h>
#include <linux/uidgid.h>

/**
 * struct atcp_allow - a range of groups
 * @lock: so that both ends are read of one range
 * @low: its first group
 * @high: its last; below @low: nobody
 */
struct atcp_allow {
	seqlock_t	lock;
	kgid_t		low;
	kgid_t		high;
};

/* Everybody. */
void atcp_allow_init(struct atcp_allow *a);

/* Both ends as they are. */
void atcp_allow_get(struct atcp_allow *a, kgid_t *low, kgid_t *high);

/* The other range; any context but interrupts, and no lock is needed. */
void atcp_allow_set(struct atcp_allow *a, kgid_t low, kgid_t high);

/* Is the current task in one of these groups, effective or supplementary? 0 or -EACCES. */
int atcp_allow_current(struct atcp_allow *a);

#endif /* _ATCP_ALLOW_H */
