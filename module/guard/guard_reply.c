// SPDX-License-Identifier: GPL-2.0
/*
 * The SYN-ACK that the flood guard makes of the SYN's own buffer.
 *
 *   SYN      | L2: to us, from peer  | IP | TCP | options       |
 *   SYN-ACK  | L2: to peer, from us  | IP | TCP | options    |
 *
 * Every byte from the IP header on is written anew, addresses and ports having
 * been read before; tags between Ethernet and IP header stay. The answer is as
 * long as the SYN or shorter, but for an MSS option that the SYN lacked: then
 * all moves forward into the headroom by as much. Fields that the normal path
 * takes from the listener are taken from it here too; what that path asks the
 * route for (TTL, MSS) is asked of the device.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "guard/guard_reply.h"
#include "output/synack.h"
#include "proto/opts.h"
#include "state/conn/sock.h"
#include "state/listen/req.h"

static unsigned int atcp_guard_reply_ip_len(const struct atcp_guard_syn *s)
{
	return s->family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

/* The MSS that a route without metrics would have announced. Under RCU. */
static u16 atcp_guard_reply_advmss(const struct sock *lsk, const struct atcp_guard_syn *s)
{
	u16 user = READ_ONCE(atcp_sk(lsk)->user_mss);
	u32 header = atcp_guard_reply_ip_len(s) + sizeof(struct tcphdr);
	const struct net *net = dev_net(s->dev);
	u32 mtu = READ_ONCE(s->dev->mtu);
	const struct inet6_dev *idev;
	u32 least, mss;

	if (s->family == AF_INET) {
		least = READ_ONCE(net->ipv4.ip_rt_min_advmss);
	} else {
		least = READ_ONCE(net->ipv6.sysctl.ip6_rt_min_advmss);
		idev = __in6_dev_get(s->dev);
		if (idev)
			mtu = READ_ONCE(idev->cnf.mtu6);
	}
	mss = clamp_t(u32, max(mtu, header) - header, least, U16_MAX - header);
	return user && user < mss ? user : mss;
}

/* How much longer the headers become; their end stays, or moves back if that is negative. */
static int atcp_guard_reply_growth(const struct atcp_guard_syn *s,
				   const struct atcp_synack_plan *plan)
{
	return (int)plan->len - (int)s->doff;
}

bool atcp_guard_reply_plan(const struct sock *lsk, struct atcp_req *req, const struct sk_buff *skb,
			   const struct atcp_guard_syn *s, struct atcp_synack_plan *plan)
{
	const struct atcp_synack_path path = {
		.advmss = atcp_guard_reply_advmss(lsk, s),
	};
	int growth;

	atcp_synack_plan_on(lsk, req, &path, plan);
	growth = atcp_guard_reply_growth(s, plan);
	return growth <= 0 || skb_headroom(skb) >= skb->mac_len + (unsigned int)growth;
}

/* Makes room for the headers; skb->data stays at what follows the Ethernet header. */
static void atcp_guard_reply_resize(struct sk_buff *skb, const struct atcp_guard_syn *s,
				    int growth)
{
	unsigned char *mac = skb_mac_header(skb);

	if (growth > 0) {
		memmove(mac - growth, mac, skb->mac_len + s->l3);
		skb_push(skb, growth);
		skb->mac_header -= growth;
	}
	/* Padding and what little data a SYN may bring go. */
	skb_trim(skb, s->th + s->doff + growth);
	skb_set_network_header(skb, s->l3);
	skb_set_transport_header(skb, s->th);
}

static void atcp_guard_reply_turn(struct sk_buff *skb)
{
	struct ethhdr *eth = eth_hdr(skb);
	u8 us[ETH_ALEN] __aligned(2);

	if (!skb->mac_len)
		return;
	/* That of a tag, where the frame has one. */
	skb->protocol = eth->h_proto;
	ether_addr_copy(us, eth->h_dest);
	ether_addr_copy(eth->h_dest, eth->h_source);
	ether_addr_copy(eth->h_source, us);
}

