/* SPDX-License-Identifier: GPL-2.0 */
/* Several knobs changed together: all of them or none. */
#ifndef ATCP_CHANGE_H
#define ATCP_CHANGE_H

struct atcp_change;

struct atcp_change *atcp_change_new(void);
int atcp_change_add(struct atcp_change *change, const char *name,
		    const char *value);
int atcp_change_apply(struct atcp_change *change);
void atcp_change_print(const struct atcp_change *change);
void atcp_change_free(struct atcp_change *change);

#endif /* ATCP_CHANGE_H */
