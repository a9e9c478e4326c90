// SPDX-License-Identifier: GPL-2.0
/* net.atcp.guard_devices: the devices that the flood guard is armed for. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>
#include <linux/sysctl.h>

#include "control/guard_ctl.h"
#include "guard/guard_dev.h"
#include "state/shared/net.h"

/* Bytes of the list; some 250 names of usual length. */
#define ATCP_GUARD_CTL_MAX	4096

int atcp_guard_ctl_devices(struct net *net, int write, void *buf, size_t *lenp, loff_t *ppos)
{
	struct ctl_table tmp = {
		.procname	= "guard_devices",
		.maxlen		= ATCP_GUARD_CTL_MAX,
		.mode		= 0644,
	};
	int err = 0;

	/* A part of a list is not a list. */
	if (write && (*ppos || *lenp >= ATCP_GUARD_CTL_MAX)) {
		atcp_log_info(atcp_net_get(net), REFUSED, "net.atcp.guard_devices takes up to %d bytes in one write\n",
			      ATCP_GUARD_CTL_MAX - 1);
		return -EINVAL;
	}
	tmp.data = kzalloc(ATCP_GUARD_CTL_MAX, GFP_KERNEL);
	if (!tmp.data)
		return -ENOMEM;
	if (!write)
		err = atcp_guard_dev_get(net, tmp.data, ATCP_GUARD_CTL_MAX);
	if (!err)
		err = proc_dostring(&tmp, write, buf, lenp, ppos);
	if (!err && write)
		err = atcp_guard_dev_set(net, tmp.data);
	kfree(tmp.data);
	return err;
}
