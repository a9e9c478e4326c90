// SPDX-License-Identifier: GPL-2.0
/*
 * A packet that arrives: is it ours, is it in order, and whose is it.
 *
 * Until a segment is known to be atcp's it is only looked at: what is not goes
 * on to the kernel's TCP as if nobody had been here. Which it is depends on the
 * addresses and ports alone; only then are checksum, policies and filters asked.
 */

#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ip6_checksum.h>
#include <net/l3mdev.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include "compat/netfilter.h"
#include "conn/conn.h"
#include "conn/expire.h"
#include "conn/tw.h"
#include "input/early.h"
#include "input/input.h"
#include "listen/listen.h"
#include "listen/refuse.h"
#include "state/conn/auth.h"
#include "state/conn/sockfilter.h"
#include "state/listen/req.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"
#include "state/shared/twq.h"

/*
 * A device's sum (CHECKSUM_COMPLETE) is of all that is in the skb. IPv4's header has
 * the sum 0, by its own checksum; IPv6's headers have any.
 */
static void atcp_input_pull(struct sk_buff *skb, u8 family, unsigned int thoff)
{
	const void *header = skb->data;

	__skb_pull(skb, thoff);
	if (family == AF_INET6)
		skb_postpull_rcsum(skb, header, thoff);
	skb_reset_transport_header(skb);
}

/* Undoes it, for the kernel's TCP. */
static void atcp_input_push(struct sk_buff *skb, u8 family, unsigned int thoff)
{
	__skb_push(skb, thoff);
	if (family == AF_INET6)
		skb_postpush_rcsum(skb, skb->data, thoff);
}

/*
 * Pulls to the TCP header and checks it: @skb is ours now, and for the socket @sk
 * unless that is NULL. False: dropped and counted.
 */
static bool atcp_input_validate(struct net *net, const struct sock *sk, struct sk_buff *skb,
				u8 family, unsigned int thoff)
{
	struct atcp_net *an = sk ? atcp_sock_net(sk) : atcp_net_get(net);
	enum atcp_drop reason = ATCP_DROP_HDR;
	const struct tcphdr *th;

	ATCP_AN_ADD(an, INSEGS, max_t(u16, 1, skb_shinfo(skb)->gso_segs));
	if (!pskb_may_pull(skb, thoff + sizeof(struct tcphdr)))
		goto bad;
	atcp_input_pull(skb, family, thoff);
	th = tcp_hdr(skb);
	if (th->doff < sizeof(struct tcphdr) / 4 || !pskb_may_pull(skb, th->doff * 4))
		goto bad;

	/* RFC 9293 3.1 (MUST-3). */
	if (family == AF_INET ?
	    skb_checksum_init(skb, IPPROTO_TCP, inet_compute_pseudo) :
	    skb_checksum_init(skb, IPPROTO_TCP, ip6_compute_pseudo))
		goto csum;
	if (!skb_csum_unnecessary(skb) && __skb_checksum_complete(skb))
		goto csum;
	return true;

csum:
	ATCP_AN_INC(an, INCSUMERRORS);
	reason = ATCP_DROP_CSUM;
bad:
	ATCP_AN_INC(an, INERRS);
	atcp_mib_drop(net, skb, reason);
	return false;
}

/*
 * Minimum TTL, IPsec policy and socket filter, as they apply to the kernel's TCP. A
 * filter may cut the text off: @rx says what is left. @req: it is for this request of @sk's.
 */
static bool atcp_input_permitted(struct sock *sk, const struct atcp_req *req, struct sk_buff *skb,
				 u8 family, struct atcp_rx *rx)
{
	struct net *net = sock_net(sk);
	unsigned int len = skb->len;
	enum atcp_drop reason;

	if (family == AF_INET) {
		if (ip_hdr(skb)->ttl < READ_ONCE(inet_sk(sk)->min_ttl))
			goto ttl;
		if (!xfrm4_policy_check(sk, XFRM_POLICY_IN, skb))
			goto xfrm;
	} else {
		if (sk->sk_family == AF_INET6 &&
		    ipv6_hdr(skb)->hop_limit < READ_ONCE(inet6_sk(sk)->min_hopcount))
			goto ttl;
		if (!xfrm6_policy_check(sk, XFRM_POLICY_IN, skb))
			goto xfrm;
	}
	reason = atcp_auth_check(sk, req, skb, &rx->opts);
	if (unlikely(reason)) {
		atcp_mib_drop(net, skb, reason);
		return false;
	}
	nf_reset_ct(skb);
	if (sk_filter_trim_cap(sk, skb, atcp_sockfilter_cap(sk, skb, tcp_hdr(skb)->doff * 4))) {
		atcp_mib_drop(net, skb, ATCP_DROP_SOCKET_FILTER);
		return false;
	}
	if (unlikely(skb->len != len))
		atcp_rx_read(skb, rx);
	return true;

ttl:
	ATCP_INC(net, TCPMINTTLDROP);
	atcp_mib_drop(net, skb, ATCP_DROP_MIN_TTL);
	return false;
xfrm:
	atcp_mib_drop(net, skb, ATCP_DROP_XFRM);
	return false;
}

static void atcp_input_to_listener(struct sock *lsk, struct sk_buff *skb,
				   const struct atcp_tuple *t, struct atcp_rx *rx)
{
	if (!atcp_input_permitted(lsk, NULL, skb, t->family, rx))
		return;
	atcp_listen_rcv(lsk, skb, t, rx);
}

/*
 * A SYN that may follow a TIME_WAIT goes to the listener. A tombstone without
 * one of ours leaves it to the kernel's TCP (NF_ACCEPT): the port may be its now.
 */
