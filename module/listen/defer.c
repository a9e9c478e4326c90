// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_DEFER_ACCEPT: a bare third ACK waits for data.
 *
 * By the socket option it is Linux's rule: so many timeouts of the SYN-ACK
 * (proto/reqtime.c). By the knob defer_accept it is a time: the wheel's entry of
 * the request moves to the end of it, nothing is sent meanwhile, and what then
 * happens is the knob defer_expire's. The request says so in num_timeout, which
 * counts no timeouts meanwhile, and has the ACK's window in snt_us: out of these
 * and its numbers the ACK is made again when the time is over.
 */
#include "listen/defer.h"

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/sock.h>

#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/mib.h"
#include "state/shared/wheel.h"

/* num_timeout while the wheel is set for the end of the wait. */
#define ATCP_DEFER_MARK		U8_MAX

/* Moves the wheel's entry to the end of the wait; false: a timeout is under way just now. */
static bool atcp_defer_arm(struct atcp_req *req, u16 wnd, u32 ms)
{
	if (!atcp_wheel_del(&req->mini))
		return false;
	/* First, and with a barrier: who has read snt_us looks whether it was a time. */
	atcp_synq_set_flag(req, ATCP_REQ_ACKED);
	WRITE_ONCE(req->snt_us, wnd);
	WRITE_ONCE(req->num_timeout, ATCP_DEFER_MARK);
	atcp_wheel_add_ref(&req->mini, max(msecs_to_jiffies(ms), 1UL));
	atcp_synq_settle(req);
	return true;
}

bool atcp_defer_held(const struct atcp_req *req)
{
	return READ_ONCE(req->num_timeout) == ATCP_DEFER_MARK;
}

bool atcp_defer_wants(const struct sock *lsk)
{
	int ms = atcp_knob(atcp_lst(lsk), ATCP_KNOB_DEFER_ACCEPT);

	return ms == ATCP_INHERIT ? READ_ONCE(atcp_sk(lsk)->defer_accept) : ms;
}

void atcp_defer_begin(struct atcp_req *req, u16 wnd)
{
	int ms = atcp_knob(atcp_lst(req->lsk), ATCP_KNOB_DEFER_ACCEPT);

	if (ms != ATCP_INHERIT && ms)
		atcp_defer_arm(req, wnd, ms);
}

/* Linux's rule: until as many timeouts as the socket option stands for. */
static bool atcp_defer_by_option(struct atcp_req *req)
{
	if (READ_ONCE(req->num_timeout) >= READ_ONCE(atcp_sk(req->lsk)->defer_accept))
		return false;
	atcp_synq_set_flag(req, ATCP_REQ_ACKED);
	return true;
}

/* A bare ACK: does @req wait, or wait on? */
static bool atcp_defer_bare(struct atcp_req *req, u16 wnd)
{
	int ms = atcp_knob(atcp_lst(req->lsk), ATCP_KNOB_DEFER_ACCEPT);

	if (ms == ATCP_INHERIT && !atcp_defer_held(req))
		return atcp_defer_by_option(req);
	if (!ms)
		return false;
	/* If its SYN-ACK is being sent again right now, the answer to that will be held. */
	if (!atcp_defer_held(req))
		atcp_defer_arm(req, wnd, ms);
	return true;
}

bool atcp_defer_hold(struct atcp_req *req, struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct sock *lsk = req->lsk;

	if (rx->seg.end_seq != req->rcv_isn + 1 || !atcp_defer_bare(req, rx->seg.wnd)) {
		/* It waits no longer, whatever the accept queue says to it. */
		if (atcp_defer_held(req))
			WRITE_ONCE(req->num_timeout, 0);
		return false;
	}
	ATCP_LCOUNT(atcp_lst(lsk), TCPDEFERACCEPTDROP, deferred);
	atcp_mib_drop_listener(lsk, skb, ATCP_DROP_REQ_DEFER);
	return true;
}

/* IP's header, for those who look at a connection's first segment (LSMs, replies). */
static void atcp_defer_ip(const struct atcp_req *req, struct sk_buff *skb)
{
	const struct atcp_mini *m = &req->mini;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	if (m->node.family == AF_INET) {
		iph = skb_put_zero(skb, sizeof(*iph));
		iph->version = 4;
		iph->ihl = sizeof(*iph) / 4;
		iph->tot_len = htons(sizeof(*iph) + sizeof(struct tcphdr));
		iph->protocol = IPPROTO_TCP;
		iph->saddr = m->raddr.s6_addr32[3];
		iph->daddr = m->laddr.s6_addr32[3];
		skb->protocol = htons(ETH_P_IP);
	} else {
		ip6h = skb_put_zero(skb, sizeof(*ip6h));
		ip6h->version = 6;
		ip6h->nexthdr = IPPROTO_TCP;
		ip6h->payload_len = htons(sizeof(struct tcphdr));
		ip6h->saddr = m->raddr;
		ip6h->daddr = m->laddr;
		skb->protocol = htons(ETH_P_IPV6);
	}
}

struct sk_buff *atcp_defer_ack(struct atcp_req *req, struct atcp_rx *rx)
{
	const struct atcp_mini *m = &req->mini;
	struct sk_buff *skb;
	struct tcphdr *th;

	WRITE_ONCE(req->num_timeout, 0);
	skb = alloc_skb(MAX_HEADER + sizeof(struct ipv6hdr) + sizeof(*th),
			GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, MAX_HEADER);
	skb_reset_network_header(skb);
	atcp_defer_ip(req, skb);
	__skb_pull(skb, skb->len);
	skb_reset_transport_header(skb);
	th = skb_put_zero(skb, sizeof(*th));
	th->source = m->rport;
	th->dest = m->lport;
	th->seq = htonl(req->rcv_isn + 1);
	th->ack_seq = htonl(req->snt_isn + 1);
	th->doff = sizeof(*th) / 4;
	th->ack = 1;
	th->window = htons((u16)READ_ONCE(req->snt_us));
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->skb_iif = m->ifindex;
	skb->mark = req->mark;

	memset(rx, 0, sizeof(*rx));
	atcp_seg_parse(th, skb->len, &rx->seg);
	return skb;
}
