// SPDX-License-Identifier: GPL-2.0
/*
 * The answer that ends a connection which is not ours to end: when a RST may be sent.
 *
 * Requests are worked on without a lock, and listeners close at any time. What a segment
 * was found for may have become something else when it is to be refused: the child that
 * another CPU made by another segment of the same handshake, whose program may have
 * accepted it and closed the listener since; the copy that an heir has; a TIME_WAIT. A
 * RST then ends a connection that is well. So there are two ways to one, and both are
 * here; scripts/check-layers knows of no other caller of the functions that send it:
 *
 * - a segment is looked up once more, and only if its flow is in no table is it refused;
 * - a request is taken out of the table, which one CPU can do and which nobody can after
 *   it has become a connection.
 *
 * Connections themselves answer under their lock (atcp_reply_rst_sock(),
 * atcp_output_rst()).
 */
#include "listen/refuse.h"

#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/sock.h>

#include "compat/route.h"
#include "conn/conn.h"
#include "conn/tw.h"
#include "listen/listen.h"
#include "output/reply.h"
#include "output/synack.h"
#include "state/listen/req.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"
#include "state/shared/trace.h"
#include "state/shared/twq.h"

/* Objects that one segment finds gone, one after the other. */
#define ATCP_REFUSE_HOPS	4

void atcp_refuse_tuple(const struct atcp_mini *m, struct net *net, const struct sk_buff *skb,
		       struct atcp_tuple *t)
{
	*t = (struct atcp_tuple) {
		.net = net,
		.raddr = m->raddr,
		.laddr = m->laddr,
		.rport = m->rport,
		.lport = m->lport,
		.dif = m->ifindex ?: skb->skb_iif,
		.sdif = skb->protocol == htons(ETH_P_IPV6) ? inet6_sdif(skb) : inet_sdif(skb),
		.family = m->node.family,
		.hash = m->node.hash,
	};
}

/* A SYN that could open anew what is in TIME-WAIT is none here: nobody would take it. */
static void atcp_refuse_to_tw(struct atcp_node *node, struct sk_buff *skb, struct atcp_rx *rx)
{
	struct atcp_tw *tw = atcp_tw_of(node);
	bool tombstone = READ_ONCE(node->u1) == TCP_CLOSE;
	struct net *net = tw->net;

	switch (atcp_tw_rcv(node, skb, rx)) {
	case ATCP_TW_DONE:
		break;
	case ATCP_TW_REFUSE:
		atcp_refuse_tw(tw, skb, rx);
		break;
	case ATCP_TW_SYN:
		if (tombstone)
			atcp_mib_drop(net, skb, ATCP_DROP_TW);
		else
			atcp_tw_unheard(tw, skb, rx);
		break;
	}
}

bool atcp_refuse_elsewhere(const struct atcp_tuple *t, const struct atcp_node *but,
			   struct sk_buff *skb, struct atcp_rx *rx)
{
	struct atcp_node *node = atcp_hash_lookup(t);

	if (!node)
		return false;
	if (node == but) {
		atcp_hash_put(node);
		return false;
	}
	if (node->kind == ATCP_KIND_SOCK)
		atcp_conn_rcv(atcp_sock_sk(atcp_sock_of(node)), skb, NULL);
	else if (!rx || rx->hops++ >= ATCP_REFUSE_HOPS)
		atcp_mib_drop(t->net, skb, ATCP_DROP_REQ_ACK);
	else if (node->kind == ATCP_KIND_REQ)
		atcp_listen_req_rcv(atcp_req_of(node), skb, t, rx);
	else
		atcp_refuse_to_tw(node, skb, rx);
	atcp_hash_put(node);
	return true;
}

bool atcp_refuse_successor(struct atcp_req *req, struct sk_buff *skb, struct atcp_rx *rx)
{
	struct atcp_tuple t;

	atcp_refuse_tuple(&req->mini, sock_net(req->lsk), skb, &t);
	if (atcp_compat_transparent(req->lsk) && inet_sk_state_load(req->lsk) == TCP_LISTEN)
		t.via = req->lsk;
	return atcp_refuse_elsewhere(&t, NULL, skb, rx);
}

bool atcp_refuse(const struct sock *lsk, struct sk_buff *skb, const struct atcp_tuple *t,
		 struct atcp_rx *rx, const struct atcp_node *but)
{
	if (atcp_refuse_elsewhere(t, but, skb, rx))
		return false;
	/* Who it was for knows how to sign. */
	if (but && but->kind == ATCP_KIND_TW)
		atcp_reply_rst_tw(atcp_tw_of((struct atcp_node *)but), skb);
	else if (but && but->kind == ATCP_KIND_REQ)
		atcp_reply_rst_req(atcp_req_of((struct atcp_node *)but), skb);
	else
		atcp_reply_rst(t->net, lsk, skb);
	return true;
}

bool atcp_refuse_req(struct atcp_req *req, struct sk_buff *skb, enum atcp_cause cause)
{
	struct sock *lsk = req->lsk;

	if (!atcp_listen_kill(req, cause))
		return false;
	if (skb)
		atcp_reply_rst_req(req, skb);
	else
		atcp_synack_reset(lsk, req);
	return true;
}

void atcp_refuse_tw(struct atcp_tw *tw, struct sk_buff *skb, struct atcp_rx *rx)
{
	struct atcp_tuple t;

	atcp_refuse_tuple(&tw->mini, tw->net, skb, &t);
	if (atcp_refuse(NULL, skb, &t, rx, &tw->mini.node))
		atcp_tw_refused(tw, skb);
}
