/* SPDX-License-Identifier: GPL-2.0 */
/* A listener of the kernel's that stands for one of ours where netfilter's tproxy looks for one. */
#ifndef _ATCP_DECOY_H
#define _ATCP_DECOY_H

#include <linux/types.h>

struct sock;

/*
 * @lsk listens, and is transparent perhaps: it has a decoy if it is, and none if not.
 * 0 or a negative errno. Process context, socket locked; atcp_decoy_stop() when it
 * listens no more.
 */
int atcp_decoy_update(struct sock *lsk);
void atcp_decoy_stop(struct sock *lsk);

/* Is @sk one? It has the listener's address and port, and is there as long as RCU. */
bool atcp_decoy_is(const struct sock *sk);

#endif /* _ATCP_DECOY_H */
