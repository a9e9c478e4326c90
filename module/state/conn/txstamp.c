// SPDX-License-Identifier: GPL-2.0
/*
 * SO_TIMESTAMPING of what is sent. The last byte of each send is followed: when
 * it goes into the queue of a device, when the device has sent it, and when it
 * is acknowledged. The first two are told by the code of devices, which finds
 * flags and the byte's sequence number (tskey) in the skb; so does what cuts
 * large segments. That code tells sequence numbers, where users count from 0:
 * it does the subtraction for sockets of the kernel's TCP alone.
 */
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include "proto/seq.h"
#include "state/conn/txstamp.h"

void atcp_txstamp_base(struct sock *sk, u32 tsflags)
{
	if ((tsflags & SOF_TIMESTAMPING_OPT_ID) && !atomic_read(&sk->sk_tskey))
		atomic_set(&sk->sk_tskey, atcp_sk(sk)->write_seq);
}

void atcp_txstamp_mark(struct sock *sk, u32 tsflags)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb || !skb->len || !(tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK))
		return;
	__sock_tx_timestamp(tsflags, &skb_shinfo(skb)->tx_flags);
	if (tsflags & SOF_TIMESTAMPING_TX_ACK)
		ATCP_CB(skb)->sacked |= ATCP_CB_STAMP_ACK;
	skb_shinfo(skb)->tskey = ATCP_CB(skb)->seq + skb->len - 1;
}

void atcp_txstamp_split(struct sk_buff *skb, struct sk_buff *rest)
{
	struct skb_shared_info *from = skb_shinfo(skb), *to = skb_shinfo(rest);
	u8 flags = from->tx_flags & SKBTX_ANY_TSTAMP;

	if (likely(!flags && !(ATCP_CB(skb)->sacked & ATCP_CB_STAMP_ACK)))
		return;
	if (atcp_seq_before(from->tskey, ATCP_CB(rest)->seq)) {
		ATCP_CB(rest)->sacked &= ~ATCP_CB_STAMP_ACK;
		return;
	}
	to->tx_flags |= flags;
	to->tskey = from->tskey;
	from->tx_flags &= ~flags;
	ATCP_CB(skb)->sacked &= ~ATCP_CB_STAMP_ACK;
}

void atcp_txstamp_tell(struct sock *sk, struct sk_buff *skb, u32 prior_una)
{
	u32 key = skb_shinfo(skb)->tskey;
	unsigned long refdst;
	struct rb_node links;

	if (atcp_seq_before(key, prior_una) || !atcp_seq_before(key, atcp_sk(sk)->snd_una))
		return;
	/* A copy of it is made: links of state/conn/rtxq.c are no route and no device. */
	refdst = skb->_skb_refdst;
	links = skb->rbnode;
	skb->_skb_refdst = 0;
	skb->dev = NULL;
	__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
	skb->_skb_refdst = refdst;
	skb->rbnode = links;
}

bool atcp_txstamp_ids(struct sock *sk)
{
	bool ids = READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_ID;
	struct sk_buff_head *q = &sk->sk_error_queue;
	u32 base = atomic_read(&sk->sk_tskey);
	struct sk_buff *skb;
	unsigned long flags;
	bool any;

	spin_lock_irqsave(&q->lock, flags);
	any = !skb_queue_empty(q);
	skb_queue_reverse_walk(q, skb) {
		struct sock_exterr_skb *err = SKB_EXT_ERR(skb);

		if (err->ee.ee_origin != SO_EE_ORIGIN_TIMESTAMPING)
			continue;
		/* All before it were seen at that time too. */
		if (err->unused)
			break;
		err->unused = 1;
		if (ids)
			err->ee.ee_data -= base;
	}
	spin_unlock_irqrestore(&q->lock, flags);
	return any;
}
