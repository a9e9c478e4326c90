// SPDX-License-Identifier: GPL-2.0
/*
 * The timers of a full socket. A handler that finds the socket locked by a
 * user leaves a bit behind, and release_sock() runs it then.
 */

#include <net/sock.h>

#include "compat/hrtimer.h"
#include "state/conn/pace.h"
#include "state/conn/sock.h"
#include "state/conn/timer.h"
#include "state/shared/mib.h"

static const struct atcp_timer_ops *atcp_timer_ops;

void atcp_timer_set_ops(const struct atcp_timer_ops *ops)
{
	atcp_timer_ops = ops;
}

void atcp_timer_defer(struct sock *sk, int bit)
{
	/* The reference is dropped by release_cb. */
	if (!test_and_set_bit(bit, &atcp_sk(sk)->deferred))
		sock_hold(sk);
}

static void atcp_timer_run_rtx(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN ||
	    as->pending == ATCP_TIMER_NONE)
		return;
	if (time_after(as->rtx_expires, jiffies)) {
		sk_reset_timer(sk, &as->rtx_timer, as->rtx_expires);
		return;
	}
	atcp_timer_ops->rtx(sk);
}

static void atcp_timer_run_delack(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN ||
	    !(as->ack_pending & ATCP_ACK_TIMER))
		return;
	if (time_after(as->delack_expires, jiffies)) {
		sk_reset_timer(sk, &as->delack_timer, as->delack_expires);
		return;
	}
	as->ack_pending &= ~ATCP_ACK_TIMER;
	atcp_timer_ops->delack(sk);
}

static void atcp_timer_run_more(struct sock *sk)
{
	if (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN)
		atcp_timer_ops->more(sk);
}

void atcp_timer_more(struct sock *sk)
{
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		atcp_timer_run_more(sk);
	else
		atcp_timer_defer(sk, ATCP_DEFER_MORE);
	bh_unlock_sock(sk);
}

static void atcp_timer_rtx_fired(struct timer_list *t)
{
	struct atcp_sock *as = container_of(t, struct atcp_sock, rtx_timer);
	struct sock *sk = atcp_sock_sk(as);

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		atcp_timer_run_rtx(sk);
	else
		atcp_timer_defer(sk, ATCP_DEFER_RTX);
	bh_unlock_sock(sk);
	sock_put(sk);
}

static void atcp_timer_delack_fired(struct timer_list *t)
{
	struct atcp_sock *as = container_of(t, struct atcp_sock, delack_timer);
	struct sock *sk = atcp_sock_sk(as);

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk)) {
		atcp_timer_run_delack(sk);
	} else {
		ATCP_SK_INC(sk, DELAYEDACKLOCKED);
		atcp_timer_defer(sk, ATCP_DEFER_DELACK);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

static void atcp_timer_run_sack(struct sock *sk)
{
	if (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN && atcp_sk(sk)->sacks_held)
		atcp_timer_ops->sack(sk);
}

static enum hrtimer_restart atcp_timer_sack_fired(struct hrtimer *t)
{
	struct atcp_sock *as = container_of(t, struct atcp_sock, sack_timer);
	struct sock *sk = atcp_sock_sk(as);

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		atcp_timer_run_sack(sk);
	else
		atcp_timer_defer(sk, ATCP_DEFER_SACK);
	bh_unlock_sock(sk);
	sock_put(sk);
	return HRTIMER_NORESTART;
}

static void atcp_timer_keep_fired(struct timer_list *t)
{
	struct sock *sk = container_of(t, struct sock, sk_timer);

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk)) {
		if (sk->sk_state != TCP_CLOSE)
			atcp_timer_ops->keep(sk);
	} else {
		/* Not urgent: look again soon, as Linux does. */
		sk_reset_timer(sk, &sk->sk_timer, jiffies + HZ / 20);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

void atcp_timer_init(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	timer_setup(&as->rtx_timer, atcp_timer_rtx_fired, 0);
	timer_setup(&as->delack_timer, atcp_timer_delack_fired, 0);
	atcp_compat_hrtimer_setup(&as->sack_timer, atcp_timer_sack_fired, CLOCK_MONOTONIC,
				  HRTIMER_MODE_REL_PINNED_SOFT);
	timer_setup(&sk->sk_timer, atcp_timer_keep_fired, 0);
	as->pending = ATCP_TIMER_NONE;
	atcp_pace_init_sock(sk);
}

/*
 * Each segment puts it off: a timer_list that fires before it is due is left, and goes on to it
 * then.
 */
void atcp_timer_arm(struct sock *sk, enum atcp_timer_what what, u64 us)
{
	struct atcp_net *an = atcp_sock_net(sk);
	u64 max = (u64)READ_ONCE(an->sysctl.rto_max_ms) * USEC_PER_MSEC;
	struct atcp_sock *as = atcp_sk(sk);

	as->pending = what;
	as->rtx_expires = jiffies + max(usecs_to_jiffies(min(us, max)), 1UL);
	if (!timer_pending(&as->rtx_timer) ||
	    time_before(as->rtx_expires, as->rtx_timer.expires))
		sk_reset_timer(sk, &as->rtx_timer, as->rtx_expires);
}

/*
 * The timer_list is left running: it finds nothing pending, or a later time and
 * goes on to that. Stopping and starting it at every ACK would cost more.
 */
void atcp_timer_stop(struct sock *sk)
{
	atcp_sk(sk)->pending = ATCP_TIMER_NONE;
}

/*
 * What is owed comes and goes with every segment of a conversation, now for one time and now for
 * another: a timer_list that fires before it is due is left, and goes on to it then.
 */
void atcp_timer_arm_delack(struct sock *sk, unsigned long jiffies_delay)
{
	struct atcp_sock *as = atcp_sk(sk);
	unsigned long at = jiffies + jiffies_delay;

	/* One that is armed for an earlier time stays. */
	if ((as->ack_pending & ATCP_ACK_TIMER) && !time_before(at, as->delack_expires))
		return;
	as->ack_pending |= ATCP_ACK_SCHED | ATCP_ACK_TIMER;
	as->delack_expires = at;
	if (!timer_pending(&as->delack_timer) || time_before(at, as->delack_timer.expires))
		sk_reset_timer(sk, &as->delack_timer, at);
}

void atcp_timer_stop_delack(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	as->ack_pending = 0;
}

void atcp_timer_arm_sack(struct sock *sk, u64 delay_ns, u64 slack_ns)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (hrtimer_is_queued(&as->sack_timer))
		return;
	sock_hold(sk);
	hrtimer_start_range_ns(&as->sack_timer, ns_to_ktime(delay_ns), slack_ns,
			       HRTIMER_MODE_REL_PINNED_SOFT);
}

