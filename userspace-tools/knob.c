// SPDX-License-Identifier: GPL-2.0
/* Reads, checks and writes single knobs of /proc/sys/net/atcp. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atcpctl.h"
#include "knob.h"
#include "lknob.h"
#include "proc.h"

/**
 * atcp_knob_find() - the table's row of a knob
 * @name: bare name
 *
 * Return: NULL for a knob that this tool does not know.
 */
const struct atcp_knob *atcp_knob_find(const char *name)
{
	size_t i;

	for (i = 0; i < atcp_knob_count; i++)
		if (!strcmp(atcp_knob_table[i].name, name))
			return &atcp_knob_table[i];
	return NULL;
}

/**
 * atcp_knob_name() - the bare name in what people type for a knob
 * @arg: name, net.atcp.name or net/atcp/name, blanks around it allowed
 *
 * Return: a string to be freed, or NULL if @arg cannot be a knob of atcp.
 */
char *atcp_knob_name(const char *arg)
{
	size_t len;

	while (isspace((unsigned char)*arg))
		arg++;
	if (!strncmp(arg, "net.atcp.", 9) || !strncmp(arg, "net/atcp/", 9))
		arg += 9;
	len = strlen(arg);
	while (len && isspace((unsigned char)arg[len - 1]))
		len--;
	if (!len || strspn(arg, "abcdefghijklmnopqrstuvwxyz0123456789_") < len)
		return NULL;
	return strndup(arg, len);
}

/**
 * atcp_knob_normal() - a value with single blanks between its words
 * @value: as typed or as the kernel prints it (tabs, newline)
 *
 * Return: a string to be freed.
 */
char *atcp_knob_normal(const char *value)
{
	char *text = malloc(strlen(value) + 1), *out = text;

	if (!text) {
		atcp_main_warn("out of memory");
		exit(ATCP_EXIT_FAIL);
	}
	while (isspace((unsigned char)*value))
		value++;
	for (; *value; value++) {
		if (!isspace((unsigned char)*value))
			*out++ = *value;
		else if (out[-1] != ' ')
			*out++ = ' ';
	}
	if (out > text && out[-1] == ' ')
		out--;
	*out = '\0';
	return text;
}

/**
 * atcp_knob_range() - the allowed values in words
 * @knob: row of the table
 *
 * Return: a string to be freed.
 */
char *atcp_knob_range(const struct atcp_knob *knob)
{
	char *text = NULL;
	int rc;

	if (!knob->count)
		rc = asprintf(&text, "text");
	else if (knob->count > 1)
		rc = asprintf(&text, "%u of %lld..%lld", knob->count,
			      knob->min, knob->max);
	else
		rc = asprintf(&text, "%lld..%lld", knob->min, knob->max);
	return rc < 0 ? NULL : text;
}

/* The reason why value does not suit the knob, NULL if it does. */
static const char *atcp_knob_fault(const struct atcp_knob *knob,
				   const char *value)
{
	long long number, before = LLONG_MIN;
	unsigned int count = 0;
	char *end;

	while (*value) {
		errno = 0;
		number = strtoll(value, &end, 10);
		if (end == value || (*end && *end != ' '))
			return "is not a number";
		count++;
		if (errno || number < knob->min || number > knob->max)
			return "is out of range";
		if (number < before)
			return "is not in ascending order";
		before = number;
		value = *end ? end + 1 : end;
	}
	/* A vector's later numbers may be left away: they stay. */
	if (!count || count > knob->count)
		return "has the wrong number of values";
	return NULL;
}

/* The listener's knob whose default this is, with the words that both take; or NULL. */
static const struct atcp_lknob *
atcp_knob_of_listener(const struct atcp_knob *knob)
{
	return atcp_lknob_find(strcmp(knob->name, "overflow_policy") ?
			       knob->name : "overflow");
}

/**
 * atcp_knob_check() - is this a value for this knob?
 * @knob: row of the table; NULL leaves the judgement to the kernel
 * @value: normalised
 *
 * Return: 0, or -1 after a message naming knob, value, range and unit.
 */
