// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl metrics: queues, knobs and counters as OpenMetrics text, or as what Prometheus'
 * textfile collector and promtool read.
 *
 * Series are the same at every scrape, counters at 0 among them, and at most 60 a
 * listener; --full has all that there is. A family's samples must stand together, so the
 * outer loop is over families and the inner one over listeners.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "everyns.h"
#include "file.h"
#include "ltab.h"
#include "metrics.h"
#include "metrics_group.h"
#include "metrics_text.h"
#include "owner.h"
#include "proc.h"

/* Upper bounds of the buckets with --full: 2^k microseconds, k up to this (67 s). */
#define ATCP_METRICS_BUCKETS	26

/* And without: 1 ms, 16 ms, 131 ms, 1 s, 8 s. */
static const unsigned int atcp_metrics_bounds[] = { 10, 14, 17, 20, 23 };

/* The counters that are told without --full. */
static const char *const atcp_metrics_told[] = {
	"syns", "synack_retrans", "cookies_sent", "cookies_recv", "cookies_failed",
	"overflows", "drops", "accepted", "requests", "completed", "expired",
	"embryonic_rsts", "parked", "park_completed", "park_expired", "overflow_drops",
	"overflow_resets", "deferred", "drain_refused", "fair_cookies", "floods",
	"slow_accepts", "fastopen", "migrated_in", "guard_cookies", "guard_drops",
};

/* The options. */
static bool atcp_metrics_prometheus;
static bool atcp_metrics_full;

/**
 * struct atcp_metrics_all - the listeners, and where they are told of
 * @text: where to
 * @tab: the listeners
 * @groups: which of them are one series
 * @values: of one family, a group each; NAN: there is none
 * @stats: the counters of each listener
 * @counts: how many each has
 */
struct atcp_metrics_all {
	struct atcp_metrics_text text;
	struct atcp_ltab *tab;
	struct atcp_metrics_groups groups;
	double *values;
	struct atcp_ltab_stat **stats;
	size_t *counts;
};

/**
 * struct atcp_metrics_gauge - a file of a listener that holds a number
 * @family: name of the metric
 * @file: name of the file
 * @scale: the file's unit in the metric's
 * @unit: the metric's unit if its name ends with one, else NULL
 * @max: of several listeners it is the greatest that is told, not the sum
 * @help: one line
 */
struct atcp_metrics_gauge {
	const char *family;
	const char *file;
	double scale;
	const char *unit;
	bool max;
	const char *help;
};

static const struct atcp_metrics_gauge atcp_metrics_gauges[] = {
	{ "atcp_listener_syn_queue_length", "synq_len", 1, NULL, false,
	  "Half-open connections in the SYN queue." },
	{ "atcp_listener_syn_queue_limit", "syn_backlog", 1, NULL, false,
	  "Limit of the SYN queue." },
	{ "atcp_listener_syn_queue_young", "synq_young", 1, NULL, false,
	  "Half-open connections whose SYN-ACK was sent only once." },
	{ "atcp_listener_syn_queue_peak", "synq_peak", 1, NULL, true,
	  "Longest that the SYN queue has been." },
	{ "atcp_listener_syn_queue_oldest_seconds", "synq_oldest_ms", 0.001,
	  "seconds", true, "Age of the oldest half-open connection." },
	{ "atcp_listener_accept_queue_length", "acceptq_len", 1, NULL, false,
	  "Connections that wait for accept." },
	{ "atcp_listener_accept_queue_limit", "acceptq_limit", 1, NULL, false,
	  "Limit of the accept queue; one more than it may wait." },
	{ "atcp_listener_accept_queue_peak", "acceptq_peak", 1, NULL, true,
	  "Longest that the accept queue has been." },
	{ "atcp_listener_accept_queue_oldest_seconds", "acceptq_oldest_ms",
	  0.001, "seconds", true, "How long the first in the accept queue has waited." },
	{ "atcp_listener_accept_queue_pressed", "acceptq_pressed", 1, NULL, true,
	  "1 from the high watermark until the low one, else 0." },
	{ "atcp_listener_draining", "drain", 1, NULL, true,
	  "1 while the listener takes no SYNs, else 0." },
	{ "atcp_listener_guard", "guard", 1, NULL, true,
	  "1 if floods are answered before the IP stack, where a device has the guard." },
	{ "atcp_listener_parked_requests", "parked", 1, NULL, false,
	  "Requests that wait for a place in the accept queue." },
	{ "atcp_listener_backlog_asked", "backlog_asked", 1, NULL, false,
	  "What the program asked of listen, before somaxconn." },
};

