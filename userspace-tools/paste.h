/* SPDX-License-Identifier: GPL-2.0 */
/* Commands of atcpctl that are shown to be pasted. */
#ifndef ATCP_PASTE_H
#define ATCP_PASTE_H

char *atcp_paste_prefix(void);
const char *atcp_paste_tool(void);

#endif /* ATCP_PASTE_H */
