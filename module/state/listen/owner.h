/* SPDX-License-Identifier: GPL-2.0 */
/* Whose a listener is: the process that called listen(2). */
#ifndef _ATCP_OWNER_H
#define _ATCP_OWNER_H

#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct pid;
struct pid_namespace;

/**
 * struct atcp_owner - a process
 * @lock: protects both; bottom halves off
 * @pid: it, or NULL; a reference, so that its number is never another process's
 * @comm: its name then
 */
struct atcp_owner {
	spinlock_t	lock;	/* both below */
	struct pid	*pid;
	char		comm[TASK_COMM_LEN];
};

void atcp_owner_init(struct atcp_owner *owner);
void atcp_owner_exit(struct atcp_owner *owner);

/* It is the process that this is called by. Process context. */
void atcp_owner_take(struct atcp_owner *owner);

/*
 * Its number in @ns (0: it is none of that, or has ended) and its name, TASK_COMM_LEN bytes.
 * Any context.
 */
u32 atcp_owner_read(struct atcp_owner *owner, struct pid_namespace *ns, char *comm);

#endif /* _ATCP_OWNER_H */
