// SPDX-License-Identifier: GPL-2.0
/*
 * Signed segments, whichever way: TCP_MD5SIG (RFC 2385) or TCP-AO (RFC 5925).
 *
 * A peer has keys of one kind only, which the socket options see to. A connection stays with that
 * which its SYN had.
 */
#include "state/conn/auth.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/sock.h>

#include "state/conn/aoseg.h"
#include "state/listen/req.h"
#include "state/shared/hash.h"
#include "state/shared/log.h"
#include "state/shared/twq.h"

void atcp_auth_addrs(const struct sk_buff *skb, struct in6_addr *src, struct in6_addr *dst)
{
	if (skb->protocol == htons(ETH_P_IP)) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, src);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, dst);
	} else {
		*src = ipv6_hdr(skb)->saddr;
		*dst = ipv6_hdr(skb)->daddr;
	}
}

int atcp_auth_vrf(const struct sock *sk, int ifindex)
{
	return ifindex ? l3mdev_master_ifindex_by_index(sock_net(sk), ifindex) : 0;
}

int atcp_auth_l3index(const struct sock *sk)
{
	return atcp_auth_vrf(sk, READ_ONCE(sk->sk_bound_dev_if));
}

/* What has come by a VRF says so: there its device is the VRF's own. */
int atcp_auth_l3index_in(const struct sock *sk, const struct sk_buff *skb)
{
	return netif_index_is_l3_master(sock_net(sk), skb->skb_iif) ? skb->skb_iif : 0;
}

void __atcp_auth_opts(const struct sock *sk, struct atcp_opts_out *o)
{
	const struct atcp_ao_key *key, *rnext;
	const struct atcp_ao *ao;

	rcu_read_lock();
	ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	key = ao ? READ_ONCE(ao->current_key) : NULL;
	if (key) {
		rnext = READ_ONCE(ao->rnext_key);
		o->ao_mac = key->mac;
		o->ao_keyid = key->sndid;
		o->ao_rnext = rnext ? rnext->rcvid : key->rcvid;
	}
	rcu_read_unlock();
	if (!o->ao_mac)
		o->md5 = atcp_md5_peer(sk);
}

/* With the key that the peer's SYN asked for. */
static const struct atcp_ao_key *atcp_auth_req_key(const struct sock *lsk,
						   const struct atcp_req *req,
						   const struct atcp_req_more *more)
{
	const struct atcp_ao *ao = atcp_ao_of(lsk);

	return ao ? atcp_ao_find(ao, &req->mini.raddr, atcp_auth_vrf(lsk, req->mini.ifindex),
				 more->ao_keyid, -1) : NULL;
}

void __atcp_auth_req_opts(const struct sock *lsk, const struct atcp_req *req,
			  struct atcp_opts_out *o)
{
	const struct atcp_req_more *more = atcp_req_more(req);
	const struct atcp_ao_key *key;

	if (!more || !more->ao) {
		o->md5 = atcp_md5_has(lsk, &req->mini.raddr, req->mini.ifindex);
		return;
	}
	rcu_read_lock();
	key = atcp_auth_req_key(lsk, req, more);
	if (key) {
		o->ao_mac = key->mac;
		o->ao_keyid = more->ao_keyid;
		o->ao_rnext = more->ao_rnext;
	}
	rcu_read_unlock();
}

void atcp_auth_req_note(struct atcp_req *req, const struct sk_buff *skb)
{
	struct atcp_req_more *more = atcp_req_more(req);
	const u8 *opt = more ? atcp_aoseg_opt(tcp_hdr(skb)) : NULL;

	if (!opt)
		return;
	more->ao = true;
	more->ao_keyid = opt[3];
	more->ao_rnext = opt[2];
}

bool atcp_auth_req_mute(const struct atcp_req *req, const struct atcp_opts_out *o)
{
	const struct atcp_req_more *more = atcp_req_more(req);

	return more && more->ao && !o->ao_mac;
}

void atcp_auth_sign_own(const struct sock *sk, struct sk_buff *skb)
{
	if (!atcp_aoseg_opt((const struct tcphdr *)skb->data)) {
		atcp_md5_sign_own(sk, skb);
		return;
	}
	rcu_read_lock();
	atcp_aoseg_sign_own(sk, skb);
	rcu_read_unlock();
}

