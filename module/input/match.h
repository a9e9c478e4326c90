/* SPDX-License-Identifier: GPL-2.0 */
/* Netfilter's socket matches see our sockets. */
#ifndef _ATCP_MATCH_H
#define _ATCP_MATCH_H

#include <linux/atcp.h>
#include <linux/skbuff.h>
#include <net/sock.h>

/* Is the socket of @skb one of ours that was lent to it? The last hook takes it back. */
static inline bool atcp_match_lent(const struct sk_buff *skb)
{
	return skb->destructor == sock_efree && skb->sk->sk_protocol == IPPROTO_ATCP;
}

int atcp_match_init(void);
void atcp_match_exit(void);

#endif /* _ATCP_MATCH_H */
