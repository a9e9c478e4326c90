// SPDX-License-Identifier: GPL-2.0
/*
 * The SYN of a fast open (RFC 7413 section 4.2).
 *
 * SYN and data go in one segment but stay two in the queue, so that each can be
 * acknowledged and sent again without the other: a lost SYN goes again without
 * data or option, as what stands in a path's way may be these.
 */
#include "output/syndata.h"

#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "output/rtx.h"
#include "output/xmit.h"
#include "proto/opts.h"
#include "proto/seg.h"
#include "state/conn/sndfill.h"
#include "state/conn/sndq.h"
#include "state/listen/fastopen.h"
#include "state/shared/mib.h"

/*
 * Bytes that a SYN may have: what the peer takes as far as that is known, less
 * all the room of options, for middleboxes add their own.
 */
static u32 atcp_syndata_room(struct sock *sk, u16 peer_mss)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 mss;

	as->mss_clamp = peer_mss ? min(peer_mss, as->advmss) : as->advmss;
	if (as->user_mss)
		as->mss_clamp = min(as->mss_clamp, as->user_mss);
	mss = atcp_xmit_sync_mss(sk, as->pmtu);
	return mss > ATCP_OPTS_MAX ? mss - ATCP_OPTS_MAX : 0;
}

/* The first bytes of @fo as an skb at the head of the unsent queue, or NULL. */
static struct sk_buff *atcp_syndata_copy(struct sock *sk, struct atcp_fastopen_syn *fo,
					 u32 room)
{
	struct sk_buff *skb;
	int n = 0;

	room = min_t(size_t, room, fo->size);
	skb = room ? atcp_sndq_new(sk) : NULL;
	if (!skb)
		return NULL;
	while (skb->len < room && n >= 0)
		n = atcp_sndfill_copy(sk, skb, &fo->msg->msg_iter, room - skb->len);
	if (!skb->len) {
		atcp_sndq_drop_empty(sk);
		return NULL;
	}
	ATCP_CB(skb)->mss = skb->len;
	ATCP_CB(skb)->segs = 1;
	ATCP_CB(skb)->flags |= ATCP_F_PSH;
	return skb;
}

/* One segment of @syn and @data. */
static int atcp_syndata_xmit(struct sock *sk, struct sk_buff *syn, struct sk_buff *data)
{
	struct sk_buff *skb = skb_clone(data, sk->sk_allocation);
	int err;

	if (!skb)
		return -ENOBUFS;
	ATCP_CB(skb)->seq = ATCP_CB(syn)->seq;
	ATCP_CB(skb)->flags = ATCP_CB(syn)->flags;
	err = atcp_xmit_skb(sk, skb, false, sk->sk_allocation);
	ATCP_CB(syn)->xmit_us = atcp_sock_now_us();
	ATCP_CB(data)->xmit_us = ATCP_CB(syn)->xmit_us;
	return err;
}

int atcp_syndata_send(struct sock *sk, struct sk_buff *syn)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_fastopen_syn *fo = as->fo.syn;
	struct atcp_fastopen_cookie cookie;
	struct sk_buff *data = NULL;
	bool may;
	u16 mss;
	int err;

	as->fo.syn = NULL;
	may = atcp_fastopen_cookie(sk, &cookie, &mss);
	if (may && fo->size)
		data = atcp_syndata_copy(sk, fo, atcp_syndata_room(sk, mss));
	/* No memory, or no readable data: the next connection can use a cookie, too. */
	if (may && fo->size && !data && cookie.len > 0)
		cookie.len = 0;
	if (cookie.len >= 0) {
		as->fo.opt = &cookie;
		as->fo.asked = 1;
		as->fo.exp = cookie.exp;
	}

	if (data) {
		fo->copied = data->len;
		as->fo.data = 1;
		as->fo.all = fo->copied == fo->size;
		as->lsndtime = (u32)jiffies;
		err = atcp_syndata_xmit(sk, syn, data);
		/* Sent or not, it is as good as in the network: the RTO sees to it. */
		atcp_sndq_sent(sk, data);
		ATCP_SK_INC(sk, TCPORIGDATASENT);
	} else {
		err = atcp_xmit_skb(sk, syn, true, sk->sk_allocation);
	}
	as->fo.opt = NULL;
	return err;
}

int atcp_syndata_synack(struct sock *sk, struct sk_buff *skb,
			const struct atcp_fastopen_cookie *cookie)
{
	struct atcp_sock *as = atcp_sk(sk);
	int err;

	as->snd_una = as->iss;
	as->write_seq = as->iss;
	/* The window that the SYN told of is for data: the SYN-ACK's number takes none of it. */
	as->snd_wnd++;
	/* The SYN-ACK is no small segment that Nagle's data would have to wait for. */
	as->snd_sml = as->iss;
	atcp_sndq_queue_ctl(sk, skb);
	atcp_sndq_sent(sk, skb);
	as->retrans_stamp = atcp_sock_ts_now() | 1;
	if (cookie->len >= 0)
		as->fo.opt = cookie;
	err = atcp_xmit_skb(sk, skb, true, GFP_ATOMIC);
	as->fo.opt = NULL;
	/* As another SYN-ACK's: what the RTO of data is to be does not hold for it. */
	atcp_rtx_set_rto(sk);
	atcp_rtx_rearm(sk);
	return err;
}
