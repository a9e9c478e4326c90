// SPDX-License-Identifier: GPL-2.0
/* The time of a half-open connection, by Linux's rules (RFC 9293 section 3.8.3, 6298). */
#include "proto/reqtime.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/time64.h>

/**
 * atcp_reqtime_ms() - how long until the next timeout, ms
 * @rto_ms: the first timeout, at most ATCP_REQTIME_RTO_MAX_MS
 * @num_timeout: timeouts so far
 *
 * From 1 s on: 1, 2, 4, 8... s: with 5 retries the last SYN-ACK goes at 31 s and
 * the request ends at 63 s.
 */
u32 atcp_reqtime_ms(u32 rto_ms, unsigned int num_timeout)
{
	return min_t(u64, (u64)rto_ms << min(num_timeout, 16u),
		     ATCP_REQTIME_RTO_MAX_MS);
}

/**
 * atcp_reqtime_rto_ms() - the first timeout for a peer whose distance is known
 * @rto_ms: the knob
 * @srtt_us: the peer's round trip as remembered, 0 for unknown
 * @floor_ms: never less than this, unless the knob is
 *
 * As RFC 6298 section 2.2 has it after a first sample, SRTT + 4 * SRTT / 2 (and
 * RFC 9040 lets a connection begin with another one's): never longer than the knob.
 */
u32 atcp_reqtime_rto_ms(u32 rto_ms, u32 srtt_us, u32 floor_ms)
{
	u64 rto = max_t(u64, DIV_ROUND_UP_ULL(3 * (u64)srtt_us, 1000), floor_ms);

	return srtt_us ? min_t(u64, rto, rto_ms) : rto_ms;
}

/**
 * atcp_reqtime_retries() - the retries that a SYN queue in this state allows
 * @retries: the knob
 * @qlen: requests in the queue
 * @young: of these, those that had no timeout yet
 * @limit: the queue's limit
 *
 * Half of the queue is for young requests. While more than half of it is taken,
 * one retry less is made if the queue is twice as long as its young requests are
 * many, two less if four times, and so on down to two: what is real answers
 * within these, what is spoofed makes room.
 */
int atcp_reqtime_retries(int retries, int qlen, int young, int limit)
{
	s64 bound = 2 * (s64)young;

	if (2 * (s64)qlen <= max(8, limit))
		return retries;
	while (retries > 2 && qlen >= bound) {
		retries--;
		bound *= 2;
	}
	return retries;
}

/**
 * atcp_reqtime_judge() - what one more timeout does to a request
 * @r: the request
 *
 * While data is awaited after the ACK nothing is sent again, but in the last
 * period: the peer's answer to that completes the handshake. A parked request
 * waits as long as one whose SYN-ACK is never answered, whatever the length of
 * the queue: its peer is proven, and has nothing to answer.
 */
enum atcp_reqtime_verdict atcp_reqtime_judge(const struct atcp_reqtime *r)
{
	bool deferring = r->defer && r->acked;

	if (r->parked)
		return r->num_timeout >= r->full_retries ? ATCP_REQTIME_END :
							   ATCP_REQTIME_WAIT;
	if (r->num_timeout >= r->retries &&
	    !(deferring && r->num_timeout < r->defer))
		return ATCP_REQTIME_END;
	if (deferring && r->num_timeout + 1 < r->defer)
		return ATCP_REQTIME_WAIT;
	if (r->muted && !r->acked)
		return ATCP_REQTIME_MUTE;
	return ATCP_REQTIME_RESEND;
}

/* TCP_DEFER_ACCEPT counts timeouts of 1, 2, 4, ... s, as Linux does, whatever synack_rto is. */
static u32 atcp_reqtime_defer_next(u32 sec)
{
	return min(sec << 1, ATCP_REQTIME_RTO_MAX_MS / (u32)MSEC_PER_SEC);
}

/**
 * atcp_reqtime_defer() - the timeouts that TCP_DEFER_ACCEPT stands for
 * @sec: the option's value, seconds
 *
 * Return: as many as make up @sec at least, 255 at most; 0 if @sec is not positive.
 */
u8 atcp_reqtime_defer(int sec)
{
	u32 timeout = 1, period = 1;
	u8 n;

	if (sec <= 0)
		return 0;
	for (n = 1; period < sec && n < U8_MAX; n++) {
		timeout = atcp_reqtime_defer_next(timeout);
		period += timeout;
	}
	return n;
}

/**
 * atcp_reqtime_defer_sec() - how long so many timeouts are, seconds
 * @n: timeouts
 */
u32 atcp_reqtime_defer_sec(u8 n)
{
	u32 timeout = 1, period = 1;

	if (!n)
		return 0;
	while (--n) {
		timeout = atcp_reqtime_defer_next(timeout);
		period += timeout;
	}
	return period;
}
