/* SPDX-License-Identifier: GPL-2.0 */
/* Reading and writing the small files under /proc. */
#ifndef ATCP_PROC_H
#define ATCP_PROC_H

#include <stddef.h>

void atcp_proc_path(char *buf, size_t size, const char *file);
void atcp_proc_setenv(const char *variable, const char *file);
char *atcp_proc_read(const char *file);
int atcp_proc_write(const char *file, const char *text);
void atcp_proc_absent(const char *file);

#endif /* ATCP_PROC_H */
