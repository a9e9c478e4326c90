// SPDX-License-Identifier: GPL-2.0
/*
 * Who has which local port: atcp's own bind table, with Linux's rules for
 * sharing one (inet_csk_bind_conflict).
 *
 * A bucket is there as long as a socket or TIME_WAIT is on its port. Its head's
 * lock is taken under a socket's lock, with bottom halves off; within it only
 * RCU is used.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/sock_reuseport.h>

#include "state/conn/sock.h"
#include "state/shared/hold.h"
#include "state/shared/port.h"
#include "state/shared/portaddr.h"
#include "state/shared/portmap.h"
#include "state/shared/twq.h"

#define ATCP_PORT_HEADS		4096

/**
 * struct atcp_port_head - a chain of the table
 * @lock: protects @chain and what its buckets hold
 * @chain: buckets, by atcp_bind_bucket.node
 */
struct atcp_port_head {
	spinlock_t		lock; /* chain, and its buckets' lists */
	struct hlist_head	chain;
};

static struct atcp_port_head *atcp_port_heads;

static struct atcp_port_head *atcp_port_head_of(const struct net *net, u16 port)
{
	return &atcp_port_heads[(port + net_hash_mix(net)) % ATCP_PORT_HEADS];
}

static struct atcp_bind_bucket *atcp_port_find(struct atcp_port_head *head,
					       const struct net *net, u16 port, int l3mdev)
{
	struct atcp_bind_bucket *tb;

	lockdep_assert_held(&head->lock);
	hlist_for_each_entry(tb, &head->chain, node)
		if (net_eq(tb->net, net) && tb->port == port && tb->l3mdev == l3mdev)
			return tb;
	return NULL;
}

static struct atcp_bind_bucket *atcp_port_make(struct atcp_port_head *head,
					       struct net *net, u16 port, int l3mdev)
{
	struct atcp_bind_bucket *tb = kzalloc(sizeof(*tb), GFP_ATOMIC | __GFP_ACCOUNT);

	lockdep_assert_held(&head->lock);
	if (!tb)
		return NULL;
	tb->net = net;
	tb->port = port;
	tb->l3mdev = l3mdev;
	hlist_add_head_rcu(&tb->node, &head->chain);
	atcp_portmap_add(atcp_net_get(net), port);
	return tb;
}

static void atcp_port_drop_empty(struct atcp_port_head *head, struct atcp_bind_bucket *tb)
{
	const struct atcp_bind_bucket *other;

	if (tb->users || tb->quiet)
		return;
	hlist_del_rcu(&tb->node);
	/* Another VRF may have the port. */
	hlist_for_each_entry(other, &head->chain, node)
		if (net_eq(other->net, tb->net) && other->port == tb->port)
			goto free;
	atcp_portmap_del(atcp_net_get(tb->net), tb->port);
free:
	atcp_portaddr_free(tb);
	kfree_rcu(tb, rcu);
}

static void atcp_port_link(struct sock *sk, struct atcp_bind_bucket *tb,
			   struct atcp_hold *hold)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_port_scope scope;

	if (!tb->users) {
		tb->uid = sk->sk_uid;
		tb->grouped = true;
	}
	if (!sk->sk_reuseport || !uid_eq(tb->uid, sk->sk_uid))
		tb->grouped = false;
	as->tb = tb;
	as->hold = hold;
	tb->held += hold && !as->hold_shared;
	atcp_portaddr_user(tb);
	atcp_port_scope_sock(&scope, sk);
	hlist_add_head(&as->tb_node, &atcp_portaddr_chain(tb, &scope)->owners);
	WRITE_ONCE(inet_sk(sk)->inet_num, tb->port);
}

/* Returns the hold, whose reference is now the caller's, or NULL. */
static struct atcp_hold *atcp_port_unlink(struct atcp_port_head *head, struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_bind_bucket *tb = as->tb;
	struct atcp_hold *hold = as->hold;

	hlist_del_init(&as->tb_node);
	tb->users--;
	as->tb = NULL;
	as->hold = NULL;
	tb->held -= hold && !as->hold_shared;
	as->hold_shared = false;
	WRITE_ONCE(inet_sk(sk)->inet_num, 0);
	atcp_port_drop_empty(head, tb);
	return hold;
}

