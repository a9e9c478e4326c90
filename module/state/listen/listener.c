// SPDX-License-Identifier: GPL-2.0
/* A listener's beginning and end, its knobs and its counters. */
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stringify.h>
#include <net/sock.h>

#include "state/listen/acceptq.h"
#include "state/listen/fastopen.h"
#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"
#include "state/shared/mib.h"
#include "state/shared/pcpool.h"

static void atcp_listener_ticked(struct timer_list *timer);

static struct atcp_listener *atcp_listener_alloc(struct sock *sk)
{
	struct atcp_listener *l = kzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);

	if (!l)
		return NULL;
	l->sk = sk;
	l->an = atcp_net_get(sock_net(sk));
	l->cpu = atcp_pcpool_get(l->an->listener_cpus, &l->cpu_block);
	if (!l->cpu) {
		kfree(l);
		return NULL;
	}
	l->since = atcp_mib_now();
	INIT_LIST_HEAD(&l->node);
	spin_lock_init(&l->knobs.lock);
	spin_lock_init(&l->acceptq.lock);
	INIT_LIST_HEAD(&l->acceptq.head);
	INIT_LIST_HEAD(&l->acceptq.park);
	spin_lock_init(&l->fastopenq.lock);
	atcp_owner_init(&l->owner);
	timer_setup(&l->tick, atcp_listener_ticked, 0);
	return l;
}

static void atcp_listener_unregister(struct atcp_listener *l)
{
	struct atcp_net *an = l->an;

	xa_erase(&an->listener_ids, l->id);
	spin_lock_bh(&an->listeners_lock);
	list_del_rcu(&l->node);
	spin_unlock_bh(&an->listeners_lock);
	atomic_inc(&an->listener_gen);
}

static int atcp_listener_register(struct atcp_listener *l)
{
	struct atcp_net *an = l->an;
	int err;

	spin_lock_bh(&an->listeners_lock);
	l->id = ++an->listener_id;
	list_add_tail_rcu(&l->node, &an->listeners);
	spin_unlock_bh(&an->listeners_lock);
	err = xa_err(xa_store(&an->listener_ids, l->id, l, GFP_KERNEL));
	if (err)
		atcp_listener_unregister(l);
	else
		atomic_inc(&an->listener_gen);
	return err;
}

unsigned int atcp_listener_page(struct atcp_net *an, u32 after, struct atcp_listener_ref *refs,
				unsigned int max)
{
	unsigned long id = after;
	struct atcp_listener *l;
	unsigned int n = 0;

	rcu_read_lock();
	while (n < max) {
		l = xa_find_after(&an->listener_ids, &id, U32_MAX, XA_PRESENT);
		if (!l)
			break;
		if (!refcount_inc_not_zero(&l->sk->sk_refcnt))
			continue;
		refs[n].sk = l->sk;
		refs[n++].id = id;
	}
	rcu_read_unlock();
	return n;
}

struct sock *atcp_listener_find_get(struct atcp_net *an, u32 id)
{
	struct sock *sk = NULL;
	struct atcp_listener *l;

	rcu_read_lock();
	l = xa_load(&an->listener_ids, id);
	if (l && refcount_inc_not_zero(&l->sk->sk_refcnt))
		sk = l->sk;
	rcu_read_unlock();
	return sk;
}

/* The program's word is what it said before; the operator has not been heard yet. */
static void atcp_listener_start_knobs(struct atcp_listener *l, const int *asked)
{
	unsigned int i;

	for (i = 0; i < ATCP_KNOB_NR; i++) {
		l->knobs.asked[i] = asked ? asked[i] : ATCP_INHERIT;
		l->knobs.own[i] = l->knobs.asked[i];
		l->knobs.outside[i] = ATCP_INHERIT;
	}
}

int atcp_listener_start(struct sock *sk, int backlog)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_listener *l = as->listener;

	if (!l) {
		l = atcp_listener_alloc(sk);
		if (!l)
			return -ENOMEM;
	} else {
		/*
		 * It listened before. Requests of that time may still be on
		 * their way out and count here, so the object stays the same;
		 * readers of the list must have left it before it goes back.
		 */
		synchronize_rcu();
		atcp_group_put(l);
	}
	atcp_listener_start_knobs(l, as->knobs);
	l->backlog = backlog;
	l->told = false;
	l->drained = false;
	memset(&l->watch, 0, sizeof(l->watch));
	/* Long ago: neither cookies nor the end of a flood are expected. */
	l->synq.overflow_at = jiffies - 24 * 3600 * HZ;
	l->acceptq.taken_at = (u32)l->synq.overflow_at;
	l->watch.said_at[0] = l->synq.overflow_at;
	l->watch.said_at[1] = l->synq.overflow_at;
	l->watch.turned_at = l->synq.overflow_at;
	l->watch.overflow_at = l->synq.overflow_at;
	l->watch.window_at = l->synq.overflow_at;

	sk->sk_ack_backlog = 0;
	atcp_listener_relimit(l);
	atcp_fastopen_listen(sk, backlog);
	/* Readers have no reference. */
	sock_set_flag(sk, SOCK_RCU_FREE);
	/* Lockless ones come by the tables, that it is put into later. */
	smp_store_release(&as->listener, l);
	atcp_owner_take(&l->owner);
	return atcp_listener_register(l);
}

