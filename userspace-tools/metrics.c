// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl metrics: queues, knobs and counters as OpenMetrics text, or as what Prometheus'
 * textfile collector and promtool read.
 *
 * Series are the same at every scrape, counters at 0 among them, and at most 60 a
 * listener; --full has all that there is. A family's samples must stand together, so the
 * outer loop is over families and the inner one over listeners.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "lknob.h"
#include "ltab.h"
#include "proc.h"
#include "select.h"

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

/* The text format of Prometheus instead of OpenMetrics; every series. */
static bool atcp_metrics_prometheus;
static bool atcp_metrics_full;

/**
 * struct atcp_metrics_gauge - a file of a listener that holds a number
 * @family: name of the metric
 * @file: name of the file
 * @scale: the file's unit in the metric's
 * @unit: the metric's unit if its name ends with one, else NULL
 * @help: one line
 */
struct atcp_metrics_gauge {
	const char *family;
	const char *file;
	double scale;
	const char *unit;
	const char *help;
};

static const struct atcp_metrics_gauge atcp_metrics_gauges[] = {
	{ "atcp_listener_syn_queue_length", "synq_len", 1, NULL,
	  "Half-open connections in the SYN queue." },
	{ "atcp_listener_syn_queue_limit", "syn_backlog", 1, NULL,
	  "Limit of the SYN queue." },
	{ "atcp_listener_syn_queue_young", "synq_young", 1, NULL,
	  "Half-open connections whose SYN-ACK was sent only once." },
	{ "atcp_listener_syn_queue_peak", "synq_peak", 1, NULL,
	  "Longest that the SYN queue has been." },
	{ "atcp_listener_syn_queue_oldest_seconds", "synq_oldest_ms", 0.001,
	  "seconds", "Age of the oldest half-open connection." },
	{ "atcp_listener_accept_queue_length", "acceptq_len", 1, NULL,
	  "Connections that wait for accept." },
	{ "atcp_listener_accept_queue_limit", "acceptq_limit", 1, NULL,
	  "Limit of the accept queue; one more than it may wait." },
	{ "atcp_listener_accept_queue_peak", "acceptq_peak", 1, NULL,
	  "Longest that the accept queue has been." },
	{ "atcp_listener_accept_queue_oldest_seconds", "acceptq_oldest_ms",
	  0.001, "seconds", "How long the first in the accept queue has waited." },
	{ "atcp_listener_accept_queue_pressed", "acceptq_pressed", 1, NULL,
	  "1 from the high watermark until the low one, else 0." },
	{ "atcp_listener_draining", "drain", 1, NULL,
	  "1 while the listener takes no SYNs, else 0." },
	{ "atcp_listener_parked_requests", "parked", 1, NULL,
	  "Requests that wait for a place in the accept queue." },
	{ "atcp_listener_backlog_asked", "backlog_asked", 1, NULL,
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

/* Names in /proc/net/atcp/snmp and netstat that are levels, not counts. */
static const char * const atcp_metrics_levels[] = {
	"RtoAlgorithm", "RtoMin", "RtoMax", "MaxConn", "CurrEstab",
};

static void atcp_metrics_head(const char *family, const char *type,
			      const char *unit, const char *help)
{
	const char *suffix = "";

	/* There a family is called as its samples are, and info is no type. */
	if (atcp_metrics_prometheus && !strcmp(type, "counter"))
		suffix = "_total";
	if (atcp_metrics_prometheus && !strcmp(type, "info")) {
		suffix = "_info";
		type = "gauge";
	}
	printf("# TYPE %s%s %s\n", family, suffix, type);
	if (unit && !atcp_metrics_prometheus)
		printf("# UNIT %s %s\n", family, unit);
	printf("# HELP %s%s %s\n", family, suffix, help);
}

/* A label with its value, escaped. */
static void atcp_metrics_label(const char *before, const char *name,
			       const char *value)
{
	printf("%s%s=\"", before, name);
	for (; *value; value++) {
		if (*value == '\n') {
			fputs("\\n", stdout);
			continue;
		}
		if (*value == '"' || *value == '\\')
			putchar('\\');
		putchar(*value);
	}
	putchar('"');
}

/* The labels that every sample of a listener has, without the last brace. */
static void atcp_metrics_labels(const struct atcp_ltab_listener *l)
{
	char id[24];

	snprintf(id, sizeof(id), "%lu", l->id);
	atcp_metrics_label("{", "listener", l->local);
	atcp_metrics_label(",", "id", id);
	if (atcp_options.netns)
		atcp_metrics_label(",", "netns", atcp_options.netns);
}

static void atcp_metrics_info(const struct atcp_ltab *tab)
{
	static const char * const fields[] = {
		"inode", "uid", "family", "state",
	};
	size_t i, n;
	char *text;

	atcp_metrics_head("atcp_listener", "info", NULL,
			  "A listening socket.");
	for (i = 0; i < tab->count; i++) {
		printf("atcp_listener_info");
		atcp_metrics_labels(&tab->all[i]);
		for (n = 0; n < ARRAY_SIZE(fields); n++) {
			text = atcp_ltab_text(tab, &tab->all[i], fields[n]);
			if (text)
				atcp_metrics_label(",", fields[n], text);
			free(text);
		}
		puts("} 1");
	}
}

static void atcp_metrics_gauge(const struct atcp_ltab *tab,
			       const struct atcp_metrics_gauge *gauge)
{
	size_t i;

	atcp_metrics_head(gauge->family, "gauge", gauge->unit, gauge->help);
	for (i = 0; i < tab->count; i++) {
		long long value = atcp_ltab_number(tab, &tab->all[i],
						   gauge->file);

		if (value < 0)
			continue;
		fputs(gauge->family, stdout);
		atcp_metrics_labels(&tab->all[i]);
		printf("} %.15g\n", value * gauge->scale);
	}
}

/**
 * struct atcp_metrics_stats - the counters of all listeners
 * @of: of each
 * @count: how many each has
 */
struct atcp_metrics_stats {
	struct atcp_ltab_stat **of;
	size_t *count;
};

/* The place of a counter among those of a listener, -1 if it has none such. */
static ssize_t atcp_metrics_find(const struct atcp_metrics_stats *stats,
				 size_t listener, const char *name)
{
	size_t n;

	for (n = 0; n < stats->count[listener]; n++)
		if (!strcmp(stats->of[listener][n].name, name))
			return n;
	return -1;
}

/* Does a word begin at this letter: TcpExt, TCPMemoryPressures? */
static bool atcp_metrics_begins(const char *name, const char *at)
{
	if (at == name || !isupper((unsigned char)*at))
		return false;
	return islower((unsigned char)at[-1]) || isdigit((unsigned char)at[-1]) ||
	       (isupper((unsigned char)at[-1]) && islower((unsigned char)at[1]));
}

/* A counter's name as a metric's: small letters, digits and underscores. */
static char *atcp_metrics_name(const char *prefix, const char *name)
{
	char *family = atcp_file_must(malloc(strlen(prefix) + 2 * strlen(name) + 1));
	char *out = stpcpy(family, prefix);
	const char *c;

	for (c = name; *c; c++) {
		if (atcp_metrics_begins(name, c))
			*out++ = '_';
		*out++ = isalnum((unsigned char)*c) ? tolower((unsigned char)*c) : '_';
	}
	*out = '\0';
	return family;
}

/* One counter of all listeners. */
static void atcp_metrics_counter(const struct atcp_ltab *tab,
				 const struct atcp_metrics_stats *stats,
				 const char *name)
{
	char *family = atcp_metrics_name("atcp_listener_", name), *help;
	ssize_t at;
	size_t i;

	help = atcp_file_format("Events that the listener counted as %s.", name);
	atcp_metrics_head(family, "counter", NULL, help);
	for (i = 0; i < tab->count; i++) {
		at = atcp_metrics_find(stats, i, name);
		printf("%s_total", family);
		atcp_metrics_labels(&tab->all[i]);
		printf("} %llu\n", at < 0 ? 0 : stats->of[i][at].value);
	}
	free(help);
	free(family);
}

/* The counters that are told, or every one that any listener has, in its order. */
static void atcp_metrics_counters(const struct atcp_ltab *tab)
{
	struct atcp_metrics_stats stats = {
		.of = atcp_file_must(calloc(tab->count + 1, sizeof(*stats.of))),
		.count = atcp_file_must(calloc(tab->count + 1,
					       sizeof(*stats.count))),
	};
	size_t i, n, before;

	for (i = 0; i < tab->count; i++)
		stats.count[i] = atcp_ltab_stats(tab, &tab->all[i], &stats.of[i]);
	for (n = 0; n < ARRAY_SIZE(atcp_metrics_told) && !atcp_metrics_full; n++)
		atcp_metrics_counter(tab, &stats, atcp_metrics_told[n]);
	for (i = 0; i < tab->count && atcp_metrics_full; i++) {
		for (n = 0; n < stats.count[i]; n++) {
			const char *name = stats.of[i][n].name;

			for (before = 0; before < i; before++)
				if (atcp_metrics_find(&stats, before, name) >= 0)
					break;
			if (before == i)
				atcp_metrics_counter(tab, &stats, name);
		}
	}
	for (i = 0; i < tab->count; i++)
		atcp_ltab_stats_free(stats.of[i], stats.count[i]);
	free(stats.of);
	free(stats.count);
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

static void atcp_metrics_bucket(const char *family, const struct atcp_ltab_listener *l,
				int k, unsigned long long sum)
{
	printf("%s_bucket", family);
	atcp_metrics_labels(l);
	if (k < 0)
		printf(",le=\"+Inf\"} %llu\n", sum);
	else
		printf(",le=\"%.9g\"} %llu\n", (1ULL << k) / 1e6, sum);
}

/*
 * One histogram of one listener. The bounds are the same at every scrape, so that
 * those of two moments and two machines can be added up.
 */
static void atcp_metrics_histogram(const char *family, const struct atcp_ltab *tab,
				   const struct atcp_ltab_listener *l,
				   const char *file)
{
	struct atcp_ltab_bucket *buckets;
	size_t n = atcp_ltab_histogram(l, file, &buckets);
	int bounds = atcp_metrics_full ? ATCP_METRICS_BUCKETS + 1 :
					 (int)ARRAY_SIZE(atcp_metrics_bounds);
	char *name = atcp_file_format("%.*s_sum_us", (int)strlen(file) - 3, file);
	long long sum_us = atcp_ltab_number(tab, l, name);
	int i, k;

	for (i = 0; l->dir && i < bounds; i++) {
		k = atcp_metrics_full ? i : (int)atcp_metrics_bounds[i];
		atcp_metrics_bucket(family, l, k, atcp_metrics_below(buckets, n, k));
	}
	if (l->dir)
		atcp_metrics_bucket(family, l, -1, atcp_metrics_below(buckets, n, -1));
	/* A module of before there were sums has no count either: they go together. */
	if (l->dir && sum_us >= 0) {
		printf("%s_count", family);
		atcp_metrics_labels(l);
		printf("} %llu\n%s_sum", atcp_metrics_below(buckets, n, -1), family);
		atcp_metrics_labels(l);
		printf("} %.15g\n", sum_us / 1e6);
	}
	free(name);
	free(buckets);
}

/* The same word of the line with the names and the line with the values. */
static void atcp_metrics_mib(const char *group, const char *name,
			     const char *value)
{
	char *prefix = atcp_metrics_name("atcp_netstat_", group);
	char *long_prefix = atcp_file_format("%s_", prefix);
	char *family = atcp_metrics_name(long_prefix, name), *help;
	bool level = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atcp_metrics_levels); i++)
		level |= !strcmp(atcp_metrics_levels[i], name);
	help = atcp_file_format("%s: %s of the network namespace.", group, name);
	atcp_metrics_head(family, level ? "gauge" : "counter", NULL, help);
	printf("%s%s", family, level ? "" : "_total");
	if (atcp_options.netns) {
		atcp_metrics_label("{", "netns", atcp_options.netns);
		putchar('}');
	}
	printf(" %s\n", value);
	free(help);
	free(family);
	free(long_prefix);
	free(prefix);
}

/* Pairs of lines: "Group: names" and "Group: values". */
static int atcp_metrics_file(const char *file)
{
	char *text = atcp_proc_read(file), *names, *values, *lines = NULL;
	char *name, *value, *in_names = NULL, *in_values = NULL, *group;

	if (!text) {
		atcp_proc_absent(file);
		return -1;
	}
	names = strtok_r(text, "\n", &lines);
	while (names && (values = strtok_r(NULL, "\n", &lines)) != NULL) {
		group = strtok_r(names, ": ", &in_names);
		strtok_r(values, ": ", &in_values);
		while (group && (name = strtok_r(NULL, " ", &in_names)) &&
		       (value = strtok_r(NULL, " ", &in_values)))
			atcp_metrics_mib(group, name, value);
		names = strtok_r(NULL, "\n", &lines);
	}
	free(text);
	return 0;
}

/* Lines of "GROUP: name value name value". */
static int atcp_metrics_sockstat(void)
{
	char *text = atcp_proc_read("net/atcp/sockstat"), *line, *lines = NULL;
	char *group, *name, *value, *words = NULL, *family;

	if (!text) {
		atcp_proc_absent("net/atcp/sockstat");
		return -1;
	}
	for (line = strtok_r(text, "\n", &lines); line;
	     line = strtok_r(NULL, "\n", &lines)) {
		group = strtok_r(line, ": ", &words);
		while (group && (name = strtok_r(NULL, " ", &words)) &&
		       (value = strtok_r(NULL, " ", &words))) {
			family = atcp_file_format("atcp_sockstat_%s_%s", group,
						  name);
			atcp_metrics_head(family, "gauge", NULL,
					  strcmp(name, "mem") ?
					  "Sockets of the network namespace." :
					  "Memory of all queues, in pages.");
			fputs(family, stdout);
			if (atcp_options.netns) {
				atcp_metrics_label("{", "netns",
						   atcp_options.netns);
				putchar('}');
			}
			printf(" %s\n", value);
			free(family);
		}
	}
	free(text);
	return 0;
}

/**
 * atcp_metrics_option() - an option of metrics
 * @argc: words left
 * @argv: the option and what follows
 *
 * Return: words taken, 0 if it is none of metrics', -1 after a message.
 */
int atcp_metrics_option(int argc, char **argv)
{
	const char *format;
	bool own = !strncmp(argv[0], "--format=", 9);

	if (!strcmp(argv[0], "--full")) {
		atcp_metrics_full = true;
		return 1;
	}
	if (!own && strcmp(argv[0], "--format"))
		return 0;
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
	struct atcp_ltab *tab;
	size_t i, n;
	int rc;

	if (argc > 1) {
		atcp_main_warn("metrics: \"%s\": no arguments, please", argv[1]);
		return ATCP_EXIT_USAGE;
	}
	tab = atcp_ltab_new();
	if (!tab)
		return ATCP_EXIT_FAIL;
	atcp_metrics_info(tab);
	for (i = 0; i < ARRAY_SIZE(atcp_metrics_gauges); i++)
		atcp_metrics_gauge(tab, &atcp_metrics_gauges[i]);
	atcp_metrics_counters(tab);
	for (n = 0; n < ARRAY_SIZE(atcp_metrics_histograms); n++) {
		atcp_metrics_head(atcp_metrics_histograms[n].family, "histogram",
				  "seconds", atcp_metrics_histograms[n].help);
		for (i = 0; i < tab->count; i++)
			atcp_metrics_histogram(atcp_metrics_histograms[n].family,
					       tab, &tab->all[i],
					       atcp_metrics_histograms[n].file);
	}
	atcp_ltab_free(tab);
	rc = atcp_metrics_file("net/atcp/snmp");
	rc |= atcp_metrics_file("net/atcp/netstat");
	rc |= atcp_metrics_sockstat();
	if (!atcp_metrics_prometheus)
		puts("# EOF");
	return rc ? ATCP_EXIT_FAIL : ATCP_EXIT_OK;
}
