// SPDX-License-Identifier: GPL-2.0
/* TCP_SAVE_SYN: the headers of SYNs, kept for who accepts their connections. */
#include "state/listen/synsave.h"

#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/sock.h>

#include "state/conn/sock.h"
#include "state/shared/memcg.h"

/* An IPv6 SYN may have any number of extension headers: what is longer is not kept, bytes. */
#define ATCP_SYNSAVE_MAX	1024

struct atcp_saved_syn *atcp_synsave_make(const struct sock *lsk, const struct sk_buff *skb)
{
	const u8 *end = skb_transport_header(skb) + tcp_hdrlen(skb);
	const u8 *from = skb_network_header(skb);
	u8 what = READ_ONCE(atcp_sk(lsk)->ask.save_syn);
	struct atcp_saved_syn *syn;

	if (likely(!what))
		return NULL;
	if (what > 1 && skb_mac_header_was_set(skb))
		from = skb_mac_header(skb);
	if (end <= from || end - from > ATCP_SYNSAVE_MAX)
		return NULL;
	syn = atcp_memcg_zalloc(lsk, struct_size(syn, data, end - from), GFP_ATOMIC | __GFP_NOWARN);
	if (!syn)
		return NULL;
	refcount_set(&syn->ref, 1);
	syn->len = end - from;
	memcpy(syn->data, from, syn->len);
	return syn;
}

struct atcp_saved_syn *atcp_synsave_get(struct atcp_saved_syn *syn)
{
	if (syn)
		refcount_inc(&syn->ref);
	return syn;
}

void atcp_synsave_put(struct atcp_saved_syn *syn)
{
	if (syn && refcount_dec_and_test(&syn->ref))
		kfree(syn);
}

void atcp_synsave_drop(struct sock *sk)
{
	atcp_synsave_put(atcp_sk(sk)->ask.saved_syn);
	atcp_sk(sk)->ask.saved_syn = NULL;
}
