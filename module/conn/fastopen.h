/* SPDX-License-Identifier: GPL-2.0 */
/* Fast open (RFC 7413) in a connection: the answer to a SYN with data, and what times out. */
#ifndef _ATCP_CONN_FASTOPEN_H
#define _ATCP_CONN_FASTOPEN_H

#include "conn/rx.h"
#include "state/conn/sock.h"

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

#endif /* _ATCP_CONN_FASTOPEN_H */
