// SPDX-License-Identifier: GPL-2.0
/*
 * The connection that a request becomes.
 *
 * The child is locked (BH) from its making until the segment that completed the
 * handshake is processed: another CPU that finds it in the table, and accept(2)
 * that finds it in the queue, wait for that. Of its two references one is its
 * own, which the accept queue and then its owner have; the other is the maker's.
 */
#include "listen/child.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ktime.h>
#include <linux/security.h>
#include <linux/tcp.h>
#include <net/busy_poll.h>
#include <net/dst.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "conn/accecn.h"
#include "conn/ack.h"
#include "conn/conn.h"
#include "listen/listen.h"
#include "listen/migrate.h"
#include "listen/refuse.h"
#include "output/accecn.h"
#include "output/output.h"
#include "output/route.h"
#include "output/rtx.h"
#include "output/synack.h"
#include "output/xmit.h"
#include "proto/ecn.h"
#include "state/conn/auth.h"
#include "state/conn/metrics.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/steer.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/listen/synsave.h"
#include "state/listen/wake.h"
#include "state/shared/hash.h"
#include "state/shared/memcg.h"
#include "state/shared/mib.h"
#include "state/shared/port.h"
#include "state/shared/twq.h"

/* RTO when the handshake needed retransmissions and gave no RTT (RFC 6298 5.7). */
#define ATCP_CHILD_RTO_US	(3 * USEC_PER_SEC)

void atcp_child_discard(struct sock *child, enum atcp_cause cause)
{
	sock_set_flag(child, SOCK_DEAD);
	percpu_counter_inc(&atcp_sock_net(child)->orphans);
	atcp_sock_done(child, cause);
}

/* What the copy must not have of its listener, beside what others undo. */
static void atcp_child_clean(const struct sock *lsk, struct sock *child,
			     const struct atcp_req *req)
{
	inet_sk(child)->mc_index = req->mini.ifindex;
	/* The listener may be closing at this moment: that is not the child's business. */
	child->sk_shutdown = 0;
	sock_reset_flag(child, SOCK_DEAD);
	child->sk_ack_backlog = 0;
	atcp_sk(child)->defer_accept = 0;
	atcp_sk(child)->ask.saved_syn = atcp_synsave_get(atcp_req_syn(req));
	atcp_sk(child)->listener_id = atcp_lst(lsk)->id;
	child->sk_frag.page = NULL;
	child->sk_frag.offset = 0;
	atomic64_set(&child->sk_cookie, 0);
	/* One of N paths, by connection and not by listener. */
	sk_set_txhash(child);
}

static void atcp_child_numbers(struct sock *child, const struct atcp_req *req)
{
	struct atcp_sock *as = atcp_sk(child);
	u32 rcv = req->rcv_isn + 1;
	u32 snd = req->snt_isn + 1;

	as->rcv_isn = req->rcv_isn;
	as->rcv_nxt = rcv;
	as->rcv_wup = rcv;
	as->copied_seq = rcv;
	as->snd_wl1 = req->rcv_isn;
	as->iss = req->snt_isn;
	as->snd_una = snd;
	as->high_sacked = snd;
	as->snd_nxt = snd;
	as->snd_sml = snd;
	as->write_seq = snd;
	as->pushed_seq = snd;
	as->passive = 1;
	as->segs_in = 1;
	as->lsndtime = (u32)jiffies;
	as->lrcvtime = (u32)jiffies;
}

/* Accurate ECN, by ATCP_REQ_ACC* of the request. */
static void atcp_child_accecn(struct atcp_sock *as, u8 acc)
{
	struct atcp_accecn *a = &as->ecn.acc;

	as->ecn.flags = ATCP_ECN_ACC;
	a->syn_ip = (acc & ATCP_REQ_ACC_IP) >> ATCP_REQ_ACC_IP_SHIFT;
	a->last_ip = a->syn_ip;
	a->fail = acc & ATCP_REQ_ACC_NONE ? ATCP_ACCECN_ACE_FAIL_SEND : 0;
	a->demand = 1;
	a->third = 1;
}

