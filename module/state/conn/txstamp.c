// SPDX-License-Identifier: GPL-2.0
/*
 * SO_TIMESTAMPING of what is sent. The last byte of each send is followed: when
 * it goes into the queue of a device, when the device has sent it, and when it
 * is acknowledged. The first two are told by the code of devices, which finds
 * flags and the byte's sequence number (tskey) in the skb; so does what cuts
 * large segments. That code tells sequence numbers, where users count from 0:
 * it does the subtraction for sockets of the kernel's TCP alone. Nor does it put statistics there
 * (SOF_TIMESTAMPING_OPT_STATS) for others: they are added when it reports what it has queued.
 */
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/tcp.h>
#include <net/netlink.h>
#include <net/tcp.h>

#include "compat/tcpinfo.h"
#include "proto/seq.h"
#include "state/conn/chrono.h"
#include "state/conn/rtxq.h"
#include "state/conn/txstamp.h"

void atcp_txstamp_base(struct sock *sk, u32 tsflags)
{
	if ((tsflags & SOF_TIMESTAMPING_OPT_ID) && !atomic_read(&sk->sk_tskey))
		atomic_set(&sk->sk_tskey, atcp_sk(sk)->write_seq);
}

void atcp_txstamp_mark(struct sock *sk, u32 tsflags)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	/* An skb that is full goes before the write is over: it may have taken all of it along. */
	if (unlikely(!skb))
		skb = atcp_rtxq_tail(atcp_sk(sk));
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
	struct tcp_skb_cb cb;
	unsigned long refdst;
	struct rb_node links;

	if (atcp_seq_before(key, prior_una) || !atcp_seq_before(key, atcp_sk(sk)->snd_una))
		return;
	/* A copy of it is made: links of state/conn/rtxq.c are no route and no device. */
	refdst = skb->_skb_refdst;
	links = skb->rbnode;
	skb->_skb_refdst = 0;
	skb->dev = NULL;
	atcp_sk(sk)->ask.stamped_ns = ATCP_CB(skb)->xmit_us * NSEC_PER_USEC;
	/* Since 6.14 the kernel looks at a bit of its own TCP's, where we have something else. */
	cb = *TCP_SKB_CB(skb);
	TCP_SKB_CB(skb)->txstamp_ack = 1;
	__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
	*TCP_SKB_CB(skb) = cb;
	skb->_skb_refdst = refdst;
	skb->rbnode = links;
}

/* What sock_def_error_report() is called: it is not exported. */
static void (*atcp_txstamp_default)(struct sock *sk);

/* All that atcp_txstamp_put() puts. */
#define ATCP_TXSTAMP_STATS	(11 * nla_total_size_64bit(sizeof(u64)) +	\
				 18 * nla_total_size(sizeof(u32)))

static void atcp_txstamp_put_u64(struct sk_buff *skb, int type, u64 val)
{
	nla_put_u64_64bit(skb, type, val, TCP_NLA_PAD);
}

