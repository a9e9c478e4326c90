/* SPDX-License-Identifier: GPL-2.0 */
/* A received segment's buffer as that of the answer. */
#ifndef _ATCP_REUSE_H
#define _ATCP_REUSE_H

#include <linux/types.h>

struct dst_entry;
struct sk_buff;

/*
 * Makes a received @skb as one just allocated: empty, with room for @len bytes of TCP
 * at skb->data and for @header bytes of IP and what @dst's device needs before them.
 * Nothing is allocated. False: somebody else may see it, or there is no such room; it
 * is as it was.
 */
bool atcp_reuse(struct sk_buff *skb, const struct dst_entry *dst, unsigned int header,
		unsigned int len);

#endif /* _ATCP_REUSE_H */
