/* SPDX-License-Identifier: GPL-2.0 */
/* Round-trip time and retransmission timeout (RFC 6298). */
#ifndef _ATCP_PROTO_RTT_H
#define _ATCP_PROTO_RTT_H

#include <linux/types.h>

#define ATCP_RTT_RTO_INIT_US	1000000u	/* before any sample, RFC 6298 2.1 */
#define ATCP_RTT_RTO_MIN_US	200000u		/* Linux's floor */
#define ATCP_RTT_RTO_MAX_US	120000000u	/* Linux's ceiling */
/* How long the least RTT is remembered (Linux: tcp_min_rtt_wlen, 300 s). */
#define ATCP_RTT_MIN_WIN_MS	300000u

/**
 * struct atcp_rtt_min - lowest value seen within a sliding time window
 * @s: best, second and third best sample, in order of time
 * @s.t: when, ms
 * @s.v: value, us
 */
struct atcp_rtt_min {
	struct {
		u32 t;
		u32 v;
	} s[3];
};

/**
 * struct atcp_rtt - round-trip time state of a connection, locked by its owner
 * @srtt_us: smoothed RTT, us << 3; 0 before the first sample
 * @mdev_us: mean deviation, us << 2
 * @mdev_max_us: largest @mdev_us of the current flight
 * @rttvar_us: smoothed maximum of deviation: the 4 * RTTVAR of RFC 6298, us
 * @rtt_seq: SND.NXT when the current flight began
 * @rto_min_us: floor of @rttvar_us, us
 * @last_us: last sample, us
 * @min: minimum RTT filter
 */
struct atcp_rtt {
	u32 srtt_us;
	u32 mdev_us;
	u32 mdev_max_us;
	u32 rttvar_us;
	u32 rtt_seq;
	u32 rto_min_us;
	u32 last_us;
	struct atcp_rtt_min min;
};

void atcp_rtt_init(struct atcp_rtt *r, u32 rto_min_us);
void atcp_rtt_sample(struct atcp_rtt *r, u32 rtt_us, u32 snd_una, u32 snd_nxt);
u32 atcp_rtt_rto_us(const struct atcp_rtt *r, u32 min_us, u32 max_us);
u32 atcp_rtt_backoff_us(u32 rto_us, unsigned int shift, u32 max_us);
u32 atcp_rtt_min_update(struct atcp_rtt_min *m, u32 rtt_us, u32 now_ms,
			u32 window_ms);

/**
 * atcp_rtt_min_us() - the minimum RTT, us; U32_MAX before any sample
 * @m: filter
 */
static inline u32 atcp_rtt_min_us(const struct atcp_rtt_min *m)
{
	return m->s[0].v;
}

#endif /* _ATCP_PROTO_RTT_H */
