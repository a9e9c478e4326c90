// SPDX-License-Identifier: GPL-2.0
/*
 * The flood guard: a netdev ingress hook, on the devices that it is armed for.
 *
 * A plain SYN to a listener with the knob "guard" is answered here with a SYN
 * cookie, in the SYN's own buffer, or dropped when its source prefix has used up
 * its share: before the IP stack, with no request, route, socket or memory. The
 * third ACK takes the normal path, where the cookie is checked as any other.
 *
 * Looked at first is what tells most packets apart from such a SYN: protocol,
 * flags, port. Whatever is then not as usual is left to the normal path as it
 * came (it fails open): options and fragments, a wrong checksum, an address
 * that is not ours, a flow that is known, headers that are shared with somebody
 * or not in one piece.
 *
 * Not asked are rp_filter, netfilter beyond ingress, IP routes and the
 * listener's socket filter: they see the third ACK.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>
#include <net/tcp.h>

#include "conn/rx.h"
#include "guard/guard.h"
#include "guard/guard_rate.h"
#include "guard/guard_reply.h"
#include "listen/listen.h"
#include "listen/park.h"
#include "listen/syn.h"
#include "listen/syncookie.h"
#include "output/synack.h"
#include "proto/ecn.h"
#include "proto/opts.h"
#include "proto/seg.h"
#include "state/conn/auth.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"

/* Most bytes of headers that are looked at: a tag's, IPv6's and TCP's. */
#define ATCP_GUARD_HEADERS \
	(sizeof(struct vlan_hdr) + sizeof(struct ipv6hdr) + sizeof(struct tcphdr))

/* Steps from a tag to the VLAN device on top of @s->dev; false: there is none that is up. */
static bool atcp_guard_vlan(struct atcp_guard_syn *s, __be16 proto, u16 tci)
{
	struct net_device *dev = __vlan_find_dev_deep_rcu(s->dev, proto, tci & VLAN_VID_MASK);

	if (!dev || !(dev->flags & IFF_UP) || !net_eq(dev_net(dev), dev_net(s->dev)))
		return false;
	s->dev = dev;
	return true;
}

/*
 * Which device is it for, and where and what is its IP header? The Ethertype, or 0.
 * This and the next ones read @head, the frame's first @have bytes from skb->data on.
 */
static __be16 atcp_guard_link(const struct sk_buff *skb, const u8 *head, unsigned int have,
			      struct atcp_guard_syn *s)
{
	const struct vlan_hdr *vlan = (const struct vlan_hdr *)head;

	s->dev = skb->dev;
	s->l3 = 0;
	if (skb_vlan_tag_present(skb) &&
	    !atcp_guard_vlan(s, skb->vlan_proto, skb_vlan_tag_get_id(skb)))
		return 0;
	if (!eth_type_vlan(skb->protocol))
		return skb->protocol;

	/* A second tag is still in the frame. */
	if (have < sizeof(*vlan) ||
	    !atcp_guard_vlan(s, skb->protocol, ntohs(vlan->h_vlan_TCI)))
		return 0;
	s->l3 = sizeof(*vlan);
	return vlan->h_vlan_encapsulated_proto;
}

/* A whole IPv4 packet without options that carries TCP? */
static bool atcp_guard_ip4(const u8 *head, unsigned int have, struct atcp_guard_syn *s)
{
	const struct iphdr *iph = (const struct iphdr *)(head + s->l3);

	if (have < s->l3 + sizeof(*iph) || iph->protocol != IPPROTO_TCP || iph->version != 4 ||
	    iph->ihl != 5 || ip_is_fragment(iph))
		return false;
	s->family = AF_INET;
	s->th = s->l3 + sizeof(*iph);
	s->end = s->l3 + ntohs(iph->tot_len);
	return true;
}

/* The same of IPv6: without extension headers. */
static bool atcp_guard_ip6(const u8 *head, unsigned int have, struct atcp_guard_syn *s)
{
	const struct ipv6hdr *hdr = (const struct ipv6hdr *)(head + s->l3);

	if (have < s->l3 + sizeof(*hdr) || hdr->nexthdr != IPPROTO_TCP || hdr->version != 6)
		return false;
	s->family = AF_INET6;
	s->th = s->l3 + sizeof(*hdr);
	s->end = s->th + ntohs(hdr->payload_len);
	return true;
}

/* All of the tuple but its hash. */
static void atcp_guard_tuple(const u8 *head, const struct atcp_guard_syn *s,
			     struct atcp_tuple *t)
{
	const struct tcphdr *th = (const struct tcphdr *)(head + s->th);
	const struct ipv6hdr *hdr = (const struct ipv6hdr *)(head + s->l3);
	const struct iphdr *iph = (const struct iphdr *)(head + s->l3);

