/* SPDX-License-Identifier: GPL-2.0 */
/* net.atcp.group_range: who may make sockets. */
#ifndef _ATCP_SYSCTL_GROUPS_H
#define _ATCP_SYSCTL_GROUPS_H

#include "compat/sysctl.h"

/* The namespace is in extra2 of its table. 0, -EINVAL, -EFAULT. */
proc_handler atcp_sysctl_groups;

#endif /* _ATCP_SYSCTL_GROUPS_H */
