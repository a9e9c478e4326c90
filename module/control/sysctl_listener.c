// SPDX-License-Identifier: GPL-2.0
/*
 * net.atcp.listener_knob: turns one knob of one listener, by the listener's number.
 *
 * The files of sysfs do the same for who owns them. A file of sysfs knows owner and
 * mode only, so one who has CAP_NET_ADMIN over the namespace, and is not the owner,
 * could not write there; a network sysctl asks for that capability and no more.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <net/sock.h>

#include "control/sysctl_listener.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/shared/net.h"

/* A number, the longest name, the longest value, what stands between, and one too many. */
#define ATCP_SYSCTL_LISTENER_TEXT	(10 + 1 + 24 + 1 + ATCP_KNOB_TEXT + 2)

static int atcp_sysctl_listener_set(struct atcp_net *an, u32 id, enum atcp_knob_id knob,
				    const char *text)
{
	struct sock *sk = atcp_listener_find_get(an, id);
	struct atcp_listener *l;
	int err = -ENOENT;

	if (!sk)
		return err;
	/* It may have closed since, or listen again under another number. */
	lock_sock(sk);
	l = atcp_lst(sk);
	if (inet_sk_state_load(sk) == TCP_LISTEN && l->id == id)
		err = atcp_knob_store(l, knob, text);
	release_sock(sk);
	sock_put(sk);
	return err;
}

/* Takes "ID KNOB=VALUE" apart, in place; is it that? */
static bool atcp_sysctl_listener_parse(char *text, u32 *id, enum atcp_knob_id *knob,
				       char **value)
{
	char *word = strsep(&text, " \t");

	if (!text || kstrtou32(word, 10, id))
		return false;
	word = strsep(&text, "=");
	*value = text;
	*knob = atcp_knob_of_name(strim(word));
	return text && *knob != ATCP_KNOB_NR;
}

static int atcp_sysctl_listener_refuse(const struct ctl_table *table)
{
	struct atcp_net *an = table->extra2;

	atcp_log_info(an, REFUSED, "net.atcp.%s takes ID KNOB=VALUE, as in /sys/kernel/atcp/listeners/ID/KNOB\n",
		      table->procname);
	return -EINVAL;
}

int atcp_sysctl_listener_knob(ATCP_CTL_TABLE *table, int write, void *buf,
			      size_t *lenp, loff_t *ppos)
{
	char text[ATCP_SYSCTL_LISTENER_TEXT] = "";
	struct atcp_net *an = table->extra2;
	struct ctl_table tmp = {
		.procname	= table->procname,
		.data		= text,
		.maxlen		= sizeof(text),
		.mode		= table->mode,
	};
	enum atcp_knob_id knob;
	char *value;
	u32 id;
	int err;

	/* A mode of 0200 lets root of a namespace in that may not administer it. */
	if (!write || !ns_capable(an->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	/* What is cut might be taken for something else. */
	if (*lenp >= sizeof(text))
		return atcp_sysctl_listener_refuse(table);
	err = proc_dostring(&tmp, write, buf, lenp, ppos);
	if (err)
		return err;
	if (!atcp_sysctl_listener_parse(strim(text), &id, &knob, &value))
		return atcp_sysctl_listener_refuse(table);
	return atcp_sysctl_listener_set(an, id, knob, value);
}
