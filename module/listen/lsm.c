// SPDX-License-Identifier: GPL-2.0
/*
 * What security modules are asked about a connection request.
 *
 * Their hook takes the kernel's request_sock. Ours has no room for their labels,
 * so they are shown one on the stack, filled as the kernel's TCP does; the child
 * has its listener's label (sk_clone) and its peer's from the handshake's last
 * segment (security_inet_conn_established).
 */
#include <linux/security.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/request_sock.h>

#include "listen/lsm.h"
#include "state/listen/req.h"

#ifdef CONFIG_SECURITY_NETWORK

static const struct request_sock_ops atcp_lsm_ops4 = { .family = AF_INET };
static const struct request_sock_ops atcp_lsm_ops6 = { .family = AF_INET6 };

int atcp_lsm_conn_request(const struct sock *lsk, const struct atcp_req *req,
			  struct sk_buff *skb)
{
	const struct atcp_mini *m = &req->mini;
	struct inet_request_sock ir = {};
	int err;

	ir.req.rsk_listener = (struct sock *)lsk;
	ir.ireq_family = m->node.family;
	write_pnet(&ir.ireq_net, sock_net(lsk));
	ir.ir_rmt_port = m->rport;
	ir.ir_num = ntohs(m->lport);
	ir.ir_iif = m->ifindex;
	ir.ir_mark = req->mark;
	if (m->node.family == AF_INET) {
		ir.req.rsk_ops = &atcp_lsm_ops4;
		ir.ir_rmt_addr = m->raddr.s6_addr32[3];
		ir.ir_loc_addr = m->laddr.s6_addr32[3];
	} else {
		ir.req.rsk_ops = &atcp_lsm_ops6;
#if IS_ENABLED(CONFIG_IPV6)
		ir.ir_v6_rmt_addr = m->raddr;
		ir.ir_v6_loc_addr = m->laddr;
#endif
	}

	err = security_inet_conn_request(lsk, skb, &ir.req);
	/* Labelled networking may have hung an IP option on it. */
	if (m->node.family == AF_INET)
		kfree(rcu_dereference_protected(ir.ireq_opt, true));
	return err;
}

#else

int atcp_lsm_conn_request(const struct sock *lsk, const struct atcp_req *req,
			  struct sk_buff *skb)
{
	return 0;
}

#endif /* CONFIG_SECURITY_NETWORK */
