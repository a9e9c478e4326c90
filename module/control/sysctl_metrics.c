// SPDX-License-Identifier: GPL-2.0
/* net.atcp.metrics_flush: what ip-tcp_metrics(8) "flush" and "delete" are to the kernel's TCP. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/inet.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <net/ipv6.h>

#include "control/sysctl_metrics.h"
#include "state/listen/fastopen.h"
#include "state/listen/peer.h"
#include "state/shared/net.h"

/* An address in @text, IPv4 ones mapped. */
static bool atcp_sysctl_metrics_addr(const char *text, struct in6_addr *addr)
{
	const char *end;
	__be32 v4;

	if (in4_pton(text, -1, (u8 *)&v4, -1, &end)) {
		ipv6_addr_set_v4mapped(v4, addr);
		return !*end;
	}
	return in6_pton(text, -1, addr->s6_addr, -1, &end) && !*end;
}

int atcp_sysctl_metrics_flush(ATCP_CTL_TABLE *table, int write, void *buf, size_t *lenp,
			      loff_t *ppos)
{
	struct atcp_net *an = table->extra2;
	char text[INET6_ADDRSTRLEN + 2] = "";
	struct ctl_table tmp = {
		.procname	= table->procname,
		.data		= text,
		.maxlen		= sizeof(text),
		.mode		= table->mode,
	};
	const struct in6_addr *which = NULL;
	struct in6_addr addr;
	char *word;
	int err;

	/* A mode of 0200 lets root of a namespace in that may not administer it. */
	if (!write || !ns_capable(an->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	err = *lenp < sizeof(text) ? proc_dostring(&tmp, write, buf, lenp, ppos) : -EINVAL;
	word = strim(text);
	if (!err && strcmp(word, "all")) {
		which = &addr;
		err = atcp_sysctl_metrics_addr(word, &addr) ? 0 : -EINVAL;
	}
	if (err) {
		atcp_log_info(an, REFUSED, "net.atcp.%s takes an address, or all\n",
			      table->procname);
		return err;
	}
	atcp_peer_forget(&an->peers, which);
	atcp_fastopen_flush(an->net, which);
	return 0;
}
