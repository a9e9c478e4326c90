// SPDX-License-Identifier: GPL-2.0
/*
 * atcpctl monitor: what happens to the listeners of this namespace and to knobs, a line
 * each, as the kernel tells it: the events of generic netlink's family atcp.
 *
 * Each event is made into a JSON object first, which is printed as it is or as a line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/atcp_netlink.h>
#include <linux/genetlink.h>

#include "atcpctl.h"
#include "file.h"
#include "ltab.h"
#include "nl.h"
#include "select.h"
#include "table.h"

#include <json-c/json.h>

/* What a number of an attribute is called, and how it is read. */
struct atcp_monitor_name {
	const char *name;
	enum { ATCP_MONITOR_U32, ATCP_MONITOR_U64, ATCP_MONITOR_STRING, ATCP_MONITOR_ORIGIN } kind;
};

static struct atcp_monitor {
	unsigned long count;
	unsigned long printed;
	unsigned long long lost;
	bool begun;
	char **words;
} atcp_monitor;

static const char * const atcp_monitor_events[] = {
	[ATCP_CMD_LISTENER_ADDED_NTF]	= "listener-added",
	[ATCP_CMD_LISTENER_GONE_NTF]	= "listener-gone",
	[ATCP_CMD_LISTENER_DRAINED_NTF]	= "listener-drained",
	[ATCP_CMD_FLOOD_BEGUN_NTF]	= "flood-begun",
	[ATCP_CMD_FLOOD_ENDED_NTF]	= "flood-ended",
	[ATCP_CMD_SLOW_BEGUN_NTF]	= "slow-begun",
	[ATCP_CMD_SLOW_ENDED_NTF]	= "slow-ended",
	[ATCP_CMD_QUEUE_PRESSED_NTF]	= "queue-pressed",
	[ATCP_CMD_QUEUE_RELIEVED_NTF]	= "queue-relieved",
	[ATCP_CMD_KNOB_CHANGED_NTF]	= "knob-changed",
	[ATCP_CMD_KEY_ROTATED_NTF]	= "key-rotated",
};

static const char * const atcp_monitor_origins[] = { "listener", "socket", "netns" };
static const char * const atcp_monitor_secrets[] = { "cookie", "cookie-set", "fastopen" };

static const struct atcp_monitor_name atcp_monitor_owner[] = {
	[ATCP_A_OWNER_PID]		= { "pid", ATCP_MONITOR_U32 },
	[ATCP_A_OWNER_COMM]		= { "comm", ATCP_MONITOR_STRING },
};

static const struct atcp_monitor_name atcp_monitor_by[] = {
	[ATCP_A_BY_UID]			= { "uid", ATCP_MONITOR_U32 },
	[ATCP_A_BY_PID]			= { "pid", ATCP_MONITOR_U32 },
	[ATCP_A_BY_COMM]		= { "comm", ATCP_MONITOR_STRING },
};

static const struct atcp_monitor_name atcp_monitor_load[] = {
	[ATCP_A_LOAD_SYNS]		= { "syns", ATCP_MONITOR_U32 },
	[ATCP_A_LOAD_COMPLETED]		= { "completed", ATCP_MONITOR_U32 },
	[ATCP_A_LOAD_SYNQ_LEN]		= { "synq", ATCP_MONITOR_U32 },
	[ATCP_A_LOAD_SYNQ_LIMIT]	= { "synq_limit", ATCP_MONITOR_U32 },
	[ATCP_A_LOAD_ACCEPTQ_LEN]	= { "acceptq", ATCP_MONITOR_U32 },
	[ATCP_A_LOAD_ACCEPTQ_LIMIT]	= { "acceptq_limit", ATCP_MONITOR_U32 },
};

static const struct atcp_monitor_name atcp_monitor_turn[] = {
	[ATCP_A_TURN_NAME]		= { "name", ATCP_MONITOR_STRING },
	[ATCP_A_TURN_FROM]		= { "from", ATCP_MONITOR_STRING },
	[ATCP_A_TURN_TO]		= { "to", ATCP_MONITOR_STRING },
	[ATCP_A_TURN_FROM_ORIGIN]	= { "from_origin", ATCP_MONITOR_ORIGIN },
	[ATCP_A_TURN_TO_ORIGIN]		= { "to_origin", ATCP_MONITOR_ORIGIN },
};