/* What the handshake agreed on. */
static void atcp_child_options(const struct sock *lsk, struct sock *child,
			       const struct atcp_req *req)
{
	u8 flags = READ_ONCE(req->mini.node.u1);
	struct atcp_sock *as = atcp_sk(child);

	as->sack_ok = !!(flags & ATCP_REQ_SACK);
	as->wscale_ok = !!(flags & ATCP_REQ_WSCALE);
	if (as->wscale_ok) {
		as->rcv_wscale = atcp_req_rcv_wscale(req);
		as->snd_wscale = atcp_req_snd_wscale(req);
	}
	as->ts_ok = !!(flags & ATCP_REQ_TS);
	if (as->ts_ok) {
		as->ts_recent = READ_ONCE(req->ts_recent);
		as->ts_recent_stamp = ktime_get_seconds();
		as->ts_off = atcp_synack_ts_off(lsk, req);
	} else {
		as->ts_off = 0;
	}
	as->ecn.flags = flags & ATCP_REQ_ECN ? ATCP_ECN_OK : 0;
	if (atcp_req_accecn(req))
		atcp_child_accecn(as, READ_ONCE(req->mini.node.u2));
	as->mss_clamp = req->mss;
}

/* Windows and sizes; the route is set. */
static void atcp_child_window(const struct sock *lsk, struct sock *child,
			      const struct atcp_req *req,
			      const struct dst_entry *dst)
{
	struct atcp_sock *as = atcp_sk(child);
	u32 clamp, wnd;
	u8 wscale;

	atcp_synack_window(lsk, req, dst, &clamp, &wnd, &wscale);
	/* The scale that was offered stands, even if the buffer has changed. */
	as->window_clamp = min(clamp, (u32)U16_MAX << as->rcv_wscale);
	as->rcv_wnd = wnd;
	as->rcv_mwnd = as->rcv_wup + wnd;
	as->rcv_ssthresh = wnd;
	as->advmss = atcp_route_advmss(lsk, dst);
	atcp_xmit_sync_mss(child, dst_mtu(dst));
	atcp_rcvbuf_init_mss(as);
	atcp_rcvbuf_init(child);
}

static void atcp_child_cong(const struct sock *lsk, struct sock *child,
			    const struct atcp_req *req)
{
	struct atcp_sock *as = atcp_sk(child);
	u8 retrans = atcp_req_retrans(req);

	atcp_steer_child(lsk, child);
	as->total_retrans = retrans;
	/* A request that waits for data has something else in num_timeout. */
	as->chrono.rtos = min(READ_ONCE(req->num_timeout), retrans);
	as->chrono.rto_recoveries = !!as->chrono.rtos;
	atcp_metrics_route(child);
}

/* The round trip from SYN-ACK to ACK, unless it is ambiguous (Karn). */
static void atcp_child_rtt(struct sock *child, const struct atcp_req *req)
{
	struct atcp_sock *as = atcp_sk(child);
	u32 sent_us = atcp_synq_sent_us(req);

	u32 since_us = max_t(u32, (u32)atcp_sock_now_us() - sent_us, 1);

	if (atcp_req_retrans(req)) {
		as->rto_us = ATCP_CHILD_RTO_US;
		/* Whose answer it is timestamps may tell. */
		if (sent_us && as->chrono.rtos)
			as->chrono.rto_ms = since_us / USEC_PER_MSEC;
		if (sent_us)
			as->retrans_stamp = (atcp_sock_ts_now() - since_us / USEC_PER_MSEC) | 1;
		return;
	}
	/* After ACKED it was not the first ACK, or long ago. */
	if (!sent_us)
		return;
	atcp_rtt_sample(&as->rtt, since_us, as->snd_una, as->snd_nxt);
	atcp_rtt_min_update(&as->rtt.min, since_us, atcp_sock_ts_now(), ATCP_RTT_MIN_WIN_MS);
	atcp_rtx_set_rto(child);
}

/* The child's port is its listener's, or the heir's if that has closed and given it up. */
static int atcp_child_port(const struct sock *lsk, struct sock *child, u32 hash)
{
	int err = atcp_port_inherit(lsk, child);
	struct sock *heir;

	if (likely(!err))
		return 0;
	heir = atcp_group_heir(lsk, hash, ATCP_GROUP_ACCEPTQ);
	return heir ? atcp_port_inherit(heir, child) : err;
}

