// SPDX-License-Identifier: GPL-2.0
/* The time of a half-open connection, by Linux's rules (RFC 9293 section 3.8.3, 6298). */
#include "proto/reqtime.h"

#include <linux/kernel.h>

/**
 * atcp_reqtime_ms() - how long until the next timeout, ms
 * @num_timeout: timeouts so far
 *
 * 1, 2, 4, 8... s: with 5 retries the last SYN-ACK goes at 31 s and the request
 * ends at 63 s.
 */
u32 atcp_reqtime_ms(unsigned int num_timeout)
{
	return min(ATCP_REQTIME_RTO_MS << min(num_timeout, 7u),
		   ATCP_REQTIME_RTO_MAX_MS);
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
	return ATCP_REQTIME_RESEND;
}