	t->net = dev_net(s->dev);
	t->via = NULL;
	t->family = s->family;
	t->rport = th->source;
	t->lport = th->dest;
	if (s->family == AF_INET) {
		ipv6_addr_set_v4mapped(iph->saddr, &t->raddr);
		ipv6_addr_set_v4mapped(iph->daddr, &t->laddr);
	} else {
		t->raddr = hdr->saddr;
		t->laddr = hdr->daddr;
	}
	t->dif = s->dev->ifindex;
	t->sdif = 0;
	if (netif_is_l3_slave(s->dev)) {
		t->sdif = t->dif;
		t->dif = l3mdev_master_ifindex_rcu(s->dev);
	}
}

/* Is it a SYN and nothing else, but perhaps one that asks for ECN (RFC 3168 6.1.1)? */
static bool atcp_guard_look(const struct sk_buff *skb, const u8 *head, unsigned int have,
			    struct atcp_guard_syn *s, struct atcp_tuple *t)
{
	const u8 other = ATCP_F_FIN | ATCP_F_RST | ATCP_F_PSH | ATCP_F_ACK | ATCP_F_URG;
	const struct tcphdr *th;

	switch (atcp_guard_link(skb, head, have, s)) {
	case htons(ETH_P_IP):
		if (!atcp_guard_ip4(head, have, s))
			return false;
		break;
	case htons(ETH_P_IPV6):
		if (!atcp_guard_ip6(head, have, s))
			return false;
		break;
	default:
		return false;
	}
	th = (const struct tcphdr *)(head + s->th);
	if (have < s->th + sizeof(*th) ||
	    (tcp_flag_byte(th) & (ATCP_F_SYN | other)) != ATCP_F_SYN)
		return false;
	s->doff = th->doff * 4;
	atcp_guard_tuple(head, s, t);
	return true;
}

/* The same of a packet in pieces, whose headers may be in several: in a copy of them. */
static noinline bool atcp_guard_look_copy(const struct sk_buff *skb, struct atcp_guard_syn *s,
					  struct atcp_tuple *t)
{
	u8 head[ATCP_GUARD_HEADERS] __aligned(4);
	unsigned int have = min_t(unsigned int, skb->len, sizeof(head));

	return !skb_copy_bits(skb, 0, head, have) && atcp_guard_look(skb, head, have, s, t);
}

static bool atcp_guard_syn(const struct sk_buff *skb, struct atcp_guard_syn *s,
			   struct atcp_tuple *t)
{
	unsigned int have = skb_headlen(skb);

	if (unlikely(have < ATCP_GUARD_HEADERS && skb_is_nonlinear(skb)))
		return atcp_guard_look_copy(skb, s, t);
	return atcp_guard_look(skb, skb->data, have, s, t);
}

/* May its headers be written to where they are? Nothing is allocated for that. */
static bool atcp_guard_writable(struct sk_buff *skb, const struct atcp_guard_syn *s)
{
	if (s->doff < sizeof(struct tcphdr) || s->end < s->th + s->doff || s->end > skb->len)
		return false;
	if (skb_shared(skb) || skb_header_cloned(skb) || skb_is_gso(skb) || skb_pfmemalloc(skb))
		return false;
	/* Pulled, if all of it fits behind what is there. */
	if (skb_is_nonlinear(skb) &&
	    (skb_cloned(skb) || skb_end_pointer(skb) - skb_tail_pointer(skb) < skb->data_len ||
	     !pskb_may_pull(skb, skb->len)))
		return false;
	return skb->mac_len == (skb->dev->type == ARPHRD_NONE ? 0 : ETH_HLEN);
}

/* The segment's part of what the device summed: all from skb->data to the frame's end. */
static __wsum atcp_guard_complete(const struct sk_buff *skb, const struct atcp_guard_syn *s)
{
	unsigned int padding = skb->len - s->end;
	__wsum sum = skb->csum;

	if (padding)
		sum = csum_block_sub(sum, csum_partial(skb->data + s->end, padding, 0), s->end);
	return csum_sub(sum, csum_partial(skb->data, s->th, 0));
}

