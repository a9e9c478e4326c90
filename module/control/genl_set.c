// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink's family atcp: knobs are set, all of a request or none.
 *
 * Everything that can be wrong is found before the first knob is touched: what is asked for
 * is looked at attribute by attribute, each listener is found and held, each value compared
 * with its range. After that nothing fails. A listener that closes between the two has been
 * set before it closed, which nobody can tell from the other order; one that listens anew
 * meanwhile has another number, and is let alone.
 */
#include <linux/atcp.h>
#include <linux/atcp_netlink.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "control/genl.h"
#include "control/genl_events.h"
#include "control/genl_setting.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/shared/net.h"

/**
 * struct atcp_genl_item - one knob that is to be set
 * @sk: the listener's socket, of the first item of each a reference; NULL: the namespace's
 * @id: the listener's number
 * @knob: which
 * @val: to what; ATCP_INHERIT: what is said from outside is taken back
 * @holds: @sk is a reference
 */
struct atcp_genl_item {
	struct sock		*sk;
	u32			id;
	enum atcp_knob_id	knob;
	int			val;
	bool			holds;
};

/**
 * struct atcp_genl_set - a request
 * @skb: it
 * @info: what is known of it
 * @an: namespace
 * @item: what it asks for
 * @n: how many
 */
struct atcp_genl_set {
	struct sk_buff		*skb;
	struct genl_info	*info;
	struct atcp_net		*an;
	struct atcp_genl_item	*item;
	unsigned int		n;
};

/* How a refusal begins: the listener, or the namespace. */
static const char *atcp_genl_set_scope(u32 id, char *buf, int size)
{
	if (id)
		scnprintf(buf, size, "listener %u: ", id);
	else
		scnprintf(buf, size, "default ");
	return buf;
}

/* The value that is asked for of one knob: 0 or what the command returns. */
static int atcp_genl_set_value(struct atcp_genl_set *s, u32 id, enum atcp_knob_id knob,
			       const struct nlattr *attr, int *val)
{
	const struct nlattr *value = nla_find_nested(attr, ATCP_A_KNOB_VALUE);
	const struct nlattr *inherit = nla_find_nested(attr, ATCP_A_KNOB_INHERIT);
	char scope[32], text[16], said[ATCP_KNOB_EXPLAIN];
	const char *name = id ? atcp_knob_name(knob) : atcp_knob_desc(knob)->netns;

	atcp_genl_set_scope(id, scope, sizeof(scope));
	if (!name)
		return atcp_genl_refuse(s->skb, s->info, -EINVAL, attr,
					"%s%s: the namespace has none, see listen(2) and setsockopt(2)",
					scope, atcp_knob_name(knob));
	if (!value == !inherit)
		return atcp_genl_refuse(s->skb, s->info, -EINVAL, attr,
					"%s%s: takes a value, or inherit", scope, name);
	if (inherit && !id)
		return atcp_genl_refuse(s->skb, s->info, -EINVAL, inherit,
					"%s%s: has nobody to inherit from", scope, name);
	*val = ATCP_INHERIT;
	if (inherit)
		return 0;
	*val = nla_get_s32(value);
	if (atcp_knob_valid(knob, *val))
		return 0;
	scnprintf(text, sizeof(text), "%d", *val);
	atcp_knob_explain(knob, name, text, said, sizeof(said));
	return atcp_genl_refuse(s->skb, s->info, -ERANGE, value, "%s%s", scope, said);
}

/* All knobs of a nest, of a listener (@sk, a reference that is taken over) or the namespace. */
static int atcp_genl_set_knobs(struct atcp_genl_set *s, struct sock *sk, u32 id,
			       const struct nlattr *knobs)
{
	const struct nlattr *attr;
	bool holds = sk;
	int rem, err;

	nla_for_each_nested(attr, knobs, rem) {
		struct atcp_genl_item *item = &s->item[s->n];
		enum atcp_knob_id knob = nla_type(attr) - 1;

		err = atcp_genl_set_value(s, id, knob, attr, &item->val);
		if (err) {
			if (holds)
				sock_put(sk);
			return err;
		}
		item->sk = sk;
		item->id = id;
		item->knob = knob;
		item->holds = holds;
		holds = false;
		s->n++;
	}
	if (holds)
		sock_put(sk);
	return 0;
}

