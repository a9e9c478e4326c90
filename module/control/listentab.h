/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/atcp/listen: both queues of every listener. */
#ifndef _ATCP_CONTROL_LISTENTAB_H
#define _ATCP_CONTROL_LISTENTAB_H

struct seq_file;

int atcp_listentab_show(struct seq_file *m, void *v);

#endif /* _ATCP_CONTROL_LISTENTAB_H */
