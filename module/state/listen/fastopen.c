// SPDX-License-Identifier: GPL-2.0
/*
 * What fast open (RFC 7413) remembers.
 *
 * A server's side has keys, and for each listener the number of connections
 * that a SYN alone has made. A client's side has a cache of destinations: their
 * cookie and MSS, and whether their path swallows fast opens. It holds at most
 * ATCP_FASTOPEN_CACHE of them in a namespace; the one not used for the longest
 * time gives way.
 *
 * The cache is written and read under one spinlock: only connects with fast
 * open come here, one lookup each.
 */
#include "state/listen/fastopen.h"

#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/timekeeping.h>
#include <net/dst.h>
#include <net/sock.h>

#include "compat/proto.h"
#include "proto/seg.h"
#include "state/listen/listener.h"
#include "state/shared/hash.h"
#include "state/shared/memcg.h"
#include "state/shared/mib.h"

#define ATCP_FASTOPEN_CACHE	1024	/* destinations in a namespace */
#define ATCP_FASTOPEN_BUCKETS	256

/**
 * struct atcp_fastopen_secret - a socket's own keys
 * @keys: keys
 * @rcu: they are read on the SYN path
 */
struct atcp_fastopen_secret {
	struct atcp_fastopen_keys	keys;
	struct rcu_head			rcu;
};

/**
 * struct atcp_fastopen_path - what is known of a destination
 * @node: in its bucket
 * @lru: in the order of last use
 * @laddr: our address, IPv4's are mapped
 * @raddr: the destination's
 * @cookie: its cookie, if @cookie.len > 0
 * @mss: the MSS it announced, 0: not known
 * @try_exp: how to ask for a cookie, enum atcp_fastopen_try
 * @failures: blackholes in a row
 * @failed: jiffies of the last one
 */
struct atcp_fastopen_path {
	struct hlist_node		node;
	struct list_head		lru;
	struct in6_addr			laddr;
	struct in6_addr			raddr;
	struct atcp_fastopen_cookie	cookie;
	u16				mss;
	u8				try_exp;
	u8				failures;
	unsigned long			failed;
};

/**
 * struct atcp_fastopen_net - a namespace's fast open
 * @keys_lock: protects @keys
 * @keys: for listeners that have none of their own
 * @set: they were set, and are not the random ones of the beginning
 * @lock: protects all below
 * @seed: of the hash
 * @count: destinations in the cache
 * @lru: all of them, that used last at the head
 * @bucket: by hash of both addresses
 */
struct atcp_fastopen_net {
	seqlock_t			keys_lock;
	struct atcp_fastopen_keys	keys;
	bool				set;
	spinlock_t			lock;	/* all below */
	u32				seed;
	u32				count;
	struct list_head		lru;
	struct hlist_head		bucket[ATCP_FASTOPEN_BUCKETS];
};

static unsigned int atcp_fastopen_net_id __read_mostly;

static struct atcp_fastopen_net *atcp_fastopen_net_get(const struct net *net)
{
	return net_generic(net, atcp_fastopen_net_id);
}

static int atcp_fastopen_bits(const struct sock *sk)
{
	return READ_ONCE(atcp_net_get(sock_net(sk))->sysctl.fastopen);
}

static int __net_init atcp_fastopen_ns_init(struct net *net)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(net);
	u8 key[ATCP_FASTOPEN_KEY_LEN];

	seqlock_init(&fn->keys_lock);
	spin_lock_init(&fn->lock);
	INIT_LIST_HEAD(&fn->lru);
	fn->seed = get_random_u32();
	get_random_bytes(key, sizeof(key));
	atcp_fastopen_keys_load(&fn->keys, key, sizeof(key));
	memzero_explicit(key, sizeof(key));
	return 0;
}

static void __net_exit atcp_fastopen_ns_exit(struct net *net)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(net);
	struct atcp_fastopen_path *p, *next;

	list_for_each_entry_safe(p, next, &fn->lru, lru)
		kfree(p);
}

static struct pernet_operations atcp_fastopen_net_ops = {
	.init	= atcp_fastopen_ns_init,
	.exit	= atcp_fastopen_ns_exit,
	.id	= &atcp_fastopen_net_id,
	.size	= sizeof(struct atcp_fastopen_net),
};

int atcp_fastopen_net_init(void)
{
	return register_pernet_subsys(&atcp_fastopen_net_ops);
}

