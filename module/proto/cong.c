// SPDX-License-Identifier: GPL-2.0
/*
 * Congestion control: the registry of algorithms, and what is the same for all.
 *
 * The algorithm says how cwnd grows and by how much it shrinks; when it shrinks
 * is for loss recovery to say, which calls the functions here.
 */
#include "proto/cong.h"

#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "compat/export.h"

/* Algorithms that are always there, the default first. */
static struct atcp_cong_ops * const atcp_cong_builtin[] = {
	&atcp_cong_cubic,
	&atcp_cong_reno,
};

/*
 * Algorithms of other modules. Written under the lock, read under RCU; an entry
 * lives until atcp_cong_unregister() has waited for the readers.
 */
static LIST_HEAD(atcp_cong_others);
static DEFINE_SPINLOCK(atcp_cong_lock);

/* What the kernel makes of a name for a route: jhash() with its length. */
static u32 atcp_cong_key(const struct atcp_cong_ops *ops)
{
	return jhash(ops->name, sizeof(ops->name), strlen(ops->name));
}

/* Caller holds the lock or is an RCU reader. */
static struct atcp_cong_ops *atcp_cong_find(const char *name)
{
	struct atcp_cong_ops *ops;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_cong_builtin); i++)
		if (!strcmp(atcp_cong_builtin[i]->name, name))
			return atcp_cong_builtin[i];
	list_for_each_entry_rcu(ops, &atcp_cong_others, list,
				lockdep_is_held(&atcp_cong_lock))
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

/* Likewise; with the key that a route has of it. */
static struct atcp_cong_ops *atcp_cong_find_key(u32 key)
{
	struct atcp_cong_ops *ops;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_cong_builtin); i++)
		if (atcp_cong_key(atcp_cong_builtin[i]) == key)
			return atcp_cong_builtin[i];
	list_for_each_entry_rcu(ops, &atcp_cong_others, list,
				lockdep_is_held(&atcp_cong_lock))
		if (atcp_cong_key(ops) == key)
			return ops;
	return NULL;
}

/**
 * atcp_cong_register() - offer an algorithm
 * @ops: algorithm; stays the registry's until atcp_cong_unregister()
 *
 * Return: 0, -EINVAL when a needed function or the name is missing, -EEXIST when
 * the name is taken, or what routes have in its place.
 */
int atcp_cong_register(struct atcp_cong_ops *ops)
{
	int err = 0;

	if (!ops->ssthresh || !(ops->on_ack || ops->control) || !ops->undo_cwnd ||
	    !ops->name[0] || strnlen(ops->name, ATCP_CONG_NAME_MAX) == ATCP_CONG_NAME_MAX)
		return -EINVAL;

	spin_lock(&atcp_cong_lock);
	if (atcp_cong_find(ops->name) || atcp_cong_find_key(atcp_cong_key(ops)))
		err = -EEXIST;
	else
		list_add_tail_rcu(&ops->list, &atcp_cong_others);
	spin_unlock(&atcp_cong_lock);
	return err;
}
EXPORT_SYMBOL_ATCP_CONG(atcp_cong_register);

/**
 * atcp_cong_unregister() - take an algorithm back
 * @ops: algorithm, registered and in no connection's use: its module's exit
 *	function runs only when nobody holds the module
 *
 * May sleep.
 */
void atcp_cong_unregister(struct atcp_cong_ops *ops)
{
	spin_lock(&atcp_cong_lock);
	list_del_rcu(&ops->list);
	spin_unlock(&atcp_cong_lock);
	/* A reader may be about to try for the module. */
	synchronize_rcu();
}
EXPORT_SYMBOL_ATCP_CONG(atcp_cong_unregister);

/**
 * atcp_cong_find_get() - the algorithm of a name, its module held
 * @name: name
 *
 * Return: the algorithm, to be given back by atcp_cong_put(), or NULL.
 */
const struct atcp_cong_ops *atcp_cong_find_get(const char *name)
{
	struct atcp_cong_ops *ops;

	rcu_read_lock();
	ops = atcp_cong_find(name);
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	rcu_read_unlock();
	return ops;
}

