// SPDX-License-Identifier: GPL-2.0
/* net.atcp.guard_devices: the devices that the flood guard is armed for. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>
#include <linux/sysctl.h>

#include "control/guard_ctl.h"
#include "control/sysctl_ask.h"
#include "guard/guard_dev.h"
#include "state/shared/net.h"

/* Bytes of the list; some 250 names of usual length. */
#define ATCP_GUARD_CTL_MAX	4096

/* Is there a device of each name, of a kind that the guard knows? */
static int atcp_guard_ctl_look(ATCP_CTL_TABLE *table, char *names)
{
	struct atcp_net *an = table->extra2;
	const char *bad;
	int err = atcp_guard_dev_look(an->net, names, &bad);

	if (err)
		atcp_sysctl_notice(table, "guard_devices: %*pE %s",
				   (int)strnlen(bad, ATCP_LOG_TEXT), bad,
				   err == -ENODEV ? "is no device here" :
				   "is neither Ethernet nor without a link header");
	return err;
}

int atcp_guard_ctl_devices(ATCP_CTL_TABLE *table, int write, void *buf, size_t *lenp, loff_t *ppos)
{
	struct ctl_table tmp = {
		.procname	= "guard_devices",
		.maxlen		= ATCP_GUARD_CTL_MAX,
		.mode		= 0644,
	};
	struct atcp_net *an = table->extra2;
	int err = 0;

	/* A part of a list is not a list. */
	if (write && (*ppos || *lenp >= ATCP_GUARD_CTL_MAX)) {
		atcp_sysctl_notice(table, "guard_devices takes up to %d bytes in one write",
				   ATCP_GUARD_CTL_MAX - 1);
		return -EINVAL;
	}
	tmp.data = kzalloc(ATCP_GUARD_CTL_MAX, GFP_KERNEL);
	if (!tmp.data)
		return -ENOMEM;
	if (!write)
		err = atcp_guard_dev_get(an->net, tmp.data, ATCP_GUARD_CTL_MAX, table->data);
	if (!err)
		err = proc_dostring(&tmp, write, buf, lenp, ppos);
	if (!err && write && atcp_sysctl_looks(table))
		err = atcp_guard_ctl_look(table, tmp.data);
	else if (!err && write)
		err = atcp_guard_dev_set(an->net, tmp.data, table->data);
	kfree(tmp.data);
	return err;
}
