/* SPDX-License-Identifier: GPL-2.0 */
/* SYN floods in the kernel log: said once when one begins, once when it is over. */
#ifndef _ATCP_FLOOD_H
#define _ATCP_FLOOD_H

#include <linux/types.h>

struct atcp_listener;

/* The SYN queue was found full by a SYN, which gets a cookie or is dropped. */
void atcp_flood_met(struct atcp_listener *l, bool cookie);

/* Cheap: for every SYN that is let in and every request that ends. */
void atcp_flood_check(struct atcp_listener *l);

#endif /* _ATCP_FLOOD_H */
