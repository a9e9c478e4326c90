/* SPDX-License-Identifier: GPL-2.0 */
/* Has a thread that asked for a TCP socket make one of atcp's itself. */
#ifndef ATCP_REDO_H
#define ATCP_REDO_H

#include <stdbool.h>
#include <sys/types.h>

struct seccomp_data;

/* The kernel's own number: the call is made again, whatever signals there are. */
#define ATCP_REDO_ERESTARTNOINTR	513

int atcp_redo_attach(pid_t tid);
void atcp_redo_start(pid_t tid, const struct seccomp_data *data,
		     const int args[2]);
void atcp_redo_leave(pid_t tid);
void atcp_redo_reap(void);

#endif /* ATCP_REDO_H */
