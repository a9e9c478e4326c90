// SPDX-License-Identifier: GPL-2.0
/*
 * The path's MTU has shrunk (RFC 1191, 8201): what was too large is lost, and not by congestion.
 */
#include "conn/pmtu.h"

#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/sock.h>

#include "conn/recovery.h"
#include "output/route.h"
#include "output/rtx.h"
#include "output/xmit.h"
#include "state/conn/rtxq.h"
#include "state/shared/mib.h"

/*
 * Marks what is larger than a segment may be now as lost; of a SYN with data both, which are two
 * skbs that went as one segment. True: something was.
 */
static bool atcp_pmtu_mark_large(struct sock *sk, u32 mss)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool syn_data = sk->sk_state == TCP_SYN_SENT && as->fo.data;
	u32 before = as->lost_out;
	struct sk_buff *skb;

	for (skb = atcp_rtxq_head(as); skb; skb = atcp_rtxq_next(skb)) {
		const struct atcp_cb *cb = ATCP_CB(skb);

		if ((syn_data || (cb->mss > mss && skb->len > mss)) &&
		    !(cb->sacked & (ATCP_CB_SACKED | ATCP_CB_LOST)))
			atcp_rtxq_lost(as, skb);
	}
	return as->lost_out != before;
}

void atcp_pmtu_reduced(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct dst_entry *dst;

	if ((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE))
		return;
	dst = as->af_ops->route(sk);
	if (!dst || dst_mtu(dst) >= as->pmtu)
		return;
	ATCP_INC(sock_net(sk), PMTUCHANGED);
	atcp_xmit_sync_mss(sk, dst_mtu(dst));
	if (!atcp_pmtu_mark_large(sk, as->mss_cache))
		return;
	if (as->ca_state != ATCP_CA_LOSS)
		atcp_recovery_repair(as);
	atcp_rtx_lost(sk);
}
