/* SPDX-License-Identifier: GPL-2.0 */
/* Answers that need no socket: RST to what fits nothing, ACKs of TIME_WAITs and requests. */
#ifndef _ATCP_REPLY_H
#define _ATCP_REPLY_H

#include <linux/types.h>

struct atcp_req;
struct atcp_tw;
struct net;
struct sk_buff;
struct sock;

int atcp_reply_net_init(struct net *net);
void atcp_reply_net_exit(struct net *net);

/*
 * RST in answer to @skb (network and transport headers set and validated), by
 * RFC 9293 3.10.7.1: seq = its ACK, or seq 0 with ACK. Never to a RST, to a
 * broadcast or multicast. @sk (listener, may be NULL) gives mark, priority,
 * device; counts OutRsts. For listen/refuse.c alone, which knows when it may be sent.
 */
void atcp_reply_rst(struct net *net, const struct sock *sk, struct sk_buff *skb);

/* The same for a request, and for a TIME_WAIT, which know how it is signed. */
void atcp_reply_rst_req(const struct atcp_req *req, struct sk_buff *skb);
void atcp_reply_rst_tw(const struct atcp_tw *tw, struct sk_buff *skb);

/* The same from a connection, locked, that @skb does not fit. */
void atcp_reply_rst_sock(struct sock *sk, struct sk_buff *skb);

/* ACK with the TIME_WAIT's numbers, in answer to @skb. */
void atcp_reply_tw_ack(struct atcp_tw *tw, struct sk_buff *skb);

/* Challenge or duplicate ACK of a request (seq snt_isn + 1), in answer to @skb. */
void atcp_reply_req_ack(const struct sock *lsk, struct atcp_req *req, struct sk_buff *skb);

#endif /* _ATCP_REPLY_H */
