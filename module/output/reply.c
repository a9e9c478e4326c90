// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that need no socket, built by hand.
 *
 * They go back the way the segment came: its addresses and ports turned round,
 * its mark where fwmark_reflect says so. Conntrack sees them as locally made
 * packets of the flow, which the input side has confirmed by then.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "compat/route.h"
#include "output/reply.h"
#include "output/route.h"
#include "output/synack.h"
#include "proto/opts.h"
#include "proto/seg.h"
#include "state/conn/auth.h"
#include "state/conn/sock.h"
#include "state/conn/stash.h"
#include "state/listen/req.h"
#include "state/shared/mib.h"
#include "state/shared/twq.h"

/*
 * Room for Ethernet with VLANs, and the IP header. It is found out later by which device it
 * goes: IP makes more room where that needs any. With a TCP header, timestamps and a signature all
 * of it is in the slab of 512 bytes, which a kernel that clears what it allocates clears in half
 * the time of the next.
 */
#define ATCP_REPLY_ROOM	(64 + sizeof(struct ipv6hdr))
#define ATCP_REPLY_TCP	(sizeof(struct tcphdr) + ATCP_OPTS_TS_LEN + ATCP_OPTS_AO_MAX)

/**
 * struct atcp_reply - what is answered, apart from addresses and ports
 * @seq: SEG.SEQ
 * @ack: SEG.ACK
 * @flags: ATCP_F_*
 * @wnd: window, as it stands in the header
 * @ts: with timestamps
 * @tsval: ours
 * @tsecr: the peer's
 * @auth: what it is signed with, if anything
 * @mark: skb mark, unless the segment's is reflected
 * @oif: device to leave by, 0: any
 * @tos: TOS or traffic class
 * @label: IPv6 flow label
 * @priority: skb priority
 * @uid: owner, for policy routing
 * @anysrc: from an address that need not be one of ours (IP_TRANSPARENT)
 */
struct atcp_reply {
	u32	seq;
	u32	ack;
	u8	flags;
	u16	wnd;
	bool	ts;
	u32	tsval;
	u32	tsecr;
	struct atcp_auth_answer auth;
	u32	mark;
	int	oif;
	u8	tos;
	__be32	label;
	u32	priority;
	kuid_t	uid;
	bool	anysrc;
};

/* Nothing to keep per namespace: answers are built without a control socket. */
int atcp_reply_net_init(struct net *net)
{
	return 0;
}

void atcp_reply_net_exit(struct net *net)
{
}

static struct sk_buff *atcp_reply_build(const struct sk_buff *in,
					const struct atcp_reply *r)
{
	const struct tcphdr *ith = tcp_hdr(in);
	const struct atcp_opts_out o = {
		.ts = r->ts, .tsval = r->tsval, .tsecr = r->tsecr,
		.wscale = ATCP_OPTS_WSCALE_NONE,
		.md5 = r->auth.md5,
		.ao_mac = r->auth.ao ? r->auth.ao->mac : 0,
		.ao_keyid = r->auth.keyid,
		.ao_rnext = r->auth.rnext,
	};
	int len = sizeof(struct tcphdr) + atcp_opts_len(&o);
	struct sk_buff *skb;
	struct tcphdr *th;

	skb = atcp_stash_alloc(ATCP_REPLY_ROOM + ATCP_REPLY_TCP, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, ATCP_REPLY_ROOM);
	th = skb_put_zero(skb, len);
	skb_reset_transport_header(skb);
	th->source = ith->dest;
	th->dest = ith->source;
	th->seq = htonl(r->seq);
	th->ack_seq = htonl(r->ack);
	th->doff = len / 4;
	th->window = htons(r->wnd);
	tcp_flag_byte(th) = r->flags;
	atcp_opts_build((u8 *)(th + 1), &o);
	if (unlikely(atcp_auth_has(&o)))
		atcp_auth_sign_answer(&r->auth, skb, in);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
	skb->priority = r->priority;
	return skb;
}

/* A VRF's slave answers within the VRF. */
static int atcp_reply_oif(struct net *net, const struct sk_buff *in,
			  const struct atcp_reply *r)
{
	if (!r->oif && netif_index_is_l3_master(net, in->skb_iif))
		return in->skb_iif;
	return r->oif;
}