/* Checksums of IP and TCP headers (RFC 9293 MUST-3); the SYN's own, not merged ones. */
static bool atcp_guard_checksum(const struct sk_buff *skb, const struct atcp_guard_syn *s)
{
	const void *ip = skb->data + s->l3;
	unsigned int len = s->end - s->th;
	const struct ipv6hdr *hdr = ip;
	const struct iphdr *iph = ip;
	__wsum sum;

	if (s->family == AF_INET && ip_fast_csum(iph, iph->ihl))
		return false;
	if (skb_csum_unnecessary(skb))
		return true;
	/* Of one piece: it is writable. */
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		sum = atcp_guard_complete(skb, s);
	else
		sum = csum_partial(skb->data + s->th, len, 0);
	if (s->family == AF_INET)
		return !csum_tcpudp_magic(iph->saddr, iph->daddr, len, IPPROTO_TCP, sum);
	return !csum_ipv6_magic(&hdr->saddr, &hdr->daddr, len, IPPROTO_TCP, sum);
}

static bool atcp_guard_own4(const struct net_device *dev, __be32 addr)
{
	const struct in_device *in = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in)
		if (ifa->ifa_local == addr)
			return true;
	return false;
}

static bool atcp_guard_addr4(const struct atcp_guard_syn *s, const struct atcp_tuple *t)
{
	__be32 src = t->raddr.s6_addr32[3], dst = t->laddr.s6_addr32[3];
	const struct net_device *dev;

	if (ipv4_is_multicast(src) || ipv4_is_lbcast(src) || ipv4_is_zeronet(src))
		return false;
	if (!(s->dev->flags & IFF_LOOPBACK) &&
	    (ipv4_is_loopback(src) || ipv4_is_loopback(dst) || src == dst))
		return false;
	/* Another VRF may have the same address: this device's own come first. */
	if (atcp_guard_own4(s->dev, dst))
		return true;
	dev = __ip_dev_find(t->net, dst, false);
	return dev && dev->flags & IFF_UP &&
	       (dev == s->dev ||
		l3mdev_master_ifindex_rcu(dev) == l3mdev_master_ifindex_rcu(s->dev));
}

static bool atcp_guard_addr6(const struct atcp_guard_syn *s, const struct atcp_tuple *t)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct in6_addr *src = &t->raddr, *dst = &t->laddr;

	if (ipv6_addr_is_multicast(src) || ipv6_addr_any(src) || ipv6_addr_v4mapped(src))
		return false;
	if (!(s->dev->flags & IFF_LOOPBACK) &&
	    (ipv6_addr_loopback(src) || ipv6_addr_loopback(dst) || ipv6_addr_equal(src, dst)))
		return false;
	return ipv6_chk_addr(t->net, dst, s->dev, ipv6_addr_type(dst) & IPV6_ADDR_LINKLOCAL);
#else
	return false;
#endif
}

/* Would the normal path ask more of a SYN to this listener than is asked here? */
static bool atcp_guard_exacting(const struct sock *lsk, const struct atcp_guard_syn *s,
				const struct sk_buff *skb)
{
	const void *ip = skb->data + s->l3;
	const struct iphdr *iph = ip;
	const struct ipv6hdr *hdr = ip;

	if (atcp_md5_any(lsk) || atcp_ao_any(lsk))
		return true;
#ifdef CONFIG_XFRM
	if (READ_ONCE(dev_net(s->dev)->xfrm.policy_count[XFRM_POLICY_IN]))
		return true;
#endif
	if (s->family == AF_INET)
		return iph->ttl < READ_ONCE(inet_sk(lsk)->min_ttl) ||
		       rcu_access_pointer(inet_sk(lsk)->inet_opt);
	return hdr->hop_limit < READ_ONCE(inet6_sk(lsk)->min_hopcount) ||
	       rcu_access_pointer(inet6_sk(lsk)->opt);
}

/* Is a cookie what the listener would give now? If not the normal path says what is done. */
static bool atcp_guard_cookies(struct sock *lsk, const struct atcp_listener *l)
{
	if (atcp_listener_syncookies(l) == ATCP_SYNCOOKIES_OFF || atcp_listener_draining(l))
		return false;
	return !atcp_group_full(lsk) || (atcp_park_policy(l) && atcp_acceptq_park_room(l));
}

/* Is the flow in the table: half-open, in TIME-WAIT, or established? */
static bool atcp_guard_known(const struct atcp_tuple *t)
{
	struct atcp_node *node = atcp_hash_lookup(t);

	if (!node)
		return false;
	atcp_hash_put(node);
	return true;
}

/* The listener that the third ACK will be for, if it is one that is answered for; hashes @t. */
static struct sock *atcp_guard_listener(struct sk_buff *skb, const struct atcp_guard_syn *s,
					struct atcp_tuple *t)
{
	struct sock *lsk = atcp_hash_listener_any(t);

