/* SPDX-License-Identifier: GPL-2.0 */
/* Fast open (RFC 7413), the server's side: the SYN that brings data. */
#ifndef _ATCP_LISTEN_FASTOPEN_H
#define _ATCP_LISTEN_FASTOPEN_H

#include "conn/rx.h"
#include "proto/fastopen.h"

struct atcp_req;
struct dst_entry;

/*
 * Makes a connection of @req, which the SYN in @skb has filled in (with
 * its ISN, and in no table), if its cookie permits: it is in the accept queue
 * with the SYN's data, and its SYN-ACK is sent. False: it is a request like
 * others; @cookie is for its SYN-ACK (-1 long: none). BH, RCU.
 */
bool atcp_fastopen_open(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
			const struct atcp_rx *rx, const struct dst_entry *dst,
			struct atcp_fastopen_cookie *cookie);

#endif /* _ATCP_LISTEN_FASTOPEN_H */
