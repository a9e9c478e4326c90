// SPDX-License-Identifier: GPL-2.0
/* One segment of a full socket: its header and options, and who pays for it on the way. */

#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "output/accecn.h"
#include "output/mtuprobe.h"
#include "output/pace.h"
#include "output/rcvack.h"
#include "output/route.h"
#include "output/window.h"
#include "output/xmit.h"
#include "proto/ecn.h"
#include "proto/fastopen.h"
#include "proto/opts.h"
#include "proto/seg.h"
#include "state/conn/auth.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/conn/txstamp.h"
#include "state/conn/urgent.h"
#include "state/shared/mib.h"

/* MSS left for payload when the path's MTU is @pmtu, with nothing but a bare header. */
static u32 atcp_xmit_mtu_to_mss(const struct sock *sk, u32 pmtu)
{
	const struct atcp_sock *as = atcp_sk(sk);
	u32 hdr = as->af_ops->header_len + sizeof(struct tcphdr) + as->ext_hdr_len;

	return pmtu > hdr ? pmtu - hdr : 0;
}

u32 atcp_xmit_sync_mss(struct sock *sk, u32 pmtu)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 mss;

	mss = min_t(u32, atcp_xmit_mtu_to_mss(sk, pmtu), as->mss_clamp);
	if (as->user_mss)
		mss = min_t(u32, mss, as->user_mss);
	mss = max_t(u32, mss, READ_ONCE(an->sysctl.min_snd_mss));
	/* RFC 6691: options come out of the MSS, the peer does not know them. */
	if (as->ts_ok)
		mss -= ATCP_OPTS_TS_LEN;
	mss -= atcp_auth_room(sk);
	/* RFC 1122 4.2.2.6, tcp_bound_to_half_wnd(): no more than half a small window. */
	if (as->max_window > ATCP_OPTS_MAX && mss > as->max_window / 2)
		mss = max_t(u32, as->max_window > TCP_MSS_DEFAULT ? as->max_window / 2 :
			    as->max_window, 68U - 20);
	as->pmtu = pmtu;
	mss = atcp_mtuprobe_bound(sk, pmtu, mss);
	as->mss_cache = mss;
	return mss;
}

u32 atcp_xmit_mss(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct atcp_sock *as = atcp_sk(sk);

	if (dst) {
		u32 mtu = dst_mtu(dst);

		if (mtu != as->pmtu)
			atcp_xmit_sync_mss(sk, mtu);
	}
	return as->mss_cache - (atcp_accecn_on(as) ? atcp_accecn_room(sk) : 0);
}

int atcp_xmit_size_goal(struct sock *sk, u32 mss, bool oob)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 goal, segs;

	if (oob || !sk_can_gso(sk))
		return mss;
	/* sk_setup_caps() has taken the headers off the device's limit. */
	goal = min_t(u32, READ_ONCE(sk->sk_gso_max_size),
		     GSO_LEGACY_MAX_SIZE - 1 - MAX_TCP_HEADER) - as->ext_hdr_len;
	/* Half of the peer's window in one skb is plenty (SWS, RFC 1122 4.2.3.4). */
	if (as->max_window > TCP_MSS_DEFAULT)
		goal = min(goal, max(as->max_window >> 1, mss));
	segs = min_t(u32, goal / mss, READ_ONCE(sk->sk_gso_max_segs));
	return max(segs, 1U) * mss;
}

static void atcp_xmit_fastopen(const struct atcp_fastopen_cookie *c, struct atcp_opts_out *o)
{
	o->fastopen = true;
	o->fastopen_exp = c->exp;
	o->fastopen_len = c->len;
	memcpy(o->fastopen_cookie, c->val, sizeof(o->fastopen_cookie));
}

