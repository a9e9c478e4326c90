// SPDX-License-Identifier: GPL-2.0
/*
 * The timing wheels of requests and TIME_WAITs.
 *
 * A wheel has a slot for every tick of ATCP_WHEEL_TICK jiffies up to its
 * horizon (65 s at HZ 250, so that neither TIME_WAIT nor the last SYN-ACK goes
 * round twice); what expires later waits in its slot until that comes round
 * again. Adding and deleting is O(1) and touches one lock; a bitmap of used
 * slots and one timer, armed for the next of them, let an empty wheel sleep.
 * Which wheel an object is on follows from its hash, so that whoever deletes
 * it knows.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "state/shared/wheel.h"

#define ATCP_WHEEL_SHIFT	1			/* a tick is 2 jiffies */
#define ATCP_WHEEL_SLOTS	8192
#define ATCP_WHEEL_SLOT_MASK	(ATCP_WHEEL_SLOTS - 1)
#define ATCP_WHEEL_TICK_MASK	(U32_MAX >> ATCP_WHEEL_SHIFT)
#define ATCP_WHEEL_MAX		16
/* In one run of the timer, which takes no more than a jiffy or two and then pauses as long. */
#define ATCP_WHEEL_BUDGET	512

/**
 * struct atcp_wheel - one wheel
 * @lock: protects all of it; BH off, innermost
 * @timer: due for the first used slot, or at once while @due is not empty
 * @clk: tick whose slot was looked at last
 * @armed: tick that @timer is due for, while it is pending
 * @count: objects on the wheel, those in @due too
 * @due: expired, not called yet
 * @slots: objects by the tick they expire in, modulo the number of slots
 * @used: slots that are not empty
 */
struct atcp_wheel {
	spinlock_t		lock;	/* the rest */
	struct timer_list	timer;
	u32			clk;
	u32			armed;
	unsigned int		count;
	struct hlist_head	due;
	struct hlist_head	slots[ATCP_WHEEL_SLOTS];
	DECLARE_BITMAP(used, ATCP_WHEEL_SLOTS);
};

static struct atcp_wheel *atcp_wheels[ATCP_WHEEL_MAX] __read_mostly;
static unsigned int atcp_wheel_mask __read_mostly;
static atcp_wheel_fn atcp_wheel_fns[ATCP_KIND_TW + 1] __read_mostly;

static struct atcp_wheel *atcp_wheel_of(const struct atcp_mini *m)
{
	/* The table's bucket is of the low bits: take others. */
	return atcp_wheels[m->node.hash >> 20 & atcp_wheel_mask];
}

static u32 atcp_wheel_now(void)
{
	u32 now = (u32)jiffies;

	return now >> ATCP_WHEEL_SHIFT;
}

/* Ticks from @a to @b, which is not before it; both are of 32 - SHIFT bits. */
static u32 atcp_wheel_span(u32 a, u32 b)
{
	return (b - a) & ATCP_WHEEL_TICK_MASK;
}

/* The first tick at which all of the jiffy @m expires in is over. */
static u32 atcp_wheel_tick(const struct atcp_mini *m)
{
	return (m->expires + (1 << ATCP_WHEEL_SHIFT) - 1) >> ATCP_WHEEL_SHIFT;
}

static unsigned int atcp_wheel_slot(const struct atcp_mini *m)
{
	return atcp_wheel_tick(m) & ATCP_WHEEL_SLOT_MASK;
}

static void __atcp_wheel_arm(struct atcp_wheel *w, u32 tick)
{
	u32 ahead = (tick << ATCP_WHEEL_SHIFT) - (u32)jiffies;

	lockdep_assert_held(&w->lock);
	w->armed = tick;
	mod_timer(&w->timer, jiffies + ((s32)ahead > 0 ? ahead : 0));
}

