// SPDX-License-Identifier: GPL-2.0
/*
 * A listener of the kernel's that stands for one of ours where netfilter's tproxy looks
 * for one.
 *
 * tproxy takes a packet for a foreign address to a transparent listener by looking for
 * that in the kernel's tables, and no rule goes on when there is none. So a listener of
 * ours with IP_TRANSPARENT has a decoy: a kernel TCP socket that really listens at the same
 * address and port. tproxy assigns it to the packet, the packet is routed to this host by
 * the user's rule, and our hook at LOCAL_IN finds by the decoy which listener is meant.
 *
 * Its packets are all taken by that hook. Should one come by nevertheless (IPv6 fragments
 * that nobody put together before), the decoy drops a SYN and knows no connections.
 *
 * It is compatible with holds and other decoys, and with nobody else: see state/shared/hold.c.
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/uidgid.h>
#include <net/inet_connection_sock.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "compat/route.h"
#include "state/conn/sock.h"
#include "state/listen/decoy.h"
#include "state/listen/listener.h"
#include "state/shared/portmap.h"

/* The kernel's own with another answer to SYNs: of IPv4 and of IPv6 sockets. */
static struct inet_connection_sock_af_ops atcp_decoy_ops[2];
static const struct inet_connection_sock_af_ops *atcp_decoy_theirs[2];
static DEFINE_MUTEX(atcp_decoy_lock);

/* It is locked under the lock of its listener. */
static struct lock_class_key atcp_decoy_keys[2];

/* 0: taken, and nothing is done about it. */
static int atcp_decoy_request(struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

static void atcp_decoy_mark(struct sock *hsk)
{
	struct inet_connection_sock *icsk = inet_csk(hsk);
	bool v6 = hsk->sk_family == AF_INET6;

	mutex_lock(&atcp_decoy_lock);
	if (!atcp_decoy_theirs[v6]) {
		atcp_decoy_ops[v6] = *icsk->icsk_af_ops;
		atcp_decoy_ops[v6].conn_request = atcp_decoy_request;
		atcp_decoy_theirs[v6] = icsk->icsk_af_ops;
	}
	mutex_unlock(&atcp_decoy_lock);
	WRITE_ONCE(icsk->icsk_af_ops, &atcp_decoy_ops[v6]);
}

bool atcp_decoy_is(const struct sock *sk)
{
	return sk_fullsock(sk) && sk->sk_protocol == IPPROTO_TCP &&
	       (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       READ_ONCE(inet_csk(sk)->icsk_af_ops) == &atcp_decoy_ops[sk->sk_family == AF_INET6];
}

/* Bound as @lsk is; no capability is needed and no program is asked. */
static int atcp_decoy_bind(struct sock *hsk, const struct sock *lsk)
{
	struct inet_sock *inet = inet_sk(hsk);
	int err;

	lock_sock(hsk);
	hsk->sk_uid = INVALID_UID;
	hsk->sk_reuseport = 1;
	hsk->sk_reuse = lsk->sk_reuse;
	hsk->sk_bound_dev_if = lsk->sk_bound_dev_if;
	hsk->sk_ipv6only = lsk->sk_ipv6only;
	inet->inet_rcv_saddr = inet_sk(lsk)->inet_rcv_saddr;
	inet->inet_saddr = inet_sk(lsk)->inet_saddr;
	hsk->sk_v6_rcv_saddr = lsk->sk_v6_rcv_saddr;
	atcp_compat_set_transparent(hsk);
	err = hsk->sk_prot->get_port(hsk, inet_sk(lsk)->inet_num);
	if (!err) {
		inet->inet_sport = htons(inet->inet_num);
		hsk->sk_userlocks |= SOCK_BINDPORT_LOCK | SOCK_BINDADDR_LOCK;
	}
	release_sock(hsk);
	return err;
}

static void atcp_decoy_free(struct socket *decoy)
{
	struct sock *hsk = decoy->sk;

	/* Who still has it does not come into our code by it. */
	WRITE_ONCE(inet_csk(hsk)->icsk_af_ops, atcp_decoy_theirs[hsk->sk_family == AF_INET6]);
	sock_release(decoy);
}

static struct socket *atcp_decoy_new(const struct sock *lsk)
{
	struct socket *decoy;
	int err;

	err = sock_create_kern(sock_net(lsk), lsk->sk_family, SOCK_STREAM, IPPROTO_TCP, &decoy);
	if (err)
		return ERR_PTR(err);
	SOCK_INODE(decoy)->i_uid = INVALID_UID;
	sock_lock_init_class_and_name(decoy->sk, "slock-ATCP-DECOY", &atcp_decoy_keys[0],
				      "sk_lock-ATCP-DECOY", &atcp_decoy_keys[1]);
	atcp_decoy_mark(decoy->sk);
	err = atcp_decoy_bind(decoy->sk, lsk);
	if (!err)
		err = kernel_listen(decoy, 0);
	if (err) {
		atcp_decoy_free(decoy);
		return ERR_PTR(err);
	}
	return decoy;
}

int atcp_decoy_update(struct sock *lsk)
{
	struct atcp_listener *l = atcp_lst(lsk);
	struct socket *decoy;

	if (!atcp_compat_transparent(lsk)) {
		atcp_decoy_stop(lsk);
		return 0;
	}
	if (l->decoy)
		return 0;
	atcp_portmap_all(l->an);
	decoy = atcp_decoy_new(lsk);
	if (IS_ERR(decoy))
		return PTR_ERR(decoy);
	l->decoy = decoy;
	return 0;
}

void atcp_decoy_stop(struct sock *lsk)
{
	struct atcp_listener *l = atcp_lst(lsk);

	if (!l->decoy)
		return;
	atcp_decoy_free(l->decoy);
	l->decoy = NULL;
}
