// SPDX-License-Identifier: GPL-2.0
/*
 * The knobs of a listener.
 *
 * Three may have a word: the operator (from outside: "listener"), the program
 * ("socket") and the namespace ("netns"), in this order. The first two are kept
 * in the listener, and which of them holds is worked out when one is written, so
 * that a segment that asks for a value reads one word.
 *
 * A setsockopt(2) takes the operator's value away: it is newer. So does one of
 * Linux's own options that mean the same (TCP_SYNCNT, TCP_DEFER_ACCEPT,
 * TCP_FASTOPEN), and it takes the program's older word away as well. listen(2)
 * does not: programs call it again on every reload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atcp.h>
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/user_namespace.h>
#include <net/sock.h>

#include "proto/reqtime.h"
#include "state/conn/sock.h"
#include "state/listen/fastopen.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/shared/mib.h"

/* Longest wait of "reset_after", the longest of a request's timers, ms. */
#define ATCP_KNOB_AFTER_MAX	120000

static const char *const atcp_knob_when[] = { "off", "auto", "always", NULL };
static const char *const atcp_knob_overflow[] = { "drop", "reset", "park", NULL };
static const char *const atcp_knob_expire[] = { "accept", "reset", "drop", NULL };
static const char *const atcp_knob_balance[] = { "hash", "rr", "cpu", "least", "p2c", NULL };
static const char *const atcp_knob_wake[] = { "fifo", "lifo", "cpu", NULL };

static enum atcp_knob_origin atcp_knob_from_socket(const struct atcp_listener *l)
{
	return ATCP_KNOB_FROM_SOCKET;
}

/* listen(2)'s number, bounded by somaxconn; negative is the largest one, as there. */
static int atcp_knob_inherit_backlog(const struct atcp_listener *l)
{
	return min_t(u32, READ_ONCE(l->backlog), READ_ONCE(l->an->sysctl.somaxconn));
}

/* Linux's rule: as many requests as connections. */
static int atcp_knob_inherit_syn_backlog(const struct atcp_listener *l)
{
	return min_t(u32, READ_ONCE(l->sk->sk_max_ack_backlog), INT_MAX);
}

static enum atcp_knob_origin atcp_knob_from_backlog(const struct atcp_listener *l)
{
	return atcp_knob_origin(l, ATCP_KNOB_BACKLOG);
}

/*
 * As on Linux, TCP_SYNCNT of a listener is for its SYN-ACKs; as it takes whatever Linux
 * takes, it is cut here to what a program may ask for.
 */
static int atcp_knob_syncnt(const struct sock *sk)
{
	const struct atcp_sysctl *sc = &atcp_sock_net(sk)->sysctl;
	int netns = READ_ONCE(sc->synack_retries);
	int own = READ_ONCE(atcp_sk(sk)->syn_retries);

	return own ? min(own, max(netns, READ_ONCE(sc->synack_retries_limit))) : netns;
}

static int atcp_knob_inherit_retries(const struct atcp_listener *l)
{
	return atcp_knob_syncnt(l->sk);
}

static enum atcp_knob_origin atcp_knob_from_syncnt(const struct atcp_listener *l)
{
	return READ_ONCE(atcp_sk(l->sk)->syn_retries) ? ATCP_KNOB_FROM_SOCKET :
							ATCP_KNOB_FROM_NETNS;
}

/* TCP_DEFER_ACCEPT's own rule holds, if there is one: it counts timeouts, not milliseconds. */
static int atcp_knob_inherit_defer(const struct atcp_listener *l)
{
	return READ_ONCE(atcp_sk(l->sk)->defer_accept) ? ATCP_INHERIT : 0;
}

static enum atcp_knob_origin atcp_knob_from_defer(const struct atcp_listener *l)
{
	return READ_ONCE(atcp_sk(l->sk)->defer_accept) ? ATCP_KNOB_FROM_SOCKET :
							 ATCP_KNOB_FROM_NETNS;
}

/* What that rule comes to, as getsockopt(TCP_DEFER_ACCEPT) has it in seconds. */
static int atcp_knob_defer_ms(const struct sock *sk)
{
	return atcp_reqtime_defer_sec(READ_ONCE(atcp_sk(sk)->defer_accept)) * MSEC_PER_SEC;
}

