// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/sys/net/atcp: the knobs of each namespace.
 *
 * One row a knob; its handler is here or in one of the files beside. Who may write is the
 * kernel's rule for network sysctls: CAP_NET_ADMIN over the namespace's user namespace.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atcp.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/sysctl.h>

#include "compat/sysctl.h"
#include "control/genl_events.h"
#include "control/guard_ctl.h"
#include "control/sysctl.h"
#include "control/sysctl_ask.h"
#include "control/sysctl_groups.h"
#include "control/sysctl_keys.h"
#include "control/sysctl_listener.h"
#include "control/sysctl_metrics.h"
#include "control/sysctl_value.h"
#include "proto/bucket.h"
#include "proto/cong.h"
#include "state/listen/fastopen.h"
#include "state/listen/knob.h"
#include "state/shared/net.h"

/* The names of all congestion controls. */
#define ATCP_SYSCTL_CONGS	256

/* So much of a value is told of, with its end. */
#define ATCP_SYSCTL_TEXT	48

static int atcp_sysctl_cong(ATCP_CTL_TABLE *table, int write, void *buf,
			    size_t *lenp, loff_t *ppos)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	struct atcp_net *an = table->extra2;
	char name[ATCP_CONG_NAME_MAX];
	struct ctl_table tmp = {
		.procname	= knob->name,
		.data		= name,
		.maxlen		= sizeof(name),
		.mode		= knob->mode,
	};
	int err;

	atcp_net_cong_name(an, name);
	err = proc_dostring(&tmp, write, buf, lenp, ppos);
	if (!write || err)
		return err;
	err = atcp_sysctl_looks(table) ? atcp_net_cong_may(an, name) : atcp_net_cong_set(an, name);
	if (err == -EPERM)
		atcp_sysctl_notice(table, "%s: %s is restricted; see allowed_congestion_control of the first namespace",
				   knob->name, name);
	else if (err)
		atcp_sysctl_notice(table, "%s: there is no %*pE; see available_congestion_control",
				   knob->name, (int)strnlen(name, sizeof(name)), name);
	return err;
}

static int atcp_sysctl_cong_list(ATCP_CTL_TABLE *table, int write, void *buf,
				 size_t *lenp, loff_t *ppos)
{
	char names[ATCP_SYSCTL_CONGS] = "";
	struct ctl_table tmp = {
		.procname	= table->procname,
		.data		= names,
		.maxlen		= sizeof(names),
		.mode		= table->mode,
	};

	atcp_cong_list(names, sizeof(names), false);
	return proc_dostring(&tmp, write, buf, lenp, ppos);
}

/* One list for the machine, which the first namespace alone may change (as on Linux). */
static int atcp_sysctl_cong_allowed(ATCP_CTL_TABLE *table, int write, void *buf,
				    size_t *lenp, loff_t *ppos)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	char names[ATCP_SYSCTL_CONGS] = "";
	struct ctl_table tmp = {
		.procname	= knob->name,
		.data		= names,
		.maxlen		= sizeof(names),
		.mode		= knob->mode,
	};
	int err;

	atcp_cong_list(names, sizeof(names), true);
	err = proc_dostring(&tmp, write, buf, lenp, ppos);
	if (!write || err)
		return err;
	err = atcp_cong_allow(names, atcp_sysctl_looks(table));
	if (err)
		atcp_sysctl_notice(table, "%s: not all of these are in available_congestion_control",
				   knob->name);
	return err;
}

#define ATCP_KNOB(_name, _field, _handler, _unit, _min, _max, _what) {	\
	.name		= _name,					\
	.handler	= atcp_sysctl_value_##_handler,			\
	.offset		= offsetof(struct atcp_sysctl, _field),		\
	.mode		= 0644,						\
	.unit		= ATCP_UNIT_##_unit,				\
	.min		= _min,						\
	.max		= _max,						\
	.what		= _what,					\
}

/* The default of a listener's knob: its range is that one's. */
#define ATCP_KNOB_OF(_field, _id, _handler) {				\
	.name		= #_field,					\
	.handler	= atcp_sysctl_value_##_handler,			\
	.offset		= offsetof(struct atcp_sysctl, _field),		\
	.mode		= 0644,						\
	.knob		= ATCP_KNOB_##_id,				\
	.is_knob	= true,						\
}

/* The most of a listener's knob that a program may ask for: within its range. */
#define ATCP_KNOB_LIMIT(_field, _id) {					\
	.name		= #_field,					\
	.handler	= atcp_sysctl_value_int,			\
	.offset		= offsetof(struct atcp_sysctl, _field),		\
	.mode		= 0644,						\
	.knob		= ATCP_KNOB_##_id,				\
	.is_knob	= true,						\
}

