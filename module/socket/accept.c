// SPDX-License-Identifier: GPL-2.0
/* listen(2) and accept(2): a socket becomes a listener, and its connections become files. */
#include <linux/minmax.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <net/inet_common.h>
#include <net/sock.h>

#include "compat/listen.h"
#include "conn/close.h"
#include "listen/park.h"
#include "socket/accept.h"
#include "state/conn/sock.h"
#include "state/conn/sockfilter.h"
#include "state/listen/acceptq.h"
#include "state/listen/decoy.h"
#include "state/listen/listener.h"
#include "state/shared/hash.h"
#include "state/shared/memcg.h"
#include "state/shared/port.h"
#include "state/shared/trace.h"

static int atcp_accept_start(struct sock *sk, int backlog)
{
	int err;

	sk->sk_ack_backlog = 0;
	/* TCP_QUICKACK's state is a connection's. */
	atcp_sk(sk)->pingpong = 0;
	err = atcp_listener_start(sk, backlog);
	if (err)
		return err;

	/* The state comes first: who asks for the port must see a listener. */
	atcp_sock_set_state(sk, TCP_LISTEN, ATCP_CAUSE_LISTEN);
	err = atcp_port_listen(sk);
	if (err)
		goto err_state;
	sk_dst_reset(sk);
	err = atcp_decoy_update(sk);
	if (err)
		goto err_port;
	err = atcp_hash_listen(sk);
	if (err)
		goto err_decoy;
	atcp_listener_added(atcp_lst(sk));
	return 0;

err_decoy:
	atcp_decoy_stop(sk);
err_port:
	atcp_port_unlisten(sk);
err_state:
	/*
	 * It was in no table, and a port that it was bound to stays bound. A request
	 * of when it listened before may still be there.
	 */
	inet_sk_set_state(sk, TCP_CLOSE);
	atcp_listener_stop(sk);
	return err;
}

int atcp_accept_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	int err = -EINVAL;

	atcp_sockfilter_see(sk);
	lock_sock(sk);
	if (sock->state != SS_UNCONNECTED)
		goto out;
	backlog = atcp_compat_listen_asked(sock_net(sk), backlog);
	if ((u32)backlog > (u32)READ_ONCE(atcp_net_get(sock_net(sk))->sysctl.somaxconn))
		ATCP_INC(sock_net(sk), BACKLOGTRUNCATED);

	switch (sk->sk_state) {
	case TCP_LISTEN:
		/* Only the limit changes; a higher one may have room for parked requests. */
		atcp_owner_take(&atcp_lst(sk)->owner);
		atcp_knob_relisten(atcp_lst(sk), backlog);
		err = 0;
		break;
	case TCP_CLOSE:
		err = atcp_accept_start(sk, backlog);
		break;
	}
out:
	release_sock(sk);
	return err;
}

bool atcp_accept_ready(const struct sock *sk)
{
	const struct atcp_listener *l = atcp_lst(sk);

	return l && !list_empty(&l->acceptq.head);
}

/*
 * Sleeps until there is a connection. One sleeper is woken for each, in the
 * order in which they came: exclusive waiters stand behind the others.
 */
static int atcp_accept_wait(struct sock *sk, long timeo)
{
	DEFINE_WAIT(wait);
	int err;

	for (;;) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
		release_sock(sk);
		if (!atcp_accept_ready(sk))
			timeo = schedule_timeout(timeo);
		sched_annotate_sleep();
		lock_sock(sk);

		err = 0;
		if (atcp_accept_ready(sk))
			break;
		err = -EINVAL;
		if (sk->sk_state != TCP_LISTEN)
			break;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		err = -EAGAIN;
		if (!timeo)
			break;
	}
	finish_wait(sk_sleep(sk), &wait);
	return err;
}

/* @kern is of no use here: a connection is a kernel socket if its listener is. */
struct sock *atcp_accept_next(struct sock *sk, int flags, int *err, bool kern)
{
	struct sock *newsk = NULL;
	int error = -EINVAL;

	atcp_sockfilter_see(sk);
	lock_sock(sk);
	if (sk->sk_state != TCP_LISTEN)
		goto out;

	if (!atcp_accept_ready(sk)) {
		long timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);

		error = -EAGAIN;
		if (!timeo)
			goto out;
		error = atcp_accept_wait(sk, timeo);
		if (error)
			goto out;
	}
	newsk = atcp_acceptq_pop(sk);
	if (newsk) {
		u32 waited = atcp_sock_now_us() - atcp_sk(newsk)->aq_us;

		atcp_sockfilter_own(newsk);
		atcp_hist_add(atcp_lst(sk), ATCP_HIST_ACCEPT_WAIT, waited);
		trace_atcp_queue(newsk, NULL, ATCP_QUEUE_ACCEPTED, waited);
		/* There is room for one that waits in the park. */
		atcp_park_room(sk);
	} else {
		error = -EAGAIN;
	}
out:
	release_sock(sk);
	if (newsk)
		atcp_memcg_accept(newsk);
	else
		*err = error;
	return newsk;
}
