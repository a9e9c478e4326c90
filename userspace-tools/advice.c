// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of atcpctl advise on a listener, one function each. What a rule needs to
 * speak is defined here in one place and told in atcpctl(8): there, too, when it changes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "atcpctl.h"
#include "file.h"
#include "guardnote.h"

/* Overflows count from one in so many connections on. */
#define ATCP_ADVICE_OVERFLOW_IN		1000
/* Half of so many connections waited so long, or the first does: a slow program, us, ms. */
#define ATCP_ADVICE_WAIT_US		100000
#define ATCP_ADVICE_WAIT_OF		10
#define ATCP_ADVICE_OLDEST_MS		1000
/* Less than this share of the SYNs was completed: a flood, percent. */
#define ATCP_ADVICE_COMPLETION		50
/* This share of SYN-ACKs was sent again: loss on the way, percent of at least so many. */
#define ATCP_ADVICE_RETRANS		10
#define ATCP_ADVICE_RETRANS_OF		100
/* What a shorter wait before the first one is. */
#define ATCP_ADVICE_RTO_MS		300
/* Bad cookies: percent of those that came, and at least so many. */
#define ATCP_ADVICE_COOKIES		10
#define ATCP_ADVICE_COOKIES_MIN		100
/* SYNs over their prefix's share, percent of all. */
#define ATCP_ADVICE_UNFAIR		10
/* Parked requests that were given up, percent. */
#define ATCP_ADVICE_PARK		1
/* A shorter wait for data than so much is none. */
#define ATCP_ADVICE_DEFER_MS		1000
/* A group is uneven when one has so many times the mean, or so much of all, percent. */
#define ATCP_ADVICE_GROUP		4
#define ATCP_ADVICE_GROUP_ALL		90
#define ATCP_ADVICE_GROUP_OF		100
/* Who asks for so much asks for all there is. */
#define ATCP_ADVICE_ASKED_ALL		65535
/* The greatest values that commands name. */
#define ATCP_ADVICE_SYN_MAX		1048576
#define ATCP_ADVICE_BACKLOG_MAX		65535

/* The knob was set from outside or by the program, not by the namespace. */
static bool atcp_advice_from(const struct atcp_advice *a, const char *knob,
			     const char *from)
{
	char *text = atcp_ltab_text(a->tab, a->l, knob), *word;
	bool is;

	word = text ? strchr(text, ' ') : NULL;
	is = word && !strcmp(word + 1, from);
	free(text);
	return is;
}

/*
 * The time below which half of the connections are, as the lower bound of its
 * bucket: what is said is true of at least half. -1 without a histogram.
 */
static long long atcp_advice_median(const struct atcp_advice_figures *f)
{
	unsigned long long all = atcp_advice_taken(f), sum = 0;
	size_t i;

	for (i = 0; i < f->buckets; i++) {
		sum += f->waits[i].count;
		if (all && sum >= (all + 1) / 2)
			return f->waits[i].low;
	}
	return -1;
}

/* Handshakes that their peers completed. */
static unsigned long long atcp_advice_completed(const struct atcp_advice *a)
{
	unsigned long long completed = atcp_advice_stat(a, "completed");

	return completed ? completed : atcp_advice_stat(a, "accepted") +
				       atcp_advice_stat(a, "overflows");
}

/* Twice the limit, or more if more has waited already, as a power of two. */
static long long atcp_advice_more(long long limit, long long peak, long long max)
{
	long long want = limit > peak ? limit : peak, more = 128;

	while (more / 2 < want && more < max)
		more *= 2;
	return more < max ? more : max;
}

