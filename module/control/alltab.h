/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/atcp/all and namespaces: what there is in all network namespaces. */
#ifndef _ATCP_CONTROL_ALLTAB_H
#define _ATCP_CONTROL_ALLTAB_H

#include <linux/types.h>

struct net;
struct proc_dir_entry;

bool atcp_alltab_create(struct net *net, struct proc_dir_entry *dir);

#endif /* _ATCP_CONTROL_ALLTAB_H */