/* Puts the child into the table; false: somebody was first. */
static bool atcp_child_hash(struct sock *child, struct atcp_req *req)
{
	struct atcp_node *node = atcp_sock_node(child);
	struct atcp_tuple t;

	if (READ_ONCE(req->mini.node.u1) & ATCP_REQ_COOKIE) {
		atcp_hash_sock_tuple(child, &t);
		return !atcp_hash_insert(node, &t, NULL);
	}
	if (!atcp_hash_replace(&req->mini.node, node))
		return false;
	atcp_synq_promoted(req);
	return true;
}

enum atcp_child_result atcp_child_create(struct sock *lsk, struct atcp_req *req,
					 enum atcp_cause cause, struct sock **made)
{
	enum atcp_child_result result;
	struct mem_cgroup *before;
	struct dst_entry *dst;
	struct sock *child;

	dst = atcp_route_req_child(lsk, req);
	if (!dst)
		return ATCP_CHILD_NOROUTE;
	before = atcp_memcg_begin(lsk);
	child = sk_clone_lock(lsk, GFP_ATOMIC);
	atcp_memcg_end(before);
	if (!child) {
		dst_release(dst);
		return ATCP_CHILD_NOMEM;
	}
	/* For sparse, to which sk_clone_lock() says nothing. */
	__acquire(&child->sk_lock.slock);
	atcp_memcg_inherit(lsk, child);
	atcp_sock_init_child(child);
	atcp_child_clean(lsk, child, req);
	/* The child has the reference to the route from here on. */
	atcp_route_child(lsk, req, child, dst);
	result = ATCP_CHILD_NOMEM;
	if (atcp_auth_inherit(lsk, child, req))
		goto discard;
	atcp_sock_set_state(child, TCP_SYN_RECV, cause);
	atcp_child_numbers(child, req);
	atcp_child_options(lsk, child, req);
	atcp_child_window(lsk, child, req, dst);
	atcp_child_cong(lsk, child, req);
	atcp_child_rtt(child, req);

	result = ATCP_CHILD_CLOSED;
	if (atcp_child_port(lsk, child, req->mini.node.hash))
		goto discard;
	result = ATCP_CHILD_TAKEN;
	if (!atcp_child_hash(child, req))
		goto discard;

	ATCP_INC(sock_net(lsk), PASSIVEOPENS);
	/* The lock is the caller's now, who says __acquire(). */
	__release(&child->sk_lock.slock);
	*made = child;
	return ATCP_CHILD_MADE;

discard:
	atcp_child_discard(child, ATCP_CAUSE_MEMORY);
	bh_unlock_sock(child);
	sock_put(child);
	return result;
}

struct sock *atcp_child_queue(struct sock *lsk, struct sock *child)
{
	return atcp_acceptq_add(lsk, child) ? lsk : atcp_migrate_child(lsk, child);
}

/* To what has taken the place of @req; dropped if there is nothing. */
static void atcp_child_pass_on(struct atcp_req *req, struct sk_buff *skb, struct atcp_rx *rx)
{
	if (!atcp_refuse_successor(req, skb, rx))
		atcp_mib_drop_listener(req->lsk, skb, ATCP_DROP_REQ_ACK);
}

/* Another CPU was first: @skb is for what it made, or all that was kept for one from the park. */
static void atcp_child_taken(struct atcp_req *req, struct sk_buff *skb, struct atcp_rx *rx)
{
	if (skb) {
		atcp_child_pass_on(req, skb, rx);
		return;
	}
	while ((skb = atcp_acceptq_take_seg(req)))
		atcp_child_pass_on(req, skb, NULL);
}

/* What IP_PKTOPTIONS and IPV6_2292PKTOPTIONS tell of the peer's packets. */
static void atcp_child_heard(struct sock *child, const struct sk_buff *skb)
{
	struct inet_sock *inet = inet_sk(child);
	struct ipv6_pinfo *np = child->sk_family == AF_INET6 ? inet6_sk(child) : NULL;

	inet->mc_index = skb->skb_iif;
	if (np)
		np->mcast_oif = skb->skb_iif;
	if (skb->protocol == htons(ETH_P_IP)) {
		inet->mc_ttl = ip_hdr(skb)->ttl;
		inet->rcv_tos = ip_hdr(skb)->tos;
		if (np)
			np->mcast_hops = ip_hdr(skb)->ttl;
	} else if (np) {
		np->mcast_hops = ipv6_hdr(skb)->hop_limit;
		np->rcv_flowinfo = ip6_flowinfo(ipv6_hdr(skb));
	}
}