/* Connections wait, and the program does not come for them, or too slowly. */
static void atcp_advice_slow(struct atcp_advice *a)
{
	const struct atcp_advice_figures *now = &a->all[a->l - a->tab->all];
	long long oldest = atcp_advice_number(a, "acceptq_oldest_ms");
	long long waiting = atcp_advice_number(a, "acceptq_len");
	unsigned long long taken = atcp_advice_taken(now);
	long long median = atcp_advice_median(now);
	bool stuck = waiting && oldest >= ATCP_ADVICE_OLDEST_MS;

	/* Without an interval what was taken is of all time, and says nothing of now. */
	if (!stuck && (a->basis == ATCP_ADVICE_ALL || taken < ATCP_ADVICE_WAIT_OF ||
		       median < ATCP_ADVICE_WAIT_US))
		return;
	atcp_advice_figure(a, "acceptq_len", waiting);
	atcp_advice_figure(a, "acceptq_limit", atcp_advice_number(a, "acceptq_limit"));
	atcp_advice_figure(a, "acceptq_oldest_ms", oldest);
	if (a->basis == ATCP_ADVICE_ALL) {
		atcp_advice_say(a, "slow-acceptor",
				"%lld connections wait for accept(2), the first of them for %.1f s. A longer queue would only let them wait longer: give the program more workers, or less to do between two calls of accept(2).",
				waiting, oldest / 1000.0);
		return;
	}
	atcp_advice_figure(a, "taken", taken);
	if (median >= 0)
		atcp_advice_figure(a, "accept_wait_median_us", median);
	if (stuck)
		atcp_advice_say(a, "slow-acceptor",
				"%lld connections wait for accept(2), the first of them for %.1f s, and the program took %llu in %.1f s. A longer queue would only let them wait longer: give the program more workers, or less to do between two calls of accept(2).",
				waiting, oldest / 1000.0, taken, a->seconds);
	else
		atcp_advice_say(a, "slow-acceptor",
				"The program takes connections too slowly: %llu in %.1f s, and half of them had waited for 100 ms or more. A longer queue would only let them wait longer: give the program more workers, or less to do between two calls of accept(2).",
				taken, a->seconds);
}

/* listen(2) asked for more than somaxconn. */
static void atcp_advice_truncated(struct atcp_advice *a)
{
	const struct atcp_advice_figures *now = &a->all[a->l - a->tab->all];
	long long asked = atcp_advice_number(a, "backlog_asked");
	long long limit = atcp_advice_number(a, "acceptq_limit");

	if (asked <= limit || atcp_advice_from(a, "backlog", "listener"))
		return;
	if (asked >= ATCP_ADVICE_ASKED_ALL && !atcp_advice_stat_of(now, "overflows"))
		return;
	atcp_advice_figure(a, "backlog_asked", asked);
	atcp_advice_figure(a, "acceptq_limit", limit);
	atcp_advice_try(a, "set somaxconn=%lld", asked);
	atcp_advice_try(a, "listener id:%lu set backlog=%lld", a->l->id, asked);
	atcp_advice_say(a, "truncated-backlog",
			"The program asked for a backlog of %lld and got %lld: somaxconn cut it.",
			asked, limit);
}

/* A listener that drains, and nobody else takes what it refuses. */
static void atcp_advice_drain(struct atcp_advice *a)
{
	static const char *const names[] = { "drain_refused", NULL };
	const struct atcp_advice_figures *now = &a->all[a->l - a->tab->all];
	unsigned long long refused = atcp_advice_stat_of(now, "drain_refused");
	char *state = atcp_ltab_text(a->tab, a->l, "state");
	bool drains = state && !strcmp(state, "drain");

	free(state);
	atcp_advice_when(a, names);
	/* In the interval, or before it while it lasts. */
	if (!drains || (!refused && a->ago < 0))
		return;
	atcp_advice_figure(a, "drain_refused", refused);
	if (a->ago >= 0)
		atcp_advice_figure(a, "last_refused_s", a->ago);
	atcp_advice_try(a, "listener id:%lu set drain=0", a->l->id);
	atcp_advice_say(a, "drained",
			"It drains, and no other listener of its address takes connections: every client is refused. Let it listen again, or start another listener of this address.");
}

/* The guard is asked for, and no device has it. */
static void atcp_advice_guard(struct atcp_advice *a)
{
	if (!atcp_advice_is(a, "guard", "1") || atcp_advice_from(a, "guard", "netns") ||
	    !atcp_guardnote_idle())
		return;
	atcp_advice_figure(a, "guard", 1);
	if (!atcp_advice_try_devices(a))
		atcp_advice_try(a, "listener id:%lu set guard=inherit", a->l->id);
	atcp_advice_say(a, "guard-without-device",
			"guard=1 does nothing: net.atcp.guard_devices names no device.");
}

/**
 * atcp_advice_state() - judge a listener by what it is now
 * @a: its figures
 */
void atcp_advice_state(struct atcp_advice *a)
{
	a->ago = 0;
	atcp_advice_drain(a);
	a->ago = 0;
	atcp_advice_slow(a);
	atcp_advice_truncated(a);
	atcp_advice_guard(a);
}

