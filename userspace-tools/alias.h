/* SPDX-License-Identifier: GPL-2.0 */
/* Other names of knobs: those of another scope, Linux's, and mistyped ones. */
#ifndef ATCP_ALIAS_H
#define ATCP_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "key.h"

const char *atcp_alias_name(const char *name, enum atcp_key_scope scope);
bool atcp_alias_nearer(const char *typed, const char *name, size_t *least);
char *atcp_alias_hint(const char *name, enum atcp_key_scope scope);

#endif /* ATCP_ALIAS_H */
