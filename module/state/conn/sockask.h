/* SPDX-License-Identifier: GPL-2.0 */
/* What few programs ask of a socket. */
#ifndef _ATCP_SOCKASK_H
#define _ATCP_SOCKASK_H

#include <linux/types.h>

struct atcp_ao;
struct atcp_md5;
struct atcp_saved_syn;

/**
 * struct atcp_sock_ask - what few programs ask of a socket
 * @saved_syn: TCP_SAVED_SYN: the SYN that it was made by, until it is read; or NULL
 * @md5: TCP_MD5SIG's keys, RCU; NULL: there never was one
 * @ao: what it has of TCP-AO, RCU; or NULL
 * @stamped_ns: SOF_TIMESTAMPING_OPT_STATS: when what is stamped leaves, or has left, ns
 * @tx_delay_us: TCP_TX_DELAY: by how much every segment leaves later, us
 * @rehashed: for TCP_INFO: how often a timeout has chosen another path
 * @save_syn: TCP_SAVE_SYN: of a listener; 1: keep its connections' SYNs from the IP header
 *	on, 2: from the link layer's on
 * @ttl: SOF_TIMESTAMPING_OPT_STATS: TTL or hop limit of the last segment received
 * @thin_linear: TCP_THIN_LINEAR_TIMEOUTS
 * @repair: TCP_REPAIR
 * @repair_queue: TCP_REPAIR_QUEUE: TCP_NO_QUEUE, TCP_RECV_QUEUE or TCP_SEND_QUEUE
 */
struct atcp_sock_ask {
	struct atcp_saved_syn	*saved_syn;
	struct atcp_md5 __rcu	*md5;
	struct atcp_ao __rcu	*ao;
	u64			stamped_ns;
	u32			tx_delay_us;
	u32			rehashed;
	u8			save_syn;
	u8			ttl;
	bool			thin_linear;
	bool			repair;
	u8			repair_queue;
};

#endif /* _ATCP_SOCKASK_H */
