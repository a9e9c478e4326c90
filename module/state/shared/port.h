/* SPDX-License-Identifier: GPL-2.0 */
/* Who has which local port: atcp's own bind table, and the kernel TCP's table beside it. */
#ifndef _ATCP_PORT_H
#define _ATCP_PORT_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct atcp_hold;
struct atcp_tw;
struct net;
struct sock;

/**
 * struct atcp_bind_chain - some of what has a port
 * @owners: sockets, by atcp_sock.tb_node
 * @tws: TIME_WAITs, by atcp_tw.tb_node
 */
struct atcp_bind_chain {
	struct hlist_head	owners;
	struct hlist_head	tws;
};

/**
 * struct atcp_bind_bucket - one local port that something of atcp's has
 * @node: chain of the table's head; written under the head's lock, read under RCU
 * @net: namespace (no reference: what is bound has one, or goes before it)
 * @l3mdev: the VRF it is in, or 0
 * @port: host order
 * @grouped: all owners that there ever were have SO_REUSEPORT and are @uid's, so that
 *	another such need not be compared with each of them; head's lock
 * @uid: whose
 * @held: of @users those whose port was asked for by bind(2) or
 *	listen(2): connect(2) passes by such a port. Head's lock.
 * @users: sockets and TIME_WAITs in @all and @by_addr; head's lock
 * @all: of them those with no address of their own, and all while @by_addr is not there
 * @by_addr: of a port that many have, the others, by a hash of their address; or NULL. Head's lock.
 * @quiet: tombstones, which keep nobody from anything but the bucket from its end; head's lock
 * @rcu: for readers of the chain
 */
struct atcp_bind_bucket {
	struct hlist_node	node;
	struct net		*net;
	int			l3mdev;
	u16			port;
	bool			grouped;
	kuid_t			uid;
	unsigned int		held;
	unsigned int		users;
	unsigned int		quiet;
	struct atcp_bind_chain	all;
	struct atcp_bind_chain	*by_addr;
	struct rcu_head		rcu;
};

int atcp_port_init(void);
void atcp_port_exit(void);

/*
 * proto.get_port: binds @sk to @snum (0: chosen), by Linux's rules for
 * SO_REUSEADDR and SO_REUSEPORT among atcp's own sockets and, through a kernel
 * TCP socket bound to the same address that is held as long as the port
 * (state/shared/hold.h), against the kernel's. 0 or a negative errno (-EADDRINUSE,
 * -ENOMEM).
 */
int atcp_port_get(struct sock *sk, unsigned short snum);

/*
 * Checks again for listen(2), when @sk no longer shares, and chooses a port if
 * there is none: 0 or -EADDRINUSE. @sk is in TCP_LISTEN already, so that of two
 * that try at once at most one succeeds, but not in the listener table.
 */
int atcp_port_listen(struct sock *sk);

/* Undoes atcp_port_listen()'s claim when the listener closes and others stay on the port. */
void atcp_port_unlisten(struct sock *sk);

/* Gives the port up (any context). */
void atcp_port_put(struct sock *sk);

/* A child shares its listener's port (softirq). 0, or -ENOENT: the listener has lost it. */
int atcp_port_inherit(const struct sock *lsk, struct sock *child);

/*
 * @sk's own address changes while it has a port: whoever asks for that port is compared with it
 * from now on, whatever his address is. Called before it changes.
 */
void atcp_port_moved(struct sock *sk);

/* Is @port for connect(2) to choose: reserved by no sysctl, bound by nobody? */
bool atcp_port_is_free(const struct sock *sk, u16 port);

/*
 * Makes @sk an owner of @port, as others may be: 0, -EADDRINUSE (bound meanwhile) or -ENOMEM.
 * @hold: of a port that the kernel might choose, whose reference is then @sk's, or NULL.
 */
int atcp_port_share(struct sock *sk, u16 port, struct atcp_hold *hold);

/*
 * The ports to choose from for @sk: the namespace's, or what of them IP_LOCAL_PORT_RANGE has left.
 * True: the option was set, and every one of them counts.
 */
bool atcp_port_range(const struct sock *sk, int *low, int *high);

/* A TIME_WAIT stays on @sk's port (called before @sk gives it up), and leaves it. */
void atcp_port_tw_add(struct atcp_tw *tw, struct sock *sk);
void atcp_port_tw_del(struct atcp_tw *tw);

/* Waits until held kernel sockets that were given up are released (module and netns exit). */
void atcp_port_flush(void);

/* state/shared/ephem.c. */
int atcp_ephem_init(void);
void atcp_ephem_exit(void);

/*
 * For connect(2) with addresses and the remote port set: picks a local port if
 * there is none (RFC 6056 section 3.3.4, atcp's own range, checked against the
 * kernel's tables) and puts @sk into the connection table.
 * 0, -EADDRNOTAVAIL, -ENOMEM.
 */
int atcp_port_connect(struct sock *sk);

#endif /* _ATCP_PORT_H */
