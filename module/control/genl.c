// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink's family atcp: its commands, who may give them, and what they take.
 *
 * Documentation/netlink/specs/atcp.yaml describes it; scripts/netlink-spec compares what is
 * here with that. The commands themselves are in genl_listener.c, genl_knob.c, genl_set.c
 * and genl_setting.c, the events in genl_events.c. All of it is of the network namespace of
 * the socket that asks. Commands run beside each other: what they need to exclude they lock.
 */
#include <linux/atcp.h>
#include <linux/atcp_netlink.h>
#include <linux/module.h>
#include <linux/stdarg.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "control/genl.h"
#include "control/genl_events.h"
#include "control/genl_setting.h"

/* Longest text of a refusal, with its end. */
#define ATCP_GENL_TEXT	(ATCP_KNOB_EXPLAIN + 64)

#define ATCP_GENL_PARTS	(ATCP_PART_OWNER | ATCP_PART_QUEUES | ATCP_PART_KNOBS |		\
			 ATCP_PART_COUNTERS | ATCP_PART_DROPS |				\
			 ATCP_PART_HISTOGRAMS | ATCP_PART_AGES)

static const struct nla_policy atcp_genl_knob[ATCP_A_KNOB_MAX + 1] = {
	[ATCP_A_KNOB_VALUE]	= { .type = NLA_S32 },
	[ATCP_A_KNOB_INHERIT]	= { .type = NLA_FLAG },
};

