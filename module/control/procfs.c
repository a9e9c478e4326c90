// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/atcp: tables and counters of each namespace.
 *
 * tcp, tcp6, netstat, snmp, sockstat and sockstat6 have the columns of the kernel's files
 * of these names, so that stock programs read them; listen and trouble are atcp's own. What
 * may be long is walked, a piece at a time; what is built in one piece here has a fixed size.
 */
#include <linux/kernel.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/net_namespace.h>

#include "control/alltab.h"
#include "control/conntab.h"
#include "control/listentab.h"
#include "control/procfs.h"
#include "socket/family.h"
#include "state/shared/mib.h"
#include "state/shared/net.h"

static int atcp_procfs_show_snmp(struct seq_file *m, void *v)
{
	atcp_mib_show_tcp(m, atcp_net_get(seq_file_single_net(m)));
	return 0;
}

static int atcp_procfs_show_netstat(struct seq_file *m, void *v)
{
	const struct atcp_net *an = atcp_net_get(seq_file_single_net(m));

	atcp_mib_show_ext(m, an);
	atcp_mib_show_own(m, an);
	return 0;
}

static int atcp_procfs_show_trouble(struct seq_file *m, void *v)
{
	atcp_mib_show_trouble(m, atcp_net_get(seq_file_single_net(m)));
	return 0;
}

static int atcp_procfs_show_sockstat(struct seq_file *m, void *v)
{
	struct net *net = seq_file_single_net(m);
	struct atcp_net *an = atcp_net_get(net);
	unsigned long alloc = atcp_mib_alloc(an);

	/* As in the kernel's file, only what is in use is IPv4's alone. */
	seq_printf(m, "sockets: used %lu\n", alloc);
	seq_printf(m, "TCP: inuse %d orphan %lld tw %d alloc %lu mem %lld\n",
		   atcp_family_inuse(net, false),
		   percpu_counter_sum_positive(&an->orphans),
		   atomic_read(&an->tw_count), alloc,
		   atcp_gauge_sum(&an->mem) >> PAGE_SHIFT);
	return 0;
}

static int atcp_procfs_show_sockstat6(struct seq_file *m, void *v)
{
	seq_printf(m, "TCP6: inuse %d\n", atcp_family_inuse(seq_file_single_net(m), true));
	return 0;
}

static const struct {
	const char *name;
	int (*show)(struct seq_file *m, void *v);
} atcp_procfs_files[] = {
	{ "netstat",	atcp_procfs_show_netstat },
	{ "snmp",	atcp_procfs_show_snmp },
	{ "sockstat",	atcp_procfs_show_sockstat },
	{ "sockstat6",	atcp_procfs_show_sockstat6 },
	{ "trouble",	atcp_procfs_show_trouble },
};

static int __net_init atcp_procfs_ns_init(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);
	size_t i;

	an->proc = proc_net_mkdir(net, "atcp", net->proc_net);
	if (!an->proc)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(atcp_procfs_files); i++)
		if (!proc_create_net_single(atcp_procfs_files[i].name, 0444,
					    an->proc, atcp_procfs_files[i].show,
					    NULL))
			goto err_file;
	if (!atcp_conntab_create(an->proc) || !atcp_listentab_create(an->proc) ||
	    !atcp_alltab_create(net, an->proc))
		goto err_file;
	return 0;

err_file:
	remove_proc_subtree("atcp", net->proc_net);
	return -ENOMEM;
}

static void __net_exit atcp_procfs_ns_exit(struct net *net)
{
	remove_proc_subtree("atcp", net->proc_net);
}

static struct pernet_operations atcp_procfs_ops = {
	.init	= atcp_procfs_ns_init,
	.exit	= atcp_procfs_ns_exit,
};

/**
 * atcp_procfs_init() - make /proc/net/atcp in every namespace; after
 *	atcp_net_init() and atcp_hash_init()
 *
 * Return: 0 or -ENOMEM
 */
int atcp_procfs_init(void)
{
	return register_pernet_subsys(&atcp_procfs_ops);
}

/**
 * atcp_procfs_exit() - remove it; waits for readers
 */
void atcp_procfs_exit(void)
{
	unregister_pernet_subsys(&atcp_procfs_ops);
}