/* The accept queue overflows: is the program slow, or the queue short? */
static void atcp_advice_overflow(struct atcp_advice *a)
{
	static const char *const names[] = { "overflows", NULL };
	unsigned long long overflows = atcp_advice_stat(a, "overflows");
	unsigned long long accepted = atcp_advice_stat(a, "accepted");
	long long limit = atcp_advice_number(a, "acceptq_limit");
	long long peak = atcp_advice_number(a, "acceptq_peak");
	long long median = atcp_advice_median(a->now);
	bool over;

	if (!overflows || overflows * ATCP_ADVICE_OVERFLOW_IN < accepted ||
	    !atcp_advice_when(a, names) || atcp_advice_has(a, "slow-acceptor") ||
	    atcp_advice_has(a, "silent-drop") || atcp_advice_has(a, "park-expired") ||
	    atcp_advice_has(a, "truncated-backlog"))
		return;
	over = atcp_advice_over(a);
	atcp_advice_figure(a, "overflows", overflows);
	atcp_advice_figure(a, "accepted", accepted);
	atcp_advice_figure(a, "acceptq_limit", limit);
	atcp_advice_figure(a, "acceptq_peak", peak);
	if (median >= 0)
		atcp_advice_figure(a, "accept_wait_median_us", median);
	if (median >= ATCP_ADVICE_WAIT_US) {
		atcp_advice_say(a, "slow-acceptor",
				"The accept queue overflowed %llu times because the program %s connections too slowly: half of them waited for 100 ms or more. A longer queue would only let them wait longer: give the program more workers, or less to do between two calls of accept(2).",
				overflows, over ? "took" : "takes");
		return;
	}
	atcp_advice_try(a, "listener id:%lu set backlog=%lld", a->l->id,
			atcp_advice_more(limit, peak, ATCP_ADVICE_BACKLOG_MAX));
	atcp_advice_say(a, "small-backlog",
			"The accept queue overflowed %llu times though the program %s connections quickly: its limit of %lld %s too small for the bursts that %s.",
			overflows, over ? "took" : "takes", limit, over ? "was" : "is",
			over ? "came" : "come");
}

/* Overflows that the peer is not told of. */
static void atcp_advice_silent(struct atcp_advice *a)
{
	static const char *const names[] = { "overflow_drops", NULL };
	unsigned long long drops = atcp_advice_stat(a, "overflow_drops");
	long long limit = atcp_advice_number(a, "acceptq_limit");

	if (!drops || !atcp_advice_is(a, "overflow", "drop") || !atcp_advice_when(a, names))
		return;
	atcp_advice_figure(a, "overflow_drops", drops);
	atcp_advice_figure(a, "acceptq_limit", limit);
	atcp_advice_try(a, "listener id:%lu set overflow=park", a->l->id);
	if (!atcp_advice_has(a, "slow-acceptor"))
		atcp_advice_try(a, "listener id:%lu set backlog=%lld", a->l->id,
				atcp_advice_more(limit, atcp_advice_number(a, "acceptq_peak"),
						 ATCP_ADVICE_BACKLOG_MAX));
	atcp_advice_say(a, "silent-drop",
			"%llu handshakes ended in silence because the accept queue was full: the peer believes that it is connected and waits. With the policy park they are completed as soon as there is room; with reset the peer knows at once.",
			drops);
}

/*
 * Peers that complete the handshake and say nothing, while TCP_DEFER_ACCEPT waits for
 * their data: they fill the SYN queue as honest ones would.
 */
static bool atcp_advice_mute(struct atcp_advice *a, unsigned long long full)
{
	unsigned long long done = atcp_advice_completed(a);
	unsigned long long deferred = atcp_advice_stat(a, "deferred");
	unsigned long long spoke = atcp_advice_stat(a, "accepted");
	unsigned long long made = atcp_advice_stat(a, "defer_accepted");
	long long wait = atcp_advice_number(a, "defer_accept");
	bool over = atcp_advice_over(a);

	/* Those whose time was over are made connections too, and did not speak. */
	spoke -= made < spoke ? made : spoke;
	if (!deferred || spoke * 2 >= done)
		return false;
	atcp_advice_figure(a, "completed", done);
	atcp_advice_figure(a, "deferred", deferred);
	atcp_advice_figure(a, "with_data", spoke);
	atcp_advice_figure(a, "queue_full", full);
	atcp_advice_figure(a, "defer_accept_ms", wait);
	if (wait > ATCP_ADVICE_DEFER_MS)
		atcp_advice_try(a, "listener id:%lu set defer_accept=%d%s", a->l->id,
				ATCP_ADVICE_DEFER_MS, atcp_advice_is(a, "defer_expire", "reset") ?
				"" : " defer_expire=reset");
	else if (wait)
		atcp_advice_try(a, "listener id:%lu set defer_accept=0", a->l->id);
	atcp_advice_say(a, "silent-peers",
			"The SYN queue was full for %llu SYNs because of peers that complete%s the handshake and sen%s no data: of %llu only %llu spoke, and TCP_DEFER_ACCEPT waits for the others. A longer queue only holds more of them; wait for less time, and end those whose time is over.",
			full, over ? "d" : "", over ? "t" : "d", done, spoke);
	return true;
}