int atcp_knob_check(const struct atcp_knob *knob, const char *value)
{
	const struct atcp_lknob *lknob;
	const char *fault = NULL;
	char *range, *words;

	if (!knob)
		return 0;
	if (knob->readonly) {
		atcp_main_warn("%s: cannot be set to \"%s\": it is read-only",
			       knob->name, value);
		return -1;
	}
	if (knob->count)
		fault = atcp_knob_fault(knob, value);
	lknob = atcp_knob_of_listener(knob);
	if (!fault || atcp_lknob_is_word(lknob, value))
		return 0;
	range = atcp_knob_range(knob);
	words = lknob && lknob->words ? atcp_lknob_range(lknob) : NULL;
	atcp_main_warn("%s: \"%s\" %s: range %s%s%s, unit %s", knob->name, value,
		       fault, range, words ? " or " : "", words ? words : "",
		       knob->unit);
	free(words);
	free(range);
	return -1;
}

/**
 * atcp_knob_words() - a value by the word that a listener's knob has for it
 * @name: bare name of the namespace's
 * @value: as the kernel prints it
 *
 * Return: the word, or @value; to be freed.
 */
char *atcp_knob_words(const char *name, const char *value)
{
	const struct atcp_knob *knob = atcp_knob_find(name);
	const struct atcp_lknob *lknob = knob ? atcp_knob_of_listener(knob) : NULL;
	char *word = lknob && lknob->words ? atcp_lknob_word_of(lknob, value) : NULL;

	return word ? word : atcp_knob_normal(value);
}

/**
 * atcp_knob_read() - the value of a knob
 * @name: bare name
 *
 * Return: normalised value to be freed, or NULL with errno set.
 */
char *atcp_knob_read(const char *name)
{
	char file[PATH_MAX], *raw, *value;

	snprintf(file, sizeof(file), ATCP_KNOB_DIR "/%s", name);
	raw = atcp_proc_read(file);
	if (!raw)
		return NULL;
	value = atcp_knob_normal(raw);
	free(raw);
	return value;
}

/**
 * atcp_knob_write() - give a knob a value
 * @name: bare name
 * @value: normalised
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_knob_write(const char *name, const char *value)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), ATCP_KNOB_DIR "/%s", name);
	return atcp_proc_write(file, value);
}

static int atcp_knob_is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_type != DT_DIR;
}

/**
 * atcp_knob_names() - every knob that the running module has
 *
 * Return: a NULL-terminated array, sorted; NULL after a message.
 */
char **atcp_knob_names(void)
{
	struct dirent **entries;
	char path[PATH_MAX], **names;
	int i, count;

	atcp_proc_path(path, sizeof(path), ATCP_KNOB_DIR);
	count = scandir(path, &entries, atcp_knob_is_file, alphasort);
	if (count < 0) {
		atcp_proc_absent(ATCP_KNOB_DIR);
		return NULL;
	}
	names = calloc(count + 1, sizeof(*names));
	for (i = 0; i < count; i++) {
		if (names)
			names[i] = strdup(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return names;
}

/**
 * atcp_knob_names_free() - forget names
 * @names: NULL-terminated, or NULL
 */
void atcp_knob_names_free(char **names)
{
	char **name;

	for (name = names; name && *name; name++)
		free(*name);
	free(names);
}

static struct json_object *atcp_knob_json_word(const char *word)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(word, &end, 10);
	if (errno || end == word || *end)
		return json_object_new_string(word);
	return json_object_new_int64(number);
}

/**
 * atcp_knob_json() - a value as JSON: a number, an array of numbers or text
 * @value: normalised
 *
 * Return: a new object.
 */
struct json_object *atcp_knob_json(const char *value)
{
	struct json_object *array;
	char *copy, *word, *save;

	if (!strchr(value, ' ') ||
	    strspn(value, "-0123456789 ") != strlen(value))
		return atcp_knob_json_word(value);
	copy = strdup(value);
	array = json_object_new_array();
	for (word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		json_object_array_add(array, atcp_knob_json_word(word));
	free(copy);
	return array;
}

/**
 * atcp_knob_json_print() - write a JSON document and free it
 * @obj: the document
 */
void atcp_knob_json_print(struct json_object *obj)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (atcp_options.pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	puts(json_object_to_json_string_ext(obj, flags));
	json_object_put(obj);
}
