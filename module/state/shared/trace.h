/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints atcp:*: state changes, drops, retransmissions, cookies. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM atcp

#if !defined(_ATCP_STATE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _ATCP_STATE_TRACE_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>
#include <net/sock.h>

#ifndef _ATCP_STATE_TRACE_ONCE
#define _ATCP_STATE_TRACE_ONCE

#define ATCP_TRACE_NAME_LEN	20

struct atcp_mini;
struct atcp_pressure;

/**
 * enum atcp_cause - what made a connection change its state
 * @ATCP_CAUSE_LISTEN: listen(2), or its end
 * @ATCP_CAUSE_CONNECT: connect(2)
 * @ATCP_CAUSE_SYN: a SYN came
 * @ATCP_CAUSE_SYNACK: a SYN-ACK came
 * @ATCP_CAUSE_ACK: our SYN or FIN was acknowledged
 * @ATCP_CAUSE_FIN: a FIN came
 * @ATCP_CAUSE_RST: an acceptable RST came
 * @ATCP_CAUSE_CLOSE: close(2) or shutdown(2)
 * @ATCP_CAUSE_ABORT: reset by us: unread data, SO_LINGER, disconnect
 * @ATCP_CAUSE_TIMEOUT: retransmissions, keepalives or a state's time ran out
 * @ATCP_CAUSE_ICMP: a hard ICMP error
 * @ATCP_CAUSE_COOKIE: a child was made of a SYN cookie
 * @ATCP_CAUSE_FASTOPEN: a child was made of a SYN (RFC 7413)
 * @ATCP_CAUSE_MEMORY: no memory, or too many orphans
 * @ATCP_CAUSE_MAX: number of causes
 */
enum atcp_cause {
	ATCP_CAUSE_LISTEN,
	ATCP_CAUSE_CONNECT,
	ATCP_CAUSE_SYN,
	ATCP_CAUSE_SYNACK,
	ATCP_CAUSE_ACK,
	ATCP_CAUSE_FIN,
	ATCP_CAUSE_RST,
	ATCP_CAUSE_CLOSE,
	ATCP_CAUSE_ABORT,
	ATCP_CAUSE_TIMEOUT,
	ATCP_CAUSE_ICMP,
	ATCP_CAUSE_COOKIE,
	ATCP_CAUSE_FASTOPEN,
	ATCP_CAUSE_MEMORY,
	ATCP_CAUSE_MAX
};

/**
 * enum atcp_rtx_kind - why something is sent again
 * @ATCP_RTX_RTO: retransmission timeout
 * @ATCP_RTX_FAST: fast retransmit or SACK-based recovery
 * @ATCP_RTX_TLP: tail loss probe
 * @ATCP_RTX_SYN: the SYN of an active open
 * @ATCP_RTX_SYNACK: the SYN-ACK of a request
 * @ATCP_RTX_PROBE: zero-window probe
 * @ATCP_RTX_PMTU: the path's MTU shrank
 * @ATCP_RTX_MAX: number of kinds
 */
enum atcp_rtx_kind {
	ATCP_RTX_RTO,
	ATCP_RTX_FAST,
	ATCP_RTX_TLP,
	ATCP_RTX_SYN,
	ATCP_RTX_SYNACK,
	ATCP_RTX_PROBE,
	ATCP_RTX_PMTU,
	ATCP_RTX_MAX
};

/**
 * enum atcp_cookie_verdict - what happened to a SYN cookie
 * @ATCP_COOKIE_SENT: sent in a SYN-ACK
 * @ATCP_COOKIE_GOOD: came back and is ours
 * @ATCP_COOKIE_BAD: came back and is not ours, or too old
 * @ATCP_COOKIE_UNASKED: came though none were sent lately: not looked at
 * @ATCP_COOKIE_MAX: number of verdicts
 */