static void atcp_advice_flood(struct atcp_advice *a, unsigned long long full,
			      unsigned long long syns, unsigned long long ratio)
{
	bool off = atcp_advice_is(a, "syncookies", "off"), over = atcp_advice_over(a);
	bool can = !atcp_guardnote_idle();
	const char *what =
		"SYN cookies serve honest peers meanwhile; "
		"the ingress guard does so at less cost.";

	if (over)
		what = "SYN cookies served honest peers meanwhile; "
		       "the ingress guard does so at less cost.";
	if (off)
		what = "Without SYN cookies honest peers are turned away.";
	if (off)
		atcp_advice_try(a, "listener id:%lu set syncookies=auto", a->l->id);
	if (!can && !atcp_advice_has(a, "guard-without-device"))
		can = atcp_advice_try_devices(a);
	if (can && atcp_advice_is(a, "guard", "0"))
		atcp_advice_try(a, "listener id:%lu set guard=1", a->l->id);
	atcp_advice_say(a, "syn-flood",
			"A SYN flood: only %llu %% of %llu SYNs were completed, and the SYN queue was full for %llu. %s A longer queue does not help.",
			ratio, syns, full,
			what);
}

/* The SYN queue was full: a flood, silent peers, or too short for honest ones? */
static void atcp_advice_synq(struct atcp_advice *a)
{
	static const char *const names[] = {
		"drop_SynqFull", "drop_Unproven", "cookies_sent", NULL
	};
	unsigned long long drops = atcp_advice_stat(a, "drop_SynqFull") +
				   atcp_advice_stat(a, "drop_Unproven");
	unsigned long long cookies = atcp_advice_stat(a, "cookies_sent");
	unsigned long long fair = atcp_advice_stat(a, "fair_cookies");
	unsigned long long syns = atcp_advice_stat(a, "syns");
	unsigned long long done = atcp_advice_completed(a);
	unsigned long long ratio = atcp_advice_percent(done, syns);
	long long limit = atcp_advice_number(a, "syn_backlog");

	/* Those for a network's share are another rule's. */
	cookies -= fair < cookies ? fair : cookies;
	if (atcp_advice_is(a, "syncookies", "always"))
		cookies = 0;
	if ((!drops && !cookies) || !atcp_advice_when(a, names))
		return;
	if (ratio >= ATCP_ADVICE_COMPLETION && atcp_advice_mute(a, drops + cookies))
		return;
	atcp_advice_figure(a, "syns", syns);
	atcp_advice_figure(a, "completed", done);
	atcp_advice_figure(a, "completed_percent", ratio);
	atcp_advice_figure(a, "dropped", drops);
	atcp_advice_figure(a, "cookies_sent", cookies);
	atcp_advice_figure(a, "syn_backlog", limit);
	if (ratio < ATCP_ADVICE_COMPLETION) {
		atcp_advice_flood(a, drops + cookies, syns, ratio);
		return;
	}
	atcp_advice_try(a, "listener id:%lu set syn_backlog=%lld", a->l->id,
			atcp_advice_more(limit * 2, atcp_advice_number(a, "synq_peak"),
					 ATCP_ADVICE_SYN_MAX));
	atcp_advice_say(a, "small-syn-queue",
			"The SYN queue was full for %llu SYNs, yet %llu %% of all were completed: these %s honest peers, and the limit of %lld %s too small for them.",
			drops + cookies, ratio, atcp_advice_over(a) ? "were" : "are", limit,
			atcp_advice_over(a) ? "was" : "is");
}