static const struct {
	const char *family;
	const char *file;
	const char *help;
} atcp_metrics_histograms[] = {
	{ "atcp_listener_handshake_seconds", "handshake_us",
	  "From the SYN to the end of the handshake." },
	{ "atcp_listener_accept_wait_seconds", "accept_wait_us",
	  "From the end of the handshake to accept." },
};

/* Who a listener is; only where each has series of its own. */
static void atcp_metrics_info(const struct atcp_metrics_all *all)
{
	static const char * const fields[] = {
		"inode", "uid", "family", "state",
	};
	FILE *out = all->text.out;
	size_t i, n;
	char *text;

	if (!atcp_metrics_group_single())
		return;
	atcp_metrics_text_head(&all->text, "atcp_listener", "info", NULL,
			       "A listening socket.");
	for (i = 0; i < all->tab->count; i++) {
		const struct atcp_ltab_listener *l = &all->tab->all[i];
		char id[24];

		snprintf(id, sizeof(id), "%lu", l->id);
		fputs("atcp_listener_info", out);
		atcp_metrics_text_label(out, "{", "listener", l->local);
		atcp_metrics_text_label(out, ",", "id", id);
		if (atcp_options.netns)
			atcp_metrics_text_label(out, ",", "netns", atcp_options.netns);
		for (n = 0; n < ARRAY_SIZE(fields); n++) {
			text = atcp_ltab_text(all->tab, l, fields[n]);
			if (text)
				atcp_metrics_text_label(out, ",", fields[n], text);
			free(text);
		}
		text = atcp_owner_name(l);
		atcp_metrics_text_label(out, ",", "program", text);
		free(text);
		fputs("} 1\n", out);
	}
}

/* Adds a listener's value to those of its group. */
static void atcp_metrics_add(struct atcp_metrics_all *all, size_t i, double value, bool max)
{
	double *sum = &all->values[all->groups.of[i]];

	if (isnan(*sum) || (max && value > *sum))
		*sum = value;
	else if (!max)
		*sum += value;
}

static void atcp_metrics_begin(struct atcp_metrics_all *all)
{
	size_t i;

	for (i = 0; i < all->groups.count; i++)
		all->values[i] = NAN;
}

/* The samples of a family: of each group that has a value. */
static void atcp_metrics_samples(const struct atcp_metrics_all *all, const char *family,
				 const char *suffix)
{
	size_t i;

	for (i = 0; i < all->groups.count; i++) {
		double value = all->values[i];

		/* Whole numbers in all their digits. */
		if (!isnan(value))
			fprintf(all->text.out, value == floor(value) ? "%s%s%s} %.0f\n" :
				"%s%s%s} %.15g\n", family, suffix, all->groups.labels[i], value);
	}
}

static void atcp_metrics_gauge(struct atcp_metrics_all *all,
			       const struct atcp_metrics_gauge *gauge)
{
	long long value;
	size_t i;

	atcp_metrics_text_head(&all->text, gauge->family, "gauge", gauge->unit, gauge->help);
	atcp_metrics_begin(all);
	for (i = 0; i < all->tab->count; i++) {
		value = atcp_ltab_number(all->tab, &all->tab->all[i], gauge->file);
		if (value >= 0)
			atcp_metrics_add(all, i, value * gauge->scale, gauge->max);
	}
	atcp_metrics_samples(all, gauge->family, "");
}

/* The place of a counter among those of a listener, -1 if it has none such. */
static ssize_t atcp_metrics_find(const struct atcp_metrics_all *all,
				 size_t listener, const char *name)
{
	size_t n;

	for (n = 0; n < all->counts[listener]; n++)
		if (!strcmp(all->stats[listener][n].name, name))
			return n;
	return -1;
}

/* One counter of all listeners. */
static void atcp_metrics_counter(struct atcp_metrics_all *all, const char *name)
{
	char *family = atcp_metrics_text_name("atcp_listener_", name), *help;
	ssize_t at;
	size_t i;

	help = atcp_file_format("Events that the listener counted as %s.", name);
	atcp_metrics_text_head(&all->text, family, "counter", NULL, help);
	atcp_metrics_begin(all);
	for (i = 0; i < all->tab->count; i++) {
		at = atcp_metrics_find(all, i, name);
		atcp_metrics_add(all, i, at < 0 ? 0 : all->stats[i][at].value, false);
	}
	atcp_metrics_samples(all, family, "_total");
	free(help);
	free(family);
}

