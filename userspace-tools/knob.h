/* SPDX-License-Identifier: GPL-2.0 */
/* The knobs of net.atcp: what each means and which values it takes. */
#ifndef ATCP_KNOB_H
#define ATCP_KNOB_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#define ATCP_KNOB_DIR		"sys/net/atcp"
#define ATCP_KNOB_PREFIX	"net.atcp."

/**
 * struct atcp_knob - one file of /proc/sys/net/atcp
 * @name: file name
 * @unit: what its numbers count
 * @count: number of integers in the file, 0 if it holds text
 * @readonly: cannot be written
 * @min: smallest integer allowed
 * @max: largest integer allowed
 * @def: value in a new network namespace
 * @meaning: one line
 */
struct atcp_knob {
	const char *name;
	const char *unit;
	unsigned int count;
	bool readonly;
	long long min;
	long long max;
	const char *def;
	const char *meaning;
};

extern const struct atcp_knob atcp_knob_table[];
extern const size_t atcp_knob_count;

const struct atcp_knob *atcp_knob_find(const char *name);
char *atcp_knob_name(const char *arg);
char *atcp_knob_normal(const char *value);
char *atcp_knob_range(const struct atcp_knob *knob);
int atcp_knob_check(const struct atcp_knob *knob, const char *value);
char *atcp_knob_words(const char *name, const char *value);
char *atcp_knob_read(const char *name);
int atcp_knob_write(const char *name, const char *value);
char **atcp_knob_names(void);
void atcp_knob_names_free(char **names);
struct json_object *atcp_knob_json(const char *value);
void atcp_knob_json_print(struct json_object *obj);

#endif /* ATCP_KNOB_H */
