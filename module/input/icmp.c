// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about our flows.
 *
 * Anyone can send one: the segment it quotes must be of a connection of ours,
 * and its sequence number one that is in flight (RFC 5927 section 4.1). Only a
 * connection that is not open yet is ended by one; an open one keeps the error
 * for the day it times out (RFC 5461, RFC 1122 section 4.2.3.9).
 */
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/sock.h>

#include "compat/route.h"
#include "conn/pmtu.h"
#include "input/icmp.h"
#include "listen/listen.h"
#include "output/route.h"
#include "proto/seq.h"
#include "state/conn/ao.h"
#include "state/conn/sock.h"
#include "state/conn/timer.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"
#include "state/shared/twq.h"

/* What of the quoted TCP header a message is sure to have. */
struct atcp_icmp_quote {
	__be16	source;
	__be16	dest;
	__be32	seq;
};

/* What a message asks for. */
enum atcp_icmp_what {
	ATCP_ICMP_NOTHING,
	ATCP_ICMP_ERROR,
	ATCP_ICMP_MTU,
	ATCP_ICMP_REDIRECT,
};

/**
 * struct atcp_icmp - a message about a flow
 * @skb: the packet
 * @what: what it asks for
 * @quote_off: where the quoted IP header begins
 * @tcp_off: where the quoted TCP header begins
 * @ee: the same for IP_RECVERR: errno, origin, type, code
 * @port: the quoted segment was for this port
 * @seq: quoted sequence number
 * @err: errno of an error
 * @fatal: may end a request
 * @mtu: of %ATCP_ICMP_MTU, bytes
 */
struct atcp_icmp {
	struct sk_buff		*skb;
	enum atcp_icmp_what	what;
	unsigned int		quote_off;
	unsigned int		tcp_off;
	struct sock_extended_err ee;
	__be16			port;
	u32			seq;
	int			err;
	bool			fatal;
	u32			mtu;
};

/* Does the user take path MTUs from others for this socket? */
static bool atcp_icmp_accepts_mtu(const struct sock *sk, u32 mtu)
{
	if (atcp_sock_node(sk)->family == AF_INET6)
		return mtu >= IPV6_MIN_MTU && ip6_sk_accept_pmtu(sk);
	return READ_ONCE(inet_sk(sk)->pmtudisc) != IP_PMTUDISC_DONT &&
	       ip_sk_accept_pmtu(sk);
}

static void atcp_icmp_mtu(struct sock *sk, const struct atcp_icmp *msg)
{
	struct dst_entry *dst;

	if (!atcp_icmp_accepts_mtu(sk, msg->mtu))
		return;
	/* The user may have the lock: the route is all that is touched then. */
	if (!sock_owned_by_user(sk))
		atcp_sk(sk)->af_ops->route(sk);
	dst = sk_dst_get(sk);
	if (!dst)
		return;
	dst->ops->update_pmtu(dst, sk, NULL, msg->mtu, true);
	dst_release(dst);
	if (sock_owned_by_user(sk))
		atcp_timer_defer(sk, ATCP_DEFER_MTU);
	else
		atcp_pmtu_reduced(sk);
}

/* The route's code reads the packet from the quoted header on: on a clone of it. */
static void atcp_icmp_redirect(struct sock *sk, const struct atcp_icmp *msg)
{
	struct dst_entry *dst = __sk_dst_check(sk, 0);
	struct sk_buff *skb;

	if (!dst || atcp_sock_node(sk)->family != AF_INET)
		return;
	skb = skb_copy(msg->skb, GFP_ATOMIC);
	if (!skb)
		return;
	skb_set_transport_header(skb, msg->quote_off - sizeof(struct icmphdr));
	if (pskb_pull(skb, msg->quote_off))
		dst->ops->redirect(dst, sk, skb);
	kfree_skb(skb);
}

/* Does the user want to be told of ICMP errors as they come (IP_RECVERR)? */
static bool atcp_icmp_recverr(const struct sock *sk)
{
	return atcp_sock_node(sk)->family == AF_INET6 ? atcp_compat_recverr6(sk) :
						      atcp_compat_recverr4(sk);
}

/*
 * Puts it into the error queue, as the kernel's ip_icmp_error() and ipv6_icmp_error() do, which are
 * not exported: the former also if nobody has asked for it, and poll(2) says so until it is read.
 */
