/* SPDX-License-Identifier: GPL-2.0 */
/* How bytes come to the tail of the send queue. Socket locked. */
#ifndef _ATCP_STATE_CONN_SNDFILL_H
#define _ATCP_STATE_CONN_SNDFILL_H

#include <linux/types.h>

struct iov_iter;
struct msghdr;
struct page;
struct sk_buff;
struct sock;
struct ubuf_info;

/*
 * Copies up to @len bytes from @from into @skb and advances write_seq.
 * Bytes copied; -ENOSPC: @skb has no room for another fragment (take a new
 * one); -ENOMEM: wait for memory; -EFAULT.
 */
int atcp_sndfill_copy(struct sock *sk, struct sk_buff *skb, struct iov_iter *from, int len);

/*
 * Appends a page (sendfile, splice) and takes a reference: @len or the same errors. @shared: others
 * may write to it, so who sums it up or encrypts it has to have a copy.
 */
int atcp_sndfill_page(struct sock *sk, struct sk_buff *skb, struct page *page, int off, int len,
		      bool shared);
/* The same of up to @len bytes in @msg's pages, since 6.5: how many, or such an error. */
int atcp_sndfill_splice(struct sock *sk, struct sk_buff *skb, struct msghdr *msg, int len,
			bool shared);

/* Takes the user's pages themselves; @uarg is told when they are free (MSG_ZEROCOPY). Likewise. */
int atcp_sndfill_zerocopy(struct sock *sk, struct sk_buff *skb, struct msghdr *msg, int len,
			  struct ubuf_info *uarg);

#endif /* _ATCP_STATE_CONN_SNDFILL_H */
