/* SPDX-License-Identifier: GPL-2.0 */
/* The version of the tools beside that of the module. */
#ifndef ATCP_VERSION_H
#define ATCP_VERSION_H

void atcp_version_check(void);

#endif /* ATCP_VERSION_H */
