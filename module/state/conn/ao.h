/* SPDX-License-Identifier: GPL-2.0 */
/* TCP-AO (RFC 5925): a socket's keys (MKTs), and which of them is used. */
#ifndef _ATCP_AO_H
#define _ATCP_AO_H

#include <linux/tcp.h>
#include <linux/atcp_ao.h>
#include <linux/in6.h>
#include <linux/jump_label.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>

#include "state/conn/aoalg.h"
#include "state/conn/sock.h"

struct atcp_req;

/**
 * struct atcp_ao_key - a master key tuple, RFC 5925 section 3.1
 * @node: in atcp_ao.keys; written with the socket locked, read under RCU
 * @addr: the peers' address, IPv4 ones as v4-mapped
 * @prefix: leading bits of it that count
 * @flags: TCP_AO_KEYF_*
 * @l3index: the VRF's device, or 0: none; with TCP_AO_KEYF_IFINDEX
 * @sndid: KeyID of what is sent
 * @rcvid: KeyID of what is received
 * @mac: bytes of MAC in a segment
 * @len: bytes of @key
 * @alg: algorithm
 * @key: the master key
 * @tx: traffic key of what a connection sends, of what is not a SYN without ACK
 * @rx: likewise of what it receives
 * @good: segments that were verified by it
 * @bad: segments that were not
 * @rcu: for readers
 */
struct atcp_ao_key {
	struct hlist_node	node;
	struct in6_addr		addr;
	u8			prefix;
	u8			flags;
	u8			sndid;
	u8			rcvid;
	int			l3index;
	u8			mac;
	u8			len;
	const struct atcp_aoalg	*alg;
	u8			key[TCP_AO_MAXKEYLEN];
	u8			tx[ATCP_SEGMAC_DIGEST_MAX];
	u8			rx[ATCP_SEGMAC_DIGEST_MAX];
	atomic64_t		good;
	atomic64_t		bad;
	struct rcu_head		rcu;
};

/**
 * struct atcp_ao - what a socket has of TCP-AO; a TIME_WAIT shares it
 * @keys: its keys, the last one first
 * @current_key: which is sent with (Current_key), NULL: none yet. The peer changes it, without
 *	a lock
 * @rnext_key: which the peer is asked to send with (RNext_key), or NULL
 * @lisn: our ISN, as traffic keys have it
 * @risn: the peer's
 * @ready: both are known, and the keys' traffic keys are made; smp_load_acquire()
 * @snd: a number within 2 GB of what is sent, with its extension in the upper half
 * @rcv: likewise of what is received
 * @opt: bytes of the longest option that any key makes
 * @required: what is not signed is refused, whatever keys there are
 * @accept_icmps: ICMP errors count (RFC 5925 section 7.8)
 * @charged: bytes that the socket's option memory is charged for
 * @good: segments verified; these five are counters of TCP_AO_INFO
 * @bad: segments with a wrong MAC, or one of another length
 * @key_not_found: segments with an unknown KeyID
 * @missing: segments that should have been signed
 * @icmps: ICMP errors that were ignored
 * @ref: the socket's, and the TIME_WAIT's
 * @rcu: for readers
 */
struct atcp_ao {
	struct hlist_head	keys;
	struct atcp_ao_key	*current_key;
	struct atcp_ao_key	*rnext_key;
	u32			lisn;
	u32			risn;
	bool			ready;
	atomic64_t		snd;
	atomic64_t		rcv;
	u8			opt;
	bool			required;
	bool			accept_icmps;
	int			charged;
	atomic64_t		good;
	atomic64_t		bad;
	atomic64_t		key_not_found;
	atomic64_t		missing;
	atomic64_t		icmps;
	refcount_t		ref;
	struct rcu_head		rcu;
};

DECLARE_STATIC_KEY_FALSE(atcp_ao_used);

static inline struct atcp_ao *atcp_ao_of(const struct sock *sk)
{
	return rcu_dereference_check(atcp_sk(sk)->ask.ao, lockdep_sock_is_held(sk));
}

static inline bool atcp_ao_any(const struct sock *sk)
{
	return static_branch_unlikely(&atcp_ao_used) &&
	       rcu_access_pointer(atcp_sk(sk)->ask.ao);
}

/* Bytes of the longest option that a socket's segments may have; 0: there is none. */
static inline unsigned int atcp_ao_room(const struct sock *sk)
{
	const struct atcp_ao *ao;
	unsigned int room = 0;

	if (!atcp_ao_any(sk))
		return 0;
	rcu_read_lock();
	ao = atcp_ao_of(sk);
	if (ao)
		room = READ_ONCE(ao->opt);
	rcu_read_unlock();
	return room;
}

/*
 * The first key for @addr in the VRF @l3index (below 0: in any), with these IDs (below 0: any).
 * atcp_ao_by_id(): of those that are all for one peer. Under RCU, or the socket locked.
 */
struct atcp_ao_key *atcp_ao_find(const struct atcp_ao *ao, const struct in6_addr *addr,
				 int l3index, int sndid, int rcvid);
struct atcp_ao_key *atcp_ao_by_id(const struct atcp_ao *ao, int sndid, int rcvid);

/* Is @key for @addr/@prefix, or for some of them? */
bool atcp_ao_fits(const struct atcp_ao_key *key, const struct in6_addr *addr, u8 prefix,
		  int l3index, int sndid, int rcvid);

/* Has what comes from @addr to be signed? Under RCU, or the socket locked. */
bool atcp_ao_needed(const struct sock *sk, const struct in6_addr *addr, int l3index);

/* @sk's, made if there is none; NULL: no memory. Socket locked, process context. */
struct atcp_ao *atcp_ao_begin(struct sock *sk);

/*
 * Adds a copy of @like, whose traffic keys it makes: the key, or ERR_PTR: -EEXIST or -ENOMEM.
 * atcp_ao_del(): 0, or -EBUSY: it is used. @current_key, @rnext_key: to be used instead, or NULL.
 * @async: of a listener, without waiting. Socket locked, process context.
 */
struct atcp_ao_key *atcp_ao_add(struct sock *sk, struct atcp_ao *ao,
				const struct atcp_ao_key *like);
int atcp_ao_del(struct sock *sk, struct atcp_ao *ao, struct atcp_ao_key *key,
		struct atcp_ao_key *current_key, struct atcp_ao_key *rnext_key, bool async);

/* Makes all traffic keys anew, of what @ao says the ISNs are. Socket locked. */
void atcp_ao_make_traffic_keys(struct sock *sk, struct atcp_ao *ao);

/* Moves @ao's numbers along with the connection's. Socket locked. */
void atcp_ao_follow(const struct sock *sk, struct atcp_ao *ao);

/*
 * connect(2), whose peer is known: leaves the keys that are for it. 0, -EKEYREJECTED or -ENOMEM.
 * Then, with an ISN; and at last with the peer's. Socket locked.
 */
int atcp_ao_connect(struct sock *sk);
void atcp_ao_connecting(struct sock *sk);
void atcp_ao_connected(struct sock *sk);

/* A child has its listener's keys for its peer: 0, -ENOMEM or -EKEYREJECTED. Softirq. */
int atcp_ao_inherit(const struct sock *lsk, struct sock *child, const struct atcp_req *req);

/* A reference for a TIME_WAIT, or NULL; and its end. */
struct atcp_ao *atcp_ao_share(const struct sock *sk);
void atcp_ao_put(struct atcp_ao *ao);

/* Nobody has @sk any more, or it has another signature. */
void atcp_ao_forget(struct sock *sk);

int atcp_ao_init(void);
void atcp_ao_exit(void);

#endif /* _ATCP_AO_H */