static int atcp_knob_inherit_fastopen(const struct atcp_listener *l)
{
	return atcp_fastopen_asked(l->sk);
}

static int atcp_knob_inherit_zero(const struct atcp_listener *l)
{
	return 0;
}

/* A program's word goes no further than net.atcp.<_field> without CAP_NET_ADMIN. */
#define ATCP_KNOB_LIMIT(_field)						\
	.limit = #_field, .bound = offsetof(struct atcp_sysctl, _field)

/* Without a value of its own a listener has net.atcp.<_field>. */
#define ATCP_KNOB_NETNS(_field)						\
	.netns = #_field, .sysctl = offsetof(struct atcp_sysctl, _field)

static const struct atcp_knob_desc atcp_knob_table[ATCP_KNOB_NR] = {
#define ATCP_KNOB(_id, _name, _unit, _min, _max, _words, ...)		\
	[ATCP_KNOB_##_id] = {						\
		.name	= #_name,					\
		.unit	= _unit,					\
		.min	= _min,						\
		.max	= _max,						\
		.option	= ATCP_##_id,					\
		.words	= _words,					\
		__VA_ARGS__						\
	},
#include "state/listen/knob_list.h"
};

const struct atcp_knob_desc *atcp_knob_desc(enum atcp_knob_id id)
{
	return &atcp_knob_table[id];
}

int atcp_knob_default(const struct atcp_net *an, enum atcp_knob_id id)
{
	return READ_ONCE(*(const int *)((const void *)&an->sysctl + atcp_knob_table[id].sysctl));
}

void atcp_knob_set_default(struct atcp_net *an, enum atcp_knob_id id, int val)
{
	WRITE_ONCE(*(int *)((void *)&an->sysctl + atcp_knob_table[id].sysctl), val);
	atcp_listener_changed_all(an, id);
}

int atcp_knob_inherited(const struct atcp_listener *l, enum atcp_knob_id id)
{
	const struct atcp_knob_desc *k = &atcp_knob_table[id];

	if (k->inherit)
		return k->inherit(l);
	return atcp_knob_default(l->an, id);
}

int atcp_knob_shown(const struct atcp_listener *l, enum atcp_knob_id id)
{
	int val = atcp_knob(l, id);

	/* The program's own may be more than somaxconn lets it have. */
	if (id == ATCP_KNOB_BACKLOG)
		return min_t(u32, READ_ONCE(l->sk->sk_max_ack_backlog), INT_MAX);
	return val == ATCP_INHERIT && id == ATCP_KNOB_DEFER_ACCEPT ?
	       atcp_knob_defer_ms(l->sk) : val;
}

int atcp_knob_backlog_asked(const struct atcp_listener *l)
{
	int val = READ_ONCE(l->knobs.asked[ATCP_KNOB_BACKLOG]);

	return val != ATCP_INHERIT ? val : READ_ONCE(l->backlog);
}

enum atcp_knob_origin atcp_knob_origin(const struct atcp_listener *l,
				       enum atcp_knob_id id)
{
	const struct atcp_knob_desc *k = &atcp_knob_table[id];

	if (READ_ONCE(l->knobs.outside[id]) != ATCP_INHERIT)
		return ATCP_KNOB_FROM_LISTENER;
	if (READ_ONCE(l->knobs.own[id]) != ATCP_INHERIT)
		return ATCP_KNOB_FROM_SOCKET;
	return k->from ? k->from(l) : ATCP_KNOB_FROM_NETNS;
}

const char *atcp_knob_origin_name(enum atcp_knob_origin origin)
{
	static const char *const names[] = { "listener", "socket", "netns" };

	return names[origin];
}

const char *atcp_knob_name(enum atcp_knob_id id)
{
	return atcp_knob_table[id].name;
}

enum atcp_knob_id atcp_knob_of_option(int optname)
{
	unsigned int id;

	for (id = 0; id < ATCP_KNOB_NR; id++)
		if (atcp_knob_table[id].option == optname)
			break;
	return id;
}

enum atcp_knob_id atcp_knob_of_name(const char *name)
{
	unsigned int id;