static void atcp_icmp_tell(struct sock *sk, const struct atcp_icmp *msg)
{
	struct sock_exterr_skb *err;
	struct sk_buff *skb;

	if (msg->ee.ee_origin == SO_EE_ORIGIN_ICMP6 && !atcp_icmp_recverr(sk))
		return;
	skb = skb_clone(msg->skb, GFP_ATOMIC);
	if (!skb)
		return;
	if (!pskb_may_pull(skb, msg->tcp_off))
		goto drop;
	err = SKB_EXT_ERR(skb);
	err->ee = msg->ee;
	err->ee.ee_errno = msg->err;
	err->port = msg->port;
	/* Whom the segment was for, from the network header on. */
	err->addr_offset = msg->quote_off - skb_network_offset(skb);
	if (msg->ee.ee_origin == SO_EE_ORIGIN_ICMP6)
		err->addr_offset += offsetof(struct ipv6hdr, daddr);
	else
		err->addr_offset += offsetof(struct iphdr, daddr);
	__skb_pull(skb, msg->tcp_off);
	skb_reset_transport_header(skb);
	if (!sock_queue_err_skb(sk, skb))
		return;
drop:
	kfree_skb(skb);
}

static void atcp_icmp_error(struct sock *sk, const struct atcp_icmp *msg)
{
	struct net *net = sock_net(sk);
	bool owned = sock_owned_by_user(sk);

	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) {
		/* A fast open that was accepted is a connection to its program. */
		bool accepted = atcp_sk(sk)->fo.lsk && sk->sk_socket;

		if (!accepted)
			atcp_icmp_tell(sk, msg);
		if (owned || accepted) {
			atcp_sock_soft_error(sk, msg->err);
			return;
		}
		ATCP_INC(net, ICMPHARDERROR);
		atcp_sock_abort(sk, msg->err, ATCP_CAUSE_ICMP);
		return;
	}
	ATCP_INC(net, ICMPSOFTERROR);
	if (!owned && atcp_icmp_recverr(sk)) {
		WRITE_ONCE(sk->sk_err, msg->err);
		sk_error_report(sk);
	} else {
		atcp_sock_soft_error(sk, msg->err);
	}
}

static void __atcp_icmp_sock(struct sock *sk, const struct atcp_icmp *msg)
{
	const struct atcp_sock *as = atcp_sk(sk);
	struct net *net = sock_net(sk);

	if (sock_owned_by_user(sk) && msg->what != ATCP_ICMP_MTU)
		ATCP_INC(net, LOCKDROPPEDICMPS);
	if (sk->sk_state == TCP_CLOSE)
		return;
	if (!atcp_seq_between(msg->seq, as->snd_una, as->snd_nxt)) {
		ATCP_INC(net, OUTOFWINDOWICMPS);
		return;
	}
	switch (msg->what) {
	case ATCP_ICMP_MTU:
		atcp_icmp_mtu(sk, msg);
		break;
	case ATCP_ICMP_REDIRECT:
		if (!sock_owned_by_user(sk))
			atcp_icmp_redirect(sk, msg);
		break;
	default:
		atcp_icmp_error(sk, msg);
	}
}

static void atcp_icmp_sock(struct sock *sk, const struct atcp_icmp *msg)
{
	bh_lock_sock(sk);
	__atcp_icmp_sock(sk, msg);
	bh_unlock_sock(sk);
	sock_put(sk);
}

/*
 * RFC 5925 section 7.8: hard errors are not believed where segments are signed, unless
 * TCP_AO_INFO says so. Under RCU.
 */
static bool atcp_icmp_unwanted(struct atcp_net *an, struct atcp_ao *ao,
			       const struct atcp_icmp *msg)
{
	u8 type = msg->ee.ee_type, code = msg->ee.ee_code;

	if (READ_ONCE(ao->accept_icmps))
		return false;
	if (msg->ee.ee_origin == SO_EE_ORIGIN_ICMP) {
		if (type != ICMP_DEST_UNREACH || code < ICMP_PROT_UNREACH ||
		    code > ICMP_FRAG_NEEDED)
			return false;
	} else if (type != ICMPV6_DEST_UNREACH ||
		   (code != ICMPV6_ADM_PROHIBITED && code != ICMPV6_PORT_UNREACH)) {
		return false;
	}
	ATCP_AN_INC(an, TCPAODROPPEDICMPS);
	atomic64_inc(&ao->icmps);
	return true;
}

/* The same of a connection, which is synchronized with its peer. */
static bool atcp_icmp_ignored(const struct sock *sk, const struct atcp_icmp *msg)
{
	struct atcp_ao *ao;

	if (likely(!atcp_ao_any(sk)))
		return false;
	if ((1 << inet_sk_state_load(sk)) & (TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_LISTEN))
		return false;
	ao = atcp_ao_of(sk);
	return ao && atcp_icmp_unwanted(atcp_sock_net(sk), ao, msg);
}