static int atcp_reply_send4(struct net *net, struct sk_buff *in,
			    struct sk_buff *skb, const struct atcp_reply *r)
{
	const struct iphdr *ih = ip_hdr(in);
	struct tcphdr *th = tcp_hdr(skb);
	struct flowi4 fl4 = {};
	struct rtable *rt;
	struct iphdr *iph;

	fl4.flowi4_oif = atcp_reply_oif(net, in, r);
	fl4.flowi4_mark = IP4_REPLY_MARK(net, in->mark) ?: r->mark;
	atcp_compat_fl4_tos(&fl4, r->tos);
	fl4.flowi4_scope = RT_SCOPE_UNIVERSE;
	fl4.flowi4_proto = IPPROTO_TCP;
	fl4.flowi4_uid = r->uid;
	if (r->anysrc)
		fl4.flowi4_flags = FLOWI_FLAG_ANYSRC;
	fl4.daddr = ih->saddr;
	fl4.saddr = ih->daddr;
	fl4.fl4_dport = th->dest;
	fl4.fl4_sport = th->source;
	security_skb_classify_flow(in, flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(net, &fl4, NULL);
	if (IS_ERR(rt)) {
		kfree_skb(skb);
		return PTR_ERR(rt);
	}
	skb_dst_set(skb, &rt->dst);
	skb->mark = fl4.flowi4_mark;
	th->check = ~tcp_v4_check(skb->len, ih->daddr, ih->saddr, 0);

	iph = skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = 5;
	iph->tos = r->tos;
	iph->id = 0;
	iph->frag_off = htons(IP_DF);
	iph->ttl = ip4_dst_hoplimit(&rt->dst);
	iph->protocol = IPPROTO_TCP;
	iph->saddr = ih->daddr;
	iph->daddr = ih->saddr;
	return ip_local_out(net, NULL, skb);
}

/* Link-local answers leave by the device that the segment came in on. */
static int atcp_reply_oif6(struct net *net, const struct sk_buff *in,
			   const struct atcp_reply *r)
{
	const struct in6_addr *peer = &ipv6_hdr(in)->saddr;

	if (!r->oif && rt6_need_strict(peer))
		return in->dev ? in->dev->ifindex : in->skb_iif;
	return atcp_reply_oif(net, in, r);
}

static int atcp_reply_send6(struct net *net, struct sk_buff *in,
			    struct sk_buff *skb, const struct atcp_reply *r)
{
	const struct ipv6hdr *ih = ipv6_hdr(in);
	struct tcphdr *th = tcp_hdr(skb);
	struct flowi6 fl6 = {};
	struct dst_entry *dst;
	struct ipv6hdr *hdr;
	int len = skb->len;

	fl6.flowi6_oif = atcp_reply_oif6(net, in, r);
	fl6.flowi6_mark = IP6_REPLY_MARK(net, in->mark) ?: r->mark;
	fl6.flowlabel = ip6_make_flowinfo(r->tos, r->label);
	fl6.flowi6_proto = IPPROTO_TCP;
	fl6.flowi6_uid = r->uid;
	fl6.daddr = ih->saddr;
	fl6.saddr = ih->daddr;
	fl6.fl6_dport = th->dest;
	fl6.fl6_sport = th->source;
	security_skb_classify_flow(in, flowi6_to_flowi_common(&fl6));
	dst = ip6_dst_lookup_flow(net, NULL, &fl6, NULL);
	if (IS_ERR(dst)) {
		kfree_skb(skb);
		return PTR_ERR(dst);
	}
	skb_dst_set(skb, dst);
	skb->mark = fl6.flowi6_mark;
	th->check = ~tcp_v6_check(len, &ih->daddr, &ih->saddr, 0);