/**
 * struct atcp_port_ask - a socket that asks for a port, and how
 * @sk: the socket
 * @scope: its addresses
 * @group_ok: it may join a SO_REUSEPORT group
 * @relax: SO_REUSEADDR is honoured
 * @reuseport_ok: SO_REUSEPORT is honoured
 */
struct atcp_port_ask {
	const struct sock	*sk;
	struct atcp_port_scope	scope;
	bool			group_ok;
	bool			relax;
	bool			reuseport_ok;
};

static void atcp_port_ask(struct atcp_port_ask *q, const struct sock *sk, bool relax,
			  bool reuseport_ok)
{
	struct sock_reuseport *group;

	q->sk = sk;
	q->relax = relax;
	q->reuseport_ok = reuseport_ok;
	atcp_port_scope_sock(&q->scope, sk);

	/* A socket with a group of its own cannot join another, unless it has left it. */
	rcu_read_lock();
	group = rcu_dereference(sk->sk_reuseport_cb);
	q->group_ok = !group || READ_ONCE(group->num_closed_socks);
	rcu_read_unlock();
}

/* May @q's socket share with another of these settings (address and device aside)? */
static bool atcp_port_shares(const struct atcp_port_ask *q, bool reuse, bool reuseport,
			     bool same_owner)
{
	bool group = q->sk->sk_reuseport && reuseport && q->group_ok && same_owner;

	if (q->sk->sk_reuse && reuse)
		return q->relax && (q->reuseport_ok || !group);
	return q->reuseport_ok && group;
}

static bool atcp_port_same_dev(const struct sock *sk, int dev2)
{
	int dev = READ_ONCE(sk->sk_bound_dev_if);

	return !dev || !dev2 || dev == dev2;
}

static bool atcp_port_conflict_sock(const struct atcp_port_ask *q, const struct sock *sk2)
{
	struct atcp_port_scope scope;
	bool reuse;

	/* What most are where a port has many owners: of IPv4, with an address of their own. */
	if (q->scope.one_v4 && sk2->sk_family == AF_INET && sk2->sk_rcv_saddr &&
	    sk2->sk_rcv_saddr != q->scope.v4)
		return false;
	if (sk2 == q->sk || !atcp_port_same_dev(q->sk, READ_ONCE(sk2->sk_bound_dev_if)))
		return false;
	/* SO_REUSEADDR never shares with a listener. */
	reuse = sk2->sk_reuse && READ_ONCE(sk2->sk_state) != TCP_LISTEN;
	if (atcp_port_shares(q, reuse, sk2->sk_reuseport,
			     uid_eq(q->sk->sk_uid, sk2->sk_uid)))
		return false;
	atcp_port_scope_sock(&scope, sk2);
	return atcp_port_overlap(&q->scope, &scope);
}

static bool atcp_port_conflict_tw(const struct atcp_port_ask *q, const struct atcp_tw *tw)
{
	struct atcp_port_scope scope;

	if (!atcp_port_same_dev(q->sk, tw->mini.ifindex) ||
	    atcp_port_shares(q, tw->reuse, tw->reuseport, true))
		return false;
	atcp_port_scope_v6(&scope, &tw->mini.laddr, false);
	return atcp_port_overlap(&q->scope, &scope);
}

static bool atcp_port_conflict_chain(const struct atcp_port_ask *q,
				     const struct atcp_bind_chain *chain)
{
	struct atcp_sock *as;
	struct atcp_tw *tw;

	hlist_for_each_entry(as, &chain->owners, tb_node)
		if (atcp_port_conflict_sock(q, atcp_sock_sk(as)))
			return true;
	hlist_for_each_entry(tw, &chain->tws, tb_node)
		if (atcp_port_conflict_tw(q, tw))
			return true;
	return false;
}

