// SPDX-License-Identifier: GPL-2.0
/*
 * Which algorithm steers a connection's window.
 *
 * A route's word goes before TCP_CONGESTION, that before net.atcp.congestion_control. A socket
 * holds the module of its algorithm, and so does a namespace: it cannot go while it is used.
 */
#include "state/conn/steer.h"

#include <linux/capability.h>
#include <net/dst.h>
#include <net/sock.h>

#include "proto/ecn.h"
#include "state/conn/sock.h"

/* What the algorithm needs of ECN, where others look. */
static void atcp_steer_mark(struct atcp_sock *as)
{
	u8 flags = as->ecn.flags & ~ATCP_ECN_EACH;

	if (as->cong.ops->needs_ecn)
		flags |= ATCP_ECN_EACH;
	WRITE_ONCE(as->ecn.flags, flags);
}

/* @ops with a reference, which the socket has from here on; that of the old one is put. */
static void atcp_steer_switch(struct atcp_sock *as, const struct atcp_cong_ops *ops)
{
	const struct atcp_cong_ops *old = as->cong.ops;

	atcp_cong_switch(&as->cong, ops);
	atcp_steer_mark(as);
	atcp_cong_put(old);
}

void atcp_steer_init(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	atcp_cong_start(&as->cong, atcp_net_cong_get(atcp_sock_net(sk)), as->mss_cache);
	atcp_steer_mark(as);
}

void atcp_steer_child(const struct sock *lsk, struct sock *child)
{
	const struct atcp_cong *c = &atcp_sk(lsk)->cong;
	const struct atcp_cong_ops *ops = NULL;
	struct atcp_sock *as = atcp_sk(child);
	bool by_user = READ_ONCE(c->by_user);

	if (by_user) {
		/* The listener is not locked: what it has may be about to go, but not just now. */
		rcu_read_lock();
		ops = READ_ONCE(c->ops);
		if (ops && !atcp_cong_try_get(ops))
			ops = NULL;
		rcu_read_unlock();
	}
	atcp_cong_start(&as->cong, ops ?: atcp_net_cong_get(atcp_sock_net(lsk)), as->mss_cache);
	as->cong.by_user = by_user;
	atcp_steer_mark(as);
}

void atcp_steer_route(struct sock *sk, const struct dst_entry *dst)
{
	u32 key = dst ? dst_metric_raw(dst, RTAX_CC_ALGO) : 0;
	const struct atcp_cong_ops *ops;
	struct atcp_sock *as = atcp_sk(sk);

	as->cong_locked = false;
	if (!key)
		return;
	ops = atcp_cong_find_key_get(key);
	if (!ops)
		return;
	as->cong_locked = dst_metric_locked(dst, RTAX_CC_ALGO);
	atcp_steer_switch(as, ops);
}

void atcp_steer_begin(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_cong_path path = {
		.now_us		= atcp_sock_now_us(),
		.srtt_us	= as->rtt.srtt_us >> 3,
		.mss		= as->mss_cache,
		.delivered	= as->delivered,
		.sack		= as->sack_ok,
		.ecn		= as->ecn.flags & (ATCP_ECN_OK | ATCP_ECN_ACC),
	};

	atcp_cong_begin(&as->cong, &path);
	atcp_steer_mark(as);
	/* What the SYN went with. */
	as->ecn.ip = ATCP_ECN_IP_NOT_ECT;
}

/* The socket is locked, @ops held. */
static int atcp_steer_choose(struct sock *sk, const struct atcp_cong_ops *ops, bool admin)
{
	const int none = TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT | TCPF_SYN_RECV;
	struct atcp_sock *as = atcp_sk(sk);

	if (as->cong_locked)
		return -EPERM;
	if (ops == as->cong.ops) {
		as->cong.by_user = true;
		return -EALREADY;
	}
	if (READ_ONCE(ops->restricted) && !admin)
		return -EPERM;
	atcp_steer_switch(as, ops);
	as->cong.by_user = true;
	if (!((1 << sk->sk_state) & none))
		atcp_steer_begin(sk);
	return 0;
}

int atcp_steer_user(struct sock *sk, const char *name, bool admin)
{
	const struct atcp_cong_ops *ops = atcp_cong_load_get(name);
	int err;

	lock_sock(sk);
	if (!ops)
		err = atcp_sk(sk)->cong_locked ? -EPERM : -ENOENT;
	else
		err = atcp_steer_choose(sk, ops, admin);
	release_sock(sk);
	if (err)
		atcp_cong_put(ops);
	return err == -EALREADY ? 0 : err;
}

void atcp_steer_restart(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_cong_ops *ops = as->cong.ops;
	bool by_user = as->cong.by_user;

	atcp_cong_stop(&as->cong);
	atcp_cong_start(&as->cong, ops, as->mss_cache);
	as->cong.by_user = by_user;
	atcp_steer_mark(as);
}

void atcp_steer_release(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	const struct atcp_cong_ops *ops = as->cong.ops;

	if (!ops)
		return;
	atcp_cong_stop(&as->cong);
	atcp_cong_put(ops);
}
