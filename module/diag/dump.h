/* SPDX-License-Identifier: GPL-2.0 */
/* A dump by sock_diag: all that fits the request, a message's worth at a time. */
#ifndef _ATCP_DIAG_DUMP_H
#define _ATCP_DIAG_DUMP_H

#include <linux/inet_diag.h>

/* inet_diag_handler.dump: as much as fits into @skb, from where @cb says that it stopped. */
void atcp_dump_some(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct inet_diag_req_v2 *req);

#endif /* _ATCP_DIAG_DUMP_H */
