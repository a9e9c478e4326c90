/* SPDX-License-Identifier: GPL-2.0 */
/* The SYN that opens a connection to a listener. */
#ifndef _ATCP_SYN_H
#define _ATCP_SYN_H

#include "conn/rx.h"

struct atcp_req;
struct dst_entry;

/* Answers a SYN by a request or a cookie, or drops it. Consumes @skb. */
void atcp_syn_rcv(struct sock *lsk, struct sk_buff *skb,
		  const struct atcp_tuple *t, struct atcp_rx *rx);

/* Sets what a request has of the flow itself: tuple, device, mark. */
void atcp_syn_init_req(const struct sock *lsk, struct atcp_req *req,
		       const struct sk_buff *skb, const struct atcp_tuple *t);

/* ECN, if the SYN asks for it and we, or the route @dst (may be NULL), agree (RFC 3168, 9768). */
void atcp_syn_ecn(const struct sock *lsk, struct atcp_req *req, const struct atcp_rx *rx,
		  const struct dst_entry *dst);

/* What the SYN's options and our knobs agree on. */
void atcp_syn_options(const struct sock *lsk, struct atcp_req *req,
		      const struct atcp_tuple *t, const struct atcp_rx *rx);

#endif /* _ATCP_SYN_H */
