// SPDX-License-Identifier: GPL-2.0
/*
 * TCP-AO (RFC 5925): segments are signed and verified.
 *
 * Traffic keys are of both ISNs. A connection that knows both has them made; of a SYN, and of all
 * that is heard and said before there is a connection, they are made for the one segment. The
 * extension of sequence numbers follows SND.UNA and RCV.NXT (struct atcp_ao, snd and rcv), which
 * are looked at whenever something is sent: a segment is within 2 GB of them.
 */
#include "state/conn/aoseg.h"

#include <crypto/algapi.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "state/listen/req.h"
#include "state/shared/log.h"

u8 *atcp_aoseg_opt(const struct tcphdr *th)
{
	return atcp_opts_find_ao((u8 *)(th + 1), th->doff * 4 - sizeof(*th));
}

/* Makes the code of @skb with @opt by @tkey: 0 or -errno. */
static int atcp_aoseg_sum(const struct atcp_ao_key *key, const u8 *tkey, u32 sne,
			  const struct sk_buff *skb, const u8 *opt, const struct in6_addr *src,
			  const struct in6_addr *dst, u8 *out)
{
	const struct atcp_segmac_seg s = {
		.skb	= (struct sk_buff *)skb,
		.src	= src,
		.dst	= dst,
		.sne	= sne,
		.opt	= opt,
		.bare	= key->flags & TCP_AO_KEYF_EXCLUDE_OPT,
	};

	return atcp_aoalg_sum(key->alg, tkey, &s, out);
}

void atcp_aoseg_write(const struct atcp_ao_key *key, const u8 *tkey, u32 sne, struct sk_buff *skb,
		      const struct in6_addr *src, const struct in6_addr *dst)
{
	u8 *opt = atcp_aoseg_opt((const struct tcphdr *)skb->data);
	u8 sum[ATCP_SEGMAC_DIGEST_MAX];

	/* One that cannot be made stays zeros, as a key that is gone: as good as lost. */
	if (opt && opt[1] == ATCP_OPTS_AO_HEAD + key->mac &&
	    !atcp_aoseg_sum(key, tkey, sne, skb, opt, src, dst, sum))
		memcpy(opt + ATCP_OPTS_AO_HEAD, sum, key->mac);
}

/* A traffic key of the direction that @th goes. */
static int atcp_aoseg_tkey(const struct atcp_ao_key *key, const struct tcphdr *th,
			   const struct in6_addr *src, const struct in6_addr *dst, u32 sisn,
			   u32 disn, u8 *tkey)
{
	const struct atcp_segmac_flow f = {
		.src	= *src,
		.dst	= *dst,
		.sport	= th->source,
		.dport	= th->dest,
		.sisn	= sisn,
		.disn	= disn,
	};

	return atcp_aoalg_traffic_key(key->alg, key->key, key->len, &f, tkey);
}

void atcp_aoseg_write_once(const struct atcp_ao_key *key, u32 sisn, u32 disn, u32 sne,
			   struct sk_buff *skb, const struct in6_addr *src,
			   const struct in6_addr *dst)
{
	u8 tkey[ATCP_SEGMAC_DIGEST_MAX];

	if (!atcp_aoseg_tkey(key, (const struct tcphdr *)skb->data, src, dst, sisn, disn, tkey))
		atcp_aoseg_write(key, tkey, sne, skb, src, dst);
	memzero_explicit(tkey, sizeof(tkey));
}

void atcp_aoseg_sign_own(const struct sock *sk, struct sk_buff *skb)
{
	const struct tcphdr *th = (const struct tcphdr *)skb->data;
	const struct atcp_ao_key *key;
	struct atcp_ao *ao = atcp_ao_of(sk);
	u8 *opt = atcp_aoseg_opt(th);
	u32 sne;

	if (!ao || !opt)
		return;
	key = atcp_ao_by_id(ao, opt[2], -1);
	if (!key)
		return;
	atcp_ao_follow(sk, ao);
	if ((th->syn && !th->ack) || !ao->ready) {
		atcp_aoseg_write_once(key, ao->lisn, ao->risn, 0, skb, &sk->sk_v6_rcv_saddr,
				      &sk->sk_v6_daddr);
		return;
	}
	sne = atcp_segmac_extend(atomic64_read(&ao->snd), ntohl(th->seq)) >> 32;
	atcp_aoseg_write(key, key->tx, sne, skb, &sk->sk_v6_rcv_saddr, &sk->sk_v6_daddr);
}

static bool atcp_aoseg_refuse(struct atcp_net *an, const struct sk_buff *skb, const char *why)
{
	const struct tcphdr *th = (const struct tcphdr *)skb->data;
	struct in6_addr src, dst;

	atcp_auth_addrs(skb, &src, &dst);
	atcp_log_info(an, EVENT, "AO %s from %pI6c port %u to %pI6c port %u\n", why,
		      &src, ntohs(th->source), &dst, ntohs(th->dest));
	return false;
}

static bool atcp_aoseg_key_missing(struct atcp_net *an, struct atcp_ao *ao,
				   const struct sk_buff *skb)
{
	ATCP_AN_INC(an, TCPAOKEYNOTFOUND);
	if (ao)
		atomic64_inc(&ao->key_not_found);
	return atcp_aoseg_refuse(an, skb, "key is not found");
}