void atcp_auth_sign_req(const struct sock *lsk, struct sk_buff *skb, const struct atcp_req *req)
{
	const struct atcp_req_more *more = atcp_req_more(req);
	const struct atcp_ao_key *key;

	if (!more || !more->ao) {
		atcp_md5_sign_for(lsk, skb, &req->mini);
		return;
	}
	rcu_read_lock();
	key = atcp_auth_req_key(lsk, req, more);
	if (key)
		atcp_aoseg_write_once(key, req->snt_isn, req->rcv_isn, 0, skb, &req->mini.laddr,
				      &req->mini.raddr);
	rcu_read_unlock();
}

void atcp_auth_sign_answer(const struct atcp_auth_answer *a, struct sk_buff *skb,
			   const struct sk_buff *in)
{
	struct in6_addr src, dst;

	if (a->md5)
		atcp_md5_sign_answer(a->md5, skb, in);
	if (!a->ao)
		return;
	atcp_auth_addrs(in, &src, &dst);
	if (a->cached)
		atcp_aoseg_write(a->ao, a->ao->tx, a->sne, skb, &dst, &src);
	else
		atcp_aoseg_write_once(a->ao, a->lisn, a->risn, a->sne, skb, &dst, &src);
}

bool atcp_auth_signed(const struct sk_buff *skb)
{
	return atcp_md5_signed(skb) || atcp_aoseg_opt(tcp_hdr(skb));
}

/* By the keys of a connection that has both ISNs, or had them. */
static bool atcp_auth_find_ready(const struct atcp_ao *ao, const u8 *opt, u64 near, u32 seq,
				 struct atcp_auth_answer *a)
{
	const struct atcp_ao_key *rnext = READ_ONCE(ao->rnext_key);

	/* Who asks for a key that there is not, or for none, hears the one that is used. */
	a->ao = opt ? atcp_ao_by_id(ao, opt[3], -1) : NULL;
	if (!a->ao)
		a->ao = READ_ONCE(ao->current_key);
	if (!a->ao)
		return false;
	a->keyid = a->ao->sndid;
	a->rnext = rnext ? rnext->rcvid : a->ao->rcvid;
	a->cached = true;
	a->sne = atcp_segmac_extend(near, seq) >> 32;
	return true;
}

/* By a listener's keys, or those of a connection that is not ready. */
static bool atcp_auth_find_once(const struct sock *sk, const struct atcp_req *req,
				const struct atcp_ao *ao, const struct sk_buff *in, const u8 *opt,
				struct atcp_auth_answer *a)
{
	const struct tcphdr *th = tcp_hdr(in);
	int l3index = atcp_auth_l3index_in(sk, in);
	struct in6_addr src, dst;

	atcp_auth_addrs(in, &src, &dst);
	a->ao = atcp_ao_find(ao, &src, l3index, opt[3], -1);
	/* An established peer of ours would know it: to a request any key is better than none. */
	if (!a->ao && req)
		a->ao = atcp_ao_find(ao, &src, l3index, -1, -1);
	if (!a->ao)
		return false;
	a->keyid = a->ao->sndid;
	a->rnext = opt[2];
	if (req) {
		a->lisn = req->snt_isn;
		a->risn = req->rcv_isn;
	} else {
		a->lisn = th->ack ? ntohl(th->ack_seq) - 1 : 0;
		a->risn = ntohl(th->seq) - !th->syn;
	}
	return true;
}

bool __atcp_auth_find_answer(const struct sock *sk, const struct atcp_req *req,
			     const struct sk_buff *in, u32 seq, struct atcp_auth_answer *a)
{
	const struct atcp_ao *ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	const u8 *opt = atcp_aoseg_opt(tcp_hdr(in));

	if (!opt || !ao) {
		a->md5 = atcp_md5_find_answer(sk, in);
		return !opt;
	}
	/* Pairs with atcp_ao_make_traffic_keys(). */
	if (!req && inet_sk_state_load(sk) != TCP_LISTEN && smp_load_acquire(&ao->ready))
		return atcp_auth_find_ready(ao, opt, atomic64_read(&ao->snd), seq, a);
	if (!atcp_auth_find_once(sk, req, ao, in, opt, a))
		return false;
	if (req)
		a->sne = atcp_segmac_sne(0, req->snt_isn, seq);
	return true;
}

bool atcp_auth_find_tw(const struct atcp_tw *tw, const struct sk_buff *in, u32 seq,
		       struct atcp_auth_answer *a)
{
	const u8 *opt = atcp_aoseg_opt(tcp_hdr(in));

	if (!tw->ao) {
		a->md5 = tw->md5;
		return true;
	}
	return atcp_auth_find_ready(tw->ao, opt, atomic64_read(&tw->ao->snd), seq, a);
}