static void atcp_icmp_req(struct atcp_req *req, const struct atcp_icmp *msg)
{
	struct net *net = sock_net(req->lsk);

	if (msg->seq != req->snt_isn) {
		ATCP_INC(net, OUTOFWINDOWICMPS);
	} else if (msg->what == ATCP_ICMP_ERROR && msg->fatal &&
		   atcp_listen_kill(req, ATCP_CAUSE_ICMP)) {
		ATCP_LCOUNT(atcp_lst(req->lsk), LISTENDROPS, drops);
	}
	atcp_req_put(req);
}

static void atcp_icmp_dispatch(struct atcp_tuple *t, const struct atcp_icmp *msg)
{
	struct atcp_node *node;
	struct sock *sk;

	atcp_hash_tuple(t);
	node = atcp_hash_lookup(t);
	if (!node)
		return;
	switch (node->kind) {
	case ATCP_KIND_SOCK:
		sk = atcp_sock_sk(atcp_sock_of(node));
		if (atcp_icmp_ignored(sk, msg))
			sock_put(sk);
		else
			atcp_icmp_sock(sk, msg);
		break;
	case ATCP_KIND_REQ:
		atcp_icmp_req(atcp_req_of(node), msg);
		break;
	default:
		/* Nothing comes of it, but it is counted. */
		if (atcp_tw_of(node)->ao)
			atcp_icmp_unwanted(atcp_net_get(t->net), atcp_tw_of(node)->ao, msg);
		atcp_twq_put(atcp_tw_of(node));
	}
}

/*
 * The sum of the message, which is at @off: as its device told it, unless that is no good.
 * @pseudo: what else belongs to it.
 */
static bool atcp_icmp_csum_ok(const struct sk_buff *skb, unsigned int off, __wsum pseudo)
{
	__wsum sum;

	if (skb_csum_unnecessary(skb))
		return true;
	if (skb->ip_summed == CHECKSUM_COMPLETE) {
		/* Of all from skb->data on; the headers before are of even lengths. */
		sum = csum_sub(skb->csum, skb_checksum(skb, 0, off, 0));
		if (!csum_fold(csum_add(sum, pseudo)))
			return true;
	}
	return !csum_fold(skb_checksum(skb, off, skb->len - off, pseudo));
}

static void atcp_icmp_classify4(const struct icmphdr *ih, struct atcp_icmp *msg)
{
	msg->what = ATCP_ICMP_ERROR;
	msg->ee.ee_origin = SO_EE_ORIGIN_ICMP;
	msg->ee.ee_type = ih->type;
	msg->ee.ee_code = ih->code;
	switch (ih->type) {
	case ICMP_DEST_UNREACH:
		if (ih->code == ICMP_FRAG_NEEDED) {
			msg->what = ATCP_ICMP_MTU;
			msg->mtu = ntohs(ih->un.frag.mtu);
		} else if (ih->code <= NR_ICMP_UNREACH) {
			msg->err = icmp_err_convert[ih->code].errno;
			msg->fatal = ih->code == ICMP_NET_UNREACH ||
				     ih->code == ICMP_HOST_UNREACH;
		} else {
			msg->what = ATCP_ICMP_NOTHING;
		}
		break;
	case ICMP_TIME_EXCEEDED:
		msg->err = EHOSTUNREACH;
		msg->fatal = true;
		/* A fragment was lost: the path is there. */
		if (ih->code == ICMP_EXC_FRAGTIME)
			msg->what = ATCP_ICMP_NOTHING;
		break;
	case ICMP_PARAMETERPROB:
		msg->err = EPROTO;
		msg->fatal = true;
		/* Where in the header the fault is. */
		msg->ee.ee_info = ntohl(ih->un.gateway) >> 24;
		break;
	case ICMP_REDIRECT:
		msg->what = ATCP_ICMP_REDIRECT;
		break;
	default:
		msg->what = ATCP_ICMP_NOTHING;
	}
}

/**
 * atcp_icmp_rcv_v4() - look whether an ICMP message is about a flow of ours
 * @net: namespace
 * @skb: packet, data at the IP header; not changed
 *
 * Context: under RCU, BH off
 */