static bool atcp_port_conflict(const struct atcp_port_ask *q, struct atcp_bind_bucket *tb)
{
	unsigned int i;

	/* TCP_REPAIR: what is restored may still be here as something else. */
	if (unlikely(q->sk->sk_reuse == SK_FORCE_REUSE))
		return false;
	/* As with Linux's fastreuseport, what they had when they came is what counts. */
	if (tb->grouped && atcp_port_shares(q, false, true, uid_eq(q->sk->sk_uid, tb->uid)))
		return false;
	if (atcp_port_conflict_chain(q, &tb->all))
		return true;
	if (!tb->by_addr)
		return false;
	/* Of those with an address of their own, who has another is in nobody's way. */
	if (q->scope.one_v4 || q->scope.one_v6)
		return atcp_port_conflict_chain(q, atcp_portaddr_chain(tb, &q->scope));
	for (i = 0; i < ATCP_PORTADDR_CHAINS; i++)
		if (atcp_port_conflict_chain(q, &tb->by_addr[i]))
			return true;
	return false;
}

/* Takes @port in atcp's table, then in the kernel's; @relax, @reuseport_ok: see atcp_port_ask. */
static int atcp_port_claim(struct sock *sk, struct atcp_hold *hold, u16 port, bool relax,
			   bool reuseport_ok)
{
	struct net *net = sock_net(sk);
	struct atcp_port_head *head = atcp_port_head_of(net, port);
	int l3mdev = inet_sk_bound_l3mdev(sk);
	struct atcp_bind_bucket *tb;
	struct atcp_port_ask q;
	int err = -EADDRINUSE;

	atcp_port_ask(&q, sk, relax, reuseport_ok);
	spin_lock_bh(&head->lock);
	tb = atcp_port_find(head, net, port, l3mdev);
	if (tb && atcp_port_conflict(&q, tb))
		goto unlock;
	if (!tb)
		tb = atcp_port_make(head, net, port, l3mdev);
	err = -ENOMEM;
	if (!tb)
		goto unlock;
	atcp_port_link(sk, tb, hold);
	spin_unlock_bh(&head->lock);

	err = atcp_hold_bind(hold, sk, port);
	if (!err)
		return 0;
	spin_lock_bh(&head->lock);
	atcp_port_unlink(head, sk);
unlock:
	spin_unlock_bh(&head->lock);
	return err;
}

bool atcp_port_range(const struct sock *sk, int *low, int *high)
{
	u32 own = READ_ONCE(atcp_sk(sk)->port_range);
	int lo = own & U16_MAX, hi = own >> 16;

	atcp_net_port_range(atcp_sock_net(sk), low, high);
	if (!own)
		return false;
	if ((lo < *low || lo > *high) && (hi < *low || hi > *high)) {
		int klow, khigh;

		/* The program knows of the kernel's range at least as much as of ours. */
		inet_get_local_port_range(sock_net(sk), &klow, &khigh);
		if ((lo < klow || lo > khigh) && (hi < klow || hi > khigh))
			return true;
		*low = klow;
		*high = khigh;
	}
	/* A bound that is beyond it is none, as Linux has it. */
	if (lo >= *low && lo <= *high)
		*low = lo;
	if (hi >= *low && hi <= *high)
		*high = hi;
	return true;
}

/* A random odd one of the range first, for connect(2) begins with even ones. */
static int atcp_port_choose(struct sock *sk, struct atcp_hold *hold, bool relax)
{
	struct net *net = sock_net(sk);
	int low, high, count, start, i, parity;

	atcp_port_range(sk, &low, &high);
	count = high - low + 1;
	if (count < 1)
		return -EADDRINUSE;
	start = get_random_u32() % count;

	for (parity = 1; parity >= 0; parity--) {
		for (i = 0; i < count; i++) {
			int port = low + (start + i) % count;
			int err;

			if ((port & 1) != parity || inet_is_local_reserved_port(net, port))
				continue;
			err = atcp_port_claim(sk, hold, port, relax, false);
			if (err != -EADDRINUSE)
				return err;
			cond_resched();
		}
	}
	return -EADDRINUSE;
}

