// SPDX-License-Identifier: GPL-2.0
/* Pacing: how fast, and how long until the next segment. */
#include "proto/pacing.h"

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

/**
 * atcp_pacing_rate() - what cwnd allows in a round trip, as a rate
 * @mss: bytes of a full segment
 * @segs: cwnd, or what is in flight where that is more; segments
 * @srtt: smoothed RTT, us << 3; 0: not known, one of an eighth of a microsecond
 * @percent: how much faster than that: room for cwnd to grow
 *
 * Return: bytes a second.
 */
u64 atcp_pacing_rate(u32 mss, u32 segs, u32 srtt, u32 percent)
{
	u64 rate = (u64)mss * ((USEC_PER_SEC / 100) << 3) * percent;

	/* Beyond a million segments of 64 KB nobody counts. */
	rate *= min(segs, 1u << 20);
	return srtt ? div_u64(rate, srtt) : rate;
}

/**
 * atcp_pacing_gap_ns() - time that what was sent has at a rate
 * @len: bytes
 * @rate: bytes a second, not 0
 * @late_ns: how much later than it should have it left, ns: up to half of the gap
 *	is made up for, for timers are late
 *
 * Return: until the next may leave, ns.
 */
u64 atcp_pacing_gap_ns(u32 len, u64 rate, u64 late_ns)
{
	u64 gap = div64_u64((u64)len * NSEC_PER_SEC, rate);

	return gap - min(gap / 2, late_ns);
}
