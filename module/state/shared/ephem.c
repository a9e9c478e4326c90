// SPDX-License-Identifier: GPL-2.0
/*
 * Ports for connect(2): RFC 6056 algorithm 4 (double hash), as Linux.
 *
 * An ephemeral port is not held in the kernel's table, for that would cost a
 * kernel socket a connection. It comes from a range that the kernel does not
 * choose from, and is checked against the kernel's connections and listeners.
 * Only who asks for the kernel's own ports (IP_LOCAL_PORT_RANGE) pays that price.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/timekeeping.h>

#include "compat/proto.h"
#include "state/conn/sock.h"
#include "state/shared/hash.h"
#include "state/shared/hold.h"
#include "state/shared/mib.h"
#include "state/shared/port.h"
#include "state/shared/twq.h"

#define ATCP_EPHEM_PERTURB	65536U
/* Tries for which a port of the first parity is insisted on. */
#define ATCP_EPHEM_POLITE	64U

/* Where the next search of each class of destinations begins; races only add noise. */
static u32 *atcp_ephem_perturb;

/* Out of line: what it lays out on the stack is not for IPv4 to pay. */
static noinline u64 atcp_ephem_offset6(const struct sock *sk)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	struct {
		struct in6_addr	laddr;
		struct in6_addr	raddr;
		u64		rport;
	} __aligned(SIPHASH_ALIGNMENT) in = {
		.laddr	= sk->sk_v6_rcv_saddr,
		.raddr	= sk->sk_v6_daddr,
		.rport	= (__force u16)inet_sk(sk)->inet_dport,
	};

	return siphash(&in, sizeof(in), &an->port_key);
}

/* RFC 6056 section 3.3.4, F() and G() in one: a keyed hash of all but the local port. */
static u64 atcp_ephem_offset(const struct sock *sk)
{
	const struct in6_addr *laddr = &sk->sk_v6_rcv_saddr, *raddr = &sk->sk_v6_daddr;

	if (unlikely(!ipv6_addr_v4mapped(raddr)))
		return atcp_ephem_offset6(sk);
	return siphash_3u32((__force u32)laddr->s6_addr32[3], (__force u32)raddr->s6_addr32[3],
			    (__force u16)inet_sk(sk)->inet_dport, &atcp_sock_net(sk)->port_key);
}

static bool atcp_ephem_tw_loopback(const struct atcp_tw *tw)
{
	if (tw->mini.ifindex == LOOPBACK_IFINDEX)
		return true;
	return ipv6_addr_loopback(&tw->mini.raddr) ||
	       ipv6_addr_v4mapped_loopback(&tw->mini.raddr) ||
	       ipv6_addr_loopback(&tw->mini.laddr) ||
	       ipv6_addr_v4mapped_loopback(&tw->mini.laddr);
}

/*
 * RFC 6191 as Linux has it: with timestamps a new connection is told from the old one's
 * segments once the peer's clock has ticked, which tw_reuse_delay waits for. @asked: the user
 * chose the port.
 */
static bool atcp_ephem_tw_reusable(const struct sock *sk, const struct atcp_tw *tw, bool asked)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	int reuse = READ_ONCE(sc->timewait_reuse);

	/* A tombstone only answers what is late; it keeps nobody from connecting. */
	if (tw->mini.node.u1 == TCP_CLOSE)
		return true;
	if (!tw->ts_stamp)
		return false;
	if (asked)
		return true;
	if (tw->mini.node.u1 == TCP_FIN_WAIT2)
		return false;
	if (reuse == 2 && !atcp_ephem_tw_loopback(tw))
		return false;
	return reuse && (s32)(atcp_sock_ts_now() - tw->entered - READ_ONCE(sc->tw_reuse_delay)) > 0;
}

/* What of @tw the new connection must go beyond. */
static void atcp_ephem_tw_succeed(struct sock *sk, const struct atcp_tw *tw)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 seq = tw->snd_nxt + 65535 + 2;

	if (tw->mini.node.u1 == TCP_CLOSE)
		return;
	ATCP_SK_INC(sk, TWRECYCLED);
	/* The numbers of what is restored are known. */
	if (unlikely(as->ask.repair))
		return;
	WRITE_ONCE(as->write_seq, seq ?: 1);
	as->ts_recent = tw->ts_recent;
	as->ts_recent_stamp = tw->ts_stamp;
}

/* Has the kernel's TCP this connection, or a listener that its segments would reach? */
static bool atcp_ephem_kernel_has(const struct sock *sk, const struct atcp_tuple *t, bool asked)
{
	int dif = READ_ONCE(sk->sk_bound_dev_if);

	if (atcp_compat_kernel_established(t->net, t->family, &t->raddr, t->rport,
					   &t->laddr, ntohs(t->lport), dif))
		return true;
	/* Of an asked port the hold has found out already. */
	return !asked && atcp_compat_kernel_listens(t->net, t->family, &t->raddr, t->rport,
						    &t->laddr, ntohs(t->lport), dif);
}

/* Has a connection of ours the tuple, or a TIME_WAIT that stays? A look without a lock. */
static bool atcp_ephem_taken(const struct sock *sk, const struct atcp_tuple *t)
{
	struct atcp_node *node;
	bool taken;

	rcu_read_lock();
	node = atcp_hash_lookup(t);
	taken = node && !(node->kind == ATCP_KIND_TW &&
			  atcp_ephem_tw_reusable(sk, atcp_tw_of(node), false));
	if (node)
		atcp_hash_put(node);
	rcu_read_unlock();
	return taken;
}