/* The name of a number, "?" for one that is not known here. */
static const char *atcp_monitor_word(const char * const *words, size_t count, unsigned int number)
{
	return number < count && words[number] ? words[number] : "?";
}

static struct json_object *atcp_monitor_value(const struct nlattr *attr,
					      const struct atcp_monitor_name *name)
{
	switch (name->kind) {
	case ATCP_MONITOR_U32:
		return json_object_new_int64(mnl_attr_get_u32(attr));
	case ATCP_MONITOR_U64:
		return json_object_new_int64(mnl_attr_get_u64(attr));
	case ATCP_MONITOR_ORIGIN:
		return json_object_new_string(atcp_monitor_word(atcp_monitor_origins,
								ARRAY_SIZE(atcp_monitor_origins),
								mnl_attr_get_u32(attr)));
	default:
		return json_object_new_string(mnl_attr_get_str(attr));
	}
}

/* An object of a nest whose attributes are told of by a table. */
static struct json_object *atcp_monitor_nest(const struct nlattr *nest,
					     const struct atcp_monitor_name *names, size_t count)
{
	struct json_object *obj = json_object_new_object();
	const struct nlattr *attr;
	unsigned int type;

	mnl_attr_for_each_nested(attr, nest) {
		type = mnl_attr_get_type(attr);
		if (type < count && names[type].name)
			json_object_object_add(obj, names[type].name,
					       atcp_monitor_value(attr, &names[type]));
	}
	return obj;
}

/* ADDRESS:PORT as the kernel prints it; to be freed. */
static char *atcp_monitor_local(int family, const void *addr, unsigned int port)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (addr)
		inet_ntop(family, addr, text, sizeof(text));
	return atcp_file_format(family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
}

static struct json_object *atcp_monitor_listener(const struct nlattr *nest)
{
	struct json_object *obj = json_object_new_object(), *owner = NULL;
	unsigned int id = 0, port = 0, family = AF_INET;
	const struct nlattr *attr;
	const void *addr = NULL;
	char *local;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case ATCP_A_LISTENER_ID:
			id = mnl_attr_get_u32(attr);
			break;
		case ATCP_A_LISTENER_FAMILY:
			family = mnl_attr_get_u32(attr);
			break;
		case ATCP_A_LISTENER_ADDR:
			addr = mnl_attr_get_payload(attr);
			break;
		case ATCP_A_LISTENER_PORT:
			port = mnl_attr_get_u32(attr);
			break;
		case ATCP_A_LISTENER_OWNER:
			owner = atcp_monitor_nest(attr, atcp_monitor_owner,
						  ARRAY_SIZE(atcp_monitor_owner));
			break;
		}
	}
	local = atcp_monitor_local(family, addr, port);
	json_object_object_add(obj, "id", json_object_new_int64(id));
	json_object_object_add(obj, "local", json_object_new_string(local));
	if (owner)
		json_object_object_add(obj, "owner", owner);
	free(local);
	return obj;
}

/* One attribute of an event, into its object. */
static void atcp_monitor_attr(struct json_object *event, const struct nlattr *attr)
{
	static const struct atcp_monitor_name number = { "", ATCP_MONITOR_U64 };

	switch (mnl_attr_get_type(attr)) {
	case ATCP_A_EVENT_SEQ:
		json_object_object_add(event, "seq", atcp_monitor_value(attr, &number));
		break;
	case ATCP_A_EVENT_TIME:
		json_object_object_add(event, "time_ns", atcp_monitor_value(attr, &number));
		break;
	case ATCP_A_EVENT_LOST:
		json_object_object_add(event, "lost", atcp_monitor_value(attr, &number));
		break;
	case ATCP_A_EVENT_LISTENER:
		json_object_object_add(event, "listener", atcp_monitor_listener(attr));
		break;
	case ATCP_A_EVENT_LOAD:
		json_object_object_add(event, "load",
				       atcp_monitor_nest(attr, atcp_monitor_load,
							 ARRAY_SIZE(atcp_monitor_load)));
		break;
	case ATCP_A_EVENT_TURN:
		json_object_object_add(event, "knob",
				       atcp_monitor_nest(attr, atcp_monitor_turn,
							 ARRAY_SIZE(atcp_monitor_turn)));
		break;
	case ATCP_A_EVENT_BY:
		json_object_object_add(event, "by",
				       atcp_monitor_nest(attr, atcp_monitor_by,
							 ARRAY_SIZE(atcp_monitor_by)));
		break;
	case ATCP_A_EVENT_KEY:
		json_object_object_add(event, "key", json_object_new_string(
			atcp_monitor_word(atcp_monitor_secrets, ARRAY_SIZE(atcp_monitor_secrets),
					  mnl_attr_get_u32(attr))));
		break;
	}
}

