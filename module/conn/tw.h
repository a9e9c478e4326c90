/* SPDX-License-Identifier: GPL-2.0 */
/* Segments for a TIME_WAIT, an orphan's FIN-WAIT-2, or a tombstone. */
#ifndef _ATCP_TW_H
#define _ATCP_TW_H

#include "conn/rx.h"

struct atcp_tw;

/**
 * enum atcp_tw_result - what is left to do with a segment
 * @ATCP_TW_DONE: nothing, it is consumed
 * @ATCP_TW_SYN: a good new SYN, whose ISN is in &atcp_rx.tw_isn: it is for a listener, or
 *	atcp_tw_unheard()
 * @ATCP_TW_REFUSE: it is to be looked up once more, and refused if nobody has its flow:
 *	atcp_tw_refused() is next
 */
enum atcp_tw_result {
	ATCP_TW_DONE,
	ATCP_TW_SYN,
	ATCP_TW_REFUSE,
};

/* The caller has a reference to @node, and drops it. */
enum atcp_tw_result atcp_tw_rcv(struct atcp_node *node, struct sk_buff *skb, struct atcp_rx *rx);

/* Nobody listens for that SYN any more: it gets the ACK of any other. Consumes @skb. */
void atcp_tw_unheard(struct atcp_tw *tw, struct sk_buff *skb, const struct atcp_rx *rx);

/* A RST was the answer to @skb, which is consumed. */
void atcp_tw_refused(struct atcp_tw *tw, struct sk_buff *skb);

#endif /* _ATCP_TW_H */
