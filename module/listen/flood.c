// SPDX-License-Identifier: GPL-2.0
/*
 * SYN floods and slow programs: told apart, announced when they begin and end.
 *
 * proto/pressure.c judges; here is what it judges by, and who is told: the kernel
 * log (rate-limited, once for an episode), the tracepoint atcp_flood and counters.
 * The SYNs that come and the requests that expire look, and while there is something
 * that may end so does a timer, once a second.
 *
 * How many SYNs came and how many handshakes were completed of late is taken from
 * the listener's per-CPU counters once a second by whoever comes first, so that no
 * SYN writes to a line that others write to.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <net/sock.h>

#include "listen/flood.h"
#include "proto/pressure.h"
#include "state/listen/listener.h"
#include "state/listen/synq.h"
#include "state/shared/mib.h"
#include "state/shared/trace.h"

/* Not announced again sooner after an announcement. */
#define ATCP_FLOOD_AGAIN	(10 * HZ)

#define ATCP_FLOOD_NAME		64	/* "[address]:port" */

static const char *atcp_flood_name(const struct sock *sk, char *buf)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		scnprintf(buf, ATCP_FLOOD_NAME, "[%pI6c]:%u", &sk->sk_v6_rcv_saddr,
			  sk->sk_num);
		return buf;
	}
#endif
	scnprintf(buf, ATCP_FLOOD_NAME, "%pI4:%u", &sk->sk_rcv_saddr, sk->sk_num);
	return buf;
}

static void atcp_flood_say(const struct atcp_listener *l, enum atcp_flood_event event,
			   bool cookie)
{
	char name[ATCP_FLOOD_NAME];

	atcp_flood_name(l->sk, name);
	switch (event) {
	case ATCP_FLOOD_BEGIN:
		atcp_log_info(l->an, EVENT, "Possible SYN flooding on port %s. %s.\n", name,
			      cookie ? "Sending cookies" : "Dropping request");
		break;
	case ATCP_FLOOD_END:
		atcp_log_info(l->an, EVENT, "SYN flood on port %s is over.\n", name);
		break;
	case ATCP_FLOOD_SLOW_BEGIN:
		atcp_log_info(l->an, EVENT, "Accept queue of port %s is full (limit %u): its program is slow to accept.\n",
			      name, READ_ONCE(l->sk->sk_max_ack_backlog));
		break;
	default:
		atcp_log_info(l->an, EVENT, "Accept queue of port %s has room again.\n",
			      name);
	}
}

/* SYNs and completed handshakes of the listener, ever. */
static void atcp_flood_totals(const struct atcp_listener *l, u32 *syns, u32 *done)
{
	int cpu;

	*syns = 0;
	*done = 0;
	for_each_possible_cpu(cpu) {
		const struct atcp_listener_stats *s = &per_cpu_ptr(l->cpu, cpu)->stats;

		*syns += (u32)READ_ONCE(s->cell[ATCP_LSTAT_syns]);
		*done += (u32)READ_ONCE(s->cell[ATCP_LSTAT_completed]);
	}
}

/* A second is over: what it had becomes the one before. */
static void atcp_flood_roll(struct atcp_listener *l)
{
	struct atcp_watch *w = &l->watch;
	/* In this order, or another CPU's second might begin after ours. */
	unsigned long at = READ_ONCE(w->window_at), now = jiffies;
	u32 syns, done;
	bool recent;

	if (time_in_range(now, at, at + HZ) || cmpxchg(&w->window_at, at, now) != at)
		return;
	recent = time_in_range(now, at, at + 2 * HZ);
	atcp_flood_totals(l, &syns, &done);
	WRITE_ONCE(w->last_syns, recent ? syns - w->base_syns : 0);
	WRITE_ONCE(w->last_done, recent ? done - w->base_done : 0);
	WRITE_ONCE(w->base_syns, syns);
	WRITE_ONCE(w->base_done, done);
}

static u32 atcp_flood_since_ms(unsigned long at)
{
	long ago = jiffies - at;

	return ago <= 0 ? 0 : jiffies_to_msecs(ago);
}

static void atcp_flood_view(const struct atcp_listener *l, struct atcp_pressure *p)
{
	const struct atcp_watch *w = &l->watch;
	u32 syns, done;

	atcp_flood_totals(l, &syns, &done);
	*p = (struct atcp_pressure) {
		.syns		= syns - READ_ONCE(w->base_syns) + READ_ONCE(w->last_syns),
		.done		= done - READ_ONCE(w->base_done) + READ_ONCE(w->last_done),
		.qlen		= atcp_synq_half_open(l),
		.limit		= atcp_listener_syn_backlog(l),
		.accept_len	= READ_ONCE(l->sk->sk_ack_backlog),
		.accept_limit	= READ_ONCE(l->sk->sk_max_ack_backlog),
	};
}

