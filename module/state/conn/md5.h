/* SPDX-License-Identifier: GPL-2.0 */
/* TCP_MD5SIG (RFC 2385): a socket's keys, and the signatures of segments. */
#ifndef _ATCP_MD5_H
#define _ATCP_MD5_H

#include <linux/in6.h>
#include <linux/jump_label.h>
#include <linux/rcupdate.h>
#include <linux/tcp.h>

#include "proto/opts.h"
#include "state/conn/sock.h"

/**
 * struct atcp_md5_key - what segments to and from some peers are signed with
 * @node: in atcp_md5.keys; written with the socket locked, read under RCU
 * @addr: the peers' address, IPv4 ones as v4-mapped
 * @prefix: leading bits of it that count
 * @bound: for @l3index alone
 * @l3index: the VRF's device, or 0: none
 * @len: bytes of @key
 * @key: the secret
 * @rcu: for readers
 */
struct atcp_md5_key {
	struct hlist_node	node;
	struct in6_addr		addr;
	u8			prefix;
	bool			bound;
	int			l3index;
	u8			len;
	u8			key[TCP_MD5SIG_MAXKEYLEN];
	struct rcu_head		rcu;
};

/* The keys of a socket that ever had one. */
struct atcp_md5 {
	struct hlist_head	keys;
};

DECLARE_STATIC_KEY_FALSE(atcp_md5_used);

/* Before the first key: from then on segments are looked at. Process context: 0 or -errno. */
int atcp_md5_begin(void);

/*
 * Sets the key of @like (its address, prefix, device, key), or takes it away if it has no bytes.
 * Socket locked, process context: 0, -ENOENT or -ENOMEM.
 */
int atcp_md5_set(struct sock *sk, const struct atcp_md5_key *like);

static inline bool atcp_md5_any(const struct sock *sk)
{
	return static_branch_unlikely(&atcp_md5_used) &&
	       rcu_access_pointer(atcp_sk(sk)->ask.md5);
}

/* Is there a key that is for @addr in the VRF @l3index, below 0: in any? Socket locked. */
bool __atcp_md5_match(const struct sock *sk, const struct in6_addr *addr, int l3index);

static inline bool atcp_md5_match(const struct sock *sk, const struct in6_addr *addr, int l3index)
{
	return atcp_md5_any(sk) && __atcp_md5_match(sk, addr, l3index);
}

/* Has it any key? Socket locked. */
bool atcp_md5_keyed(const struct sock *sk);

/* Are the segments of a connection signed? Its peer is known. */
bool __atcp_md5_peer(const struct sock *sk);

static inline bool atcp_md5_peer(const struct sock *sk)
{
	return atcp_md5_any(sk) && __atcp_md5_peer(sk);
}

/* Are those of a listener's request to @raddr by the device @ifindex signed? */
bool __atcp_md5_has(const struct sock *lsk, const struct in6_addr *raddr, int ifindex);

static inline bool atcp_md5_has(const struct sock *lsk, const struct in6_addr *raddr, int ifindex)
{
	return atcp_md5_any(lsk) && __atcp_md5_has(lsk, raddr, ifindex);
}

/*
 * Write the signature of @skb, whose data is at the TCP header, which has the option: by a
 * connection's key; by a listener's for the peer of its request @m; by @key, in answer to @in.
 */
void atcp_md5_sign_own(const struct sock *sk, struct sk_buff *skb);
void atcp_md5_sign_for(const struct sock *lsk, struct sk_buff *skb, const struct atcp_mini *m);
void atcp_md5_sign_answer(const struct atcp_md5_key *key, struct sk_buff *skb,
			  const struct sk_buff *in);

/* What an answer of @sk's to @in is signed with, or NULL. Under RCU. */
const struct atcp_md5_key *__atcp_md5_find_answer(const struct sock *sk, const struct sk_buff *in);

static inline const struct atcp_md5_key *atcp_md5_find_answer(const struct sock *sk,
							      const struct sk_buff *in)
{
	return atcp_md5_any(sk) ? __atcp_md5_find_answer(sk, in) : NULL;
}

/* The same of a listener for @in (data at the TCP header), if that is signed by this key. */
const struct atcp_md5_key *__atcp_md5_find_stray(const struct sock *lsk, const struct sk_buff *in);

/* Has @skb (transport header set) a signature? */
bool atcp_md5_signed(const struct sk_buff *skb);

/*
 * May @skb (data at the TCP header) come in for @sk, a connection or a listener? Counts why not.
 * @has: it has the option.
 */
bool __atcp_md5_ok(const struct sock *sk, const struct sk_buff *skb, bool has);

static inline bool atcp_md5_ok(const struct sock *sk, const struct sk_buff *skb, bool has)
{
	return likely(!has && !atcp_md5_any(sk)) || __atcp_md5_ok(sk, skb, has);
}

/* A child has its listener's key for its peer: 0 or -ENOMEM. Softirq. */
int atcp_md5_inherit(const struct sock *lsk, struct sock *child);

/* A copy that a TIME_WAIT has of a connection's key, or NULL; freed by kfree_rcu(). */
struct atcp_md5_key *atcp_md5_copy(const struct sock *sk);

/* Nobody has @sk any more. */
void atcp_md5_forget(struct sock *sk);

int atcp_md5_init(void);
void atcp_md5_exit(void);

#endif /* _ATCP_MD5_H */
