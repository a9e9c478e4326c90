/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/sys/net/atcp: the knobs of each namespace. */
#ifndef _ATCP_CONTROL_SYSCTL_H
#define _ATCP_CONTROL_SYSCTL_H

int atcp_sysctl_init(void);
void atcp_sysctl_exit(void);

#endif /* _ATCP_CONTROL_SYSCTL_H */