enum atcp_cookie_verdict {
	ATCP_COOKIE_SENT,
	ATCP_COOKIE_GOOD,
	ATCP_COOKIE_BAD,
	ATCP_COOKIE_UNASKED,
	ATCP_COOKIE_MAX
};

/**
 * enum atcp_flood_event - what happens to a listener's load
 * @ATCP_FLOOD_BEGIN: SYNs that nobody completes fill the SYN queue
 * @ATCP_FLOOD_END: it is over
 * @ATCP_FLOOD_SLOW_BEGIN: the accept queue is full: the program is too slow
 * @ATCP_FLOOD_SLOW_END: it has room again
 * @ATCP_FLOOD_MAX: number of events
 */
enum atcp_flood_event {
	ATCP_FLOOD_BEGIN,
	ATCP_FLOOD_END,
	ATCP_FLOOD_SLOW_BEGIN,
	ATCP_FLOOD_SLOW_END,
	ATCP_FLOOD_MAX
};

/**
 * struct atcp_trace_flow - whose event it is, IPv4 addresses as v4-mapped
 * @family: AF_INET or AF_INET6; 0: could not be told
 * @lport: local port, host order
 * @rport: peer's port, host order
 * @laddr: local address
 * @raddr: peer's address
 * @netns: inode number of the network namespace, as in /proc/PID/ns/net
 * @listener: the listener's id, as in /sys/kernel/atcp/listeners; 0: none's, or not known
 */
struct atcp_trace_flow {
	u16		family;
	u16		lport;
	u16		rport;
	struct in6_addr	laddr;
	struct in6_addr	raddr;
	u32		netns;
	u32		listener;
};

/**
 * enum atcp_queue_event - what happens to a connection at the accept queue
 * @ATCP_QUEUE_PARKED: its handshake is over and the queue is full: it stands in line
 * @ATCP_QUEUE_ACCEPTED: the program has it
 * @ATCP_QUEUE_MAX: number of events
 */
enum atcp_queue_event {
	ATCP_QUEUE_PARKED,
	ATCP_QUEUE_ACCEPTED,
	ATCP_QUEUE_MAX
};

void atcp_trace_flow_sock(struct atcp_trace_flow *f, const struct sock *sk,
			  const struct atcp_mini *mini);
void atcp_trace_flow_skb(struct atcp_trace_flow *f, const struct net *net,
			 const struct sock *lsk, const struct sk_buff *skb);
const char *atcp_trace_state_name(int state);
const char *atcp_trace_cause_name(int cause);
const char *atcp_trace_rtx_name(int kind);
const char *atcp_trace_cookie_name(int verdict);
const char *atcp_trace_flood_name(int event);
const char *atcp_trace_queue_name(int event);

#endif /* _ATCP_STATE_TRACE_ONCE */

/*
 * The names are kept as text in the record, so that a filter can say
 * newstate == "TIME_WAIT" and every tool prints them.
 */

