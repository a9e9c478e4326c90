/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about per-namespace sysctls. */
#ifndef _ATCP_COMPAT_SYSCTL_H
#define _ATCP_COMPAT_SYSCTL_H

#include <linux/sysctl.h>
#include <net/net_namespace.h>

/*
 * The table that a proc_handler is given: const or not, as this kernel's
 * typedef has it (const since 6.11). The type itself is asked, at compile time.
 */
#define ATCP_CTL_TABLE typeof(*__builtin_choose_expr(			\
	__builtin_types_compatible_p(proc_handler,			\
		int(const struct ctl_table *, int, void *, size_t *,	\
		    loff_t *)),						\
	(const struct ctl_table *)NULL, (struct ctl_table *)NULL))

/**
 * atcp_compat_register_net_sysctl() - register a table of one namespace
 * @net: namespace
 * @path: directory below /proc/sys
 * @table: @size entries, and an empty one for kernels that want a sentinel
 * @size: number of entries
 *
 * Return: for unregister_net_sysctl_table(), or NULL
 */
static inline struct ctl_table_header *
atcp_compat_register_net_sysctl(struct net *net, const char *path,
				struct ctl_table *table, size_t size)
{
#ifdef register_net_sysctl
	/* A macro since 6.6, which would take the size of a pointer. */
	return register_net_sysctl_sz(net, path, table, size);
#else
	return register_net_sysctl(net, path, table);
#endif
}

#endif /* _ATCP_COMPAT_SYSCTL_H */