/* Parked requests whose time ran out. */
static void atcp_advice_parked(struct atcp_advice *a)
{
	static const char *const names[] = { "park_expired", NULL };
	unsigned long long parked = atcp_advice_stat(a, "parked");
	unsigned long long expired = atcp_advice_stat(a, "park_expired");

	/* With a deadline of the operator's it is what was asked for. */
	if (!expired || expired * 100 < parked * ATCP_ADVICE_PARK ||
	    !atcp_advice_is(a, "overflow", "park") || !atcp_advice_when(a, names))
		return;
	atcp_advice_figure(a, "parked", parked);
	atcp_advice_figure(a, "park_expired", expired);
	atcp_advice_figure(a, "park_completed",
			   atcp_advice_stat(a, "park_completed"));
	atcp_advice_try(a, "listener id:%lu set overflow=reset_after:5000", a->l->id);
	atcp_advice_say(a, "park-expired",
			"%llu of %llu parked handshakes were given up: the program did not call accept(2) for longer than they last. If it cannot be mended, tell the peers earlier.",
			expired, parked);
}

/* Cookies that are not ours. */
static void atcp_advice_cookies(struct atcp_advice *a)
{
	static const char *const names[] = { "cookies_failed", NULL };
	unsigned long long bad = atcp_advice_stat(a, "cookies_failed");
	unsigned long long good = atcp_advice_stat(a, "cookies_recv");
	unsigned long long percent = atcp_advice_percent(bad, bad + good);
	bool over;

	if (bad < ATCP_ADVICE_COOKIES_MIN || percent < ATCP_ADVICE_COOKIES ||
	    !atcp_advice_when(a, names))
		return;
	over = atcp_advice_over(a);
	atcp_advice_figure(a, "cookies_failed", bad);
	atcp_advice_figure(a, "cookies_recv", good);
	atcp_advice_say(a, "bad-cookies",
			"%llu %% of the ACKs that should bring a SYN cookie br%s a wrong or outdated one. Either it %s a flood of ACKs, or several hosts answer for one address: then give all of them the same cookie_key.",
			percent, over ? "ought" : "ing", over ? "was" : "is");
}

/* One network holds more than its share of the SYN queue. */
static void atcp_advice_unfair(struct atcp_advice *a)
{
	static const char *const names[] = { "fair_cookies", "drop_FairShare", NULL };
	const char *verdict =
		"Most were not completed: the share protects the others; "
		"a firewall rule for that network would save the work.";
	unsigned long long over = atcp_advice_stat(a, "fair_cookies") +
				  atcp_advice_stat(a, "drop_FairShare");
	unsigned long long syns = atcp_advice_stat(a, "syns");
	unsigned long long ratio = atcp_advice_percent(atcp_advice_completed(a),
						       syns);
	long long share = atcp_advice_number(a, "fair_share");

	if (!over || atcp_advice_percent(over, syns) < ATCP_ADVICE_UNFAIR ||
	    !atcp_advice_when(a, names))
		return;
	atcp_advice_figure(a, "over_share", over);
	atcp_advice_figure(a, "syns", syns);
	atcp_advice_figure(a, "completed_percent", ratio);
	atcp_advice_figure(a, "fair_share_percent", share);
	if (ratio >= ATCP_ADVICE_COMPLETION && share < 100)
		atcp_advice_try(a, "listener id:%lu set fair_share=%lld",
				a->l->id, share < 50 ? share * 2 : 100);
	if (ratio >= ATCP_ADVICE_COMPLETION)
		verdict =
			"Most were completed: many honest peers share one network "
			"(a proxy, a NAT), and the share may be larger.";
	atcp_advice_say(a, "unfair-prefix",
			"%llu of %llu SYNs came from networks that held more than their share of the SYN queue. %s",
			over, syns, verdict);
}

