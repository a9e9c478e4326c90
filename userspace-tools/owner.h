/* SPDX-License-Identifier: GPL-2.0 */
/* The programs that called listen(2). */
#ifndef ATCP_OWNER_H
#define ATCP_OWNER_H

struct atcp_ltab_listener;

char *atcp_owner_name(const struct atcp_ltab_listener *l);
long atcp_owner_pid(const struct atcp_ltab_listener *l);
void atcp_owner_forget(void);

#endif /* ATCP_OWNER_H */
