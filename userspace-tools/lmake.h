/* SPDX-License-Identifier: GPL-2.0 */
/* Makes of a listener's netlink message the texts that its files in sysfs have. */
#ifndef ATCP_LMAKE_H
#define ATCP_LMAKE_H

#include <stdbool.h>

struct nlmsghdr;

typedef void (*atcp_lmake_add)(void *data, const char *name, char *text, bool knob);

void atcp_lmake(const struct nlmsghdr *message, const char *want, atcp_lmake_add add, void *data);

#endif /* ATCP_LMAKE_H */
