/* SPDX-License-Identifier: GPL-2.0 */
/* IP protocol 253 has a handler, so that the kernel asks for atcp_diag.ko. */
#ifndef _ATCP_NOPROTO_H
#define _ATCP_NOPROTO_H

int atcp_noproto_init(void);
void atcp_noproto_exit(void);

#endif /* _ATCP_NOPROTO_H */
