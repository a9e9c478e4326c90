/* SPDX-License-Identifier: GPL-2.0 */
/* net.atcp.guard_devices: the devices that the flood guard is armed for. */
#ifndef _ATCP_GUARD_CTL_H
#define _ATCP_GUARD_CTL_H

#include <linux/types.h>

struct net;

/* Reads the list, or writes the whole of it; arguments as of a proc_handler. */
int atcp_guard_ctl_devices(struct net *net, int write, void *buf, size_t *lenp, loff_t *ppos);

#endif /* _ATCP_GUARD_CTL_H */
