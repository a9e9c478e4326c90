// SPDX-License-Identifier: GPL-2.0
/*
 * Explicit congestion notification (RFC 3168): who asks, and who owes what answer.
 *
 *   data sender                     router                   data receiver
 *   ECT(0) on new data  ---------->  CE  ------------------> SEEN, owes ECE
 *   one reduction, owes CWR  <---------------- ECE on all that it sends
 *   CWR on the next new data  -----------------------------> owes no more
 *
 * Each side of a connection is both, with one byte for it.
 */
#include "proto/ecn.h"

#include "proto/seg.h"

#define ATCP_ECN_BOTH	(ATCP_F_ECE | ATCP_F_CWR)

/**
 * atcp_ecn_asked() - does a SYN ask for ECN in a way that can be agreed to?
 * @flags: ATCP_F_* of the SYN
 * @ip: ECN bits of its IP header
 * @reserved: one of the header's reserved bits is set
 *
 * A SYN is never ECT (RFC 3168 section 6.1.1): one that is has met a router that
 * writes to these bits. The reserved bits excuse it, as on Linux: later experiments
 * (RFC 8311) set them and may mark their SYNs.
 */
bool atcp_ecn_asked(u8 flags, u8 ip, bool reserved)
{
	return (flags & ATCP_ECN_BOTH) == ATCP_ECN_BOTH &&
	       (ip == ATCP_ECN_IP_NOT_ECT || reserved);
}

/**
 * atcp_ecn_rcv_synack() - a SYN-ACK came: ECE without CWR agrees
 * @ecn: ATCP_ECN_* of the connection
 * @flags: ATCP_F_* of the SYN-ACK
 */
void atcp_ecn_rcv_synack(u8 *ecn, u8 flags)
{
	if ((flags & ATCP_ECN_BOTH) != ATCP_F_ECE)
		*ecn &= ~ATCP_ECN_OK;
}

/**
 * atcp_ecn_rcv_syn() - a SYN crossed ours: both must have asked
 * @ecn: ATCP_ECN_* of the connection
 * @flags: ATCP_F_* of the peer's SYN
 * @sent: ATCP_F_* of ours, as it was sent last
 *
 * Where ours fell back to none (section 6.1.1.1) that is what the peer saw of it.
 */
void atcp_ecn_rcv_syn(u8 *ecn, u8 flags, u8 sent)
{
	if ((flags & sent & ATCP_ECN_BOTH) != ATCP_ECN_BOTH)
		*ecn &= ~ATCP_ECN_OK;
}

/**
 * atcp_ecn_rcv_cwr() - the peer has reduced its window if it says so
 * @ecn: ATCP_ECN_* of the connection
 * @flags: ATCP_F_* of a segment with an acceptable ACK
 *
 * Return: it says so; its window may be very small now, so an ACK should not wait
 */
bool atcp_ecn_rcv_cwr(u8 *ecn, u8 flags)
{
	if (!(flags & ATCP_F_CWR))
		return false;
	*ecn &= ~ATCP_ECN_ECE;
	return true;
}

/**
 * atcp_ecn_rcv_data() - new data came
 * @ecn: ATCP_ECN_* of the connection
 * @ip: ECN bits of its IP header
 *
 * Return: whether the next ACKs should not wait. That is when congestion begins,
 * and when there is no ECT where there was before: that is a retransmission.
 */
bool atcp_ecn_rcv_data(u8 *ecn, u8 ip)
{
	bool first;

	if (!(*ecn & ATCP_ECN_OK))
		return false;
	if (ip == ATCP_ECN_IP_NOT_ECT)
		return *ecn & ATCP_ECN_SEEN;
	*ecn |= ATCP_ECN_SEEN;
	if (ip != ATCP_ECN_IP_CE)
		return false;
	first = !(*ecn & ATCP_ECN_ECE);
	*ecn |= ATCP_ECN_ECE;
	return first;
}

/**
 * atcp_ecn_each_turns() - does data that came end a run of marks, or of none?
 * @ecn: ATCP_ECN_* of the connection
 * @ip: ECN bits of its IP header
 *
 * RFC 8257 section 3.2: the ACK that waits is about the run before it, and is to be sent first.
 */
bool atcp_ecn_each_turns(u8 ecn, u8 ip)
{
	const u8 each = ATCP_ECN_OK | ATCP_ECN_EACH;

	return (ecn & each) == each && ip != ATCP_ECN_IP_NOT_ECT &&
	       (ip == ATCP_ECN_IP_CE) != !!(ecn & ATCP_ECN_CE);
}

/**
 * atcp_ecn_each_echo() - ACKs are about a run of marks, or of none, from here on
 * @ecn: ATCP_ECN_* of the connection
 * @ce: of marks
 */
void atcp_ecn_each_echo(u8 *ecn, bool ce)
{
	*ecn &= ~(ATCP_ECN_CE | ATCP_ECN_ECE);
	if (ce)
		*ecn |= ATCP_ECN_CE | ATCP_ECN_ECE;
}

/**
 * atcp_ecn_echo() - does an acceptable ACK tell of congestion?
 * @ecn: ATCP_ECN_* of the connection
 * @flags: ATCP_F_* of the segment
 */
bool atcp_ecn_echo(u8 ecn, u8 flags)
{
	return (ecn & ATCP_ECN_OK) && (flags & (ATCP_F_ECE | ATCP_F_SYN)) == ATCP_F_ECE;
}

/**
 * atcp_ecn_reduced() - cwnd was reduced, for whatever reason (section 6.1.2)
 * @ecn: ATCP_ECN_* of the connection
 */
void atcp_ecn_reduced(u8 *ecn)
{
	if (*ecn & ATCP_ECN_OK)
		*ecn |= ATCP_ECN_CWR;
}

/**
 * atcp_ecn_undo() - the reduction was taken back
 * @ecn: ATCP_ECN_* of the connection
 */
void atcp_ecn_undo(u8 *ecn)
{
	*ecn &= ~ATCP_ECN_CWR;
}

/**
 * atcp_ecn_send() - a segment other than a SYN is about to be sent
 * @ecn: ATCP_ECN_* of the connection
 * @new_data: it has data, and none that was sent before
 * @ip: ECN bits for its IP header: only new data is ECT (sections 6.1.4 to 6.1.6), unless the
 *	algorithm needs ECN
 *
 * Return: ATCP_F_* to add to its header
 */
u8 atcp_ecn_send(u8 *ecn, bool new_data, u8 *ip)
{
	u8 flags = 0;

	*ip = ATCP_ECN_IP_NOT_ECT;
	if (!(*ecn & ATCP_ECN_OK))
		return 0;
	if (new_data || (*ecn & ATCP_ECN_EACH))
		*ip = ATCP_ECN_IP_ECT_0;
	if (new_data) {
		if (*ecn & ATCP_ECN_CWR)
			flags |= ATCP_F_CWR;
		*ecn &= ~ATCP_ECN_CWR;
	}
	if (*ecn & ATCP_ECN_ECE)
		flags |= ATCP_F_ECE;
	return flags;
}
