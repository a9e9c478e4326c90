// SPDX-License-Identifier: GPL-2.0
/*
 * Waking those who wait for a listener's connections.
 *
 * Two kinds of sleepers are in a socket's wait queue. Exclusive ones, threads in
 * accept(2) and epoll instances with EPOLLEXCLUSIVE, share the work: each
 * connection wakes one. Others asked to be told of everything (poll, epoll
 * without the flag) and are, all of them. A thread that is woken leaves the
 * queue and comes back behind the others, but an epoll instance keeps its place
 * for good: on Linux the first with an idle worker gets every connection. Here
 * the policy "wake" says who:
 *
 * fifo: in turn. Whoever was woken goes behind the others.
 * lifo: the one that came last, while it sleeps: few workers are warm, and the
 *	rest can be let go.
 * cpu: a thread that slept on the CPU that the connection came in on; without
 *	one, in turn. Where the workers of an epoll instance run is not known.
 *
 * The kernel's functions wake from the head of the queue, so the walk is done
 * here, with the queue's lock held and by the entries' own functions.
 */
#include <linux/atcp.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "compat/wait.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/listen/wake.h"

/* What sock_def_readable() wakes for. */
#define ATCP_WAKE_EVENTS	(EPOLLIN | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND)

static void (*atcp_wake_default)(struct sock *sk) __read_mostly;
/* The flags that it wakes with. */
static int atcp_wake_flags __read_mostly;

static int atcp_wake_note(struct wait_queue_entry *e, unsigned int mode, int flags, void *key)
{
	WRITE_ONCE(atcp_wake_flags, flags);
	return 0;
}

/*
 * sock_def_readable() tells the scheduler that the waker is about to sleep, so that it may place
 * who is woken on the same CPU. The flag for that is the scheduler's own: it is read off a
 * wake-up of the same kind.
 */
static void atcp_wake_learn_flags(void)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	struct wait_queue_entry e;

	init_waitqueue_func_entry(&e, atcp_wake_note);
	add_wait_queue(&wq, &e);
	wake_up_interruptible_sync_poll(&wq, ATCP_WAKE_EVENTS);
	remove_wait_queue(&wq, &e);
}

void atcp_wake_learn(const struct sock *sk)
{
	if (likely(READ_ONCE(atcp_wake_default)))
		return;
	atcp_wake_learn_flags();
	WRITE_ONCE(atcp_wake_default, sk->sk_data_ready);
}

/*
 * Wakes one; false: nobody sleeps there now. An entry that removes itself may be
 * gone when its function returns, so it is its neighbour that says if it @stays.
 */
static bool __atcp_wake_entry(struct wait_queue_entry *e, bool *stays)
{
	struct list_head *prev = e->entry.prev;
	struct list_head *self = &e->entry;
	int woken;

	woken = e->func(e, TASK_INTERRUPTIBLE, READ_ONCE(atcp_wake_flags),
			poll_to_key(ATCP_WAKE_EVENTS));
	*stays = prev->next == self;
	return woken > 0;
}

static bool atcp_wake_is_exclusive(const struct wait_queue_entry *e)
{
	return e->flags & WQ_FLAG_EXCLUSIVE;
}

/* All of those who want to be told, and the first of them is the last next time. */
static void __atcp_wake_others(struct wait_queue_head *wq)
{
	struct wait_queue_entry *e, *next, *first = NULL;
	bool stays;

	list_for_each_entry_safe(e, next, &wq->head, entry) {
		if (atcp_wake_is_exclusive(e))
			break;
		if (e->flags & ATCP_COMPAT_WQ_BOOKMARK)
			continue;
		__atcp_wake_entry(e, &stays);
		if (stays && !first)
			first = e;
	}
	/* @e is the first exclusive one, or the head of the queue. */
	if (first)
		list_move_tail(&first->entry, &e->entry);
}

/* In turn: the first that sleeps, which goes to the end. */
static void __atcp_wake_fifo(struct wait_queue_head *wq)
{
	struct wait_queue_entry *e, *next;
	bool stays;

	list_for_each_entry_safe(e, next, &wq->head, entry) {
		if (!atcp_wake_is_exclusive(e) || (e->flags & ATCP_COMPAT_WQ_BOOKMARK))
			continue;
		if (!__atcp_wake_entry(e, &stays))
			continue;
		if (stays)
			list_move_tail(&e->entry, &wq->head);
		return;
	}
}

static void __atcp_wake_lifo(struct wait_queue_head *wq)
{
	struct wait_queue_entry *e, *next;
	bool stays;

	list_for_each_entry_safe_reverse(e, next, &wq->head, entry) {
		if (e->flags & ATCP_COMPAT_WQ_BOOKMARK)
			continue;
		if (!atcp_wake_is_exclusive(e) || __atcp_wake_entry(e, &stays))
			return;
	}
}

/* Wakes a thread that went to sleep on this CPU; false: there is none. */
static bool __atcp_wake_here(struct wait_queue_head *wq)
{
	unsigned int here = raw_smp_processor_id();
	struct wait_queue_entry *e, *next;
	bool stays;

	list_for_each_entry_safe(e, next, &wq->head, entry) {
		/* That of accept(2): then "private" is the thread. */
		if (!atcp_wake_is_exclusive(e) || e->func != autoremove_wake_function)
			continue;
		if (task_cpu(e->private) == here && __atcp_wake_entry(e, &stays))
			return true;
	}
	return false;
}

static void __atcp_wake(struct wait_queue_head *wq, int policy)
{
	lockdep_assert_held(&wq->lock);
	__atcp_wake_others(wq);
	if (policy == ATCP_WAKE_LIFO)
		__atcp_wake_lifo(wq);
	else if (policy != ATCP_WAKE_CPU || !__atcp_wake_here(wq))
		__atcp_wake_fifo(wq);
}

void atcp_wake_one(struct sock *lsk)
{
	struct socket_wq *wq;
	unsigned long flags;

	/* Kernel users of a listener have a function of their own. */
	if (READ_ONCE(lsk->sk_data_ready) != READ_ONCE(atcp_wake_default)) {
		lsk->sk_data_ready(lsk);
		return;
	}
	rcu_read_lock();
	wq = rcu_dereference(lsk->sk_wq);
	/* Its barrier pairs with that of a sleeper, who looks into the queue last. */
	if (skwq_has_sleeper(wq)) {
		spin_lock_irqsave(&wq->wait.lock, flags);
		__atcp_wake(&wq->wait, atcp_knob(atcp_lst(lsk), ATCP_KNOB_WAKE));
		spin_unlock_irqrestore(&wq->wait.lock, flags);
	}
	sk_wake_async(lsk, SOCK_WAKE_WAITD, POLL_IN);
	rcu_read_unlock();
}