/**
 * atcp_cong_load_get() - the same; if there is none, a module that may have it is asked for
 * @name: name
 *
 * For who has CAP_NET_ADMIN, as Linux has it, so that not everybody has modules loaded. The
 * module is known by its alias "atcp-cong-NAME". May sleep.
 *
 * Return: the algorithm, to be given back by atcp_cong_put(), or NULL.
 */
const struct atcp_cong_ops *atcp_cong_load_get(const char *name)
{
	const struct atcp_cong_ops *ops = atcp_cong_find_get(name);

	if (ops || !name[0] || !capable(CAP_NET_ADMIN))
		return ops;
	request_module("atcp-cong-%s", name);
	return atcp_cong_find_get(name);
}

/**
 * atcp_cong_try_get() - hold the module of an algorithm that somebody else holds, or that
 * was found under RCU
 * @ops: algorithm
 *
 * Return: false: it is about to go
 */
bool atcp_cong_try_get(const struct atcp_cong_ops *ops)
{
	return try_module_get(ops->owner);
}

/**
 * atcp_cong_is_builtin() - is it there as long as atcp is?
 * @ops: algorithm
 */
bool atcp_cong_is_builtin(const struct atcp_cong_ops *ops)
{
	return ops->owner == THIS_MODULE;
}

/**
 * atcp_cong_find_key_get() - the algorithm that a route names, its module held
 * @key: of RTAX_CC_ALGO: routes have a hash of the name, that the kernel's own
 *	algorithms go by
 *
 * Return: the algorithm, to be given back by atcp_cong_put(), or NULL: atcp has none of
 * the name.
 */
const struct atcp_cong_ops *atcp_cong_find_key_get(u32 key)
{
	struct atcp_cong_ops *ops;

	rcu_read_lock();
	ops = atcp_cong_find_key(key);
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	rcu_read_unlock();
	return ops;
}

/**
 * atcp_cong_key_needs_ecn() - does the algorithm that a route names need ECN?
 * @key: of RTAX_CC_ALGO
 */
bool atcp_cong_key_needs_ecn(u32 key)
{
	const struct atcp_cong_ops *ops;
	bool needs;

	rcu_read_lock();
	ops = atcp_cong_find_key(key);
	needs = ops && ops->needs_ecn;
	rcu_read_unlock();
	return needs;
}

/**
 * atcp_cong_default() - the algorithm for who asked for none
 *
 * Built in, so it needs no reference; atcp_cong_put() must not be called for it
 * unless it was found by atcp_cong_find_get().
 */
const struct atcp_cong_ops *atcp_cong_default(void)
{
	return atcp_cong_builtin[0];
}

/**
 * atcp_cong_put() - give back an algorithm of atcp_cong_find_get()
 * @ops: algorithm, or NULL
 */
void atcp_cong_put(const struct atcp_cong_ops *ops)
{
	if (ops)
		module_put(ops->owner);
}

static size_t atcp_cong_list_one(const struct atcp_cong_ops *ops, char *buf, size_t size,
				 bool blank, bool allowed)
{
	if (allowed && READ_ONCE(ops->restricted))
		return 0;
	return scnprintf(buf, size, "%s%s", blank ? " " : "", ops->name);
}

/**
 * atcp_cong_list() - write the names of all algorithms, blanks between them
 * @buf: where to write
 * @size: bytes at @buf; what does not fit is left out; the end is always NUL
 * @allowed: only of those that everybody may choose
 *
 * Return: bytes written, the NUL not counted.
 */
size_t atcp_cong_list(char *buf, size_t size, bool allowed)
{
	struct atcp_cong_ops *ops;
	size_t n = 0;
	unsigned int i;

	if (!size)
		return 0;
	buf[0] = 0;
	for (i = 0; i < ARRAY_SIZE(atcp_cong_builtin); i++)
		n += atcp_cong_list_one(atcp_cong_builtin[i], buf + n, size - n, n, allowed);
	rcu_read_lock();
	list_for_each_entry_rcu(ops, &atcp_cong_others, list)
		n += atcp_cong_list_one(ops, buf + n, size - n, n, allowed);
	rcu_read_unlock();
	return n;
}