/* SYN-ACKs have to be sent again to peers that do answer in the end. */
static void atcp_advice_retrans(struct atcp_advice *a)
{
	static const char *const names[] = { "synack_retrans", NULL };
	unsigned long long again = atcp_advice_stat(a, "synack_retrans");
	unsigned long long requests = atcp_advice_stat(a, "requests");
	long long rto = atcp_advice_number(a, "synack_rto");
	unsigned long long ratio;

	if (!requests)
		requests = atcp_advice_stat(a, "syns");
	ratio = atcp_advice_percent(atcp_advice_completed(a),
				    atcp_advice_stat(a, "syns"));
	if (requests < ATCP_ADVICE_RETRANS_OF || ratio < ATCP_ADVICE_COMPLETION ||
	    atcp_advice_percent(again, requests) < ATCP_ADVICE_RETRANS ||
	    !atcp_advice_when(a, names))
		return;
	atcp_advice_figure(a, "synack_retrans", again);
	atcp_advice_figure(a, "requests", requests);
	atcp_advice_figure(a, "completed_percent", ratio);
	atcp_advice_figure(a, "synack_rto_ms", rto);
	if (rto > ATCP_ADVICE_RTO_MS)
		atcp_advice_try(a, "listener id:%lu set synack_rto=%d", a->l->id,
				ATCP_ADVICE_RTO_MS);
	atcp_advice_say(a, "synack-loss",
			"%llu %% of the SYN-ACKs had to be sent again, though most handshakes were completed: SYN-ACKs or their ACKs were lost on the way, or peers are further away than synack_rto. Look for loss; a shorter synack_rto hides it from peers that are near.",
			atcp_advice_percent(again, requests));
}

static void atcp_advice_memory(struct atcp_advice *a)
{
	static const char *const names[] = { "drop_NoMem", NULL };
	unsigned long long drops = atcp_advice_stat(a, "drop_NoMem");

	if (!drops || !atcp_advice_when(a, names))
		return;
	atcp_advice_figure(a, "drop_NoMem", drops);
	atcp_advice_say(a, "no-memory",
			"%llu SYNs or ACKs were dropped for want of memory: the machine, or the control group of the program, has none, or the module's max_requests is reached. Free some, or raise the limit (memory.max; modprobe atcp max_requests=N).",
			drops);
}

/**
 * atcp_advice_counted() - judge a listener by what it counted
 * @a: its figures
 */
void atcp_advice_counted(struct atcp_advice *a)
{
	/* Those that overflows come of are before what is said of overflows alone. */
	atcp_advice_silent(a);
	atcp_advice_parked(a);
	atcp_advice_overflow(a);
	atcp_advice_synq(a);
	atcp_advice_unfair(a);
	atcp_advice_cookies(a);
	atcp_advice_retrans(a);
	atcp_advice_memory(a);
}

/* One that drains is to get nothing. */
static bool atcp_advice_member(const struct atcp_advice *a, const struct atcp_ltab_listener *l)
{
	char *state;
	bool is;

	if (strcmp(l->local, a->l->local))
		return false;
	state = atcp_ltab_text(a->tab, l, "state");
	is = !state || strcmp(state, "drain");
	free(state);
	return is;
}

/**
 * atcp_advice_group() - judge how a SO_REUSEPORT group shares its connections
 * @a: figures of one of it, which speaks if it is the group's first
 */
void atcp_advice_group(struct atcp_advice *a)
{
	unsigned long long sum = 0, most = 0, members = 0, accepted;
	const char *why = "";
	bool by_bpf, set;
	size_t i;

	for (i = 0; i < a->tab->count; i++) {
		if (!atcp_advice_member(a, &a->tab->all[i]))
			continue;
		if (&a->tab->all[i] < a->l)
			return;
		accepted = atcp_advice_stat_of(&a->all[i], "accepted");
		members++;
		sum += accepted;
		if (accepted > most)
			most = accepted;
	}
	if (members < 2 || sum < ATCP_ADVICE_GROUP_OF || !atcp_ltab_has_files(a->tab, a->l) ||
	    (most < sum / members * ATCP_ADVICE_GROUP &&
	     atcp_advice_percent(most, sum) < ATCP_ADVICE_GROUP_ALL))
		return;
	a->ago = a->basis == ATCP_ADVICE_NOW ? 0 : -1;
	by_bpf = atcp_advice_is(a, "chosen_by", "bpf");
	set = atcp_advice_is(a, "balance", "p2c") || atcp_advice_is(a, "balance", "least") ||
	      atcp_advice_is(a, "balance", "rr");
	atcp_advice_figure(a, "members", members);
	atcp_advice_figure(a, "accepted", sum);
	atcp_advice_figure(a, "accepted_by_one", most);
	if (by_bpf)
		why = " A BPF program of the group's chooses, and no knob: look there.";
	else if (set)
		why = " The policy that is set goes by queues or by turns: "
		      "the others' programs take none.";
	else
		atcp_advice_try(a, "listener %s set balance=p2c", a->l->local);
	atcp_advice_say(a, "uneven-group",
			"The %llu listeners of this address shared their connections unevenly: one got %llu of %llu.%s",
			members, most, sum,
			why);
}
