// SPDX-License-Identifier: GPL-2.0
/*
 * Fast open (RFC 7413), the server's side: the SYN that brings data.
 *
 * The server's connection is made at the SYN and stands in the accept queue at
 * once, in SYN-RECEIVED, where its program may read and write. Until its SYN-ACK
 * is acknowledged it is pending (fo.lsk), and of these a listener has a limited
 * number. Its SYN-ACK is in its own send queue, as after a simultaneous open, so
 * that its own timer repeats it.
 */
#include "listen/fastopen.h"

#include <linux/ip.h>
#include <linux/security.h>
#include <linux/tcp.h>
#include <net/busy_poll.h>
#include <net/dst.h>
#include <net/sock.h>

#include "conn/data.h"
#include "listen/child.h"
#include "output/accecn.h"
#include "output/mtuprobe.h"
#include "output/output.h"
#include "output/pace.h"
#include "output/syndata.h"
#include "output/xmit.h"
#include "proto/fsm.h"
#include "proto/seg.h"
#include "state/conn/metrics.h"
#include "state/conn/sndq.h"
#include "state/listen/acceptq.h"
#include "state/listen/fastopen.h"
#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/listen/wake.h"
#include "state/shared/mib.h"

/* enum atcp_fastopen_verdict: does a SYN's cookie permit a connection? */
enum atcp_fastopen_verdict {
	ATCP_FASTOPEN_NO,	/* no */
	ATCP_FASTOPEN_YES,	/* yes */
	ATCP_FASTOPEN_BACKUP,	/* yes, but it is the backup key's: give a new one */
};

static void atcp_fastopen_make(const struct atcp_req *req, const siphash_key_t *key,
			       struct atcp_fastopen_cookie *c)
{
	const struct atcp_mini *m = &req->mini;

	if (m->node.family == AF_INET)
		atcp_fastopen_make4(m->raddr.s6_addr32[3], m->laddr.s6_addr32[3], key, c);
	else
		atcp_fastopen_make6(&m->raddr, &m->laddr, key, c);
}

/* The SYN needs no cookie: by the namespace, the listener or the route. */
static bool atcp_fastopen_bare(const struct sock *lsk, const struct dst_entry *dst)
{
	return (READ_ONCE(atcp_net_get(sock_net(lsk))->sysctl.fastopen) &
		ATCP_FASTOPEN_SERVER_NO_COOKIE) || atcp_sk(lsk)->fo.no_cookie ||
	       dst_metric(dst, RTAX_FASTOPEN_NO_COOKIE);
}

/*
 * Checks the cookie of @o. @cookie is what to give the peer: a cookie if it asked
 * for one or has a bad or an old one, none if there is no need.
 */
static enum atcp_fastopen_verdict atcp_fastopen_judge(const struct sock *lsk,
						      const struct atcp_req *req,
						      const struct atcp_opts *o,
						      struct atcp_fastopen_cookie *cookie)
{
	struct atcp_fastopen_cookie got = { .len = o->fastopen_len }, backup;
	struct atcp_fastopen_keys keys;

	if (!o->has_fastopen)
		return ATCP_FASTOPEN_NO;
	memcpy(got.val, o->fastopen, sizeof(got.val));
	atcp_fastopen_keys(lsk, &keys);
	atcp_fastopen_make(req, &keys.key[0], cookie);
	cookie->exp = o->fastopen_exp;
	if (atcp_fastopen_same(cookie, &got)) {
		cookie->len = -1;
		return ATCP_FASTOPEN_YES;
	}
	if (keys.num > 1) {
		atcp_fastopen_make(req, &keys.key[1], &backup);
		if (atcp_fastopen_same(&backup, &got))
			return ATCP_FASTOPEN_BACKUP;
	}
	return ATCP_FASTOPEN_NO;
}

/* The SYN's data becomes the first of the connection; without memory the peer repeats it. */
static void atcp_fastopen_data(struct sock *child, struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(child);
	struct sk_buff *copy;

	if (!rx->seg.len)
		return;
	copy = skb_clone(skb, GFP_ATOMIC);
	if (!copy)
		return;
	as->data_segs_in++;
	atcp_data_rcv(child, copy, rx, ATCP_V_DATA);
	as->fo.data_acked = as->rcv_nxt != as->rcv_isn + 1;
	as->rcv_wup = as->rcv_nxt;
	/* The SYN-ACK has acknowledged it: it begins no rhythm of segments that ACKs follow. */
	as->ato = 0;
}