/* A connection changes state. Give @sk, or (request, TIME_WAIT) @mini. */
TRACE_EVENT(atcp_state,
	    TP_PROTO(const struct sock *sk, const struct atcp_mini *mini,
		     int oldstate, int newstate, enum atcp_cause cause),
	    TP_ARGS(sk, mini, oldstate, newstate, cause),
	    TP_STRUCT__entry(__field(u32, netns)
			     __field(u32, listener)
			     __field(const void *, skaddr)
			     __field(u16, family)
			     __field(u16, sport)
			     __field(u16, dport)
			     __array(u8, saddr, 16)
			     __array(u8, daddr, 16)
			     __array(char, oldstate, ATCP_TRACE_NAME_LEN)
			     __array(char, newstate, ATCP_TRACE_NAME_LEN)
			     __array(char, cause, ATCP_TRACE_NAME_LEN)),
	    TP_fast_assign(struct atcp_trace_flow flow;

			   atcp_trace_flow_sock(&flow, sk, mini);
			   __entry->netns = flow.netns;
			   __entry->listener = flow.listener;
			   __entry->family = flow.family;
			   __entry->sport = flow.lport;
			   __entry->dport = flow.rport;
			   memcpy(__entry->saddr, &flow.laddr, 16);
			   memcpy(__entry->daddr, &flow.raddr, 16);
			   __entry->skaddr = sk ? (const void *)sk : mini;
			   strscpy(__entry->oldstate, atcp_trace_state_name(oldstate),
				   ATCP_TRACE_NAME_LEN);
			   strscpy(__entry->newstate, atcp_trace_state_name(newstate),
				   ATCP_TRACE_NAME_LEN);
			   strscpy(__entry->cause, atcp_trace_cause_name(cause),
				   ATCP_TRACE_NAME_LEN);),
	    TP_printk("family=%u sport=%u dport=%u saddr=%pI6c daddr=%pI6c oldstate=%s newstate=%s cause=%s listener=%u netns=%u",
		      __entry->family, __entry->sport, __entry->dport,
		      __entry->saddr, __entry->daddr,
		      __entry->oldstate, __entry->newstate, __entry->cause,
		      __entry->listener, __entry->netns)
);

/* A received segment is dropped, by the listener @lsk unless that is NULL. */
TRACE_EVENT(atcp_drop,
	    TP_PROTO(const struct net *net, const struct sock *lsk, const struct sk_buff *skb,
		     const char *reason),
	    TP_ARGS(net, lsk, skb, reason),
	    TP_STRUCT__entry(__field(u32, netns)
			     __field(u32, listener)
			     __field(const void *, skbaddr)
			     __field(u16, family)
			     __field(u16, sport)
			     __field(u16, dport)
			     __array(u8, saddr, 16)
			     __array(u8, daddr, 16)
			     __array(char, reason, ATCP_TRACE_NAME_LEN)),
	    TP_fast_assign(struct atcp_trace_flow flow;

			   atcp_trace_flow_skb(&flow, net, lsk, skb);
			   __entry->netns = flow.netns;
			   __entry->listener = flow.listener;
			   __entry->family = flow.family;
			   __entry->sport = flow.rport;
			   __entry->dport = flow.lport;
			   memcpy(__entry->saddr, &flow.raddr, 16);
			   memcpy(__entry->daddr, &flow.laddr, 16);
			   __entry->skbaddr = skb;
			   strscpy(__entry->reason, reason, ATCP_TRACE_NAME_LEN);),
	    TP_printk("reason=%s family=%u sport=%u dport=%u saddr=%pI6c daddr=%pI6c skbaddr=%p listener=%u netns=%u",
		      __entry->reason,
		      __entry->family, __entry->sport, __entry->dport,
		      __entry->saddr, __entry->daddr, __entry->skbaddr,
		      __entry->listener, __entry->netns)
);

/* Something is sent again. Give @sk, or (SYN-ACK of a request) @mini. */
TRACE_EVENT(atcp_retransmit,
	    TP_PROTO(const struct sock *sk, const struct atcp_mini *mini, u32 seq,
		     u32 len, enum atcp_rtx_kind kind),
	    TP_ARGS(sk, mini, seq, len, kind),
	    TP_STRUCT__entry(__field(u32, netns)
			     __field(u32, listener)
			     __field(const void *, skaddr)
			     __field(u32, seq)
			     __field(u32, len)
			     __field(u16, family)
			     __field(u16, sport)
			     __field(u16, dport)
			     __array(u8, saddr, 16)
			     __array(u8, daddr, 16)
			     __array(char, kind, ATCP_TRACE_NAME_LEN)),
	    TP_fast_assign(struct atcp_trace_flow flow;

			   atcp_trace_flow_sock(&flow, sk, mini);
			   __entry->netns = flow.netns;
			   __entry->listener = flow.listener;
			   __entry->family = flow.family;
			   __entry->sport = flow.lport;
			   __entry->dport = flow.rport;
			   memcpy(__entry->saddr, &flow.laddr, 16);
			   memcpy(__entry->daddr, &flow.raddr, 16);
			   __entry->skaddr = sk ? (const void *)sk : mini;
			   __entry->seq = seq;
			   __entry->len = len;
			   strscpy(__entry->kind, atcp_trace_rtx_name(kind),
				   ATCP_TRACE_NAME_LEN);),
	    TP_printk("kind=%s family=%u sport=%u dport=%u saddr=%pI6c daddr=%pI6c seq=%u len=%u listener=%u netns=%u",
		      __entry->kind,
		      __entry->family, __entry->sport, __entry->dport,
		      __entry->saddr, __entry->daddr,
		      __entry->seq, __entry->len,
		      __entry->listener, __entry->netns)
);

