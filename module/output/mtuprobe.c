// SPDX-License-Identifier: GPL-2.0
/*
 * Path MTU discovery without ICMP (RFC 4821), by Linux's rules.
 *
 * Where routers drop what is too large without a word, segments are made no larger than
 * what is known to get through, and larger ones tried now and then with data that waits:
 * half way between what gets through and what may. A probe that is lost while what
 * follows it arrives was too large, and says nothing of congestion.
 */
#include <linux/jiffies.h>
#include <linux/tcp.h>
#include <net/sock.h>

#include "output/mtuprobe.h"
#include "output/route.h"
#include "output/xmit.h"
#include "proto/opts.h"
#include "state/conn/auth.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/shared/mib.h"

/* cwnd below which a probe would take too much of it, segments. */
#define ATCP_MTUPROBE_CWND	11

static u32 atcp_mtuprobe_header(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	return as->af_ops->header_len + as->ext_hdr_len + sizeof(struct tcphdr) +
	       (as->ts_ok ? ATCP_OPTS_TS_LEN : 0) + atcp_auth_room(sk);
}

static u32 atcp_mtuprobe_mss(const struct sock *sk, u32 mtu)
{
	u32 header = atcp_mtuprobe_header(sk);

	return mtu > header ? mtu - header : 0;
}

/* The largest packet that the peer takes. */
static u32 atcp_mtuprobe_most(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	return as->mss_clamp + sizeof(struct tcphdr) + as->af_ops->header_len;
}

void atcp_mtuprobe_begin(struct sock *sk)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	struct atcp_sock *as = atcp_sk(sk);

	as->mtup = (struct atcp_mtuprobe) {
		.high		= atcp_mtuprobe_most(sk),
		.low		= READ_ONCE(sc->base_mss) + atcp_mtuprobe_header(sk),
		.stamp		= (u32)jiffies,
		.enabled	= READ_ONCE(sc->mtu_probing) > 1,
	};
}

u32 atcp_mtuprobe_bound(struct sock *sk, u32 pmtu, u32 mss)
{
	struct atcp_mtuprobe *p = &atcp_sk(sk)->mtup;

	p->high = min(p->high, pmtu);
	return p->enabled ? min(mss, atcp_mtuprobe_mss(sk, p->low)) : mss;
}

/* The range is searched: after a while it is worth another look (RFC 4821 section 7.5). */
static void atcp_mtuprobe_again(struct sock *sk, u32 mss)
{
	u32 interval = READ_ONCE(atcp_sock_net(sk)->sysctl.probe_interval);
	struct atcp_sock *as = atcp_sk(sk);

	if ((u32)jiffies - as->mtup.stamp < (u64)interval * HZ)
		return;
	as->mtup.size = 0;
	as->mtup.high = min(atcp_mtuprobe_most(sk), as->pmtu);
	as->mtup.low = mss + atcp_mtuprobe_header(sk);
	as->mtup.stamp = (u32)jiffies;
}

/* Is the data there for a probe of @len bytes and for what will show its loss, and the room? */
static int atcp_mtuprobe_room(const struct sock *sk, u32 len, u32 mss)
{
	const struct atcp_sock *as = atcp_sk(sk);
	u64 need = len + (as->reordering + 1) * (u64)mss;
	u32 flight = atcp_sock_in_flight(as);

	if (as->write_seq - as->snd_nxt < need || as->snd_wnd < need)
		return -1;
	if (atcp_seq_after(as->snd_nxt + (u32)need, atcp_sock_wnd_end(as)))
		return 0;
	if (flight + 2 > as->cong.cwnd)
		return flight ? 0 : -1;
	return 1;
}

int atcp_mtuprobe_send(struct sock *sk, u32 mss)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb;
	u32 mtu, len;
	int room;

	/* SACK blocks of ours would make the header longer. */
	if (likely(!as->mtup.enabled) || as->mtup.size || as->ca_state != ATCP_CA_OPEN ||
	    as->cong.cwnd < ATCP_MTUPROBE_CWND || as->sack_rx.nr || as->sack_rx.has_dsack)
		return -1;
	mtu = atcp_mtuprobe_next(&as->mtup, READ_ONCE(sc->probe_threshold));
	len = mtu ? atcp_mtuprobe_mss(sk, mtu) : 0;
	if (len <= mss) {
		atcp_mtuprobe_again(sk, mss);
		return -1;
	}
	room = atcp_mtuprobe_room(sk, len, mss);
	if (room <= 0)
		return room;
	if (!atcp_sndq_gather(sk, len, mss))
		return -1;
	skb = atcp_sndq_head(sk);
	atcp_sndq_set_segs(skb, len);
	/* Should this fail it is cut into usual segments afterwards. */
	if (atcp_xmit_skb(sk, skb, true, GFP_ATOMIC))
		return -1;
	as->mtup.size = mtu;
	as->mtup.seq = ATCP_CB(skb)->seq;
	as->mtup.end_seq = ATCP_CB(skb)->end_seq;
	/* It is as much as two segments, nearly. */
	as->cong.cwnd--;
	return 1;
}

void atcp_mtuprobe_acked(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 larger = as->mtup.size;

	if (likely(!larger) || atcp_seq_after(as->mtup.end_seq, as->snd_una))
		return;
	as->cong.cwnd = atcp_mtuprobe_cwnd(as->cong.cwnd,
					   as->mss_cache + atcp_mtuprobe_header(sk), larger);
	as->cong.cwnd_cnt = 0;
	as->mtup.low = larger;
	as->mtup.size = 0;
	atcp_xmit_sync_mss(sk, as->pmtu);
	ATCP_SK_INC(sk, TCPMTUPSUCCESS);
}

bool atcp_mtuprobe_lost(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (likely(!as->mtup.size) || as->ca_state >= ATCP_CA_CWR ||
	    as->snd_una != as->mtup.seq)
		return false;
	as->mtup.high = as->mtup.size - 1;
	as->mtup.size = 0;
	as->cong.cwnd++;
	ATCP_SK_INC(sk, TCPMTUPFAIL);
	return true;
}

void atcp_mtuprobe_blackhole(struct sock *sk)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	struct atcp_sock *as = atcp_sk(sk);
	u32 floor;

	if (!READ_ONCE(sc->mtu_probing))
		return;
	if (!as->mtup.enabled) {
		as->mtup.enabled = true;
		as->mtup.stamp = (u32)jiffies;
	} else {
		floor = max(READ_ONCE(sc->mtu_probe_floor), READ_ONCE(sc->min_snd_mss));
		as->mtup.low = atcp_mtuprobe_header(sk) +
			       atcp_mtuprobe_smaller(atcp_mtuprobe_mss(sk, as->mtup.low),
						     READ_ONCE(sc->base_mss), floor);
	}
	atcp_xmit_sync_mss(sk, as->pmtu);
}
