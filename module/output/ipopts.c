// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 options of a socket (IP_OPTIONS, RFC 791 section 3.1), written behind its headers.
 *
 * The kernel checks them when they are set, and then knows where in them its own address
 * and the time are to go. Its code that writes them to packets is not there for modules,
 * nor is that which makes a listener's connection answer by the route that its peer's
 * segments took (RFC 9293 section 3.9.2.1).
 */
#include <linux/ip.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/time.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/sock.h>

#include "output/ipopts.h"

#define ATCP_IPOPTS_MAX		40	/* bytes: a header has 60 at most */

const struct ip_options *atcp_ipopts(const struct sock *sk)
{
	const struct ip_options_rcu *o;

	o = rcu_dereference_check(inet_sk(sk)->inet_opt, lockdep_sock_is_held(sk));
	return unlikely(o) ? &o->opt : NULL;
}

u16 atcp_ipopts_len(const struct sock *sk)
{
	const struct ip_options *opt;
	u16 len;

	rcu_read_lock();
	opt = atcp_ipopts(sk);
	len = opt ? opt->optlen : 0;
	rcu_read_unlock();
	return len;
}

__be32 atcp_ipopts_hop(const struct ip_options *opt, __be32 daddr)
{
	return unlikely(opt) && opt->srr ? opt->faddr : daddr;
}

bool atcp_ipopts_strict_ok(const struct ip_options *opt, const struct dst_entry *dst)
{
	return likely(!opt) || !opt->is_strictroute ||
	       !container_of(dst, struct rtable, dst)->rt_uses_gateway;
}

/* RFC 791 3.1: milliseconds since midnight UT. */
static __be32 atcp_ipopts_now(void)
{
	u64 now = div_u64(ktime_get_real_ns(), NSEC_PER_MSEC);
	u32 today;

	div_u64_rem(now, 24 * 60 * 60 * MSEC_PER_SEC, &today);
	return htonl(today);
}

void atcp_ipopts_write(struct sk_buff *skb, const struct ip_options *opt, __be32 daddr)
{
	struct iphdr *iph = ip_hdr(skb);
	u8 *start = (u8 *)iph;
	__be32 now;
	u8 *at;

	if (likely(!opt) || !opt->optlen)
		return;
	iph->ihl += opt->optlen / 4;
	memcpy(iph + 1, opt->__data, opt->optlen);
	/* Netfilter and fragmentation look at what is said of them here. */
	IPCB(skb)->opt = *opt;

	/* In @opt are offsets from the header's start; each option is: kind, length, pointer. */
	if (opt->srr) {
		/* The last hop of the route is the peer. */
		at = start + opt->srr;
		memcpy(at + at[1] - sizeof(daddr), &daddr, sizeof(daddr));
	}
	/* The pointers, counted from 1, are past the 4 bytes that each of these has. */
	if (opt->rr_needaddr) {
		at = start + opt->rr;
		memcpy(at + at[2] - 5, &iph->saddr, sizeof(iph->saddr));
	}
	at = start + opt->ts;
	if (opt->ts_needaddr)
		memcpy(at + at[2] - 9, &iph->saddr, sizeof(iph->saddr));
	if (opt->ts_needtime) {
		now = atcp_ipopts_now();
		memcpy(at + at[2] - 5, &now, sizeof(now));
	}
}

/* A source route back: the hops that are behind a packet, the last one first; bytes. */
static unsigned int atcp_ipopts_reverse(u8 *to, const u8 *from, unsigned int len, __be32 saddr)
{
	const unsigned int head = 3, hop = sizeof(saddr);
	unsigned int n, first = 0, i;

	/* The pointer, counted from 1, says where the next hop would have been written. */
	if (len < head || from[2] <= head)
		return 0;
	n = (min_t(unsigned int, from[2] - 1, len) - head) / hop;
	/* RFC 1812 5.2.4.1: a source that put itself first is no hop. */
	if (n && !memcmp(from + head, &saddr, hop))
		first = 1;
	if (n <= first)
		return 0;
	to[0] = from[0];
	to[1] = head + (n - first) * hop;
	to[2] = head + 1;
	for (i = 0; i < n - first; i++)
		memcpy(to + head + i * hop, from + head + (n - 1 - i) * hop, hop);
	return to[1];
}

/* What of one option of a packet belongs into those of the answer; bytes of it. */
static unsigned int atcp_ipopts_answer(u8 *to, const u8 *from, unsigned int len, __be32 saddr)
{
	switch (from[0]) {
	case IPOPT_LSRR:
	case IPOPT_SSRR:
		return atcp_ipopts_reverse(to, from, len, saddr);
	case IPOPT_TIMESTAMP:
		if (len < 4 || (from[3] & 0xf) > IPOPT_TS_PRESPEC)
			return 0;
		fallthrough;
	case IPOPT_RR:
		memcpy(to, from, len);
		return len;
	default:
		return 0;
	}
}

struct ip_options_rcu *atcp_ipopts_echo(struct net *net, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const u8 *from = (const u8 *)(iph + 1), *end = (const u8 *)iph + iph->ihl * 4;
	struct ip_options_rcu *o;
	unsigned int len;
	u8 *to;

	if (skb->protocol != htons(ETH_P_IP) || from >= end)
		return NULL;
	o = kzalloc(sizeof(*o) + ATCP_IPOPTS_MAX, GFP_ATOMIC | __GFP_ACCOUNT);
	if (!o)
		return NULL;
	to = o->opt.__data;
	/* IP's own input has found them well-formed. Their sum is what came, or less. */
	for (; from < end && *from != IPOPT_END; from += len) {
		len = *from == IPOPT_NOOP || from + 1 == end ? 1 : from[1];
		if (!len || from + len > end)
			break;
		to += atcp_ipopts_answer(to, from, len, iph->saddr);
	}
	o->opt.optlen = ALIGN(to - o->opt.__data, 4);
	if (!o->opt.optlen || ip_options_compile(net, &o->opt, NULL)) {
		kfree(o);
		return NULL;
	}
	return o;
}