void atcp_fastopen_net_exit(void)
{
	unregister_pernet_subsys(&atcp_fastopen_net_ops);
}

void atcp_fastopen_init(struct sock *sk)
{
	struct atcp_sock_fo *fo = &atcp_sk(sk)->fo;

	fo->syn = NULL;
	fo->opt = NULL;
	fo->asked = 0;
	fo->data = 0;
	fo->all = 0;
	fo->data_acked = 0;
	fo->probing = 0;
	fo->fail = 0;
	ATCP_COMPAT_DEFER_CLEAR(sk);
}

static void atcp_fastopen_secret_free(struct rcu_head *head)
{
	kfree_sensitive(container_of(head, struct atcp_fastopen_secret, rcu));
}

void atcp_fastopen_forget(struct sock *sk)
{
	struct atcp_fastopen_secret *s;

	/* Nobody has the socket any more. */
	s = rcu_dereference_protected(atcp_sk(sk)->fo.secret, 1);
	if (s)
		call_rcu(&s->rcu, atcp_fastopen_secret_free);
}

void atcp_fastopen_net_keys(const struct net *net, struct atcp_fastopen_keys *keys)
{
	const struct atcp_fastopen_net *fn = atcp_fastopen_net_get(net);
	unsigned int seq;

	do {
		seq = read_seqbegin(&fn->keys_lock);
		*keys = fn->keys;
	} while (read_seqretry(&fn->keys_lock, seq));
}

void atcp_fastopen_net_set_keys(const struct net *net, const struct atcp_fastopen_keys *keys)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(net);

	write_seqlock_bh(&fn->keys_lock);
	fn->keys = *keys;
	WRITE_ONCE(fn->set, true);
	write_sequnlock_bh(&fn->keys_lock);
}

bool atcp_fastopen_net_is_set(const struct net *net)
{
	return READ_ONCE(atcp_fastopen_net_get(net)->set);
}

int atcp_fastopen_set_keys(struct sock *sk, const struct atcp_fastopen_keys *keys)
{
	struct atcp_fastopen_secret *s, *old;

	s = kmalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;
	s->keys = *keys;
	old = unrcu_pointer(xchg(&atcp_sk(sk)->fo.secret, RCU_INITIALIZER(s)));
	if (old)
		call_rcu(&old->rcu, atcp_fastopen_secret_free);
	return 0;
}

void atcp_fastopen_own_keys(const struct sock *sk, struct atcp_fastopen_keys *keys)
{
	const struct atcp_fastopen_secret *s;

	keys->num = 0;
	rcu_read_lock();
	s = rcu_dereference(atcp_sk(sk)->fo.secret);
	if (s)
		*keys = s->keys;
	rcu_read_unlock();
}

void atcp_fastopen_keys(const struct sock *lsk, struct atcp_fastopen_keys *keys)
{
	atcp_fastopen_own_keys(lsk, keys);
	if (!keys->num)
		atcp_fastopen_net_keys(sock_net(lsk), keys);
}

void atcp_fastopen_listen(struct sock *sk, int backlog)
{
	const int all = ATCP_FASTOPEN_SERVER | ATCP_FASTOPEN_ALL_LISTENERS;
	struct atcp_net *an = atcp_net_get(sock_net(sk));
	struct atcp_sock *as = atcp_sk(sk);

	if ((atcp_fastopen_bits(sk) & all) == all && !as->fo.max_qlen)
		WRITE_ONCE(as->fo.max_qlen,
			   min_t(unsigned int, backlog, READ_ONCE(an->sysctl.somaxconn)));
}

u32 atcp_fastopen_asked(const struct sock *lsk)
{
	return min_t(u32, READ_ONCE(atcp_sk(lsk)->fo.max_qlen), U16_MAX);
}

static u32 atcp_fastopen_now(void)
{
	return (u32)ktime_get_seconds();
}

/* Lets the places of those go that were reset 60 s ago. */
static void __atcp_fastopen_hold_end(struct atcp_fastopenq *q)
	__must_hold(&q->lock)
{
	lockdep_assert_held(&q->lock);
	q->pending -= atcp_fastopen_hold_end(&q->hold, atcp_fastopen_now());
}

