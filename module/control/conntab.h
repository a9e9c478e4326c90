/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/atcp/tcp and tcp6: every connection, in the kernel's own columns. */
#ifndef _ATCP_CONTROL_CONNTAB_H
#define _ATCP_CONTROL_CONNTAB_H

struct seq_file;

int atcp_conntab_show_tcp(struct seq_file *m, void *v);
int atcp_conntab_show_tcp6(struct seq_file *m, void *v);

#endif /* _ATCP_CONTROL_CONNTAB_H */