	hdr = skb_push(skb, sizeof(*hdr));
	skb_reset_network_header(skb);
	ip6_flow_hdr(hdr, r->tos, r->label);
	hdr->payload_len = htons(len);
	hdr->nexthdr = IPPROTO_TCP;
	hdr->hop_limit = ip6_dst_hoplimit(dst);
	hdr->saddr = ih->daddr;
	hdr->daddr = ih->saddr;
	return ip6_local_out(net, NULL, skb);
}

static void atcp_reply_send(struct net *net, struct sk_buff *in,
			    const struct atcp_reply *r)
{
	struct sk_buff *skb = atcp_reply_build(in, r);

	if (!skb)
		return;
	ATCP_INC(net, OUTSEGS);
	if (in->protocol == htons(ETH_P_IPV6))
		atcp_reply_send6(net, in, skb, r);
	else
		atcp_reply_send4(net, in, skb, r);
}

/* Was the segment meant for this host alone (RFC 9293 3.10.7.1, RFC 1122 4.2.3.10)? */
static bool atcp_reply_unicast(const struct sk_buff *in)
{
	if (in->pkt_type != PACKET_HOST)
		return false;
	if (in->protocol == htons(ETH_P_IPV6))
		return skb_dst(in) && ipv6_unicast_destination(in);
	return skb_rtable(in) && skb_rtable(in)->rt_type == RTN_LOCAL;
}

static u8 atcp_reply_tos(const struct sk_buff *in)
{
	u8 tos = in->protocol == htons(ETH_P_IPV6) ?
		 ipv6_get_dsfield(ipv6_hdr(in)) : ip_hdr(in)->tos;

	return tos & ~INET_ECN_MASK;
}

/* The RST that @skb is answered with (RFC 9293 section 3.10.7.1), but for who sends it. */
static void atcp_reply_rst_to(const struct sk_buff *skb, struct atcp_reply *r)
{
	const struct tcphdr *th = tcp_hdr(skb);

	r->flags = ATCP_F_RST;
	r->tos = atcp_reply_tos(skb);
	if (th->ack) {
		r->seq = ntohl(th->ack_seq);
	} else {
		r->flags |= ATCP_F_ACK;
		r->ack = ntohl(th->seq) + th->syn + th->fin + skb->len -
			 skb_transport_offset(skb) - th->doff * 4;
	}
}

/* For a connection or a listener, or its request @req. */
static void atcp_reply_rst_for(const struct sock *sk, const struct atcp_req *req,
			       struct sk_buff *skb)
{
	struct net *net = sock_net(sk);
	struct atcp_reply r = {
		.mark = READ_ONCE(sk->sk_mark),
		.priority = READ_ONCE(sk->sk_priority),
		.oif = READ_ONCE(sk->sk_bound_dev_if),
		.anysrc = atcp_compat_transparent(sk),
		.uid = sock_net_uid(net, sk),
	};

