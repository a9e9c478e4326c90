/* SPDX-License-Identifier: GPL-2.0 */
/* What happens when a timer fires. */
#ifndef _ATCP_EXPIRE_H
#define _ATCP_EXPIRE_H

struct sock;

/* Gives the timers of tier state their handlers; takes them back. */
void atcp_expire_init(void);

/* proto.keepalive: SO_KEEPALIVE was switched. Socket locked. */
void atcp_expire_set_keepalive(struct sock *sk, int on);

#endif /* _ATCP_EXPIRE_H */