/* The MAC is compared in a time that says nothing of how much of it was right. */
static bool atcp_aoseg_verify(struct atcp_net *an, struct atcp_ao *ao, struct atcp_ao_key *key,
			      const u8 *tkey, u32 sne, const struct sk_buff *skb, const u8 *opt)
{
	u8 sum[ATCP_SEGMAC_DIGEST_MAX];
	struct in6_addr src, dst;

	atcp_auth_addrs(skb, &src, &dst);
	if (opt[1] == ATCP_OPTS_AO_HEAD + key->mac &&
	    !atcp_aoseg_sum(key, tkey, sne, skb, opt, &src, &dst, sum) &&
	    !crypto_memneq(sum, opt + ATCP_OPTS_AO_HEAD, key->mac)) {
		ATCP_AN_INC(an, TCPAOGOOD);
		atomic64_inc(&ao->good);
		atomic64_inc(&key->good);
		return true;
	}
	ATCP_AN_INC(an, TCPAOBAD);
	atomic64_inc(&ao->bad);
	atomic64_inc(&key->bad);
	return atcp_aoseg_refuse(an, skb, "MAC is wrong");
}

static bool atcp_aoseg_verify_once(struct atcp_net *an, struct atcp_ao *ao,
				   struct atcp_ao_key *key, u32 sisn, u32 disn, u32 sne,
				   const struct sk_buff *skb, const u8 *opt)
{
	u8 tkey[ATCP_SEGMAC_DIGEST_MAX] = { };
	struct in6_addr src, dst;
	bool ok;

	atcp_auth_addrs(skb, &src, &dst);
	ok = !atcp_aoseg_tkey(key, (const struct tcphdr *)skb->data, &src, &dst, sisn, disn,
			      tkey) &&
	     atcp_aoseg_verify(an, ao, key, tkey, sne, skb, opt);
	memzero_explicit(tkey, sizeof(tkey));
	return ok;
}

/* RFC 5925 section 7.5.2: the peer says with which key it wants to be sent to. */
static void atcp_aoseg_heed(struct atcp_ao *ao, u8 rnext)
{
	const struct atcp_ao_key *cur = READ_ONCE(ao->current_key);
	struct atcp_ao_key *key;

	if (cur && cur->sndid == rnext)
		return;
	key = atcp_ao_by_id(ao, rnext, -1);
	if (key)
		WRITE_ONCE(ao->current_key, key);
}

bool atcp_aoseg_ready_ok(struct atcp_net *an, struct atcp_ao *ao, const struct sk_buff *skb)
{
	const struct tcphdr *th = (const struct tcphdr *)skb->data;
	const u8 *opt = atcp_aoseg_opt(th);
	u32 seq = ntohl(th->seq);
	struct atcp_ao_key *key;

	key = opt ? atcp_ao_by_id(ao, -1, opt[2]) : NULL;
	if (!key)
		return atcp_aoseg_key_missing(an, ao, skb);
	/* A SYN that comes late. */
	if (th->syn && !th->ack)
		return atcp_aoseg_verify_once(an, ao, key, seq, 0, 0, skb, opt);
	if (!atcp_aoseg_verify(an, ao, key, key->rx,
			       atcp_segmac_extend(atomic64_read(&ao->rcv), seq) >> 32, skb, opt))
		return false;
	atcp_aoseg_heed(ao, opt[3]);
	return true;
}

/* Of a request: its ISNs are known. */
static bool atcp_aoseg_req_ok(struct atcp_net *an, struct atcp_ao *ao, struct atcp_ao_key *key,
			      const struct atcp_req *req, const struct sk_buff *skb, const u8 *opt)
{
	u32 seq = ntohl(((const struct tcphdr *)skb->data)->seq);

	return atcp_aoseg_verify_once(an, ao, key, req->rcv_isn, req->snt_isn,
				      atcp_segmac_sne(0, req->rcv_isn, seq), skb, opt);
}

bool atcp_aoseg_ok(const struct sock *sk, const struct atcp_req *req, const struct sk_buff *skb)
{
	const struct tcphdr *th = (const struct tcphdr *)skb->data;
	u32 seq = ntohl(th->seq), ack = ntohl(th->ack_seq);
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_ao *ao = atcp_ao_of(sk);
	const u8 *opt = atcp_aoseg_opt(th);
	struct in6_addr src, dst;
	struct atcp_ao_key *key;
	u8 state;

	if (!ao || !opt)
		return atcp_aoseg_key_missing(an, ao, skb);
	state = inet_sk_state_load(sk);
	/* Pairs with atcp_ao_make_traffic_keys(). */
	if (state != TCP_LISTEN && smp_load_acquire(&ao->ready))
		return atcp_aoseg_ready_ok(an, ao, skb);
	atcp_auth_addrs(skb, &src, &dst);
	key = atcp_ao_find(ao, &src, atcp_auth_l3index_in(sk, skb), -1, opt[2]);
	if (!key)
		return atcp_aoseg_key_missing(an, ao, skb);
	if (th->syn && !th->ack)
		return atcp_aoseg_verify_once(an, ao, key, seq, 0, 0, skb, opt);
	if (req)
		return atcp_aoseg_req_ok(an, ao, key, req, skb, opt);
	/* It may be the ACK of a cookie, which says what the ISNs were. */
	if (state == TCP_LISTEN)
		return atcp_aoseg_verify_once(an, ao, key, seq - 1, ack - 1,
					      atcp_segmac_sne(0, seq - 1, seq), skb, opt);
	/* SYN-SENT: a SYN-ACK, or a refusal. */
	return atcp_aoseg_verify_once(an, ao, key, seq, READ_ONCE(ao->lisn), 0, skb, opt);
}
