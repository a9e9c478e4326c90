/* SPDX-License-Identifier: GPL-2.0 */
/* Reading and writing whole small files. */
#ifndef ATCP_FILE_H
#define ATCP_FILE_H

#include <stddef.h>

char *atcp_file_read(const char *path);
int atcp_file_write(const char *path, const char *text);
void *atcp_file_must(void *memory);
char *atcp_file_format(const char *fmt, ...) __printf(1, 2);

#endif /* ATCP_FILE_H */