/* What its handler alone understands. */
#define ATCP_KNOB_TEXTUAL(_name, _handler, _mode) \
	{ .name = _name, .handler = _handler, .mode = _mode }

#define ATCP_KNOB_INT(_field, _min, _max, _what) \
	ATCP_KNOB(#_field, _field, int, PLAIN, _min, _max, _what)
#define ATCP_KNOB_BOOL(_field)		ATCP_KNOB_INT(_field, 0, 1, "boolean")
#define ATCP_KNOB_SEC(_field, _min, _what) \
	ATCP_KNOB(#_field, _field, int, SEC, _min, ATCP_SYSCTL_MAX_SEC, _what)

static const struct atcp_sysctl_knob atcp_sysctl_knobs[] = {
	/* queues */
	ATCP_KNOB("somaxconn", somaxconn, somaxconn, PLAIN, 0, INT_MAX, "connections"),
	ATCP_KNOB_INT(max_syn_backlog, 1, 1 << 20, "requests"),
	ATCP_KNOB_OF(syncookies, SYNCOOKIES, word),
	ATCP_KNOB_OF(overflow_policy, OVERFLOW, word),
	ATCP_KNOB("abort_on_overflow", overflow_policy, abort, PLAIN, 0, 1, "boolean"),
	ATCP_KNOB_TEXTUAL("cookie_key", atcp_sysctl_keys_cookie, 0200),
	ATCP_KNOB_TEXTUAL("cookie_expect", atcp_sysctl_keys_expect, 0644),
	ATCP_KNOB_TEXTUAL("listener_knob", atcp_sysctl_listener_knob, 0200),
	ATCP_KNOB_BOOL(fwmark_accept),
	ATCP_KNOB_BOOL(l3mdev_accept),
	ATCP_KNOB_OF(acceptq_low, ACCEPTQ_LOW, default),
	ATCP_KNOB_OF(acceptq_high, ACCEPTQ_HIGH, default),
	ATCP_KNOB_OF(wake, WAKE, word),
	ATCP_KNOB_OF(balance, BALANCE, word),
	ATCP_KNOB_OF(defer_expire, DEFER_EXPIRE, word),
	ATCP_KNOB_OF(migrate_req, MIGRATE, default),
	ATCP_KNOB_OF(fair_share, FAIR_SHARE, default),
	ATCP_KNOB_OF(fair_prefix4, FAIR_PREFIX4, default),
	ATCP_KNOB_OF(fair_prefix6, FAIR_PREFIX6, default),
	ATCP_KNOB_OF(proven_share, PROVEN_SHARE, default),
	ATCP_KNOB_OF(guard, GUARD, default),

	/* what a program may ask for */
	ATCP_KNOB_LIMIT(syn_backlog_limit, SYN_BACKLOG),
	ATCP_KNOB_LIMIT(synack_retries_limit, SYNACK_RETRIES),
	ATCP_KNOB_LIMIT(synack_rto_limit, SYNACK_RTO),
	ATCP_KNOB_LIMIT(defer_accept_limit, DEFER_ACCEPT),

	/* flood guard */
	ATCP_KNOB_TEXTUAL("guard_devices", atcp_guard_ctl_devices, 0644),
	ATCP_KNOB_INT(guard_rate, 0, ATCP_BUCKET_MAX_RATE, "SYNs a second"),
	ATCP_KNOB_INT(guard_burst, 1, ATCP_BUCKET_MAX_BURST, "SYNs"),

	/* retransmission and patience */
	ATCP_KNOB_INT(syn_retries, 1, 127, "retransmissions"),
	ATCP_KNOB_INT(syn_linear_timeouts, 0, 127, "timeouts"),
	ATCP_KNOB_OF(synack_retries, SYNACK_RETRIES, default),
	ATCP_KNOB_OF(synack_rto, SYNACK_RTO, default),
	ATCP_KNOB_BOOL(synack_rto_cached),
	ATCP_KNOB_INT(retries1, 0, 255, "retransmissions"),
	ATCP_KNOB_INT(retries2, 0, 255, "retransmissions"),
	ATCP_KNOB_INT(orphan_retries, 0, 255, "retransmissions"),
	ATCP_KNOB_INT(rto_min_us, 1, 120 * USEC_PER_SEC, "microseconds"),
	ATCP_KNOB_INT(rto_max_ms, 1000, 120 * MSEC_PER_SEC, "milliseconds"),
	ATCP_KNOB_INT(reordering, 1, 300, "segments"),
	ATCP_KNOB_INT(max_reordering, 1, 65535, "segments"),
	ATCP_KNOB_INT(early_retrans, 0, 4, "0..2 no tail loss probes, 3 and 4 probes"),
	ATCP_KNOB_INT(frto, 0, 2, "0 off, 1 and 2 on"),
	ATCP_KNOB_INT(thin_linear_timeouts, 0, 1, "boolean"),
	ATCP_KNOB_SEC(fin_timeout, 0, "seconds"),
	ATCP_KNOB_SEC(keepalive_time, 1, "seconds"),
	ATCP_KNOB_SEC(keepalive_intvl, 1, "seconds"),
	ATCP_KNOB_INT(keepalive_probes, 0, 255, "probes"),

	/* TIME_WAIT and orphans */
	ATCP_KNOB_INT(max_tw_buckets, 0, INT_MAX, "connections"),
	ATCP_KNOB("tw_reuse", timewait_reuse, int, PLAIN, 0, 2, "0 no, 1 yes, 2 loopback"),
	ATCP_KNOB_INT(tw_reuse_delay, 1, 60 * MSEC_PER_SEC, "milliseconds"),
	ATCP_KNOB_BOOL(rfc1337),
	ATCP_KNOB_BOOL(stdurg),
	ATCP_KNOB_INT(max_orphans, 0, INT_MAX, "sockets"),

	/* protocol */
	ATCP_KNOB_INT(timestamps, 0, 2, "0 off, 1 on, 2 on without offset"),
	ATCP_KNOB_BOOL(sack),
	ATCP_KNOB_BOOL(dsack),
	ATCP_KNOB_INT(comp_sack_nr, 0, 255, "ACKs"),
	ATCP_KNOB_INT(comp_sack_rtt_percent, 1, 1000, "percent"),
	ATCP_KNOB("comp_sack_delay_ns", comp_sack_delay_ns, uint, PLAIN, 0, 0, "nanoseconds"),
	ATCP_KNOB("comp_sack_slack_ns", comp_sack_slack_ns, uint, PLAIN, 0, 0, "nanoseconds"),
	ATCP_KNOB_BOOL(window_scaling),
	ATCP_KNOB_BOOL(shrink_window),
	ATCP_KNOB_INT(ecn, 0, 5, "0 off, 1 on, 2 passive, 3 to 5 accurate: see sysctl.rst"),
	ATCP_KNOB_BOOL(ecn_fallback),
	ATCP_KNOB_INT(ecn_option, 0, 3, "0 never, 1 least, 2 full, 3 persist"),
	ATCP_KNOB_INT(ecn_option_beacon, 0, 3, "options a round trip"),
	ATCP_KNOB_BOOL(slow_start_after_idle),
	ATCP_KNOB_BOOL(no_metrics_save),
	ATCP_KNOB_BOOL(no_ssthresh_metrics_save),
	ATCP_KNOB_TEXTUAL("metrics_flush", atcp_sysctl_metrics_flush, 0200),
	ATCP_KNOB_INT(min_snd_mss, 48, 65535, "bytes"),
	ATCP_KNOB_INT(mtu_probing, 0, 2, "0 off, 1 black holes, 2 always"),
	ATCP_KNOB_INT(base_mss, 48, 65535, "bytes"),
	ATCP_KNOB_INT(mtu_probe_floor, 48, 65535, "bytes"),
	ATCP_KNOB_INT(probe_interval, 0, INT_MAX, "seconds"),
	ATCP_KNOB_INT(probe_threshold, 0, 65535, "bytes"),
	ATCP_KNOB_INT(limit_output_bytes, 0, INT_MAX, "bytes"),
	ATCP_KNOB_INT(pacing_ca_ratio, 0, 1000, "percent"),
	ATCP_KNOB_INT(pacing_ss_ratio, 0, 1000, "percent"),
	ATCP_KNOB_INT(min_tso_segs, 1, 255, "segments"),
	ATCP_KNOB_BOOL(retrans_collapse),
	ATCP_KNOB_INT(tso_rtt_log, 0, 31, "log2 of microseconds"),
	ATCP_KNOB_INT(tso_win_divisor, 0, 255, "divisor"),
	ATCP_KNOB_INT(challenge_ack_limit, 0, INT_MAX, "ACKs a second"),
	ATCP_KNOB("invalid_ratelimit", invalid_ratelimit, int, MSEC, 0,
		  ATCP_SYSCTL_MAX_SEC, "milliseconds"),
	ATCP_KNOB_TEXTUAL("congestion_control", atcp_sysctl_cong, 0644),
	ATCP_KNOB_TEXTUAL("available_congestion_control", atcp_sysctl_cong_list, 0444),
	ATCP_KNOB_TEXTUAL("allowed_congestion_control", atcp_sysctl_cong_allowed, 0644),

	/* fast open */
	ATCP_KNOB_INT(fastopen, 0, INT_MAX, "sum of 1, 2, 4, 512, 1024"),
	ATCP_KNOB("fastopen_blackhole_timeout_sec", fastopen_blackhole_timeout_sec, blackhole,
		  PLAIN, 0, ATCP_SYSCTL_MAX_SEC, "seconds"),
	ATCP_KNOB_TEXTUAL("fastopen_key", atcp_sysctl_keys_fastopen, 0600),

	/* sockets, memory and ports */
	ATCP_KNOB_TEXTUAL("group_range", atcp_sysctl_groups, 0644),
	ATCP_KNOB_BOOL(moderate_rcvbuf),
	ATCP_KNOB_INT(rcvbuf_low_rtt, 0, INT_MAX, "microseconds"),
	ATCP_KNOB("rmem", rmem, sizes, PLAIN, 4096, INT_MAX, "bytes"),
	ATCP_KNOB("wmem", wmem, sizes, PLAIN, 4096, INT_MAX, "bytes"),
	ATCP_KNOB("mem", mem, mem, PLAIN, 0, INT_MAX, "pages"),
	ATCP_KNOB("notsent_lowat", notsent_lowat, uint, PLAIN, 0, 0, "bytes"),
	ATCP_KNOB("local_port_range", port_range, port_range, PLAIN, 1, 65535, "ports"),
};

/* What a file's mode is in a namespace. */
static umode_t atcp_sysctl_mode(const struct net *net, const struct atcp_sysctl_knob *knob)
{
	/* The machine's. */
	if (knob->handler == atcp_sysctl_cong_allowed && !net_eq(net, &init_net))
		return 0444;
	return knob->mode;
}

/* What a file shows, in one line; empty if it cannot be told. */
static void atcp_sysctl_text(ATCP_CTL_TABLE *table, char *text, size_t size)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	size_t len = size - 1;
	loff_t pos = 0;

	memset(text, 0, size);
	if (knob->handler(table, 0, text, &len, &pos))
		len = 0;
	text[min(len, size - 1)] = '\0';
	strreplace(text, '\t', ' ');
	text[strcspn(text, "\n")] = '\0';
}

/* Calls a knob's handler; of a change that everybody may see those are told who watch. */
static int atcp_sysctl_handle(ATCP_CTL_TABLE *table, int write, void *buf,
			      size_t *lenp, loff_t *ppos)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	struct atcp_net *an = table->extra2;
	bool tell = write && (knob->mode & 0004) && atcp_genl_events_wanted(an);
	char from[ATCP_SYSCTL_TEXT], to[ATCP_SYSCTL_TEXT];
	unsigned int attr = 0;
	int err;

	if (tell)
		atcp_sysctl_text(table, from, sizeof(from));
	err = knob->handler(table, write, buf, lenp, ppos);
	if (!tell || err)
		return err;
	atcp_sysctl_text(table, to, sizeof(to));
	if (!strcmp(from, to))
		return err;
	if (knob->is_knob && !strcmp(knob->name, atcp_knob_desc(knob->knob)->netns ?: ""))
		attr = knob->knob + 1;
	atcp_genl_events_default(an, attr, knob->name, from, to);
	return err;
}

