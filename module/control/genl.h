/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink's family atcp: what its files share. */
#ifndef _ATCP_CONTROL_GENL_H
#define _ATCP_CONTROL_GENL_H

#include <net/genetlink.h>

#include "state/listen/knob.h"

struct atcp_listener;
struct atcp_net;

/* The family; in the order of the groups of the specification. */
extern struct genl_family atcp_genl_family;

enum { ATCP_GENL_EVENTS };

/* Registers the family; after atcp_net_init(). 0 or a negative errno. */
int atcp_genl_init(void);
void atcp_genl_exit(void);

/*
 * Refuses a request with a text of any length, since the kernel's own room for one is 80
 * bytes, and none before 6.3: answers by itself. What a command then has to return.
 */
__printf(5, 6)
int atcp_genl_refuse(struct sk_buff *skb, struct genl_info *info, int err,
		     const struct nlattr *attr, const char *fmt, ...);

/* Commands, and what a dump of listeners begins with. */
int atcp_genl_listener_get(struct sk_buff *skb, struct genl_info *info);
int atcp_genl_listener_dump_start(struct netlink_callback *cb);
int atcp_genl_listener_dump(struct sk_buff *skb, struct netlink_callback *cb);
int atcp_genl_listener_set(struct sk_buff *skb, struct genl_info *info);
int atcp_genl_listener_reset(struct sk_buff *skb, struct genl_info *info);
int atcp_genl_default_get(struct sk_buff *skb, struct genl_info *info);
int atcp_genl_default_set(struct sk_buff *skb, struct genl_info *info);
int atcp_genl_info_dump(struct sk_buff *skb, struct netlink_callback *cb);
int atcp_genl_setting_get(struct sk_buff *skb, struct genl_info *info);
int atcp_genl_setting_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* A listener's identity, for answers and events: 0 or -EMSGSIZE. */
int atcp_genl_put_identity(struct sk_buff *skb, u32 id, int family, const void *addr, u16 port,
			   int ifindex);

/* One knob's nest; @origin: enum atcp_knob_origin, or -1. 0 or -EMSGSIZE. */
int atcp_genl_put_knob(struct sk_buff *skb, enum atcp_knob_id id, int val, int origin);

#endif /* _ATCP_CONTROL_GENL_H */
