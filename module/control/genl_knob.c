// SPDX-License-Identifier: GPL-2.0
/* Generic netlink's family atcp: the namespace's defaults, and the table of knobs itself. */
#include <linux/atcp.h>
#include <linux/atcp_netlink.h>
#include <net/genetlink.h>

#include "control/genl.h"
#include "state/listen/knob.h"
#include "state/shared/net.h"

int atcp_genl_put_knob(struct sk_buff *skb, enum atcp_knob_id id, int val, int origin)
{
	/* Attributes are the knobs, from 1 up: see atcp_genl_init(). */
	struct nlattr *nest = nla_nest_start(skb, id + 1);

	if (!nest || nla_put_s32(skb, ATCP_A_KNOB_VALUE, val) ||
	    (origin >= 0 && nla_put_u32(skb, ATCP_A_KNOB_ORIGIN, origin)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_put_defaults(struct sk_buff *skb, const struct atcp_net *an)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_DEFAULT_KNOBS);
	unsigned int id;

	if (!nest)
		return -EMSGSIZE;
	for (id = 0; id < ATCP_KNOB_NR; id++)
		if (atcp_knob_desc(id)->netns &&
		    atcp_genl_put_knob(skb, id, atcp_knob_default(an, id), -1))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int atcp_genl_default_get(struct sk_buff *skb, struct genl_info *info)
{
	const struct atcp_net *an = atcp_net_get(genl_info_net(info));
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &atcp_genl_family, 0, ATCP_CMD_DEFAULT_GET);
	if (!hdr || atcp_genl_put_defaults(msg, an)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int atcp_genl_put_info(struct sk_buff *skb, enum atcp_knob_id id)
{
	const struct atcp_knob_desc *k = atcp_knob_desc(id);
	unsigned int i;

	if (nla_put_u32(skb, ATCP_A_INFO_ID, id + 1) ||
	    nla_put_string(skb, ATCP_A_INFO_NAME, k->name) ||
	    (k->netns && nla_put_string(skb, ATCP_A_INFO_NETNS, k->netns)) ||
	    (*k->unit && nla_put_string(skb, ATCP_A_INFO_UNIT, k->unit)) ||
	    nla_put_s32(skb, ATCP_A_INFO_LEAST, k->min) ||
	    nla_put_s32(skb, ATCP_A_INFO_MOST, k->max) ||
	    nla_put_u32(skb, ATCP_A_INFO_OPTION, k->option) ||
	    (k->limit && nla_put_string(skb, ATCP_A_INFO_LIMIT, k->limit)))
		return -EMSGSIZE;
	for (i = 0; k->words && k->words[i]; i++)
		if (nla_put_string(skb, ATCP_A_INFO_WORD, k->words[i]))
			return -EMSGSIZE;
	return 0;
}

int atcp_genl_info_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long id;

	for (id = cb->args[0]; id < ATCP_KNOB_NR; id++) {
		void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
					&atcp_genl_family, NLM_F_MULTI, ATCP_CMD_KNOB_GET);

		if (!hdr)
			break;
		if (atcp_genl_put_info(skb, id)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	cb->args[0] = id;
	return skb->len;
}
