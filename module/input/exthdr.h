/* SPDX-License-Identifier: GPL-2.0 */
/* The way through IPv6's extension headers to what is ours. */
#ifndef _ATCP_EXTHDR_H
#define _ATCP_EXTHDR_H

struct sk_buff;

/* The upper protocol of an IPv6 packet and where it begins; -1: it cannot be told here. */
int atcp_exthdr_upper(const struct sk_buff *skb, unsigned int *off);

#endif /* _ATCP_EXTHDR_H */
