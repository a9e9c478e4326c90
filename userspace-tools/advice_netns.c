// SPDX-License-Identifier: GPL-2.0
/* The rules of atcpctl advise on a network namespace, and the commands that mend it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "atcpctl.h"
#include "guardnote.h"
#include "knob.h"
#include "proc.h"

/* Ports below are not to be had, and where a wider range may begin. */
#define ATCP_ADVICE_PORT_LEAST	1024
#define ATCP_ADVICE_PORT_LOW	10240
/* For how long a path is without fast open, s. */
#define ATCP_ADVICE_BLACKHOLE_S	3600
/* Fast opens of clients, by bits of net.atcp.fastopen. */
#define ATCP_ADVICE_FASTOPEN_CLIENT	1

/* The numbers of a knob, as many as there are; none negative, none beyond what can be doubled. */
static size_t atcp_advice_knob(const char *name, long long *numbers, size_t max)
{
	char *text = atcp_knob_read(name), *at = text, *end;
	size_t count = 0;

	while (at && count < max) {
		numbers[count] = strtoll(at, &end, 10);
		if (end == at)
			break;
		if (numbers[count] < 0)
			numbers[count] = 0;
		if (numbers[count] > LLONG_MAX / 4)
			numbers[count] = LLONG_MAX / 4;
		count++;
		at = end;
	}
	free(text);
	return count;
}

/* Twice what a knob is. */
static void atcp_advice_try_twice(struct atcp_advice *a, const char *name, long long max)
{
	long long now;

	if (!atcp_advice_knob(name, &now, 1) || now >= max)
		return;
	atcp_advice_figure(a, name, now);
	atcp_advice_try(a, "set %s=%lld", name, now < max / 2 && now ? now * 2 : max);
}

/* The range down to where it can begin, and up to the one of the kernel's TCP. */
static void atcp_advice_try_ports(struct atcp_advice *a)
{
	long long low, high, range[2], kernel, reuse;
	char *text, *end;

	if (atcp_advice_knob("local_port_range", range, 2) != 2)
		return;
	low = range[0] > ATCP_ADVICE_PORT_LOW ? ATCP_ADVICE_PORT_LOW : ATCP_ADVICE_PORT_LEAST;
	if (low > range[0])
		low = range[0];
	high = range[1];
	text = atcp_proc_read("sys/net/ipv4/ip_local_port_range");
	kernel = text ? strtoll(text, &end, 10) : 0;
	if (kernel > high + 1 && kernel <= USHRT_MAX)
		high = kernel - 1;
	free(text);
	atcp_advice_figure(a, "ports", range[1] < range[0] ? 0 : range[1] - range[0] + 1);
	if (low < range[0] || high > range[1])
		atcp_advice_try(a, "set local_port_range=\"%lld %lld\"", low, high);
	if (atcp_advice_knob("tw_reuse", &reuse, 1) && reuse != 1)
		atcp_advice_try(a, "set tw_reuse=1");
}

static void atcp_advice_try_memory(struct atcp_advice *a)
{
	long long mem[3];

	if (atcp_advice_knob("mem", mem, 3) != 3)
		return;
	atcp_advice_figure(a, "mem_high_pages", mem[2]);
	atcp_advice_try(a, "set mem=\"%lld %lld %lld\"", mem[0] * 2, mem[1] * 2, mem[2] * 2);
}

static void atcp_advice_try_orphans(struct atcp_advice *a)
{
	atcp_advice_try_twice(a, "max_orphans", INT_MAX);
}

static void atcp_advice_try_timewait(struct atcp_advice *a)
{
	atcp_advice_try_twice(a, "max_tw_buckets", INT_MAX);
}

/* Without data in SYNs they arrive everywhere. */
static void atcp_advice_try_fastopen(struct atcp_advice *a)
{
	long long bits, seconds;

	if (atcp_advice_knob("fastopen_blackhole_timeout_sec", &seconds, 1))
		atcp_advice_figure(a, "fastopen_blackhole_timeout_sec", seconds);
	if (atcp_advice_knob("fastopen", &bits, 1) && bits & ATCP_ADVICE_FASTOPEN_CLIENT)
		atcp_advice_try(a, "set fastopen=%lld", bits & ~ATCP_ADVICE_FASTOPEN_CLIENT);
}

