// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink's family atcp: the knobs of net.atcp, as their files have them.
 *
 * A request sets many, all or none. Each value is looked at by the handler of its file, and
 * taken when all have been: what a handler has found to be good it takes, but for what may
 * have changed meanwhile (a device that is gone, no memory). Then what was taken is put back.
 * Secrets cannot be: they come last.
 */
#include <linux/atcp.h>
#include <linux/atcp_netlink.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "control/genl.h"
#include "control/genl_setting.h"
#include "control/sysctl.h"
#include "control/sysctl_ask.h"
#include "state/shared/net.h"

/* The longest of them is a list of devices. */
#define ATCP_GENL_SETTING_SIZE	ATCP_GENL_SETTING_TEXT

/**
 * struct atcp_genl_setting - one that is to be set
 * @node: in the request's list, in its order, secrets last
 * @number: of the knob
 * @about: what is known of it
 * @to: to what; in the request
 * @was: what it was; NULL: not set yet, or a secret
 */
struct atcp_genl_setting {
	struct list_head		node;
	unsigned int			number;
	struct atcp_sysctl_about	about;
	const char			*to;
	char				*was;
};

/* Is it told of? What is done at once, and not kept, has nothing to tell. */
static bool atcp_genl_setting_is(const struct atcp_sysctl_about *about)
{
	return about->reads || about->secret;
}

/* @text: room for a value. */
static int atcp_genl_setting_put(struct sk_buff *skb, struct atcp_net *an, unsigned int number,
				 const struct atcp_sysctl_about *about, char *text)
{
	if (nla_put_string(skb, ATCP_A_SETTING_NAME, about->name))
		return -EMSGSIZE;
	if (about->reads) {
		atcp_sysctl_read(an, number, text, ATCP_GENL_SETTING_SIZE);
		if (nla_put_string(skb, ATCP_A_SETTING_VALUE, text))
			return -EMSGSIZE;
	}
	if (about->ranged) {
		atcp_sysctl_first(an, number, text, ATCP_GENL_SETTING_SIZE);
		if (nla_put_string(skb, ATCP_A_SETTING_FIRST, text))
			return -EMSGSIZE;
	}
	if ((about->set && nla_put_flag(skb, ATCP_A_SETTING_SET)) ||
	    (*about->unit && nla_put_string(skb, ATCP_A_SETTING_UNIT, about->unit)) ||
	    (about->ranged && (nla_put_u64_64bit(skb, ATCP_A_SETTING_LEAST, about->least,
						 ATCP_A_SETTING_PAD) ||
			       nla_put_u64_64bit(skb, ATCP_A_SETTING_MOST, about->most,
						 ATCP_A_SETTING_PAD))) ||
	    (!about->writes && nla_put_flag(skb, ATCP_A_SETTING_FIXED)))
		return -EMSGSIZE;
	return 0;
}

int atcp_genl_setting_get(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *name = info->attrs[ATCP_A_SETTING_NAME];
	struct atcp_net *an = atcp_net_get(genl_info_net(info));
	struct atcp_sysctl_about about;
	struct sk_buff *msg;
	int number, err;
	char *text;
	void *hdr;

	if (GENL_REQ_ATTR_CHECK(info, ATCP_A_SETTING_NAME))
		return -EINVAL;
	number = atcp_sysctl_find(nla_data(name));
	if (number < 0 || !atcp_sysctl_about(an, number, &about))
		return atcp_genl_refuse(skb, info, -ENOENT, name, "default %*pE: there is none",
					nla_len(name) - 1, nla_data(name));
	if (!atcp_genl_setting_is(&about))
		return atcp_genl_refuse(skb, info, -EOPNOTSUPP, name,
					"default %s: there is nothing to tell", about.name);
	text = kmalloc(ATCP_GENL_SETTING_SIZE, GFP_KERNEL);
	msg = genlmsg_new(ATCP_GENL_SETTING_SIZE + GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	err = -ENOMEM;
	if (!text || !msg)
		goto out;
	err = -EMSGSIZE;
	hdr = genlmsg_put_reply(msg, info, &atcp_genl_family, 0, ATCP_CMD_SETTING_GET);
	if (!hdr || atcp_genl_setting_put(msg, an, number, &about, text))
		goto out;
	genlmsg_end(msg, hdr);
	err = genlmsg_reply(msg, info);
	msg = NULL;
out:
	nlmsg_free(msg);
	kfree(text);
	return err;
}

static int atcp_genl_setting_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
				      unsigned int number,
				      const struct atcp_sysctl_about *about, char *text)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&atcp_genl_family, NLM_F_MULTI, ATCP_CMD_SETTING_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (atcp_genl_setting_put(skb, atcp_net_get(sock_net(cb->skb->sk)), number, about, text)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int atcp_genl_setting_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct atcp_net *an = atcp_net_get(sock_net(cb->skb->sk));
	char *text = kmalloc(ATCP_GENL_SETTING_SIZE, GFP_KERNEL);
	struct atcp_sysctl_about about;
	unsigned long i;

	if (!text)
		return -ENOMEM;
	for (i = cb->args[0]; atcp_sysctl_about(an, i, &about); i++) {
		if (!atcp_genl_setting_is(&about))
			continue;
		if (atcp_genl_setting_dump_one(skb, cb, i, &about, text)) {
			/* One that fits into no message would come again and again. */
			if (!skb->len)
				continue;
			break;
		}
	}
	cb->args[0] = i;
	kfree(text);
	return skb->len;
}

