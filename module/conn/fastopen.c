// SPDX-License-Identifier: GPL-2.0
/* Fast open (RFC 7413) in a connection: the answer to a SYN with data, and what times out. */
#include "conn/fastopen.h"

#include <linux/tcp.h>
#include <net/sock.h>

#include "conn/ack.h"
#include "output/rtx.h"
#include "proto/fastopen.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/listen/fastopen.h"
#include "state/listen/listener.h"
#include "state/shared/mib.h"

int atcp_fastopen_retries(const struct sock *sk)
{
	/* One more than for a request (Linux): the program may have it already. */
	return READ_ONCE(atcp_sk(sk)->syn_retries) ?:
	       atcp_knob(atcp_lst(atcp_sk(sk)->fo.lsk), ATCP_KNOB_SYNACK_RETRIES) + 1;
}

/* The peer has not taken the SYN's data: now it goes as any other. */
static void atcp_fastopen_resend(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	as->fo.fail = as->total_retrans ? TFO_SYN_RETRANSMITTED : TFO_DATA_NOT_ACKED;
	ATCP_INC(sock_net(sk), TCPFASTOPENACTIVEFAIL);
	/* That says nothing of congestion. */
	atcp_rtxq_all_lost(atcp_sk(sk), false);
	atcp_rtx_lost(sk);
}

void atcp_fastopen_synack(struct sock *sk, const struct atcp_rx *rx)
{
	struct atcp_fastopen_cookie cookie = { .len = -1 };
	const struct atcp_opts *o = &rx->opts;
	enum atcp_fastopen_try next = ATCP_FASTOPEN_TRY_RFC;
	struct atcp_sock *as = atcp_sk(sk);

	/* One that was not asked for is nobody's. */
	if (as->fo.asked && o->has_fastopen && o->fastopen_len) {
		cookie.len = o->fastopen_len;
		cookie.exp = o->fastopen_exp;
		memcpy(cookie.val, o->fastopen, sizeof(cookie.val));
	} else if (as->fo.asked && !as->fo.data && !as->total_retrans) {
		/* The SYN arrived with the option: it is not known there, or not by this number. */
		next = as->fo.exp ? ATCP_FASTOPEN_TRY_AGAIN : ATCP_FASTOPEN_TRY_EXP;
	}
	atcp_fastopen_learn(sk, o->has_mss ? o->mss : as->mss_clamp,
			    cookie.len > 0 ? &cookie : NULL, next);
	if (!as->fo.data)
		return;
	if (as->packets_out)
		atcp_ack_process(sk, rx, false);
	if (as->packets_out) {
		atcp_fastopen_resend(sk);
		return;
	}
	as->fo.data_acked = 1;
	/* One segment was delivered, which had both. */
	if (as->delivered > 1)
		as->delivered--;
	ATCP_INC(sock_net(sk), TCPFASTOPENACTIVE);
	atcp_ack_check_space(sk);
}

void atcp_fastopen_timeout(struct sock *sk, bool over)
{
	const struct atcp_sock *as = atcp_sk(sk);

	/* The third in a row, or all that there are. */
	if (!(as->fo.asked || as->fo.data || as->fo.data_acked) ||
	    (as->retransmits != 2 && !(as->retransmits < 2 && over)))
		return;
	atcp_fastopen_blackhole(sk);
	ATCP_INC(sock_net(sk), TCPFASTOPENACTIVEFAIL);
}

void atcp_fastopen_stray(struct sock *sk, const struct atcp_rx *rx)
{
	const struct atcp_sock *as = atcp_sk(sk);

	if (as->fo.asked && !as->data_segs_in && (rx->seg.flags & ATCP_F_RST) &&
	    sk->sk_state == TCP_ESTABLISHED)
		atcp_fastopen_blackhole(sk);
}