/**
 * atcp_cong_allow() - everybody may choose these algorithms, and no others
 * @names: their names, blanks between them; taken apart
 * @looks: it is looked whether there are such, and no more
 *
 * Return: 0, or -ENOENT: there is no such one, and nothing is changed
 */
int atcp_cong_allow(char *names, bool looks)
{
	struct atcp_cong_ops *chosen[16], *ops;
	unsigned int n = 0, i;
	const char *name;

	spin_lock(&atcp_cong_lock);
	while ((name = strsep(&names, " "))) {
		if (!*name)
			continue;
		ops = n < ARRAY_SIZE(chosen) ? atcp_cong_find(name) : NULL;
		if (!ops) {
			spin_unlock(&atcp_cong_lock);
			return -ENOENT;
		}
		chosen[n++] = ops;
	}
	for (i = 0; i < ARRAY_SIZE(atcp_cong_builtin) && !looks; i++)
		WRITE_ONCE(atcp_cong_builtin[i]->restricted, true);
	list_for_each_entry(ops, &atcp_cong_others, list)
		if (!looks)
			WRITE_ONCE(ops->restricted, true);
	for (i = 0; i < n && !looks; i++)
		WRITE_ONCE(chosen[i]->restricted, false);
	spin_unlock(&atcp_cong_lock);
	return 0;
}

/**
 * atcp_cong_allow_one() - everybody may choose an algorithm, beside others
 * @ops: algorithm, held
 */
void atcp_cong_allow_one(const struct atcp_cong_ops *ops)
{
	struct atcp_cong_ops *own;

	spin_lock(&atcp_cong_lock);
	own = atcp_cong_find(ops->name);
	if (own == ops)
		WRITE_ONCE(own->restricted, false);
	spin_unlock(&atcp_cong_lock);
}

/**
 * atcp_cong_iw() - initial window, segments (RFC 6928 section 2)
 * @mss: bytes of a full segment; not used: as Linux does, ten segments of any
 *	size, where the RFC would begin with fewer above 1460 bytes
 */
u32 atcp_cong_iw(u32 mss)
{
	return 10;
}

static void atcp_cong_init(struct atcp_cong *c, const struct atcp_cong_ops *ops)
{
	c->ops = ops;
	c->cwnd_cnt = 0;
	c->pacing_rate = 0;
	c->begun = false;
	memset(c->priv, 0, sizeof(c->priv));
	if (ops->init)
		ops->init(c);
}

/**
 * atcp_cong_start() - a connection begins
 * @c: congestion state, all of it is written
 * @ops: algorithm; the caller's reference goes with it
 * @mss: bytes of a full segment
 */
void atcp_cong_start(struct atcp_cong *c, const struct atcp_cong_ops *ops,
		     u32 mss)
{
	memset(c, 0, sizeof(*c));
	c->iw = atcp_cong_iw(mss);
	c->cwnd = c->iw;
	c->ssthresh = ATCP_CONG_SSTHRESH_INF;
	c->cwnd_clamp = U32_MAX;
	atcp_cong_init(c, ops->stands_for ?: ops);
}

/**
 * atcp_cong_begin() - the handshake is over, or an algorithm takes over after it
 * @c: congestion state
 * @path: what is known of the path
 *
 * One that needs ECN and does not have it is replaced by what stands in for it.
 */
void atcp_cong_begin(struct atcp_cong *c, const struct atcp_cong_path *path)
{
	if (c->ops->needs_ecn && !path->ecn && c->ops->without_ecn)
		c->ops = c->ops->without_ecn;
	c->begun = true;
	if (c->ops->begin)
		c->ops->begin(c, path);
}

