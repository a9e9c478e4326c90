// SPDX-License-Identifier: GPL-2.0
/* Makes of a listener's netlink message the texts that its files in sysfs have. */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/atcp_netlink.h>

#include "atcpctl.h"
#include "file.h"
#include "lmake.h"
#include "nl.h"

/* scripts/netlink-spec compares them with the kernel's. */
static const char * const atcp_lmake_counters[] = {
	[ATCP_A_COUNTERS_SYNS] = "syns",
	[ATCP_A_COUNTERS_SYNACK_RETRANS] = "synack_retrans",
	[ATCP_A_COUNTERS_COOKIES_SENT] = "cookies_sent",
	[ATCP_A_COUNTERS_COOKIES_RECV] = "cookies_recv",
	[ATCP_A_COUNTERS_COOKIES_FAILED] = "cookies_failed",
	[ATCP_A_COUNTERS_OVERFLOWS] = "overflows",
	[ATCP_A_COUNTERS_DROPS] = "drops",
	[ATCP_A_COUNTERS_ACCEPTED] = "accepted",
	[ATCP_A_COUNTERS_REQUESTS] = "requests",
	[ATCP_A_COUNTERS_EMBRYONIC_RSTS] = "embryonic_rsts",
	[ATCP_A_COUNTERS_EXPIRED] = "expired",
	[ATCP_A_COUNTERS_PRUNED] = "pruned",
	[ATCP_A_COUNTERS_PARKED] = "parked",
	[ATCP_A_COUNTERS_PARK_KEPT] = "park_kept",
	[ATCP_A_COUNTERS_PARK_COMPLETED] = "park_completed",
	[ATCP_A_COUNTERS_PARK_EXPIRED] = "park_expired",
	[ATCP_A_COUNTERS_OVERFLOW_DROPS] = "overflow_drops",
	[ATCP_A_COUNTERS_OVERFLOW_RESETS] = "overflow_resets",
	[ATCP_A_COUNTERS_ACCEPTQ_PRESSED] = "acceptq_pressed",
	[ATCP_A_COUNTERS_ACCEPTQ_RELIEVED] = "acceptq_relieved",
	[ATCP_A_COUNTERS_DEFERRED] = "deferred",
	[ATCP_A_COUNTERS_DRAIN_REFUSED] = "drain_refused",
	[ATCP_A_COUNTERS_MIGRATED_IN] = "migrated_in",
	[ATCP_A_COUNTERS_MIGRATED_OUT] = "migrated_out",
	[ATCP_A_COUNTERS_COMPLETED] = "completed",
	[ATCP_A_COUNTERS_FAIR_COOKIES] = "fair_cookies",
	[ATCP_A_COUNTERS_FLOOD_COOKIES] = "flood_cookies",
	[ATCP_A_COUNTERS_PROVEN_ADMITTED] = "proven_admitted",
	[ATCP_A_COUNTERS_SYNACKS_MUTED] = "synacks_muted",
	[ATCP_A_COUNTERS_COOKIES_DEFERRED] = "cookies_deferred",
	[ATCP_A_COUNTERS_FLOODS] = "floods",
	[ATCP_A_COUNTERS_SLOW_ACCEPTS] = "slow_accepts",
	[ATCP_A_COUNTERS_DEFER_ACCEPTED] = "defer_accepted",
	[ATCP_A_COUNTERS_DEFER_RESET] = "defer_reset",
	[ATCP_A_COUNTERS_DEFER_DROPPED] = "defer_dropped",
	[ATCP_A_COUNTERS_FASTOPEN] = "fastopen",
	[ATCP_A_COUNTERS_FASTOPEN_OVERFLOWS] = "fastopen_overflows",
	[ATCP_A_COUNTERS_GUARD_COOKIES] = "guard_cookies",
	[ATCP_A_COUNTERS_GUARD_DROPS] = "guard_drops",
};

static_assert(ARRAY_SIZE(atcp_lmake_counters) == ATCP_A_COUNTERS_MAX + 1,
	      "a counter has no name");

/* Attributes of a nest that are numbers, as files. */
static const char * const atcp_lmake_synq[] = {
	[ATCP_A_SYNQ_LEN]		= "synq_len",
	[ATCP_A_SYNQ_YOUNG]		= "synq_young",
	[ATCP_A_SYNQ_PEAK]		= "synq_peak",
	[ATCP_A_SYNQ_OLDEST_MS]		= "synq_oldest_ms",
};

static const char * const atcp_lmake_acceptq[] = {
	[ATCP_A_ACCEPTQ_LEN]		= "acceptq_len",
	[ATCP_A_ACCEPTQ_LIMIT]		= "acceptq_limit",
	[ATCP_A_ACCEPTQ_PEAK]		= "acceptq_peak",
	[ATCP_A_ACCEPTQ_OLDEST_MS]	= "acceptq_oldest_ms",
	[ATCP_A_ACCEPTQ_PRESSED]	= "acceptq_pressed",
	[ATCP_A_ACCEPTQ_PARKED]		= "parked",
};

