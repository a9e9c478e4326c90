// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of atcpctl advise, one function each. What a rule needs to speak is
 * defined here in one place and told in atcpctl(8): there, too, when it changes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "atcpctl.h"
#include "file.h"
#include "lknob.h"
#include "table.h"

/* Overflows count from one in so many connections on. */
#define ATCP_ADVICE_OVERFLOW_IN		1000
/* Half of the connections waited so long, or the first does: a slow program, us, ms. */
#define ATCP_ADVICE_WAIT_US		100000
#define ATCP_ADVICE_OLDEST_MS		1000
/* Less than this share of the SYNs was completed: a flood, percent. */
#define ATCP_ADVICE_COMPLETION		50
/* This share of SYN-ACKs was sent again: loss on the way, percent of at least so many. */
#define ATCP_ADVICE_RETRANS		10
#define ATCP_ADVICE_RETRANS_OF		100
/* Bad cookies: percent of those that came, and at least so many. */
#define ATCP_ADVICE_COOKIES		10
#define ATCP_ADVICE_COOKIES_MIN		100
/* SYNs over their prefix's share, percent of all. */
#define ATCP_ADVICE_UNFAIR		10
/* Parked requests that were given up, percent. */
#define ATCP_ADVICE_PARK		1
/* A group is uneven when its fullest member has so many times the mean. */
#define ATCP_ADVICE_GROUP		4
#define ATCP_ADVICE_GROUP_OF		1000
/* Who asks for so much asks for all there is. */
#define ATCP_ADVICE_ASKED_ALL		65535
/* The greatest values that commands name. */
#define ATCP_ADVICE_SYN_MAX		1048576
#define ATCP_ADVICE_BACKLOG_MAX		65535

static long long atcp_advice_number(const struct atcp_advice *a, const char *file)
{
	long long number = atcp_ltab_number(a->tab, a->l, file);

	return number < 0 ? 0 : number;
}

/* The first word of a knob's file equals this. */
static bool atcp_advice_is(const struct atcp_advice *a, const char *knob,
			   const char *value)
{
	char *text = atcp_ltab_text(a->tab, a->l, knob);
	size_t len = strlen(value);
	bool is = text && !strncmp(text, value, len) &&
		  (!text[len] || text[len] == ' ');

	free(text);
	return is;
}

/* Was the knob set from outside, so that it is not for somaxconn to change? */
static bool atcp_advice_own(const struct atcp_advice *a, const char *knob)
{
	char *text = atcp_ltab_text(a->tab, a->l, knob);
	bool own = text && strstr(text, " listener");

	free(text);
	return own;
}

static unsigned long long atcp_advice_percent(unsigned long long part,
					      unsigned long long whole)
{
	return whole ? part * 100 / whole : 0;
}

/*
 * The time below which half of the connections are, as the lower bound of its
 * bucket: what is said is true of at least half. -1 without a histogram.
 */
static long long atcp_advice_median(const struct atcp_advice *a, const char *file)
{
	struct atcp_ltab_bucket *buckets;
	size_t i, count = atcp_ltab_histogram(a->l, file, &buckets);
	unsigned long long all = 0, sum = 0;
	long long median = -1;

	for (i = 0; i < count; i++)
		all += buckets[i].count;
	for (i = 0; i < count && median < 0; i++) {
		sum += buckets[i].count;
		if (all && sum * 2 >= all)
			median = buckets[i].low;
	}
	free(buckets);
	return median;
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
	long long want = limit * 2 > peak * 2 ? limit * 2 : peak * 2, more = 128;

	while (more < want && more < max)
		more *= 2;
	return more < max ? more : max;
}

static void atcp_advice_try_backlog(struct atcp_advice *a)
{
	long long limit = atcp_advice_number(a, "acceptq_limit");
	long long peak = atcp_advice_number(a, "acceptq_peak");

	atcp_advice_try(a, "atcpctl listener id:%lu set backlog=%lld", a->l->id,
			atcp_advice_more(limit, peak, ATCP_ADVICE_BACKLOG_MAX));
}