/* The counters that are told, or every one that any listener has, in its order. */
static void atcp_metrics_counters(struct atcp_metrics_all *all)
{
	size_t i, n, before;

	for (n = 0; n < ARRAY_SIZE(atcp_metrics_told) && !all->text.full; n++)
		atcp_metrics_counter(all, atcp_metrics_told[n]);
	for (i = 0; i < all->tab->count && all->text.full; i++) {
		for (n = 0; n < all->counts[i]; n++) {
			const char *name = all->stats[i][n].name;

			for (before = 0; before < i; before++)
				if (atcp_metrics_find(all, before, name) >= 0)
					break;
			if (before == i)
				atcp_metrics_counter(all, name);
		}
	}
}

/* Events up to 2^k microseconds; all of them if there is no such bound. */
static unsigned long long atcp_metrics_below(const struct atcp_ltab_bucket *buckets,
					     size_t count, int k)
{
	unsigned long long sum = 0;
	size_t i;

	for (i = 0; i < count; i++)
		if (k < 0 || (buckets[i].high && buckets[i].high <= 1ULL << k))
			sum += buckets[i].count;
	return sum;
}

/**
 * struct atcp_metrics_spread - a histogram of a group of listeners
 * @told: one of them has such a histogram
 * @summed: and the sum of its times
 * @below: events up to each bound, and all of them after the last
 * @sum_us: all times
 */
struct atcp_metrics_spread {
	bool told;
	bool summed;
	unsigned long long below[ATCP_METRICS_BUCKETS + 2];
	unsigned long long sum_us;
};

/* The bound of this number, as a power of two: they are the same at every scrape. */
static int atcp_metrics_bound(const struct atcp_metrics_all *all, int i, int *count)
{
	*count = all->text.full ? ATCP_METRICS_BUCKETS + 1 :
				  (int)ARRAY_SIZE(atcp_metrics_bounds);
	if (i >= *count)
		return -1;
	return all->text.full ? i : (int)atcp_metrics_bounds[i];
}

static void atcp_metrics_spread_add(const struct atcp_metrics_all *all, size_t listener,
				    const char *file, struct atcp_metrics_spread *spread)
{
	const struct atcp_ltab_listener *l = &all->tab->all[listener];
	struct atcp_ltab_bucket *buckets;
	size_t n = atcp_ltab_histogram(all->tab, l, file, &buckets);
	char *name = atcp_file_format("%.*s_sum_us", (int)strlen(file) - 3, file);
	long long sum_us = atcp_ltab_number(all->tab, l, name);
	int i, count = 0;

	if (atcp_ltab_has_files(all->tab, l))
		spread->told = true;
	for (i = 0; i <= count; i++)
		spread->below[i] += atcp_metrics_below(buckets, n,
						       atcp_metrics_bound(all, i, &count));
	/* A module of before there were sums has no count either: they go together. */
	if (sum_us >= 0) {
		spread->summed = true;
		spread->sum_us += sum_us;
	}
	free(name);
	free(buckets);
}

static void atcp_metrics_spread_print(const struct atcp_metrics_all *all, const char *family,
				      const char *labels,
				      const struct atcp_metrics_spread *spread)
{
	/* Without any labels there is no comma before this one. */
	const char *comma = labels[1] ? "," : "";
	FILE *out = all->text.out;
	int i, k, count = 0;

	for (i = 0; spread->told && i <= count; i++) {
		k = atcp_metrics_bound(all, i, &count);
		fprintf(out, "%s_bucket%s%sle=\"", family, labels, comma);
		if (k < 0)
			fputs("+Inf", out);
		else
			fprintf(out, "%.9g", (1ULL << k) / 1e6);
		fprintf(out, "\"} %llu\n", spread->below[i]);
	}
	if (spread->summed)
		fprintf(out, "%s_count%s} %llu\n%s_sum%s} %.15g\n", family, labels,
			spread->below[count], family, labels, spread->sum_us / 1e6);
}

static void atcp_metrics_histogram(const struct atcp_metrics_all *all, const char *family,
				   const char *file, const char *help)
{
	struct atcp_metrics_spread *spreads;
	size_t i;

	spreads = atcp_file_must(calloc(all->groups.count + 1, sizeof(*spreads)));
	atcp_metrics_text_head(&all->text, family, "histogram", "seconds", help);
	for (i = 0; i < all->tab->count; i++)
		atcp_metrics_spread_add(all, i, file, &spreads[all->groups.of[i]]);
	for (i = 0; i < all->groups.count; i++)
		atcp_metrics_spread_print(all, family, all->groups.labels[i], &spreads[i]);
	free(spreads);
}

