// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293 3.10.7.4, sixth: the URG bit.
 *
 * The pointer is that of what stacks send (RFC 6093 section 3.1): one past the urgent byte,
 * or with the sysctl stdurg the byte itself. Of several urgent bytes only the last is known.
 */
#include <linux/skbuff.h>
#include <net/sock.h>

#include "conn/urgent.h"
#include "proto/seg.h"
#include "proto/seq.h"
#include "state/conn/rcvq.h"
#include "state/conn/urgent.h"

/* A mark that the reader stands at and has not asked for makes way for the new one. */
static void atcp_urgent_forget(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb;

	if (!atcp_urgent_hole(sk, as->copied_seq) || as->copied_seq == as->rcv_nxt)
		return;
	WRITE_ONCE(as->copied_seq, as->copied_seq + 1);
	skb = skb_peek(&sk->sk_receive_queue);
	if (skb && !atcp_seq_before(as->copied_seq, ATCP_CB(skb)->end_seq))
		atcp_rcvq_eat(sk, skb);
}

/* A segment says where urgent data is. */
static void atcp_urgent_announced(struct sock *sk, const struct atcp_rx *rx)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u32 at = rx->seg.seq + rx->seg.urg;

	if (rx->seg.urg && !READ_ONCE(an->sysctl.stdurg))
		at--;
	/* Read already, or received, or known. */
	if (atcp_seq_before(at, as->copied_seq) || atcp_seq_before(at, as->rcv_nxt) ||
	    (as->urg_data && !atcp_seq_after(at, as->urg_seq)))
		return;

	sk_send_sigurg(sk);
	atcp_urgent_forget(sk);
	WRITE_ONCE(as->urg_seq, at);
	WRITE_ONCE(as->urg_data, ATCP_URG_NOTYET);
}

void atcp_urgent_rcv(struct sock *sk, const struct sk_buff *skb, const struct atcp_rx *rx)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 off;
	u8 byte;

	if (rx->seg.flags & ATCP_F_URG)
		atcp_urgent_announced(sk, rx);
	if (as->urg_data != ATCP_URG_NOTYET)
		return;
	/* A SYN takes a number and has no byte. */
	off = as->urg_seq - rx->seg.seq - !!(rx->seg.flags & ATCP_F_SYN);
	if (off >= skb->len - rx->seg.doff ||
	    skb_copy_bits(skb, rx->seg.doff + off, &byte, sizeof(byte)))
		return;
	WRITE_ONCE(as->urg_data, ATCP_URG_VALID | byte);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
}
