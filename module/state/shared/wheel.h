/* SPDX-License-Identifier: GPL-2.0 */
/* A hashed timing wheel for requests and TIME_WAITs, with no timer_list for each. */
#ifndef _ATCP_WHEEL_H
#define _ATCP_WHEEL_H

#include "state/shared/node.h"

/*
 * Called in softirq when @m's time is over, with the wheel's reference, which
 * the callee owns (it drops it, or hands it back by atcp_wheel_add_ref()).
 */
typedef void (*atcp_wheel_fn)(struct atcp_mini *m);

int atcp_wheel_init(void);
void atcp_wheel_exit(void);

/* Sets the expiry function of one kind (ATCP_KIND_REQ, ATCP_KIND_TW); set from the tier above. */
void atcp_wheel_set_fn(enum atcp_kind kind, atcp_wheel_fn fn);

/* Links @m to expire in @delay jiffies; takes a reference for the wheel. @m is not linked. */
void atcp_wheel_add(struct atcp_mini *m, unsigned long delay);

/* The same with a reference that the caller already has and gives to the wheel. */
void atcp_wheel_add_ref(struct atcp_mini *m, unsigned long delay);

/* Unlinks @m. True: it was linked, and the wheel's reference is now the caller's to drop. */
bool atcp_wheel_del(struct atcp_mini *m);

#endif /* _ATCP_WHEEL_H */
