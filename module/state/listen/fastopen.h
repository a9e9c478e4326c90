/* SPDX-License-Identifier: GPL-2.0 */
/* What fast open (RFC 7413) remembers: keys, pending connections, cookies of destinations. */
#ifndef _ATCP_STATE_FASTOPEN_H
#define _ATCP_STATE_FASTOPEN_H

#include "proto/fastopen.h"
#include "state/conn/sock.h"

/* net.atcp.fastopen, Linux's bits */
#define ATCP_FASTOPEN_CLIENT		0x001
#define ATCP_FASTOPEN_SERVER		0x002
#define ATCP_FASTOPEN_CLIENT_NO_COOKIE	0x004
#define ATCP_FASTOPEN_SERVER_NO_COOKIE	0x200
#define ATCP_FASTOPEN_ALL_LISTENERS	0x400

/**
 * enum atcp_fastopen_try - how a destination is asked for its cookie
 * @ATCP_FASTOPEN_TRY_RFC: by option 34 (RFC 7413 4.1.1), as it was not asked in vain yet
 * @ATCP_FASTOPEN_TRY_EXP: by option 254 (RFC 6994, appendix A): it did not answer the other
 * @ATCP_FASTOPEN_TRY_AGAIN: by option 34: it answers neither
 */
enum atcp_fastopen_try {
	ATCP_FASTOPEN_TRY_RFC,
	ATCP_FASTOPEN_TRY_EXP,
	ATCP_FASTOPEN_TRY_AGAIN,
};

/**
 * struct atcp_fastopen_syn - what sendmsg(2) has for the SYN that it asks for
 * @msg: where the data is
 * @size: bytes of it
 * @copied: set: how many of them went into the SYN
 */
struct atcp_fastopen_syn {
	struct msghdr	*msg;
	size_t		size;
	size_t		copied;
};

/* All namespaces' keys and caches, in main.c's order after atcp_net_init(). */
int atcp_fastopen_net_init(void);
void atcp_fastopen_net_exit(void);

/* A connection's fields as of a new one; all that a socket owns, at its very end. */
void atcp_fastopen_init(struct sock *sk);
void atcp_fastopen_forget(struct sock *sk);

/*
 * Keys: those in force for @lsk (RCU), a namespace's, and a socket's own. The
 * latter are set with -ENOMEM as the only error, and read into @keys (num 0:
 * it has none). Is a namespace's one that was set, and not the one that it began with?
 */
void atcp_fastopen_keys(const struct sock *lsk, struct atcp_fastopen_keys *keys);
void atcp_fastopen_net_keys(const struct net *net, struct atcp_fastopen_keys *keys);
void atcp_fastopen_net_set_keys(const struct net *net, const struct atcp_fastopen_keys *keys);
bool atcp_fastopen_net_is_set(const struct net *net);
int atcp_fastopen_set_keys(struct sock *sk, const struct atcp_fastopen_keys *keys);
void atcp_fastopen_own_keys(const struct sock *sk, struct atcp_fastopen_keys *keys);

/* listen(2): bit 0x400 of net.atcp.fastopen gives a socket without TCP_FASTOPEN the backlog. */
void atcp_fastopen_listen(struct sock *sk, int backlog);

/* The pending connections that @lsk's program allows, whether its namespace takes any or not. */
u32 atcp_fastopen_asked(const struct sock *lsk);

/* Room for one more pending connection? Counts TCPFastOpenListenOverflow if not. RCU. */
bool atcp_fastopen_room(const struct sock *lsk);

/* @child, locked, is pending at @lsk from now on. */
void atcp_fastopen_pend(struct sock *lsk, struct sock *child);

/*
 * It is not any more: confirmed, closed, or (@reset) ended by a RST: then its place stays
 * taken for 60 s. Locked.
 */
void atcp_fastopen_release(struct sock *child, bool reset);

/*
 * The cookie for @sk's destination, and the MSS that came with it (0: not known).
 * False: no data may go with the SYN; then @cookie is a request, or -1 long: no
 * option at all. Locked, addresses set.
 */
bool atcp_fastopen_cookie(struct sock *sk, struct atcp_fastopen_cookie *cookie, u16 *mss);

/*
 * What the SYN-ACK taught: the MSS, a cookie or NULL, and if there was none how to ask next. The
 * latter only grows: each kind of the option has its one try.
 */
void atcp_fastopen_learn(struct sock *sk, u16 mss, const struct atcp_fastopen_cookie *cookie,
			 enum atcp_fastopen_try next);

/* The path swallows what follows a fast open: spare the destination for a while. */
void atcp_fastopen_blackhole(struct sock *sk);

/* All of a namespace's destinations are as good as new. */
void atcp_fastopen_unblackhole(const struct net *net);

/* Forgets one destination, or all of them (NULL). */
void atcp_fastopen_flush(const struct net *net, const struct in6_addr *raddr);

/* A connection is over: what it showed of its path. Before its queues are emptied. */
void atcp_fastopen_closed(struct sock *sk);

#endif /* _ATCP_STATE_FASTOPEN_H */