static void atcp_xmit_opts(struct sock *sk, const struct sk_buff *skb, u64 now_us,
			   struct atcp_opts_out *o)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct atcp_net *an = atcp_sock_net(sk);
	const struct atcp_cb *cb = ATCP_CB(skb);
	struct atcp_sock *as = atcp_sk(sk);

	memset(o, 0, sizeof(*o));
	o->wscale = ATCP_OPTS_WSCALE_NONE;
	o->tsval = atcp_sock_us_to_ts(now_us) + as->ts_off;
	o->tsecr = as->ts_recent;
	atcp_auth_opts(sk, o);

	if (cb->flags & ATCP_F_SYN) {
		/* A SYN-ACK (simultaneous open) has only what the peer's SYN had. */
		bool synack = cb->flags & ATCP_F_ACK;

		/* The path may have become narrower since the last one. */
		if (dst)
			as->advmss = min_t(u32, as->advmss, dst_metric_advmss(dst));
		o->mss = as->advmss;
		/* A signature leaves no room for both timestamps and SACK, as Linux has it. */
		o->ts = synack ? as->ts_ok : READ_ONCE(an->sysctl.timestamps) && !o->md5;
		o->sack_perm = synack ? as->sack_ok : READ_ONCE(an->sysctl.sack);
		if (synack ? as->wscale_ok : READ_ONCE(an->sysctl.window_scaling))
			o->wscale = as->rcv_wscale;
		if (as->fo.opt && !atcp_auth_has(o))
			atcp_xmit_fastopen(as->fo.opt, o);
		return;
	}

	o->ts = as->ts_ok;
	/* Blocks go with bare ACKs and small segments: a full one has no room (RFC 2018 3). */
	if ((as->sack_rx.nr || as->sack_rx.has_dsack) && as->sack_ok &&
	    skb->len + 36 <= as->mss_cache)
		o->nr_sacks = atcp_sack_rx_build(&as->sack_rx, o->sacks,
						 ATCP_OPTS_NR_SACKS);
}

/* What sending an ACK settles. */
static void atcp_xmit_acked(struct sock *sk)
{
	atcp_rcvack_sent(sk);
	atcp_timer_stop_delack(sk);
}

/* Flags of the header; what RFC 3168 adds depends on whether data was sent before. */
static u16 atcp_xmit_flags(struct atcp_sock *as, const struct sk_buff *skb, bool sacks)
{
	const struct atcp_cb *cb = ATCP_CB(skb);
	u8 flags = cb->flags;

	/* A receiver that merges segments passes them on at a PSH: no use in waiting for more. */
	if (cb->segs > 1)
		flags |= ATCP_F_PSH;
	if (atcp_accecn_on(as))
		return atcp_accecn_send(as, skb, flags, sacks);
	if (likely(!as->ecn.flags) || (flags & ATCP_F_SYN))
		return flags;
	return flags | atcp_ecn_send(&as->ecn.flags, skb->len &&
				     !atcp_seq_before(cb->seq, as->snd_nxt), &as->ecn.ip);
}

/* How far from here it is to the end of what is urgent, if that can be said. */
static void atcp_xmit_urgent(const struct atcp_sock *as, u32 seq, struct tcphdr *th)
{
	u32 ahead = as->snd_up - seq;

	if (!atcp_seq_after(as->snd_up, seq))
		return;
	if (ahead > U16_MAX && !atcp_seq_after(seq + U16_MAX, as->snd_nxt))
		return;
	th->urg = 1;
	th->urg_ptr = htons(min_t(u32, ahead, U16_MAX));
}

static void atcp_xmit_header(struct sock *sk, struct sk_buff *skb, u16 flags, u32 opts_len,
			     const struct atcp_opts_out *opts)
{
	const struct atcp_cb *cb = ATCP_CB(skb);
	const struct inet_sock *inet = inet_sk(sk);
	struct atcp_sock *as = atcp_sk(sk);
	struct tcphdr *th;

	th = skb_push(skb, sizeof(*th) + opts_len);
	skb_reset_transport_header(skb);
	memset(th, 0, sizeof(*th));
	th->source = inet->inet_sport;
	th->dest = inet->inet_dport;
	th->seq = htonl(cb->seq);
	th->ack_seq = flags & ATCP_F_ACK ? htonl(as->rcv_nxt) : 0;
	tcp_flag_word(th) = htonl((sizeof(*th) + opts_len) << 26 | flags << 16);
	if (flags & ATCP_F_SYN)
		/* RFC 7323 2.2: never scaled in a SYN. */
		th->window = htons(min_t(u32, as->rcv_wnd, U16_MAX));
	else
		th->window = htons(atcp_window_offer(sk));
	if (atcp_urgent_sending(as) && cb->segs <= 1)
		atcp_xmit_urgent(as, cb->seq, th);
	atcp_opts_build((u8 *)(th + 1), opts);
}

