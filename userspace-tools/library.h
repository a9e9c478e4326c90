/* SPDX-License-Identifier: GPL-2.0 */
/* The libraries that the dynamic loader puts into programs for atcpctl. */
#ifndef _ATCP_TOOLS_LIBRARY_H
#define _ATCP_TOOLS_LIBRARY_H

const char *atcp_library_find(const char *cmd, const char *name);
int atcp_library_preload(const char *cmd, const char *name);

#endif /* _ATCP_TOOLS_LIBRARY_H */
