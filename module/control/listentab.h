/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/atcp/listen: both queues of every listener. */
#ifndef _ATCP_CONTROL_LISTENTAB_H
#define _ATCP_CONTROL_LISTENTAB_H

#include <linux/types.h>

struct proc_dir_entry;

bool atcp_listentab_create(struct proc_dir_entry *dir);

#endif /* _ATCP_CONTROL_LISTENTAB_H */
