/* SPDX-License-Identifier: GPL-2.0 */
/* TCP_SAVE_SYN: the headers of SYNs, kept for who accepts their connections. */
#ifndef _ATCP_SYNSAVE_H
#define _ATCP_SYNSAVE_H

#include <linux/refcount.h>
#include <linux/types.h>

struct sk_buff;
struct sock;

/**
 * struct atcp_saved_syn - the headers of a SYN, as they came
 * @ref: a request, its copies and its connection share one
 * @len: bytes of @data
 * @data: from the IP header, or the link layer's, to the end of TCP's options
 */
struct atcp_saved_syn {
	refcount_t	ref;
	u16		len;
	u8		data[];
};

/* Those of @skb if @lsk has asked for them; NULL also without memory, as on Linux. */
struct atcp_saved_syn *atcp_synsave_make(const struct sock *lsk, const struct sk_buff *skb);

/* @syn may be NULL. */
struct atcp_saved_syn *atcp_synsave_get(struct atcp_saved_syn *syn);
void atcp_synsave_put(struct atcp_saved_syn *syn);

/* @sk's own is given up: it is read, or the socket's connection is over. Locked. */
void atcp_synsave_drop(struct sock *sk);

#endif /* _ATCP_SYNSAVE_H */