/* Those who watch listeners: at most one a tier above that wants to. */
static const struct atcp_listener_ops *atcp_listener_watchers[3];

void atcp_listener_watch(const struct atcp_listener_ops *ops)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_listener_watchers); i++) {
		if (!atcp_listener_watchers[i]) {
			atcp_listener_watchers[i] = ops;
			return;
		}
	}
	WARN_ON_ONCE(1);
}

/* The @nth of them, or NULL after the last. */
static const struct atcp_listener_ops *atcp_listener_watcher(unsigned int nth)
{
	return nth < ARRAY_SIZE(atcp_listener_watchers) ? atcp_listener_watchers[nth] : NULL;
}

void atcp_listener_changed(struct atcp_listener *l, enum atcp_knob_id id)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	if (id == ATCP_KNOB_BACKLOG)
		atcp_listener_relimit(l);
	if (id == ATCP_KNOB_ACCEPTQ_HIGH || id == ATCP_KNOB_ACCEPTQ_LOW)
		atcp_acceptq_remark(l);
	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->changed)
			ops->changed(l, id);
}

void atcp_listener_turned(struct atcp_listener *l, const struct atcp_knob_turn *turn)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->turned)
			ops->turned(l, turn);
}

void atcp_listener_rekeyed(struct atcp_listener *l)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->rekeyed)
			ops->rekeyed(l);
}

void atcp_listener_flood(struct atcp_listener *l, int event,
			 const struct atcp_pressure *p)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->flood)
			ops->flood(l, event, p);
}

void atcp_listener_pressed(struct atcp_listener *l)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->pressed)
			ops->pressed(l);
}

void atcp_listener_added(struct atcp_listener *l)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->added)
			ops->added(l);
}

/*
 * The timer has a reference to the socket, whose listener stays as long as that. The
 * caller may have none, and the socket none to give.
 */
void atcp_listener_tick(struct atcp_listener *l)
{
	struct sock *sk = l->sk;

	if (timer_pending(&l->tick) || inet_sk_state_load(sk) != TCP_LISTEN ||
	    !refcount_inc_not_zero(&sk->sk_refcnt))
		return;
	/* Another CPU was first: one timer, one reference. */
	if (mod_timer(&l->tick, jiffies + HZ))
		sock_put(sk);
}

static void atcp_listener_ticked(struct timer_list *timer)
{
	struct atcp_listener *l = container_of(timer, struct atcp_listener, tick);
	const struct atcp_listener_ops *ops;
	struct sock *sk = l->sk;
	unsigned int i;

	rcu_read_lock();
	if (inet_sk_state_load(sk) == TCP_LISTEN)
		for (i = 0; (ops = atcp_listener_watcher(i)); i++)
			if (ops->tick && ops->tick(l))
				atcp_listener_tick(l);
	rcu_read_unlock();
	sock_put(sk);
}

static void atcp_listener_tell_removed(struct atcp_listener *l)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->removed)
			ops->removed(l);
}

void atcp_listener_relimit(struct atcp_listener *l)
{
	int limit;

	/* Of two that change it at once the second one's sum must stand. */
	spin_lock_bh(&l->knobs.lock);
	limit = atcp_knob(l, ATCP_KNOB_BACKLOG);
	/* The operator's word may exceed somaxconn: who may write one may write the other. */
	if (READ_ONCE(l->knobs.outside[ATCP_KNOB_BACKLOG]) == ATCP_INHERIT)
		limit = min(limit, READ_ONCE(l->an->sysctl.somaxconn));
	WRITE_ONCE(l->sk->sk_max_ack_backlog, limit);
	spin_unlock_bh(&l->knobs.lock);
}

void atcp_listener_changed_all(struct atcp_net *an, enum atcp_knob_id id)
{
	struct atcp_listener *l;

	rcu_read_lock();
	list_for_each_entry_rcu(l, &an->listeners, node)
		atcp_listener_changed(l, id);
	rcu_read_unlock();
}