/* The segment that completed the handshake is told to whom it concerns. */
static void atcp_child_answered(struct sock *child, struct sk_buff *skb)
{
	security_inet_conn_established(child, skb);
	sk_mark_napi_id_set(child, skb);
	atcp_child_heard(child, skb);
	if (unlikely(skb->protocol == htons(ETH_P_IP) && ip_hdr(skb)->ihl > 5))
		atcp_route_answer(child, skb);
}

/*
 * The third ACK goes to the child. The request took it without knowing how wide a window was
 * offered: the child may refuse its text, but the handshake is over.
 */
static void atcp_child_third_ack(struct sock *child, const struct atcp_req *req,
				 struct sk_buff *skb)
{
	u16 wnd = ntohs(tcp_hdr(skb)->window);

	atcp_conn_locked(child, skb, NULL);
	if (unlikely(child->sk_state == TCP_SYN_RECV))
		atcp_ack_establish(child, req->rcv_isn + 1, req->snt_isn + 1, wnd);
}

/* A parked request is completed: its third ACK, and what was kept for it since. */
static void atcp_child_resume(struct sock *child, struct atcp_req *req)
{
	struct sk_buff *skb = atcp_acceptq_take_seg(req);

	if (atcp_accecn_on(atcp_sk(child)))
		atcp_accecn_third(child, req->park->ace, req->park->bare);
	atcp_ack_establish(child, req->rcv_isn + 1, req->snt_isn + 1,
			   req->park->wnd);
	if (skb)
		atcp_child_answered(child, skb);
	for (; skb; skb = atcp_acceptq_take_seg(req))
		atcp_conn_locked(child, skb, NULL);
}

enum atcp_child_result atcp_child_complete(struct sock *lsk, struct atcp_req *req,
					   struct sk_buff *skb, struct atcp_rx *rx)
{
	enum atcp_child_result result;
	struct sock *child, *owner;
	enum atcp_cause cause;

	if (atcp_acceptq_full(lsk)) {
		/* Pairs with the queue's lock: what fills it has taken its request's place. */
		smp_rmb();
		return skb && !atcp_hash_linked(&req->mini.node) &&
		       atcp_refuse_successor(req, skb, rx) ? ATCP_CHILD_TAKEN : ATCP_CHILD_FULL;
	}
	cause = READ_ONCE(req->mini.node.u1) & ATCP_REQ_COOKIE ? ATCP_CAUSE_COOKIE :
								 ATCP_CAUSE_ACK;
	result = atcp_child_create(lsk, req, cause, &child);
	if (result == ATCP_CHILD_TAKEN)
		atcp_child_taken(req, skb, rx);
	if (result != ATCP_CHILD_MADE)
		return result;

	__acquire(&child->sk_lock.slock);
	owner = atcp_child_queue(lsk, child);
	/* The policy's choice has closed: there is still the one that the request was for. */
	if (!owner && lsk != req->lsk)
		owner = atcp_child_queue(req->lsk, child);
	if (!owner) {
		/* The listener has closed: as one that it closed with (RFC 9293). */
		atcp_output_rst(child, GFP_ATOMIC);
		atcp_child_discard(child, ATCP_CAUSE_ABORT);
		if (skb)
			atcp_mib_drop_listener(lsk, skb, ATCP_DROP_LISTEN_CLOSED);
		goto out;
	}
	if (skb) {
		atcp_child_answered(child, skb);
		sock_rps_save_rxhash(child, skb);
		atcp_child_third_ack(child, req, skb);
	} else {
		ATCP_LCOUNT(atcp_lst(owner), PARKCOMPLETED, park_completed);
		atcp_child_resume(child, req);
	}
	/* One connection, one wake-up. */
	atcp_wake_one(owner);
out:
	bh_unlock_sock(child);
	sock_put(child);
	return ATCP_CHILD_MADE;
}
