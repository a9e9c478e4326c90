/* SPDX-License-Identifier: GPL-2.0 */
/* Fast open (RFC 7413) on arrival: the SYN that brings data, and the SYN-ACK that answers one. */
#ifndef _ATCP_INPUT_FASTOPEN_H
#define _ATCP_INPUT_FASTOPEN_H

#include "input/input.h"
#include "proto/fastopen.h"

struct atcp_req;
struct dst_entry;

/*
 * Server. Makes a connection of @req, which the SYN in @skb has filled in (with
 * its ISN, and in no table), if its cookie permits: it is in the accept queue
 * with the SYN's data, and its SYN-ACK is sent. False: it is a request like
 * others; @cookie is for its SYN-ACK (-1 long: none). BH, RCU.
 */
bool atcp_fastopen_open(struct sock *lsk, struct atcp_req *req, struct sk_buff *skb,
			const struct atcp_rx *rx, const struct dst_entry *dst,
			struct atcp_fastopen_cookie *cookie);

/* How often the SYN-ACK of such a connection is repeated. Locked, still pending. */
int atcp_fastopen_retries(const struct sock *sk);

/*
 * Client, locked. The SYN-ACK in @rx came, ESTABLISHED is set: what it taught is
 * kept, and the SYN's data is sent again if it was not taken.
 */
void atcp_fastopen_synack(struct sock *sk, const struct atcp_rx *rx);

/* A retransmission timeout, which ends the connection if @over: was it the path? */
void atcp_fastopen_timeout(struct sock *sk, bool over);

/* A segment of an unexpected number: was a RST lost data's? */
void atcp_fastopen_stray(struct sock *sk, const struct atcp_rx *rx);

#endif /* _ATCP_INPUT_FASTOPEN_H */
