// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_MD5SIG (RFC 2385): a socket's keys, and the signatures of segments.
 *
 * Keys are looked up by the peer's address under RCU, on sockets and listeners that nobody has
 * locked. Where a signature is made or looked at again the key may be another one by then: what
 * such a segment says is refused by its receiver, as one that was signed a moment earlier is.
 */
#include "state/conn/auth.h"

#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "proto/segmac.h"
#include "state/conn/md5.h"
#include "state/shared/log.h"
#include "state/shared/mib.h"

#define ATCP_MD5_DIGEST		16

DEFINE_STATIC_KEY_FALSE(atcp_md5_used);

static struct crypto_shash *atcp_md5_hash;
static DEFINE_MUTEX(atcp_md5_mutex); /* atcp_md5_hash and the static key, when they are made */

#if IS_ENABLED(CONFIG_CRYPTO_HASH)
int atcp_md5_begin(void)
{
	struct crypto_shash *hash;
	int err = 0;

	mutex_lock(&atcp_md5_mutex);
	if (!atcp_md5_hash) {
		hash = crypto_alloc_shash("md5", 0, 0);
		if (IS_ERR(hash)) {
			err = PTR_ERR(hash) == -ENOMEM ? -ENOMEM : -EOPNOTSUPP;
		} else {
			atcp_md5_hash = hash;
			static_branch_enable(&atcp_md5_used);
		}
	}
	mutex_unlock(&atcp_md5_mutex);
	return err;
}

void atcp_md5_exit(void)
{
	if (atcp_md5_hash)
		crypto_free_shash(atcp_md5_hash);
}

/* RFC 2385 section 2.0, with the pseudo header of IPv6 where that is the family. */
static int atcp_md5_digest(const struct atcp_md5_key *key, struct sk_buff *skb,
			   const struct in6_addr *src, const struct in6_addr *dst, u8 *digest)
{
	const struct tcphdr *th = (const struct tcphdr *)skb->data;
	SHASH_DESC_ON_STACK(desc, atcp_md5_hash);
	struct tcphdr header = *th;
	int err;

	header.check = 0;
	desc->tfm = atcp_md5_hash;
	err = crypto_shash_init(desc) ?:
	      atcp_segmac_pseudo(desc, src, dst, skb->len) ?:
	      crypto_shash_update(desc, (const u8 *)&header, sizeof(header)) ?:
	      atcp_segmac_text(desc, skb, th->doff * 4) ?:
	      crypto_shash_update(desc, key->key, key->len) ?:
	      crypto_shash_final(desc, digest);
	shash_desc_zero(desc);
	return err;
}

/* In a time that says nothing of how much of it was right. */
static bool atcp_md5_same(const u8 *digest, const u8 *got)
{
	return !crypto_memneq(digest, got, ATCP_MD5_DIGEST);
}
#else
int atcp_md5_begin(void)
{
	return -EOPNOTSUPP;
}

void atcp_md5_exit(void)
{
}

static int atcp_md5_digest(const struct atcp_md5_key *key, struct sk_buff *skb,
			   const struct in6_addr *src, const struct in6_addr *dst, u8 *digest)
{
	return -EOPNOTSUPP;
}

static bool atcp_md5_same(const u8 *digest, const u8 *got)
{
	return false;
}
#endif

static struct atcp_md5 *atcp_md5_of(const struct sock *sk)
{
	return rcu_dereference_check(atcp_sk(sk)->ask.md5, lockdep_sock_is_held(sk));
}

static bool atcp_md5_fits(const struct atcp_md5_key *key, const struct in6_addr *addr, int l3index)
{
	if (key->bound && key->l3index != l3index)
		return false;
	/* The mapped prefix counts: an IPv6 key is for no IPv4 peer. */
	if (ipv6_addr_v4mapped(&key->addr) != ipv6_addr_v4mapped(addr))
		return false;
	return ipv6_prefix_equal(&key->addr, addr, key->prefix);
}

/* One that is bound to a device goes before others, and then the longer prefix. */
static bool atcp_md5_better(const struct atcp_md5_key *a, const struct atcp_md5_key *b)
{
	return !b || (a->bound != b->bound ? a->bound : a->prefix > b->prefix);
}

/* The best key for @addr in the VRF @l3index, or NULL. Under RCU. */
static const struct atcp_md5_key *atcp_md5_find(const struct sock *sk, const struct in6_addr *addr,
						int l3index)
{
	const struct atcp_md5 *md5 = atcp_md5_of(sk);
	const struct atcp_md5_key *key, *best = NULL;

	if (!md5)
		return NULL;
	hlist_for_each_entry_rcu(key, &md5->keys, node, lockdep_sock_is_held(sk))
		if (atcp_md5_fits(key, addr, l3index) && atcp_md5_better(key, best))
			best = key;
	return best;
}

bool __atcp_md5_match(const struct sock *sk, const struct in6_addr *addr, int l3index)
{
	const struct atcp_md5 *md5 = atcp_md5_of(sk);
	const struct atcp_md5_key *key;

	if (!md5)
		return false;
	hlist_for_each_entry_rcu(key, &md5->keys, node, lockdep_sock_is_held(sk))
		if (atcp_md5_fits(key, addr, l3index < 0 ? key->l3index : l3index))
			return true;
	return false;
}