/**
 * atcp_cong_switch() - another algorithm takes over (TCP_CONGESTION)
 * @c: congestion state; cwnd and ssthresh stay
 * @ops: algorithm
 *
 * References are the caller's: of @ops before, of the old one after.
 */
void atcp_cong_switch(struct atcp_cong *c, const struct atcp_cong_ops *ops)
{
	atcp_cong_stop(c);
	c->prior_ssthresh = 0;
	atcp_cong_init(c, ops);
}

/**
 * atcp_cong_stop() - a connection ends
 * @c: congestion state
 */
void atcp_cong_stop(struct atcp_cong *c)
{
	if (c->ops && c->ops->release)
		c->ops->release(c);
	c->ops = NULL;
}

/**
 * atcp_cong_on_ack() - new data was acknowledged
 * @c: congestion state
 * @s: what the ACK told
 *
 * In fast recovery cwnd does not grow; after a timeout it does.
 */
void atcp_cong_on_ack(struct atcp_cong *c, const struct atcp_cong_sample *s)
{
	if (c->in_recovery)
		return;
	c->ops->on_ack(c, s);
	c->cwnd = min(c->cwnd, c->cwnd_clamp);
}

/**
 * atcp_cong_control() - an ACK was dealt with: the algorithm says what cwnd is
 * @c: congestion state, of one with &atcp_cong_ops.control
 * @s: what the ACK told
 */
void atcp_cong_control(struct atcp_cong *c, const struct atcp_cong_sample *s)
{
	c->ops->control(c, s);
	c->cwnd = clamp(c->cwnd, 1U, c->cwnd_clamp);
}

static void atcp_cong_reduce(struct atcp_cong *c)
{
	c->prior_cwnd = c->cwnd;
	/* If it was for nothing, most of what was reached is not to be slow to reach again. */
	c->prior_ssthresh = max(c->ssthresh, (c->cwnd >> 1) + (c->cwnd >> 2));
	c->ssthresh = max(c->ops->ssthresh(c), 2u);
	c->cwnd_cnt = 0;
}

/**
 * atcp_cong_enter_recovery() - a segment was found lost
 * @c: congestion state
 *
 * Once for a flight. cwnd stays: it comes down to ssthresh in proportion to what is
 * delivered (proto/prr.h), from prior_cwnd.
 */
void atcp_cong_enter_recovery(struct atcp_cong *c)
{
	if (c->in_recovery)
		return;
	atcp_cong_reduce(c);
	c->in_recovery = true;
	c->in_loss = false;
}

/**
 * atcp_cong_on_ece() - the peer tells of congestion (RFC 3168 section 6.1.2)
 * @c: congestion state
 *
 * A reduction as after a loss, unless one was made for this flight already, that
 * ends with atcp_cong_exit_recovery(). A router has spoken, so whatever turns up
 * later, it was not for nothing: no undo.
 */
void atcp_cong_on_ece(struct atcp_cong *c)
{
	atcp_cong_enter_recovery(c);
	c->prior_ssthresh = 0;
}

/**
 * atcp_cong_exit_recovery() - all that was in flight at the loss arrived
 * @c: congestion state
 * @now_us: time, us
 */
void atcp_cong_exit_recovery(struct atcp_cong *c, u64 now_us)
{
	if (!c->in_recovery && !c->in_loss)
		return;
	if (c->in_recovery && !c->ops->control)
		c->cwnd = min(c->ssthresh, c->cwnd_clamp);
	c->in_recovery = false;
	c->in_loss = false;
	atcp_cong_tell(c, ATCP_CONG_EV_RECOVERY_EXIT, now_us);
}

/**
 * atcp_cong_on_rto() - the retransmission timer expired
 * @c: congestion state
 * @now_us: time, us
 * @reduce: ssthresh was not reduced for this flight yet (RFC 5681 section 3.1)
 */
void atcp_cong_on_rto(struct atcp_cong *c, u64 now_us, bool reduce)
{
	if (reduce)
		atcp_cong_reduce(c);
	c->cwnd = 1;
	c->cwnd_cnt = 0;
	c->in_recovery = false;
	c->in_loss = true;
	atcp_cong_tell(c, ATCP_CONG_EV_LOSS, now_us);
}