/*
 * At the accept queue: a request (@mini) is parked, or a connection (@sk) accepted, and
 * how long it has waited since its handshake.
 */
TRACE_EVENT(atcp_queue,
	    TP_PROTO(const struct sock *sk, const struct atcp_mini *mini,
		     enum atcp_queue_event event, u32 waited_us),
	    TP_ARGS(sk, mini, event, waited_us),
	    TP_STRUCT__entry(__field(u32, netns)
			     __field(u32, listener)
			     __field(const void *, skaddr)
			     __field(u16, family)
			     __field(u16, sport)
			     __field(u16, dport)
			     __array(u8, saddr, 16)
			     __array(u8, daddr, 16)
			     __field(u32, waited_us)
			     __array(char, event, ATCP_TRACE_NAME_LEN)),
	    TP_fast_assign(struct atcp_trace_flow flow;

			   atcp_trace_flow_sock(&flow, sk, mini);
			   __entry->netns = flow.netns;
			   __entry->listener = flow.listener;
			   __entry->family = flow.family;
			   __entry->sport = flow.lport;
			   __entry->dport = flow.rport;
			   memcpy(__entry->saddr, &flow.laddr, 16);
			   memcpy(__entry->daddr, &flow.raddr, 16);
			   __entry->skaddr = sk ? (const void *)sk : mini;
			   __entry->waited_us = waited_us;
			   strscpy(__entry->event, atcp_trace_queue_name(event),
				   ATCP_TRACE_NAME_LEN);),
	    TP_printk("event=%s family=%u sport=%u dport=%u saddr=%pI6c daddr=%pI6c waited_us=%u listener=%u netns=%u",
		      __entry->event, __entry->family, __entry->sport,
		      __entry->dport, __entry->saddr, __entry->daddr,
		      __entry->waited_us, __entry->listener, __entry->netns)
);

/* An accept queue has reached its high watermark, or is down to the low one again. */
TRACE_EVENT(atcp_acceptq,
	    TP_PROTO(const struct sock *lsk, bool pressed, u32 len, u32 limit),
	    TP_ARGS(lsk, pressed, len, limit),
	    TP_STRUCT__entry(__field(u32, netns)
			     __field(u32, listener)
			     __field(const void *, skaddr)
			     __field(u16, family)
			     __field(u16, sport)
			     __array(u8, saddr, 16)
			     __field(u8, pressed)
			     __field(u32, len)
			     __field(u32, limit)),
	    TP_fast_assign(struct atcp_trace_flow flow;

			   atcp_trace_flow_sock(&flow, lsk, NULL);
			   __entry->skaddr = lsk;
			   __entry->netns = flow.netns;
			   __entry->listener = flow.listener;
			   __entry->family = flow.family;
			   __entry->sport = flow.lport;
			   memcpy(__entry->saddr, &flow.laddr, 16);
			   __entry->pressed = pressed;
			   __entry->len = len;
			   __entry->limit = limit;),
	    TP_printk("event=%s family=%u sport=%u saddr=%pI6c len=%u limit=%u listener=%u netns=%u",
		      __entry->pressed ? "pressed" : "relieved",
		      __entry->family, __entry->sport, __entry->saddr,
		      __entry->len, __entry->limit,
		      __entry->listener, __entry->netns)
);

