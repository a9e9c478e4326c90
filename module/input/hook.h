/* SPDX-License-Identifier: GPL-2.0 */
/* Where packets come from: netfilter LOCAL_IN, last priority, per namespace. */
#ifndef _ATCP_HOOK_H
#define _ATCP_HOOK_H

struct net;

int atcp_hook_net_init(struct net *net);
void atcp_hook_net_exit(struct net *net);

#endif /* _ATCP_HOOK_H */
