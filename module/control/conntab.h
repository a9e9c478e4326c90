/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/atcp/tcp and tcp6: every connection, in the kernel's own columns. */
#ifndef _ATCP_CONTROL_CONNTAB_H
#define _ATCP_CONTROL_CONNTAB_H

#include <linux/types.h>

struct proc_dir_entry;

bool atcp_conntab_create(struct proc_dir_entry *dir);

#endif /* _ATCP_CONTROL_CONNTAB_H */
