// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel TCP socket that holds a port, so that each stack knows what the
 * other has bound.
 *
 * It is bound as its atcp socket is: same address, device and SO_REUSEADDR. It
 * never listens or connects, so no packet ever finds it; it only stands in the
 * kernel's bind table. Two tricks make its conflicts those of Linux:
 *
 * - Holds must not conflict with each other, for atcp's own table decides that.
 *   All of them have SO_REUSEPORT with one owner that no process can be,
 *   INVALID_UID: compatible with each other, and with nobody else.
 * - While the atcp socket listens, its hold says TCP_LISTEN (a mark: it is in no
 *   listening table), because SO_REUSEADDR is no help against a listener. Going
 *   through get_port() again with that mark finds a kernel socket that listens
 *   already, and makes the bucket forget its cached "all reuse" (fastreuse).
 */
#include <linux/err.h>
#include <linux/ipv6.h>
#include <linux/llist.h>
#include <linux/net.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "state/shared/hold.h"

#include "state/shared/mib.h"

/**
 * struct atcp_hold - one held port
 * @sock: the kernel socket
 * @ref: the bound socket, its children and TIME_WAITs have one each
 * @lsk: the atcp socket that listens on it, only compared
 * @gone: in the list of those to be released
 */
struct atcp_hold {
	struct socket		*sock;
	refcount_t		ref;
	const struct sock	*lsk;
	struct llist_node	gone;
};

static LLIST_HEAD(atcp_hold_gone);

/* sock_release() sleeps, and the last reference may go in softirq. */
static void atcp_hold_release(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&atcp_hold_gone);
	struct atcp_hold *h, *next;

	llist_for_each_entry_safe(h, next, list, gone) {
		sock_release(h->sock);
		kfree(h);
	}
}

static DECLARE_WORK(atcp_hold_work, atcp_hold_release);

struct atcp_hold *atcp_hold_new(const struct sock *sk)
{
	struct atcp_hold *h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);
	struct sock *hsk;
	int err;

	if (!h)
		return ERR_PTR(-ENOMEM);
	err = sock_create_kern(sock_net(sk), sk->sk_family, SOCK_STREAM,
			       IPPROTO_TCP, &h->sock);
	if (err) {
		kfree(h);
		return ERR_PTR(err);
	}
	refcount_set(&h->ref, 1);
	hsk = h->sock->sk;
	SOCK_INODE(h->sock)->i_uid = INVALID_UID;
	hsk->sk_uid = INVALID_UID;
	hsk->sk_reuseport = 1;
	return h;
}

int atcp_hold_bind(struct atcp_hold *h, const struct sock *sk, u16 port)
{
	struct sock *hsk = h->sock->sk;
	struct inet_sock *inet = inet_sk(hsk);
	int err;

	lock_sock_nested(hsk, SINGLE_DEPTH_NESTING);
	hsk->sk_reuse = sk->sk_reuse;
	hsk->sk_bound_dev_if = sk->sk_bound_dev_if;
	hsk->sk_ipv6only = sk->sk_ipv6only;
	inet->inet_rcv_saddr = inet_sk(sk)->inet_rcv_saddr;
	inet->inet_saddr = inet_sk(sk)->inet_saddr;
	hsk->sk_v6_rcv_saddr = sk->sk_v6_rcv_saddr;

	/* Not kernel_bind(): no capability is needed and no cgroup program is asked twice. */
	err = hsk->sk_prot->get_port(hsk, port);
	if (!err) {
		inet->inet_sport = htons(inet->inet_num);
		hsk->sk_userlocks |= SOCK_BINDPORT_LOCK | SOCK_BINDADDR_LOCK;
	} else if (err == -EADDRINUSE) {
		ATCP_INC(sock_net(sk), PORTHELDBYKERNEL);
	}
	release_sock(hsk);
	return err;
}

int atcp_hold_listen(struct atcp_hold *h, const struct sock *sk)
{
	struct sock *hsk = h->sock->sk;
	int err;

	lock_sock_nested(hsk, SINGLE_DEPTH_NESTING);
	hsk->sk_reuse = sk->sk_reuse;
	WRITE_ONCE(h->lsk, sk);
	WRITE_ONCE(hsk->sk_state, TCP_LISTEN);
	err = hsk->sk_prot->get_port(hsk, inet_sk(hsk)->inet_num);
	if (err)
		atcp_hold_unlisten(h, sk);
	release_sock(hsk);
	return err;
}

void atcp_hold_unlisten(struct atcp_hold *h, const struct sock *sk)
{
	if (READ_ONCE(h->lsk) != sk)
		return;
	/* A word that bind conflicts look at under their own lock; nothing else does. */
	WRITE_ONCE(h->sock->sk->sk_state, TCP_CLOSE);
	WRITE_ONCE(h->lsk, NULL);
}

struct atcp_hold *atcp_hold_get(struct atcp_hold *h)
{
	refcount_inc(&h->ref);
	return h;
}

void atcp_hold_put(struct atcp_hold *h)
{
	struct sock *hsk = h->sock->sk;

	if (!refcount_dec_and_test(&h->ref))
		return;

	/* tcp_close() of something that says LISTEN would look for its queues. */
	WRITE_ONCE(hsk->sk_state, TCP_CLOSE);
	/* Nobody else knows the socket any more, so its lock is not needed. */
	if (inet_sk(hsk)->inet_num)
		hsk->sk_prot->put_port(hsk);
	if (llist_add(&h->gone, &atcp_hold_gone))
		schedule_work(&atcp_hold_work);
}

void atcp_hold_flush(void)
{
	flush_work(&atcp_hold_work);
}
