// SPDX-License-Identifier: GPL-2.0
/*
 * Handlers of the sysctls that are numbers or words. Each works on a copy of the value,
 * so that a half-parsed or refused write is never seen, and a refused one says in the
 * log what would have been taken.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "control/sysctl_value.h"

#include <linux/atcp.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <net/ip.h>

#include "control/sysctl_ask.h"
#include "state/listen/fastopen.h"
#include "state/listen/listener.h"
#include "state/shared/net.h"

static void *atcp_sysctl_value_field(ATCP_CTL_TABLE *table)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	const struct atcp_sysctl_ask *ask = table->data;
	struct atcp_net *an = table->extra2;

	return (void *)(ask && ask->first ? &an->sysctl_first : &an->sysctl) + knob->offset;
}

static int atcp_sysctl_value_shown(const struct atcp_sysctl_knob *knob, int val)
{
	switch (knob->unit) {
	case ATCP_UNIT_SEC:
		return val / HZ;
	case ATCP_UNIT_MSEC:
		return jiffies_to_msecs(val);
	default:
		return val;
	}
}

static int atcp_sysctl_value_kept(const struct atcp_sysctl_knob *knob, int val)
{
	switch (knob->unit) {
	case ATCP_UNIT_SEC:
		return val * HZ;
	case ATCP_UNIT_MSEC:
		return msecs_to_jiffies(val);
	default:
		return val;
	}
}

/* A knob's range: of its own, or that of the listener's knob. */
static const int *atcp_sysctl_value_min(const struct atcp_sysctl_knob *knob)
{
	return knob->is_knob ? &atcp_knob_desc(knob->knob)->min : &knob->min;
}

static const int *atcp_sysctl_value_max(const struct atcp_sysctl_knob *knob)
{
	return knob->is_knob ? &atcp_knob_desc(knob->knob)->max : &knob->max;
}

/* How much of what was written (@buf, @len bytes) the log shows: one line, not a long one. */
static int atcp_sysctl_value_said(const char *buf, size_t len)
{
	len = min_t(size_t, len, ATCP_LOG_TEXT);
	len = strnlen(buf, len);
	return min(strcspn(buf, "\n"), len);
}

/* Says that, escaped, and what would have been taken. */
static void atcp_sysctl_value_refuse(ATCP_CTL_TABLE *table, const char *buf, size_t len,
				     const char *more)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	const char *what = knob->is_knob ? atcp_knob_desc(knob->knob)->unit : knob->what;

	atcp_sysctl_notice(table, "%s: %*pE is not in %d..%d%s%s%s", knob->name,
			   atcp_sysctl_value_said(buf, len), buf, *atcp_sysctl_value_min(knob),
			   *atcp_sysctl_value_max(knob), *what ? " " : "", what, more);
}

/* Is there more than blanks in what the parser left of @buf? Linux's own leaves it unread. */
static bool atcp_sysctl_value_trailing(const char *buf, size_t used, size_t len)
{
	while (used < len && (isspace(buf[used]) || !buf[used]))
		used++;
	return used < len;
}

/* proc_dointvec_minmax() on @n ints of ours instead of @table's data. */
static int atcp_sysctl_value_ints(ATCP_CTL_TABLE *table, int write, void *buf,
				  size_t *lenp, loff_t *ppos, int *val, int n)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	struct ctl_table tmp = {
		.procname	= knob->name,
		.data		= val,
		.maxlen		= n * sizeof(*val),
		.mode		= knob->mode,
		.extra1		= (void *)atcp_sysctl_value_min(knob),
		.extra2		= (void *)atcp_sysctl_value_max(knob),
	};
	const size_t len = *lenp;
	int err;

	err = proc_dointvec_minmax(&tmp, write, buf, lenp, ppos);
	if (write && !err && atcp_sysctl_value_trailing(buf, *lenp, len))
		err = -EINVAL;
	return err;
}

int atcp_sysctl_value_int(ATCP_CTL_TABLE *table, int write, void *buf,
			  size_t *lenp, loff_t *ppos)
{
	const size_t len = *lenp;
	const struct atcp_sysctl_knob *knob = table->extra1;
	int *field = atcp_sysctl_value_field(table);
	int val = atcp_sysctl_value_shown(knob, READ_ONCE(*field));
	int err;

	err = atcp_sysctl_value_ints(table, write, buf, lenp, ppos, &val, 1);
	if (!write)
		return err;
	if (err)
		atcp_sysctl_value_refuse(table, buf, len, "");
	else if (!atcp_sysctl_looks(table))
		WRITE_ONCE(*field, atcp_sysctl_value_kept(knob, val));
	return err;
}