/* Something begins or ends: everybody is told, the log not too often. */
static void atcp_flood_tell(struct atcp_listener *l, enum atcp_flood_event event,
			    const struct atcp_pressure *p, bool cookie)
{
	struct atcp_watch *w = &l->watch;
	bool slow = event == ATCP_FLOOD_SLOW_BEGIN || event == ATCP_FLOOD_SLOW_END;
	bool begin = event == ATCP_FLOOD_BEGIN || event == ATCP_FLOOD_SLOW_BEGIN;
	unsigned long said = READ_ONCE(w->said_at[slow]);
	bool again = time_in_range(jiffies, said, said + ATCP_FLOOD_AGAIN);

	trace_atcp_flood(l->sk, event, p);
	atcp_listener_flood(l, event, p);
	if (begin) {
		WRITE_ONCE(w->said[slow], !again);
		if (again)
			return;
		WRITE_ONCE(w->said_at[slow], jiffies);
	} else if (!READ_ONCE(w->said[slow])) {
		/* Its beginning was not said. */
		return;
	}
	atcp_flood_say(l, event, cookie);
}

static void atcp_flood_set(struct atcp_listener *l, bool flood,
			   const struct atcp_pressure *p, bool cookie)
{
	/* One CPU says it. */
	if (xchg(&l->watch.flood, flood) == flood)
		return;
	if (flood) {
		ATCP_LCOUNT(l, FLOODBEGUN, floods);
		atcp_listener_tick(l);
	} else {
		ATCP_INC(l->an->net, FLOODENDED);
	}
	atcp_flood_tell(l, flood ? ATCP_FLOOD_BEGIN : ATCP_FLOOD_END, p, cookie);
}

static void atcp_flood_set_slow(struct atcp_listener *l, bool slow,
				const struct atcp_pressure *p)
{
	if (xchg(&l->watch.slow, slow) == slow)
		return;
	if (slow) {
		ATCP_LCOUNT(l, SLOWACCEPTBEGUN, slow_accepts);
		atcp_listener_tick(l);
	} else {
		ATCP_INC(l->an->net, SLOWACCEPTENDED);
	}
	atcp_flood_tell(l, slow ? ATCP_FLOOD_SLOW_BEGIN : ATCP_FLOOD_SLOW_END, p, false);
}

/* Marks an incident; false: this tick has had one, and it was judged. */
static bool atcp_flood_incident(unsigned long *at)
{
	unsigned long now = jiffies;

	if (READ_ONCE(*at) == now)
		return false;
	WRITE_ONCE(*at, now);
	return true;
}

void atcp_flood_met(struct atcp_listener *l, bool cookie)
{
	struct atcp_pressure p;

	if (!atcp_flood_incident(&l->watch.turned_at) || READ_ONCE(l->watch.flood))
		return;
	atcp_flood_view(l, &p);
	p.incident = true;
	if (atcp_pressure_flood(false, &p))
		atcp_flood_set(l, true, &p, cookie);
}

void atcp_flood_slow(struct atcp_listener *l)
{
	struct atcp_pressure p;

	if (!atcp_flood_incident(&l->watch.overflow_at) || READ_ONCE(l->watch.slow))
		return;
	atcp_flood_view(l, &p);
	p.incident = true;
	if (atcp_pressure_slow(false, &p))
		atcp_flood_set_slow(l, true, &p);
}

void atcp_flood_check(struct atcp_listener *l)
{
	struct atcp_watch *w = &l->watch;
	unsigned long now = jiffies;
	struct atcp_pressure p;

	atcp_flood_roll(l);
	if (likely(!READ_ONCE(w->flood) && !READ_ONCE(w->slow)))
		return;
	if (READ_ONCE(w->checked_at) == now)
		return;
	WRITE_ONCE(w->checked_at, now);
	atcp_flood_view(l, &p);
	p.quiet_ms = atcp_flood_since_ms(READ_ONCE(w->turned_at));
	if (READ_ONCE(w->flood) && !atcp_pressure_flood(true, &p))
		atcp_flood_set(l, false, &p, false);
	p.quiet_ms = atcp_flood_since_ms(READ_ONCE(w->overflow_at));
	if (READ_ONCE(w->slow) && !atcp_pressure_slow(true, &p))
		atcp_flood_set_slow(l, false, &p);
}

bool atcp_flood_tick(struct atcp_listener *l)
{
	atcp_flood_check(l);
	return READ_ONCE(l->watch.flood) || READ_ONCE(l->watch.slow);
}