/* One that runs just now waits for the lock, and finds nothing held back. */
void atcp_timer_stop_sack(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	as->sacks_held = 0;
	if (hrtimer_is_queued(&as->sack_timer) && hrtimer_try_to_cancel(&as->sack_timer) == 1)
		__sock_put(sk);
}

void atcp_timer_arm_keep(struct sock *sk, unsigned long jiffies_delay)
{
	sk_reset_timer(sk, &sk->sk_timer, jiffies + jiffies_delay);
}

void atcp_timer_stop_keep(struct sock *sk)
{
	sk_stop_timer(sk, &sk->sk_timer);
}

/* Most are stopped when they do not run: an end comes by more than one of its steps. */
static void atcp_timer_stop_list(struct sock *sk, struct timer_list *timer)
{
	if (timer_pending(timer))
		sk_stop_timer(sk, timer);
}

void atcp_timer_stop_all(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	as->pending = ATCP_TIMER_NONE;
	as->ack_pending = 0;
	atcp_timer_stop_sack(sk);
	atcp_timer_stop_list(sk, &as->rtx_timer);
	atcp_timer_stop_list(sk, &as->delack_timer);
	atcp_timer_stop_list(sk, &sk->sk_timer);
	atcp_pace_stop(sk);
}

void atcp_timer_release_cb(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	unsigned long bits;
	int owned;

	if (!READ_ONCE(as->deferred))
		return;
	bits = xchg(&as->deferred, 0);

	/*
	 * Who calls us has the spinlock and owns the socket; what runs here must see it as not
	 * owned. It stays the caller's: from Linux 6.12 on sk_flush_backlog() calls this too, and
	 * goes on with it afterwards.
	 */
	owned = sk->sk_lock.owned;
	sk->sk_lock.owned = 0;

	if (bits & BIT(ATCP_DEFER_MORE)) {
		atcp_timer_run_more(sk);
		__sock_put(sk);
	}
	if (bits & BIT(ATCP_DEFER_RTX)) {
		atcp_timer_run_rtx(sk);
		__sock_put(sk);
	}
	if (bits & BIT(ATCP_DEFER_DELACK)) {
		atcp_timer_run_delack(sk);
		__sock_put(sk);
	}
	if (bits & BIT(ATCP_DEFER_SACK)) {
		atcp_timer_run_sack(sk);
		__sock_put(sk);
	}
	if (bits & BIT(ATCP_DEFER_MTU)) {
		if (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN)
			atcp_timer_ops->mtu(sk);
		__sock_put(sk);
	}
	sk->sk_lock.owned = owned;
}
