// SPDX-License-Identifier: GPL-2.0
/* How bytes come to the tail of the send queue: copied, or in pages that somebody else has. */
#include "state/conn/sndfill.h"

#include <linux/skbuff.h>
#include <net/sock.h>

#include "compat/skbuff.h"
#include "compat/zerocopy.h"
#include "proto/seg.h"
#include "state/conn/frag.h"
#include "state/conn/sndq.h"

static void atcp_sndfill_grew(struct sock *sk, struct sk_buff *skb, int len)
{
	struct atcp_sock *as = atcp_sk(sk);

	WRITE_ONCE(as->write_seq, as->write_seq + len);
	ATCP_CB(skb)->end_seq += len;
	/* Its end is another one: who has written it says whether that is pushed. */
	ATCP_CB(skb)->flags &= ~ATCP_F_PSH;
	ATCP_CB(skb)->segs = 0;
}

int atcp_sndfill_copy(struct sock *sk, struct sk_buff *skb, struct iov_iter *from, int len)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	int i = skb_shinfo(skb)->nr_frags;
	bool merge = true;
	int err;

	if (!atcp_frag_refill(sk, pfrag))
		return -ENOMEM;
	if (!skb_can_coalesce(skb, i, pfrag->page, pfrag->offset)) {
		if (i >= MAX_SKB_FRAGS)
			return -ENOSPC;
		merge = false;
	}
	len = min_t(int, len, pfrag->size - pfrag->offset);
	if (!atcp_sndq_mem_ok(sk, len))
		return -ENOMEM;
	/* Pages that io_uring keeps for us are held one by one where others join them. */
	skb_zcopy_downgrade_managed(skb);

	err = skb_copy_to_page_nocache(sk, from, skb, pfrag->page, pfrag->offset, len);
	if (err)
		return err;
	atcp_sndq_mem_add(sk, len);
	if (merge) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], len);
	} else {
		skb_fill_page_desc(skb, i, pfrag->page, pfrag->offset, len);
		page_ref_inc(pfrag->page);
	}
	pfrag->offset += len;
	atcp_sndfill_grew(sk, skb, len);
	return len;
}

/* @len bytes in pages of somebody else's, which may change while they are on their way. */
static void atcp_sndfill_shared(struct sock *sk, struct sk_buff *skb, int len, bool shared)
{
	if (shared)
		skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	sk_wmem_queued_add(sk, len);
	sk_mem_charge(sk, len);
	atcp_sndq_mem_add(sk, len);
	atcp_sndfill_grew(sk, skb, len);
}

int atcp_sndfill_page(struct sock *sk, struct sk_buff *skb, struct page *page,
		      int off, int len, bool shared)
{
	int i = skb_shinfo(skb)->nr_frags;

	if (!atcp_sndq_mem_ok(sk, len))
		return -ENOMEM;
	skb_zcopy_downgrade_managed(skb);
	if (skb_can_coalesce(skb, i, page, off)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], len);
	} else if (i < MAX_SKB_FRAGS) {
		get_page(page);
		skb_fill_page_desc(skb, i, page, off, len);
	} else {
		return -ENOSPC;
	}
	skb->len += len;
	skb->data_len += len;
	skb->truesize += len;
	atcp_sndfill_shared(sk, skb, len, shared);
	return len;
}

int atcp_sndfill_splice(struct sock *sk, struct sk_buff *skb, struct msghdr *msg, int len,
			bool shared)
{
	ssize_t n;

	if (!atcp_sndq_mem_ok(sk, len))
		return -ENOMEM;
	skb_zcopy_downgrade_managed(skb);
	n = atcp_compat_splice_iter(skb, msg, len, sk->sk_allocation);
	if (n == -EMSGSIZE)
		return -ENOSPC;
	if (n <= 0)
		return n ?: -EIO;
	atcp_sndfill_shared(sk, skb, n, shared);
	return n;
}

int atcp_sndfill_zerocopy(struct sock *sk, struct sk_buff *skb, struct msghdr *msg, int len,
			  struct ubuf_info *uarg)
{
	unsigned int before = skb->truesize;
	int n;

	/* Whole pages are charged: that much of the user's memory cannot be had back. */
	if (!atcp_sndq_mem_ok(sk, PAGE_ALIGN(len) + PAGE_SIZE))
		return -ENOMEM;
	n = atcp_compat_zerocopy_iter(sk, skb, msg, len, uarg);
	atcp_sndq_mem_add(sk, skb->truesize - before);
	/* It has no room for another page, or tells somebody else. */
	if (n == -EMSGSIZE || n == -EEXIST)
		return -ENOSPC;
	if (n > 0)
		atcp_sndfill_grew(sk, skb, n);
	return n;
}