/* One of a request: 0, and it is in @list, or what the command returns. */
static int atcp_genl_setting_look(struct sk_buff *skb, struct genl_info *info,
				  const struct nlattr *nest, struct list_head *list)
{
	const struct nlattr *name = nla_find_nested(nest, ATCP_A_SETTING_NAME);
	const struct nlattr *value = nla_find_nested(nest, ATCP_A_SETTING_VALUE);
	struct atcp_net *an = atcp_net_get(genl_info_net(info));
	struct atcp_sysctl_ask ask = { .looks = true };
	struct atcp_sysctl_about about;
	struct atcp_genl_setting *s;
	int number, err;

	if (!name)
		return atcp_genl_refuse(skb, info, -EINVAL, nest, "which knob? there is no name");
	number = atcp_sysctl_find(nla_data(name));
	if (number < 0 || !atcp_sysctl_about(an, number, &about))
		return atcp_genl_refuse(skb, info, -ENOENT, name, "default %*pE: there is none",
					nla_len(name) - 1, nla_data(name));
	if (!value)
		return atcp_genl_refuse(skb, info, -EINVAL, nest, "default %s: takes a value",
					about.name);
	if (!about.writes || !atcp_genl_setting_is(&about))
		return atcp_genl_refuse(skb, info, -EINVAL, name, "default %s: cannot be set here",
					about.name);
	err = atcp_sysctl_write(an, number, nla_data(value), &ask);
	if (err)
		/* A value of another form than a number's is out of no range. */
		return atcp_genl_refuse(skb, info, about.ranged && err == -EINVAL ? -ERANGE : err,
					value, *ask.said ? "default %s" : "default %s: refused",
					*ask.said ? ask.said : about.name);
	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;
	s->number = number;
	s->about = about;
	s->to = nla_data(value);
	list_add_tail(&s->node, list);
	return 0;
}

int atcp_genl_settings_look(struct sk_buff *skb, struct genl_info *info, struct list_head *list)
{
	struct atcp_genl_setting *s, *next;
	const struct nlattr *attr;
	LIST_HEAD(secrets);
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != ATCP_A_DEFAULT_SETTING)
			continue;
		err = atcp_genl_setting_look(skb, info, attr, list);
		if (err)
			return err;
		cond_resched();
	}
	list_for_each_entry_safe(s, next, list, node)
		if (s->about.secret)
			list_move_tail(&s->node, &secrets);
	list_splice_tail(&secrets, list);
	return 0;
}

/* Puts back what was set of @list, the last first; in the log if that fails. */
static void atcp_genl_settings_undo(struct atcp_net *an, struct list_head *list)
{
	struct atcp_sysctl_ask ask = {};
	struct atcp_genl_setting *s;

	list_for_each_entry_reverse(s, list, node)
		if (s->was && atcp_sysctl_write(an, s->number, s->was, &ask))
			atcp_log_info(an, REFUSED, "net.atcp.%s: cannot be put back\n",
				      s->about.name);
}

static int atcp_genl_setting_take(struct atcp_net *an, struct atcp_genl_setting *s,
				  struct atcp_sysctl_ask *ask)
{
	char *was = NULL;
	int err;

	if (s->about.reads) {
		was = kmalloc(ATCP_GENL_SETTING_SIZE, GFP_KERNEL);
		if (!was)
			return -ENOMEM;
		atcp_sysctl_read(an, s->number, was, ATCP_GENL_SETTING_SIZE);
	}
	err = atcp_sysctl_write(an, s->number, s->to, ask);
	if (!err && was)
		/* Of a hundred most are numbers. */
		s->was = kstrdup(was, GFP_KERNEL);
	kfree(was);
	return err;
}

int atcp_genl_settings_take(struct sk_buff *skb, struct genl_info *info, struct list_head *list)
{
	struct atcp_net *an = atcp_net_get(genl_info_net(info));
	struct atcp_sysctl_ask ask = {};
	struct atcp_genl_setting *s;
	int err;

	list_for_each_entry(s, list, node) {
		err = atcp_genl_setting_take(an, s, &ask);
		if (!err)
			continue;
		atcp_genl_settings_undo(an, list);
		return atcp_genl_refuse(skb, info, err, NULL,
					*ask.said ? "default %s" : "default %s: refused",
					*ask.said ? ask.said : s->about.name);
	}
	return 0;
}

void atcp_genl_settings_free(struct list_head *list)
{
	struct atcp_genl_setting *s, *next;

	list_for_each_entry_safe(s, next, list, node) {
		kfree(s->was);
		kfree(s);
	}
}