/* Arms the timer for the first used slot after @clk. */
static void __atcp_wheel_rearm(struct atcp_wheel *w)
{
	unsigned int from = (w->clk + 1) & ATCP_WHEEL_SLOT_MASK;
	unsigned int slot;

	lockdep_assert_held(&w->lock);
	if (!hlist_empty(&w->due)) {
		/* Not at once: the timer softirq would not come to an end. */
		__atcp_wheel_arm(w, (atcp_wheel_now() + 1) & ATCP_WHEEL_TICK_MASK);
		return;
	}
	slot = find_next_bit(w->used, ATCP_WHEEL_SLOTS, from);
	if (slot == ATCP_WHEEL_SLOTS)
		slot = find_first_bit(w->used, ATCP_WHEEL_SLOTS);
	if (slot == ATCP_WHEEL_SLOTS)
		return;
	__atcp_wheel_arm(w, (w->clk + 1 + ((slot - from) & ATCP_WHEEL_SLOT_MASK)) &
			 ATCP_WHEEL_TICK_MASK);
}

/**
 * atcp_wheel_add_ref() - link an object to expire
 * @m: object, with its hash set, not linked; the caller's reference becomes
 *	the wheel's
 * @delay: jiffies; less than 1 counts as 1
 */
void atcp_wheel_add_ref(struct atcp_mini *m, unsigned long delay)
{
	struct atcp_wheel *w = atcp_wheel_of(m);
	unsigned int slot;
	u32 ahead;

	spin_lock_bh(&w->lock);
	m->expires = (u32)jiffies + clamp(delay, 1UL, (unsigned long)S32_MAX / 2);
	if (!w->count++)
		w->clk = atcp_wheel_now();
	slot = atcp_wheel_slot(m);
	hlist_add_head(&m->wn, &w->slots[slot]);
	__set_bit(slot, w->used);

	/* The slot comes up once in a revolution, be it for @m or not. */
	ahead = (slot - w->clk - 1) & ATCP_WHEEL_SLOT_MASK;
	if (!timer_pending(&w->timer) ||
	    ahead + 1 < atcp_wheel_span(w->clk, w->armed))
		__atcp_wheel_arm(w, (w->clk + 1 + ahead) & ATCP_WHEEL_TICK_MASK);
	spin_unlock_bh(&w->lock);
}

/**
 * atcp_wheel_add() - link an object to expire, with a reference of the wheel's own
 * @m: object, with its hash set, not linked
 * @delay: jiffies; less than 1 counts as 1
 */
void atcp_wheel_add(struct atcp_mini *m, unsigned long delay)
{
	refcount_inc(&m->ref);
	atcp_wheel_add_ref(m, delay);
}

static void __atcp_wheel_unlink(struct atcp_wheel *w, struct atcp_mini *m)
{
	unsigned int slot = atcp_wheel_slot(m);

	lockdep_assert_held(&w->lock);
	hlist_del_init(&m->wn);
	w->count--;
	if (hlist_empty(&w->slots[slot]))
		__clear_bit(slot, w->used);
}

/**
 * atcp_wheel_del() - unlink an object before it expires
 * @m: object; may be unlinked already
 *
 * Return: true: it was linked, and the wheel's reference is the caller's now
 */
bool atcp_wheel_del(struct atcp_mini *m)
{
	struct atcp_wheel *w = atcp_wheel_of(m);
	bool linked;

	spin_lock_bh(&w->lock);
	linked = !hlist_unhashed(&m->wn);
	if (linked)
		__atcp_wheel_unlink(w, m);
	spin_unlock_bh(&w->lock);
	return linked;
}

/* Moves what has expired from one slot to @due; how many. */
static unsigned int __atcp_wheel_sift(struct atcp_wheel *w, unsigned int slot, u32 now)
{
	unsigned int moved = 0;
	struct hlist_node *next;
	struct atcp_mini *m;

	hlist_for_each_entry_safe(m, next, &w->slots[slot], wn) {
		if ((s32)(m->expires - now) > 0)
			continue;
		hlist_del(&m->wn);
		hlist_add_head(&m->wn, &w->due);
		moved++;
	}
	if (hlist_empty(&w->slots[slot]))
		__clear_bit(slot, w->used);
	return moved;
}

