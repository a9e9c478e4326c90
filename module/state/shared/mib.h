/* SPDX-License-Identifier: GPL-2.0 */
/* Counters: a number and a name for everything atcp counts, decides or drops. */
#ifndef _ATCP_STATE_MIB_H
#define _ATCP_STATE_MIB_H

#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "state/shared/net.h"

struct seq_file;
struct sk_buff;

/* The enums are made of state/shared/mib_list.h: that is the place to add a counter. */

/*
 * Why a segment went no further. ATCP_DROP_NONE: it was not dropped; what a
 * check returns for "go on".
 */
enum atcp_drop {
	ATCP_DROP_NONE,
#define ATCP_MIB_DROP(sym, name) ATCP_DROP_##sym,
#include "state/shared/mib_list.h"
	ATCP_DROP_MAX
};

/* Index of a counter. That of drop reason r is ATCP_MIB_DROPS + r. */
enum atcp_mib_id {
#define ATCP_MIB_TCP(sym, name) ATCP_MIB_##sym,
#define ATCP_MIB_EXT(sym, name) ATCP_MIB_##sym,
#define ATCP_MIB_OWN(sym, name) ATCP_MIB_##sym,
#include "state/shared/mib_list.h"
	ATCP_MIB_DROPS,
	ATCP_MIB_MAX = ATCP_MIB_DROPS + ATCP_DROP_MAX
};

/**
 * struct atcp_mib - one CPU's counters of one namespace
 * @cell: by enum atcp_mib_id; wraps. CurrEstab is a gauge: CPUs' cells are signed
 *	in spirit, only their sum means something
 * @alloc: sockets, likewise
 * @inuse: of these, those in the connection table or the listener table
 */
struct atcp_mib {
	unsigned long	cell[ATCP_MIB_MAX];
	long		alloc;
	long		inuse;
};

/* Safe in any context: this_cpu operations are atomic against interrupts. */
#define ATCP_AN_ADD(an, NAME, n) \
	this_cpu_add((an)->mib->cell[ATCP_MIB_##NAME], n)
#define ATCP_AN_INC(an, NAME)	ATCP_AN_ADD(an, NAME, 1)
#define ATCP_ADD(net, NAME, n)	ATCP_AN_ADD(atcp_net_get(net), NAME, n)
#define ATCP_INC(net, NAME)	ATCP_ADD(net, NAME, 1)
#define ATCP_DEC(net, NAME)	ATCP_ADD(net, NAME, -1)

/* Gauges of their own. */
#define ATCP_AN_ALLOC(an, n)	this_cpu_add((an)->mib->alloc, n)
#define ATCP_AN_INUSE(an, n)	this_cpu_add((an)->mib->inuse, n)

/* The same in the namespace of a socket (state/conn/sock.h), for what segments do all the time. */
#define ATCP_SK_ADD(sk, NAME, n)	ATCP_AN_ADD(atcp_sock_net(sk), NAME, n)
#define ATCP_SK_INC(sk, NAME)	ATCP_SK_ADD(sk, NAME, 1)
#define ATCP_SK_DEC(sk, NAME)	ATCP_SK_ADD(sk, NAME, -1)

/* The clock of troubles: seconds since boot, never 0. */
static inline u32 atcp_mib_now(void)
{
	return max_t(u32, ktime_get_seconds(), 1);
}

/* Counts what is told with its time in /proc/net/atcp/trouble. */
#define ATCP_AN_BAD(an, NAME)								\
do {											\
	struct atcp_net *__an = (an);							\
											\
	ATCP_AN_INC(__an, NAME);							\
	WRITE_ONCE(__an->trouble_at[ATCP_TROUBLE_##NAME], atcp_mib_now());		\
} while (0)
#define ATCP_SK_BAD(sk, NAME)	ATCP_AN_BAD(atcp_sock_net(sk), NAME)

void atcp_mib_drop(struct net *net, struct sk_buff *skb, enum atcp_drop reason);
void atcp_mib_drop_listener(const struct sock *lsk, struct sk_buff *skb, enum atcp_drop reason);

const char *atcp_mib_drop_name(enum atcp_drop reason);
unsigned long atcp_mib_sum(const struct atcp_net *an, enum atcp_mib_id id);
unsigned long atcp_mib_alloc(const struct atcp_net *an);
unsigned long atcp_mib_inuse(const struct atcp_net *an);

void atcp_mib_show_tcp(struct seq_file *m, const struct atcp_net *an);
void atcp_mib_show_ext(struct seq_file *m, const struct atcp_net *an);
void atcp_mib_show_own(struct seq_file *m, const struct atcp_net *an);
void atcp_mib_show_trouble(struct seq_file *m, const struct atcp_net *an);

#endif /* _ATCP_STATE_MIB_H */
