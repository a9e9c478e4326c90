/* SPDX-License-Identifier: GPL-2.0 */
/* /sys/kernel/atcp: a directory for each listener. */
#ifndef _ATCP_CONTROL_SYSFS_H
#define _ATCP_CONTROL_SYSFS_H

/* Before the doors open; 0 or -ENOMEM. */
int atcp_sysfs_init(void);

/* After they are closed: no listener is left. */
void atcp_sysfs_exit(void);

#endif /* _ATCP_CONTROL_SYSFS_H */