/* The accept queue overflows: is the program slow, or the queue short? */
static void atcp_advice_overflow(struct atcp_advice *a)
{
	unsigned long long overflows = atcp_advice_stat(a, "overflows");
	unsigned long long accepted = atcp_advice_stat(a, "accepted");
	long long oldest = atcp_advice_number(a, "acceptq_oldest_ms");
	long long limit = atcp_advice_number(a, "acceptq_limit");
	long long median = atcp_advice_median(a, "accept_wait_us");
	bool slow = median >= ATCP_ADVICE_WAIT_US || oldest >= ATCP_ADVICE_OLDEST_MS;

	if (!overflows || overflows * ATCP_ADVICE_OVERFLOW_IN < accepted)
		return;
	atcp_advice_figure(a, "overflows", overflows);
	atcp_advice_figure(a, "accepted", accepted);
	atcp_advice_figure(a, "acceptq_limit", limit);
	atcp_advice_figure(a, "acceptq_peak", atcp_advice_number(a, "acceptq_peak"));
	atcp_advice_figure(a, "acceptq_oldest_ms", oldest);
	if (median >= 0)
		atcp_advice_figure(a, "accept_wait_median_us", median);
	if (slow) {
		atcp_advice_say(a, "slow-acceptor",
				"The accept queue overflowed %llu times because the program takes connections too slowly: %s. A longer queue would only let them wait longer. Give the program more workers or less to do between two calls of accept(2).",
				overflows, oldest >= ATCP_ADVICE_OLDEST_MS ?
				"the first in the queue has waited for a second or more" :
				"half of them waited for 100 ms or more");
		return;
	}
	atcp_advice_try_backlog(a);
	atcp_advice_say(a, "small-backlog",
			"The accept queue overflowed %llu times though the program takes connections quickly: its limit of %lld is too small for the bursts that come.",
			overflows, limit);
}

/* Overflows that the peer is not told of. */
static void atcp_advice_silent(struct atcp_advice *a)
{
	unsigned long long drops = atcp_advice_stat(a, "overflow_drops");

	if (!drops || !atcp_advice_is(a, "overflow", "drop"))
		return;
	atcp_advice_figure(a, "overflow_drops", drops);
	atcp_advice_try(a, "atcpctl listener id:%lu set overflow=park", a->l->id);
	atcp_advice_say(a, "silent-drop",
			"%llu handshakes ended in silence because the accept queue was full: the peer believes that it is connected and waits. With the policy park they are completed as soon as there is room; with reset the peer knows at once.",
			drops);
}

/* listen(2) asked for more than somaxconn. */
static void atcp_advice_truncated(struct atcp_advice *a)
{
	long long asked = atcp_advice_number(a, "backlog_asked");
	long long limit = atcp_advice_number(a, "acceptq_limit");

	if (asked <= limit || atcp_advice_own(a, "backlog"))
		return;
	if (asked >= ATCP_ADVICE_ASKED_ALL && !atcp_advice_stat(a, "overflows"))
		return;
	atcp_advice_figure(a, "backlog_asked", asked);
	atcp_advice_figure(a, "acceptq_limit", limit);
	atcp_advice_try(a, "atcpctl set somaxconn=%lld", asked);
	atcp_advice_try(a, "atcpctl listener id:%lu set backlog=%lld", a->l->id,
			asked);
	atcp_advice_say(a, "truncated-backlog",
			"The program asked for a backlog of %lld and got %lld: somaxconn cut it.",
			asked, limit);
}

/* The SYN queue was full: a flood, or too short for honest peers? */
static void atcp_advice_synq(struct atcp_advice *a)
{
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
	if (!drops && !cookies)
		return;
	atcp_advice_figure(a, "syns", syns);
	atcp_advice_figure(a, "completed", done);
	atcp_advice_figure(a, "completed_percent", ratio);
	atcp_advice_figure(a, "dropped", drops);
	atcp_advice_figure(a, "cookies_sent", cookies);
	atcp_advice_figure(a, "syn_backlog", limit);
	if (ratio >= ATCP_ADVICE_COMPLETION) {
		atcp_advice_try(a, "atcpctl listener id:%lu set syn_backlog=%lld",
				a->l->id,
				atcp_advice_more(limit * 2,
						 atcp_advice_number(a, "synq_peak"),
						 ATCP_ADVICE_SYN_MAX));
		atcp_advice_say(a, "small-syn-queue",
				"The SYN queue was full for %llu SYNs, yet %llu %% of all are completed: these are honest peers, and the limit of %lld is too small for them.",
				drops + cookies, ratio, limit);
		return;
	}
	if (atcp_advice_is(a, "syncookies", "off"))
		atcp_advice_try(a, "atcpctl listener id:%lu set syncookies=auto",
				a->l->id);
	if (atcp_advice_is(a, "guard", "0"))
		atcp_advice_try(a, "atcpctl listener id:%lu set guard=1", a->l->id);
	atcp_advice_say(a, "syn-flood",
			"A SYN flood: only %llu %% of %llu SYNs were completed, and the SYN queue was full for %llu. %s A longer queue does not help.",
			ratio, syns, drops + cookies,
			atcp_advice_is(a, "syncookies", "off") ?
			"Without SYN cookies honest peers are turned away." :
			"SYN cookies serve honest peers meanwhile; the ingress guard would do so at less cost.");
}

