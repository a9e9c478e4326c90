/* SPDX-License-Identifier: GPL-2.0 */
/* A knob of any of the three scopes: namespace, listener, module. */
#ifndef ATCP_KEY_H
#define ATCP_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct atcp_ltab;
struct atcp_ltab_listener;

/**
 * enum atcp_key_scope - what a knob is of
 * @ATCP_KEY_NETNS: the namespace: /proc/sys/net/atcp
 * @ATCP_KEY_LISTENER: a listener: /sys/kernel/atcp/listeners/ID
 * @ATCP_KEY_MODULE: the module: /sys/module/atcp/parameters
 */
enum atcp_key_scope {
	ATCP_KEY_NETNS,
	ATCP_KEY_LISTENER,
	ATCP_KEY_MODULE,
};

/**
 * struct atcp_key - one knob
 * @scope: what it is of
 * @name: its bare name
 * @label: how it is shown and typed: net.atcp.NAME, listener/LOCAL/NAME or
 *	module/NAME
 * @path: its file
 */
struct atcp_key {
	enum atcp_key_scope scope;
	char *name;
	char *label;
	char *path;
};

/**
 * struct atcp_keys - knobs
 * @all: one after another
 * @count: number of @all
 */
struct atcp_keys {
	struct atcp_key *all;
	size_t count;
};

/**
 * struct atcp_key_param - a parameter of the module
 * @name: as modprobe knows it
 * @unit: what it counts
 * @def: default
 * @meaning: one line
 */
struct atcp_key_param {
	const char *name;
	const char *unit;
	const char *def;
	const char *meaning;
};

int atcp_key_resolve(struct atcp_keys *keys, const char *arg, bool *absent);
int atcp_key_of_listener(struct atcp_keys *keys, const struct atcp_ltab *tab,
			 const struct atcp_ltab_listener *l, const char *name);
int atcp_key_of_module(struct atcp_keys *keys, const char *name);
void atcp_key_add(struct atcp_keys *keys, enum atcp_key_scope scope, char *name,
		  char *label, char *path);
void atcp_key_clear(struct atcp_keys *keys);
char *atcp_key_local(const struct atcp_ltab *tab,
		     const struct atcp_ltab_listener *l);
char *atcp_key_read(const struct atcp_key *key, char **from);
bool atcp_key_is_netlink(const struct atcp_key *key);
unsigned long atcp_key_id(const struct atcp_key *key);
bool atcp_key_is_secret(const struct atcp_key *key);
int atcp_key_write(const struct atcp_key *key, const char *value);
char *atcp_key_check(const struct atcp_key *key, const char *value);
char *atcp_key_range(const struct atcp_key *key, const char **unit);
const char *atcp_key_json_name(const struct atcp_key *key);
const struct atcp_key_param *atcp_key_param(const char *name);

#endif /* ATCP_KEY_H */