bool atcp_md5_keyed(const struct sock *sk)
{
	const struct atcp_md5 *md5 = atcp_md5_any(sk) ? atcp_md5_of(sk) : NULL;

	return md5 && !hlist_empty(&md5->keys);
}

bool __atcp_md5_peer(const struct sock *sk)
{
	int l3index = atcp_auth_l3index(sk);
	bool found;

	rcu_read_lock();
	found = atcp_md5_find(sk, &sk->sk_v6_daddr, l3index);
	rcu_read_unlock();
	return found;
}

/* The one of exactly these peers. Socket locked. */
static struct atcp_md5_key *atcp_md5_exact(struct atcp_md5 *md5, const struct atcp_md5_key *like)
{
	struct atcp_md5_key *key;

	hlist_for_each_entry(key, &md5->keys, node)
		if (key->prefix == like->prefix && key->bound == like->bound &&
		    key->l3index == like->l3index && ipv6_addr_equal(&key->addr, &like->addr))
			return key;
	return NULL;
}

static void atcp_md5_free(struct sock *sk, struct atcp_md5_key *key)
{
	atomic_sub(sizeof(*key), &sk->sk_omem_alloc);
	kfree_rcu(key, rcu);
}

static int atcp_md5_add(struct sock *sk, const struct atcp_md5_key *like, gfp_t gfp)
{
	struct atcp_md5 *md5 = atcp_md5_of(sk);
	struct atcp_md5_key *key, *old;

	if (!md5) {
		md5 = kzalloc(sizeof(*md5), gfp);
		if (!md5)
			return -ENOMEM;
		rcu_assign_pointer(atcp_sk(sk)->ask.md5, md5);
		/* Each segment has a signature of its own: no device can cut them. */
		sk_gso_disable(sk);
	}
	key = sock_kmalloc(sk, sizeof(*key), gfp | __GFP_ZERO);
	if (!key)
		return -ENOMEM;
	key->addr = like->addr;
	key->prefix = like->prefix;
	key->bound = like->bound;
	key->l3index = like->l3index;
	key->len = like->len;
	memcpy(key->key, like->key, like->len);
	old = atcp_md5_exact(md5, like);
	if (!old) {
		hlist_add_head_rcu(&key->node, &md5->keys);
		return 0;
	}
	hlist_replace_rcu(&old->node, &key->node);
	atcp_md5_free(sk, old);
	return 0;
}

int atcp_md5_set(struct sock *sk, const struct atcp_md5_key *like)
{
	struct atcp_md5 *md5 = atcp_md5_of(sk);
	struct atcp_md5_key *old;

	if (like->len)
		return atcp_md5_add(sk, like, GFP_KERNEL_ACCOUNT);
	old = md5 ? atcp_md5_exact(md5, like) : NULL;
	if (!old)
		return -ENOENT;
	hlist_del_rcu(&old->node);
	atcp_md5_free(sk, old);
	return 0;
}

int atcp_md5_inherit(const struct sock *lsk, struct sock *child)
{
	const struct atcp_md5_key *key;
	struct atcp_md5_key own;
	int err = 0;

	if (!atcp_md5_any(lsk))
		return 0;
	rcu_read_lock();
	key = atcp_md5_find(lsk, &child->sk_v6_daddr, atcp_auth_l3index(child));
	if (key) {
		own = *key;
		own.addr = child->sk_v6_daddr;
		own.prefix = 128;
		err = atcp_md5_add(child, &own, GFP_ATOMIC | __GFP_NOWARN);
		memzero_explicit(&own, sizeof(own));
	}
	rcu_read_unlock();
	return err;
}

struct atcp_md5_key *atcp_md5_copy(const struct sock *sk)
{
	const struct atcp_md5_key *key;
	struct atcp_md5_key *copy = NULL;

	if (!atcp_md5_any(sk))
		return NULL;
	rcu_read_lock();
	key = atcp_md5_find(sk, &sk->sk_v6_daddr, atcp_auth_l3index(sk));
	if (key)
		copy = kmemdup(key, sizeof(*key), GFP_ATOMIC | __GFP_NOWARN);
	rcu_read_unlock();
	return copy;
}

int atcp_md5_init(void)
{
	return 0;
}

void atcp_md5_forget(struct sock *sk)
{
	struct atcp_md5 *md5 = rcu_dereference_protected(atcp_sk(sk)->ask.md5, 1);
	struct atcp_md5_key *key;
	struct hlist_node *next;

	if (!md5)
		return;
	hlist_for_each_entry_safe(key, next, &md5->keys, node)
		atcp_md5_free(sk, key);
	RCU_INIT_POINTER(atcp_sk(sk)->ask.md5, NULL);
	kfree(md5);
}

