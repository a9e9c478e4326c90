/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink's family atcp: what default-set asks for of net.atcp's knobs. */
#ifndef _ATCP_CONTROL_GENL_SETTING_H
#define _ATCP_CONTROL_GENL_SETTING_H

struct genl_info;
struct list_head;
struct sk_buff;

/* Longest value, with its end: a page of /proc/sys has no more. */
#define ATCP_GENL_SETTING_TEXT	4096

/* Longest name that is looked for. */
#define ATCP_GENL_SETTING_NAME	63

/* What a request asks for goes into @list, all of it looked at: 0, or what the command returns. */
int atcp_genl_settings_look(struct sk_buff *skb, struct genl_info *info, struct list_head *list);

/* Takes all of it, or none: the same. One at a time. */
int atcp_genl_settings_take(struct sk_buff *skb, struct genl_info *info, struct list_head *list);

/* Frees what is in @list. */
void atcp_genl_settings_free(struct list_head *list);

#endif /* _ATCP_CONTROL_GENL_SETTING_H */