/* A row a knob, as the table has them. */
static const struct nla_policy atcp_genl_knobs[ATCP_A_KNOBS_MAX + 1] = {
#define ATCP_KNOB(id, ...)						\
	[ATCP_A_KNOBS_##id] = NLA_POLICY_NESTED(atcp_genl_knob),
#include "state/listen/knob_list.h"
};

/* Where there is no policy at all 6.1 takes anything. */
static const struct nla_policy atcp_genl_nothing[2] = {};

/* Not const: 6.1 has it so. */
static struct netlink_range_validation atcp_genl_port = { .max = 65535 };

static const struct nla_policy atcp_genl_listener_get_policy[ATCP_A_LISTENER_MAX + 1] = {
	[ATCP_A_LISTENER_ID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[ATCP_A_LISTENER_PARTS]	= NLA_POLICY_MASK(NLA_U32, ATCP_GENL_PARTS),
	[ATCP_A_LISTENER_PORT]	= NLA_POLICY_FULL_RANGE(NLA_U32, &atcp_genl_port),
};

static const struct nla_policy atcp_genl_reset_policy[ATCP_A_LISTENER_MAX + 1] = {
	[ATCP_A_LISTENER_ID]	= NLA_POLICY_MIN(NLA_U32, 1),
};

/* What is to become of one listener. */
static const struct nla_policy atcp_genl_change_listener[ATCP_A_LISTENER_MAX + 1] = {
	[ATCP_A_LISTENER_ID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[ATCP_A_LISTENER_KNOBS]	= NLA_POLICY_NESTED(atcp_genl_knobs),
};

static const struct nla_policy atcp_genl_change_policy[ATCP_A_CHANGE_MAX + 1] = {
	[ATCP_A_CHANGE_LISTENER] = NLA_POLICY_NESTED(atcp_genl_change_listener),
};

static const struct nla_policy atcp_genl_change_setting[ATCP_A_SETTING_MAX + 1] = {
	[ATCP_A_SETTING_NAME]	= { .type = NLA_NUL_STRING, .len = ATCP_GENL_SETTING_NAME },
	[ATCP_A_SETTING_VALUE]	= { .type = NLA_NUL_STRING, .len = ATCP_GENL_SETTING_TEXT - 1 },
};

static const struct nla_policy atcp_genl_setting_policy[ATCP_A_SETTING_MAX + 1] = {
	[ATCP_A_SETTING_NAME]	= { .type = NLA_NUL_STRING, .len = ATCP_GENL_SETTING_NAME },
};

static const struct nla_policy atcp_genl_default_policy[ATCP_A_DEFAULT_MAX + 1] = {
	[ATCP_A_DEFAULT_KNOBS]	= NLA_POLICY_NESTED(atcp_genl_knobs),
	[ATCP_A_DEFAULT_SETTING] = NLA_POLICY_NESTED(atcp_genl_change_setting),
};

static const struct genl_ops atcp_genl_ops[] = {
	{
		.cmd		= ATCP_CMD_LISTENER_GET,
		.doit		= atcp_genl_listener_get,
		.start		= atcp_genl_listener_dump_start,
		.dumpit		= atcp_genl_listener_dump,
		.policy		= atcp_genl_listener_get_policy,
		.maxattr	= ATCP_A_LISTENER_MAX,
	},
	{
		.cmd		= ATCP_CMD_LISTENER_SET,
		.doit		= atcp_genl_listener_set,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= atcp_genl_change_policy,
		.maxattr	= ATCP_A_CHANGE_MAX,
	},
	{
		.cmd		= ATCP_CMD_LISTENER_RESET,
		.doit		= atcp_genl_listener_reset,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= atcp_genl_reset_policy,
		.maxattr	= ATCP_A_LISTENER_MAX,
	},
	{
		.cmd		= ATCP_CMD_DEFAULT_GET,
		.doit		= atcp_genl_default_get,
		.policy		= atcp_genl_nothing,
		.maxattr	= ARRAY_SIZE(atcp_genl_nothing) - 1,
	},
	{
		.cmd		= ATCP_CMD_DEFAULT_SET,
		.doit		= atcp_genl_default_set,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= atcp_genl_default_policy,
		.maxattr	= ATCP_A_DEFAULT_MAX,
	},
	{
		.cmd		= ATCP_CMD_KNOB_GET,
		.dumpit		= atcp_genl_info_dump,
		.policy		= atcp_genl_nothing,
		.maxattr	= ARRAY_SIZE(atcp_genl_nothing) - 1,
	},
	{
		.cmd		= ATCP_CMD_SETTING_GET,
		.doit		= atcp_genl_setting_get,
		.dumpit		= atcp_genl_setting_dump,
		.policy		= atcp_genl_setting_policy,
		.maxattr	= ATCP_A_SETTING_MAX,
	},
};

static const struct genl_multicast_group atcp_genl_groups[] = {
	[ATCP_GENL_EVENTS]	= { .name = ATCP_MCGRP_EVENTS },
};

struct genl_family atcp_genl_family __ro_after_init = {
	.name		= ATCP_FAMILY_NAME,
	.version	= ATCP_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= atcp_genl_ops,
	.n_ops		= ARRAY_SIZE(atcp_genl_ops),
	.mcgrps		= atcp_genl_groups,
	.n_mcgrps	= ARRAY_SIZE(atcp_genl_groups),
	/* Of all of them reserved fields have to be 0. */
	.resv_start_op	= ATCP_CMD_LISTENER_GET,
};

int atcp_genl_refuse(struct sk_buff *skb, struct genl_info *info, int err,
		     const struct nlattr *attr, const char *fmt, ...)
{
	struct netlink_ext_ack extack = { .bad_attr = attr };
	char text[ATCP_GENL_TEXT];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	extack._msg = text;
	netlink_ack(skb, (struct nlmsghdr *)info->nlhdr, err, &extack);
	/* For netlink_rcv_skb(): it has been answered. */
	return -EINTR;
}

int atcp_genl_init(void)
{
	int err;

	/* An attribute is the number of its knob and 1: scripts/netlink-spec compares them all. */
	BUILD_BUG_ON(ATCP_KNOB_NR - ATCP_A_KNOBS_MAX);

	err = atcp_genl_events_init();
	if (err)
		return err;
	err = genl_register_family(&atcp_genl_family);
	if (err)
		atcp_genl_events_exit();
	else
		atcp_genl_events_open(true);
	return err;
}

void atcp_genl_exit(void)
{
	/* Nobody is told of anything any more; what waits is sent while there is a group. */
	atcp_genl_events_open(false);
	genl_unregister_family(&atcp_genl_family);
	atcp_genl_events_exit();
}
