// SPDX-License-Identifier: GPL-2.0
/*
 * One socket by its addresses and cookie: shown, or destroyed.
 *
 * Of the listeners that share a port the cookie tells which is meant; the kernel's TCP
 * asks the one whom a SYN would be for, and refuses if that is another.
 */
#include <linux/errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "control/connwalk.h"
#include "diag/fill.h"
#include "diag/find.h"
#include "listen/listen.h"
#include "state/conn/sock.h"
#include "state/listen/req.h"
#include "state/shared/hash.h"
#include "state/shared/twq.h"

static int atcp_find_tuple(struct net *net, const struct inet_diag_req_v2 *req,
			   struct atcp_tuple *t)
{
	const struct inet_diag_sockid *id = &req->id;

	*t = (struct atcp_tuple) {
		.net = net,
		.rport = id->idiag_dport,
		.lport = id->idiag_sport,
		.dif = id->idiag_if,
		.family = req->sdiag_family,
	};
	switch (req->sdiag_family) {
	case AF_INET:
		ipv6_addr_set_v4mapped(id->idiag_dst[0], &t->raddr);
		ipv6_addr_set_v4mapped(id->idiag_src[0], &t->laddr);
		break;
	case AF_INET6:
		memcpy(&t->raddr, id->idiag_dst, sizeof(t->raddr));
		memcpy(&t->laddr, id->idiag_src, sizeof(t->laddr));
		if (ipv6_addr_v4mapped(&t->raddr) && ipv6_addr_v4mapped(&t->laddr))
			t->family = AF_INET;
		break;
	default:
		return -EINVAL;
	}
	atcp_hash_tuple(t);
	return 0;
}

static bool atcp_find_any_cookie(const struct inet_diag_req_v2 *req)
{
	return req->id.idiag_cookie[0] == INET_DIAG_NOCOOKIE &&
	       req->id.idiag_cookie[1] == INET_DIAG_NOCOOKIE;
}

/* In the connection table. */
static bool atcp_find_node(const struct atcp_tuple *t, struct atcp_fill_obj *o)
{
	struct atcp_node *node;

	rcu_read_lock();
	node = atcp_hash_lookup(t);
	rcu_read_unlock();
	if (!node)
		return false;
	if (node->kind == ATCP_KIND_SOCK) {
		o->sk = atcp_sock_sk(atcp_sock_of(node));
	} else if (node->kind == ATCP_KIND_REQ || READ_ONCE(node->u1) != TCP_CLOSE) {
		o->mini = container_of(node, struct atcp_mini, node);
	} else {
		/* A tombstone is no connection. */
		atcp_hash_put(node);
		return false;
	}
	return true;
}

/* The listener whom a SYN would be for, referenced, or NULL. */
static struct sock *atcp_find_listener(const struct atcp_tuple *t)
{
	struct sock *sk;

	rcu_read_lock();
	sk = atcp_hash_listener_any(t);
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = NULL;
	rcu_read_unlock();
	return sk;
}

/* The listener that has the cookie, and the port, referenced, or NULL. */
static struct sock *atcp_find_listener_cookie(struct net *net, const struct inet_diag_req_v2 *req)
{
	struct atcp_connwalk_place place = {};
	struct sock *sk, *found = NULL;
	struct atcp_connwalk w;

	for (sk = atcp_connwalk_resume(&w, net, req->sdiag_family, &place);
	     sk && atcp_connwalk_listens(&w); sk = atcp_connwalk_go_on(&w)) {
		if (req->id.idiag_sport == htons(inet_sk(sk)->inet_num) &&
		    !sock_diag_check_cookie(sk, req->id.idiag_cookie)) {
			sock_hold(sk);
			found = sk;
			break;
		}
	}
	atcp_connwalk_leave(&w, &place);
	return found;
}

static void atcp_find_put(const struct atcp_fill_obj *o)
{
	if (o->sk)
		sock_put(o->sk);
	else
		atcp_hash_put(&o->mini->node);
}

/* Finds what @req names, referenced. 0, -EINVAL or -ENOENT. */
static int atcp_find(struct net *net, const struct inet_diag_req_v2 *req, struct atcp_fill_obj *o)
{
	struct atcp_tuple t;
	int err;

	*o = (struct atcp_fill_obj) {};
	err = atcp_find_tuple(net, req, &t);
	if (err)
		return err;
	if (!atcp_find_node(&t, o)) {
		o->sk = atcp_find_any_cookie(req) ? atcp_find_listener(&t) :
						    atcp_find_listener_cookie(net, req);
		return o->sk ? 0 : -ENOENT;
	}
	if (atcp_fill_cookie_is(o, req->id.idiag_cookie))
		return 0;
	atcp_find_put(o);
	return -ENOENT;
}

int atcp_find_show(struct netlink_callback *cb, const struct inet_diag_req_v2 *req)
{
	struct net *net = sock_net(cb->skb->sk);
	struct atcp_fill_obj o;
	struct sk_buff *rep;
	int err;

	err = atcp_find(net, req, &o);
	if (err)
		return err;
	rep = nlmsg_new(atcp_fill_size(), GFP_KERNEL);
	err = -ENOMEM;
	if (!rep)
		goto out;
	err = atcp_fill_msg(&o, rep, cb, req, 0, netlink_net_capable(cb->skb, CAP_NET_ADMIN));
	if (WARN_ON_ONCE(err))
		nlmsg_free(rep);
	else
		err = nlmsg_unicast(net->diag_nlsk, rep, NETLINK_CB(cb->skb).portid);
out:
	atcp_find_put(&o);
	return err;
}

static int atcp_find_end_mini(struct atcp_mini *mini)
{
	if (mini->node.kind == ATCP_KIND_REQ) {
		local_bh_disable();
		atcp_listen_kill(atcp_req_of(&mini->node), ATCP_CAUSE_ABORT);
		local_bh_enable();
	} else {
		atcp_twq_kill(atcp_tw_of(&mini->node));
	}
	return 0;
}

int atcp_find_destroy(struct sk_buff *in_skb, const struct inet_diag_req_v2 *req)
{
	struct net *net = sock_net(in_skb->sk);
	struct atcp_fill_obj o;
	int err;

	err = atcp_find(net, req, &o);
	if (err)
		return err;
	/* Who sends it, and who opened the socket that it comes by. */
	if (!netlink_net_capable(in_skb, CAP_NET_ADMIN))
		err = -EPERM;
	else if (o.sk)
		err = sock_diag_destroy(o.sk, ECONNABORTED);
	else
		err = atcp_find_end_mini(o.mini);
	atcp_find_put(&o);
	return err;
}
