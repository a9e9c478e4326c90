// SPDX-License-Identifier: GPL-2.0
/* The table of a listener's knobs, and reading and checking their values. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "knob.h"
#include "lknob.h"

#define ATCP_LKNOB_INHERIT	"inherit"
#define ATCP_LKNOB_AFTER	"reset_after:"
#define ATCP_LKNOB_AFTER_MAX	120000

/* Shorthands for the columns of struct atcp_lknob. */
#define ATCP_LKNOB_NUM(name, unit, min, max, def, meaning) \
	{ name, unit, NULL, min, max, def, meaning }
#define ATCP_LKNOB_WORD(name, words, max, def, meaning) \
	{ name, "word", words, 0, max, def, meaning }

/* In the order in which a connection meets them. */
const struct atcp_lknob atcp_lknob_table[] = {
	ATCP_LKNOB_NUM("syn_backlog", "requests", 1, 1 << 20, "",
		       "limit of the SYN queue; without it that of the accept queue holds"),
	ATCP_LKNOB_WORD("syncookies", "off|auto|always", 2, "auto",
			"when a SYN is answered with a cookie"),
	ATCP_LKNOB_WORD("guard", "0|1", 1, "0",
			"the ingress guard answers for this listener"),
	ATCP_LKNOB_NUM("fair_share", "percent", 1, 100, "25",
		       "part of the SYN queue that one source prefix may hold under pressure"),
	ATCP_LKNOB_NUM("fair_prefix4", "bits", 0, 32, "24",
		       "how many bits of an IPv4 address are one source prefix of fair_share"),
	ATCP_LKNOB_NUM("fair_prefix6", "bits", 0, 128, "64",
		       "how many bits of an IPv6 address are one source prefix of fair_share"),
	ATCP_LKNOB_NUM("proven_share", "percent", 0, 75, "25",
		       "part of the SYN queue kept for proven peers"),
	ATCP_LKNOB_NUM("synack_retries", "retransmissions", 0, 255, "5",
		       "how often a SYN-ACK is sent again before the request is given up"),
	ATCP_LKNOB_NUM("synack_rto", "milliseconds", 10, 120000, "1000",
		       "time to the first retransmission of a SYN-ACK; doubles from there"),
	ATCP_LKNOB_NUM("defer_accept", "milliseconds", 0, 120000, "",
		       "wait for data before accept(2) sees a connection; 0 off"),
	ATCP_LKNOB_WORD("defer_expire", "accept|reset|drop", 2, "accept",
			"what becomes of a deferred connection whose data did not come"),
	ATCP_LKNOB_NUM("fastopen", "connections", 0, 65535, "",
		       "limit of pending fast opens; 0 off"),
	ATCP_LKNOB_NUM("backlog", "connections", 0, INT_MAX, "",
		       "limit of the accept queue, in the place of listen(2)'s"),
	ATCP_LKNOB_NUM("acceptq_low", "connections", 0, INT_MAX, "0",
		       "low watermark of the accept queue; 0 none"),
	ATCP_LKNOB_NUM("acceptq_high", "connections", 0, INT_MAX, "0",
		       "high watermark of the accept queue; 0 none"),
	ATCP_LKNOB_WORD("overflow", "drop|reset|park", 2, "park",
			"what a third ACK meets when the accept queue is full"),
	ATCP_LKNOB_WORD("wake", "fifo|lifo|cpu", 2, "fifo",
			"which sleeper in accept(2) or epoll is woken"),
	ATCP_LKNOB_WORD("balance", "hash|rr|cpu|least|p2c", 4, "hash",
			"which listener of a SO_REUSEPORT group gets a connection"),
	ATCP_LKNOB_WORD("drain", "0|1", 1, "0",
			"take no more SYNs, let accept(2) empty the queue"),
	ATCP_LKNOB_WORD("migrate", "0|1", 1, "1",
			"hand requests to others of the group when this one closes"),
};

const size_t atcp_lknob_count = ARRAY_SIZE(atcp_lknob_table);

/**
 * atcp_lknob_find() - the table's row of a knob
 * @name: file name
 *
 * Return: NULL for a knob that this tool does not know.
 */
const struct atcp_lknob *atcp_lknob_find(const char *name)
{
	size_t i;

	for (i = 0; i < atcp_lknob_count; i++)
		if (!strcmp(atcp_lknob_table[i].name, name))
			return &atcp_lknob_table[i];
	return NULL;
}

static bool atcp_lknob_is_overflow(const struct atcp_lknob *knob)
{
	return !strcmp(knob->name, "overflow");
}

/**
 * atcp_lknob_range() - the allowed values in words
 * @knob: row of the table
 *
 * Return: a text to be freed.
 */
char *atcp_lknob_range(const struct atcp_lknob *knob)
{
	if (!knob->words)
		return atcp_file_format("%lld..%lld", knob->min, knob->max);
	if (atcp_lknob_is_overflow(knob))
		return atcp_file_format("%s|" ATCP_LKNOB_AFTER "<1..%d ms>",
					knob->words, ATCP_LKNOB_AFTER_MAX);
	return atcp_file_format("%s", knob->words);
}

/* A whole number within bounds; the reason if it is none. */
static const char *atcp_lknob_number(const char *text, long long min,
				     long long max, long long *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	if (end == text || *end || isspace((unsigned char)*text))
		return "is not a number";
	return errno || *number < min || *number > max ? "is out of range" : NULL;
}