	for (id = 0; id < ATCP_KNOB_NR; id++)
		if (!strcmp(atcp_knob_table[id].name, name))
			break;
	return id;
}

/* "reset_after" has its time beside it: see ATCP_OVERFLOW_RESET_AFTER. */
static bool atcp_knob_is_after(enum atcp_knob_id id, int val)
{
	return id == ATCP_KNOB_OVERFLOW && val > 0 &&
	       (val & ATCP_OVERFLOW_MASK) == ATCP_OVERFLOW_AFTER &&
	       ATCP_OVERFLOW_MS(val) >= 1 && ATCP_OVERFLOW_MS(val) <= ATCP_KNOB_AFTER_MAX;
}

bool atcp_knob_valid(enum atcp_knob_id id, int val)
{
	const struct atcp_knob_desc *k = &atcp_knob_table[id];

	return (val >= k->min && val <= k->max) || atcp_knob_is_after(id, val);
}

int atcp_knob_explain(enum atcp_knob_id id, const char *name, const char *val, char *buf,
		      int size)
{
	const struct atcp_knob_desc *k = &atcp_knob_table[id];
	int i, n;

	n = scnprintf(buf, size, "%s: %*pE is not in %d..%d%s%s", name,
		      (int)strnlen(val, ATCP_LOG_TEXT), val, k->min, k->max,
		      *k->unit ? " " : "", k->unit);
	for (i = 0; k->words && k->words[i]; i++)
		n += scnprintf(buf + n, size - n, "%s%s", i ? "|" : " (", k->words[i]);
	if (i)
		n += scnprintf(buf + n, size - n, "%s)",
			       id == ATCP_KNOB_OVERFLOW ? "|reset_after:1..120000 ms" : "");
	return n;
}

static void atcp_knob_say_refused(struct atcp_net *an, enum atcp_log_kind kind,
				  enum atcp_knob_id id, const char *scope, const char *name,
				  const char *text)
{
	char said[ATCP_KNOB_EXPLAIN];

	if (!atcp_log_allowed(an, kind))
		return;
	atcp_knob_explain(id, name, text, said, sizeof(said));
	pr_info("netns %u: %s%s\n", atcp_log_netns(an), scope, said);
}

static void atcp_knob_refuse_int(struct atcp_net *an, enum atcp_log_kind kind,
				 enum atcp_knob_id id, const char *scope, int val)
{
	char text[16];

	scnprintf(text, sizeof(text), "%d", val);
	atcp_knob_say_refused(an, kind, id, scope, atcp_knob_table[id].name, text);
}

/* "reset_after:MS"; 0 if it is not that. */
static int atcp_knob_parse_after(const char *text)
{
	const size_t len = strlen("reset_after:");
	unsigned int ms;

	if (strncmp(text, "reset_after:", len) || kstrtouint(text + len, 10, &ms) ||
	    !ms || ms > ATCP_KNOB_AFTER_MAX)
		return 0;
	return ATCP_OVERFLOW_RESET_AFTER(ms);
}

int atcp_knob_parse(enum atcp_knob_id id, const char *text, int *val)
{
	const struct atcp_knob_desc *k = &atcp_knob_table[id];
	int i;

	if (!strcmp(text, "inherit")) {
		*val = ATCP_INHERIT;
		return 0;
	}
	for (i = 0; k->words && k->words[i]; i++) {
		if (!strcmp(text, k->words[i])) {
			*val = i;
			return 0;
		}
	}
	if (id == ATCP_KNOB_OVERFLOW) {
		*val = atcp_knob_parse_after(text);
		if (*val)
			return 0;
	}
	if (!kstrtoint(text, 10, val) && *val >= k->min && *val <= k->max)
		return 0;
	return -EINVAL;
}

int atcp_knob_print(enum atcp_knob_id id, int val, char *buf, int size)
{
	const struct atcp_knob_desc *k = &atcp_knob_table[id];

	if (val == ATCP_INHERIT)
		return scnprintf(buf, size, "inherit");
	if (atcp_knob_is_after(id, val))
		return scnprintf(buf, size, "reset_after:%d", ATCP_OVERFLOW_MS(val));
	if (k->words && val >= k->min && val <= k->max)
		return scnprintf(buf, size, "%s", k->words[val]);
	return scnprintf(buf, size, "%d", val);
}

