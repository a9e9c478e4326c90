// SPDX-License-Identifier: GPL-2.0
/* What the rules of atcpctl advise are made of: figures to judge by, and words for them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "atcpctl.h"
#include "file.h"
#include "guardnote.h"
#include "paste.h"

/* More than anything can be: what /proc says may be garbage, and sums are made of it. */
#define ATCP_ADVICE_MOST	0x100000000000ULL

static unsigned long long atcp_advice_clamp(unsigned long long value)
{
	return value < ATCP_ADVICE_MOST ? value : ATCP_ADVICE_MOST;
}

/**
 * atcp_advice_stat_of() - one counter
 * @f: counters of a listener, or of the namespace
 * @name: as the kernel calls it
 *
 * Return: events, 0 if there is no such counter.
 */
unsigned long long atcp_advice_stat_of(const struct atcp_advice_figures *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (!strcmp(f->stats[i].name, name))
			return atcp_advice_clamp(f->stats[i].value);
	return 0;
}

/**
 * atcp_advice_stat() - a counter of the listener, or of the namespace, that is judged
 * @a: whose
 * @name: as the kernel calls it
 *
 * Return: events, 0 if there is no such counter.
 */
unsigned long long atcp_advice_stat(const struct atcp_advice *a, const char *name)
{
	return atcp_advice_stat_of(a->now, name);
}

/**
 * atcp_advice_number() - the number that a file of the listener begins with
 * @a: whose
 * @file: name in its directory
 *
 * Return: the number, 0 if there is none.
 */
long long atcp_advice_number(const struct atcp_advice *a, const char *file)
{
	long long number = atcp_ltab_number(a->tab, a->l, file);

	return number < 0 ? 0 : (long long)atcp_advice_clamp(number);
}

/**
 * atcp_advice_is() - does the first word of a file equal this?
 * @a: whose
 * @knob: name in its directory
 * @value: word
 *
 * Return: it does.
 */
bool atcp_advice_is(const struct atcp_advice *a, const char *knob, const char *value)
{
	char *text = atcp_ltab_text(a->tab, a->l, knob);
	size_t len = strlen(value);
	bool is = text && !strncmp(text, value, len) &&
		  (!text[len] || text[len] == ' ');

	free(text);
	return is;
}

/**
 * atcp_advice_percent() - a part of a whole
 * @part: of @whole
 * @whole: may be 0
 *
 * Return: percent.
 */
unsigned long long atcp_advice_percent(unsigned long long part, unsigned long long whole)
{
	return whole ? part * 100 / whole : 0;
}

/**
 * atcp_advice_taken() - connections that accept(2) took
 * @f: figures of a listener
 *
 * Return: how many.
 */
unsigned long long atcp_advice_taken(const struct atcp_advice_figures *f)
{
	unsigned long long sum = 0;
	size_t i;

	for (i = 0; i < f->buckets; i++)
		sum += f->waits[i].count;
	return sum;
}

/**
 * atcp_advice_when() - when was the trouble that a rule is about?
 * @a: what is judged; its @ago is set
 * @names: counters of it, NULL at the end
 *
 * Return: may the rule speak, of these counters and that time?
 */
bool atcp_advice_when(struct atcp_advice *a, const char *const *names)
{
	size_t i;

	a->ago = -1;
	for (; *names; names++)
		for (i = 0; i < a->lasts; i++)
			if (!strcmp(a->last[i].name, *names) &&
			    (a->ago < 0 || a->last[i].value < (unsigned long long)a->ago))
				a->ago = atcp_advice_clamp(a->last[i].value);
	return a->basis != ATCP_ADVICE_RECENT ||
	       (a->ago >= 0 && a->ago <= ATCP_ADVICE_RECENT_S);
}

/**
 * atcp_advice_over() - is that over?
 * @a: after atcp_advice_when()
 *
 * Return: it is, as far as is known.
 */
bool atcp_advice_over(const struct atcp_advice *a)
{
	return a->basis == ATCP_ADVICE_ALL && (a->ago < 0 || a->ago > ATCP_ADVICE_RECENT_S);
}

static const char *atcp_advice_string(struct json_object *obj, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(obj, name, &value) ?
	       json_object_get_string(value) : NULL;
}

/**
 * atcp_advice_has() - was this said of the listener already?
 * @a: whose
 * @name: of the advice
 *
 * Return: it was.
 */
bool atcp_advice_has(const struct atcp_advice *a, const char *name)
{
	size_t i;

	for (i = a->from; i < json_object_array_length(a->said); i++) {
		struct json_object *obj = json_object_array_get_idx(a->said, i);

		if (!strcmp(atcp_advice_string(obj, "advice"), name))
			return true;
	}
	return false;
}

/**
 * atcp_advice_figure() - note a figure that the next advice is judged by
 * @a: whose
 * @name: of the figure, with its unit
 * @value: of the figure
 */
void atcp_advice_figure(struct atcp_advice *a, const char *name, long long value)
{
	if (!a->because)
		a->because = json_object_new_object();
	json_object_object_add(a->because, name, json_object_new_int64(value));
}

/**
 * atcp_advice_try() - note a command for the next advice
 * @a: whose
 * @fmt: printf format of what stands after atcpctl and its namespace
 */
void atcp_advice_try(struct atcp_advice *a, const char *fmt, ...)
{
	char command[256], *prefix = atcp_paste_prefix(), *text;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	text = atcp_file_format("%s %s", prefix, command);
	if (!a->tries)
		a->tries = json_object_new_array();
	json_object_array_add(a->tries, json_object_new_string(text));
	free(text);
	free(prefix);
}

/**
 * atcp_advice_try_devices() - note the command that gives the guard to devices
 * @a: whose
 *
 * Return: there are devices that could have it.
 */
bool atcp_advice_try_devices(struct atcp_advice *a)
{
	char *devices = atcp_guardnote_devices();
	bool found = devices;

	if (devices)
		atcp_advice_try(a, "set guard_devices=\"%s\"", devices);
	free(devices);
	return found;
}

static void atcp_advice_whose(const struct atcp_advice *a, struct json_object *obj)
{
	if (!a->l)
		return;
	json_object_object_add(obj, "listener", json_object_new_string(a->l->local));
	json_object_object_add(obj, "id", json_object_new_int64(a->l->id));
}

/**
 * atcp_advice_say() - give advice, with the figures and commands noted before
 * @a: whose
 * @name: of the advice, for programs; it is given once for a listener
 * @fmt: printf format of what is wrong
 */
void atcp_advice_say(struct atcp_advice *a, const char *name, const char *fmt, ...)
{
	struct json_object *obj = json_object_new_object();
	char text[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	atcp_advice_whose(a, obj);
	json_object_object_add(obj, "advice", json_object_new_string(name));
	json_object_object_add(obj, "over", json_object_new_boolean(atcp_advice_over(a)));
	if (a->ago >= 0)
		json_object_object_add(obj, "last_s", json_object_new_int64(a->ago));
	json_object_object_add(obj, "text", json_object_new_string(text));
	json_object_object_add(obj, "figures", a->because ? a->because :
			       json_object_new_object());
	json_object_object_add(obj, "try", a->tries ? a->tries :
			       json_object_new_array());
	a->because = NULL;
	a->tries = NULL;
	if (atcp_advice_has(a, name))
		json_object_put(obj);
	else
		json_object_array_add(a->said, obj);
}
