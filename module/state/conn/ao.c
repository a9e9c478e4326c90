// SPDX-License-Identifier: GPL-2.0
/*
 * TCP-AO (RFC 5925): a socket's keys (MKTs), and which of them is used.
 *
 * Keys are looked up under RCU, on sockets and listeners that nobody has locked. The keys of a
 * connection are all for its peer, and are told apart by their IDs alone; those of a listener, and
 * of a socket that is to connect, by whom they are for. A connection always has a key to send
 * with: the last one cannot be taken away, nor can one that is used.
 */
#include "state/conn/ao.h"

#include <linux/err.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "state/conn/auth.h"
#include "state/conn/md5.h"
#include "state/listen/req.h"

DEFINE_STATIC_KEY_FALSE(atcp_ao_used);

/* The mapped prefix counts: an IPv6 key is for no IPv4 peer. */
bool atcp_ao_fits(const struct atcp_ao_key *key, const struct in6_addr *addr, u8 prefix,
		  int l3index, int sndid, int rcvid)
{
	if ((sndid >= 0 && key->sndid != sndid) || (rcvid >= 0 && key->rcvid != rcvid))
		return false;
	if (l3index >= 0 && (key->flags & TCP_AO_KEYF_IFINDEX) && key->l3index != l3index)
		return false;
	return ipv6_addr_v4mapped(&key->addr) == ipv6_addr_v4mapped(addr) &&
	       ipv6_prefix_equal(&key->addr, addr, min(key->prefix, prefix));
}

struct atcp_ao_key *atcp_ao_find(const struct atcp_ao *ao, const struct in6_addr *addr,
				 int l3index, int sndid, int rcvid)
{
	struct atcp_ao_key *key;

	/* Those who write have the socket locked, and readers the RCU lock. */
	hlist_for_each_entry_rcu(key, &ao->keys, node, 1)
		if (atcp_ao_fits(key, addr, 128, l3index, sndid, rcvid))
			return key;
	return NULL;
}

struct atcp_ao_key *atcp_ao_by_id(const struct atcp_ao *ao, int sndid, int rcvid)
{
	struct atcp_ao_key *key;

	hlist_for_each_entry_rcu(key, &ao->keys, node, 1)
		if ((sndid < 0 || key->sndid == sndid) && (rcvid < 0 || key->rcvid == rcvid))
			return key;
	return NULL;
}

bool atcp_ao_needed(const struct sock *sk, const struct in6_addr *addr, int l3index)
{
	const struct atcp_ao *ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;

	return ao && (READ_ONCE(ao->required) || atcp_ao_find(ao, addr, l3index, -1, -1));
}

static struct atcp_ao *atcp_ao_alloc(gfp_t gfp)
{
	struct atcp_ao *ao = kzalloc(sizeof(*ao), gfp);

	if (ao)
		refcount_set(&ao->ref, 1);
	return ao;
}

struct atcp_ao *atcp_ao_begin(struct sock *sk)
{
	struct atcp_ao *ao = atcp_ao_of(sk);

	if (ao)
		return ao;
	ao = atcp_ao_alloc(GFP_KERNEL_ACCOUNT);
	if (!ao)
		return NULL;
	ao->lisn = atcp_sk(sk)->iss;
	ao->risn = atcp_sk(sk)->rcv_isn;
	static_branch_enable(&atcp_ao_used);
	/* Each segment has a code of its own: no device can cut them. */
	sk_gso_disable(sk);
	rcu_assign_pointer(atcp_sk(sk)->ask.ao, ao);
	return ao;
}

static void atcp_ao_free_rcu(struct rcu_head *head)
{
	struct atcp_ao *ao = container_of(head, struct atcp_ao, rcu);
	struct atcp_ao_key *key;
	struct hlist_node *next;

	hlist_for_each_entry_safe(key, next, &ao->keys, node)
		kfree_sensitive(key);
	kfree(ao);
}

void atcp_ao_put(struct atcp_ao *ao)
{
	if (ao && refcount_dec_and_test(&ao->ref))
		call_rcu(&ao->rcu, atcp_ao_free_rcu);
}

/* The socket's part of it ends; a TIME_WAIT may have it still. */
static void atcp_ao_leave(struct sock *sk, struct atcp_ao *ao)
{
	atomic_sub(ao->charged, &sk->sk_omem_alloc);
	ao->charged = 0;
	atcp_ao_put(ao);
}