/* Works out whose word holds, and lets those know who must act on it. */
static void atcp_knob_settle(struct atcp_listener *l, enum atcp_knob_id id)
{
	int outside = READ_ONCE(l->knobs.outside[id]);

	lockdep_assert_held(&l->knobs.lock);
	/* Full barriers: who sees one number before and after has seen no change between. */
	if (id == ATCP_KNOB_DRAIN)
		atomic_inc_return(&l->an->drain_seq);
	WRITE_ONCE(l->knobs.own[id],
		   outside != ATCP_INHERIT ? outside : READ_ONCE(l->knobs.asked[id]));
	if (id == ATCP_KNOB_DRAIN)
		atomic_inc_return(&l->an->drain_seq);
}

/* What is in force, with what follows from it: a backlog is bounded by somaxconn. */
static int atcp_knob_in_force(const struct atcp_listener *l, enum atcp_knob_id id)
{
	int val = atcp_knob_shown(l, id);

	if (id != ATCP_KNOB_BACKLOG)
		return val;
	val = atcp_knob(l, id);
	if (READ_ONCE(l->knobs.outside[id]) == ATCP_INHERIT)
		val = min_t(u32, val, READ_ONCE(l->an->sysctl.somaxconn));
	return val;
}

/* A change begins: what holds before it. */
static void atcp_knob_turn_begin(struct atcp_listener *l, struct atcp_knob_turn *turn)
	__acquires(&l->knobs.lock)
{
	spin_lock_bh(&l->knobs.lock);
	turn->from = atcp_knob_in_force(l, turn->id);
	turn->from_origin = atcp_knob_origin(l, turn->id);
}

/* It is made: limits follow, and those who watch are told. */
static void atcp_knob_turn_end(struct atcp_listener *l, struct atcp_knob_turn *turn)
	__releases(&l->knobs.lock)
{
	atcp_knob_settle(l, turn->id);
	turn->to = atcp_knob_in_force(l, turn->id);
	turn->to_origin = atcp_knob_origin(l, turn->id);
	spin_unlock_bh(&l->knobs.lock);
	if (turn->from != turn->to || turn->from_origin != turn->to_origin)
		atcp_listener_turned(l, turn);
	atcp_listener_changed(l, turn->id);
}

void atcp_knob_relisten(struct atcp_listener *l, int backlog)
{
	struct atcp_knob_turn turn = { .id = ATCP_KNOB_BACKLOG };

	atcp_knob_turn_begin(l, &turn);
	WRITE_ONCE(l->backlog, backlog);
	atcp_knob_turn_end(l, &turn);
}

int atcp_knob_set(struct atcp_listener *l, enum atcp_knob_id id, int val)
{
	struct atcp_knob_turn turn = { .id = id };

	if (val != ATCP_INHERIT && !atcp_knob_valid(id, val)) {
		atcp_knob_refuse_int(l->an, ATCP_LOG_REFUSED, id, "", val);
		return -EINVAL;
	}
	atcp_knob_turn_begin(l, &turn);
	WRITE_ONCE(l->knobs.outside[id], val);
	atcp_knob_turn_end(l, &turn);
	return 0;
}

int atcp_knob_store(struct atcp_listener *l, enum atcp_knob_id id, const char *text)
{
	char word[ATCP_KNOB_TEXT + 1];
	int val, err;

	/* What is too long is refused as it is, cut for the message alone. */
	err = strscpy(word, text, sizeof(word)) < 0 ? -EINVAL : 0;
	text = strim(word);
	if (!err)
		err = atcp_knob_parse(id, text, &val);
	if (err) {
		atcp_knob_say_refused(l->an, ATCP_LOG_REFUSED, id, "", atcp_knob_name(id), text);
		return err;
	}
	return atcp_knob_set(l, id, val);
}

static void atcp_knob_ask(struct atcp_listener *l, enum atcp_knob_id id, int val)
{
	struct atcp_knob_turn turn = { .id = id };

	atcp_knob_turn_begin(l, &turn);
	WRITE_ONCE(l->knobs.asked[id], val);
	WRITE_ONCE(l->knobs.outside[id], ATCP_INHERIT);
	atcp_knob_turn_end(l, &turn);
}

