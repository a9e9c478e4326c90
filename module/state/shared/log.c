// SPDX-License-Identifier: GPL-2.0
/*
 * How many lines of the kernel log a namespace may cause.
 *
 * The log is all namespaces' together, and net_ratelimit() is all of the network's: who
 * has a namespace of his own could use that up by refused values, and nobody else's
 * flood would be reported any more. So each namespace has limits of its own, one for
 * each kind of line. As users can make namespaces without number, those of other user
 * namespaces than the first share one limit besides, which leaves the machine's own alone.
 */
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "state/shared/log.h"
#include "state/shared/net.h"

#define ATCP_LOG_INTERVAL	(5 * HZ)
/* Of a namespace, of a kind. */
#define ATCP_LOG_BURST		50
#define ATCP_LOG_BURST_USER	10	/* one that a user has made */
#define ATCP_LOG_BURST_SOCKET	3
#define ATCP_LOG_BURST_USERS	30	/* of all that users have made */

static DEFINE_RATELIMIT_STATE(atcp_log_users, ATCP_LOG_INTERVAL, ATCP_LOG_BURST_USERS);

void atcp_log_init(struct atcp_log *log, bool users)
{
	int burst = users ? ATCP_LOG_BURST_USER : ATCP_LOG_BURST;
	unsigned int i;

	for (i = 0; i < ATCP_LOG_NR; i++) {
		ratelimit_state_init(&log->limit[i], ATCP_LOG_INTERVAL,
				     i == ATCP_LOG_SOCKET ? ATCP_LOG_BURST_SOCKET : burst);
		/* That some were left out is no line of its own. */
		ratelimit_set_flags(&log->limit[i], RATELIMIT_MSG_ON_RELEASE);
	}
	ratelimit_set_flags(&atcp_log_users, RATELIMIT_MSG_ON_RELEASE);
}

bool atcp_log_allowed(struct atcp_net *an, enum atcp_log_kind kind)
{
	if (!__ratelimit(&an->log.limit[kind]))
		return false;
	return an->net->user_ns == &init_user_ns || __ratelimit(&atcp_log_users);
}

unsigned int atcp_log_netns(const struct atcp_net *an)
{
	return an->net->ns.inum;
}
