/* SPDX-License-Identifier: GPL-2.0 */
/* Pacing: how fast, and how long until the next segment. */
#ifndef _ATCP_PROTO_PACING_H
#define _ATCP_PROTO_PACING_H

#include <linux/types.h>

u64 atcp_pacing_rate(u32 mss, u32 segs, u32 srtt, u32 percent);
u64 atcp_pacing_gap_ns(u32 len, u64 rate, u64 late_ns);

#endif /* _ATCP_PROTO_PACING_H */