/* The limit of accept queues that are there already follows. */
int atcp_sysctl_value_somaxconn(ATCP_CTL_TABLE *table, int write, void *buf,
				size_t *lenp, loff_t *ppos)
{
	int err = atcp_sysctl_value_int(table, write, buf, lenp, ppos);

	if (write && !err && !atcp_sysctl_looks(table))
		atcp_listener_changed_all(table->extra2, ATCP_KNOB_BACKLOG);
	return err;
}

/* Listeners that have no value of their own follow. */
int atcp_sysctl_value_default(ATCP_CTL_TABLE *table, int write, void *buf,
			      size_t *lenp, loff_t *ppos)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	int err = atcp_sysctl_value_int(table, write, buf, lenp, ppos);

	if (write && !err && !atcp_sysctl_looks(table))
		atcp_listener_changed_all(table->extra2, knob->knob);
	return err;
}

/* One of a knob's words, or its number. */
int atcp_sysctl_value_word(ATCP_CTL_TABLE *table, int write, void *buf,
			   size_t *lenp, loff_t *ppos)
{
	const struct atcp_sysctl_knob *knob = table->extra1;
	int *field = atcp_sysctl_value_field(table);
	char text[ATCP_KNOB_TEXT];
	struct ctl_table tmp = {
		.procname	= knob->name,
		.data		= text,
		.maxlen		= sizeof(text),
		.mode		= knob->mode,
	};
	int val = READ_ONCE(*field);
	int err;

	/* Numbers, as Linux's files have them; only what none says is in words. */
	if (val <= *atcp_sysctl_value_max(knob))
		scnprintf(text, sizeof(text), "%d", val);
	else
		atcp_knob_print(knob->knob, val, text, sizeof(text));
	err = proc_dostring(&tmp, write, buf, lenp, ppos);
	if (!write || err)
		return err;
	/* Nobody is there to inherit from. */
	if (atcp_knob_parse(knob->knob, strim(text), &val) || val == ATCP_INHERIT) {
		char said[ATCP_KNOB_EXPLAIN];

		atcp_knob_explain(knob->knob, knob->name, strim(text), said, sizeof(said));
		atcp_sysctl_notice(table, "%s", said);
		return -EINVAL;
	}
	if (atcp_sysctl_looks(table))
		return 0;
	WRITE_ONCE(*field, val);
	atcp_listener_changed_all(table->extra2, knob->knob);
	return 0;
}

int atcp_sysctl_value_uint(ATCP_CTL_TABLE *table, int write, void *buf,
			   size_t *lenp, loff_t *ppos)
{
	const size_t len = *lenp;
	const struct atcp_sysctl_knob *knob = table->extra1;
	unsigned int *field = atcp_sysctl_value_field(table);
	unsigned int val = READ_ONCE(*field);
	struct ctl_table tmp = {
		.procname	= knob->name,
		.data		= &val,
		.maxlen		= sizeof(val),
		.mode		= knob->mode,
	};
	int err;

	err = proc_douintvec(&tmp, write, buf, lenp, ppos);
	if (!write)
		return err;
	if (err)
		atcp_sysctl_notice(table, "%s: %*pE is not in 0..%u %s", knob->name,
				   atcp_sysctl_value_said(buf, len), (const char *)buf, UINT_MAX,
				   knob->what);
	else if (!atcp_sysctl_looks(table))
		WRITE_ONCE(*field, val);
	return err;
}

/* Buffer sizes: least, first, greatest. */
int atcp_sysctl_value_sizes(ATCP_CTL_TABLE *table, int write, void *buf,
			    size_t *lenp, loff_t *ppos)
{
	const size_t len = *lenp;
	int *field = atcp_sysctl_value_field(table);
	int val[3], i, err;

	for (i = 0; i < 3; i++)
		val[i] = READ_ONCE(field[i]);
	err = atcp_sysctl_value_ints(table, write, buf, lenp, ppos, val, 3);
	if (!write)
		return err;
	if (!err && (val[0] > val[1] || val[1] > val[2]))
		err = -EINVAL;
	if (err) {
		atcp_sysctl_value_refuse(table, buf, len, ", three in ascending order");
		return err;
	}
	for (i = 0; i < 3 && !atcp_sysctl_looks(table); i++)
		WRITE_ONCE(field[i], val[i]);
	return 0;
}

