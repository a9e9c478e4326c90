// SPDX-License-Identifier: GPL-2.0
/*
 * Which devices the flood guard is armed for: a netdev ingress hook for each.
 *
 * The list of a namespace is RTNL's. A device is disarmed when it goes or moves
 * to another namespace, before the notifier returns; no reference is needed. A
 * new name changes nothing: it is the device that is armed. The hook runs last
 * on its device, so that chains of the user's at ingress have their say before.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "guard/guard.h"
#include "guard/guard_dev.h"
#include "guard/guard_rate.h"
#include "state/shared/net.h"

/**
 * struct atcp_guard_dev - an armed device
 * @node: atcp_net.guard_devs
 * @ops: the hook; has the device
 * @keep: named in the list that is being set
 * @rcu: dumps of hooks read @ops under RCU
 */
struct atcp_guard_dev {
	struct list_head	node;
	struct nf_hook_ops	ops;
	bool			keep;
	struct rcu_head		rcu;
};

static struct atcp_guard_dev *atcp_guard_dev_find(const struct atcp_net *an,
						  const struct net_device *dev)
{
	struct atcp_guard_dev *g;

	ASSERT_RTNL();
	list_for_each_entry(g, &an->guard_devs, node)
		if (g->ops.dev == dev)
			return g;
	return NULL;
}

/* Hooks in the middle of it end within a grace period; they do not look at @g. */
static void atcp_guard_dev_disarm(struct net *net, struct atcp_guard_dev *g)
{
	nf_unregister_net_hook(net, &g->ops);
	list_del(&g->node);
	kfree_rcu(g, rcu);
}

static int atcp_guard_dev_arm(struct atcp_net *an, struct net_device *dev)
{
	struct atcp_guard_dev *g = kzalloc(sizeof(*g), GFP_KERNEL_ACCOUNT);
	int err;

	if (!g)
		return -ENOMEM;
	g->keep = true;
	g->ops.hook = atcp_guard_rcv;
	g->ops.pf = NFPROTO_NETDEV;
	g->ops.hooknum = NF_NETDEV_INGRESS;
	g->ops.priority = INT_MAX;
	g->ops.dev = dev;
	err = nf_register_net_hook(an->net, &g->ops);
	if (err) {
		kfree(g);
		return err;
	}
	list_add_tail(&g->node, &an->guard_devs);
	return 0;
}

/* Keeps those marked, or those not marked; both clear the mark. */
static void atcp_guard_dev_sweep(struct atcp_net *an, unsigned int armed_before, bool undo)
{
	struct atcp_guard_dev *g, *next;
	unsigned int n = 0;

	list_for_each_entry_safe(g, next, &an->guard_devs, node) {
		bool keep = undo ? n < armed_before : g->keep;

		g->keep = false;
		n++;
		if (!keep)
			atcp_guard_dev_disarm(an->net, g);
	}
}

/* Can the guard answer on a device of this kind? The answer needs a link header it knows. */
static bool atcp_guard_dev_known(const struct net_device *dev)
{
	switch (dev->type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
	case ARPHRD_NONE:
		return true;
	default:
		return false;
	}
}

/* Marks the device of a name, armed already or armed now. */
static int atcp_guard_dev_name(struct atcp_net *an, const char *name)
{
	struct net_device *dev = __dev_get_by_name(an->net, name);
	struct atcp_guard_dev *g;

	if (!dev) {
		atcp_log_info(an, REFUSED, "net.atcp.guard_devices: there is no device \"%*pE\" here\n",
			      (int)strnlen(name, ATCP_LOG_TEXT), name);
		return -ENODEV;
	}
	if (!atcp_guard_dev_known(dev)) {
		atcp_log_info(an, REFUSED, "net.atcp.guard_devices: %*pE is neither Ethernet nor without a link header\n",
			      (int)strnlen(name, ATCP_LOG_TEXT), name);
		return -EOPNOTSUPP;
	}
	g = atcp_guard_dev_find(an, dev);
	if (!g)
		return atcp_guard_dev_arm(an, dev);
	g->keep = true;
	return 0;
}

