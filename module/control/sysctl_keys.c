// SPDX-License-Identifier: GPL-2.0
/* The knobs of net.atcp that are secrets: the keys of fast open's and of SYN cookies. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "control/genl_events.h"
#include "control/sysctl_ask.h"
#include "control/sysctl_keys.h"
#include "state/listen/fastopen.h"
#include "state/shared/log.h"
#include "state/shared/net.h"

int atcp_sysctl_keys_fastopen(ATCP_CTL_TABLE *table, int write, void *buf,
			      size_t *lenp, loff_t *ppos)
{
	struct atcp_net *an = table->extra2;
	char text[ATCP_FASTOPEN_TEXT_LEN + 8];
	struct atcp_fastopen_keys was, keys;
	struct ctl_table tmp = {
		.procname	= table->procname,
		.data		= text,
		.maxlen		= sizeof(text),
		.mode		= table->mode,
	};
	int err;

	atcp_fastopen_net_keys(an->net, &was);
	atcp_fastopen_keys_print(&was, text);
	err = proc_dostring(&tmp, write, buf, lenp, ppos);
	if (!write || err)
		return err;
	err = atcp_fastopen_keys_parse(&keys, text);
	if (err)
		atcp_sysctl_notice(table, "%s takes 16 bytes as four numbers in hexadecimal with - between, and perhaps a comma and a backup key",
				   table->procname);
	if (err || atcp_sysctl_looks(table))
		return err;
	atcp_fastopen_net_set_keys(an->net, &keys);
	/* The same once more is none. */
	if (!atcp_fastopen_keys_same(&was, &keys))
		atcp_genl_events_key(an, ATCP_SECRET_FASTOPEN);
	return 0;
}

/* It runs out: what is left of it is read. */
int atcp_sysctl_keys_expect(ATCP_CTL_TABLE *table, int write, void *buf,
			    size_t *lenp, loff_t *ppos)
{
	struct atcp_net *an = table->extra2;
	char text[16];
	struct ctl_table tmp = {
		.procname	= table->procname,
		.data		= text,
		.maxlen		= sizeof(text),
		.mode		= table->mode,
	};
	int err, sec;

	snprintf(text, sizeof(text), "%d", atcp_cookiekey_expects(&an->cookiekeys));
	if (!write)
		return proc_dostring(&tmp, write, buf, lenp, ppos);
	err = *lenp < sizeof(text) ? proc_dostring(&tmp, write, buf, lenp, ppos) : -EINVAL;
	if (!err)
		err = kstrtoint(strim(text), 10, &sec) ? -EINVAL : 0;
	if (!err && (sec < -1 || sec > ATCP_COOKIEKEY_EXPECT))
		err = -EINVAL;
	if (err)
		atcp_sysctl_notice(table, "%s takes 0..%d seconds, or -1", table->procname,
				   ATCP_COOKIEKEY_EXPECT);
	else if (!atcp_sysctl_looks(table))
		atcp_cookiekey_expect(&an->cookiekeys, sec);
	return err;
}

/* These come in and never go out, and are in no message. */
int atcp_sysctl_keys_cookie(ATCP_CTL_TABLE *table, int write, void *buf,
			    size_t *lenp, loff_t *ppos)
{
	struct atcp_net *an = table->extra2;
	char text[ATCP_COOKIEKEY_TEXT] = "";
	struct ctl_table tmp = {
		.procname	= table->procname,
		.data		= text,
		.maxlen		= sizeof(text),
		.mode		= table->mode,
	};
	bool changed = false;
	int err;

	/* A mode of 0200 lets root of a namespace in that may not administer it. */
	if (!write || !ns_capable(an->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	err = *lenp < sizeof(text) ? proc_dostring(&tmp, write, buf, lenp, ppos) : -EINVAL;
	if (!err && atcp_sysctl_looks(table))
		err = atcp_cookiekey_valid(strim(text));
	else if (!err)
		err = atcp_cookiekey_set(&an->cookiekeys, strim(text), &changed);
	memzero_explicit(text, sizeof(text));
	if (changed)
		atcp_genl_events_key(an, ATCP_SECRET_COOKIE_SET);
	if (err == -EINVAL)
		atcp_sysctl_notice(table, "cookie_key takes none, or 1 to %d of EPOCH:KEY, KEY being 32 hexadecimal digits",
				   ATCP_COOKIEKEY_MAX);
	return err;
}