int atcp_sysctl_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_sysctl_knobs); i++)
		if (!strcmp(atcp_sysctl_knobs[i].name, name))
			return i;
	return -ENOENT;
}

bool atcp_sysctl_about(const struct atcp_net *an, unsigned int i, struct atcp_sysctl_about *about)
{
	const struct atcp_sysctl_knob *knob;
	const struct atcp_knob_desc *of;
	umode_t mode;

	if (i >= ARRAY_SIZE(atcp_sysctl_knobs))
		return false;
	knob = &atcp_sysctl_knobs[i];
	of = atcp_knob_desc(knob->knob);
	mode = atcp_sysctl_mode(an->net, knob);
	about->name = knob->name;
	about->unit = (knob->is_knob ? of->unit : knob->what) ?: "";
	about->least = knob->is_knob ? of->min : knob->min;
	about->most = knob->is_knob ? of->max : knob->max;
	if (knob->handler == atcp_sysctl_value_uint)
		about->most = UINT_MAX;
	if (knob->handler == atcp_sysctl_value_mem)
		about->most = ATCP_SYSCTL_MAX_PAGES;
	about->set = false;
	about->ranged = knob->is_knob || knob->what;
	about->reads = mode & 0004;
	about->writes = mode & 0200;
	about->secret = true;
	if (knob->handler == atcp_sysctl_keys_cookie)
		about->set = atcp_cookiekey_shared(&an->cookiekeys);
	else if (knob->handler == atcp_sysctl_keys_fastopen)
		about->set = atcp_fastopen_net_is_set(an->net);
	else
		about->secret = false;
	return true;
}

