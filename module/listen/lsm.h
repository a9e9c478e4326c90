/* SPDX-License-Identifier: GPL-2.0 */
/* What security modules are asked about a connection request. */
#ifndef _ATCP_LSM_H
#define _ATCP_LSM_H

struct atcp_req;
struct sk_buff;
struct sock;

/* May @skb open a connection to @lsk? 0 or -errno. @skb: data at the TCP header. */
int atcp_lsm_conn_request(const struct sock *lsk, const struct atcp_req *req,
			  struct sk_buff *skb);

#endif /* _ATCP_LSM_H */
