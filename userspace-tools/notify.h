/* SPDX-License-Identifier: GPL-2.0 */
/* atcp for programs that LD_PRELOAD cannot reach: seccomp user notification. */
#ifndef ATCP_NOTIFY_H
#define ATCP_NOTIFY_H

#include <stdbool.h>

bool atcp_notify_inside(void);
int atcp_notify_start(void);

#endif /* ATCP_NOTIFY_H */
