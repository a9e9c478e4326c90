/* SPDX-License-Identifier: GPL-2.0 */
/* The knobs of a listener: one table of names, units, ranges and where a value comes from. */
#ifndef _ATCP_KNOB_H
#define _ATCP_KNOB_H

#include <linux/types.h>

struct atcp_listener;
struct atcp_net;
struct sock;

/*
 * What can be turned for each listener.
 *
 * All are ints; ATCP_INHERIT is "not set". Units, ranges and defaults stand in
 * the table of state/listen/knob.c and in Documentation/sysctl.rst.
 */
enum atcp_knob_id {
	ATCP_KNOB_BACKLOG,
	ATCP_KNOB_SYN_BACKLOG,
	ATCP_KNOB_SYNCOOKIES,
	ATCP_KNOB_SYNACK_RETRIES,
	ATCP_KNOB_SYNACK_RTO,
	ATCP_KNOB_OVERFLOW,
	ATCP_KNOB_DEFER_ACCEPT,
	ATCP_KNOB_DEFER_EXPIRE,
	ATCP_KNOB_FASTOPEN,
	ATCP_KNOB_BALANCE,
	ATCP_KNOB_DRAIN,
	ATCP_KNOB_WAKE,
	ATCP_KNOB_ACCEPTQ_LOW,
	ATCP_KNOB_ACCEPTQ_HIGH,
	ATCP_KNOB_FAIR_SHARE,
	ATCP_KNOB_FAIR_PREFIX4,
	ATCP_KNOB_FAIR_PREFIX6,
	ATCP_KNOB_PROVEN_SHARE,
	ATCP_KNOB_MIGRATE,
	ATCP_KNOB_GUARD,
	ATCP_KNOB_NR
};

/**
 * enum atcp_knob_origin - whose word is in force
 * @ATCP_KNOB_FROM_LISTENER: written from outside the program (sysfs, atcpctl)
 * @ATCP_KNOB_FROM_SOCKET: the program's (setsockopt(2), listen(2))
 * @ATCP_KNOB_FROM_NETNS: the namespace's default
 */
enum atcp_knob_origin {
	ATCP_KNOB_FROM_LISTENER,
	ATCP_KNOB_FROM_SOCKET,
	ATCP_KNOB_FROM_NETNS,
};

/* Longest text of a value, with its end. */
#define ATCP_KNOB_TEXT	32

/*
 * What holds where a listener has no value of its own; atcp_knob() is in state/listen/listener.h.
 * ATCP_INHERIT is no value: Linux's rule for TCP_DEFER_ACCEPT holds.
 */
int atcp_knob_inherited(const struct atcp_listener *l, enum atcp_knob_id id);

/* The value in force as it is shown: in the knob's unit whatever rule it is of. */
int atcp_knob_shown(const struct atcp_listener *l, enum atcp_knob_id id);

/* The backlog that the program asked for, by ATCP_BACKLOG or else by listen(2). */
int atcp_knob_backlog_asked(const struct atcp_listener *l);
enum atcp_knob_origin atcp_knob_origin(const struct atcp_listener *l,
				       enum atcp_knob_id id);
const char *atcp_knob_origin_name(enum atcp_knob_origin origin);

/*
 * Sets a value from outside the program, or takes it back (ATCP_INHERIT): then
 * what the program said holds, else the namespace's default. At once. 0 or
 * -EINVAL, which is said in the log. No socket lock is needed or taken.
 */
int atcp_knob_set(struct atcp_listener *l, enum atcp_knob_id id, int val);

/*
 * The same for the program, on a socket that listens or will (socket locked):
 * its word goes before one from outside that was there. 0, -EINVAL, -ENOMEM, or -EPERM:
 * it is more than the namespace lets a program have.
 */
int atcp_knob_set_sock(struct sock *sk, enum atcp_knob_id id, int val);

/*
 * An option of Linux's that means the same was set (socket locked), and is newer:
 * whatever was said by the knob is taken back, from outside or by the program.
 */
void atcp_knob_yield(struct sock *sk, enum atcp_knob_id id);

/* What a program reads: the value in force, or what listen(2) will use. */
int atcp_knob_get_sock(struct sock *sk, enum atcp_knob_id id);

/* The knob of a SOL_ATCP option, or of a name; ATCP_KNOB_NR: none. */
enum atcp_knob_id atcp_knob_of_option(int optname);
enum atcp_knob_id atcp_knob_of_name(const char *name);
const char *atcp_knob_name(enum atcp_knob_id id);

/*
 * Text to value: a number, a word of an enumeration, "reset_after:MS", or
 * "inherit". 0 or -EINVAL. Value to text; its length.
 */
int atcp_knob_parse(enum atcp_knob_id id, const char *text, int *val);
int atcp_knob_print(enum atcp_knob_id id, int val, char *buf, int size);

/* atcp_knob_set() with a text, which may have blanks around it. 0 or -EINVAL (said in the log). */
int atcp_knob_store(struct atcp_listener *l, enum atcp_knob_id id, const char *text);

/* Is @val good for the knob (ATCP_INHERIT is not)? */
bool atcp_knob_valid(enum atcp_knob_id id, int val);

/*
 * Says in the log, rate-limited, what would have been taken instead of @text: what was
 * written to is named by @scope and @name.
 */
void atcp_knob_refuse(struct atcp_net *an, enum atcp_knob_id id, const char *scope,
		      const char *name, const char *text);

#endif /* _ATCP_KNOB_H */
