// SPDX-License-Identifier: GPL-2.0
/* The SYN-ACK of a request or of a cookie, and what it promises of the child. */
#include "output/synack.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "output/reuse.h"
#include "output/pace.h"
#include "output/route.h"
#include "proto/accecn.h"
#include "proto/fastopen.h"
#include "proto/isn.h"
#include "proto/opts.h"
#include "proto/seg.h"
#include "proto/wnd.h"
#include "state/conn/auth.h"
#include "state/conn/metrics.h"
#include "state/conn/sock.h"
#include "state/conn/stash.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/shared/mib.h"

/* Headroom for every header below TCP's. */
#define ATCP_SYNACK_HEADROOM	L1_CACHE_ALIGN(128 + MAX_HEADER)
/* The same where the route's device is one as most: Ethernet, VLANs; IPv6's header; no options. */
#define ATCP_SYNACK_LINK	48
#define ATCP_SYNACK_SMALL	(ATCP_SYNACK_LINK + sizeof(struct ipv6hdr))

/* Both are parts of one keyed hash of the flow. */
static u32 atcp_synack_hash(const struct atcp_net *an, const struct atcp_req *req, u64 now_ns,
			    u32 *ts_off)
{
	const struct atcp_mini *m = &req->mini;

	if (m->node.family == AF_INET)
		return atcp_isn_v4(m->laddr.s6_addr32[3], m->raddr.s6_addr32[3],
				   m->lport, m->rport, &an->isn_key, now_ns, ts_off);
	return atcp_isn_v6(&m->laddr, &m->raddr, m->lport, m->rport, &an->isn_key, now_ns, ts_off);
}

/* Is the offset not that of the hash? Then it is @off. */
static bool atcp_synack_ts_fixed(const struct atcp_net *an, const struct atcp_req *req, u32 *off)
{
	/* What another host of the cluster sent must not be ahead of us. */
	if (req->mini.node.u0 & ATCP_REQ_CLUSTER) {
		*off = ktime_to_ms(ktime_mono_to_real(0));
		return true;
	}
	*off = 0;
	return READ_ONCE(an->sysctl.timestamps) != 1;
}

u32 atcp_synack_ts_off(const struct sock *lsk, const struct atcp_req *req)
{
	const struct atcp_net *an = atcp_sock_net(lsk);
	u32 off;

	if (!atcp_synack_ts_fixed(an, req, &off))
		atcp_synack_hash(an, req, 0, &off);
	return off;
}

u32 atcp_synack_isn(const struct sock *lsk, const struct atcp_req *req, u64 now_ns, u32 *tsval)
{
	const struct atcp_net *an = atcp_sock_net(lsk);
	u32 off, hashed, isn = atcp_synack_hash(an, req, now_ns, &hashed);

	if (!atcp_synack_ts_fixed(an, req, &off))
		off = hashed;
	*tsval = atcp_sock_us_to_ts(div_u64(now_ns, NSEC_PER_USEC)) + off;
	return isn;
}

static __always_inline void atcp_synack_window_on(const struct sock *lsk,
						  const struct atcp_req *req,
						  const struct atcp_synack_path *path,
						  u32 *window_clamp, u32 *rcv_wnd,
						  u8 *rcv_wscale)
{
	const struct atcp_net *an = atcp_sock_net(lsk);
	u32 space = atcp_wnd_from_space(READ_ONCE(lsk->sk_rcvbuf));
	u32 clamp = READ_ONCE(atcp_sk(lsk)->window_clamp);
	u8 flags = READ_ONCE(req->mini.node.u1);
	u32 mss = path->advmss;
	u32 most = space;

	if (!clamp)
		clamp = path->window;
	if (flags & ATCP_REQ_TS)
		mss -= ATCP_OPTS_TS_LEN;
	/* A buffer that the user fixed will not grow; another one may. */
	if (lsk->sk_userlocks & SOCK_RCVBUF_LOCK)
		clamp = clamp ? min(clamp, space) : space;
	else
		most = max_t(u32, space, READ_ONCE(an->sysctl.rmem[2]));

	*window_clamp = atcp_wnd_initial(space, most, mss, clamp,
					 flags & ATCP_REQ_WSCALE, rcv_wscale,
					 rcv_wnd);
	*rcv_wnd = atcp_wnd_initial_segs(*rcv_wnd, path->initrwnd, mss);
}