/* Fast opens that came to nothing, and nobody looks whether the path swallows them. */
static void atcp_advice_fastopen(struct atcp_advice *a)
{
	static const char *const names[] = { "TCPFastOpenActiveFail", NULL };
	unsigned long long failed = atcp_advice_stat(a, "TCPFastOpenActiveFail");
	unsigned long long good = atcp_advice_stat(a, "TCPFastOpenActive");
	long long seconds;

	if (failed <= good || !atcp_advice_knob("fastopen_blackhole_timeout_sec", &seconds, 1) ||
	    seconds || !atcp_advice_when(a, names))
		return;
	atcp_advice_figure(a, "TCPFastOpenActiveFail", failed);
	atcp_advice_figure(a, "TCPFastOpenActive", good);
	atcp_advice_try(a, "set fastopen_blackhole_timeout_sec=%d", ATCP_ADVICE_BLACKHOLE_S);
	atcp_advice_try_fastopen(a);
	atcp_advice_say(a, "fastopen-blackhole",
			"%llu fast opens of connect(2) came to nothing, and each costs its connection a timeout: something on the way (a firewall) swallows SYNs with data. With fastopen_blackhole_timeout_sec such a destination is remembered, and connections there do without.",
			failed);
}

/**
 * atcp_advice_netns_state() - judge a namespace by what it is now
 * @a: its counters
 */
void atcp_advice_netns_state(struct atcp_advice *a)
{
	long long guard;

	a->ago = 0;
	if (!atcp_advice_knob("guard", &guard, 1) || !guard || !atcp_guardnote_idle())
		return;
	atcp_advice_figure(a, "guard", guard);
	if (!atcp_advice_try_devices(a))
		atcp_advice_try(a, "set guard=0");
	atcp_advice_say(a, "guard-without-device",
			"net.atcp.guard=1 does nothing: net.atcp.guard_devices names no device.");
}

/**
 * atcp_advice_netns_counted() - judge what was counted of the whole namespace
 * @a: its counters
 */
void atcp_advice_netns_counted(struct atcp_advice *a)
{
	static const struct {
		const char *counter;
		const char *name;
		const char *text;
		void (*try)(struct atcp_advice *a);
	} rules[] = {
		{ "PortExhausted", "no-ports",
		  "connect(2) found no free port, %llu times: widen the range, or let ports of connections in TIME-WAIT be taken.",
		  atcp_advice_try_ports },
		{ "TCPMemoryPressures", "memory-pressure",
		  "The queues of all sockets held more than net.atcp.mem allows, %llu times: segments were dropped, and senders had to wait.",
		  atcp_advice_try_memory },
		{ "OrphanLimit", "orphans",
		  "%llu connections were cut because too many had been closed with data in flight.",
		  atcp_advice_try_orphans },
		{ "TCPTimeWaitOverflow", "time-wait",
		  "%llu connections skipped TIME-WAIT because too many were in it: late segments of theirs may disturb new ones.",
		  atcp_advice_try_timewait },
		{ "TCPFastOpenBlackhole", "fastopen-blackhole",
		  "Fast open was swallowed on the way %llu times: something there (a firewall) drops SYNs with data. Connections to that destination do without for a time; have the way mended, or do without altogether.",
		  atcp_advice_try_fastopen },
	};
	const char *names[2] = { NULL, NULL };
	unsigned long long events;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		names[0] = rules[i].counter;
		events = atcp_advice_stat(a, rules[i].counter);
		if (!events || !atcp_advice_when(a, names))
			continue;
		atcp_advice_figure(a, rules[i].counter, events);
		rules[i].try(a);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		atcp_advice_say(a, rules[i].name, rules[i].text, events);
#pragma GCC diagnostic pop
	}
	atcp_advice_fastopen(a);
}
