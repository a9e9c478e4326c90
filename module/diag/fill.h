/* SPDX-License-Identifier: GPL-2.0 */
/* A message of sock_diag about a socket, a request or a TIME-WAIT. */
#ifndef _ATCP_DIAG_FILL_H
#define _ATCP_DIAG_FILL_H

#include <linux/inet_diag.h>

struct atcp_mini;
struct sock;

/**
 * struct atcp_fill_obj - what a message is about: one of the two
 * @sk: a socket, or NULL
 * @mini: a request or a TIME-WAIT, or NULL
 */
struct atcp_fill_obj {
	struct sock		*sk;
	struct atcp_mini	*mini;
};

void atcp_fill_init(void);

/* Does @o pass the request's states, ports and filter? */
bool atcp_fill_wanted(const struct atcp_fill_obj *o, const struct netlink_callback *cb,
		      const struct inet_diag_req_v2 *req);

/* Is @cookie, of a request, that of @o, or none? */
bool atcp_fill_cookie_is(const struct atcp_fill_obj *o, const __u32 *cookie);

/*
 * Appends a message about @o, with NLM_F_* @flags. 0 or -EMSGSIZE: it does not fit, and
 * nothing was appended. Process context: a socket is locked for its TCP_INFO.
 */
int atcp_fill_msg(const struct atcp_fill_obj *o, struct sk_buff *skb, struct netlink_callback *cb,
		  const struct inet_diag_req_v2 *req, u16 flags, bool net_admin);

/* The most that a message takes. */
size_t atcp_fill_size(void);

/* inet_diag_handler.idiag_get_info: queues and timer, and TCP_INFO if there is room for it. */
void atcp_fill_info(struct sock *sk, struct inet_diag_msg *r, void *info);

#endif /* _ATCP_DIAG_FILL_H */