/* Parked requests whose time ran out. */
static void atcp_advice_parked(struct atcp_advice *a)
{
	unsigned long long parked = atcp_advice_stat(a, "parked");
	unsigned long long expired = atcp_advice_stat(a, "park_expired");

	if (!expired || expired * 100 < parked * ATCP_ADVICE_PARK)
		return;
	atcp_advice_figure(a, "parked", parked);
	atcp_advice_figure(a, "park_expired", expired);
	atcp_advice_figure(a, "park_completed",
			   atcp_advice_stat(a, "park_completed"));
	atcp_advice_try(a, "atcpctl listener id:%lu set overflow=reset_after:5000",
			a->l->id);
	atcp_advice_say(a, "park-expired",
			"%llu of %llu parked handshakes were given up: the program did not call accept(2) for longer than they last. If it cannot be mended, tell the peers earlier.",
			expired, parked);
}

/* Cookies that are not ours. */
static void atcp_advice_cookies(struct atcp_advice *a)
{
	unsigned long long bad = atcp_advice_stat(a, "cookies_failed");
	unsigned long long good = atcp_advice_stat(a, "cookies_recv");
	unsigned long long percent = atcp_advice_percent(bad, bad + good);

	if (bad < ATCP_ADVICE_COOKIES_MIN || percent < ATCP_ADVICE_COOKIES)
		return;
	atcp_advice_figure(a, "cookies_failed", bad);
	atcp_advice_figure(a, "cookies_recv", good);
	atcp_advice_say(a, "bad-cookies",
			"%llu %% of the ACKs that should bring a SYN cookie bring a wrong or outdated one. Either it is a flood of ACKs, or several hosts answer for one address: then give all of them the same cookie_key.",
			percent);
}

/* One network holds more than its share of the SYN queue. */
static void atcp_advice_unfair(struct atcp_advice *a)
{
	const char *verdict =
		"Most are not completed: the share protects the others; "
		"a firewall rule for that network would save the work.";
	unsigned long long over = atcp_advice_stat(a, "fair_cookies") +
				  atcp_advice_stat(a, "drop_FairShare");
	unsigned long long syns = atcp_advice_stat(a, "syns");
	unsigned long long ratio = atcp_advice_percent(atcp_advice_completed(a),
						       syns);
	long long share = atcp_advice_number(a, "fair_share");

	if (!over || atcp_advice_percent(over, syns) < ATCP_ADVICE_UNFAIR)
		return;
	atcp_advice_figure(a, "over_share", over);
	atcp_advice_figure(a, "syns", syns);
	atcp_advice_figure(a, "completed_percent", ratio);
	atcp_advice_figure(a, "fair_share_percent", share);
	if (ratio >= ATCP_ADVICE_COMPLETION && share < 100)
		atcp_advice_try(a, "atcpctl listener id:%lu set fair_share=%lld",
				a->l->id, share * 2 < 100 ? share * 2 : 100);
	if (ratio >= ATCP_ADVICE_COMPLETION)
		verdict =
			"Most are completed: many honest peers share one network "
			"(a proxy, a NAT), and the share may be larger.";
	atcp_advice_say(a, "unfair-prefix",
			"%llu of %llu SYNs came from networks that held more than their share of the SYN queue. %s",
			over, syns, verdict);
}