void atcp_ao_forget(struct sock *sk)
{
	struct atcp_ao *ao = rcu_dereference_protected(atcp_sk(sk)->ask.ao, 1);

	if (!ao)
		return;
	RCU_INIT_POINTER(atcp_sk(sk)->ask.ao, NULL);
	atcp_ao_leave(sk, ao);
}

struct atcp_ao *atcp_ao_share(const struct sock *sk)
{
	struct atcp_ao *ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;

	/* One without keys has nothing to say. */
	if (!ao || hlist_empty(&ao->keys))
		return NULL;
	atcp_ao_follow(sk, ao);
	refcount_inc(&ao->ref);
	return ao;
}

static void atcp_ao_measure(struct atcp_ao *ao)
{
	const struct atcp_ao_key *key;
	u8 most = 0;

	hlist_for_each_entry(key, &ao->keys, node)
		most = max_t(u8, most, atcp_opts_ao_len(key->mac));
	WRITE_ONCE(ao->opt, most);
}

static void atcp_ao_link(struct atcp_ao *ao, struct atcp_ao_key *key)
{
	hlist_add_head_rcu(&key->node, &ao->keys);
	atcp_ao_measure(ao);
}

/* Both directions' of a connection; one that cannot be made fits nothing. */
static void atcp_ao_traffic_keys(const struct sock *sk, const struct atcp_ao *ao,
				 struct atcp_ao_key *key)
{
	const struct atcp_segmac_flow tx = {
		.src	= sk->sk_v6_rcv_saddr,
		.dst	= sk->sk_v6_daddr,
		.sport	= inet_sk(sk)->inet_sport,
		.dport	= inet_sk(sk)->inet_dport,
		.sisn	= ao->lisn,
		.disn	= ao->risn,
	};
	const struct atcp_segmac_flow rx = {
		.src	= tx.dst,
		.dst	= tx.src,
		.sport	= tx.dport,
		.dport	= tx.sport,
		.sisn	= tx.disn,
		.disn	= tx.sisn,
	};

	if (atcp_aoalg_traffic_key(key->alg, key->key, key->len, &tx, key->tx) ||
	    atcp_aoalg_traffic_key(key->alg, key->key, key->len, &rx, key->rx)) {
		get_random_bytes(key->tx, sizeof(key->tx));
		get_random_bytes(key->rx, sizeof(key->rx));
	}
}

void atcp_ao_make_traffic_keys(struct sock *sk, struct atcp_ao *ao)
{
	struct atcp_ao_key *key;

	hlist_for_each_entry(key, &ao->keys, node)
		atcp_ao_traffic_keys(sk, ao, key);
	/* Pairs with who looks without the lock. */
	smp_store_release(&ao->ready, true);
}

/* A copy of @like, charged to @sk, whose AO is to be @ao. */
static struct atcp_ao_key *atcp_ao_copy(struct sock *sk, struct atcp_ao *ao,
					const struct atcp_ao_key *like, gfp_t gfp)
{
	struct atcp_ao_key *key = sock_kmalloc(sk, sizeof(*key), gfp);

	if (!key)
		return NULL;
	memset(key, 0, sizeof(*key));
	key->addr = like->addr;
	key->prefix = like->prefix;
	key->flags = like->flags;
	key->l3index = like->l3index;
	key->sndid = like->sndid;
	key->rcvid = like->rcvid;
	key->mac = like->mac;
	key->alg = like->alg;
	key->len = like->len;
	memcpy(key->key, like->key, like->len);
	/* Nobody shall know them before they are made: a TIME_WAIT may look at them. */
	get_random_bytes(key->tx, sizeof(key->tx));
	get_random_bytes(key->rx, sizeof(key->rx));
	ao->charged += sizeof(*key);
	return key;
}

static void atcp_ao_free_key_rcu(struct rcu_head *head)
{
	kfree_sensitive(container_of(head, struct atcp_ao_key, rcu));
}

static void atcp_ao_free(struct sock *sk, struct atcp_ao *ao, struct atcp_ao_key *key)
{
	ao->charged -= sizeof(*key);
	atomic_sub(sizeof(*key), &sk->sk_omem_alloc);
	call_rcu(&key->rcu, atcp_ao_free_key_rcu);
}

/* Does a key for some of its peers have one of its IDs (RFC 5925 section 3.1)? */
static bool atcp_ao_overlaps(const struct atcp_ao *ao, const struct atcp_ao_key *like)
{
	const struct atcp_ao_key *key;

	hlist_for_each_entry(key, &ao->keys, node)
		if (atcp_ao_fits(key, &like->addr, like->prefix, like->l3index, -1, like->rcvid) ||
		    atcp_ao_fits(key, &like->addr, like->prefix, like->l3index, like->sndid, -1))
			return true;
	return false;
}

