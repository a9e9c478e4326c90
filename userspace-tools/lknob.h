/* SPDX-License-Identifier: GPL-2.0 */
/* The knobs of one listener: what each means and which values it takes. */
#ifndef ATCP_LKNOB_H
#define ATCP_LKNOB_H

#include <stdbool.h>

#include <json-c/json.h>

/**
 * struct atcp_lknob - one writable file of a listener's directory
 * @name: file name
 * @unit: what its numbers count
 * @words: its values by name from 0 up, separated by |; NULL if they are numbers
 * @min: smallest number allowed
 * @max: largest number allowed
 * @def: value when nobody says anything, where that is a fixed one
 * @meaning: one line
 */
struct atcp_lknob {
	const char *name;
	const char *unit;
	const char *words;
	long long min;
	long long max;
	const char *def;
	const char *meaning;
};

/**
 * struct atcp_lknob_value - what such a file says
 * @value: number or word
 * @from: who set it: listener, socket or netns
 */
struct atcp_lknob_value {
	char *value;
	char *from;
};

extern const struct atcp_lknob atcp_lknob_table[];
extern const size_t atcp_lknob_count;

const struct atcp_lknob *atcp_lknob_find(const char *name);
char *atcp_lknob_range(const struct atcp_lknob *knob);
bool atcp_lknob_is_word(const struct atcp_lknob *knob, const char *value);
char *atcp_lknob_word_of(const struct atcp_lknob *knob, const char *value);
char *atcp_lknob_check(const char *label, const struct atcp_lknob *knob,
		       const char *value);
int atcp_lknob_compare(const char *left, const char *right);
void atcp_lknob_split(const char *text, struct atcp_lknob_value *value);
int atcp_lknob_read(const char *path, struct atcp_lknob_value *value);
void atcp_lknob_value_free(struct atcp_lknob_value *value);
struct json_object *atcp_lknob_json(const struct atcp_lknob_value *value);

#endif /* ATCP_LKNOB_H */
