/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about generic netlink. */
#ifndef _ATCP_COMPAT_GENETLINK_H
#define _ATCP_COMPAT_GENETLINK_H

#include <linux/version.h>
#include <net/genetlink.h>

/* The attributes that a dump was asked for with: part of a genl_info since 6.6. */
static inline struct nlattr **atcp_compat_genl_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return (struct nlattr **)genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* _ATCP_COMPAT_GENETLINK_H */
