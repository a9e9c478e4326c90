/* SPDX-License-Identifier: GPL-2.0 */
/* TCP-AO (RFC 5925): segments are signed and verified. */
#ifndef _ATCP_AOSEG_H
#define _ATCP_AOSEG_H

#include "state/conn/auth.h"

/* Writes the MAC of @skb (data at the TCP header) into its option, if that is of @key's length. */
void atcp_aoseg_write(const struct atcp_ao_key *key, const u8 *tkey, u32 sne, struct sk_buff *skb,
		      const struct in6_addr *src, const struct in6_addr *dst);

/* The same with a traffic key that is made for this segment, of these ISNs of its two ends. */
void atcp_aoseg_write_once(const struct atcp_ao_key *key, u32 sisn, u32 disn, u32 sne,
			   struct sk_buff *skb, const struct in6_addr *src,
			   const struct in6_addr *dst);

/* A connection's segment. Socket locked, under RCU. */
void atcp_aoseg_sign_own(const struct sock *sk, struct sk_buff *skb);

/*
 * Is @skb, which has the option, signed by a key of @sk's, a connection's or a listener's, or as
 * its request @req has to be; of the connection that @ao was of? Counts. Under RCU.
 */
bool atcp_aoseg_ok(const struct sock *sk, const struct atcp_req *req, const struct sk_buff *skb);
bool atcp_aoseg_ready_ok(struct atcp_net *an, struct atcp_ao *ao, const struct sk_buff *skb);

/* The option of a segment (data, or @th, at its header, which is whole), or NULL. */
u8 *atcp_aoseg_opt(const struct tcphdr *th);

#endif /* _ATCP_AOSEG_H */
