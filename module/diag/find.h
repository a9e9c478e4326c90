/* SPDX-License-Identifier: GPL-2.0 */
/* One socket by its addresses and cookie: shown, or destroyed. */
#ifndef _ATCP_DIAG_FIND_H
#define _ATCP_DIAG_FIND_H

#include <linux/inet_diag.h>

/* inet_diag_handler.dump_one: sends a message about it. 0 or -errno. */
int atcp_find_show(struct netlink_callback *cb, const struct inet_diag_req_v2 *req);

/* inet_diag_handler.destroy: ends it, in whatever state it is. 0 or -errno. */
int atcp_find_destroy(struct sk_buff *in_skb, const struct inet_diag_req_v2 *req);

#endif /* _ATCP_DIAG_FIND_H */