	if (!lsk || (!lsk->sk_reuseport && !atcp_listener_guard(atcp_lst(lsk))))
		return NULL;
	atcp_hash_tuple(t);
	if (!lsk->sk_reuseport)
		return lsk;
	/* A program that chooses in the group sees the segment. */
	if (rcu_access_pointer(lsk->sk_reuseport_cb) && pskb_may_pull(skb, s->th + s->doff)) {
		__skb_pull(skb, s->th);
		lsk = atcp_hash_listener_member(lsk, t, skb, s->doff);
		__skb_push(skb, s->th);
	} else {
		lsk = atcp_hash_listener_member(lsk, t, NULL, 0);
	}
	return atcp_listener_guard(atcp_lst(lsk)) ? lsk : NULL;
}

/* It is ours: the headers are where tracepoints look for them. */
static void atcp_guard_received(struct sk_buff *skb, const struct atcp_guard_syn *s)
{
	skb->protocol = s->family == AF_INET ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	skb_set_network_header(skb, s->l3);
	skb_set_transport_header(skb, s->th);
}

/* What the SYN says, as far as a cookie has use for it. */
static void atcp_guard_read(const struct sk_buff *skb, const struct atcp_guard_syn *s,
			    struct atcp_rx *rx)
{
	const struct tcphdr *th = (const struct tcphdr *)(skb->data + s->th);
	const void *ip = skb->data + s->l3;

	rx->seg.flags = tcp_flag_byte(th);
	rx->seg.seq = ntohl(th->seq);
	rx->reserved = ((const u8 *)th)[12] & 0x0f;
	rx->ecn = (s->family == AF_INET ? ipv4_get_dsfield(ip) : ipv6_get_dsfield(ip)) &
		  ATCP_ECN_IP_MASK;
	atcp_opts_parse((const u8 *)(th + 1), s->doff - sizeof(*th), true, &rx->opts);
}

/* Answers the SYN; false: it cannot be answered here and is as it was. */
static bool atcp_guard_answer(struct sock *lsk, struct sk_buff *skb,
			      const struct atcp_guard_syn *s, const struct atcp_tuple *t)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct atcp_synack_plan plan;
	struct atcp_req req = {};
	struct atcp_rx rx;

	atcp_syn_init_req(lsk, &req, skb, t);
	atcp_guard_read(skb, s, &rx);
	req.rcv_isn = rx.seg.seq;
	atcp_syn_options(lsk, &req, t, &rx);
	atcp_syn_ecn(lsk, &req, &rx, NULL);
	if (!atcp_guard_reply_plan(lsk, &req, skb, s, &plan))
		return false;

	ATCP_AN_INC(l->an, INSEGS);
	ATCP_AN_INC(l->an, OUTSEGS);
	ATCP_LCOUNT(l, GUARDCOOKIES, guard_cookies);
	atcp_guard_received(skb, s);
	atcp_syncookie_make(lsk, &req, skb, t);
	atcp_guard_reply_send(lsk, &req, skb, s, &plan);
	return true;
}

unsigned int atcp_guard_rcv(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct atcp_guard_syn s;
	struct atcp_listener *l;
	struct atcp_tuple t;
	struct sock *lsk;

	if (skb->pkt_type != PACKET_HOST || !atcp_guard_syn(skb, &s, &t))
		return NF_ACCEPT;
	lsk = atcp_guard_listener(skb, &s, &t);
	if (!lsk)
		return NF_ACCEPT;

	l = atcp_lst(lsk);
	ATCP_SK_INC(lsk, GUARDSYNS);
	if (!atcp_guard_writable(skb, &s) || !atcp_guard_checksum(skb, &s) ||
	    atcp_guard_exacting(lsk, &s, skb) || !atcp_guard_cookies(lsk, l) ||
	    !(s.family == AF_INET ? atcp_guard_addr4(&s, &t) : atcp_guard_addr6(&s, &t)) ||
	    atcp_guard_known(&t))
		goto pass;

	if (!atcp_guard_rate_allow(l, &t)) {
		ATCP_LINC(l, syns);
		ATCP_LINC(l, guard_drops);
		atcp_guard_received(skb, &s);
		atcp_listen_drop(lsk, skb, ATCP_DROP_GUARD_RATE);
		return NF_STOLEN;
	}
	if (atcp_guard_answer(lsk, skb, &s, &t)) {
		ATCP_LINC(l, syns);
		return NF_STOLEN;
	}
pass:
	ATCP_SK_INC(lsk, GUARDPASSED);
	return NF_ACCEPT;
}