/*
 * TCP-AO would need the ISNs, which nobody knows. MD5 a key: as Linux does, of who listens at the
 * port that the peer sends from, where the two are alike (BGP), if by that key @in is well signed.
 */
bool __atcp_auth_find_stray(struct net *net, const struct sk_buff *in,
			    struct atcp_auth_answer *a)
{
	const struct tcphdr *th = tcp_hdr(in);
	struct atcp_tuple t = {
		.net = net,
		.rport = th->source,
		.lport = th->source,
	};
	struct sock *lsk;

	if (!atcp_md5_signed(in))
		return false;
	atcp_auth_addrs(in, &t.raddr, &t.laddr);
	if (in->protocol == htons(ETH_P_IP)) {
		t.family = AF_INET;
		t.dif = inet_iif(in);
		t.sdif = inet_sdif(in);
	} else {
		t.family = AF_INET6;
		t.dif = inet6_iif(in);
		t.sdif = inet6_sdif(in);
	}
	lsk = atcp_hash_listener_any(&t);
	a->md5 = lsk && atcp_md5_any(lsk) ? __atcp_md5_find_stray(lsk, in) : NULL;
	return a->md5;
}

/* What should have been signed by TCP-AO, and is not. */
static bool atcp_auth_missing(struct atcp_net *an, struct atcp_ao *ao, const struct sk_buff *skb)
{
	const struct tcphdr *th = (const struct tcphdr *)skb->data;
	struct in6_addr src, dst;

	ATCP_AN_INC(an, TCPAOREQUIRED);
	atomic64_inc(&ao->missing);
	atcp_auth_addrs(skb, &src, &dst);
	atcp_log_info(an, EVENT, "AO is required from %pI6c port %u to %pI6c port %u\n",
		      &src, ntohs(th->source), &dst, ntohs(th->dest));
	return false;
}

static bool atcp_auth_plain_ok(const struct sock *sk, const struct sk_buff *skb)
{
	struct in6_addr src, dst;

	atcp_auth_addrs(skb, &src, &dst);
	if (!atcp_ao_needed(sk, &src, atcp_auth_l3index_in(sk, skb)))
		return true;
	return atcp_auth_missing(atcp_sock_net(sk), atcp_ao_of(sk), skb);
}

/* A request goes on as its SYN began. */
static bool atcp_auth_req_same(const struct sock *sk, const struct atcp_req *req, bool has_ao)
{
	const struct atcp_req_more *more = atcp_req_more(req);

	if ((more && more->ao) == has_ao)
		return true;
	ATCP_SK_INC(sk, TCPAOBAD);
	return false;
}

enum atcp_drop __atcp_auth_check(const struct sock *sk, const struct atcp_req *req,
				 const struct sk_buff *skb, const struct atcp_opts *o)
{
	bool ok;

	/* Two signatures, or one of an illegal length, are none (RFC 5925 section 2.2). */
	if (o->bad_auth || (req && !atcp_auth_req_same(sk, req, o->has_ao)))
		return ATCP_DROP_AO;
	rcu_read_lock();
	if (o->has_ao)
		ok = atcp_aoseg_ok(sk, req, skb);
	else
		ok = o->has_md5 || !atcp_ao_any(sk) || atcp_auth_plain_ok(sk, skb);
	rcu_read_unlock();
	if (!ok)
		return ATCP_DROP_AO;
	return o->has_ao || atcp_md5_ok(sk, skb, o->has_md5) ? ATCP_DROP_NONE : ATCP_DROP_MD5;
}

bool atcp_auth_tw_ok(const struct atcp_tw *tw, const struct sk_buff *skb,
		     const struct atcp_opts *o)
{
	const struct tcphdr *th = (const struct tcphdr *)skb->data;
	struct atcp_net *an = atcp_net_get(tw->net);
	bool ok;

	/* Whom it may be for then asks the same. */
	if (th->syn && !th->ack)
		return true;

	rcu_read_lock();
	ok = o->has_ao ? atcp_aoseg_ready_ok(an, tw->ao, skb) :
			 atcp_auth_missing(an, tw->ao, skb);
	rcu_read_unlock();
	return ok;
}

int atcp_auth_inherit(const struct sock *lsk, struct sock *child, const struct atcp_req *req)
{
	int err = 0;

	if (unlikely(atcp_ao_any(lsk)))
		err = atcp_ao_inherit(lsk, child, req);
	if (!err && !atcp_ao_any(child))
		err = atcp_md5_inherit(lsk, child);
	return err;
}
