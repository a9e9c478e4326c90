/* SPDX-License-Identifier: GPL-2.0 */
/* How large what is handed to the device at once is, and whether to wait for more. */
#ifndef _ATCP_PROTO_TSO_H
#define _ATCP_PROTO_TSO_H

#include <linux/types.h>

/**
 * struct atcp_tso_size - what the size of an skb depends on
 * @rate: of pacing, bytes a second
 * @shift: of it one such part in an skb: 10 is a millisecond's worth
 * @min_rtt_us: least RTT seen, U32_MAX: none
 * @rtt_log: what halves the part that short paths get beyond that: so many us, as a
 *	power of two
 * @gso_max: bytes that the device takes at once
 * @mss: bytes of a full segment
 * @min_segs: segments in any case
 */
struct atcp_tso_size {
	u64 rate;
	u32 shift;
	u32 min_rtt_us;
	u32 rtt_log;
	u32 gso_max;
	u32 mss;
	u32 min_segs;
};

/**
 * struct atcp_tso_wait - what decides whether an skb waits for the next ACK
 * @len: bytes of the skb
 * @mss: bytes of a full segment
 * @max_segs: the most that go in one skb, segments
 * @cwnd: segments
 * @in_flight: segments, less than @cwnd
 * @snd_wnd: the peer's window, bytes
 * @send_win: what is left of it from the skb's first byte on, bytes
 * @divisor: part of the windows that is worth sending: 1 / @divisor; 0: three segments
 * @idle_us: since the last transmission
 * @oldest_us: since that of the oldest segment in flight, U32_MAX: none is
 * @srtt_us: smoothed RTT
 * @last: the skb is the last in the queue
 * @closed: and nothing will be added to it
 */
struct atcp_tso_wait {
	u32 len;
	u32 mss;
	u32 max_segs;
	u32 cwnd;
	u32 in_flight;
	u32 snd_wnd;
	u32 send_win;
	u32 divisor;
	u32 idle_us;
	u32 oldest_us;
	u32 srtt_us;
	bool last;
	bool closed;
};

/**
 * enum atcp_tso_verdict - send or wait
 * @ATCP_TSO_SEND: it goes now
 * @ATCP_TSO_WAIT_CWND: it waits, and cwnd is what it would wait for anyway
 * @ATCP_TSO_WAIT_RWND: likewise the peer's window
 * @ATCP_TSO_WAIT: it waits for more data, or for an ACK
 */
enum atcp_tso_verdict {
	ATCP_TSO_SEND,
	ATCP_TSO_WAIT_CWND,
	ATCP_TSO_WAIT_RWND,
	ATCP_TSO_WAIT,
};

u32 atcp_tso_segs(const struct atcp_tso_size *s);
enum atcp_tso_verdict atcp_tso_wait(const struct atcp_tso_wait *w);

#endif /* _ATCP_PROTO_TSO_H */
