/* SPDX-License-Identifier: GPL-2.0 */
/* Where packets come from: netfilter LOCAL_IN, last priority, per namespace. */
#ifndef _ATCP_HOOK_H
#define _ATCP_HOOK_H

#include <linux/types.h>

struct net;

/* Has nobody but us a hook at LOCAL_IN? Under RCU. */
bool atcp_hook_alone(const struct net *net, u8 family);

int atcp_hook_arm(struct net *net);
void atcp_hook_net_exit(struct net *net);

#endif /* _ATCP_HOOK_H */
