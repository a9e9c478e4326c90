/* SPDX-License-Identifier: GPL-2.0 */
/* Both sides' first segment of a fast open (RFC 7413 section 4.2): the SYN and its SYN-ACK. */
#ifndef _ATCP_SYNDATA_H
#define _ATCP_SYNDATA_H

struct atcp_fastopen_cookie;
struct sk_buff;
struct sock;

/*
 * Sends @syn, the head of rtxq, with what fo.syn has, or with a cookie request;
 * once: a retransmission has neither. As atcp_xmit_skb(). Process context, locked.
 */
int atcp_syndata_send(struct sock *sk, struct sk_buff *syn);

/*
 * Queues and sends @skb, the SYN-ACK of a connection that was made at the SYN,
 * with @cookie if that is not -1 long. The RTO repeats it, as after a simultaneous
 * open. As atcp_xmit_skb(). Locked.
 */
int atcp_syndata_synack(struct sock *sk, struct sk_buff *skb,
			const struct atcp_fastopen_cookie *cookie);

#endif /* _ATCP_SYNDATA_H */
