/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for what arrives: merged before anything is dropped. Socket locked. */
#ifndef _ATCP_RCVMEM_H
#define _ATCP_RCVMEM_H

#include "state/conn/sock.h"

/*
 * Has memory for @skb, whose numbers are in its control block: after merging what small segments
 * waste, and giving up early ones, if need be. False: it is to be dropped.
 */
bool atcp_rcvmem_ok(struct sock *sk, struct sk_buff *skb);

#endif /* _ATCP_RCVMEM_H */
