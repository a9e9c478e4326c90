/* SPDX-License-Identifier: GPL-2.0 */
/* What a listening socket has beyond a socket: its two queues, its knobs, its counters. */
#ifndef _ATCP_LISTENER_H
#define _ATCP_LISTENER_H

#include <linux/atcp.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "proto/fastopen.h"
#include "state/conn/sock.h"
#include "state/listen/knob.h"
#include "state/listen/owner.h"
#include "state/shared/mib.h"
#include "state/shared/net.h"

struct atcp_fair;
struct atcp_group;
struct atcp_pcpool_block;
struct atcp_pressure;
struct atcp_req;

/**
 * struct atcp_synq - the SYN queue of a listener; requests themselves are in
 *	the connection table and the wheel, so that no SYN takes a listener's lock
 * @qlen: requests now
 * @young: of these, those whose SYN-ACK was not retransmitted yet
 * @peak: highest @qlen seen (racy by design, never a lock)
 * @overflow_at: jiffies of the last time a cookie was sent or a SYN dropped
 *	for a full queue; cookies are looked at only for two epochs after it
 * @fair: about how many requests each source network has; NULL before the first that counts
 */
struct atcp_synq {
	atomic_t		qlen;
	atomic_t		young;
	u32			peak;
	unsigned long		overflow_at;
	struct atcp_fair	*fair;
};

/**
 * struct atcp_watch - a listener's load as listen/flood.c sees it; all of it racy
 *	by design but for the two flags, which change hands by xchg()
 * @flood: there is a SYN flood
 * @slow: the program is slower to accept than clients connect
 * @said: the beginning of a flood, of slowness, was said in the log
 * @said_at: jiffies of when
 * @turned_at: jiffies of the last SYN that found no room
 * @overflow_at: jiffies of the last segment that found the accept queue full
 * @checked_at: jiffies of the last look whether either is over
 * @window_at: jiffies of when the second began that rates are measured in
 * @base_syns: SYNs at that time
 * @base_done: completed handshakes
 * @last_syns: SYNs in the second before
 * @last_done: completed handshakes
 */
struct atcp_watch {
	bool		flood;
	bool		slow;
	bool		said[2];
	unsigned long	said_at[2];
	unsigned long	turned_at;
	unsigned long	overflow_at;
	unsigned long	checked_at;
	unsigned long	window_at;
	u32		base_syns;
	u32		base_done;
	u32		last_syns;
	u32		last_done;
};

/**
 * struct atcp_acceptq - connections that wait for accept(2), first in first out;
 *	its length and limit are sk_ack_backlog and sk_max_ack_backlog
 * @lock: protects all below; innermost but for wait queues
 * @head: struct atcp_sock.aq_node of the children
 * @park: parked requests in order, by struct atcp_park.node
 * @parked: number of parked requests
 * @park_bytes: truesize of the segments kept for them
 * @peak: longest the queue has been
 * @taken_at: jiffies32 of when one was taken last
 * @pressed: it has reached its high watermark, and not the low one since
 * @serving: somebody completes parked requests
 * @serve_again: there was cause to look once more meanwhile
 */
struct atcp_acceptq {
	spinlock_t		lock;	/* all below */
	struct list_head	head;
	struct list_head	park;
	u32			parked;
	unsigned long		park_bytes;
	u32			peak;
	u32			taken_at;
	bool			pressed;
	bool			serving;
	bool			serve_again;
};

/* Index of a counter. The enum is made of state/listen/listener_stats.h. */
enum atcp_lstat {
#define ATCP_LSTAT(name) ATCP_LSTAT_##name,
#include "state/listen/listener_stats.h"
	ATCP_LSTAT_NR
};