static int atcp_genl_set_listener(struct atcp_genl_set *s, const struct nlattr *nest)
{
	const struct nlattr *number = nla_find_nested(nest, ATCP_A_LISTENER_ID);
	const struct nlattr *knobs = nla_find_nested(nest, ATCP_A_LISTENER_KNOBS);
	struct sock *sk;
	u32 id;

	if (!number)
		return atcp_genl_refuse(s->skb, s->info, -EINVAL, nest,
					"which listener? there is no id");
	id = nla_get_u32(number);
	if (!knobs || !nla_len(knobs))
		return atcp_genl_refuse(s->skb, s->info, -EINVAL, nest,
					"listener %u: which knobs?", id);
	sk = atcp_listener_find_get(s->an, id);
	if (!sk)
		return atcp_genl_refuse(s->skb, s->info, -ENOENT, number,
					"listener %u: there is none", id);
	return atcp_genl_set_knobs(s, sk, id, knobs);
}

/* No request asks for more than it has room for, with a nest and a flag each. */
static int atcp_genl_set_begin(struct atcp_genl_set *s, struct sk_buff *skb,
			       struct genl_info *info)
{
	size_t most = nlmsg_len(info->nlhdr) / (2 * NLA_HDRLEN) + 1;

	s->skb = skb;
	s->info = info;
	s->an = atcp_net_get(genl_info_net(info));
	s->n = 0;
	s->item = kvmalloc_array(most, sizeof(*s->item), GFP_KERNEL_ACCOUNT);
	return s->item ? 0 : -ENOMEM;
}

static void atcp_genl_set_end(struct atcp_genl_set *s)
{
	while (s->n--)
		if (s->item[s->n].holds)
			sock_put(s->item[s->n].sk);
	kvfree(s->item);
}

static void atcp_genl_set_apply(struct atcp_genl_item *item)
{
	struct sock *sk = item->sk;
	struct atcp_listener *l;

	lock_sock(sk);
	l = atcp_lst(sk);
	if (inet_sk_state_load(sk) == TCP_LISTEN && l->id == item->id)
		atcp_knob_set(l, item->knob, item->val);
	release_sock(sk);
}

int atcp_genl_listener_set(struct sk_buff *skb, struct genl_info *info)
{
	struct atcp_genl_set s;
	struct nlattr *attr;
	unsigned int i;
	int rem, err;

	if (GENL_REQ_ATTR_CHECK(info, ATCP_A_CHANGE_LISTENER))
		return -EINVAL;
	err = atcp_genl_set_begin(&s, skb, info);
	if (err)
		return err;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		err = atcp_genl_set_listener(&s, attr);
		if (err)
			goto out;
		cond_resched();
	}
	/* Of two requests for the same knobs one has the last word on all of them. */
	mutex_lock(&s.an->set_lock);
	for (i = 0; i < s.n; i++)
		atcp_genl_set_apply(&s.item[i]);
	mutex_unlock(&s.an->set_lock);
out:
	atcp_genl_set_end(&s);
	return err;
}

/* As net.atcp shows it. */
static void atcp_genl_set_print(const struct atcp_knob_desc *k, enum atcp_knob_id knob, int val,
				char *text)
{
	if (val > k->max)
		atcp_knob_print(knob, val, text, ATCP_KNOB_TEXT);
	else
		scnprintf(text, ATCP_KNOB_TEXT, "%d", val);
}

static void atcp_genl_set_default(struct atcp_net *an, const struct atcp_genl_item *item)
{
	const struct atcp_knob_desc *k = atcp_knob_desc(item->knob);
	char from[ATCP_KNOB_TEXT], to[ATCP_KNOB_TEXT];
	int was = atcp_knob_default(an, item->knob);

	atcp_knob_set_default(an, item->knob, item->val);
	if (was == item->val)
		return;
	atcp_genl_set_print(k, item->knob, was, from);
	atcp_genl_set_print(k, item->knob, item->val, to);
	atcp_genl_events_default(an, item->knob + 1, k->netns, from, to);
}

int atcp_genl_default_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *knobs = info->attrs[ATCP_A_DEFAULT_KNOBS];
	struct atcp_genl_set s;
	LIST_HEAD(settings);
	unsigned int i;
	int err;

	if (knobs ? !nla_len(knobs) : !info->attrs[ATCP_A_DEFAULT_SETTING])
		return atcp_genl_refuse(skb, info, -EINVAL, knobs, "which knobs?");
	err = atcp_genl_set_begin(&s, skb, info);
	if (err)
		return err;
	err = knobs ? atcp_genl_set_knobs(&s, NULL, 0, knobs) : 0;
	if (!err)
		err = atcp_genl_settings_look(skb, info, &settings);
	if (err)
		goto out;
	mutex_lock(&s.an->set_lock);
	/* These may fail yet, those may not. */
	err = atcp_genl_settings_take(skb, info, &settings);
	for (i = 0; i < s.n && !err; i++)
		atcp_genl_set_default(s.an, &s.item[i]);
	mutex_unlock(&s.an->set_lock);
out:
	atcp_genl_settings_free(&settings);
	atcp_genl_set_end(&s);
	return err;
}
