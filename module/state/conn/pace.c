// SPDX-License-Identifier: GPL-2.0
/*
 * Who holds back, and is told when to go on.
 *
 * Pacing where no sch_fq does it: a timer of the socket's, which has a reference to
 * it while it is armed. Small queues below: a socket that has enough in queueing
 * disciplines and devices is marked; what frees its skbs, in any context, puts it on a
 * list of its CPU, and a tasklet lets it send. Until then it is kept by one byte more
 * in sk_wmem_alloc: it may be nobody's any more.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <net/sock.h>

#include "compat/hrtimer.h"
#include "state/conn/sock.h"
#include "state/conn/pace.h"
#include "state/conn/timer.h"

/**
 * struct atcp_pace_cpu - sockets that may go on
 * @list: of their pace_node
 * @tasklet: lets them
 */
struct atcp_pace_cpu {
	struct llist_head	list;
	struct tasklet_struct	tasklet;
};

static DEFINE_PER_CPU(struct atcp_pace_cpu, atcp_pace_cpus);

static void atcp_pace_run(struct tasklet_struct *t)
{
	struct atcp_pace_cpu *c = container_of(t, struct atcp_pace_cpu, tasklet);
	struct llist_node *all = llist_del_all(&c->list);
	struct atcp_sock *as, *next;

	llist_for_each_entry_safe(as, next, all, pace_node) {
		struct sock *sk = atcp_sock_sk(as);

		/* What is freed from here on puts it on the list again. */
		smp_mb__before_atomic();
		clear_bit(ATCP_TSQ_QUEUED, &as->tsq);
		atcp_timer_more(sk);
		sk_free(sk);
	}
}

void atcp_pace_freed(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_pace_cpu *c;

	/* What was taken off is seen by who marks it after this has found no mark. */
	smp_mb__after_atomic();
	if (likely(!test_bit(ATCP_TSQ_THROTTLED, &as->tsq)) ||
	    test_and_set_bit(ATCP_TSQ_QUEUED, &as->tsq))
		return;
	clear_bit(ATCP_TSQ_THROTTLED, &as->tsq);
	refcount_inc(&sk->sk_wmem_alloc);
	c = get_cpu_ptr(&atcp_pace_cpus);
	if (llist_add(&as->pace_node, &c->list))
		tasklet_schedule(&c->tasklet);
	put_cpu_ptr(&atcp_pace_cpus);
}

static enum hrtimer_restart atcp_pace_fired(struct hrtimer *t)
{
	struct atcp_sock *as = container_of(t, struct atcp_sock, pace_timer);
	struct sock *sk = atcp_sock_sk(as);

	atcp_timer_more(sk);
	sock_put(sk);
	return HRTIMER_NORESTART;
}

void atcp_pace_arm(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (hrtimer_is_queued(&as->pace_timer))
		return;
	sock_hold(sk);
	hrtimer_start(&as->pace_timer, ns_to_ktime(as->wstamp_ns),
		      HRTIMER_MODE_ABS_PINNED_SOFT);
}

void atcp_pace_init_sock(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	as->tsq = 0;
	atcp_compat_hrtimer_setup(&as->pace_timer, atcp_pace_fired, CLOCK_MONOTONIC,
				  HRTIMER_MODE_ABS_PINNED_SOFT);
}

void atcp_pace_stop(struct sock *sk)
{
	/* One that runs waits for the lock, and puts its reference itself. */
	if (hrtimer_is_queued(&atcp_sk(sk)->pace_timer) &&
	    hrtimer_try_to_cancel(&atcp_sk(sk)->pace_timer) == 1)
		__sock_put(sk);
}

int atcp_pace_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct atcp_pace_cpu *c = &per_cpu(atcp_pace_cpus, cpu);

		init_llist_head(&c->list);
		tasklet_setup(&c->tasklet, atcp_pace_run);
	}
	return 0;
}

/* There are no sockets any more. */
void atcp_pace_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		tasklet_kill(&per_cpu(atcp_pace_cpus, cpu).tasklet);
}