static void atcp_guard_reply_write4(const struct sock *lsk, const struct atcp_req *req,
				    struct sk_buff *skb, const struct atcp_guard_syn *s)
{
	const struct inet_sock *inet = inet_sk(lsk);
	int ttl = READ_ONCE(inet->uc_ttl);
	u8 pmtudisc = READ_ONCE(inet->pmtudisc);
	struct iphdr *iph = ip_hdr(skb);
	bool df = pmtudisc == IP_PMTUDISC_DO || pmtudisc == IP_PMTUDISC_WANT;

	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = 5;
	iph->tos = READ_ONCE(inet->tos);
	iph->tot_len = htons(skb->len - s->l3);
	iph->frag_off = df ? htons(IP_DF) : 0;
	if (!df)
		iph->id = (__force __be16)get_random_u16();
	iph->ttl = ttl < 0 ? READ_ONCE(dev_net(s->dev)->ipv4.sysctl_ip_default_ttl) : ttl;
	iph->protocol = IPPROTO_TCP;
	iph->saddr = req->mini.laddr.s6_addr32[3];
	iph->daddr = req->mini.raddr.s6_addr32[3];
	iph->check = ip_fast_csum(iph, 5);
	tcp_hdr(skb)->check = ~tcp_v4_check(skb->len - s->th, iph->saddr, iph->daddr, 0);
}

/* The hop limit of a route without one of its own. Under RCU. */
static u8 atcp_guard_reply_hops(const struct sock *lsk, const struct net_device *dev)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);
	int hops = inet6_sk(lsk)->hop_limit;

	if (hops >= 0)
		return hops;
	return idev ? READ_ONCE(idev->cnf.hop_limit) :
		      READ_ONCE(dev_net(dev)->ipv6.devconf_all->hop_limit);
}

static void atcp_guard_reply_write6(const struct sock *lsk, const struct atcp_req *req,
				    struct sk_buff *skb, const struct atcp_guard_syn *s)
{
	const struct ipv6_pinfo *np = inet6_sk(lsk);
	unsigned int len = skb->len - s->th;
	struct ipv6hdr *hdr = ipv6_hdr(skb);

	ip6_flow_hdr(hdr, READ_ONCE(np->tclass), np->flow_label);
	hdr->payload_len = htons(len);
	hdr->nexthdr = IPPROTO_TCP;
	hdr->hop_limit = atcp_guard_reply_hops(lsk, s->dev);
	hdr->saddr = req->mini.laddr;
	hdr->daddr = req->mini.raddr;
	tcp_hdr(skb)->check = ~tcp_v6_check(len, &hdr->saddr, &hdr->daddr, 0);
}

/* It was received and now is sent: what only a received packet has goes. */
static void atcp_guard_reply_scrub(const struct sock *lsk, const struct atcp_req *req,
				   struct sk_buff *skb)
{
	skb_orphan(skb);
	/* On loopback the way to us is the way to the peer, and needed to get in. */
	if (!(skb->dev->flags & IFF_LOOPBACK))
		skb_dst_drop(skb);
	/* What a device said of the checksum is of the SYN. */
	skb->csum_level = 0;
	skb->csum_valid = 0;
	skb->csum_complete_sw = 0;
	nf_reset_ct(skb);
	nf_reset_trace(skb);
	skb_ext_reset(skb);
	skb_reset_redirect(skb);
	skb_clear_hash(skb);
	skb_set_delivery_time(skb, 0, 0);
	skb->mark = req->mark;
	skb->priority = READ_ONCE(lsk->sk_priority);
}

void atcp_guard_reply_send(const struct sock *lsk, const struct atcp_req *req, struct sk_buff *skb,
			   const struct atcp_guard_syn *s, const struct atcp_synack_plan *plan)
{
	atcp_guard_reply_resize(skb, s, atcp_guard_reply_growth(s, plan));
	atcp_guard_reply_turn(skb);
	atcp_synack_write(req, plan, tcp_hdr(skb));
	if (s->family == AF_INET)
		atcp_guard_reply_write4(lsk, req, skb, s);
	else
		atcp_guard_reply_write6(lsk, req, skb, s);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);

	atcp_guard_reply_scrub(lsk, req, skb);
	skb_push(skb, skb->mac_len);
	dev_queue_xmit(skb);
}