/* The table that a handler is given for a request. */
static struct ctl_table atcp_sysctl_asked(struct atcp_net *an, unsigned int i,
					  struct atcp_sysctl_ask *ask)
{
	const struct atcp_sysctl_knob *knob = &atcp_sysctl_knobs[i];

	return (struct ctl_table) {
		.procname	= knob->name,
		.data		= ask,
		.mode		= atcp_sysctl_mode(an->net, knob),
		.extra1		= (void *)knob,
		.extra2		= an,
	};
}

void atcp_sysctl_read(struct atcp_net *an, unsigned int i, char *text, size_t size)
{
	struct atcp_sysctl_ask ask = { .looks = true };
	struct ctl_table table = atcp_sysctl_asked(an, i, &ask);

	atcp_sysctl_text(&table, text, size);
}

void atcp_sysctl_first(struct atcp_net *an, unsigned int i, char *text, size_t size)
{
	struct atcp_sysctl_ask ask = { .looks = true, .first = true };
	struct ctl_table table = atcp_sysctl_asked(an, i, &ask);

	atcp_sysctl_text(&table, text, size);
}

int atcp_sysctl_write(struct atcp_net *an, unsigned int i, const char *text,
		      struct atcp_sysctl_ask *ask)
{
	struct ctl_table table = atcp_sysctl_asked(an, i, ask);
	/* Nothing is written as an empty line is: some take that. */
	char *buf = kstrdup(*text ? text : "\n", GFP_KERNEL);
	loff_t pos = 0;
	size_t len;
	int err;