/*
 * Puts @sk with its local port into the connection table: 0 or -EADDRNOTAVAIL. @again: the
 * port before was taken, so this one may be as well, which is then found out first.
 */
static int atcp_ephem_insert(struct sock *sk, u16 port, bool asked, bool again)
{
	struct atcp_node *tw = NULL;
	struct atcp_tuple t;
	int err;

	inet_sk(sk)->inet_sport = htons(port);
	WRITE_ONCE(inet_sk(sk)->inet_num, port);
	atcp_hash_sock_tuple(sk, &t);
	if ((again && atcp_ephem_taken(sk, &t)) || atcp_ephem_kernel_has(sk, &t, asked))
		return -EADDRNOTAVAIL;

	err = atcp_hash_insert(atcp_sock_node(sk), &t, &tw);
	if (!tw)
		return err ? -EADDRNOTAVAIL : 0;

	if (atcp_ephem_tw_reusable(sk, atcp_tw_of(tw), asked)) {
		atcp_ephem_tw_succeed(sk, atcp_tw_of(tw));
		atcp_twq_kill(atcp_tw_of(tw));
		err = atcp_hash_insert(atcp_sock_node(sk), &t, NULL);
	}
	atcp_twq_put(atcp_tw_of(tw));
	return err ? -EADDRNOTAVAIL : 0;
}

/* Makes @sk an owner of @port, which the kernel chooses from too if it is not in our range. */
static int atcp_ephem_own(struct sock *sk, u16 port)
{
	struct atcp_hold *hold;
	int low, high, err;

	atcp_net_port_range(atcp_sock_net(sk), &low, &high);
	if (port >= low && port <= high)
		return atcp_port_share(sk, port, NULL);
	hold = atcp_hold_new(sk);
	if (IS_ERR(hold))
		return -ENOMEM;
	err = atcp_hold_bind(hold, sk, port) ?: atcp_port_share(sk, port, hold);
	if (err)
		atcp_hold_put(hold);
	return err;
}

/* Tries one port: 0, -EADDRNOTAVAIL (go on with the next) or -ENOMEM. */
static int atcp_ephem_try(struct sock *sk, u16 port, bool again)
{
	int err;

	if (!atcp_port_is_free(sk, port))
		return -EADDRNOTAVAIL;
	err = atcp_ephem_insert(sk, port, false, again);
	if (err)
		goto err_port;
	err = atcp_ephem_own(sk, port);
	if (!err)
		return 0;
	atcp_hash_remove(atcp_sock_node(sk));
err_port:
	WRITE_ONCE(inet_sk(sk)->inet_num, 0);
	inet_sk(sk)->inet_sport = 0;
	return err == -ENOMEM ? err : -EADDRNOTAVAIL;
}

/*
 * Where the @n th try goes, from where the search begins, of @count ports. They are pairs of one
 * of each parity. Those of the first port's come first, as on Linux, which leaves the others to
 * bind(2); but not all of them: where most are in TIME_WAIT, each connect(2) would look at
 * them all before it came to the others.
 */
static u32 atcp_ephem_place(u32 n, u32 count)
{
	u32 polite = min(ATCP_EPHEM_POLITE, count / 2);

	if (n < polite)
		return 2 * n;
	n -= polite;
	if (n < polite)
		return 2 * n + 1;
	return n + polite;
}

int atcp_port_connect(struct sock *sk)
{
	u32 count, start, place, n, *perturb;
	u16 port = inet_sk(sk)->inet_num;
	int low, high, err;
	u64 offset;
	bool own;

	if (port)
		return atcp_ephem_insert(sk, port, true, false);

	own = atcp_port_range(sk, &low, &high);
	count = high - low + 1;
	if (high < low)
		return -EADDRNOTAVAIL;
	/* Who asked for three ports is to get the third. */
	if (!own)
		count = max(count & ~1U, 1U);
	offset = atcp_ephem_offset(sk);
	perturb = &atcp_ephem_perturb[offset % ATCP_EPHEM_PERTURB];
	start = (READ_ONCE(*perturb) + (u32)(offset >> 32)) % count & ~1U;

	for (n = 0; n < count; n++) {
		place = atcp_ephem_place(n, count);
		err = atcp_ephem_try(sk, low + (start + place) % count, n);
		if (!err) {
			/* A little noise, so that nobody counts our connections. */
			place = max(place & ~1U, (get_random_u32() % 8) * 2);
			WRITE_ONCE(*perturb, READ_ONCE(*perturb) + place + 2);
		}
		if (err != -EADDRNOTAVAIL)
			return err;
		cond_resched();
	}
	ATCP_SK_BAD(sk, PORTEXHAUSTED);
	return -EADDRNOTAVAIL;
}

int atcp_ephem_init(void)
{
	size_t size = ATCP_EPHEM_PERTURB * sizeof(*atcp_ephem_perturb);

	atcp_ephem_perturb = kvmalloc(size, GFP_KERNEL);
	if (!atcp_ephem_perturb)
		return -ENOMEM;
	get_random_bytes(atcp_ephem_perturb, size);
	return 0;
}

void atcp_ephem_exit(void)
{
	kvfree(atcp_ephem_perturb);
}