static void atcp_listener_leave_child(struct sock *sk, struct sock *child)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->leave_child)
			ops->leave_child(sk, child);
}

static void atcp_listener_leave_req(struct atcp_req *req, bool parked)
{
	const struct atcp_listener_ops *ops;
	unsigned int i;

	for (i = 0; (ops = atcp_listener_watcher(i)); i++)
		if (ops->leave_req)
			ops->leave_req(req, parked);
}

/* For atcp_hash_walk(): a request of the listener @arg. */
static int atcp_listener_leave_node(struct atcp_node *node, void *arg)
{
	if (node->kind == ATCP_KIND_REQ && atcp_req_of(node)->lsk == arg)
		atcp_listener_leave_req(atcp_req_of(node), false);
	return 0;
}

void atcp_listener_stop(struct sock *sk)
{
	struct atcp_listener *l = atcp_lst(sk);
	struct atcp_req *waits;
	struct sock *done;

	WARN_ON_ONCE(inet_sk_state_load(sk) == TCP_LISTEN);
	atcp_listener_tell_removed(l);
	sk_stop_timer(sk, &l->tick);
	atcp_listener_unregister(l);

	/*
	 * Pairs with atcp_synq_add(): it either sees that the state has changed
	 * or has put its request where the walk finds it.
	 */
	smp_mb();
	while ((done = atcp_acceptq_pop(sk))) {
		atcp_listener_leave_child(sk, done);
		cond_resched();
	}
	/* From the head: to look for each in a long park would take its square. */
	while ((waits = atcp_acceptq_unpark(sk))) {
		atcp_listener_leave_req(waits, true);
		atcp_req_put(waits);
		cond_resched();
	}
	if (atomic_read(&l->synq.qlen))
		atcp_hash_walk(sock_net(sk), atcp_listener_leave_node, sk);
}

int atcp_listener_net_init(struct atcp_net *an)
{
	an->listener_cpus = atcp_pcpool_new(sizeof(struct atcp_listener_cpu));
	return an->listener_cpus ? 0 : -ENOMEM;
}

void atcp_listener_net_exit(struct atcp_net *an)
{
	atcp_pcpool_end(an->listener_cpus);
}

void atcp_listener_free(struct atcp_listener *l)
{
	WARN_ON_ONCE(atomic_read(&l->synq.qlen));
	WARN_ON_ONCE(!list_empty(&l->acceptq.head));
	atcp_group_put(l);
	atcp_owner_exit(&l->owner);
	free_percpu(l->base);
	atcp_pcpool_put(l->cpu_block, l->cpu);
	kfree(l->synq.fair);
	kfree(l);
}

void atcp_hist_add(struct atcp_listener *l, enum atcp_hist hist, u64 us)
{
	unsigned int bucket = us ? min(ilog2(us), ATCP_HIST_BUCKETS - 1) : 0;

	this_cpu_inc(l->cpu->hist[hist][bucket]);
	this_cpu_add(l->cpu->hist_sum[hist], us);
}

/* A cell of struct atcp_listener_cpu as it is shown: less what it was when it began anew. */
#define ATCP_LISTENER_CELL(field)	offsetof(struct atcp_listener_cpu, field)

/*
 * What @cpu's cell at @offset was when it began anew. It is read before the cell itself, and
 * cells only grow: so the difference is never below 0.
 */
static const void *atcp_listener_base(const struct atcp_listener *l, int cpu, size_t offset)
{
	/* Pairs with atcp_listener_reset(). */
	const struct atcp_listener_cpu __percpu *base = smp_load_acquire(&l->base);

	return base ? (void *)per_cpu_ptr(base, cpu) + offset : NULL;
}

static u64 atcp_listener_cell64(const struct atcp_listener *l, int cpu, size_t offset)
{
	const u64 *base = atcp_listener_base(l, cpu, offset);
	u64 from = base ? READ_ONCE(*base) : 0;

	/* Pairs with atcp_listener_rebase(). */
	smp_rmb();
	return READ_ONCE(*(u64 *)((void *)per_cpu_ptr(l->cpu, cpu) + offset)) - from;
}

static u32 atcp_listener_cell32(const struct atcp_listener *l, int cpu, size_t offset)
{
	const u32 *base = atcp_listener_base(l, cpu, offset);
	u32 from = base ? READ_ONCE(*base) : 0;

	/* Pairs with atcp_listener_rebase(). */
	smp_rmb();
	return READ_ONCE(*(u32 *)((void *)per_cpu_ptr(l->cpu, cpu) + offset)) - from;
}