bool atcp_fastopen_room(const struct sock *lsk)
{
	struct atcp_fastopenq *q = &atcp_lst(lsk)->fastopenq;
	u32 limit = atcp_knob(atcp_lst(lsk), ATCP_KNOB_FASTOPEN);
	bool room;

	if (!limit || !(atcp_fastopen_bits(lsk) & ATCP_FASTOPEN_SERVER))
		return false;
	if (READ_ONCE(q->pending) < limit)
		return true;

	spin_lock_bh(&q->lock);
	__atcp_fastopen_hold_end(q);
	room = q->pending < limit;
	spin_unlock_bh(&q->lock);
	if (!room)
		ATCP_LCOUNT(atcp_lst(lsk), TCPFASTOPENLISTENOVERFLOW, fastopen_overflows);
	return room;
}

void atcp_fastopen_pend(struct sock *lsk, struct sock *child)
{
	struct atcp_fastopenq *q = &atcp_lst(lsk)->fastopenq;

	sock_hold(lsk);
	atcp_sk(child)->fo.lsk = lsk;
	spin_lock_bh(&q->lock);
	WRITE_ONCE(q->pending, q->pending + 1);
	spin_unlock_bh(&q->lock);
}

void atcp_fastopen_release(struct sock *child, bool reset)
{
	struct sock *lsk = atcp_sk(child)->fo.lsk;
	struct atcp_fastopenq *q;

	if (!lsk)
		return;
	atcp_sk(child)->fo.lsk = NULL;
	q = &atcp_lst(lsk)->fastopenq;
	spin_lock_bh(&q->lock);
	/*
	 * RFC 7413 section 5.1: whoever has a victim's cookie and spoofs its
	 * address must not get rid of the limit by the victim's RSTs.
	 */
	if (reset && inet_sk_state_load(lsk) == TCP_LISTEN) {
		__atcp_fastopen_hold_end(q);
		atcp_fastopen_hold_add(&q->hold, atcp_fastopen_now());
	} else {
		WRITE_ONCE(q->pending, q->pending - 1);
	}
	spin_unlock_bh(&q->lock);
	sock_put(lsk);
}

static struct hlist_head *atcp_fastopen_bucket(struct atcp_fastopen_net *fn,
					       const struct atcp_tuple *t)
{
	u32 hash = jhash2((__force const u32 *)t->laddr.s6_addr32, 4, fn->seed);

	hash = jhash2((__force const u32 *)t->raddr.s6_addr32, 4, hash);
	return &fn->bucket[hash % ATCP_FASTOPEN_BUCKETS];
}

static void __atcp_fastopen_drop(struct atcp_fastopen_net *fn, struct atcp_fastopen_path *p)
{
	hlist_del(&p->node);
	list_del(&p->lru);
	fn->count--;
	kfree(p);
}

/* The destination of @sk, as used now; @make: a new one if it is not there. Or NULL. */
static struct atcp_fastopen_path *__atcp_fastopen_find(struct atcp_fastopen_net *fn,
						       const struct sock *sk, bool make)
	__must_hold(&fn->lock)
{
	struct atcp_fastopen_path *p;
	struct hlist_head *bucket;
	struct atcp_tuple t;

	lockdep_assert_held(&fn->lock);
	atcp_hash_sock_tuple(sk, &t);
	bucket = atcp_fastopen_bucket(fn, &t);
	hlist_for_each_entry(p, bucket, node) {
		if (ipv6_addr_equal(&p->raddr, &t.raddr) &&
		    ipv6_addr_equal(&p->laddr, &t.laddr)) {
			list_move(&p->lru, &fn->lru);
			return p;
		}
	}
	if (!make)
		return NULL;
	p = atcp_memcg_zalloc(sk, sizeof(*p), GFP_ATOMIC | __GFP_NOWARN);
	if (!p)
		return NULL;
	if (fn->count >= ATCP_FASTOPEN_CACHE)
		__atcp_fastopen_drop(fn, list_last_entry(&fn->lru, struct atcp_fastopen_path, lru));
	p->laddr = t.laddr;
	p->raddr = t.raddr;
	hlist_add_head(&p->node, bucket);
	list_add(&p->lru, &fn->lru);
	fn->count++;
	return p;
}

/* Is the destination to be spared? Notes when that is just over. */
static bool __atcp_fastopen_spared(struct sock *sk, const struct atcp_fastopen_path *p)
{
	u32 base = READ_ONCE(atcp_net_get(sock_net(sk))->sysctl.fastopen_blackhole_timeout_sec);

	if (!base || !p->failures)
		return false;
	if ((u64)(jiffies - p->failed) < atcp_fastopen_blackhole_sec(base, p->failures) * HZ)
		return true;
	atcp_sk(sk)->fo.probing = 1;
	return false;
}