/* Those that tell of trouble, so that their times are kept; known when it is compiled. */
static const bool atcp_lstat_timed[ATCP_LSTAT_NR] __maybe_unused = {
#define ATCP_LSTAT(name)
#define ATCP_LSTAT_BAD(name) \
	[ATCP_LSTAT_##name] = true,
#include "state/listen/listener_stats.h"
};

/**
 * struct atcp_fastopenq - a listener's connections that a fast open SYN made and
 *	that no ACK has confirmed
 * @lock: protects all below
 * @pending: their number, with those that are held after a RST
 * @hold: the latter
 */
struct atcp_fastopenq {
	spinlock_t			lock;	/* all below */
	u32				pending;
	struct atcp_fastopen_hold	hold;
};

/**
 * struct atcp_listener_stats - counters of one listener, summed or of one CPU
 * @cell: by enum atcp_lstat
 */
struct atcp_listener_stats {
	u64	cell[ATCP_LSTAT_NR];
};

/* Their names, in the same order. */
extern const char *const atcp_listener_stat_names[];

/**
 * enum atcp_hist - the histograms of a listener
 * @ATCP_HIST_HANDSHAKE: from the first SYN-ACK to the ACK that completes
 * @ATCP_HIST_ACCEPT_WAIT: from there to accept(2)
 * @ATCP_HIST_NR: how many there are
 */
enum atcp_hist {
	ATCP_HIST_HANDSHAKE,
	ATCP_HIST_ACCEPT_WAIT,
	ATCP_HIST_NR
};

/* Bucket n counts times from 2^n us (0 from 0) to below 2^(n+1) us; the last all above. */
#define ATCP_HIST_BUCKETS	28

/**
 * struct atcp_listener_cpu - what a listener counts, one copy a CPU
 * @stats: counters
 * @drop: segments dropped on its account, by enum atcp_drop
 * @hist: times, by enum atcp_hist and bucket
 * @hist_sum: these times added up, us
 * @at: atcp_mib_now() of the last event of those counters that tell of trouble
 * @drop_at: of the last such drop
 */
struct atcp_listener_cpu {
	struct atcp_listener_stats	stats;
	u32				drop[ATCP_DROP_MAX];
	u32				hist[ATCP_HIST_NR][ATCP_HIST_BUCKETS];
	u64				hist_sum[ATCP_HIST_NR];
	u32				at[ATCP_LSTAT_NR];
	u32				drop_at[ATCP_DROP_MAX];
};

/**
 * struct atcp_listener_knobs - who said what; see state/listen/knob.c
 * @lock: for writers
 * @own: what holds of the two below; ATCP_INHERIT: the namespace's default
 * @asked: the program's word
 * @outside: the operator's
 */
struct atcp_listener_knobs {
	spinlock_t	lock;	/* writers of all below */
	int		own[ATCP_KNOB_NR];
	int		asked[ATCP_KNOB_NR];
	int		outside[ATCP_KNOB_NR];
};

/**
 * struct atcp_listener - allocated by listen(2), freed with the socket
 * @sk: the socket (no reference: it owns us)
 * @an: its namespace's state
 * @group: its SO_REUSEPORT group, or NULL; kept when it has left the group
 * @cpu: counters, which only grow: flood.c takes differences
 * @cpu_block: what @cpu is given back to
 * @base: what they were when the operator had them begin anew, or NULL: what is shown
 *	is the difference. Written under atcp_listener_reset()'s lock, never freed before
 *	the listener
 * @id: number unique in the namespace, from 1 up
 * @since: atcp_mib_now() of when what is shown began
 * @node: atcp_net.listeners, under its lock, read under RCU
 * @knobs: what can be turned
 * @decoy: a kernel listener that netfilter's tproxy finds in its place (state/listen/decoy.h), or
 *	NULL; under the socket's lock
 * @dir: its directory (control/sysfs.c), or NULL
 * @backlog: as asked of listen(2), before somaxconn
 * @told: its beginning was told of, and its end is to be (control/genl_events.c)
 * @drained: so was that it has nothing left, since it drains
 * @owner: the process that called listen(2)
 * @watch: its load: a flood, a slow program
 * @tick: looks at that once a second while there is something to see
 * @synq: half-open connections
 * @acceptq: complete ones
 * @fastopenq: those that wait for the ACK of a fast open
 */
struct atcp_listener {
	struct sock		*sk;
	struct atcp_net		*an;
	struct atcp_group __rcu	*group;
	struct atcp_listener_cpu __percpu *cpu;
	struct atcp_pcpool_block *cpu_block;
	struct atcp_listener_cpu __percpu *base;
	u32			id;
	u32			since;
	struct list_head	node;
	struct atcp_listener_knobs knobs;
	struct socket		*decoy;
	void			*dir;
	int			backlog;
	bool			told;
	bool			drained;
	struct atcp_owner	owner;
	struct atcp_watch	watch;
	struct timer_list	tick;

	/* Each SYN writes to the one, each connection and accept(2) to the other. */
	struct atcp_synq	synq ____cacheline_aligned;
	struct atcp_acceptq	acceptq ____cacheline_aligned;
	struct atcp_fastopenq	fastopenq ____cacheline_aligned;
};

/* What each segment reads is on no line that segments write to. */
static_assert(offsetof(struct atcp_listener, synq) / SMP_CACHE_BYTES >
	      (offsetofend(struct atcp_listener, tick) - 1) / SMP_CACHE_BYTES);
static_assert(offsetof(struct atcp_listener, acceptq) / SMP_CACHE_BYTES >
	      (offsetofend(struct atcp_listener, synq) - 1) / SMP_CACHE_BYTES);

#define ATCP_LINC(l, field)							\
do {										\
	struct atcp_listener_cpu __percpu *__cpu = (l)->cpu;			\
										\
	this_cpu_inc(__cpu->stats.cell[ATCP_LSTAT_##field]);			\
	if (atcp_lstat_timed[ATCP_LSTAT_##field])				\
		this_cpu_write(__cpu->at[ATCP_LSTAT_##field], atcp_mib_now()); \
} while (0)

/* One event for both: the namespace's counter and the listener's agree. */
#define ATCP_LCOUNT(l, NAME, field)			\
do {							\
	struct atcp_listener *__l = (l);		\
							\
	ATCP_AN_INC(__l->an, NAME);			\
	ATCP_LINC(__l, field);				\
} while (0)

/* The value in force of a knob: the listener's own, or what it inherits. Any context. */
static inline int atcp_knob(const struct atcp_listener *l, enum atcp_knob_id id)
{
	int val = READ_ONCE(l->knobs.own[id]);

	return val != ATCP_INHERIT ? val : atcp_knob_inherited(l, id);
}

/* The same of one that inherits the namespace's value @netns as it is, without a call. */
static inline int atcp_knob_plain(const struct atcp_listener *l, enum atcp_knob_id id,
				  const int *netns)
{
	int val = READ_ONCE(l->knobs.own[id]);

	return val != ATCP_INHERIT ? val : READ_ONCE(*netns);
}

static inline struct atcp_listener *atcp_lst(const struct sock *sk)
{
	return atcp_sk(sk)->listener;
}

/*
 * atcp_listener_start(): makes @sk a listener (state is still CLOSE): allocates,
 * registers with the namespace. 0 or -ENOMEM. Process context, socket locked.
 * atcp_listener_stop(): unregisters; what it has is handed on, one by one, in
 * order, to &struct atcp_listener_ops: children in the accept queue, then parked and
 * half-open requests; the memory stays until atcp_listener_free() (from sk_destruct).
 */
int atcp_listener_start(struct sock *sk, int backlog);
void atcp_listener_stop(struct sock *sk);
void atcp_listener_free(struct atcp_listener *l);

/* Where the counters of a namespace's listeners come from. 0 or -ENOMEM. */
int atcp_listener_net_init(struct atcp_net *an);
void atcp_listener_net_exit(struct atcp_net *an);

/**
 * struct atcp_listener_ref - a listener that a walk stands at
 * @sk: its socket, referenced: what it has stays as long
 * @id: its number when it was met
 */
struct atcp_listener_ref {
	struct sock	*sk;
	u32		id;
};

/*
 * The listeners of a namespace whose numbers are above @after, in their order, at most
 * @max of them: how many.
 */
unsigned int atcp_listener_page(struct atcp_net *an, u32 after, struct atcp_listener_ref *refs,
				unsigned int max);

/* The socket of listener @id with a reference, or NULL. */
struct sock *atcp_listener_find_get(struct atcp_net *an, u32 id);

/* Knobs with inheritance resolved, that are asked for often. */
static inline int atcp_listener_syn_backlog(const struct atcp_listener *l)
{
	return atcp_knob(l, ATCP_KNOB_SYN_BACKLOG);
}

static inline int atcp_listener_overflow(const struct atcp_listener *l)
{
	return atcp_knob(l, ATCP_KNOB_OVERFLOW);
}

static inline int atcp_listener_syncookies(const struct atcp_listener *l)
{
	return atcp_knob_plain(l, ATCP_KNOB_SYNCOOKIES, &l->an->sysctl.syncookies);
}

static inline int atcp_listener_guard(const struct atcp_listener *l)
{
	return atcp_knob_plain(l, ATCP_KNOB_GUARD, &l->an->sysctl.guard);
}

/* Does it take no new SYNs? Only by its own knob: nobody's word is no. */
static inline bool atcp_listener_draining(const struct atcp_listener *l)
{
	return READ_ONCE(l->knobs.own[ATCP_KNOB_DRAIN]) > 0;
}

static inline int atcp_listener_synack_retries(const struct atcp_listener *l)
{
	return atcp_knob(l, ATCP_KNOB_SYNACK_RETRIES);
}

/* Sets the accept queue's limit to what the knob, listen(2) and somaxconn say now. */
void atcp_listener_relimit(struct atcp_listener *l);

/**
 * struct atcp_listener_ops - who is told of listeners, in higher tiers
 * @changed: a knob has a new value. Any context that may take a spinlock with
 *	bottom halves off; no socket lock is held for certain
 * @turned: the same, with what was changed; before @changed. Not for the namespace's default
 * @rekeyed: it has another key of fast open. Process context
 * @added: it listens. Process context, socket locked; may fail in silence
 * @pressed: its accept queue has passed a watermark: see acceptq.pressed, whose
 *	lock is held
 * @flood: its load is another: enum atcp_flood_event. Any context
 * @tick: the second is over that atcp_listener_tick() asked for; true: another one.
 *	Softirq, under RCU
 * @removed: it is about to end. Process context, socket locked
 * @leave_child: it has ended, and this connection, which nobody has accepted, is left. The
 *	reference is handed on. One of those who watch has this one, and the next
 * @leave_req: the same of a request, which is to leave the table. @parked: it was in the park
 */
struct atcp_listener_ops {
	void	(*changed)(struct atcp_listener *l, enum atcp_knob_id id);
	void	(*turned)(struct atcp_listener *l, const struct atcp_knob_turn *turn);
	void	(*rekeyed)(struct atcp_listener *l);
	void	(*added)(struct atcp_listener *l);
	void	(*pressed)(struct atcp_listener *l);
	void	(*flood)(struct atcp_listener *l, int event, const struct atcp_pressure *p);
	bool	(*tick)(struct atcp_listener *l);
	void	(*removed)(struct atcp_listener *l);
	void	(*leave_child)(struct sock *lsk, struct sock *child);
	void	(*leave_req)(struct atcp_req *req, bool parked);
};

/* At most a few, at module init, before there are sockets. */
void atcp_listener_watch(const struct atcp_listener_ops *ops);

/* A knob has changed: limits follow, and those who watch are told. */
void atcp_listener_changed(struct atcp_listener *l, enum atcp_knob_id id);

/* What has changed: those who watch are told. */
void atcp_listener_turned(struct atcp_listener *l, const struct atcp_knob_turn *turn);

/* Its key of fast open is another: those who watch are told. */
void atcp_listener_rekeyed(struct atcp_listener *l);

/* A flood or a slow program begins or ends: those who watch are told. Any context. */
void atcp_listener_flood(struct atcp_listener *l, int event, const struct atcp_pressure *p);

/* The namespace's default of a knob has changed, or somaxconn (ATCP_KNOB_BACKLOG). */
void atcp_listener_changed_all(struct atcp_net *an, enum atcp_knob_id id);

/* The accept queue has passed a watermark: those who watch are told. */
void atcp_listener_pressed(struct atcp_listener *l);

/* Have .tick called in a second. Any context with bottom halves off, under RCU. */
void atcp_listener_tick(struct atcp_listener *l);

/* listen(2) is done: those who watch are told. */
void atcp_listener_added(struct atcp_listener *l);

/* Counts a segment dropped on @l's account, by its reason. */
static inline void atcp_listener_drop(struct atcp_listener *l, enum atcp_drop reason)
{
	ATCP_LINC(l, drops);
	this_cpu_inc(l->cpu->drop[reason]);
	this_cpu_write(l->cpu->drop_at[reason], atcp_mib_now());
}

/* Adds a time to a histogram, us. */
void atcp_hist_add(struct atcp_listener *l, enum atcp_hist hist, u64 us);

/*
 * What is shown, summed over the CPUs: the counters, one histogram and its times added
 * up, one reason for drops. All since listen(2), or since they began anew.
 */
void atcp_listener_fold(const struct atcp_listener *l, struct atcp_listener_stats *sum);
void atcp_hist_fold(const struct atcp_listener *l, enum atcp_hist hist, u64 *sum);
u64 atcp_hist_fold_us(const struct atcp_listener *l, enum atcp_hist hist);
u64 atcp_listener_fold_drop(const struct atcp_listener *l, enum atcp_drop reason);

/* How long ago the last event of a counter that tells of trouble was, s; only if there was one. */
u32 atcp_listener_ago(const struct atcp_listener *l, enum atcp_lstat stat);
u32 atcp_listener_drop_ago(const struct atcp_listener *l, enum atcp_drop reason);

/* How long ago what is shown began, s. */
u32 atcp_listener_age(const struct atcp_listener *l);

/* What is shown begins anew: counters, histograms, peaks. Process context. 0 or -ENOMEM. */
int atcp_listener_reset(struct atcp_listener *l);
void atcp_listener_reset_peaks(struct atcp_listener *l);

#endif /* _ATCP_LISTENER_H */