void atcp_hist_fold(const struct atcp_listener *l, enum atcp_hist hist, u64 *sum)
{
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum) * ATCP_HIST_BUCKETS);
	for_each_possible_cpu(cpu)
		for (i = 0; i < ATCP_HIST_BUCKETS; i++)
			sum[i] += atcp_listener_cell32(l, cpu,
						       ATCP_LISTENER_CELL(hist[hist][i]));
}

u64 atcp_hist_fold_us(const struct atcp_listener *l, enum atcp_hist hist)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += atcp_listener_cell64(l, cpu, ATCP_LISTENER_CELL(hist_sum[hist]));
	return sum;
}

u64 atcp_listener_fold_drop(const struct atcp_listener *l, enum atcp_drop reason)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += atcp_listener_cell32(l, cpu, ATCP_LISTENER_CELL(drop[reason]));
	return sum;
}

const char *const atcp_listener_stat_names[] = {
#define ATCP_LSTAT(name) __stringify(name),
#include "state/listen/listener_stats.h"
};

void atcp_listener_fold(const struct atcp_listener *l,
			struct atcp_listener_stats *sum)
{
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu)
		for (i = 0; i < ATCP_LSTAT_NR; i++)
			sum->cell[i] += atcp_listener_cell64(l, cpu,
							     ATCP_LISTENER_CELL(stats.cell[i]));
}

u32 atcp_listener_ago(const struct atcp_listener *l, enum atcp_lstat stat)
{
	u32 last = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		last = max(last, READ_ONCE(per_cpu_ptr(l->cpu, cpu)->at[stat]));
	return atcp_mib_now() - last;
}

u32 atcp_listener_drop_ago(const struct atcp_listener *l, enum atcp_drop reason)
{
	u32 last = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		last = max(last, READ_ONCE(per_cpu_ptr(l->cpu, cpu)->drop_at[reason]));
	return atcp_mib_now() - last;
}

u32 atcp_listener_age(const struct atcp_listener *l)
{
	return atcp_mib_now() - READ_ONCE(l->since);
}

/* Who sees a base sees the cell at least as it was then. Pairs with atcp_listener_cell64(). */
static void atcp_listener_take64(u64 *base, const u64 *cell, unsigned int count)
{
	while (count--) {
		u64 value = READ_ONCE(cell[count]);

		/* As is said above. */
		smp_mb();
		WRITE_ONCE(base[count], value);
	}
}

static void atcp_listener_take32(u32 *base, const u32 *cell, unsigned int count)
{
	while (count--) {
		u32 value = READ_ONCE(cell[count]);

		/* As is said above. */
		smp_mb();
		WRITE_ONCE(base[count], value);
	}
}

/* Takes down what one CPU has counted. */
static void atcp_listener_rebase(struct atcp_listener_cpu *base,
				 const struct atcp_listener_cpu *cpu)
{
	unsigned int hist;

	atcp_listener_take64(base->stats.cell, cpu->stats.cell, ATCP_LSTAT_NR);
	atcp_listener_take64(base->hist_sum, cpu->hist_sum, ATCP_HIST_NR);
	atcp_listener_take32(base->drop, cpu->drop, ATCP_DROP_MAX);
	for (hist = 0; hist < ATCP_HIST_NR; hist++)
		atcp_listener_take32(base->hist[hist], cpu->hist[hist], ATCP_HIST_BUCKETS);
}

void atcp_listener_reset_peaks(struct atcp_listener *l)
{
	WRITE_ONCE(l->synq.peak, atomic_read(&l->synq.qlen));
	WRITE_ONCE(l->acceptq.peak, READ_ONCE(l->sk->sk_ack_backlog));
}

int atcp_listener_reset(struct atcp_listener *l)
{
	static DEFINE_MUTEX(lock);
	struct atcp_listener_cpu __percpu *base;
	int cpu, err = -ENOMEM;

	mutex_lock(&lock);
	base = l->base;
	if (!base)
		base = alloc_percpu_gfp(struct atcp_listener_cpu, GFP_KERNEL_ACCOUNT);
	if (!base)
		goto out;
	for_each_possible_cpu(cpu)
		atcp_listener_rebase(per_cpu_ptr(base, cpu), per_cpu_ptr(l->cpu, cpu));
	/* Pairs with atcp_listener_base(). */
	smp_store_release(&l->base, base);
	WRITE_ONCE(l->since, atcp_mib_now());
	atcp_listener_reset_peaks(l);
	err = 0;
out:
	mutex_unlock(&lock);
	return err;
}