/* From a child to a connection that its listener has: or the child is discarded. */
static bool atcp_fastopen_start(struct sock *lsk, struct sock *child, struct sk_buff *skb,
				const struct atcp_rx *rx, struct sk_buff *synack,
				const struct atcp_fastopen_cookie *cookie)
{
	struct atcp_sock *as = atcp_sk(child);

	/* RFC 7323 2.2: the window of a SYN is never scaled. */
	as->snd_wnd = rx->seg.wnd;
	as->max_window = as->snd_wnd;
	atcp_mtuprobe_begin(child);
	atcp_xmit_sync_mss(child, as->pmtu);
	atcp_metrics_begin(child);
	atcp_pace_update(child);
	atcp_fastopen_pend(lsk, child);
	security_inet_conn_established(child, skb);
	sock_rps_save_rxhash(child, skb);
	sk_mark_napi_id_set(child, skb);
	atcp_fastopen_data(child, skb, rx);
	/* A failure to send is as good as a SYN-ACK lost. */
	atcp_syndata_synack(child, synack, cookie);

	lsk = atcp_child_queue(lsk, child);
	if (!lsk) {
		atcp_output_rst(child, GFP_ATOMIC);
		atcp_child_discard(child, ATCP_CAUSE_ABORT);
		return false;
	}
	atcp_wake_one(lsk);
	return true;
}

/* Makes the connection; false: it could not be, and @req is as it was. */
static bool atcp_fastopen_child(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
				const struct atcp_rx *rx,
				const struct atcp_fastopen_cookie *cookie)
{
	u8 flags = ATCP_F_SYN | ATCP_F_ACK;
	struct sk_buff *synack;
	struct sock *child;

	if (atcp_acceptq_full(lsk))
		return false;
	if (atcp_req_accecn(req))
		flags |= ATCP_ACCECN_SYNACK;
	else if (req->mini.node.u1 & ATCP_REQ_ECN)
		flags |= ATCP_F_ECE;
	synack = atcp_sndq_alloc_ctl(lsk, req->snt_isn, flags, GFP_ATOMIC | __GFP_NOWARN);
	if (!synack)
		return false;
	/* Like a request from a cookie: in no table. */
	atcp_synq_set_flag(req, ATCP_REQ_COOKIE);
	if (atcp_child_create(lsk, req, ATCP_CAUSE_FASTOPEN, &child) != ATCP_CHILD_MADE) {
		atcp_synq_clear_flag(req, ATCP_REQ_COOKIE);
		kfree_skb(synack);
		return false;
	}
	__acquire(&child->sk_lock.slock);
	if (atcp_fastopen_start(lsk, child, skb, rx, synack, cookie))
		ATCP_LCOUNT(atcp_lst(lsk), TCPFASTOPENPASSIVE, fastopen);
	bh_unlock_sock(child);
	sock_put(child);
	return true;
}

/* The connection is complete as far as its listener goes: so the group chooses now. */
static struct sock *atcp_fastopen_taker(struct sock *lsk)
{
	struct sock *taker = atcp_group_pick(lsk);

	return taker == lsk || atcp_fastopen_room(taker) ? taker : lsk;
}

bool atcp_fastopen_open(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
			const struct atcp_rx *rx, const struct dst_entry *dst,
			struct atcp_fastopen_cookie *cookie)
{
	const struct atcp_opts *o = &rx->opts;
	struct net *net = sock_net(lsk);
	enum atcp_fastopen_verdict v;

	memset(cookie, 0, sizeof(*cookie));
	cookie->len = -1;
	if (!o->has_fastopen && !rx->seg.len)
		return false;
	if (o->has_fastopen && !o->fastopen_len)
		ATCP_INC(net, TCPFASTOPENCOOKIEREQD);
	if (!atcp_fastopen_room(lsk))
		return false;

	if (atcp_fastopen_bare(lsk, dst))
		v = ATCP_FASTOPEN_YES;
	else
		v = atcp_fastopen_judge(lsk, req, o, cookie);
	if (v == ATCP_FASTOPEN_NO) {
		if (o->fastopen_len)
			ATCP_INC(net, TCPFASTOPENPASSIVEFAIL);
		return false;
	}
	if (!atcp_fastopen_child(atcp_fastopen_taker(lsk), req, skb, rx, cookie)) {
		ATCP_INC(net, TCPFASTOPENPASSIVEFAIL);
		return false;
	}
	if (v == ATCP_FASTOPEN_BACKUP)
		ATCP_INC(net, TCPFASTOPENPASSIVEALTKEY);
	return true;
}
