/* SPDX-License-Identifier: GPL-2.0 */
/* The flood guard: SYNs to protected listeners are answered before the IP stack sees them. */
#ifndef _ATCP_GUARD_H
#define _ATCP_GUARD_H

struct nf_hook_state;
struct sk_buff;

/* The netdev ingress hook. NF_ACCEPT: left as it came; NF_STOLEN: answered or dropped. */
unsigned int atcp_guard_rcv(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif /* _ATCP_GUARD_H */