/* --- printing ---------------------------------------------------------------------- */

static const char *atcp_monitor_text(struct json_object *obj, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(obj, key, &value) ? json_object_get_string(value) : NULL;
}

static long long atcp_monitor_number(struct json_object *obj, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(obj, key, &value) ? json_object_get_int64(value) : 0;
}

/* COMM[PID], as far as it is known. What programs call themselves is not for a terminal. */
static void atcp_monitor_print_who(struct json_object *who)
{
	const char *comm = atcp_monitor_text(who, "comm");
	long long pid = atcp_monitor_number(who, "pid");

	for (; comm && *comm; comm++)
		putchar((unsigned char)*comm < ' ' || *comm == 127 ? '?' : *comm);
	if (pid)
		printf("[%lld]", pid);
}

static void atcp_monitor_print_turn(struct json_object *turn)
{
	const char *from = atcp_monitor_text(turn, "from_origin");
	const char *to = atcp_monitor_text(turn, "to_origin");

	printf(" %s%s: %s", from ? "" : "net.atcp.", atcp_monitor_text(turn, "name") ?: "?",
	       atcp_monitor_text(turn, "from") ?: "?");
	if (from)
		printf(" (%s)", from);
	printf(" -> %s", atcp_monitor_text(turn, "to") ?: "?");
	if (to)
		printf(" (%s)", to);
}

static void atcp_monitor_print_load(struct json_object *load)
{
	long long syns = atcp_monitor_number(load, "syns");

	if (syns)
		printf(" syns %lld completed %lld", syns, atcp_monitor_number(load, "completed"));
	printf(" synq %lld/%lld acceptq %lld/%lld", atcp_monitor_number(load, "synq"),
	       atcp_monitor_number(load, "synq_limit"), atcp_monitor_number(load, "acceptq"),
	       atcp_monitor_number(load, "acceptq_limit"));
}

static void atcp_monitor_print_time(long long ns)
{
	time_t sec = ns / 1000000000;
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&sec, &tm))
		strftime(text, sizeof(text), "%F %T", &tm);
	printf("%s.%03lld ", text, ns / 1000000 % 1000);
}

static void atcp_monitor_print(struct json_object *event)
{
	struct json_object *part, *owner;
	const char *key;

	atcp_monitor_print_time(atcp_monitor_number(event, "time_ns"));
	printf("%-16s", atcp_monitor_text(event, "event"));
	if (json_object_object_get_ex(event, "listener", &part)) {
		printf(" %s id:%lld", atcp_monitor_text(part, "local"),
		       atcp_monitor_number(part, "id"));
		if (json_object_object_get_ex(part, "owner", &owner)) {
			putchar(' ');
			atcp_monitor_print_who(owner);
		}
	}
	if (json_object_object_get_ex(event, "load", &part))
		atcp_monitor_print_load(part);
	if (json_object_object_get_ex(event, "knob", &part))
		atcp_monitor_print_turn(part);
	key = atcp_monitor_text(event, "key");
	if (key)
		printf(" %s", key);
	if (json_object_object_get_ex(event, "by", &part)) {
		printf(" by uid %lld ", atcp_monitor_number(part, "uid"));
		atcp_monitor_print_who(part);
	}
	putchar('\n');
}

/* A line, or an object in a line. */
static void atcp_monitor_show(struct json_object *event)
{
	if (atcp_options.json)
		puts(json_object_to_json_string_ext(event, atcp_options.pretty ?
						    JSON_C_TO_STRING_PRETTY :
						    JSON_C_TO_STRING_PLAIN));
	else
		atcp_monitor_print(event);
	fflush(stdout);
}