static unsigned int atcp_input_tw(struct atcp_node *node, struct sk_buff *skb,
				  const struct atcp_tuple *t, struct atcp_rx *rx,
				  unsigned int thoff)
{
	struct atcp_tw *tw = atcp_tw_of(node);
	bool tombstone = node->u1 == TCP_CLOSE;
	unsigned int verdict = NF_STOLEN;
	struct sock *lsk;

	if (unlikely(tw->ao && !tombstone) && !atcp_auth_tw_ok(tw, skb, &rx->opts)) {
		atcp_mib_drop(t->net, skb, ATCP_DROP_AO);
		goto out;
	}
	switch (atcp_tw_rcv(node, skb, rx)) {
	case ATCP_TW_DONE:
		goto out;
	case ATCP_TW_REFUSE:
		atcp_refuse_tw(tw, skb, rx);
		goto out;
	case ATCP_TW_SYN:
		break;
	}
	lsk = atcp_hash_listener(t, skb, rx->seg.doff);
	if (lsk) {
		if (!tombstone)
			ATCP_INC(t->net, TWRECYCLED);
		atcp_twq_kill(tw);
		atcp_input_to_listener(lsk, skb, t, rx);
	} else if (tombstone) {
		atcp_input_push(skb, t->family, thoff);
		verdict = NF_ACCEPT;
	} else {
		atcp_tw_unheard(tw, skb, rx);
	}
out:
	atcp_twq_put(tw);
	return verdict;
}

static unsigned int atcp_input_dispatch(struct atcp_node *node, struct sk_buff *skb,
					const struct atcp_tuple *t, struct atcp_rx *rx,
					unsigned int thoff)
{
	struct atcp_req *req;
	struct sock *sk;

	switch (node->kind) {
	case ATCP_KIND_REQ:
		req = atcp_req_of(node);
		if (atcp_input_permitted(req->lsk, req, skb, t->family, rx))
			atcp_listen_req_rcv(req, skb, t, rx);
		atcp_req_put(req);
		return NF_STOLEN;
	case ATCP_KIND_TW:
		return atcp_input_tw(node, skb, t, rx, thoff);
	default:
		sk = atcp_sock_sk(atcp_sock_of(node));
		if (unlikely(READ_ONCE(atcp_sock_net(sk)->early) == ATCP_EARLY_NO))
			atcp_early_wanted(t->net);
		if (atcp_input_permitted(sk, NULL, skb, t->family, rx))
			atcp_conn_rcv(sk, skb, rx);
		sock_put(sk);
		return NF_STOLEN;
	}
}

/*
 * Whose is it: a node (referenced), or a listener? Neither: not ours. A connection may be
 * made by another CPU after the first look, and its listener closed before the second.
 */
static struct atcp_node *atcp_input_find(const struct atcp_tuple *t, struct sock **lsk)
{
	int left = atcp_hash_unlistened();
	struct atcp_node *node;

	node = atcp_hash_lookup(t);
	if (node)
		return node;
	*lsk = atcp_hash_listener(t, NULL, 0);
	if (*lsk)
		return NULL;
	/* Pairs with atcp_hash_unlisten(). */
	smp_rmb();
	return likely(atcp_hash_unlistened() == left) ? NULL : atcp_hash_lookup(t);
}

unsigned int atcp_input_rcv(struct net *net, struct sk_buff *skb, const struct sock *via,
			    u8 family, unsigned int thoff)
{
	struct tcphdr copy, *th;
	struct atcp_node *node;
	struct atcp_tuple t;
	struct sock *lsk = NULL;
	struct atcp_rx rx;

	if (skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	th = skb_header_pointer(skb, thoff, sizeof(copy), &copy);
	if (!th)
		return NF_ACCEPT;
	atcp_rx_tuple(net, skb, via, family, th, &t);
	node = atcp_input_find(&t, &lsk);
	if (!node && !lsk)
		return NF_ACCEPT;

	if (!atcp_compat_confirm(skb)) {
		if (node)
			atcp_hash_put(node);
		return NF_DROP;
	}
	if (!atcp_input_validate(net, lsk, skb, family, thoff)) {
		if (node)
			atcp_hash_put(node);
		return NF_STOLEN;
	}
	atcp_rx_parse(skb, &rx);
	if (node)
		return atcp_input_dispatch(node, skb, &t, &rx, thoff);

	/* Again, with the segment validated, for programs that choose in a reuseport group. */
	if (rcu_access_pointer(lsk->sk_reuseport_cb))
		lsk = atcp_hash_listener(&t, skb, rx.seg.doff) ?: lsk;
	atcp_input_to_listener(lsk, skb, &t, &rx);
	return NF_STOLEN;
}

unsigned int atcp_input_conn(struct sock *sk, struct sk_buff *skb, u8 family, unsigned int thoff)
{
	unsigned int verdict = NF_STOLEN;
	struct atcp_rx rx;

	if (unlikely(!atcp_compat_confirm(skb))) {
		verdict = NF_DROP;
	} else if (atcp_input_validate(sock_net(sk), sk, skb, family, thoff)) {
		atcp_rx_parse(skb, &rx);
		if (atcp_input_permitted(sk, NULL, skb, family, &rx))
			atcp_conn_rcv(sk, skb, &rx);
	}
	sock_put(sk);
	return verdict;
}

int atcp_input_init(void)
{
	atcp_expire_init();
	atcp_listen_init();
	return 0;
}

void atcp_input_exit(void)
{
}
