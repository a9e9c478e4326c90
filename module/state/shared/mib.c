// SPDX-License-Identifier: GPL-2.0
/* Counters: their names, their sums, and the one way to drop a segment. */
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>

#include "state/shared/mib.h"
#include "state/shared/trace.h"

static const char * const atcp_mib_names[] = {
#define ATCP_MIB_TCP(sym, name) name,
#define ATCP_MIB_EXT(sym, name) name,
#define ATCP_MIB_OWN(sym, name) name,
#include "state/shared/mib_list.h"
};

static const char * const atcp_mib_drop_names[] = {
	"None",
#define ATCP_MIB_DROP(sym, name) name,
#include "state/shared/mib_list.h"
};

static_assert(ARRAY_SIZE(atcp_mib_names) == ATCP_MIB_DROPS);
static_assert(ARRAY_SIZE(atcp_mib_drop_names) == ATCP_DROP_MAX);

/* First and one past the last of each of mib_list.h's groups. */
#define ATCP_MIB_TCP_FIRST	ATCP_MIB_ACTIVEOPENS
#define ATCP_MIB_EXT_FIRST	ATCP_MIB_SYNCOOKIESSENT
#define ATCP_MIB_OWN_FIRST	ATCP_MIB_SYNACKRETRANS

/**
 * atcp_mib_drop() - count, trace and free a segment that goes no further
 * @net: namespace it came in on
 * @skb: segment; the caller no longer has it
 * @reason: why; not %ATCP_DROP_NONE
 */
void atcp_mib_drop(struct net *net, struct sk_buff *skb, enum atcp_drop reason)
{
	this_cpu_inc(atcp_net_get(net)->mib->cell[ATCP_MIB_DROPS + reason]);
	trace_atcp_drop(net, NULL, skb, atcp_mib_drop_names[reason]);
	kfree_skb(skb);
}

/**
 * atcp_mib_drop_listener() - the same of a segment for a listener
 * @lsk: the listener, or one that has closed since
 * @skb: segment; the caller no longer has it
 * @reason: why; not %ATCP_DROP_NONE
 */
void atcp_mib_drop_listener(const struct sock *lsk, struct sk_buff *skb, enum atcp_drop reason)
{
	struct net *net = sock_net(lsk);

	this_cpu_inc(atcp_net_get(net)->mib->cell[ATCP_MIB_DROPS + reason]);
	trace_atcp_drop(net, lsk, skb, atcp_mib_drop_names[reason]);
	kfree_skb(skb);
}

/**
 * atcp_mib_drop_name() - the name of a drop reason
 * @reason: reason
 *
 * Return: the name in its counter, DropName, less the prefix.
 */
const char *atcp_mib_drop_name(enum atcp_drop reason)
{
	return reason < ATCP_DROP_MAX ? atcp_mib_drop_names[reason] : "?";
}

/**
 * atcp_mib_sum() - a counter's value over all CPUs
 * @an: namespace
 * @id: counter
 *
 * Return: the sum; CPUs go on counting meanwhile, so it is of no one instant
 */
unsigned long atcp_mib_sum(const struct atcp_net *an, enum atcp_mib_id id)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(an->mib, cpu)->cell[id];
	return sum;
}

/* CurrEstab may be briefly seen below 0 while CPUs' cells are added up. */
static unsigned long atcp_mib_gauge(const struct atcp_net *an,
				    enum atcp_mib_id id)
{
	return max_t(long, atcp_mib_sum(an, id), 0);
}

/**
 * atcp_mib_alloc() - sockets of a namespace
 * @an: namespace
 */
unsigned long atcp_mib_alloc(const struct atcp_net *an)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(an->mib, cpu)->alloc);
	return max(sum, 0L);
}

/**
 * atcp_mib_inuse() - of these, those that segments find
 * @an: namespace
 */
unsigned long atcp_mib_inuse(const struct atcp_net *an)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(an->mib, cpu)->inuse);
	return max(sum, 0L);
}

static void atcp_mib_show_names(struct seq_file *m, int from, int to)
{
	int i;

	for (i = from; i < to; i++)
		seq_printf(m, " %s", atcp_mib_names[i]);
}

