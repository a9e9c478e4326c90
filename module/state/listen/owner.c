// SPDX-License-Identifier: GPL-2.0
/*
 * Whose a listener is: the process that called listen(2).
 *
 * A socket may be in many processes, which no list of the kernel's tells; who makes it
 * listen is the program that it is for, also where somebody else has opened it (socket
 * activation). The name stays when that process has ended and its children accept.
 */
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "state/listen/owner.h"

void atcp_owner_init(struct atcp_owner *owner)
{
	spin_lock_init(&owner->lock);
}

void atcp_owner_exit(struct atcp_owner *owner)
{
	put_pid(owner->pid);
}

void atcp_owner_take(struct atcp_owner *owner)
{
	struct pid *pid = get_task_pid(current, PIDTYPE_TGID);
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, current->group_leader);
	spin_lock_bh(&owner->lock);
	swap(owner->pid, pid);
	strscpy(owner->comm, comm, sizeof(owner->comm));
	spin_unlock_bh(&owner->lock);
	put_pid(pid);
}

u32 atcp_owner_read(struct atcp_owner *owner, struct pid_namespace *ns, char *comm)
{
	u32 number = 0;

	rcu_read_lock();
	spin_lock_bh(&owner->lock);
	strscpy(comm, owner->comm, TASK_COMM_LEN);
	if (owner->pid && pid_task(owner->pid, PIDTYPE_TGID))
		number = pid_nr_ns(owner->pid, ns);
	spin_unlock_bh(&owner->lock);
	rcu_read_unlock();
	return number;
}
