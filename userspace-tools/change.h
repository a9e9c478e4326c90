/* SPDX-License-Identifier: GPL-2.0 */
/* Several knobs changed together: all of them or none. */
#ifndef ATCP_CHANGE_H
#define ATCP_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* In a file: what follows is for atcpctl load, and a comment to sysctl(8). */
#define ATCP_CHANGE_OURS	"#atcp: "

struct atcp_change;
struct atcp_key;
struct atcp_keys;

struct atcp_change *atcp_change_new(void);
void atcp_change_line(struct atcp_change *change, const char *file, unsigned int line,
		      bool optional);
size_t atcp_change_count(const struct atcp_change *change);
int atcp_change_add(struct atcp_change *change, const char *name,
		    const char *value, bool *absent);
int atcp_change_add_keys(struct atcp_change *change, struct atcp_keys *keys,
			 const char *value);
int atcp_change_apply(struct atcp_change *change);
void atcp_change_print(const struct atcp_change *change);
int atcp_change_print_key(const struct atcp_key *key, struct json_object *all);
void atcp_change_free(struct atcp_change *change);

#endif /* ATCP_CHANGE_H */