static void atcp_mib_show_values(struct seq_file *m, const struct atcp_net *an,
				 int from, int to)
{
	int i;

	for (i = from; i < to; i++)
		seq_printf(m, " %lu", atcp_mib_sum(an, i));
}

/**
 * atcp_mib_show_tcp() - the Tcp: lines of /proc/net/snmp
 * @m: where to
 * @an: namespace
 *
 * The first four are constants of RFC 4022: algorithm vanj(4) is what Linux
 * calls 1, and MaxConn -1 is "dynamic".
 */
void atcp_mib_show_tcp(struct seq_file *m, const struct atcp_net *an)
{
	int i;

	seq_puts(m, "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn");
	atcp_mib_show_names(m, ATCP_MIB_TCP_FIRST, ATCP_MIB_EXT_FIRST);
	seq_printf(m, "\nTcp: 1 %d %d -1",
		   READ_ONCE(an->sysctl.rto_min_us) / 1000,
		   READ_ONCE(an->sysctl.rto_max_ms));
	for (i = ATCP_MIB_TCP_FIRST; i < ATCP_MIB_EXT_FIRST; i++)
		seq_printf(m, " %lu", i == ATCP_MIB_CURRESTAB ?
			   atcp_mib_gauge(an, i) : atcp_mib_sum(an, i));
	seq_putc(m, '\n');
}

/**
 * atcp_mib_show_ext() - the TcpExt: lines of /proc/net/netstat
 * @m: where to
 * @an: namespace
 */
void atcp_mib_show_ext(struct seq_file *m, const struct atcp_net *an)
{
	seq_puts(m, "TcpExt:");
	atcp_mib_show_names(m, ATCP_MIB_EXT_FIRST, ATCP_MIB_OWN_FIRST);
	seq_puts(m, "\nTcpExt:");
	atcp_mib_show_values(m, an, ATCP_MIB_EXT_FIRST, ATCP_MIB_OWN_FIRST);
	seq_putc(m, '\n');
}

/**
 * atcp_mib_show_own() - atcp's own counters and drop reasons, in the same form
 * @m: where to
 * @an: namespace
 */
void atcp_mib_show_own(struct seq_file *m, const struct atcp_net *an)
{
	int i;

	seq_puts(m, "Atcp:");
	atcp_mib_show_names(m, ATCP_MIB_OWN_FIRST, ATCP_MIB_DROPS);
	for (i = ATCP_DROP_NONE + 1; i < ATCP_DROP_MAX; i++)
		seq_printf(m, " Drop%s", atcp_mib_drop_names[i]);
	seq_puts(m, "\nAtcp:");
	atcp_mib_show_values(m, an, ATCP_MIB_OWN_FIRST, ATCP_MIB_DROPS);
	atcp_mib_show_values(m, an, ATCP_MIB_DROPS + ATCP_DROP_NONE + 1,
			     ATCP_MIB_MAX);
	seq_putc(m, '\n');
}

static const enum atcp_mib_id atcp_mib_troubles[ATCP_TROUBLE_NR] = {
	[ATCP_TROUBLE_PORTEXHAUSTED]		= ATCP_MIB_PORTEXHAUSTED,
	[ATCP_TROUBLE_ORPHANLIMIT]		= ATCP_MIB_ORPHANLIMIT,
	[ATCP_TROUBLE_TCPTIMEWAITOVERFLOW]	= ATCP_MIB_TCPTIMEWAITOVERFLOW,
	[ATCP_TROUBLE_TCPMEMORYPRESSURES]	= ATCP_MIB_TCPMEMORYPRESSURES,
	[ATCP_TROUBLE_TCPFASTOPENBLACKHOLE]	= ATCP_MIB_TCPFASTOPENBLACKHOLE,
};

/**
 * atcp_mib_show_trouble() - how long ago the last of each kind of trouble was, s
 * @m: where to
 * @an: namespace
 */
void atcp_mib_show_trouble(struct seq_file *m, const struct atcp_net *an)
{
	unsigned int i;

	for (i = 0; i < ATCP_TROUBLE_NR; i++) {
		u32 at = READ_ONCE(an->trouble_at[i]);

		if (at)
			seq_printf(m, "%s %u\n", atcp_mib_names[atcp_mib_troubles[i]],
				   atcp_mib_now() - at);
	}
}