void atcp_icmp_rcv_v4(struct net *net, struct sk_buff *skb)
{
	unsigned int off = skb_network_offset(skb) + ip_hdrlen(skb);
	struct atcp_icmp msg = { .skb = skb, .quote_off = off + sizeof(struct icmphdr) };
	struct atcp_tuple t = { .net = net, .family = AF_INET };
	struct atcp_icmp_quote qbuf, *q;
	struct icmphdr hbuf, *ih;
	struct iphdr ibuf, *iph;

	ih = skb_header_pointer(skb, off, sizeof(hbuf), &hbuf);
	if (!ih)
		return;
	atcp_icmp_classify4(ih, &msg);
	if (msg.what == ATCP_ICMP_NOTHING)
		return;
	iph = skb_header_pointer(skb, msg.quote_off, sizeof(ibuf), &ibuf);
	if (!iph || iph->version != 4 || iph->ihl < 5 ||
	    iph->protocol != IPPROTO_TCP || iph->frag_off & htons(IP_OFFSET))
		return;
	msg.tcp_off = msg.quote_off + iph->ihl * 4;
	q = skb_header_pointer(skb, msg.tcp_off, sizeof(qbuf), &qbuf);
	if (!q || !atcp_icmp_csum_ok(skb, off, 0))
		return;

	msg.seq = ntohl(q->seq);
	msg.port = q->dest;
	ipv6_addr_set_v4mapped(iph->saddr, &t.laddr);
	ipv6_addr_set_v4mapped(iph->daddr, &t.raddr);
	t.lport = q->source;
	t.rport = q->dest;
	t.dif = inet_iif(skb);
	t.sdif = inet_sdif(skb);
	atcp_icmp_dispatch(&t, &msg);
}

static void atcp_icmp_classify6(const struct icmp6hdr *ih, struct atcp_icmp *msg)
{
	msg->ee.ee_origin = SO_EE_ORIGIN_ICMP6;
	msg->ee.ee_type = ih->icmp6_type;
	msg->ee.ee_code = ih->icmp6_code;
	msg->ee.ee_info = ntohl(ih->icmp6_mtu);
	switch (ih->icmp6_type) {
	case ICMPV6_PKT_TOOBIG:
		msg->what = ATCP_ICMP_MTU;
		msg->mtu = ntohl(ih->icmp6_mtu);
		break;
	default:
		/* A redirect quotes in an option; IPv6 hosts do well without it. */
		if (ih->icmp6_type & ICMPV6_INFOMSG_MASK) {
			msg->what = ATCP_ICMP_NOTHING;
			break;
		}
		/* Errors of unknown kinds too (RFC 4443 2.4). */
		msg->what = ATCP_ICMP_ERROR;
		msg->fatal = icmpv6_err_convert(ih->icmp6_type, ih->icmp6_code,
						&msg->err);
	}
}

static bool atcp_icmp_csum6_ok(const struct sk_buff *skb, unsigned int off)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);
	__sum16 pseudo = csum_ipv6_magic(&hdr->saddr, &hdr->daddr, skb->len - off,
					 IPPROTO_ICMPV6, 0);

	return atcp_icmp_csum_ok(skb, off, ~csum_unfold(pseudo));
}

/**
 * atcp_icmp_rcv_v6() - look whether an ICMPv6 message is about a flow of ours
 * @net: namespace
 * @skb: packet, data at the IPv6 header; not changed
 * @off: where the ICMPv6 header begins
 *
 * Context: under RCU, BH off
 */
void atcp_icmp_rcv_v6(struct net *net, struct sk_buff *skb, unsigned int off)
{
	struct atcp_icmp msg = { .skb = skb, .quote_off = off + sizeof(struct icmp6hdr) };
	struct atcp_tuple t = { .net = net, .family = AF_INET6 };
	struct atcp_icmp_quote qbuf, *q;
	struct icmp6hdr hbuf, *ih;
	struct ipv6hdr ibuf, *iph;
	__be16 frag_off;
	u8 next;
	int tcp;

	ih = skb_header_pointer(skb, off, sizeof(hbuf), &hbuf);
	if (!ih)
		return;
	atcp_icmp_classify6(ih, &msg);
	if (msg.what == ATCP_ICMP_NOTHING)
		return;
	iph = skb_header_pointer(skb, msg.quote_off, sizeof(ibuf), &ibuf);
	if (!iph || iph->version != 6)
		return;
	next = iph->nexthdr;
	tcp = ipv6_skip_exthdr(skb, msg.quote_off + sizeof(*iph), &next, &frag_off);
	if (tcp < 0 || next != IPPROTO_TCP || frag_off & htons(IP6_OFFSET))
		return;
	msg.tcp_off = tcp;
	q = skb_header_pointer(skb, tcp, sizeof(qbuf), &qbuf);
	if (!q || !atcp_icmp_csum6_ok(skb, off))
		return;

	msg.seq = ntohl(q->seq);
	msg.port = q->dest;
	t.laddr = iph->saddr;
	t.raddr = iph->daddr;
	t.lport = q->source;
	t.rport = q->dest;
	t.dif = inet6_iif(skb);
	t.sdif = inet6_sdif(skb);
	atcp_icmp_dispatch(&t, &msg);
}
