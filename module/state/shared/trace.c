// SPDX-License-Identifier: GPL-2.0
/* Tracepoints atcp:*: their bodies, and what fills a record. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tcp_states.h>

#include "proto/fsm.h"
#include "proto/pressure.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/shared/node.h"
#include "state/shared/twq.h"

#define CREATE_TRACE_POINTS
#include "state/shared/trace.h"

static const char * const atcp_trace_causes[ATCP_CAUSE_MAX] = {
	[ATCP_CAUSE_LISTEN]	= "listen",
	[ATCP_CAUSE_CONNECT]	= "connect",
	[ATCP_CAUSE_SYN]	= "syn",
	[ATCP_CAUSE_SYNACK]	= "synack",
	[ATCP_CAUSE_ACK]	= "ack",
	[ATCP_CAUSE_FIN]	= "fin",
	[ATCP_CAUSE_RST]	= "rst",
	[ATCP_CAUSE_CLOSE]	= "close",
	[ATCP_CAUSE_ABORT]	= "abort",
	[ATCP_CAUSE_TIMEOUT]	= "timeout",
	[ATCP_CAUSE_ICMP]	= "icmp",
	[ATCP_CAUSE_COOKIE]	= "cookie",
	[ATCP_CAUSE_FASTOPEN]	= "fastopen",
	[ATCP_CAUSE_MEMORY]	= "memory",
};

static const char * const atcp_trace_rtx_kinds[ATCP_RTX_MAX] = {
	[ATCP_RTX_RTO]		= "rto",
	[ATCP_RTX_FAST]		= "fast",
	[ATCP_RTX_TLP]		= "tlp",
	[ATCP_RTX_SYN]		= "syn",
	[ATCP_RTX_SYNACK]	= "synack",
	[ATCP_RTX_PROBE]	= "probe",
	[ATCP_RTX_PMTU]		= "pmtu",
};

static const char * const atcp_trace_verdicts[ATCP_COOKIE_MAX] = {
	[ATCP_COOKIE_SENT]	= "sent",
	[ATCP_COOKIE_GOOD]	= "good",
	[ATCP_COOKIE_BAD]	= "bad",
	[ATCP_COOKIE_UNASKED]	= "unasked",
};

static const char * const atcp_trace_flood_events[ATCP_FLOOD_MAX] = {
	[ATCP_FLOOD_BEGIN]	= "flood_begin",
	[ATCP_FLOOD_END]	= "flood_end",
	[ATCP_FLOOD_SLOW_BEGIN]	= "slow_begin",
	[ATCP_FLOOD_SLOW_END]	= "slow_end",
};

static const char * const atcp_trace_queue_events[ATCP_QUEUE_MAX] = {
	[ATCP_QUEUE_PARKED]	= "parked",
	[ATCP_QUEUE_ACCEPTED]	= "accepted",
};

static const char *atcp_trace_name(const char * const *names, int n, int i)
{
	return i >= 0 && i < n && names[i] ? names[i] : "?";
}

/**
 * atcp_trace_state_name() - a state's name
 * @state: TCP_ESTABLISHED and so on
 *
 * Return: the name as Linux's traces spell it, or "UNKNOWN"
 */
const char *atcp_trace_state_name(int state)
{
	return atcp_fsm_name(state);
}

/**
 * atcp_trace_cause_name() - a cause's name
 * @cause: enum atcp_cause
 *
 * Return: the name, or "?"
 */
const char *atcp_trace_cause_name(int cause)
{
	return atcp_trace_name(atcp_trace_causes, ATCP_CAUSE_MAX, cause);
}

/**
 * atcp_trace_rtx_name() - a kind of retransmission's name
 * @kind: enum atcp_rtx_kind
 *
 * Return: the name, or "?"
 */
const char *atcp_trace_rtx_name(int kind)
{
	return atcp_trace_name(atcp_trace_rtx_kinds, ATCP_RTX_MAX, kind);
}

/**
 * atcp_trace_cookie_name() - a verdict's name
 * @verdict: enum atcp_cookie_verdict
 *
 * Return: the name, or "?"
 */
const char *atcp_trace_cookie_name(int verdict)
{
	return atcp_trace_name(atcp_trace_verdicts, ATCP_COOKIE_MAX, verdict);
}