/* Says that some events are missing. @count: how many, 0: nobody knows. */
static void atcp_monitor_missing(unsigned long long count)
{
	struct json_object *event;

	if (!atcp_options.json) {
		if (count)
			atcp_main_warn("monitor: the kernel has lost %llu events", count);
		else
			atcp_main_warn("monitor: events were lost: they come faster than they are read");
		return;
	}
	event = json_object_new_object();
	json_object_object_add(event, "event", json_object_new_string("lost"));
	if (count)
		json_object_object_add(event, "count", json_object_new_int64(count));
	atcp_monitor_show(event);
	json_object_put(event);
}

/* Is it about what was asked for? Events of the namespace are only without a selector. */
static bool atcp_monitor_wanted(struct json_object *event)
{
	struct atcp_ltab_listener l = { .id = 0 };
	struct json_object *listener;

	if (!*atcp_monitor.words)
		return true;
	if (!json_object_object_get_ex(event, "listener", &listener))
		return false;
	l.id = atcp_monitor_number(listener, "id");
	l.local = atcp_monitor_text(listener, "local");
	return atcp_select_any(atcp_monitor.words, &l);
}

/* For atcp_nl_follow(). */
static int atcp_monitor_event(const struct nlmsghdr *nlh, void *data)
{
	const struct genlmsghdr *genl;
	struct json_object *event;
	const struct nlattr *attr;
	unsigned long long lost;
	int rc = MNL_CB_OK;

	(void)data;
	if (!nlh) {
		atcp_monitor_missing(0);
		return MNL_CB_OK;
	}
	genl = mnl_nlmsg_get_payload(nlh);
	event = json_object_new_object();
	json_object_object_add(event, "event", json_object_new_string(
		atcp_monitor_word(atcp_monitor_events, ARRAY_SIZE(atcp_monitor_events),
				  genl->cmd)));
	mnl_attr_for_each(attr, nlh, sizeof(*genl))
		atcp_monitor_attr(event, attr);
	lost = atcp_monitor_number(event, "lost");
	/* Those before the first were before we came. */
	if (atcp_monitor.begun && lost > atcp_monitor.lost)
		atcp_monitor_missing(lost - atcp_monitor.lost);
	atcp_monitor.begun = true;
	atcp_monitor.lost = lost;
	if (atcp_monitor_wanted(event)) {
		atcp_monitor_show(event);
		if (++atcp_monitor.printed == atcp_monitor.count)
			rc = MNL_CB_STOP;
	}
	json_object_put(event);
	return rc;
}

/**
 * atcp_monitor_option() - read an option of monitor's own
 * @argc: number of words left
 * @argv: the option, and what follows
 *
 * Return: words taken, 0: none of ours, -1 after a message.
 */
int atcp_monitor_option(int argc, char **argv)
{
	char *end = NULL;

	if (strcmp(argv[0], "--count"))
		return 0;
	errno = 0;
	atcp_monitor.count = argc > 1 ? strtoul(argv[1], &end, 10) : 0;
	if (atcp_monitor.count && !errno && !*end && *argv[1] != '-')
		return 2;
	atcp_main_warn("--count: \"%s\" is not a number of events", argc > 1 ? argv[1] : "");
	return -1;
}

/**
 * atcp_monitor_run() - the monitor subcommand
 * @argc: number of words
 * @argv: "monitor" and selectors
 *
 * Return: enum atcp_exit
 */
int atcp_monitor_run(int argc, char **argv)
{
	struct atcp_nl *nl;
	int rc;

	(void)argc;
	atcp_monitor.words = argv + 1;
	if (atcp_select_check(argv + 1))
		return ATCP_EXIT_USAGE;
	nl = atcp_nl_used() ? atcp_nl_open() : NULL;
	if (!nl) {
		atcp_main_warn("monitor: the kernel has no family atcp of generic netlink: is the module loaded?");
		return ATCP_EXIT_FAIL;
	}
	rc = atcp_nl_follow(nl, atcp_monitor_event, NULL);
	if (rc < 0)
		atcp_main_warn("monitor: %s", strerror(errno));
	atcp_nl_close(nl);
	return rc < 0 ? ATCP_EXIT_FAIL : ATCP_EXIT_OK;
}
