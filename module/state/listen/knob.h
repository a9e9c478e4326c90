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
 * All are ints; ATCP_INHERIT is "not set". Names, units and ranges stand in
 * state/listen/knob_list.h, and with defaults in Documentation/sysctl.rst.
 */
enum atcp_knob_id {
#define ATCP_KNOB(id, ...) ATCP_KNOB_##id,
#include "state/listen/knob_list.h"
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

/**
 * struct atcp_knob_turn - what was changed at a listener's knob
 * @id: which
 * @from: value that was in force
 * @to: value that is
 * @from_origin: whose word that was
 * @to_origin: whose word this is
 */
struct atcp_knob_turn {
	enum atcp_knob_id	id;
	int			from;
	int			to;
	enum atcp_knob_origin	from_origin;
	enum atcp_knob_origin	to_origin;
};

/* Longest text of a value, with its end. */
#define ATCP_KNOB_TEXT	32

/* Longest text that says why a value is none, with its end. */
#define ATCP_KNOB_EXPLAIN	256

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

/* listen(2) was called once more. Socket locked. */
void atcp_knob_relisten(struct atcp_listener *l, int backlog);

/*
 * The same for the program, on a socket that listens or will (socket locked):
 * its word goes before one from outside that was there. 0, -EINVAL, -ENOMEM, or -EPERM:
 * it is more than the namespace lets a program have.
 */
int atcp_knob_set_sock(struct sock *sk, enum atcp_knob_id id, int val);

/*
 * An option of Linux's that means the same is set (socket locked), and is newer: whatever
 * was said by the knob is taken back, from outside or by the program. What holds before it
 * is set, for afterwards.
 */
struct atcp_knob_turn atcp_knob_before(const struct sock *sk, enum atcp_knob_id id);
void atcp_knob_yield(struct sock *sk, struct atcp_knob_turn *turn);

/* What a program reads: the value in force, or what listen(2) will use. */
int atcp_knob_get_sock(struct sock *sk, enum atcp_knob_id id);

/* The knob of a SOL_ATCP option, or of a name; ATCP_KNOB_NR: none. */
enum atcp_knob_id atcp_knob_of_option(int optname);
enum atcp_knob_id atcp_knob_of_name(const char *name);
const char *atcp_knob_name(enum atcp_knob_id id);

/**
 * struct atcp_knob_desc - one row of the table
 * @name: of the file
 * @unit: of the value, for messages
 * @min: least value
 * @max: greatest
 * @option: SOL_ATCP option
 * @words: names of the values from 0 up, NULL: numbers
 * @netns: name of the namespace's default in net.atcp, NULL: there is none
 * @sysctl: offset of that default in struct atcp_sysctl
 * @limit: name of the sysctl that bounds what a program may ask for, or NULL
 * @bound: offset of its field in struct atcp_sysctl
 * @inherit: the value when it is not a plain default, or NULL
 * @from: whose word an inherited value is
 */
struct atcp_knob_desc {
	const char			*name;
	const char			*unit;
	int				min;
	int				max;
	int				option;
	const char *const		*words;
	const char			*netns;
	size_t				sysctl;
	const char			*limit;
	size_t				bound;
	int				(*inherit)(const struct atcp_listener *l);
	enum atcp_knob_origin		(*from)(const struct atcp_listener *l);
};

/* The row of a knob. */
const struct atcp_knob_desc *atcp_knob_desc(enum atcp_knob_id id);

/* The namespace's default of a knob that has one: read, and written with all that follows. */
int atcp_knob_default(const struct atcp_net *an, enum atcp_knob_id id);
void atcp_knob_set_default(struct atcp_net *an, enum atcp_knob_id id, int val);

/*
 * What is wrong with @val, for people: "synack_retries: 300 is not in 0..255
 * retransmissions"; its length.
 */
int atcp_knob_explain(enum atcp_knob_id id, const char *name, const char *val, char *buf,
		      int size);

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

#endif /* _ATCP_KNOB_H */
