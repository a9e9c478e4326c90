/* SPDX-License-Identifier: GPL-2.0 */
/* The flood guard: SYNs to protected listeners are answered before the IP stack sees them. */
#ifndef _ATCP_GUARD_H
#define _ATCP_GUARD_H

#include <linux/types.h>

struct net_device;
struct nf_hook_state;
struct sk_buff;

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

/* The netdev ingress hook. NF_ACCEPT: left as it came; NF_STOLEN: answered or dropped. */
unsigned int atcp_guard_rcv(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif /* _ATCP_GUARD_H */
