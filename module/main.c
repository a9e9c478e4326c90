// SPDX-License-Identifier: GPL-2.0
/* The module: registers everything in order, and unwinds in reverse. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atcp.h>
#include <linux/module.h>
#include <linux/net.h>
#include <net/net_namespace.h>

#include "control/genl.h"
#include "control/procfs.h"
#include "control/sysctl.h"
#include "control/sysfs.h"
#include "guard/guard_dev.h"
#include "input/early.h"
#include "input/hook.h"
#include "input/input.h"
#include "input/match.h"
#include "input/noproto.h"
#include "output/reply.h"
#include "output/routemem.h"
#include "socket/family.h"
#include "state/conn/ao.h"
#include "state/conn/frag.h"
#include "state/conn/md5.h"
#include "state/conn/pace.h"
#include "state/conn/stash.h"
#include "state/listen/fastopen.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"
#include "state/shared/net.h"
#include "state/shared/port.h"
#include "state/shared/twq.h"
#include "state/shared/wheel.h"

static int atcp_main_family = AF_ATCP;
module_param_named(family, atcp_main_family, int, 0444);
MODULE_PARM_DESC(family, "Address family number of socket(AF_ATCP, ...) (default 25)");

static unsigned int atcp_main_ehash_entries;
module_param_named(ehash_entries, atcp_main_ehash_entries, uint, 0444);
MODULE_PARM_DESC(ehash_entries, "Buckets of the connection table (0: by memory)");

module_param_named(max_requests, atcp_req_max, uint, 0644);
MODULE_PARM_DESC(max_requests, "Connection requests of all namespaces, shared out among them (0: by memory)");

/* Requests of a listener that has no reference to the namespace (the kernel's own). */
static int atcp_main_purge_req(struct atcp_node *node, void *arg)
{
	if (node->kind == ATCP_KIND_REQ)
		atcp_synq_del(atcp_req_of(node));
	return 0;
}

/* Before the grace period that comes ahead of exit: no segment is being handled in exit. */
static void __net_exit atcp_main_net_pre_exit(struct net *net)
{
	atcp_early_net_pre_exit(net);
	atcp_hook_net_exit(net);
}

static void __net_exit atcp_main_net_exit(struct net *net)
{
	atcp_early_net_exit(net);
	/* The small objects have no owner that would close them: they end here. */
	atcp_hash_walk(net, atcp_main_purge_req, NULL);
	atcp_twq_purge(net);
	/* Held kernel sockets have no reference to the namespace either. */
	atcp_port_flush();
	atcp_routemem_forget(net);
	atcp_listener_net_exit(atcp_net_get(net));
	atcp_reply_net_exit(net);
}

static int __net_init atcp_main_net_init(struct net *net)
{
	int err;

	atcp_early_net_init(net);
	err = atcp_reply_net_init(net);
	if (err)
		return err;
	err = atcp_listener_net_init(atcp_net_get(net));
	if (err)
		atcp_reply_net_exit(net);
	return err;
}

static struct pernet_operations atcp_main_net_ops = {
	.init		= atcp_main_net_init,
	.pre_exit	= atcp_main_net_pre_exit,
	.exit		= atcp_main_net_exit,
};

static int atcp_main_net_register(void)
{
	return register_pernet_subsys(&atcp_main_net_ops);
}

static void atcp_main_net_unregister(void)
{
	unregister_pernet_subsys(&atcp_main_net_ops);
}

static int atcp_main_hash_init(void)
{
	return atcp_hash_init(atcp_main_ehash_entries);
}

static int atcp_main_state_init(void)
{
	return atcp_net_init(atcp_hash_size());
}

static int atcp_main_family_init(void)
{
	return atcp_family_init(atcp_main_family);
}

/**
 * struct atcp_main_part - what is brought up, in this order, and taken down in reverse
 * @init: 0 or a negative errno, with nothing left behind; or NULL
 * @exit: undoes it
 */
struct atcp_main_part {
	int	(*init)(void);
	void	(*exit)(void);
};

static const struct atcp_main_part atcp_main_parts[] = {
	{ atcp_main_hash_init,		atcp_hash_exit },
	{ atcp_main_state_init,		atcp_net_exit },
	{ atcp_fastopen_net_init,	atcp_fastopen_net_exit },
	{ atcp_port_init,		atcp_port_exit },
	{ atcp_ephem_init,		atcp_ephem_exit },
	{ atcp_req_cache_init,		atcp_req_cache_exit },
	{ atcp_twq_cache_init,		atcp_twq_cache_exit },
	{ atcp_md5_init,		atcp_md5_exit },
	{ atcp_ao_init,			atcp_ao_exit },
	{ atcp_wheel_init,		atcp_wheel_exit },
	{ atcp_pace_init,		atcp_pace_exit },
	{ NULL,				atcp_frag_exit },
	{ NULL,				atcp_stash_exit },
	{ atcp_input_init,		atcp_input_exit },
	{ atcp_routemem_init,		atcp_routemem_exit },
	{ atcp_main_net_register,	atcp_main_net_unregister },
	{ atcp_match_init,		atcp_match_exit },
	{ atcp_guard_dev_init,		atcp_guard_dev_exit },
	/* Before those whose changes it tells of. */
	{ atcp_genl_init,		atcp_genl_exit },
	{ atcp_sysctl_init,		atcp_sysctl_exit },
	{ atcp_procfs_init,		atcp_procfs_exit },
	{ atcp_sysfs_init,		atcp_sysfs_exit },
	{ atcp_noproto_init,		atcp_noproto_exit },
	/* Last: with the doors open there are sockets. */
	{ atcp_main_family_init,	atcp_family_exit },
};

static void atcp_main_unwind(unsigned int n)
{
	while (n--)
		atcp_main_parts[n].exit();
	/* What was freed by call_rcu() runs code of ours. */
	rcu_barrier();
}

static int __init atcp_main_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(atcp_main_parts); i++) {
		err = atcp_main_parts[i].init ? atcp_main_parts[i].init() : 0;
		if (err) {
			atcp_main_unwind(i);
			return err;
		}
	}
	pr_info("version %s: family %d, protocol %d, %u buckets of connections\n",
		ATCP_VERSION, atcp_main_family, IPPROTO_ATCP, atcp_hash_size());
	return 0;
}

static void __exit atcp_main_exit(void)
{
	atcp_main_unwind(ARRAY_SIZE(atcp_main_parts));
}

module_init(atcp_main_init);
module_exit(atcp_main_exit);

MODULE_AUTHOR("The atcp authors");
MODULE_DESCRIPTION("An alternate TCP beside the kernel's own");
MODULE_VERSION(ATCP_VERSION);
MODULE_LICENSE("GPL");
