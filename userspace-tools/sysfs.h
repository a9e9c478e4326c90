/* SPDX-License-Identifier: GPL-2.0 */
/* The files of atcp below /sys, as this process's network namespace has them. */
#ifndef ATCP_SYSFS_H
#define ATCP_SYSFS_H

#include <stdbool.h>

#define ATCP_SYSFS_LISTENERS	"kernel/atcp/listeners"
#define ATCP_SYSFS_PARAMETERS	"module/atcp/parameters"

char *atcp_sysfs_path(const char *fmt, ...) __printf(1, 2);
bool atcp_sysfs_remount(void);

#endif /* ATCP_SYSFS_H */