/* A word by its name or its number, as its name. */
static char *atcp_lknob_word(const struct atcp_lknob *knob, const char *value,
			     const char **fault)
{
	char *copy = atcp_file_format("%s", knob->words), *word, *save;
	char *found = NULL;
	long long number = -1, i = 0;

	if (isdigit((unsigned char)*value))
		*fault = atcp_lknob_number(value, knob->min, knob->max, &number);
	else
		*fault = "is none of its words";
	/* "1.5" begins with a number and is none. */
	if (*fault)
		number = -1;
	for (word = strtok_r(copy, "|", &save); word && !found;
	     word = strtok_r(NULL, "|", &save), i++)
		if (!strcmp(word, value) || number == i)
			found = atcp_file_format("%s", word);
	free(copy);
	return found;
}

/* reset_after:MS, with the number checked; NULL and the reason if it is wrong. */
static char *atcp_lknob_after(const char *value, const char **fault)
{
	long long number;

	*fault = atcp_lknob_number(value + strlen(ATCP_LKNOB_AFTER), 1,
				   ATCP_LKNOB_AFTER_MAX, &number);
	return *fault ? NULL : atcp_file_format(ATCP_LKNOB_AFTER "%lld", number);
}

/* The value of a knob with words, as it is to be written. */
static char *atcp_lknob_text(const struct atcp_lknob *knob, const char *value,
			     const char **fault)
{
	if (atcp_lknob_is_overflow(knob) &&
	    !strncmp(value, ATCP_LKNOB_AFTER, strlen(ATCP_LKNOB_AFTER)))
		return atcp_lknob_after(value, fault);
	return atcp_lknob_word(knob, value, fault);
}

/**
 * atcp_lknob_is_word() - is this one of a knob's words?
 * @knob: row of the table, or NULL
 * @value: as typed, without blanks around it
 *
 * Return: whether it is; "inherit" is none.
 */
bool atcp_lknob_is_word(const struct atcp_lknob *knob, const char *value)
{
	const char *fault;
	char *text;
	bool found;

	if (!knob || !knob->words)
		return false;
	text = atcp_lknob_text(knob, value, &fault);
	found = text;
	free(text);
	return found;
}

/**
 * atcp_lknob_word_of() - the word for a value
 * @knob: one with words
 * @value: word or number
 *
 * Return: the word, to be freed; NULL if there is none.
 */
char *atcp_lknob_word_of(const struct atcp_lknob *knob, const char *value)
{
	const char *fault;

	return atcp_lknob_text(knob, value, &fault);
}

/**
 * atcp_lknob_check() - is this a value for this knob?
 * @label: what to call the knob in a message
 * @knob: row of the table; NULL leaves the judgement to the kernel
 * @value: as typed, without blanks around it
 *
 * Return: the value as it is to be written, to be freed; NULL after a message
 * naming knob, value, range and unit.
 */
char *atcp_lknob_check(const char *label, const struct atcp_lknob *knob,
		       const char *value)
{
	const char *fault = NULL;
	char *range, *good = NULL;
	long long number;

	if (!knob || !strcmp(value, ATCP_LKNOB_INHERIT))
		return atcp_file_format("%s", value);
	if (!knob->words) {
		fault = atcp_lknob_number(value, knob->min, knob->max, &number);
		if (!fault)
			good = atcp_file_format("%lld", number);
	} else {
		good = atcp_lknob_text(knob, value, &fault);
	}
	if (good)
		return good;
	range = atcp_lknob_range(knob);
	atcp_main_warn("%s: \"%s\" %s: range %s, or " ATCP_LKNOB_INHERIT ", unit %s",
		       label, value, fault, range, knob->unit);
	free(range);
	return NULL;
}

/* Where a knob stands in the table; what is not in it comes last. */
static size_t atcp_lknob_order(const char *name)
{
	const struct atcp_lknob *knob = atcp_lknob_find(name);

	return knob ? (size_t)(knob - atcp_lknob_table) : atcp_lknob_count;
}

/**
 * atcp_lknob_compare() - which of two knobs comes first?
 * @left: name of one
 * @right: name of another
 *
 * Return: less than 0: the first, in the table's order.
 */
int atcp_lknob_compare(const char *left, const char *right)
{
	size_t first = atcp_lknob_order(left), second = atcp_lknob_order(right);

	if (first != second)
		return first < second ? -1 : 1;
	return strcmp(left, right);
}

/**
 * atcp_lknob_split() - value and origin
 * @text: both of them, a blank between
 * @value: result, for atcp_lknob_value_free()
 */
void atcp_lknob_split(const char *text, struct atcp_lknob_value *value)
{
	char *copy = atcp_file_format("%s", text), *save;
	char *word = strtok_r(copy, " \t\n", &save);

	value->value = atcp_file_format("%s", word ? word : "");
	word = word ? strtok_r(NULL, " \t\n", &save) : NULL;
	value->from = atcp_file_format("%s", word ? word : "");
	free(copy);
}

/**
 * atcp_lknob_read() - the value of a knob and who set it
 * @path: its file
 * @value: result, for atcp_lknob_value_free()
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_lknob_read(const char *path, struct atcp_lknob_value *value)
{
	char *text = atcp_file_read(path);

	if (!text)
		return -1;
	atcp_lknob_split(text, value);
	free(text);
	return 0;
}

/**
 * atcp_lknob_value_free() - forget a value
 * @value: filled by atcp_lknob_read(), or zero
 */
void atcp_lknob_value_free(struct atcp_lknob_value *value)
{
	free(value->value);
	free(value->from);
	value->value = NULL;
	value->from = NULL;
}

/**
 * atcp_lknob_json() - a value and who set it
 * @value: filled by atcp_lknob_read()
 *
 * Return: a new object.
 */
struct json_object *atcp_lknob_json(const struct atcp_lknob_value *value)
{
	struct json_object *obj = json_object_new_object();

	json_object_object_add(obj, "value", atcp_knob_json(value->value));
	json_object_object_add(obj, "from",
			       json_object_new_string(value->from));
	return obj;
}
