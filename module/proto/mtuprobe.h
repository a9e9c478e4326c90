/* SPDX-License-Identifier: GPL-2.0 */
/* Path MTU discovery without ICMP (RFC 4821): which size is tried next. */
#ifndef _ATCP_PROTO_MTUPROBE_H
#define _ATCP_PROTO_MTUPROBE_H

#include <linux/types.h>

/**
 * struct atcp_mtuprobe - the search of a connection, in bytes of IP packets
 * @low: what is known to get through
 * @high: what may get through
 * @size: of the probe that is on its way, 0: there is none
 * @seq: first byte of that
 * @end_seq: one past the last
 * @stamp: jiffies32 of the beginning of this search
 * @enabled: segments are no larger than @low, and larger ones are tried
 */
struct atcp_mtuprobe {
	u32 low;
	u32 high;
	u32 size;
	u32 seq;
	u32 end_seq;
	u32 stamp;
	bool enabled;
};

u32 atcp_mtuprobe_next(const struct atcp_mtuprobe *p, u32 threshold);
u32 atcp_mtuprobe_smaller(u32 mss, u32 base, u32 floor);
u32 atcp_mtuprobe_cwnd(u32 cwnd, u32 mtu, u32 larger);

#endif /* _ATCP_PROTO_MTUPROBE_H */