/**
 * atcp_trace_flood_name() - the name of what happens to a listener's load
 * @event: enum atcp_flood_event
 *
 * Return: the name, or "?"
 */
const char *atcp_trace_flood_name(int event)
{
	return atcp_trace_name(atcp_trace_flood_events, ATCP_FLOOD_MAX, event);
}

/**
 * atcp_trace_queue_name() - the name of what happens at the accept queue
 * @event: enum atcp_queue_event
 *
 * Return: the name, or "?"
 */
const char *atcp_trace_queue_name(int event)
{
	return atcp_trace_name(atcp_trace_queue_events, ATCP_QUEUE_MAX, event);
}

/* The id of a listener, or of the one that an accepted connection came by. */
static u32 atcp_trace_listener(const struct sock *sk)
{
	const struct atcp_listener *l = READ_ONCE(atcp_sk(sk)->listener);

	return l ? l->id : READ_ONCE(atcp_sk(sk)->listener_id);
}

/* A TIME_WAIT has no event of its own so far, and knows its namespace all the same. */
static void atcp_trace_flow_owner(struct atcp_trace_flow *f, const struct atcp_mini *mini)
{
	const struct sock *lsk;

	if (mini->node.kind != ATCP_KIND_REQ) {
		f->netns = container_of(mini, struct atcp_tw, mini)->net->ns.inum;
		return;
	}
	lsk = container_of(mini, struct atcp_req, mini)->lsk;
	f->netns = sock_net(lsk)->ns.inum;
	f->listener = atcp_trace_listener(lsk);
}

static void atcp_trace_flow_mini(struct atcp_trace_flow *f,
				 const struct atcp_mini *mini)
{
	atcp_trace_flow_owner(f, mini);
	f->family = mini->node.family;
	f->lport = ntohs(mini->lport);
	f->rport = ntohs(mini->rport);
	f->laddr = mini->laddr;
	f->raddr = mini->raddr;
}

/**
 * atcp_trace_flow_sock() - whose event it is, from what holds the connection
 * @f: filled
 * @sk: socket, or NULL
 * @mini: request or TIME_WAIT, or NULL; one of the two is given
 */
void atcp_trace_flow_sock(struct atcp_trace_flow *f, const struct sock *sk,
			  const struct atcp_mini *mini)
{
	memset(f, 0, sizeof(*f));
	if (!sk) {
		if (mini)
			atcp_trace_flow_mini(f, mini);
		return;
	}

	f->netns = sock_net(sk)->ns.inum;
	f->listener = atcp_trace_listener(sk);
	f->family = sk->sk_family;
	/* Of a socket that has just given its port up too. */
	f->lport = ntohs(inet_sk(sk)->inet_sport);
	f->rport = ntohs(sk->sk_dport);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		f->laddr = sk->sk_v6_rcv_saddr;
		f->raddr = sk->sk_v6_daddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &f->laddr);
	ipv6_addr_set_v4mapped(sk->sk_daddr, &f->raddr);
}

/**
 * atcp_trace_flow_skb() - whose event it is, from a received segment
 * @f: filled as far as the headers reach
 * @net: namespace that it came in on
 * @lsk: the listener that it is for, or NULL
 * @skb: segment; its network header is set, its transport header if it has one
 */
void atcp_trace_flow_skb(struct atcp_trace_flow *f, const struct net *net,
			 const struct sock *lsk, const struct sk_buff *skb)
{
	__be16 _ports[2], *ports;

	memset(f, 0, sizeof(*f));
	f->netns = net->ns.inum;
	f->listener = lsk ? atcp_trace_listener(lsk) : 0;
	if (skb->protocol == htons(ETH_P_IP)) {
		f->family = AF_INET;
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &f->raddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &f->laddr);
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		f->family = AF_INET6;
		f->raddr = ipv6_hdr(skb)->saddr;
		f->laddr = ipv6_hdr(skb)->daddr;
	}

	if (!skb_transport_header_was_set(skb))
		return;
	ports = skb_header_pointer(skb, skb_transport_offset(skb),
				   sizeof(_ports), _ports);
	if (!ports)
		return;
	f->rport = ntohs(ports[0]);
	f->lport = ntohs(ports[1]);
}