struct atcp_ao_key *atcp_ao_add(struct sock *sk, struct atcp_ao *ao,
				const struct atcp_ao_key *like)
{
	struct atcp_ao_key *key;

	if (atcp_ao_overlaps(ao, like))
		return ERR_PTR(-EEXIST);
	key = atcp_ao_copy(sk, ao, like, GFP_KERNEL_ACCOUNT);
	if (!key)
		return ERR_PTR(-ENOMEM);
	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT))) {
		atcp_ao_traffic_keys(sk, ao, key);
		if (!ao->current_key)
			WRITE_ONCE(ao->current_key, key);
		if (!ao->rnext_key)
			WRITE_ONCE(ao->rnext_key, key);
		/* The first key of one that is repaired. */
		smp_store_release(&ao->ready, true);
	}
	atcp_ao_link(ao, key);
	return key;
}

int atcp_ao_del(struct sock *sk, struct atcp_ao *ao, struct atcp_ao_key *key,
		struct atcp_ao_key *current_key, struct atcp_ao_key *rnext_key, bool async)
{
	hlist_del_rcu(&key->node);
	if (async) {
		cmpxchg(&ao->current_key, key, NULL);
		cmpxchg(&ao->rnext_key, key, NULL);
	} else {
		/* Who has found it by its ID may be making it the current one right now. */
		synchronize_rcu();
	}
	if (current_key)
		WRITE_ONCE(ao->current_key, current_key);
	if (rnext_key)
		WRITE_ONCE(ao->rnext_key, rnext_key);
	if (READ_ONCE(ao->current_key) == key || READ_ONCE(ao->rnext_key) == key) {
		hlist_add_head_rcu(&key->node, &ao->keys);
		return -EBUSY;
	}
	atcp_ao_measure(ao);
	atcp_ao_free(sk, ao, key);
	return 0;
}

void atcp_ao_follow(const struct sock *sk, struct atcp_ao *ao)
{
	const struct atcp_sock *as = atcp_sk(sk);

	if (!ao->ready)
		return;
	atomic64_set(&ao->snd, atcp_segmac_extend(atomic64_read(&ao->snd), as->snd_una));
	atomic64_set(&ao->rcv, atcp_segmac_extend(atomic64_read(&ao->rcv), as->rcv_nxt));
}

/* Puts copies of the keys of @from that are for @to's peer into @ao: 0 or -errno. */
static int atcp_ao_copy_keys(const struct atcp_ao *from, struct sock *to, struct atcp_ao *ao,
			     gfp_t gfp)
{
	int l3index = atcp_auth_l3index(to);
	const struct atcp_ao_key *key;
	struct atcp_ao_key *copy;

	hlist_for_each_entry_rcu(key, &from->keys, node, 1) {
		if (!atcp_ao_fits(key, &to->sk_v6_daddr, 128, l3index, -1, -1))
			continue;
		copy = atcp_ao_copy(to, ao, key, gfp);
		if (!copy)
			return -ENOMEM;
		atcp_ao_link(ao, copy);
		if (key == READ_ONCE(from->current_key))
			ao->current_key = copy;
		if (key == READ_ONCE(from->rnext_key))
			ao->rnext_key = copy;
	}
	return hlist_empty(&ao->keys) ? -EKEYREJECTED : 0;
}

/* One that no TIME_WAIT of an earlier connection has, with the keys that are for the peer. */
static int atcp_ao_renew(struct sock *sk, struct atcp_ao *old)
{
	struct atcp_ao *ao = atcp_ao_alloc(GFP_KERNEL_ACCOUNT);
	int err;

	if (!ao)
		return -ENOMEM;
	ao->required = old->required;
	ao->accept_icmps = old->accept_icmps;
	err = atcp_ao_copy_keys(old, sk, ao, GFP_KERNEL_ACCOUNT);
	if (err) {
		atcp_ao_leave(sk, ao);
		return err;
	}
	rcu_assign_pointer(atcp_sk(sk)->ask.ao, ao);
	atcp_ao_leave(sk, old);
	return 0;
}

/* After an earlier connection: nobody makes a key the current one any more. */
static void atcp_ao_unready(struct atcp_ao *ao)
{
	if (!ao->ready)
		return;
	WRITE_ONCE(ao->ready, false);
	synchronize_rcu();
}

