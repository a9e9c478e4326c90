/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers of segments that were acknowledged, or received, kept for the next ones. */
#ifndef _ATCP_STASH_H
#define _ATCP_STASH_H

#include <linux/types.h>

struct sk_buff;

/* One as alloc_skb_fclone(@size) gives it, or NULL: allocate it. */
struct sk_buff *atcp_stash_take(unsigned int size);

/* Frees @skb, which nobody else has, or keeps it with no bytes in it. */
void atcp_stash_free(struct sk_buff *skb);

/* As alloc_skb(): for what is sent without a clone. */
struct sk_buff *atcp_stash_alloc(unsigned int size, gfp_t gfp);

/* As consume_skb(): of a received segment that has nothing any more. */
void atcp_stash_rcvd(struct sk_buff *skb);

void atcp_stash_exit(void);

#endif /* _ATCP_STASH_H */
