// SPDX-License-Identifier: GPL-2.0
/*
 * What addresses the owners of a port have.
 *
 * A port that many have, each with an address of its own, would make each bind(2) and
 * listen(2) look at all of them: from ATCP_PORTADDR_MANY on they are found by a hash of the
 * address. What has none, or changes it, is where everybody looks.
 */
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

#include "proto/mix.h"
#include "state/conn/sock.h"
#include "state/shared/port.h"
#include "state/shared/portaddr.h"
#include "state/shared/twq.h"

#define ATCP_PORTADDR_MANY	32

static struct atcp_mix_key atcp_portaddr_key __read_mostly;

void atcp_port_scope_v6(struct atcp_port_scope *s, const struct in6_addr *addr, bool v6only)
{
	memset(s, 0, sizeof(*s));
	s->addr = addr;
	if (ipv6_addr_any(addr)) {
		s->any_v6 = true;
		s->any_v4 = !v6only;
	} else if (ipv6_addr_v4mapped(addr)) {
		s->v4 = addr->s6_addr32[3];
		s->any_v4 = !s->v4;
		s->one_v4 = !!s->v4;
	} else {
		s->one_v6 = true;
	}
}

void atcp_port_scope_sock(struct atcp_port_scope *s, const struct sock *sk)
{
	if (sk->sk_family == AF_INET6) {
		atcp_port_scope_v6(s, &sk->sk_v6_rcv_saddr, sk->sk_ipv6only);
		return;
	}
	memset(s, 0, sizeof(*s));
	s->v4 = sk->sk_rcv_saddr;
	s->any_v4 = !s->v4;
	s->one_v4 = !!s->v4;
}

bool atcp_port_overlap(const struct atcp_port_scope *a, const struct atcp_port_scope *b)
{
	if ((a->any_v4 && (b->any_v4 || b->one_v4)) || (b->any_v4 && a->one_v4))
		return true;
	if ((a->any_v6 && (b->any_v6 || b->one_v6)) || (b->any_v6 && a->one_v6))
		return true;
	if (a->one_v4 && b->one_v4)
		return a->v4 == b->v4;
	return a->one_v6 && b->one_v6 && ipv6_addr_equal(a->addr, b->addr);
}

struct atcp_bind_chain *atcp_portaddr_chain(struct atcp_bind_bucket *tb,
					    const struct atcp_port_scope *s)
{
	u64 hash;

	if (likely(!tb->by_addr) || !(s->one_v4 || s->one_v6))
		return &tb->all;
	if (s->one_v4)
		hash = atcp_mix_2u64((__force u32)s->v4, 0, &atcp_portaddr_key);
	else
		hash = atcp_mix_addr(s->addr, &atcp_portaddr_key);
	return &tb->by_addr[hash % ATCP_PORTADDR_CHAINS];
}

/* All that have an address of their own go to its chain. */
static void atcp_portaddr_spread(struct atcp_bind_bucket *tb)
{
	struct atcp_port_scope scope;
	struct hlist_node *next;
	struct atcp_sock *as;
	struct atcp_tw *tw;

	hlist_for_each_entry_safe(as, next, &tb->all.owners, tb_node) {
		atcp_port_scope_sock(&scope, atcp_sock_sk(as));
		hlist_del(&as->tb_node);
		hlist_add_head(&as->tb_node, &atcp_portaddr_chain(tb, &scope)->owners);
	}
	hlist_for_each_entry_safe(tw, next, &tb->all.tws, tb_node) {
		atcp_port_scope_v6(&scope, &tw->mini.laddr, false);
		hlist_del(&tw->tb_node);
		hlist_add_head(&tw->tb_node, &atcp_portaddr_chain(tb, &scope)->tws);
	}
}

void atcp_portaddr_user(struct atcp_bind_bucket *tb)
{
	tb->users++;
	/* Without memory it is tried again when there are twice as many. */
	if (likely(tb->users < ATCP_PORTADDR_MANY) || tb->by_addr || !is_power_of_2(tb->users))
		return;
	tb->by_addr = kcalloc(ATCP_PORTADDR_CHAINS, sizeof(*tb->by_addr),
			      GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (tb->by_addr)
		atcp_portaddr_spread(tb);
}

void atcp_portaddr_free(struct atcp_bind_bucket *tb)
{
	kfree(tb->by_addr);
	tb->by_addr = NULL;
}

void atcp_portaddr_init(void)
{
	get_random_bytes(&atcp_portaddr_key, sizeof(atcp_portaddr_key));
}