/**
 * struct atcp_lmake - files while they are made of a message
 * @add: is given each
 * @data: for it
 * @want: the one that is wanted, NULL: all
 * @stats: text of the file of counters, NULL if it is not wanted
 * @last: text of the file that says when there was trouble last, in the same way
 * @texts: what is behind these
 * @sizes: their lengths
 * @addr: local address
 * @port: local port
 */
struct atcp_lmake {
	atcp_lmake_add add;
	void *data;
	const char *want;
	FILE *stats, *last;
	char *texts[2];
	size_t sizes[2];
	char addr[INET6_ADDRSTRLEN + 2];
	unsigned int port;
};

static bool atcp_lmake_wanted(const struct atcp_lmake *made, const char *name)
{
	return name && (!made->want || !strcmp(made->want, name));
}

static void atcp_lmake_numbers(const struct atcp_lmake *made, const struct nlattr *nest,
			       const char * const *names, size_t count)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type < count && atcp_lmake_wanted(made, names[type]))
			made->add(made->data, names[type],
					atcp_file_format("%u", mnl_attr_get_u32(attr)), false);
	}
}

static void atcp_lmake_asked(const struct atcp_lmake *made, const struct nlattr *nest)
{
	const struct nlattr *attr;
	bool cut = false;
	int asked = 0;

	if (!atcp_lmake_wanted(made, "backlog_asked"))
		return;
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == ATCP_A_ACCEPTQ_ASKED)
			asked = (int)mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == ATCP_A_ACCEPTQ_TRUNCATED)
			cut = true;
	}
	made->add(made->data, "backlog_asked",
			atcp_file_format("%d%s", asked, cut ? " truncated" : ""), false);
}

static void atcp_lmake_knobs(const struct atcp_lmake *made, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		const char *name = atcp_nl_knob(attr);

		if (atcp_lmake_wanted(made, name))
			made->add(made->data, name, atcp_nl_knob_text(attr), true);
	}
}

static void atcp_lmake_stats(FILE *out, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type < ARRAY_SIZE(atcp_lmake_counters) && atcp_lmake_counters[type])
			fprintf(out, "%s %llu\n", atcp_lmake_counters[type],
				(unsigned long long)mnl_attr_get_u64(attr));
	}
}

static void atcp_lmake_last(FILE *out, const struct nlattr *nest)
{
	unsigned int counter = 0, ago = 0;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == ATCP_A_LAST_COUNTER)
			counter = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == ATCP_A_LAST_AGO_S)
			ago = mnl_attr_get_u32(attr);
	}
	if (counter < ARRAY_SIZE(atcp_lmake_counters) && atcp_lmake_counters[counter])
		fprintf(out, "%s %u\n", atcp_lmake_counters[counter], ago);
}

static void atcp_lmake_drop(struct atcp_lmake *made, const struct nlattr *nest)
{
	unsigned long long count = 0;
	const struct nlattr *attr;
	const char *reason = "";
	unsigned int ago = 0;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case ATCP_A_DROP_REASON:
			reason = mnl_attr_get_str(attr);
			break;
		case ATCP_A_DROP_COUNT:
			count = mnl_attr_get_u64(attr);
			break;
		case ATCP_A_DROP_AGO_S:
			ago = mnl_attr_get_u32(attr);
			break;
		}
	}
	if (made->stats)
		fprintf(made->stats, "drop_%s %llu\n", reason, count);
	if (made->last)
		fprintf(made->last, "drop_%s %u\n", reason, ago);
}

/* Number n counts from 2^n us, the first from 0, the last all above. */
static char *atcp_lmake_histogram(const struct nlattr *attr)
{
	const char *payload = mnl_attr_get_payload(attr);
	size_t count = mnl_attr_get_payload_len(attr) / 8, i, size;
	unsigned long long value;
	char *text = NULL;
	FILE *out = atcp_file_must(open_memstream(&text, &size));

	for (i = 0; i < count; i++) {
		memcpy(&value, payload + 8 * i, sizeof(value));
		fprintf(out, "%s%llu ", i ? "\n" : "", i ? 1ULL << i : 0);
		if (i < count - 1)
			fprintf(out, "%llu %llu", 2ULL << i, value);
		else
			fprintf(out, "inf %llu", value);
	}
	fclose(out);
	return atcp_file_must(text);
}

static void atcp_lmake_addr(struct atcp_lmake *made, const struct nlattr *attr)
{
	bool six = mnl_attr_get_payload_len(attr) == 16;
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(six ? AF_INET6 : AF_INET, mnl_attr_get_payload(attr), text, sizeof(text)))
		snprintf(made->addr, sizeof(made->addr), six ? "[%s]" : "%s", text);
}