int atcp_sysctl_value_mem(ATCP_CTL_TABLE *table, int write, void *buf,
			  size_t *lenp, loff_t *ppos)
{
	const size_t len = *lenp;
	const struct atcp_sysctl_knob *knob = table->extra1;
	long *field = atcp_sysctl_value_field(table);
	unsigned long most = ATCP_SYSCTL_MAX_PAGES;
	unsigned long val[3];
	struct ctl_table tmp = {
		.procname	= knob->name,
		.data		= val,
		.maxlen		= sizeof(val),
		.mode		= knob->mode,
		.extra2		= &most,
	};
	int i, err;

	for (i = 0; i < 3; i++)
		val[i] = READ_ONCE(field[i]);
	err = proc_doulongvec_minmax(&tmp, write, buf, lenp, ppos);
	if (!write)
		return err;
	if (!err && (val[0] > val[1] || val[1] > val[2]))
		err = -EINVAL;
	if (err) {
		atcp_sysctl_notice(table, "%s: %*pE is not in 0..%lu %s, three in ascending order",
				   knob->name, atcp_sysctl_value_said(buf, len),
				   (const char *)buf, ATCP_SYSCTL_MAX_PAGES, knob->what);
		return err;
	}
	for (i = 0; i < 3 && !atcp_sysctl_looks(table); i++)
		WRITE_ONCE(field[i], val[i]);
	return 0;
}

/* Linux's rules for ip_local_port_range: ascending, and no privileged port. */
int atcp_sysctl_value_port_range(ATCP_CTL_TABLE *table, int write, void *buf,
				 size_t *lenp, loff_t *ppos)
{
	const size_t len = *lenp;
	const u32 *range = atcp_sysctl_value_field(table);
	struct atcp_net *an = table->extra2;
	u32 both = READ_ONCE(*range);
	int val[2], err;

	val[0] = both & 0xffff;
	val[1] = both >> 16;
	err = atcp_sysctl_value_ints(table, write, buf, lenp, ppos, val, 2);
	if (!write)
		return err;
	if (!err && (val[0] > val[1] || inet_port_requires_bind_service(an->net, val[0])))
		err = -EINVAL;
	if (err)
		atcp_sysctl_value_refuse(table, buf, len, ", low and high, low unprivileged");
	else if (!atcp_sysctl_looks(table))
		WRITE_ONCE(an->sysctl.port_range, val[0] | (u32)val[1] << 16);
	return err;
}

/* A view of overflow_policy for those who know Linux's name. */
int atcp_sysctl_value_abort(ATCP_CTL_TABLE *table, int write, void *buf,
			    size_t *lenp, loff_t *ppos)
{
	const size_t len = *lenp;
	int *policy = atcp_sysctl_value_field(table);
	bool was = READ_ONCE(*policy) == ATCP_OVERFLOW_RESET;
	int val = was;
	int err;

	err = atcp_sysctl_value_ints(table, write, buf, lenp, ppos, &val, 1);
	if (!write)
		return err;
	if (err) {
		atcp_sysctl_value_refuse(table, buf, len, "");
	} else if (val != was && !atcp_sysctl_looks(table)) {
		WRITE_ONCE(*policy, val ? ATCP_OVERFLOW_RESET : ATCP_OVERFLOW_PARK);
		atcp_listener_changed_all(table->extra2, ATCP_KNOB_OVERFLOW);
	}
	return err;
}

/* A write lets all destinations have another chance, as on Linux. */
int atcp_sysctl_value_blackhole(ATCP_CTL_TABLE *table, int write, void *buf,
				size_t *lenp, loff_t *ppos)
{
	struct atcp_net *an = table->extra2;
	int err = atcp_sysctl_value_int(table, write, buf, lenp, ppos);

	if (write && !err && !atcp_sysctl_looks(table))
		atcp_fastopen_unblackhole(an->net);
	return err;
}