/* No cookie wanted: by the namespace, the socket or the route. */
static bool atcp_fastopen_bare(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);

	return (atcp_fastopen_bits(sk) & ATCP_FASTOPEN_CLIENT_NO_COOKIE) ||
	       atcp_sk(sk)->fo.no_cookie ||
	       (dst && dst_metric(dst, RTAX_FASTOPEN_NO_COOKIE));
}

bool atcp_fastopen_cookie(struct sock *sk, struct atcp_fastopen_cookie *cookie, u16 *mss)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(sock_net(sk));
	struct atcp_fastopen_path *p;
	bool spared = false;

	memset(cookie, 0, sizeof(*cookie));
	*mss = 0;
	spin_lock_bh(&fn->lock);
	p = __atcp_fastopen_find(fn, sk, false);
	if (p) {
		*cookie = p->cookie;
		*mss = p->mss;
		if (cookie->len <= 0 && p->try_exp == ATCP_FASTOPEN_TRY_EXP)
			cookie->exp = true;
		spared = __atcp_fastopen_spared(sk, p);
	}
	spin_unlock_bh(&fn->lock);

	if (spared) {
		cookie->len = -1;
		return false;
	}
	if (atcp_fastopen_bare(sk)) {
		cookie->len = -1;
		return true;
	}
	if (cookie->len > 0)
		return true;
	atcp_sk(sk)->fo.fail = TFO_COOKIE_UNAVAILABLE;
	return false;
}

void atcp_fastopen_learn(struct sock *sk, u16 mss, const struct atcp_fastopen_cookie *cookie,
			 enum atcp_fastopen_try next)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(sock_net(sk));
	struct atcp_fastopen_path *p;

	spin_lock_bh(&fn->lock);
	p = __atcp_fastopen_find(fn, sk, true);
	if (p) {
		p->mss = mss;
		if (cookie)
			p->cookie = *cookie;
		else if (next > p->try_exp && p->cookie.len <= 0)
			p->try_exp = next;
	}
	spin_unlock_bh(&fn->lock);
}

void atcp_fastopen_blackhole(struct sock *sk)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(sock_net(sk));
	struct atcp_net *an = atcp_net_get(sock_net(sk));
	struct atcp_fastopen_path *p;

	if (!READ_ONCE(an->sysctl.fastopen_blackhole_timeout_sec))
		return;
	spin_lock_bh(&fn->lock);
	p = __atcp_fastopen_find(fn, sk, true);
	if (p) {
		p->failed = jiffies;
		p->failures = min(p->failures + 1, U8_MAX);
	}
	spin_unlock_bh(&fn->lock);
	if (p)
		ATCP_AN_BAD(an, TCPFASTOPENBLACKHOLE);
}

/* The destination works again. */
static void atcp_fastopen_works(struct sock *sk)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(sock_net(sk));
	struct atcp_fastopen_path *p;

	spin_lock_bh(&fn->lock);
	p = __atcp_fastopen_find(fn, sk, false);
	if (p)
		p->failures = 0;
	spin_unlock_bh(&fn->lock);
}

void atcp_fastopen_unblackhole(const struct net *net)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(net);
	struct atcp_fastopen_path *p;

	spin_lock_bh(&fn->lock);
	list_for_each_entry(p, &fn->lru, lru)
		p->failures = 0;
	spin_unlock_bh(&fn->lock);
}

void atcp_fastopen_flush(const struct net *net, const struct in6_addr *raddr)
{
	struct atcp_fastopen_net *fn = atcp_fastopen_net_get(net);
	struct atcp_fastopen_path *p, *next;

	spin_lock_bh(&fn->lock);
	list_for_each_entry_safe(p, next, &fn->lru, lru)
		if (!raddr || ipv6_addr_equal(&p->raddr, raddr))
			__atcp_fastopen_drop(fn, p);
	spin_unlock_bh(&fn->lock);
}

void atcp_fastopen_closed(struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);
	struct rb_node *first = rb_first(&as->ofo);

	if (!as->fo.asked)
		return;
	if (as->data_segs_in) {
		if (as->fo.probing)
			atcp_fastopen_works(sk);
		return;
	}
	/* A FIN and nothing before it: what the peer sent was swallowed. */
	if (first && !rb_next(first) && (ATCP_CB(rb_to_skb(first))->flags & ATCP_F_FIN))
		atcp_fastopen_blackhole(sk);
}