int atcp_port_get(struct sock *sk, unsigned short snum)
{
	struct atcp_hold *hold = atcp_hold_new(sk);
	int err;

	if (IS_ERR(hold))
		return PTR_ERR(hold);
	if (snum)
		err = atcp_port_claim(sk, hold, snum, true, true);
	else
		err = atcp_port_choose(sk, hold, false);
	/* All are taken: one may be shared, for connections to different destinations. */
	if (err == -EADDRINUSE && !snum && sk->sk_reuse &&
	    READ_ONCE(sock_net(sk)->ipv4.sysctl_ip_autobind_reuse))
		err = atcp_port_choose(sk, hold, true);
	if (err)
		atcp_hold_put(hold);
	return err;
}

int atcp_port_listen(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_port_head *head;
	struct atcp_port_ask q;
	bool conflict;
	int err;

	if (!as->tb) {
		err = atcp_port_get(sk, 0);
		if (err)
			return err;
		inet_sk(sk)->inet_sport = htons(inet_sk(sk)->inet_num);
	}

	atcp_port_ask(&q, sk, true, true);
	head = atcp_port_head_of(sock_net(sk), as->tb->port);
	spin_lock_bh(&head->lock);
	conflict = atcp_port_conflict(&q, as->tb);
	spin_unlock_bh(&head->lock);
	if (conflict)
		return -EADDRINUSE;
	return as->hold ? atcp_hold_listen(as->hold, sk) : 0;
}

void atcp_port_unlisten(struct sock *sk)
{
	struct atcp_hold *hold = atcp_sk(sk)->hold;

	if (hold)
		atcp_hold_unlisten(hold, sk);
}

void atcp_port_put(struct sock *sk)
{
	struct atcp_port_head *head;
	struct atcp_hold *hold;

	if (!atcp_sk(sk)->tb)
		return;
	atcp_port_unlisten(sk);
	head = atcp_port_head_of(sock_net(sk), atcp_sk(sk)->tb->port);
	spin_lock_bh(&head->lock);
	hold = atcp_port_unlink(head, sk);
	spin_unlock_bh(&head->lock);
	if (hold)
		atcp_hold_put(hold);
}

void atcp_port_moved(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_port_head *head;

	if (!as->tb)
		return;
	head = atcp_port_head_of(sock_net(sk), as->tb->port);
	spin_lock_bh(&head->lock);
	hlist_del(&as->tb_node);
	hlist_add_head(&as->tb_node, &as->tb->all.owners);
	spin_unlock_bh(&head->lock);
}

/* A child on a port that is not its listener's. */
static int atcp_port_foreign(struct sock *child, u16 port)
{
	struct net *net = sock_net(child);
	struct atcp_port_head *head = atcp_port_head_of(net, port);
	int l3mdev = inet_sk_bound_l3mdev(child);
	struct atcp_bind_bucket *tb;

	spin_lock_bh(&head->lock);
	tb = atcp_port_find(head, net, port, l3mdev);
	if (!tb)
		tb = atcp_port_make(head, net, port, l3mdev);
	if (tb)
		atcp_port_link(child, tb, NULL);
	spin_unlock_bh(&head->lock);
	return tb ? 0 : -ENOMEM;
}

int atcp_port_inherit(const struct sock *lsk, struct sock *child)
{
	u16 port = ntohs(inet_sk(child)->inet_sport);
	struct atcp_port_head *head = atcp_port_head_of(sock_net(lsk), port);
	const struct atcp_sock *las = atcp_sk(lsk);
	int err = -ENOENT;

	/* A tproxy's: the port is the peer's word, and nobody holds it. */
	if (unlikely(inet_sk_state_load(lsk) == TCP_LISTEN &&
		     READ_ONCE(inet_sk(lsk)->inet_num) != port))
		return atcp_port_foreign(child, port);

	spin_lock_bh(&head->lock);
	/* The listener may be closing on another CPU; its bucket is under this lock. */
	if (las->tb && las->tb->port == port) {
		atcp_port_link(child, las->tb, las->hold ? atcp_hold_get(las->hold) : NULL);
		err = 0;
	}
	spin_unlock_bh(&head->lock);
	return err;
}