static void atcp_synack_path(const struct sock *lsk, const struct dst_entry *dst,
			     struct atcp_synack_path *path)
{
	path->advmss = atcp_route_advmss(lsk, dst);
	/* The guard answers without a route: what it offered must come out again. */
	if (atcp_listener_guard(atcp_lst(lsk))) {
		path->window = 0;
		path->initrwnd = 0;
		return;
	}
	path->window = dst_metric(dst, RTAX_WINDOW);
	path->initrwnd = atcp_metrics_initrwnd(dst);
}

void atcp_synack_window(const struct sock *lsk, const struct atcp_req *req,
			const struct dst_entry *dst, u32 *window_clamp,
			u32 *rcv_wnd, u8 *rcv_wscale)
{
	struct atcp_synack_path path;

	atcp_synack_path(lsk, dst, &path);
	atcp_synack_window_on(lsk, req, &path, window_clamp, rcv_wnd, rcv_wscale);
}

u32 atcp_synack_offered(const struct sock *lsk, struct atcp_req *req)
{
	struct dst_entry *dst = atcp_route_req(lsk, req);
	u32 clamp, wnd;
	u8 wscale;

	if (!dst)
		return 0;
	atcp_synack_window(lsk, req, dst, &clamp, &wnd, &wscale);
	dst_release(dst);
	return min_t(u32, wnd, U16_MAX);
}

bool atcp_synack_without_ace(const struct atcp_req *req)
{
	return atcp_req_accecn(req) && READ_ONCE(req->num_timeout) &&
	       !(READ_ONCE(req->mini.node.u1) & ATCP_REQ_ACKED);
}

/* Accurate ECN's option, with the counters as they begin (RFC 9768 section 3.2.3.2.1). */
static void atcp_synack_accecn(const struct sock *lsk, const struct atcp_req *req,
			       struct atcp_opts_out *o)
{
	if (!atcp_req_accecn(req) || !READ_ONCE(atcp_sock_net(lsk)->sysctl.ecn_option))
		return;
	o->accecn_val[ATCP_ACCECN_E1] = 1;
	o->accecn_val[ATCP_ACCECN_CE] = 0;
	o->accecn_val[ATCP_ACCECN_E0] = 1;
	atcp_opts_fit_accecn(o, 0);
}

/* All of @o but a fast open cookie and accurate ECN's option, which it has none of. */
static void atcp_synack_opts(const struct sock *lsk, const struct atcp_req *req, u16 advmss,
			     u32 tsval, struct atcp_opts_out *o)
{
	u8 flags = READ_ONCE(req->mini.node.u1);

	memset(o, 0, offsetof(struct atcp_opts_out, fastopen_cookie));
	o->mss = advmss;
	o->wscale = flags & ATCP_REQ_WSCALE ? atcp_req_rcv_wscale(req) :
					      ATCP_OPTS_WSCALE_NONE;
	o->sack_perm = flags & ATCP_REQ_SACK;
	atcp_auth_req_opts(lsk, req, o);
	if (flags & ATCP_REQ_TS) {
		o->ts = true;
		o->tsval = tsval;
		o->tsecr = READ_ONCE(req->ts_recent);
	}
}

static u32 atcp_synack_tsval(const struct sock *lsk, const struct atcp_req *req)
{
	if (!(READ_ONCE(req->mini.node.u1) & ATCP_REQ_TS))
		return 0;
	return atcp_sock_ts_now() + atcp_synack_ts_off(lsk, req);
}

void atcp_synack_plan_on(const struct sock *lsk, struct atcp_req *req,
			 const struct atcp_synack_path *path, struct atcp_synack_plan *plan)
{
	u32 clamp;
	u8 wscale;

	atcp_synack_window_on(lsk, req, path, &clamp, &plan->wnd, &wscale);
	req->wscale |= wscale;
	atcp_synack_opts(lsk, req, path->advmss, atcp_synack_tsval(lsk, req), &plan->opts);
	atcp_synack_accecn(lsk, req, &plan->opts);
	plan->len = sizeof(struct tcphdr) + atcp_opts_len(&plan->opts);
}

void atcp_synack_plan(const struct sock *lsk, struct atcp_req *req,
		      const struct dst_entry *dst, struct atcp_synack_plan *plan)
{
	struct atcp_synack_path path;

	atcp_synack_path(lsk, dst, &path);
	atcp_synack_plan_on(lsk, req, &path, plan);
}

