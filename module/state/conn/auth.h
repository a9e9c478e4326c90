/* SPDX-License-Identifier: GPL-2.0 */
/* Signed segments, whichever way: TCP_MD5SIG (RFC 2385) or TCP-AO (RFC 5925). */
#ifndef _ATCP_AUTH_H
#define _ATCP_AUTH_H

#include "proto/opts.h"
#include "state/conn/ao.h"
#include "state/conn/md5.h"
#include "state/shared/mib.h"

struct atcp_req;
struct atcp_tw;

/**
 * struct atcp_auth_answer - what an answer without a socket is signed with; under RCU, or with a
 *	reference to who has the keys
 * @md5: or NULL
 * @ao: or NULL
 * @keyid: KeyID of the option
 * @rnext: its RNextKeyID
 * @cached: by the connection's traffic key
 * @lisn: else by one of this ISN of ours
 * @risn: and this one of the peer's
 * @sne: extension of the answer's sequence number
 */
struct atcp_auth_answer {
	const struct atcp_md5_key	*md5;
	const struct atcp_ao_key	*ao;
	u8				keyid;
	u8				rnext;
	bool				cached;
	u32				lisn;
	u32				risn;
	u32				sne;
};

/* A segment's addresses, IPv4 ones as v4-mapped. */
void atcp_auth_addrs(const struct sk_buff *skb, struct in6_addr *src, struct in6_addr *dst);

/* The VRF that the device @ifindex is in, that @sk is bound to, or that @skb came by; or 0. */
int atcp_auth_vrf(const struct sock *sk, int ifindex);
int atcp_auth_l3index(const struct sock *sk);
int atcp_auth_l3index_in(const struct sock *sk, const struct sk_buff *skb);

/* Bytes of a connection's signature option, 0: its segments are not signed. */
static inline unsigned int atcp_auth_room(const struct sock *sk)
{
	return atcp_ao_room(sk) ?: atcp_md5_peer(sk) ? ATCP_OPTS_MD5_LEN : 0;
}

/* What the options of a connection's segments have of it; of a request's. */
void __atcp_auth_opts(const struct sock *sk, struct atcp_opts_out *o);
void __atcp_auth_req_opts(const struct sock *lsk, const struct atcp_req *req,
			  struct atcp_opts_out *o);

static inline void atcp_auth_opts(const struct sock *sk, struct atcp_opts_out *o)
{
	if (unlikely(atcp_md5_any(sk) || atcp_ao_any(sk)))
		__atcp_auth_opts(sk, o);
}

static inline void atcp_auth_req_opts(const struct sock *lsk, const struct atcp_req *req,
				      struct atcp_opts_out *o)
{
	if (unlikely(atcp_md5_any(lsk) || atcp_ao_any(lsk)))
		__atcp_auth_req_opts(lsk, req, o);
}

static inline bool atcp_auth_has(const struct atcp_opts_out *o)
{
	return o->md5 || o->ao_mac;
}

/* What @req keeps of how its SYN, or the ACK of its cookie, @skb was signed. */
void atcp_auth_req_note(struct atcp_req *req, const struct sk_buff *skb);

/* Is it a request that goes on with TCP-AO, whose key is gone? Then nothing can be said. */
bool atcp_auth_req_mute(const struct atcp_req *req, const struct atcp_opts_out *o);

/*
 * Write the signature of @skb, whose data is at the TCP header, which has the option: of a
 * connection; of a listener's request; of an answer to @in.
 */
void atcp_auth_sign_own(const struct sock *sk, struct sk_buff *skb);
void atcp_auth_sign_req(const struct sock *lsk, struct sk_buff *skb, const struct atcp_req *req);
void atcp_auth_sign_answer(const struct atcp_auth_answer *a, struct sk_buff *skb,
			   const struct sk_buff *in);

/*
 * What an answer with the number @seq to @in is signed with, of a connection or a listener @sk, or
 * its request @req, or a TIME_WAIT; false: it could not be, and is none. Under RCU.
 */
bool __atcp_auth_find_answer(const struct sock *sk, const struct atcp_req *req,
			     const struct sk_buff *in, u32 seq, struct atcp_auth_answer *a);
bool atcp_auth_find_tw(const struct atcp_tw *tw, const struct sk_buff *in, u32 seq,
		       struct atcp_auth_answer *a);

/* The same of @in, which belongs to nothing here. */
bool __atcp_auth_find_stray(struct net *net, const struct sk_buff *in,
			    struct atcp_auth_answer *a);
/* Has @skb (transport header set) a signature? */
bool atcp_auth_signed(const struct sk_buff *skb);

static inline bool atcp_auth_find_stray(struct net *net, const struct sk_buff *in,
					struct atcp_auth_answer *a)
{
	return likely(!atcp_auth_signed(in)) || __atcp_auth_find_stray(net, in, a);
}

static inline bool atcp_auth_find_answer(const struct sock *sk, const struct atcp_req *req,
					 const struct sk_buff *in, u32 seq,
					 struct atcp_auth_answer *a)
{
	if (likely(!atcp_md5_any(sk) && !atcp_ao_any(sk)))
		return true;
	return __atcp_auth_find_answer(sk, req, in, seq, a);
}

/*
 * May @skb (data at the TCP header) come in for @sk, a connection or a listener, or its request
 * @req? Counts why not: ATCP_DROP_NONE, or the reason.
 */
enum atcp_drop __atcp_auth_check(const struct sock *sk, const struct atcp_req *req,
				 const struct sk_buff *skb, const struct atcp_opts *o);

static inline enum atcp_drop atcp_auth_check(const struct sock *sk, const struct atcp_req *req,
					     const struct sk_buff *skb,
					     const struct atcp_opts *o)
{
	if (likely(!(o->has_md5 | o->has_ao | o->bad_auth) && !atcp_md5_any(sk) &&
		   !atcp_ao_any(sk)))
		return ATCP_DROP_NONE;
	return __atcp_auth_check(sk, req, skb, o);
}

/* The same for a TIME_WAIT with TCP-AO, of all but SYNs; Linux looks at none there. */
bool atcp_auth_tw_ok(const struct atcp_tw *tw, const struct sk_buff *skb,
		     const struct atcp_opts *o);

/* A child has its listener's keys for its peer: 0 or -errno. Softirq. */
int atcp_auth_inherit(const struct sock *lsk, struct sock *child, const struct atcp_req *req);

#endif /* _ATCP_AUTH_H */
