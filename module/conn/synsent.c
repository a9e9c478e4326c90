// SPDX-License-Identifier: GPL-2.0
/* SYN-SENT (RFC 9293 3.10.7.3): SYN-ACK, crossed SYN, refusal. */

#include <net/busy_poll.h>
#include <net/dst.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "conn/accecn.h"
#include "conn/ack.h"
#include "conn/close.h"
#include "conn/fastopen.h"
#include "conn/synsent.h"
#include "output/accecn.h"
#include "output/output.h"
#include "output/rcvack.h"
#include "output/reply.h"
#include "output/route.h"
#include "output/xmit.h"
#include "proto/ecn.h"
#include "proto/fsm.h"
#include "proto/seg.h"
#include "state/conn/ao.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/sndq.h"
#include "state/conn/stash.h"
#include "state/conn/timer.h"
#include "state/shared/mib.h"

/* RFC 9293 3.7.1 (MUST-15): what a peer without an MSS option takes. */
static u16 atcp_synsent_default_mss(const struct atcp_sock *as)
{
	return as->af_ops->family == AF_INET ? TCP_MSS_DEFAULT : 1220;
}

/* What the peer's SYN says, with or without ACK. */
static void atcp_synsent_options(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_net *an = atcp_sock_net(sk);
	const struct atcp_opts *o = &rx->opts;
	struct atcp_sock *as = atcp_sk(sk);
	u16 mss;

	if (o->has_ts && READ_ONCE(an->sysctl.timestamps)) {
		as->ts_ok = 1;
		as->ts_recent = o->tsval;
		as->ts_recent_stamp = (u32)ktime_get_seconds();
	}
	as->sack_ok = o->sack_ok && READ_ONCE(an->sysctl.sack);
	as->wscale_ok = o->has_wscale && READ_ONCE(an->sysctl.window_scaling);
	if (as->wscale_ok) {
		as->snd_wscale = o->wscale;
	} else {
		/* RFC 7323 2.2: both or none. */
		as->snd_wscale = 0;
		as->rcv_wscale = 0;
		as->window_clamp = min_t(u32, as->window_clamp, U16_MAX);
	}
	mss = o->has_mss ? o->mss : atcp_synsent_default_mss(as);
	if (as->user_mss)
		mss = min(mss, as->user_mss);
	as->mss_clamp = max_t(u16, mss, READ_ONCE(an->sysctl.min_snd_mss));

	as->rcv_isn = rx->seg.seq;
	atcp_ao_connected(sk);
	WRITE_ONCE(as->rcv_nxt, rx->seg.seq + 1);
	WRITE_ONCE(as->copied_seq, rx->seg.seq + 1);
	as->rcv_wup = rx->seg.seq + 1;
	as->rcv_mwnd = as->rcv_wup + as->rcv_wnd;
	as->snd_wl1 = rx->seg.seq;
	/* RFC 7323 2.2: the window of a SYN is never scaled. */
	as->snd_wnd = rx->seg.wnd;
	as->max_window = as->snd_wnd;
	atcp_xmit_sync_mss(sk, as->pmtu);
	atcp_rcvbuf_init_mss(as);
}