/* What is one number or one word, as files. */
static const char * const atcp_lmake_plain[] = {
	[ATCP_A_LISTENER_ID]			= "id",
	[ATCP_A_LISTENER_FAMILY]		= "family",
	[ATCP_A_LISTENER_INODE]			= "inode",
	[ATCP_A_LISTENER_UID]			= "uid",
	[ATCP_A_LISTENER_STATE]			= "state",
	[ATCP_A_LISTENER_SINCE_S]		= "since_s",
	[ATCP_A_LISTENER_GROUP_SIZE]		= "group_size",
	[ATCP_A_LISTENER_CHOSEN_BY]		= "chosen_by",
	[ATCP_A_LISTENER_HANDSHAKE_US]		= "handshake_us",
	[ATCP_A_LISTENER_ACCEPT_WAIT_US]	= "accept_wait_us",
	[ATCP_A_LISTENER_HANDSHAKE_SUM_US]	= "handshake_sum_us",
	[ATCP_A_LISTENER_ACCEPT_WAIT_SUM_US]	= "accept_wait_sum_us",
};

static char *atcp_lmake_value(const struct nlattr *attr)
{
	static const char * const choosers[] = { "none", "balance", "bpf" };
	unsigned int number;

	switch (mnl_attr_get_type(attr)) {
	case ATCP_A_LISTENER_HANDSHAKE_US:
	case ATCP_A_LISTENER_ACCEPT_WAIT_US:
		return atcp_lmake_histogram(attr);
	case ATCP_A_LISTENER_INODE:
	case ATCP_A_LISTENER_HANDSHAKE_SUM_US:
	case ATCP_A_LISTENER_ACCEPT_WAIT_SUM_US:
		return atcp_file_format("%llu", (unsigned long long)mnl_attr_get_u64(attr));
	}
	number = mnl_attr_get_u32(attr);
	switch (mnl_attr_get_type(attr)) {
	case ATCP_A_LISTENER_FAMILY:
		return atcp_file_format("%s", number == AF_INET6 ? "inet6" : "inet");
	case ATCP_A_LISTENER_STATE:
		return atcp_file_format("%s", number == ATCP_LISTENER_STATE_DRAIN ? "drain" :
					"listen");
	case ATCP_A_LISTENER_CHOSEN_BY:
		return atcp_file_format("%s", number < ARRAY_SIZE(choosers) ? choosers[number] :
					"?");
	default:
		return atcp_file_format("%u", number);
	}
}

static void atcp_lmake_attr(struct atcp_lmake *made, const struct nlattr *attr)
{
	unsigned int type = mnl_attr_get_type(attr);

	switch (type) {
	case ATCP_A_LISTENER_ADDR:
		atcp_lmake_addr(made, attr);
		break;
	case ATCP_A_LISTENER_PORT:
		made->port = mnl_attr_get_u32(attr);
		break;
	case ATCP_A_LISTENER_SYNQ:
		atcp_lmake_numbers(made, attr, atcp_lmake_synq, ARRAY_SIZE(atcp_lmake_synq));
		break;
	case ATCP_A_LISTENER_ACCEPTQ:
		atcp_lmake_numbers(made, attr, atcp_lmake_acceptq,
				   ARRAY_SIZE(atcp_lmake_acceptq));
		atcp_lmake_asked(made, attr);
		break;
	case ATCP_A_LISTENER_KNOBS:
		atcp_lmake_knobs(made, attr);
		break;
	case ATCP_A_LISTENER_COUNTERS:
		if (made->stats)
			atcp_lmake_stats(made->stats, attr);
		break;
	case ATCP_A_LISTENER_LAST:
		if (made->last)
			atcp_lmake_last(made->last, attr);
		break;
	case ATCP_A_LISTENER_DROP:
		if (made->stats || made->last)
			atcp_lmake_drop(made, attr);
		break;
	default:
		if (type < ARRAY_SIZE(atcp_lmake_plain) &&
		    atcp_lmake_wanted(made, atcp_lmake_plain[type]))
			made->add(made->data, atcp_lmake_plain[type],
					atcp_lmake_value(attr), false);
	}
}

/**
 * atcp_lmake() - make files of a listener's message
 * @message: netlink's
 * @want: the one that is wanted, NULL: all
 * @add: is given each: its name, its text, to be freed, and whether it can be written
 * @data: for @add
 */
void atcp_lmake(const struct nlmsghdr *message, const char *want, atcp_lmake_add add, void *data)
{
	struct atcp_lmake made = { .add = add, .data = data, .want = want };
	const struct nlattr *attr;

	if (atcp_lmake_wanted(&made, "stats"))
		made.stats = atcp_file_must(open_memstream(&made.texts[0], &made.sizes[0]));
	if (atcp_lmake_wanted(&made, "last_s"))
		made.last = atcp_file_must(open_memstream(&made.texts[1], &made.sizes[1]));
	mnl_attr_for_each(attr, message, ATCP_NL_HEAD)
		atcp_lmake_attr(&made, attr);
	if (made.stats) {
		fclose(made.stats);
		add(data, "stats", made.texts[0], false);
	}
	if (made.last) {
		fclose(made.last);
		add(data, "last_s", made.texts[1], false);
	}
	if (atcp_lmake_wanted(&made, "local"))
		add(data, "local", atcp_file_format("%s:%u", made.addr, made.port), false);
}
