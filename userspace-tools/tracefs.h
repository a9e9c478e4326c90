/* SPDX-License-Identifier: GPL-2.0 */
/* A trace buffer of our own with atcp's events in it. */
#ifndef ATCP_TRACEFS_H
#define ATCP_TRACEFS_H

int atcp_tracefs_open(void);
void atcp_tracefs_close(void);

#endif /* ATCP_TRACEFS_H */