bool __atcp_md5_has(const struct sock *lsk, const struct in6_addr *raddr, int ifindex)
{
	int l3index = atcp_auth_vrf(lsk, ifindex);
	bool found;

	rcu_read_lock();
	found = atcp_md5_find(lsk, raddr, l3index);
	rcu_read_unlock();
	return found;
}

const struct atcp_md5_key *__atcp_md5_find_answer(const struct sock *sk, const struct sk_buff *in)
{
	struct in6_addr src, dst;

	atcp_auth_addrs(in, &src, &dst);
	return atcp_md5_find(sk, &src, atcp_auth_l3index_in(sk, in));
}

/* The signature's place in a header, which is whole, or NULL. */
static u8 *atcp_md5_place(const struct tcphdr *th)
{
	return atcp_opts_find_md5((u8 *)(th + 1), th->doff * 4 - sizeof(*th));
}

bool atcp_md5_signed(const struct sk_buff *skb)
{
	return atcp_md5_place(tcp_hdr(skb));
}

static void atcp_md5_sign(const struct atcp_md5_key *key, struct sk_buff *skb,
			  const struct in6_addr *laddr, const struct in6_addr *raddr)
{
	u8 *at = atcp_md5_place((const struct tcphdr *)skb->data);

	/* One that cannot be made is not what the peer expects: the segment is as good as lost. */
	if (at && atcp_md5_digest(key, skb, laddr, raddr, at))
		memset(at, 0, ATCP_MD5_DIGEST);
}

void atcp_md5_sign_own(const struct sock *sk, struct sk_buff *skb)
{
	int l3index = atcp_auth_l3index(sk);
	const struct atcp_md5_key *key;

	rcu_read_lock();
	key = atcp_md5_find(sk, &sk->sk_v6_daddr, l3index);
	if (key)
		atcp_md5_sign(key, skb, &sk->sk_v6_rcv_saddr, &sk->sk_v6_daddr);
	rcu_read_unlock();
}

void atcp_md5_sign_for(const struct sock *lsk, struct sk_buff *skb, const struct atcp_mini *m)
{
	int l3index = atcp_auth_vrf(lsk, m->ifindex);
	const struct atcp_md5_key *key;

	rcu_read_lock();
	key = atcp_md5_find(lsk, &m->raddr, l3index);
	if (key)
		atcp_md5_sign(key, skb, &m->laddr, &m->raddr);
	rcu_read_unlock();
}

void atcp_md5_sign_answer(const struct atcp_md5_key *key, struct sk_buff *skb,
			  const struct sk_buff *in)
{
	struct in6_addr src, dst;

	atcp_auth_addrs(in, &src, &dst);
	atcp_md5_sign(key, skb, &dst, &src);
}

static bool atcp_md5_refuse(const struct sock *sk, const struct sk_buff *skb, const char *why)
{
	const struct tcphdr *th = (const struct tcphdr *)skb->data;
	struct in6_addr src, dst;

	atcp_auth_addrs(skb, &src, &dst);
	atcp_log_info(atcp_sock_net(sk), EVENT, "MD5 %s from %pI6c port %u to %pI6c port %u\n", why,
		      &src, ntohs(th->source), &dst, ntohs(th->dest));
	return false;
}

static bool atcp_md5_verify(const struct atcp_md5_key *key, const struct sk_buff *skb,
			    const u8 *at)
{
	u8 digest[ATCP_MD5_DIGEST];
	struct in6_addr src, dst;

	atcp_auth_addrs(skb, &src, &dst);
	return !atcp_md5_digest(key, (struct sk_buff *)skb, &src, &dst, digest) &&
	       atcp_md5_same(digest, at);
}

const struct atcp_md5_key *__atcp_md5_find_stray(const struct sock *lsk, const struct sk_buff *in)
{
	const struct atcp_md5_key *key = __atcp_md5_find_answer(lsk, in);
	const u8 *at = atcp_md5_place((const struct tcphdr *)in->data);

	return key && at && atcp_md5_verify(key, in, at) ? key : NULL;
}

bool __atcp_md5_ok(const struct sock *sk, const struct sk_buff *skb, bool has)
{
	const struct atcp_md5_key *key;
	struct in6_addr src, dst;
	bool good = false;
	const u8 *at;

	atcp_auth_addrs(skb, &src, &dst);
	rcu_read_lock();
	key = atcp_md5_find(sk, &src, atcp_auth_l3index_in(sk, skb));
	at = has ? atcp_md5_place((const struct tcphdr *)skb->data) : NULL;
	if (key && at)
		good = atcp_md5_verify(key, skb, at);
	rcu_read_unlock();
	if (good || (!key && !at))
		return true;
	if (!at) {
		ATCP_SK_INC(sk, TCPMD5NOTFOUND);
		return atcp_md5_refuse(sk, skb, "signature is missing");
	}
	if (!key) {
		ATCP_SK_INC(sk, TCPMD5UNEXPECTED);
		return atcp_md5_refuse(sk, skb, "signature is not expected");
	}
	ATCP_SK_INC(sk, TCPMD5FAILURE);
	return atcp_md5_refuse(sk, skb, "signature is wrong");
}