/* A file's writer who does not wait for RTNL can be killed; a request's has to have an answer. */
static bool atcp_guard_dev_lock(bool waits)
{
	if (waits)
		rtnl_lock();
	return waits || rtnl_trylock();
}

int atcp_guard_dev_set(struct net *net, char *names, bool waits)
{
	struct atcp_net *an = atcp_net_get(net);
	unsigned int armed = 0;
	struct list_head *pos;
	char *name;
	int err;

	if (!atcp_guard_dev_lock(waits))
		return restart_syscall();
	list_for_each(pos, &an->guard_devs)
		armed++;
	err = an->guard_closed ? -ENODEV : atcp_guard_rate_alloc(an);
	while (!err && (name = strsep(&names, " \t\n,")))
		if (*name)
			err = atcp_guard_dev_name(an, name);
	atcp_guard_dev_sweep(an, armed, err);
	rtnl_unlock();
	return err;
}

int atcp_guard_dev_look(struct net *net, char *names, const char **bad)
{
	const struct net_device *dev;
	int err = 0;
	char *name;

	*bad = names;
	rtnl_lock();
	while (!err && (name = strsep(&names, " \t\n,"))) {
		if (!*name)
			continue;
		*bad = name;
		dev = __dev_get_by_name(net, name);
		if (!dev)
			err = -ENODEV;
		else if (!atcp_guard_dev_known(dev))
			err = -EOPNOTSUPP;
	}
	rtnl_unlock();
	return err;
}

int atcp_guard_dev_get(struct net *net, char *buf, size_t size, bool waits)
{
	const struct atcp_guard_dev *g;
	size_t len = 0;

	*buf = '\0';
	if (!atcp_guard_dev_lock(waits))
		return restart_syscall();
	list_for_each_entry(g, &atcp_net_get(net)->guard_devs, node)
		len += scnprintf(buf + len, size - len, "%s%s", len ? " " : "", g->ops.dev->name);
	rtnl_unlock();
	return len + 1 < size ? 0 : -ENOSPC;
}

static int atcp_guard_dev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct atcp_guard_dev *g;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	g = atcp_guard_dev_find(atcp_net_get(dev_net(dev)), dev);
	if (g)
		atcp_guard_dev_disarm(dev_net(dev), g);
	return NOTIFY_DONE;
}

static struct notifier_block atcp_guard_dev_notifier = {
	.notifier_call = atcp_guard_dev_event,
};

/* Ahead of the grace period: no hook runs in exit. */
static void __net_exit atcp_guard_dev_net_pre_exit(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);

	rtnl_lock();
	an->guard_closed = true;
	atcp_guard_dev_sweep(an, 0, true);
	rtnl_unlock();
}

static void __net_exit atcp_guard_dev_net_exit(struct net *net)
{
	atcp_guard_rate_free(atcp_net_get(net));
}

static struct pernet_operations atcp_guard_dev_net_ops = {
	.pre_exit	= atcp_guard_dev_net_pre_exit,
	.exit		= atcp_guard_dev_net_exit,
};

/**
 * atcp_guard_dev_init() - get ready to arm devices; after atcp_net_init()
 *
 * Return: 0 or -ENOMEM
 */
int atcp_guard_dev_init(void)
{
	int err = register_pernet_subsys(&atcp_guard_dev_net_ops);

	if (err)
		return err;
	err = register_netdevice_notifier(&atcp_guard_dev_notifier);
	if (err)
		unregister_pernet_subsys(&atcp_guard_dev_net_ops);
	return err;
}

/**
 * atcp_guard_dev_exit() - disarm all; no hook of ours runs when it returns
 */
void atcp_guard_dev_exit(void)
{
	unregister_netdevice_notifier(&atcp_guard_dev_notifier);
	unregister_pernet_subsys(&atcp_guard_dev_net_ops);
}
