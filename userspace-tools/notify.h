/* SPDX-License-Identifier: GPL-2.0 */
/* atcp for programs that LD_PRELOAD cannot reach: seccomp user notification. */
#ifndef ATCP_NOTIFY_H
#define ATCP_NOTIFY_H

int atcp_notify_start(void);

#endif /* ATCP_NOTIFY_H */