/* What the connection is like now, as the kernel's tcp_get_timestamping_opt_stats(). Not locked. */
static void atcp_txstamp_put(struct sk_buff *skb, const struct sock *sk, bool ack)
{
	unsigned long rate = READ_ONCE(sk->sk_pacing_rate);
	const struct atcp_sock *as = atcp_sk(sk);
	u64 rwnd = atcp_chrono_us(as, ATCP_CHRONO_RWND);
	u64 sndbuf = atcp_chrono_us(as, ATCP_CHRONO_SNDBUF);

	atcp_txstamp_put_u64(skb, TCP_NLA_BUSY,
			     atcp_chrono_us(as, ATCP_CHRONO_BUSY) + rwnd + sndbuf);
	atcp_txstamp_put_u64(skb, TCP_NLA_RWND_LIMITED, rwnd);
	atcp_txstamp_put_u64(skb, TCP_NLA_SNDBUF_LIMITED, sndbuf);
	atcp_txstamp_put_u64(skb, TCP_NLA_DATA_SEGS_OUT, READ_ONCE(as->data_segs_out));
	atcp_txstamp_put_u64(skb, TCP_NLA_TOTAL_RETRANS, READ_ONCE(as->total_retrans));
	atcp_txstamp_put_u64(skb, TCP_NLA_PACING_RATE, rate == ~0UL ? ~0ULL : rate);
	atcp_txstamp_put_u64(skb, TCP_NLA_DELIVERY_RATE,
			     atcp_rate_bytes(&as->rate, as->mss_cache));
	nla_put_u32(skb, TCP_NLA_SND_CWND, as->cong.cwnd);
	nla_put_u32(skb, TCP_NLA_REORDERING, as->reordering);
	nla_put_u32(skb, TCP_NLA_MIN_RTT, atcp_rtt_min_us(&as->rtt.min));
	nla_put_u8(skb, TCP_NLA_RECUR_RETRANS, as->retransmits);
	nla_put_u8(skb, TCP_NLA_DELIVERY_RATE_APP_LMT, as->rate.limited);
	nla_put_u32(skb, TCP_NLA_SND_SSTHRESH, as->cong.ssthresh);
	nla_put_u32(skb, TCP_NLA_DELIVERED, as->delivered);
	nla_put_u32(skb, TCP_NLA_DELIVERED_CE, as->delivered_ce);
	nla_put_u32(skb, TCP_NLA_SNDQ_SIZE, READ_ONCE(as->write_seq) - READ_ONCE(as->snd_una));
	nla_put_u8(skb, TCP_NLA_CA_STATE, as->ca_state);
	atcp_txstamp_put_u64(skb, TCP_NLA_BYTES_SENT, as->bytes_sent);
	atcp_txstamp_put_u64(skb, TCP_NLA_BYTES_RETRANS, as->bytes_retrans);
	nla_put_u32(skb, TCP_NLA_DSACK_DUPS, as->dsack_dups);
	nla_put_u32(skb, TCP_NLA_REORD_SEEN, as->reord_seen);
	nla_put_u32(skb, TCP_NLA_SRTT, as->rtt.srtt_us >> 3);
	nla_put_u16(skb, TCP_NLA_TIMEOUT_REHASH, as->ask.rehashed);
	nla_put_u32(skb, TCP_NLA_BYTES_NOTSENT,
		    max_t(int, 0, READ_ONCE(as->write_seq) - READ_ONCE(as->snd_nxt)));
	atcp_txstamp_put_u64(skb, TCP_NLA_EDT, as->ask.stamped_ns);
	if (ack)
		nla_put_u8(skb, TCP_NLA_TTL, as->ask.ttl);
	atcp_compat_nla_rehash(skb, as->ask.rehashed);
}

/* @skb, that tells of a time and has none of the bytes, tells of the connection too. */
static void atcp_txstamp_stats(struct sock *sk, struct sk_buff *skb)
{
	struct sock_exterr_skb *err = SKB_EXT_ERR(skb);

	if (skb->len || pskb_expand_head(skb, 0, ATCP_TXSTAMP_STATS, GFP_ATOMIC | __GFP_NOWARN))
		return;
	atcp_txstamp_put(skb, sk, err->ee.ee_info == SCM_TSTAMP_ACK);
	err->opt_stats = 1;
}

bool atcp_txstamp_finish(struct sock *sk)
{
	u32 tsflags = READ_ONCE(sk->sk_tsflags);
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
		if (tsflags & SOF_TIMESTAMPING_OPT_ID)
			err->ee.ee_data -= base;
		if (unlikely(tsflags & SOF_TIMESTAMPING_OPT_STATS))
			atcp_txstamp_stats(sk, skb);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	return any;
}

/* sk_error_report: as it is when the time is told, and not when that is read. */
static void atcp_txstamp_report(struct sock *sk)
{
	if (unlikely(READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_STATS))
		atcp_txstamp_finish(sk);
	READ_ONCE(atcp_txstamp_default)(sk);
}

void atcp_txstamp_init(struct sock *sk)
{
	if (unlikely(!READ_ONCE(atcp_txstamp_default)))
		WRITE_ONCE(atcp_txstamp_default, sk->sk_error_report);
	sk->sk_error_report = atcp_txstamp_report;
}
