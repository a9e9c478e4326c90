/* SPDX-License-Identifier: GPL-2.0 */
/* What a connection's sending waits for, and for how long: times for TCP_INFO. */
#ifndef _ATCP_CHRONO_H
#define _ATCP_CHRONO_H

#include <linux/jiffies.h>
#include <linux/minmax.h>

#include "state/conn/sock.h"

/* Goes on to count for @what; socket locked. */
static inline void atcp_chrono_set(struct atcp_sock *as, enum atcp_chrono_id what)
{
	struct atcp_chrono *c = &as->chrono;
	u32 now = (u32)jiffies;

	if (c->now)
		c->spent[c->now - 1] += now - c->start;
	c->start = now;
	c->now = what;
}

/* @what is what holds data up, unless something worse does. */
static inline void atcp_chrono_start(struct atcp_sock *as, enum atcp_chrono_id what)
{
	if (what > as->chrono.now)
		atcp_chrono_set(as, what);
}

/* @what holds it up no more. What is left is being busy, or nothing to do. */
static inline void atcp_chrono_stop(struct sock *sk, enum atcp_chrono_id what)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (skb_queue_empty(&sk->sk_write_queue) && RB_EMPTY_ROOT(&as->rtxq.tree)) {
		if (as->chrono.now)
			atcp_chrono_set(as, ATCP_CHRONO_NONE);
	} else if (what == as->chrono.now && what != ATCP_CHRONO_BUSY) {
		atcp_chrono_set(as, ATCP_CHRONO_BUSY);
	}
}

/* Time counted for @what until now, us. */
static inline u64 atcp_chrono_us(const struct atcp_sock *as, enum atcp_chrono_id what)
{
	const struct atcp_chrono *c = &as->chrono;
	u32 t = c->spent[what - 1];

	if (c->now == what)
		t += (u32)jiffies - c->start;
	return (u64)t * (USEC_PER_SEC / HZ);
}

/* A timeout, the first since something was acknowledged if @first: TCP_INFO's total_rto. */
static inline void atcp_chrono_rto(struct atcp_sock *as, bool first)
{
	struct atcp_chrono *c = &as->chrono;

	if (first) {
		c->rto_recoveries++;
		WRITE_ONCE(c->rto_since, atcp_sock_ts_now() ?: 1);
	}
	c->rtos++;
}

/* Time waited for what timed out until now, ms. */
static inline u32 atcp_chrono_rto_ms(const struct atcp_sock *as)
{
	const struct atcp_chrono *c = &as->chrono;
	u32 since = READ_ONCE(c->rto_since);

	return c->rto_ms + (since ? max_t(s32, atcp_sock_ts_now() - since, 0) : 0);
}

/* What timed out has arrived. */
static inline void atcp_chrono_rto_over(struct atcp_sock *as)
{
	as->chrono.rto_ms = atcp_chrono_rto_ms(as);
	WRITE_ONCE(as->chrono.rto_since, 0);
}

#endif /* _ATCP_CHRONO_H */
