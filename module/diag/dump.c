// SPDX-License-Identifier: GPL-2.0
/*
 * A dump by sock_diag: all that fits the request, a message's worth at a time.
 *
 * It goes by the walk of /proc/net/atcp (control/connwalk.c): between two messages a
 * place is all that is kept, in the netlink_callback.
 */
#include <linux/netlink.h>
#include <linux/sched.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "control/connwalk.h"
#include "diag/dump.h"
#include "diag/fill.h"
#include "state/conn/sock.h"

/* What the walk stands at. */
static struct atcp_fill_obj atcp_dump_obj(const struct atcp_connwalk *w, void *at)
{
	struct atcp_node *node = at;

	if (atcp_connwalk_listens(w))
		return (struct atcp_fill_obj) { .sk = at };
	if (node->kind == ATCP_KIND_SOCK)
		return (struct atcp_fill_obj) { .sk = atcp_sock_sk(atcp_sock_of(node)) };
	return (struct atcp_fill_obj) { .mini = container_of(node, struct atcp_mini, node) };
}

/* Nothing but listeners is asked for: the connection table need not be walked. */
static bool atcp_dump_only_listeners(const struct inet_diag_req_v2 *req)
{
	return !(req->idiag_states & ~TCPF_LISTEN);
}

static bool atcp_dump_no_listeners(const struct inet_diag_req_v2 *req)
{
	return !(req->idiag_states & TCPF_LISTEN) || req->id.idiag_dport;
}

void atcp_dump_some(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct inet_diag_req_v2 *req)
{
	struct atcp_connwalk_place *place = (struct atcp_connwalk_place *)cb->args;
	bool net_admin = netlink_net_capable(cb->skb, CAP_NET_ADMIN);
	struct net *net = sock_net(cb->skb->sk);
	struct atcp_connwalk w;
	void *at;

	BUILD_BUG_ON(sizeof(*place) > sizeof(cb->args));
	if (atcp_dump_no_listeners(req))
		place->nodes = true;
	for (at = atcp_connwalk_resume(&w, net, req->sdiag_family, place); at;
	     at = atcp_connwalk_go_on(&w)) {
		struct atcp_fill_obj o = atcp_dump_obj(&w, at);

		if (!atcp_connwalk_listens(&w) && atcp_dump_only_listeners(req))
			break;
		if (atcp_fill_wanted(&o, cb, req) &&
		    atcp_fill_msg(&o, skb, cb, req, NLM_F_MULTI, net_admin))
			break;
		cond_resched();
	}
	atcp_connwalk_leave(&w, place);
}
