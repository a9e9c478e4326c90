/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a socket made here would be as one that another thread makes. */
#ifndef ATCP_ALIKE_H
#define ATCP_ALIKE_H

#include <stdbool.h>
#include <sys/types.h>

bool atcp_alike_init(void);
bool atcp_alike_check(pid_t tid);

#endif /* ATCP_ALIKE_H */