	if (!buf)
		return -ENOMEM;
	len = strlen(buf);
	*ask->said = '\0';
	if (ask->looks)
		err = atcp_sysctl_knobs[i].handler(&table, 1, buf, &len, &pos);
	else
		err = atcp_sysctl_handle(&table, 1, buf, &len, &pos);
	kfree_sensitive(buf);
	return err;
}

static int __net_init atcp_sysctl_ns_init(struct net *net)
{
	const size_t n = ARRAY_SIZE(atcp_sysctl_knobs);
	struct atcp_net *an = atcp_net_get(net);
	struct ctl_table *table;
	size_t i;

	/* Without, all of them have their defaults; listeners' are in sysfs too. */
	if (!IS_ENABLED(CONFIG_SYSCTL))
		return 0;

	/* The empty last one ends the table on kernels that look for an end. */
	table = kcalloc(n + 1, sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		const struct atcp_sysctl_knob *knob = &atcp_sysctl_knobs[i];

		table[i].procname = knob->name;
		table[i].mode = atcp_sysctl_mode(net, knob);
		table[i].proc_handler = atcp_sysctl_handle;
		table[i].extra1 = (void *)knob;
		table[i].extra2 = an;
	}

	an->sysctl_header = atcp_compat_register_net_sysctl(net, "net/atcp",
							    table, n);
	if (!an->sysctl_header) {
		kfree(table);
		return -ENOMEM;
	}
	an->sysctl_table = table;
	return 0;
}

static void __net_exit atcp_sysctl_ns_exit(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);

	unregister_net_sysctl_table(an->sysctl_header);
	kfree(an->sysctl_table);
}

static struct pernet_operations atcp_sysctl_ops = {
	.init	= atcp_sysctl_ns_init,
	.exit	= atcp_sysctl_ns_exit,
};

/**
 * atcp_sysctl_init() - show the knobs in every namespace; after atcp_net_init()
 *
 * Return: 0 or -ENOMEM
 */
int atcp_sysctl_init(void)
{
	return register_pernet_subsys(&atcp_sysctl_ops);
}

/**
 * atcp_sysctl_exit() - take them away; before atcp_net_exit()
 */
void atcp_sysctl_exit(void)
{
	unregister_pernet_subsys(&atcp_sysctl_ops);
}