/**
 * atcp_cong_on_idle() - the first segment is about to be sent after idleness
 * @c: congestion state
 * @idle_us: how long nothing was sent, us
 * @rto_us: retransmission timeout, us; 0 to keep cwnd whatever the time
 *	(slow_start_after_idle off)
 * @now_us: time, us
 *
 * cwnd halves with each RTO, down to the initial window (RFC 7661, RFC 5681
 * section 4.1), and ssthresh remembers three quarters of it.
 */
void atcp_cong_on_idle(struct atcp_cong *c, u64 idle_us, u32 rto_us, u64 now_us)
{
	u32 restart = min(c->iw, c->cwnd);

	atcp_cong_tell(c, ATCP_CONG_EV_TX_START, now_us);
	if (!rto_us || idle_us <= rto_us)
		return;

	c->ssthresh = max(c->ssthresh, (c->cwnd >> 1) + (c->cwnd >> 2));
	for (; idle_us > rto_us && c->cwnd > restart; idle_us -= rto_us)
		c->cwnd >>= 1;
	c->cwnd = max(c->cwnd, restart);
	c->cwnd_cnt = 0;
}

/**
 * atcp_cong_on_unused() - cwnd was not used for a timeout's time (RFC 2861)
 * @c: congestion state
 * @used: the most that was in flight, segments
 *
 * cwnd comes half the way down to that, or to the initial window where it is more, and
 * ssthresh remembers three quarters of it.
 */
void atcp_cong_on_unused(struct atcp_cong *c, u32 used)
{
	used = max(used, c->iw);
	if (used >= c->cwnd || c->ops->control)
		return;
	c->ssthresh = max(c->ssthresh, (c->cwnd >> 1) + (c->cwnd >> 2));
	c->cwnd = (c->cwnd + used) >> 1;
}

/**
 * atcp_cong_undo() - the last reduction was spurious (RFC 4015, RFC 5682)
 * @c: congestion state
 */
void atcp_cong_undo(struct atcp_cong *c)
{
	/* What is over is over, also where it was not for nothing: the next loss reduces anew. */
	c->in_recovery = false;
	c->in_loss = false;
	if (!c->prior_ssthresh)
		return;
	c->cwnd = min(c->ops->undo_cwnd(c), c->cwnd_clamp);
	c->ssthresh = max(c->ssthresh, c->prior_ssthresh);
	c->prior_ssthresh = 0;
}

/**
 * atcp_cong_slow_start() - grow cwnd by what was acknowledged, up to ssthresh
 * @c: congestion state
 * @acked: segments acknowledged
 *
 * Return: segments that were not used up.
 */
u32 atcp_cong_slow_start(struct atcp_cong *c, u32 acked)
{
	u32 room = c->ssthresh > c->cwnd ? c->ssthresh - c->cwnd : 0;
	u32 used = min(room, acked);

	c->cwnd = min(c->cwnd + used, c->cwnd_clamp);
	return acked - used;
}
EXPORT_SYMBOL_ATCP_CONG(atcp_cong_slow_start);

/**
 * atcp_cong_avoid() - grow cwnd by one segment for each @w acknowledged
 * @c: congestion state
 * @w: segments, at least 1
 * @acked: segments acknowledged
 */
void atcp_cong_avoid(struct atcp_cong *c, u32 w, u32 acked)
{
	/* What was saved for a larger w is worth one segment, not a burst. */
	if (c->cwnd_cnt >= w) {
		c->cwnd_cnt = 0;
		c->cwnd++;
	}
	c->cwnd_cnt += acked;
	if (c->cwnd_cnt >= w) {
		c->cwnd += c->cwnd_cnt / w;
		c->cwnd_cnt %= w;
	}
	c->cwnd = min(c->cwnd, c->cwnd_clamp);
}
EXPORT_SYMBOL_ATCP_CONG(atcp_cong_avoid);
