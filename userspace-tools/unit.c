// SPDX-License-Identifier: GPL-2.0
/* Turns 500ms, 1.5s, 64k and 0x203 into the plain numbers that the kernel's files take. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "file.h"
#include "unit.h"

/* Times in nanoseconds. */
static const struct {
	const char *name;
	long long ns;
} atcp_unit_times[] = {
	{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
	{ "m", 60000000000 }, { "min", 60000000000 }, { "h", 3600000000000 },
	{ "d", 86400000000000 },
};

/* Multiples of 1024, for what is no time. */
static const char atcp_unit_sizes[] = "kMG";

/* The nanoseconds of what a knob counts, 0 if that is no time. */
static long long atcp_unit_base(const char *unit)
{
	static const struct {
		const char *unit;
		long long ns;
	} bases[] = {
		{ "nanoseconds", 1 }, { "microseconds", 1000 },
		{ "milliseconds", 1000000 }, { "seconds", 1000000000 },
	};
	size_t i;

	for (i = 0; unit && i < ARRAY_SIZE(bases); i++)
		if (!strcmp(bases[i].unit, unit))
			return bases[i].ns;
	return 0;
}

/* A time in the knob's unit, given in parts of @parts; only what comes out even. */
static int atcp_unit_time(long long *number, const char *suffix, long long base,
			  long long parts)
{
	long long ns;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(atcp_unit_times); i++)
		if (!strcmp(atcp_unit_times[i].name, suffix))
			break;
	if (i == ARRAY_SIZE(atcp_unit_times) ||
	    __builtin_mul_overflow(*number, atcp_unit_times[i].ns, &ns) ||
	    ns % parts || ns / parts % base)
		return -1;
	*number = ns / parts / base;
	return 0;
}

static int atcp_unit_size(long long *number, const char *suffix, long long parts)
{
	const char *at = *suffix ? strchr(atcp_unit_sizes, *suffix) : NULL;

	if (!strcmp(suffix, "K"))
		at = atcp_unit_sizes;
	if (!at || suffix[1])
		return -1;
	if (__builtin_mul_overflow(*number, 1LL << 10 * (at - atcp_unit_sizes + 1), number) ||
	    *number % parts)
		return -1;
	*number /= parts;
	return 0;
}

/* What stands behind a point goes to the number, which is then so many parts; where it ends. */
static char *atcp_unit_point(char *end, long long *number, long long *parts)
{
	if (*end != '.' || end[1] < '0' || end[1] > '9')
		return end;
	for (end++; *end >= '0' && *end <= '9'; end++) {
		*parts *= 10;
		/* So fine is nothing. */
		if (*parts > 1000000000 || __builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, *end - '0', number))
			return NULL;
	}
	return end;
}

/* One word, or NULL if it is no number with a unit that suits. */
static char *atcp_unit_word(const char *word, const char *unit)
{
	long long base = atcp_unit_base(unit), number, parts = 1;
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	char *end;

	errno = 0;
	number = strtoll(word, &end, hex ? 16 : 10);
	if (errno || end == word || (!*end && !hex))
		return NULL;
	if (!hex && *word >= '0' && *word <= '9')
		end = atcp_unit_point(end, &number, &parts);
	/* Without a unit there are no parts. */
	if (!end || (!*end && parts > 1))
		return NULL;
	if (*end && (hex || (base ? atcp_unit_time(&number, end, base, parts) :
			     atcp_unit_size(&number, end, parts))))
		return NULL;
	return atcp_file_format("%lld", number);
}

/**
 * atcp_unit_number() - a value with its units resolved
 * @value: numbers with single blanks between them
 * @unit: what the knob counts, or NULL
 *
 * Return: a text to be freed; what is no such number stays as it is.
 */
char *atcp_unit_number(const char *value, const char *unit)
{
	char *copy = atcp_file_format("%s", value), *save, *word, *plain, *more;
	char *text = atcp_file_format("%s", "");

	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		plain = atcp_unit_word(word, unit);
		more = atcp_file_format("%s%s%s", text, *text ? " " : "",
					plain ? plain : word);
		free(plain);
		free(text);
		text = more;
	}
	free(copy);
	return text;
}