/* What is counted by listeners. */
static void atcp_metrics_listeners(struct atcp_metrics_all *all)
{
	size_t i, n;

	all->stats = atcp_file_must(calloc(all->tab->count + 1, sizeof(*all->stats)));
	all->counts = atcp_file_must(calloc(all->tab->count + 1, sizeof(*all->counts)));
	atcp_metrics_group_make(&all->groups, all->tab);
	all->values = atcp_file_must(calloc(all->groups.count + 1, sizeof(*all->values)));
	for (i = 0; i < all->tab->count; i++)
		all->counts[i] = atcp_ltab_stats(all->tab, &all->tab->all[i], &all->stats[i]);

	atcp_metrics_info(all);
	for (i = 0; i < ARRAY_SIZE(atcp_metrics_gauges); i++)
		atcp_metrics_gauge(all, &atcp_metrics_gauges[i]);
	atcp_metrics_counters(all);
	for (n = 0; n < ARRAY_SIZE(atcp_metrics_histograms); n++)
		atcp_metrics_histogram(all, atcp_metrics_histograms[n].family,
				       atcp_metrics_histograms[n].file,
				       atcp_metrics_histograms[n].help);

	for (i = 0; i < all->tab->count; i++)
		atcp_ltab_stats_free(all->stats[i], all->counts[i]);
	free(all->stats);
	free(all->counts);
	free(all->values);
	atcp_metrics_group_free(&all->groups);
}

/* All of one network namespace. */
static int atcp_metrics_here(FILE *out, void *data)
{
	struct atcp_metrics_all all = {
		.text = { .out = out, .prometheus = *(bool *)data, .full = atcp_metrics_full },
		.tab = atcp_ltab_new(),
	};

	if (!all.tab)
		return ATCP_EXIT_FAIL;
	atcp_metrics_listeners(&all);
	atcp_ltab_free(all.tab);
	atcp_owner_forget();
	return atcp_metrics_netns(&all.text) ? ATCP_EXIT_FAIL : ATCP_EXIT_OK;
}

/**
 * atcp_metrics_write() - all metrics, as the options of the command line have it
 * @out: where to
 * @prometheus: as Prometheus' text, not OpenMetrics
 *
 * Return: enum atcp_exit; without the module nothing is written, else what could be read.
 */
int atcp_metrics_write(FILE *out, bool prometheus)
{
	char *there = atcp_proc_read("net/atcp/listen");
	int rc;

	if (!there) {
		atcp_proc_absent("net/atcp/listen");
		return ATCP_EXIT_FAIL;
	}
	free(there);
	rc = atcp_options.all_netns ?
	     atcp_everyns_families(out, atcp_metrics_here, &prometheus) :
	     atcp_metrics_here(out, &prometheus);
	if (!prometheus)
		fputs("# EOF\n", out);
	return rc;
}

/**
 * atcp_metrics_option() - an option of metrics and of exporter, but for --format
 * @argc: words left
 * @argv: the option and what follows
 *
 * Return: words taken, 0 if it is none of theirs, -1 after a message.
 */
int atcp_metrics_option(int argc, char **argv)
{
	bool own = !strncmp(argv[0], "--labels=", 9);

	if (!strcmp(argv[0], "--full")) {
		atcp_metrics_full = true;
		return 1;
	}
	if (!own && strcmp(argv[0], "--labels"))
		return 0;
	if (!own && argc < 2) {
		atcp_main_warn("--labels: of which names?");
		return -1;
	}
	if (atcp_metrics_group_choose(own ? argv[0] + 9 : argv[1]))
		return -1;
	return own ? 1 : 2;
}

/**
 * atcp_metrics_command_option() - an option of metrics
 * @argc: words left
 * @argv: the option and what follows
 *
 * Return: words taken, 0 if it is none of metrics', -1 after a message.
 */
int atcp_metrics_command_option(int argc, char **argv)
{
	bool own = !strncmp(argv[0], "--format=", 9);
	const char *format;

	if (!own && strcmp(argv[0], "--format"))
		return atcp_metrics_option(argc, argv);
	format = own ? argv[0] + 9 : argc > 1 ? argv[1] : "";
	atcp_metrics_prometheus = !strcmp(format, "prometheus");
	if (atcp_metrics_prometheus || !strcmp(format, "openmetrics"))
		return own ? 1 : 2;
	atcp_main_warn("--format: \"%s\" is none of openmetrics, prometheus", format);
	return -1;
}

/**
 * atcp_metrics_run() - the metrics subcommand
 * @argc: number of words
 * @argv: "metrics" alone
 *
 * Return: enum atcp_exit
 */
int atcp_metrics_run(int argc, char **argv)
{
	if (argc > 1) {
		atcp_main_warn("metrics: \"%s\": no arguments, please", argv[1]);
		return ATCP_EXIT_USAGE;
	}
	return atcp_metrics_write(stdout, atcp_metrics_prometheus);
}
