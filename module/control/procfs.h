/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/atcp: tables and counters of each namespace. */
#ifndef _ATCP_CONTROL_PROCFS_H
#define _ATCP_CONTROL_PROCFS_H

int atcp_procfs_init(void);
void atcp_procfs_exit(void);

#endif /* _ATCP_CONTROL_PROCFS_H */