bool atcp_port_is_free(const struct sock *sk, u16 port)
{
	struct net *net = sock_net(sk);
	struct atcp_port_head *head = atcp_port_head_of(net, port);
	int l3mdev = inet_sk_bound_l3mdev(sk);
	struct atcp_bind_bucket *tb;
	bool held = false;

	if (inet_is_local_reserved_port(net, port))
		return false;
	rcu_read_lock();
	hlist_for_each_entry_rcu(tb, &head->chain, node) {
		if (net_eq(tb->net, net) && tb->port == port && tb->l3mdev == l3mdev) {
			held = READ_ONCE(tb->held);
			break;
		}
	}
	rcu_read_unlock();
	return !held;
}

int atcp_port_share(struct sock *sk, u16 port, struct atcp_hold *hold)
{
	struct net *net = sock_net(sk);
	struct atcp_port_head *head = atcp_port_head_of(net, port);
	int l3mdev = inet_sk_bound_l3mdev(sk);
	struct atcp_bind_bucket *tb;
	int err = 0;

	spin_lock_bh(&head->lock);
	tb = atcp_port_find(head, net, port, l3mdev);
	if (!tb)
		tb = atcp_port_make(head, net, port, l3mdev);
	if (!tb)
		err = -ENOMEM;
	else if (tb->held)
		err = -EADDRINUSE;
	if (!err) {
		atcp_sk(sk)->hold_shared = !!hold;
		atcp_port_link(sk, tb, hold);
	}
	spin_unlock_bh(&head->lock);
	return err;
}

void atcp_port_tw_add(struct atcp_tw *tw, struct sock *sk)
{
	struct atcp_bind_bucket *tb = atcp_sk(sk)->tb;
	struct atcp_port_scope scope;
	struct atcp_port_head *head;

	INIT_HLIST_NODE(&tw->tb_node);
	tw->hold = NULL;
	tw->tb = tb;
	if (!tb)
		return;
	head = atcp_port_head_of(tb->net, tb->port);
	spin_lock_bh(&head->lock);
	/*
	 * A tombstone does not keep the port: a connection that was reset leaves
	 * nothing behind in Linux, and the next bind(2) must succeed.
	 */
	if (tw->mini.node.u1 == TCP_CLOSE) {
		tb->quiet++;
		goto unlock;
	}
	atcp_portaddr_user(tb);
	atcp_port_scope_v6(&scope, &tw->mini.laddr, false);
	hlist_add_head(&tw->tb_node, &atcp_portaddr_chain(tb, &scope)->tws);
	if (atcp_sk(sk)->hold) {
		tw->hold = atcp_hold_get(atcp_sk(sk)->hold);
		tw->hold_shared = atcp_sk(sk)->hold_shared;
		tb->held += !tw->hold_shared;
	}
unlock:
	spin_unlock_bh(&head->lock);
}

void atcp_port_tw_del(struct atcp_tw *tw)
{
	struct atcp_bind_bucket *tb = tw->tb;
	struct atcp_hold *hold = tw->hold;
	struct atcp_port_head *head;

	if (!tb)
		return;
	head = atcp_port_head_of(tb->net, tb->port);
	spin_lock_bh(&head->lock);
	if (hlist_unhashed(&tw->tb_node)) {
		tb->quiet--;
	} else {
		hlist_del_init(&tw->tb_node);
		tb->users--;
	}
	tw->tb = NULL;
	tw->hold = NULL;
	tb->held -= hold && !tw->hold_shared;
	atcp_port_drop_empty(head, tb);
	spin_unlock_bh(&head->lock);
	if (hold)
		atcp_hold_put(hold);
}

void atcp_port_flush(void)
{
	atcp_hold_flush();
}

int atcp_port_init(void)
{
	unsigned int i;

	atcp_portaddr_init();
	atcp_port_heads = kvcalloc(ATCP_PORT_HEADS, sizeof(*atcp_port_heads), GFP_KERNEL);
	if (!atcp_port_heads)
		return -ENOMEM;
	for (i = 0; i < ATCP_PORT_HEADS; i++) {
		spin_lock_init(&atcp_port_heads[i].lock);
		INIT_HLIST_HEAD(&atcp_port_heads[i].chain);
	}
	return 0;
}

void atcp_port_exit(void)
{
	atcp_hold_flush();
	/* Nothing walks the chains any more, and freed buckets need no table. */
	kvfree(atcp_port_heads);
}