/* A SYN was answered by a cookie (@skb: the SYN), or one came back (the ACK). */
TRACE_EVENT(atcp_cookie,
	    TP_PROTO(const struct sock *lsk, const struct sk_buff *skb,
		     enum atcp_cookie_verdict verdict, u16 mss),
	    TP_ARGS(lsk, skb, verdict, mss),
	    TP_STRUCT__entry(__field(u32, netns)
			     __field(u32, listener)
			     __field(u16, family)
			     __field(u16, sport)
			     __field(u16, dport)
			     __array(u8, saddr, 16)
			     __array(u8, daddr, 16)
			     __field(u16, mss)
			     __array(char, verdict, ATCP_TRACE_NAME_LEN)),
	    TP_fast_assign(struct atcp_trace_flow flow;

			   atcp_trace_flow_skb(&flow, sock_net(lsk), lsk, skb);
			   __entry->netns = flow.netns;
			   __entry->listener = flow.listener;
			   __entry->family = flow.family;
			   __entry->sport = flow.rport;
			   __entry->dport = flow.lport;
			   memcpy(__entry->saddr, &flow.raddr, 16);
			   memcpy(__entry->daddr, &flow.laddr, 16);
			   __entry->mss = mss;
			   strscpy(__entry->verdict, atcp_trace_cookie_name(verdict),
				   ATCP_TRACE_NAME_LEN);),
	    TP_printk("verdict=%s family=%u sport=%u dport=%u saddr=%pI6c daddr=%pI6c mss=%u listener=%u netns=%u",
		      __entry->verdict,
		      __entry->family, __entry->sport, __entry->dport,
		      __entry->saddr, __entry->daddr, __entry->mss,
		      __entry->listener, __entry->netns)
);

/* A listener's load: a flood, or a slow program, begins or ends, and what says so. */
TRACE_EVENT(atcp_flood,
	    TP_PROTO(const struct sock *sk, enum atcp_flood_event event,
		     const struct atcp_pressure *p),
	    TP_ARGS(sk, event, p),
	    TP_STRUCT__entry(__field(u32, netns)
			     __field(u32, listener)
			     __field(u16, family)
			     __field(u16, sport)
			     __array(u8, saddr, 16)
			     __field(u32, syns)
			     __field(u32, done)
			     __field(u32, qlen)
			     __field(u32, limit)
			     __field(u32, accept_len)
			     __field(u32, accept_limit)
			     __array(char, event, ATCP_TRACE_NAME_LEN)),
	    TP_fast_assign(struct atcp_trace_flow flow;

			   atcp_trace_flow_sock(&flow, sk, NULL);
			   __entry->netns = flow.netns;
			   __entry->listener = flow.listener;
			   __entry->family = flow.family;
			   __entry->sport = flow.lport;
			   memcpy(__entry->saddr, &flow.laddr, 16);
			   __entry->syns = p->syns;
			   __entry->done = p->done;
			   __entry->qlen = p->qlen;
			   __entry->limit = p->limit;
			   __entry->accept_len = p->accept_len;
			   __entry->accept_limit = p->accept_limit;
			   strscpy(__entry->event, atcp_trace_flood_name(event),
				   ATCP_TRACE_NAME_LEN);),
	    TP_printk("event=%s family=%u sport=%u saddr=%pI6c syns=%u done=%u synq=%u/%u acceptq=%u/%u listener=%u netns=%u",
		      __entry->event, __entry->family, __entry->sport,
		      __entry->saddr, __entry->syns, __entry->done,
		      __entry->qlen, __entry->limit,
		      __entry->accept_len, __entry->accept_limit,
		      __entry->listener, __entry->netns)
);

#endif /* _ATCP_STATE_TRACE_H */

/* Found by -I$(src)/module. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
