/* SPDX-License-Identifier: GPL-2.0 */
/* Pages that what is sent is copied to: those that were sent from are used again. */
#ifndef _ATCP_FRAG_H
#define _ATCP_FRAG_H

#include <linux/types.h>

struct page_frag;
struct sock;

/* When there are no sockets any more: gives back what is kept. */
void atcp_frag_exit(void);

/*
 * sk_page_frag_refill(): makes sure that @pfrag, which is @sk's or its task's, has some room.
 * Socket locked, process context. False: no memory.
 */
bool atcp_frag_refill(struct sock *sk, struct page_frag *pfrag);

#endif /* _ATCP_FRAG_H */
