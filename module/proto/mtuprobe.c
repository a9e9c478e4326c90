// SPDX-License-Identifier: GPL-2.0
/* Path MTU discovery without ICMP (RFC 4821): which size is tried next. */
#include "proto/mtuprobe.h"

#include <linux/kernel.h>
#include <linux/math64.h>

/**
 * atcp_mtuprobe_next() - the size to try (RFC 4821 section 7.3)
 * @p: the search
 * @threshold: least range that is worth a probe, bytes
 *
 * Return: bytes of the packet, half way through the range; 0: it is as good as found.
 */
u32 atcp_mtuprobe_next(const struct atcp_mtuprobe *p, u32 threshold)
{
	if (p->high < p->low || p->high - p->low < max(threshold, 1u))
		return 0;
	return (p->high + p->low) >> 1;
}

/**
 * atcp_mtuprobe_smaller() - the segment size after one that does not get through
 * @mss: that one, bytes of a full segment
 * @base: the most that this leaves, bytes
 * @floor: the least, bytes
 */
u32 atcp_mtuprobe_smaller(u32 mss, u32 base, u32 floor)
{
	return max(min(mss >> 1, base), floor);
}

/**
 * atcp_mtuprobe_cwnd() - as many bytes in larger segments (RFC 4821 section 7.7)
 * @cwnd: segments
 * @mtu: bytes of a packet until now
 * @larger: and from now on, not 0
 */
u32 atcp_mtuprobe_cwnd(u32 cwnd, u32 mtu, u32 larger)
{
	return max_t(u32, div_u64((u64)cwnd * mtu, larger), 1);
}
