/* SPDX-License-Identifier: GPL-2.0 */
/* Which devices the flood guard is armed for. */
#ifndef _ATCP_GUARD_DEV_H
#define _ATCP_GUARD_DEV_H

#include <linux/types.h>

struct net;

int atcp_guard_dev_init(void);
void atcp_guard_dev_exit(void);

/*
 * Arms the guard for the devices of @net named in @names (separated by blanks or
 * commas; written to), and for no others: all of it or, on an error, nothing.
 * 0, -ENODEV, -EOPNOTSUPP, -ENOMEM or -EINTR; the first two are said in the log.
 * @waits: it waits for RTNL, else it is to be called again. Process context, no RTNL.
 */
int atcp_guard_dev_set(struct net *net, char *names, bool waits);

/* Could it arm them? 0, or the first two, and which name is to blame. Waits for RTNL. */
int atcp_guard_dev_look(struct net *net, char *names, const char **bad);

/* The names as they are now, separated by blanks. 0, -ENOSPC or -EINTR. */
int atcp_guard_dev_get(struct net *net, char *buf, size_t size, bool waits);

#endif /* _ATCP_GUARD_DEV_H */
