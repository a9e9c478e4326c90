/* SPDX-License-Identifier: GPL-2.0 */
/* What the knobs of net.atcp were when the namespace began. */
#ifndef ATCP_FIRST_H
#define ATCP_FIRST_H

#include <stdbool.h>

const char *atcp_first_of(const char *name);
bool atcp_first_is_own(const char *name);

#endif /* ATCP_FIRST_H */