/* Leaves the keys that are for the peer. */
static void atcp_ao_prune(struct sock *sk, struct atcp_ao *ao)
{
	int l3index = atcp_auth_l3index(sk);
	struct atcp_ao_key *key;
	struct hlist_node *next;

	hlist_for_each_entry_safe(key, next, &ao->keys, node) {
		if (atcp_ao_fits(key, &sk->sk_v6_daddr, 128, l3index, -1, -1))
			continue;
		if (ao->current_key == key)
			WRITE_ONCE(ao->current_key, NULL);
		if (ao->rnext_key == key)
			WRITE_ONCE(ao->rnext_key, NULL);
		hlist_del_rcu(&key->node);
		atcp_ao_free(sk, ao, key);
	}
	atcp_ao_measure(ao);
}

int atcp_ao_connect(struct sock *sk)
{
	struct atcp_ao *ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	struct atcp_ao_key *first;
	int err;

	if (!ao)
		return 0;
	first = atcp_ao_find(ao, &sk->sk_v6_daddr, atcp_auth_l3index(sk), -1, -1);
	if (atcp_md5_peer(sk)) {
		/* Both are refused; one that has nothing to say is as good as none. */
		if (first || ao->required)
			return -EKEYREJECTED;
		atcp_ao_forget(sk);
		return 0;
	}
	if (!first)
		return -EKEYREJECTED;
	if (refcount_read(&ao->ref) > 1) {
		err = atcp_ao_renew(sk, ao);
		if (err)
			return err;
		ao = atcp_ao_of(sk);
		first = hlist_entry(ao->keys.first, struct atcp_ao_key, node);
	} else {
		atcp_ao_unready(ao);
		atcp_ao_prune(sk, ao);
	}
	if (!ao->current_key)
		WRITE_ONCE(ao->current_key, first);
	if (!ao->rnext_key)
		WRITE_ONCE(ao->rnext_key, first);
	return 0;
}

void atcp_ao_connecting(struct sock *sk)
{
	struct atcp_ao *ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;

	if (!ao)
		return;
	WRITE_ONCE(ao->lisn, atcp_sk(sk)->iss);
	ao->risn = 0;
	atomic64_set(&ao->snd, ao->lisn);
}

void atcp_ao_connected(struct sock *sk)
{
	struct atcp_ao *ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;

	if (!ao)
		return;
	ao->risn = atcp_sk(sk)->rcv_isn;
	atomic64_set(&ao->rcv, ao->risn);
	atcp_ao_make_traffic_keys(sk, ao);
}

int atcp_ao_inherit(const struct sock *lsk, struct sock *child, const struct atcp_req *req)
{
	const struct atcp_req_more *more = atcp_req_more(req);
	struct atcp_ao_key *first;
	const struct atcp_ao *lao;
	struct atcp_ao *ao;
	int err;

	/* What its SYN has begun with it goes on with (RFC 5925 section 7.4). */
	if (!more || !more->ao)
		return 0;
	ao = atcp_ao_alloc(GFP_ATOMIC | __GFP_NOWARN);
	if (!ao)
		return -ENOMEM;
	rcu_read_lock();
	lao = atcp_ao_of(lsk);
	err = -EKEYREJECTED;
	if (lao) {
		ao->required = lao->required;
		ao->accept_icmps = lao->accept_icmps;
		err = atcp_ao_copy_keys(lao, child, ao, GFP_ATOMIC | __GFP_NOWARN);
	}
	rcu_read_unlock();
	if (err) {
		atcp_ao_leave(child, ao);
		return err;
	}
	first = hlist_entry(ao->keys.first, struct atcp_ao_key, node);
	ao->current_key = atcp_ao_by_id(ao, more->ao_keyid, -1) ?: first;
	ao->rnext_key = atcp_ao_by_id(ao, -1, more->ao_rnext) ?: first;
	ao->lisn = req->snt_isn;
	ao->risn = req->rcv_isn;
	atomic64_set(&ao->snd, ao->lisn);
	atomic64_set(&ao->rcv, ao->risn);
	atcp_ao_make_traffic_keys(child, ao);
	sk_gso_disable(child);
	rcu_assign_pointer(atcp_sk(child)->ask.ao, ao);
	return 0;
}

int atcp_ao_init(void)
{
	return 0;
}

void atcp_ao_exit(void)
{
	rcu_barrier();
	atcp_aoalg_exit();
}