/* SYN-ACKs have to be sent again to peers that do answer in the end. */
static void atcp_advice_retrans(struct atcp_advice *a)
{
	unsigned long long again = atcp_advice_stat(a, "synack_retrans");
	unsigned long long requests = atcp_advice_stat(a, "requests");
	unsigned long long ratio;

	if (!requests)
		requests = atcp_advice_stat(a, "syns");
	ratio = atcp_advice_percent(atcp_advice_completed(a),
				    atcp_advice_stat(a, "syns"));
	if (requests < ATCP_ADVICE_RETRANS_OF || ratio < ATCP_ADVICE_COMPLETION ||
	    atcp_advice_percent(again, requests) < ATCP_ADVICE_RETRANS)
		return;
	atcp_advice_figure(a, "synack_retrans", again);
	atcp_advice_figure(a, "requests", requests);
	atcp_advice_figure(a, "completed_percent", ratio);
	atcp_advice_figure(a, "synack_rto_ms", atcp_advice_number(a, "synack_rto"));
	atcp_advice_try(a, "atcpctl listener id:%lu set synack_rto=300", a->l->id);
	atcp_advice_say(a, "synack-loss",
			"%llu %% of the SYN-ACKs had to be sent again, though most handshakes are completed: SYN-ACKs or their ACKs are lost on the way, or peers are further away than synack_rto. Look for loss; a shorter synack_rto hides it from peers that are near.",
			atcp_advice_percent(again, requests));
}

static void atcp_advice_memory(struct atcp_advice *a)
{
	unsigned long long drops = atcp_advice_stat(a, "drop_NoMem");

	if (!drops)
		return;
	atcp_advice_figure(a, "drop_NoMem", drops);
	atcp_advice_try(a, "atcpctl get mem");
	atcp_advice_say(a, "no-memory",
			"%llu SYNs or ACKs were dropped for want of memory: either the machine has none, or the limit of the queues (net.atcp.mem, max_syn_backlog) is reached.",
			drops);
}

/**
 * atcp_advice_listener() - judge one listener
 * @a: its figures
 */
void atcp_advice_listener(struct atcp_advice *a)
{
	atcp_advice_overflow(a);
	atcp_advice_silent(a);
	atcp_advice_truncated(a);
	atcp_advice_synq(a);
	atcp_advice_unfair(a);
	atcp_advice_parked(a);
	atcp_advice_cookies(a);
	atcp_advice_retrans(a);
	atcp_advice_memory(a);
}

/**
 * atcp_advice_group() - judge how a SO_REUSEPORT group shares its connections
 * @a: figures of one of it
 * @first: its place in the list; it speaks if it is the group's first
 */
void atcp_advice_group(struct atcp_advice *a, size_t first)
{
	unsigned long long sum = 0, most = 0, members = 0;
	size_t i;

	for (i = 0; i < a->tab->count; i++) {
		const struct atcp_ltab_listener *l = &a->tab->all[i];
		const char *word = atcp_ltab_word(a->tab, l, "accepted");
		unsigned long long accepted = word ? strtoull(word, NULL, 10) : 0;

		if (strcmp(l->local, a->l->local))
			continue;
		if (i < first)
			return;
		members++;
		sum += accepted;
		if (accepted > most)
			most = accepted;
	}
	if (members < 2 || sum < ATCP_ADVICE_GROUP_OF ||
	    most * members < sum * ATCP_ADVICE_GROUP || !a->l->dir)
		return;
	atcp_advice_figure(a, "members", members);
	atcp_advice_figure(a, "accepted", sum);
	atcp_advice_figure(a, "accepted_by_one", most);
	atcp_advice_try(a, "atcpctl listener %s set balance=p2c", a->l->local);
	atcp_advice_say(a, "uneven-group",
			"The %llu listeners of this address share their connections unevenly: one got %llu of %llu.",
			members, most, sum);
}

/**
 * atcp_advice_netns() - judge what is of the whole namespace
 * @a: its counters
 */
void atcp_advice_netns(struct atcp_advice *a)
{
	static const struct {
		const char *counter;
		const char *name;
		const char *text;
		const char *try;
	} rules[] = {
		{ "PortExhausted", "no-ports",
		  "connect(2) found no free port: widen the range.",
		  "atcpctl get local_port_range" },
		{ "OrphanLimit", "orphans",
		  "Connections were cut because too many had been closed with data in flight.",
		  "atcpctl get max_orphans" },
		{ "TCPTimeWaitOverflow", "time-wait",
		  "Connections skipped TIME-WAIT because too many were in it: late segments of theirs may disturb new ones.",
		  "atcpctl get max_tw_buckets" },
	};
	unsigned long long events;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		events = atcp_advice_stat(a, rules[i].counter);
		if (!events)
			continue;
		atcp_advice_figure(a, rules[i].counter, events);
		atcp_advice_try(a, "%s", rules[i].try);
		atcp_advice_say(a, rules[i].name, "%s", rules[i].text);
	}
}