	if (tcp_hdr(skb)->rst)
		return;
	atcp_reply_rst_to(skb, &r);
	rcu_read_lock();
	if (likely(atcp_auth_find_answer(sk, req, skb, r.seq, &r.auth))) {
		ATCP_INC(net, OUTRSTS);
		atcp_reply_send(net, skb, &r);
	}
	rcu_read_unlock();
}

/**
 * atcp_reply_rst() - answer a segment that fits nothing with a RST
 * @net: namespace
 * @sk: connection or listener that answers, or NULL
 * @skb: the segment; stays the caller's
 *
 * RFC 9293 section 3.10.7.1: the RST's sequence number is the segment's ACK,
 * or 0 with an ACK of all the segment occupies.
 */
void atcp_reply_rst(struct net *net, const struct sock *sk, struct sk_buff *skb)
{
	struct atcp_reply r = {
		.uid = sock_net_uid(net, NULL),
		/* What was delivered to this host may be answered from there. */
		.anysrc = true,
	};

	if (sk) {
		atcp_reply_rst_for(sk, NULL, skb);
		return;
	}
	if (tcp_hdr(skb)->rst || !atcp_reply_unicast(skb))
		return;
	rcu_read_lock();
	/* Who signs takes no RST that is not. */
	if (likely(atcp_auth_find_stray(net, skb, &r.auth))) {
		atcp_reply_rst_to(skb, &r);
		ATCP_INC(net, OUTRSTS);
		atcp_reply_send(net, skb, &r);
	}
	rcu_read_unlock();
}

/**
 * atcp_reply_rst_req() - the same for a request
 * @req: request
 * @skb: the segment; stays the caller's
 */
void atcp_reply_rst_req(const struct atcp_req *req, struct sk_buff *skb)
{
	atcp_reply_rst_for(req->lsk, req, skb);
}

/**
 * atcp_reply_rst_tw() - the same for a TIME_WAIT
 * @tw: TIME_WAIT
 * @skb: the segment; stays the caller's
 */
void atcp_reply_rst_tw(const struct atcp_tw *tw, struct sk_buff *skb)
{
	struct atcp_reply r = {
		.uid = sock_net_uid(tw->net, NULL),
		.anysrc = true,
	};

	if (likely(!tw->ao && !tw->md5)) {
		atcp_reply_rst(tw->net, NULL, skb);
		return;
	}
	if (tcp_hdr(skb)->rst || !atcp_reply_unicast(skb))
		return;
	atcp_reply_rst_to(skb, &r);
	if (atcp_auth_find_tw(tw, skb, r.seq, &r.auth)) {
		ATCP_INC(tw->net, OUTRSTS);
		atcp_reply_send(tw->net, skb, &r);
	}
}

/**
 * atcp_reply_rst_sock() - answer a segment that a connection cannot use with a RST
 * @sk: connection, locked
 * @skb: the segment; stays the caller's
 *
 * SYN-SENT and SYN-RECEIVED: RFC 9293 section 3.10.7.3 and 3.10.7.4. The connection
 * itself goes on.
 */
void atcp_reply_rst_sock(struct sock *sk, struct sk_buff *skb)
{
	sock_owned_by_me(sk);
	atcp_reply_rst_for(sk, NULL, skb);
}

/**
 * atcp_reply_tw_ack() - acknowledge for a TIME_WAIT
 * @tw: TIME_WAIT
 * @skb: the segment that is answered; stays the caller's
 */
void atcp_reply_tw_ack(struct atcp_tw *tw, struct sk_buff *skb)
{
	struct atcp_reply r = {
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.flags = ATCP_F_ACK,
		.wnd = min_t(u32, tw->rcv_wnd >> tw->rcv_wscale, U16_MAX),
		.ts = tw->ts_ok,
		.tsval = atcp_sock_ts_now() + tw->ts_off,
		.tsecr = tw->ts_recent,
		.mark = tw->mark,
		.oif = tw->mini.ifindex,
		.tos = tw->tclass,
		.label = tw->flowlabel,
		.uid = sock_net_uid(tw->net, NULL),
		.anysrc = atcp_reply_unicast(skb),
	};

	if (likely(atcp_auth_find_tw(tw, skb, r.seq, &r.auth)))
		atcp_reply_send(tw->net, skb, &r);
}

/**
 * atcp_reply_req_ack() - acknowledge for a request
 * @lsk: its listener
 * @req: request
 * @skb: the segment that is answered; stays the caller's
 *
 * The challenge of RFC 5961 section 4, or the answer to a segment out of window
 * or old by PAWS.
 */
void atcp_reply_req_ack(const struct sock *lsk, struct atcp_req *req, struct sk_buff *skb)
{
	struct dst_entry *dst = atcp_route_req(lsk, req);
	u32 window_clamp, rcv_wnd;
	u8 rcv_wscale;
	struct atcp_reply r = {
		.seq = req->snt_isn + 1,
		.ack = req->rcv_isn + 1,
		.flags = ATCP_F_ACK,
		.ts = READ_ONCE(req->mini.node.u1) & ATCP_REQ_TS,
		.tsecr = READ_ONCE(req->ts_recent),
		.mark = req->mark,
		.oif = req->mini.ifindex,
		.tos = atcp_reply_tos(skb),
		.priority = READ_ONCE(lsk->sk_priority),
		.uid = sock_net_uid(sock_net(lsk), lsk),
		.anysrc = atcp_compat_transparent(lsk),
	};

	if (!dst)
		return;
	atcp_synack_window(lsk, req, dst, &window_clamp, &rcv_wnd, &rcv_wscale);
	dst_release(dst);
	r.wnd = min_t(u32, rcv_wnd >> atcp_req_rcv_wscale(req), U16_MAX);
	if (r.ts)
		r.tsval = atcp_sock_ts_now() + atcp_synack_ts_off(lsk, req);
	rcu_read_lock();
	if (atcp_auth_find_answer(lsk, req, skb, r.seq, &r.auth))
		atcp_reply_send(sock_net(lsk), skb, &r);
	rcu_read_unlock();
}
