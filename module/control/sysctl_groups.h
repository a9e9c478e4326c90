/* SPDX-License-Identifier: GPL-2.0 */
/* net.atcp.group_range: who may make sockets. */
#ifndef _ATCP_SYSCTL_GROUPS_H
#define _ATCP_SYSCTL_GROUPS_H

#include "compat/sysctl.h"

/* proc_handler; the namespace is in extra2. */
int atcp_sysctl_groups(ATCP_CTL_TABLE *table, int write, void *buf, size_t *lenp, loff_t *ppos);

#endif /* _ATCP_SYSCTL_GROUPS_H */
