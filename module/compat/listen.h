/* SPDX-License-Identifier: GPL-2.0 */
/* What listen(2) was asked for, before the kernel cut it by its own somaxconn. */
#ifndef _ATCP_COMPAT_LISTEN_H
#define _ATCP_COMPAT_LISTEN_H

#include <linux/compat.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <net/net_namespace.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

/*
 * The system call bounds its argument by net.core.somaxconn before a family
 * sees it. That limit is the kernel's TCP's: atcp has one of its own, and tells
 * what was cut. Where the argument is out of reach, what came is what was asked.
 */
static inline int atcp_compat_listen_asked(const struct net *net, int backlog)
{
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long args[6];

	if (backlog != READ_ONCE(net->core.sysctl_somaxconn) ||
	    (current->flags & (PF_KTHREAD | PF_IO_WORKER)) || in_compat_syscall() ||
	    syscall_get_nr(current, regs) != __NR_listen)
		return backlog;
	syscall_get_arguments(current, regs, args);
	return max_t(int, backlog, min_t(unsigned int, args[1], INT_MAX));
}

#endif /* _ATCP_COMPAT_LISTEN_H */