/* The fast open cookie that the peer is given, if any. */
static void atcp_synack_fastopen(const struct atcp_fastopen_cookie *cookie,
				 struct atcp_opts_out *o)
{
	/* Beside a signature there is no room for it. */
	if (!cookie || cookie->len < 0 || atcp_auth_has(o))
		return;
	o->fastopen = true;
	o->fastopen_exp = cookie->exp;
	o->fastopen_len = cookie->len;
	memcpy(o->fastopen_cookie, cookie->val, sizeof(o->fastopen_cookie));
}

static u16 atcp_synack_ace(const struct atcp_req *req)
{
	u8 ip = (READ_ONCE(req->mini.node.u2) & ATCP_REQ_ACC_IP) >> ATCP_REQ_ACC_IP_SHIFT;

	return atcp_synack_without_ace(req) ? 0 : atcp_accecn_flags(atcp_accecn_reflect(ip));
}

void atcp_synack_write(const struct atcp_req *req, const struct atcp_synack_plan *plan,
		       struct tcphdr *th)
{
	u32 flags = ATCP_F_SYN | ATCP_F_ACK;

	/* RFC 9768 3.1.2, RFC 3168 6.1.1: agreed. */
	if (atcp_req_accecn(req))
		flags |= atcp_synack_ace(req);
	else if (READ_ONCE(req->mini.node.u1) & ATCP_REQ_ECN)
		flags |= ATCP_F_ECE;
	th->source = req->mini.lport;
	th->dest = req->mini.rport;
	th->seq = htonl(req->snt_isn);
	th->ack_seq = htonl(req->rcv_isn + 1);
	/* The window of a segment with SYN is never scaled (RFC 7323 2.2). */
	tcp_flag_word(th) = htonl(plan->len / 4 << 28 | flags << 16 |
				  min_t(u32, plan->wnd, U16_MAX));
	th->check = 0;
	th->urg_ptr = 0;
	atcp_opts_build((u8 *)(th + 1), &plan->opts);
}

/* Bytes of IP header below the SYN-ACK; 0: more than the header alone, by options. */
static unsigned int atcp_synack_header(const struct sock *lsk, const struct atcp_req *req)
{
	if (req->mini.node.family == AF_INET)
		return rcu_access_pointer(inet_sk(lsk)->inet_opt) ? 0 : sizeof(struct iphdr);
	return rcu_access_pointer(inet6_sk(lsk)->opt) ? 0 : sizeof(struct ipv6hdr);
}

/* A buffer for @len bytes of header: a small one, which costs less to clear, where that will do. */
static struct sk_buff *atcp_synack_alloc(const struct sock *lsk, const struct atcp_req *req,
					 const struct dst_entry *dst, unsigned int len)
{
	unsigned int room = ATCP_SYNACK_HEADROOM;
	struct sk_buff *skb;

	BUILD_BUG_ON(ATCP_SYNACK_SMALL + sizeof(struct tcphdr) + ATCP_OPTS_MAX > 192);
	if (likely(atcp_synack_header(lsk, req) && !dst_xfrm(dst) &&
		   LL_RESERVED_SPACE(dst->dev) <= ATCP_SYNACK_LINK))
		room = ATCP_SYNACK_SMALL;
	skb = atcp_stash_alloc(room + len, GFP_ATOMIC | __GFP_NOWARN);
	if (skb)
		skb_reserve(skb, room);
	return skb;
}

/* Writes the SYN-ACK into an empty @skb and sends it; consumes both. */
static int atcp_synack_xmit(struct sock *lsk, const struct atcp_req *req,
			    struct dst_entry *dst, const struct atcp_synack_plan *plan,
			    struct sk_buff *skb)
{
	if (unlikely(atcp_auth_req_mute(req, &plan->opts))) {
		dst_release(dst);
		kfree_skb(skb);
		return -EKEYREJECTED;
	}
	skb_put(skb, plan->len);
	skb_reset_transport_header(skb);
	atcp_synack_write(req, plan, tcp_hdr(skb));
	if (unlikely(atcp_auth_has(&plan->opts)))
		atcp_auth_sign_req(lsk, skb, req);
	skb->mark = req->mark;
	/* One that is sent again takes another path, where there are several. */
	if (atcp_req_retrans(req) && READ_ONCE(lsk->sk_txrehash) == SOCK_TXREHASH_ENABLED)
		skb_set_hash(skb, net_tx_rndhash(), PKT_HASH_TYPE_L4);
	if (unlikely(atcp_sk(lsk)->ask.tx_delay_us))
		skb_set_delivery_time(skb, ktime_get_ns() + atcp_pace_delay_ns(atcp_sk(lsk)), true);
	ATCP_SK_INC(lsk, OUTSEGS);
	return atcp_route_xmit_req(lsk, req, dst, skb);
}

