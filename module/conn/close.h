/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a connection: close(2), shutdown(2), disconnect, FINs, orphans. */
#ifndef _ATCP_CLOSE_H
#define _ATCP_CLOSE_H

#include "input/input.h"

struct atcp_tw;

/* proto.close: lingers up to @timeout jiffies. Process context. */
void atcp_close(struct sock *sk, long timeout);
/* proto.shutdown. Socket locked. */
void atcp_close_shutdown(struct sock *sk, int how);
/* proto.disconnect: back to CLOSE; a listener stops listening. Socket locked. */
int atcp_close_disconnect(struct sock *sk, int flags);

/* What a socket has of a listener, in state CLOSE by now, goes to its heirs or ends. */
void atcp_close_stop_listener(struct sock *sk);

/* The peer's FIN has become due (RFC 9293 3.10.7.4, eighth). Socket locked. */
void atcp_close_fin_rcvd(struct sock *sk);
/*
 * Our FIN was acknowledged: FIN-WAIT-1, CLOSING, LAST-ACK go on. @more: by a segment
 * that has text or a FIN as well. True: @sk is done.
 */
bool atcp_close_fin_acked(struct sock *sk, bool more);
/* Life of an orphan in FIN-WAIT-2, jiffies; < 0: none. At least 3.5 RTO. */
int atcp_close_fin_time(const struct sock *sk);
/* A valid RST arrived. */
void atcp_close_rst_rcvd(struct sock *sk);
/* Enters TIME-WAIT (or an orphan's FIN-WAIT-2) for @timeout jiffies; @sk is done then. */
void atcp_close_time_wait(struct sock *sk, u8 state, unsigned long timeout);

/*
 * A segment for a TIME_WAIT (the caller drops its reference). True: a good new
 * SYN, the TIME_WAIT is gone, rx->tw_isn is set and the caller goes on to the
 * listener; else @skb is consumed.
 */
bool atcp_close_tw_rcv(struct atcp_node *node, struct sk_buff *skb, struct atcp_rx *rx);
/* Nobody listens for that SYN any more: it gets the ACK of any other. @skb stays. */
void atcp_close_tw_unheard(struct atcp_tw *tw, struct sk_buff *skb, const struct atcp_rx *rx);

#endif /* _ATCP_CLOSE_H */