/* Turns the wheel up to now, or until there is enough to do. */
static void __atcp_wheel_turn(struct atcp_wheel *w)
{
	u32 now = (u32)jiffies;
	u32 tick = now >> ATCP_WHEEL_SHIFT;
	u32 n = min_t(u32, atcp_wheel_span(w->clk, tick), ATCP_WHEEL_SLOTS);
	unsigned int moved = 0;

	lockdep_assert_held(&w->lock);
	for (; n && moved < ATCP_WHEEL_BUDGET; n--) {
		unsigned int slot = (tick - n + 1) & ATCP_WHEEL_SLOT_MASK;

		if (test_bit(slot, w->used))
			moved += __atcp_wheel_sift(w, slot, now);
	}
	w->clk = (tick - n) & ATCP_WHEEL_TICK_MASK;
}

static void atcp_wheel_run(struct timer_list *t)
{
	struct atcp_wheel *w = container_of(t, struct atcp_wheel, timer);
	unsigned int budget = ATCP_WHEEL_BUDGET;
	unsigned long until = jiffies + 1;
	struct atcp_mini *m;
	atcp_wheel_fn fn;

	spin_lock(&w->lock);
	/* What was due before comes first. */
	if (hlist_empty(&w->due))
		__atcp_wheel_turn(w);
	while (budget-- && !hlist_empty(&w->due) && time_before_eq(jiffies, until)) {
		m = hlist_entry(w->due.first, struct atcp_mini, wn);
		__atcp_wheel_unlink(w, m);
		spin_unlock(&w->lock);
		fn = READ_ONCE(atcp_wheel_fns[m->node.kind]);
		fn(m);
		spin_lock(&w->lock);
	}
	__atcp_wheel_rearm(w);
	spin_unlock(&w->lock);
}

/**
 * atcp_wheel_set_fn() - say what is to be called when an object expires
 * @kind: ATCP_KIND_REQ or ATCP_KIND_TW
 * @fn: called in softirq without a lock; owns the wheel's reference. Set before
 *	the first object of the kind is linked, and good until the last is not
 */
void atcp_wheel_set_fn(enum atcp_kind kind, atcp_wheel_fn fn)
{
	WRITE_ONCE(atcp_wheel_fns[kind], fn);
}

/**
 * atcp_wheel_init() - allocate the wheels
 *
 * Return: 0 or -ENOMEM
 */
int atcp_wheel_init(void)
{
	unsigned int i, n;

	n = roundup_pow_of_two(min_t(unsigned int, num_possible_cpus(), ATCP_WHEEL_MAX));
	for (i = 0; i < n; i++) {
		struct atcp_wheel *w = kvzalloc(sizeof(*w), GFP_KERNEL);

		if (!w) {
			atcp_wheel_exit();
			return -ENOMEM;
		}
		spin_lock_init(&w->lock);
		timer_setup(&w->timer, atcp_wheel_run, 0);
		atcp_wheels[i] = w;
	}
	atcp_wheel_mask = n - 1;
	return 0;
}

/**
 * atcp_wheel_exit() - free the wheels; nothing is linked any more
 *
 * Waits for expiry functions that still run.
 */
void atcp_wheel_exit(void)
{
	unsigned int i;

	for (i = 0; i < ATCP_WHEEL_MAX; i++) {
		if (!atcp_wheels[i])
			continue;
		timer_shutdown_sync(&atcp_wheels[i]->timer);
		WARN_ON_ONCE(atcp_wheels[i]->count);
		kvfree(atcp_wheels[i]);
		atcp_wheels[i] = NULL;
	}
}