void atcp_xmit_remember(struct atcp_sock *as, struct sk_buff *skb, u64 now_us)
{
	struct atcp_cb *cb = ATCP_CB(skb);

	cb->xmit_us = now_us;
	atcp_rate_sent(&as->rate, &cb->tx, now_us, !as->packets_out, as->delivered);
	cb->tx.flight = atcp_sock_in_flight(as) + cb->segs;
	cb->tx.lost = as->lost;
	if (as->rate.app_limited)
		cb->sacked |= ATCP_CB_APP;
	else
		cb->sacked &= ~ATCP_CB_APP;
}

int atcp_xmit_skb(struct sock *sk, struct sk_buff *skb, bool clone, gfp_t gfp)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_opts_out opts;
	u32 opts_len, len, segs;
	struct sk_buff *orig = skb;
	u64 now_ns, now_us;
	bool again;
	u16 flags;
	int err;

	if (clone) {
		skb = atcp_sndq_clone(skb, gfp);
		if (unlikely(!skb))
			return -ENOBUFS;
	}
	len = skb->len;
	segs = max_t(u32, ATCP_CB(skb)->segs, 1);
	again = ATCP_CB(skb)->xmit_us;
	/* One look at the clock: the timestamp, and what the RTT is measured from. */
	now_ns = ktime_get_ns();
	now_us = div_u64(now_ns, NSEC_PER_USEC);
	atcp_pace_stamp(sk, skb, now_ns);
	atcp_txstamp_leaves(sk, skb);
	atcp_xmit_opts(sk, skb, now_us, &opts);
	if (atcp_accecn_on(as))
		atcp_accecn_opt(sk, orig, now_us, &opts);
	opts_len = atcp_opts_len(&opts);
	flags = atcp_xmit_flags(as, skb, opts.nr_sacks);
	atcp_xmit_header(sk, skb, flags, opts_len, &opts);
	if (unlikely(atcp_auth_has(&opts)))
		atcp_auth_sign_own(sk, skb);

	/* Nothing is on its way that another queue of the device (XPS) could overtake. */
	skb->ooo_okay = sk_wmem_alloc_get(sk) < SKB_TRUESIZE(1) || atcp_rtxq_empty(as);
	skb_orphan(skb);
	skb->sk = sk;
	skb->destructor = sock_wfree;
	refcount_add(skb->truesize, &sk->sk_wmem_alloc);
	skb_set_hash_from_sk(skb, sk);
	skb_set_dst_pending_confirm(skb, READ_ONCE(sk->sk_dst_pending_confirm));

	skb_shinfo(skb)->gso_segs = segs;
	skb_shinfo(skb)->gso_size = segs > 1 ? ATCP_CB(skb)->mss : 0;
	skb_shinfo(skb)->gso_type = segs > 1 ? sk->sk_gso_type : 0;
	/* CWR is the first segment's alone; unless it is part of a number. */
	if (segs > 1 && (flags & ATCP_F_CWR))
		skb_shinfo(skb)->gso_type |= atcp_accecn_on(as) ? ATCP_COMPAT_GSO_ACCECN :
								  SKB_GSO_TCP_ECN;

	if (flags & ATCP_F_ACK)
		atcp_xmit_acked(sk);
	if (len) {
		as->data_segs_out += segs;
		as->bytes_sent += len;
	}
	as->segs_out += segs;
	/* RFC 4022: those that only repeat what was sent are counted apart. */
	if (!again)
		ATCP_SK_ADD(sk, OUTSEGS, segs);

	/* IP's part of the control block starts empty; ours stays with the original. */
	memset(skb->cb, 0, sizeof(skb->cb));
	err = as->af_ops->xmit(sk, skb);
	/* A queue of this host's was full: it has not left, and says nothing of the path. */
	if (unlikely(err > 0))
		return -ENOBUFS;
	if (clone)
		atcp_xmit_remember(as, orig, now_us);
	return err;
}

bool atcp_xmit_ctl(struct sock *sk, u32 seq, u8 flags, gfp_t gfp)
{
	struct sk_buff *skb = atcp_sndq_alloc_ctl(sk, seq, flags, gfp);

	if (!skb)
		return false;
	atcp_xmit_skb(sk, skb, false, gfp);
	return true;
}