static bool atcp_synsent_ts_bad(struct sock *sk, const struct atcp_rx *rx)
{
	const struct sk_buff *syn = atcp_sndq_rtx_head(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 first = as->retrans_stamp + as->ts_off;

	if (!(rx->seg.flags & ATCP_F_ACK) || !rx->opts.has_ts || !rx->opts.tsecr || !syn)
		return false;
	/* Not between our first SYN and now: an answer to somebody else's. */
	return (s32)(rx->opts.tsecr - first + 1) < 0 ||
	       (s32)(atcp_sock_ts_now() + as->ts_off - rx->opts.tsecr) < 0;
}

static u32 atcp_synsent_established(struct sock *sk, struct sk_buff *skb,
				    const struct atcp_rx *rx, u32 v)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool write_pending;

	sk_mark_napi_id(sk, skb);
	atcp_synsent_options(sk, rx);
	if (atcp_accecn_on(as))
		atcp_accecn_rcv_synack(sk, rx);
	else
		atcp_ecn_rcv_synack(&as->ecn.flags, rx->seg.flags);
	/* The SYN-ACK's window is not scaled, whatever was agreed: undo the shift in advance. */
	atcp_ack_handshake(sk, rx);
	atcp_ack_establish(sk, rx->seg.seq, rx->seg.ack, 0);
	as->snd_wnd = rx->seg.wnd;
	as->max_window = max(as->max_window, as->snd_wnd);

	/*
	 * Who is about to write, or waits for the peer to, gets the ACK with the
	 * data; Linux's client side does the same.
	 */
	write_pending = (sk->sk_write_pending && !as->fo.all) || as->defer_accept || as->pingpong;
	as->ack_pending |= ATCP_ACK_SCHED;
	/* RFC 9768 section 3.2.2.1: by itself, so that it can say how the SYN-ACK came. */
	if (atcp_accecn_on(as))
		atcp_output_ack(sk);
	if (as->fo.asked || as->fo.data)
		atcp_fastopen_synack(sk, rx);
	if (v & (ATCP_V_DATA | ATCP_V_FIN))
		return v & (ATCP_V_DATA | ATCP_V_FIN);
	if (!(as->ack_pending & ATCP_ACK_SCHED)) {
		/* What the SYN's data needed has carried it. */
	} else if (write_pending) {
		atcp_rcvack_incr(as, ATCP_RCVACK_QUICK_MAX);
		as->ato = TCP_ATO_MIN;
		atcp_timer_arm_delack(sk, TCP_DELACK_MAX);
	} else {
		atcp_output_ack(sk);
	}
	atcp_stash_rcvd(skb);
	return 0;
}

/* RFC 9293 3.5, figure 8: both sides open at once. */
static void atcp_synsent_simopen(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	u8 sent;

	atcp_synsent_options(sk, rx);
	/* There is a SYN of ours: without one nothing is taken here. */
	sent = ATCP_CB(atcp_sndq_rtx_head(sk))->flags;
	if (atcp_accecn_on(as))
		atcp_accecn_rcv_syn(sk, rx, sent);
	else
		atcp_ecn_rcv_syn(&as->ecn.flags, rx->seg.flags, sent);
	as->passive = 0;
	atcp_sock_set_state(sk, TCP_SYN_RECV, ATCP_CAUSE_SYN);
	atcp_output_simopen_synack(sk);
}

/*
 * The ACK of something else: the peer has a connection left from before, which the
 * RST ends that this is answered with. It may listen again then, so the SYN goes
 * once more without a second's wait.
 */
static void atcp_synsent_bad_ack(struct sock *sk, const struct atcp_rx *rx)
{
	const struct atcp_sock *as = atcp_sk(sk);

	if (!(rx->seg.flags & ATCP_F_ACK) || as->retransmits ||
	    (atcp_seq_after(rx->seg.ack, as->snd_una) &&
	     !atcp_seq_after(rx->seg.ack, as->snd_nxt)))
		return;
	atcp_timer_arm(sk, ATCP_TIMER_RTX, jiffies_to_usecs(TCP_TIMEOUT_MIN));
}

u32 atcp_synsent_rcv(struct sock *sk, struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_fsm_ctx c = {
		.snd_una	= as->snd_una,
		.snd_nxt	= as->snd_nxt,
		.iss		= as->iss,
		.state		= TCP_SYN_SENT,
		.paws_bad	= atcp_synsent_ts_bad(sk, rx),
	};
	struct net *net = sock_net(sk);
	u32 v = atcp_fsm_verdict(&c, &rx->seg);

	/* connect(2) waits for the data that its SYN will have: nobody can know of it. */
	if (!atcp_sndq_rtx_head(sk)) {
		atcp_mib_drop(net, skb, ATCP_DROP_STATE_CLOSED);
		return 0;
	}
	if (v & ATCP_V_ABORT) {
		atcp_close_rst_rcvd(sk);
		atcp_mib_drop(net, skb, ATCP_DROP_RST_OK);
		return 0;
	}
	if (v & ATCP_V_RST) {
		if (c.paws_bad)
			ATCP_INC(net, PAWSACTIVE);
		atcp_reply_rst_sock(sk, skb);
	}
	if (v & ATCP_V_DROP) {
		atcp_synsent_bad_ack(sk, rx);
		atcp_mib_drop(net, skb, rx->seg.flags & ATCP_F_RST ? ATCP_DROP_RST_BAD :
			      ATCP_DROP_BAD_ACK);
		return 0;
	}
	if (v & ATCP_V_SIMOPEN) {
		atcp_synsent_simopen(sk, rx);
		consume_skb(skb);
		return 0;
	}
	return atcp_synsent_established(sk, skb, rx, v);
}
