// SPDX-License-Identifier: GPL-2.0
/*
 * net.atcp.group_range: who may make sockets, in the manner of net.ipv4.ping_group_range.
 *
 * The numbers are groups of the user namespace of who reads or writes. A range that is
 * not ascending is nobody's.
 */
#include <linux/cred.h>
#include <linux/user_namespace.h>

#include "control/sysctl_ask.h"
#include "control/sysctl_groups.h"
#include "state/shared/net.h"

int atcp_sysctl_groups(ATCP_CTL_TABLE *table, int write, void *buf, size_t *lenp, loff_t *ppos)
{
	struct user_namespace *ns = current_user_ns();
	struct atcp_net *an = table->extra2;
	unsigned long most = (gid_t)-2;
	unsigned long least = 0;
	unsigned long val[2];
	struct ctl_table tmp = {
		.procname	= table->procname,
		.data		= val,
		.maxlen		= sizeof(val),
		.mode		= table->mode,
		.extra1		= &least,
		.extra2		= &most,
	};
	kgid_t low, high;
	int err;

	atcp_allow_get(&an->allow, &low, &high);
	val[0] = from_kgid_munged(ns, low);
	val[1] = from_kgid_munged(ns, high);
	err = proc_doulongvec_minmax(&tmp, write, buf, lenp, ppos);
	if (!write)
		return err;
	if (err) {
		atcp_sysctl_notice(table, "%s takes two groups, least and greatest",
				   table->procname);
		return err;
	}

	low = make_kgid(ns, val[0]);
	high = make_kgid(ns, val[1]);
	if (!gid_valid(low) || !gid_valid(high)) {
		atcp_sysctl_notice(table, "%s: %lu %lu are not both groups of your user namespace",
				   table->procname, val[0], val[1]);
		return -EINVAL;
	}
	if (val[1] < val[0] || gid_lt(high, low)) {
		low = KGIDT_INIT(1);
		high = KGIDT_INIT(0);
	}
	if (!atcp_sysctl_looks(table))
		atcp_allow_set(&an->allow, low, high);
	return 0;
}