int atcp_synack_answer(struct sock *lsk, const struct atcp_req *req, struct dst_entry *dst,
		       const struct atcp_synack_plan *plan, struct sk_buff *syn)
{
	unsigned int header = atcp_synack_header(lsk, req);
	struct sk_buff *skb;

	if (likely(header && atcp_reuse(syn, dst, header, plan->len)))
		return atcp_synack_xmit(lsk, req, dst, plan, syn);
	atcp_stash_rcvd(syn);
	skb = atcp_synack_alloc(lsk, req, dst, plan->len);
	if (!skb) {
		dst_release(dst);
		return -ENOBUFS;
	}
	return atcp_synack_xmit(lsk, req, dst, plan, skb);
}

void atcp_synack_fill(const struct sock *lsk, const struct atcp_req *req,
		      const struct dst_entry *dst, u32 tsval,
		      const struct atcp_fastopen_cookie *cookie, struct atcp_synack_plan *plan)
{
	atcp_synack_opts(lsk, req, atcp_route_advmss(lsk, dst), tsval, &plan->opts);
	atcp_synack_fastopen(cookie, &plan->opts);
	atcp_synack_accecn(lsk, req, &plan->opts);
	plan->len = sizeof(struct tcphdr) + atcp_opts_len(&plan->opts);
}

int atcp_synack_again(struct sock *lsk, struct atcp_req *req)
{
	struct dst_entry *dst = atcp_route_req(lsk, req);
	struct atcp_synack_plan plan;
	struct sk_buff *skb;
	u32 clamp;
	u8 wscale;

	if (!dst)
		return -EHOSTUNREACH;
	/* The window scale is that of its first SYN-ACK; there is no fast open cookie. */
	atcp_synack_window(lsk, req, dst, &clamp, &plan.wnd, &wscale);
	/* Nor accurate ECN's option: it may be what a SYN-ACK is lost for. */
	atcp_synack_opts(lsk, req, atcp_route_advmss(lsk, dst), atcp_synack_tsval(lsk, req),
			 &plan.opts);
	plan.len = sizeof(struct tcphdr) + atcp_opts_len(&plan.opts);
	skb = atcp_synack_alloc(lsk, req, dst, plan.len);
	if (!skb) {
		dst_release(dst);
		return -ENOBUFS;
	}
	return atcp_synack_xmit(lsk, req, dst, &plan, skb);
}

int atcp_synack_reset(struct sock *lsk, struct atcp_req *req)
{
	struct dst_entry *dst = atcp_route_req(lsk, req);
	struct atcp_opts_out opts = { .wscale = ATCP_OPTS_WSCALE_NONE };
	struct net *net = sock_net(lsk);
	struct sk_buff *skb;
	struct tcphdr *th;
	unsigned int len;

	if (!dst)
		return -EHOSTUNREACH;
	atcp_auth_req_opts(lsk, req, &opts);
	if (unlikely(atcp_auth_req_mute(req, &opts))) {
		dst_release(dst);
		return -EKEYREJECTED;
	}
	len = sizeof(struct tcphdr) + atcp_opts_len(&opts);
	skb = alloc_skb(ATCP_SYNACK_HEADROOM + len, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb) {
		dst_release(dst);
		return -ENOBUFS;
	}
	skb_reserve(skb, ATCP_SYNACK_HEADROOM);
	th = skb_put_zero(skb, len);
	skb_reset_transport_header(skb);
	th->source = req->mini.lport;
	th->dest = req->mini.rport;
	/* What the peer expects next, so that it takes it (RFC 5961 section 3.2). */
	th->seq = htonl(req->snt_isn + 1);
	th->ack_seq = htonl(req->rcv_isn + 1);
	th->doff = len / 4;
	th->rst = 1;
	th->ack = 1;
	atcp_opts_build((u8 *)(th + 1), &opts);
	if (unlikely(atcp_auth_has(&opts)))
		atcp_auth_sign_req(lsk, skb, req);
	skb->mark = req->mark;
	ATCP_INC(net, OUTSEGS);
	ATCP_INC(net, OUTRSTS);
	return atcp_route_xmit_req(lsk, req, dst, skb);
}
