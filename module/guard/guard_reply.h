/* SPDX-License-Identifier: GPL-2.0 */
/* The SYN-ACK that the flood guard makes of the SYN's own buffer. */
#ifndef _ATCP_GUARD_REPLY_H
#define _ATCP_GUARD_REPLY_H

#include <linux/types.h>

struct atcp_req;
struct atcp_synack_plan;
struct net_device;
struct sk_buff;
struct sock;

/**
 * struct atcp_guard_syn - where the headers of a received SYN are
 * @dev: device it is for: the one it came in on, or a VLAN device on top
 * @l3: bytes from skb->data to the IP header (VLAN tags within the frame)
 * @th: bytes from skb->data to the TCP header
 * @doff: bytes of TCP header
 * @end: bytes from skb->data to the end of the IP packet
 * @family: AF_INET or AF_INET6
 */
struct atcp_guard_syn {
	struct net_device	*dev;
	unsigned int		l3;
	unsigned int		th;
	unsigned int		doff;
	unsigned int		end;
	u8			family;
};

/*
 * What the SYN-ACK to @req will say: completes @req (our window scale) and fills
 * in @plan. False: no room for the answer in @skb.
 */
bool atcp_guard_reply_plan(const struct sock *lsk, struct atcp_req *req, const struct sk_buff *skb,
			   const struct atcp_guard_syn *s, struct atcp_synack_plan *plan);

/* Turns @skb into that SYN-ACK, with req->snt_isn, and sends it the way it came. Consumes it. */
void atcp_guard_reply_send(const struct sock *lsk, const struct atcp_req *req, struct sk_buff *skb,
			   const struct atcp_guard_syn *s, const struct atcp_synack_plan *plan);

#endif /* _ATCP_GUARD_REPLY_H */