/* Does a program ask for more than it may? */
static bool atcp_knob_exceeds(const struct sock *sk, enum atcp_knob_id id, int val)
{
	const struct atcp_knob_desc *k = &atcp_knob_table[id];
	struct atcp_net *an = atcp_sock_net(sk);
	int most;

	if (!k->limit)
		return false;
	most = READ_ONCE(*(const int *)((const void *)&an->sysctl + k->bound));
	if (val <= most || ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN))
		return false;
	atcp_log_info(an, SOCKET, "setsockopt: %s: %d is more than net.atcp.%s (%d) allows\n",
		      k->name, val, k->limit, most);
	return true;
}

int atcp_knob_set_sock(struct sock *sk, enum atcp_knob_id id, int val)
{
	struct atcp_sock *as = atcp_sk(sk);
	unsigned int i;

	if (val != ATCP_INHERIT && !atcp_knob_valid(id, val)) {
		atcp_knob_refuse_int(atcp_sock_net(sk), ATCP_LOG_SOCKET, id, "setsockopt: ", val);
		return -EINVAL;
	}
	if (val != ATCP_INHERIT && atcp_knob_exceeds(sk, id, val))
		return -EPERM;
	if (id == ATCP_KNOB_BACKLOG &&
	    val > READ_ONCE(atcp_net_get(sock_net(sk))->sysctl.somaxconn))
		ATCP_INC(sock_net(sk), BACKLOGTRUNCATED);
	if (!as->knobs) {
		as->knobs = kmalloc_array(ATCP_KNOB_NR, sizeof(*as->knobs), GFP_KERNEL_ACCOUNT);
		if (!as->knobs)
			return -ENOMEM;
		for (i = 0; i < ATCP_KNOB_NR; i++)
			as->knobs[i] = ATCP_INHERIT;
	}
	as->knobs[id] = val;
	if (sk->sk_state == TCP_LISTEN)
		atcp_knob_ask(atcp_lst(sk), id, val);
	return 0;
}

struct atcp_knob_turn atcp_knob_before(const struct sock *sk, enum atcp_knob_id id)
{
	struct atcp_knob_turn turn = { .id = id };

	if (sk->sk_state == TCP_LISTEN) {
		turn.from = atcp_knob_in_force(atcp_lst(sk), id);
		turn.from_origin = atcp_knob_origin(atcp_lst(sk), id);
	}
	return turn;
}

void atcp_knob_yield(struct sock *sk, struct atcp_knob_turn *turn)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_listener *l = atcp_lst(sk);

	if (as->knobs)
		as->knobs[turn->id] = ATCP_INHERIT;
	if (sk->sk_state != TCP_LISTEN)
		return;
	spin_lock_bh(&l->knobs.lock);
	WRITE_ONCE(l->knobs.asked[turn->id], ATCP_INHERIT);
	WRITE_ONCE(l->knobs.outside[turn->id], ATCP_INHERIT);
	atcp_knob_turn_end(l, turn);
}

/* What a listener made of @sk would inherit; ATCP_INHERIT: listen(2) decides. */
static int atcp_knob_will_inherit(const struct sock *sk, enum atcp_knob_id id)
{
	const struct atcp_knob_desc *k = &atcp_knob_table[id];
	const struct atcp_net *an = atcp_net_get(sock_net(sk));

	switch (id) {
	case ATCP_KNOB_SYNACK_RETRIES:
		return atcp_knob_syncnt(sk);
	case ATCP_KNOB_DEFER_ACCEPT:
		return atcp_knob_defer_ms(sk);
	case ATCP_KNOB_FASTOPEN:
		return atcp_fastopen_asked(sk);
	default:
		if (k->inherit)
			return ATCP_INHERIT;
		return atcp_knob_default(an, id);
	}
}

int atcp_knob_get_sock(struct sock *sk, enum atcp_knob_id id)
{
	const struct atcp_sock *as = atcp_sk(sk);

	if (sk->sk_state == TCP_LISTEN)
		return atcp_knob_shown(atcp_lst(sk), id);
	if (as->knobs && as->knobs[id] != ATCP_INHERIT)
		return as->knobs[id];
	return atcp_knob_will_inherit(sk, id);
}
