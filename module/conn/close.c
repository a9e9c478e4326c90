// SPDX-License-Identifier: GPL-2.0
/* The end of a connection: close, shutdown and disconnect, FINs and RSTs of both sides. */

#include <net/sock.h>
#include <net/tcp.h>

#include "conn/close.h"
#include "output/output.h"
#include "proto/fsm.h"
#include "proto/seg.h"
#include "state/conn/rcvq.h"
#include "state/conn/sndq.h"
#include "state/conn/timer.h"
#include "state/listen/decoy.h"
#include "state/listen/listener.h"
#include "state/listen/wake.h"
#include "state/shared/mib.h"
#include "state/shared/port.h"
#include "state/shared/twq.h"

int atcp_close_fin_time(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);
	int least = usecs_to_jiffies(as->rto_us * 7 / 2);
	int time = as->linger2;

	if (time < 0)
		return -1;
	if (!time)
		time = READ_ONCE(atcp_sock_net(sk)->sysctl.fin_timeout);
	return max(time, least);
}

void atcp_close_time_wait(struct sock *sk, u8 state, unsigned long timeout)
{
	/* Out of memory or over max_tw_buckets: straight to CLOSED, counted there. */
	atcp_twq_enter(sk, state, timeout);
	atcp_sock_done(sk, ATCP_CAUSE_CLOSE);
}

/*
 * An orphan has reached FIN-WAIT-2. Returns true if the socket is done. @more: the
 * segment that brought it here has text or a FIN, which the socket must see yet.
 */
static bool atcp_close_orphan_fin_wait2(struct sock *sk, bool more)
{
	int time = atcp_close_fin_time(sk);

	if (time < 0) {
		atcp_output_rst(sk, GFP_ATOMIC);
		ATCP_SK_INC(sk, TCPABORTONLINGER);
		atcp_sock_done(sk, ATCP_CAUSE_TIMEOUT);
		return true;
	}
	if (time > ATCP_TW_LEN) {
		/* What is over 60 s is waited for by the full socket. */
		atcp_timer_arm_keep(sk, time - ATCP_TW_LEN);
		return false;
	}
	if (more) {
		atcp_timer_arm_keep(sk, time);
		return false;
	}
	atcp_close_time_wait(sk, TCP_FIN_WAIT2, time);
	return true;
}

bool atcp_close_fin_acked(struct sock *sk, bool more)
{
	int next = atcp_fsm_on_fin_acked(sk->sk_state);

	switch (sk->sk_state) {
	case TCP_FIN_WAIT1:
		atcp_sock_set_state(sk, next, ATCP_CAUSE_ACK);
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		sk_dst_confirm(sk);
		if (!sock_flag(sk, SOCK_DEAD)) {
			/* Wakes who lingers in close(2). */
			sk->sk_state_change(sk);
			return false;
		}
		return atcp_close_orphan_fin_wait2(sk, more);
	case TCP_CLOSING:
		atcp_close_time_wait(sk, next, ATCP_TW_LEN);
		return true;
	case TCP_LAST_ACK:
		atcp_sock_done(sk, ATCP_CAUSE_ACK);
		return true;
	default:
		return false;
	}
}

void atcp_close_fin_rcvd(struct sock *sk)
{
	int next = atcp_fsm_on_fin(sk->sk_state);
	struct atcp_sock *as = atcp_sk(sk);

	as->ack_pending |= ATCP_ACK_SCHED;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);

	switch (sk->sk_state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		atcp_sock_set_state(sk, next, ATCP_CAUSE_FIN);
		as->pingpong = as->pingpong ?: ATCP_PINGPONG_ON;
		break;
	case TCP_FIN_WAIT1:
		/* Simultaneous close. */
		atcp_output_ack(sk);
		atcp_sock_set_state(sk, next, ATCP_CAUSE_FIN);
		break;
	case TCP_FIN_WAIT2:
		atcp_output_ack(sk);
		atcp_close_time_wait(sk, TCP_TIME_WAIT, ATCP_TW_LEN);
		break;
	default:
		return;
	}

	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_state_change(sk);
		/* POLL_HUP only when both directions are over. */
		if (sk->sk_shutdown == SHUTDOWN_MASK || sk->sk_state == TCP_CLOSE)
			sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
		else
			sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
	}
}

void atcp_close_rst_rcvd(struct sock *sk)
{
	int err = ECONNRESET;

	if (sk->sk_state == TCP_SYN_SENT)
		err = ECONNREFUSED;
	else if (sk->sk_state == TCP_CLOSE_WAIT)
		err = EPIPE;
	else if (sk->sk_state == TCP_CLOSE)
		return;
	/* RFC 9293: nothing more is to be read but what has been queued. */
	atcp_sock_abort(sk, err, ATCP_CAUSE_RST);
}

void atcp_close_shutdown(struct sock *sk, int how)
{
	struct atcp_fsm_close next;

	if (!(how & SEND_SHUTDOWN))
		return;
	/* In SYN-RECEIVED the FIN waits for the handshake's end (RFC 9293 3.10.4, Linux). */
	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_SYN_SENT | TCPF_CLOSE_WAIT)))
		return;
	next = atcp_fsm_on_close(sk->sk_state);
	atcp_sock_set_state(sk, next.state, ATCP_CAUSE_CLOSE);
	if (next.fin)
		atcp_output_fin(sk);
}

bool atcp_close_need_reset(int state)
{
	return (1 << state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 |
			       TCPF_FIN_WAIT2 | TCPF_SYN_RECV);
}

static void atcp_close_listener(struct sock *sk)
{
	/* Out of the kernel's tables first: what it brings us we must know. */
	atcp_decoy_stop(sk);
	atcp_sock_set_state(sk, TCP_CLOSE, ATCP_CAUSE_LISTEN);
	atcp_port_unlisten(sk);
	atcp_listener_stop(sk);
}

/* The peer of a connection that ends here and now is told, if it may know of it; sk_err. */
static void atcp_close_tell(struct sock *sk, gfp_t gfp)
{
	int old = sk->sk_state;

	if (atcp_close_need_reset(old) ||
	    (atcp_sndq_head(sk) && (1 << old) & (TCPF_CLOSING | TCPF_LAST_ACK))) {
		atcp_output_rst(sk, gfp);
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	} else if (old == TCP_SYN_SENT) {
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	}
}

int atcp_close_disconnect(struct sock *sk, int flags)
{
	struct inet_sock *inet = inet_sk(sk);
	int old = sk->sk_state;

	/* Its own address and port stay with a socket that bound them. */
	if (old == TCP_LISTEN) {
		atcp_close_listener(sk);
	} else if (unlikely(atcp_sk(sk)->ask.repair)) {
		/* TCP_REPAIR: it goes on elsewhere, and the peer does not hear of it. */
		WRITE_ONCE(sk->sk_err, ECONNABORTED);
	} else {
		atcp_close_tell(sk, gfp_any());
	}
	if (old != TCP_CLOSE && old != TCP_LISTEN) {
		bool dead = sock_flag(sk, SOCK_DEAD);

		/* Not to be destroyed under the caller's hands. */
		sock_reset_flag(sk, SOCK_DEAD);
		atcp_sock_done(sk, ATCP_CAUSE_ABORT);
		if (dead)
			sock_set_flag(sk, SOCK_DEAD);
	}
	inet->inet_dport = 0;
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK)) {
		atcp_port_moved(sk);
		inet_reset_saddr(sk);
	}
	sk_set_peek_off(sk, -1);
	atcp_sock_reset(sk);
	/* The next connection's window is its own. */
	atcp_sk(sk)->window_clamp = 0;
	atcp_sk(sk)->clamp_user = false;
	sk->sk_error_report(sk);
	return 0;
}

/* First half of close(2): what the peer is told. Returns false if there is nothing to wait for. */
static bool atcp_close_begin(struct sock *sk)
{
	struct atcp_fsm_close next;
	bool unread = false;
	struct sk_buff *skb;

	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (sk->sk_state == TCP_LISTEN) {
		atcp_close_listener(sk);
		return false;
	}
	while ((skb = skb_peek(&sk->sk_receive_queue))) {
		u32 end = ATCP_CB(skb)->end_seq - !!(ATCP_CB(skb)->flags & ATCP_F_FIN);

		if (atcp_seq_after(end, atcp_sk(sk)->copied_seq))
			unread = true;
		atcp_rcvq_eat(sk, skb);
	}
	if (sk->sk_state == TCP_CLOSE)
		return false;

	if (unlikely(atcp_sk(sk)->ask.repair)) {
		sk->sk_prot->disconnect(sk, 0);
		return false;
	}
	if (unread) {
		/* RFC 2525 2.17, RFC 9293 3.6.1: the peer must not think it was read. */
		ATCP_SK_INC(sk, TCPABORTONCLOSE);
		atcp_output_rst(sk, sk->sk_allocation);
		atcp_sock_done(sk, ATCP_CAUSE_ABORT);
		return false;
	}
	if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime) {
		ATCP_SK_INC(sk, TCPABORTONDATA);
		/* It is not connected again: no need to make it as new. */
		atcp_close_tell(sk, sk->sk_allocation);
		atcp_sock_done(sk, ATCP_CAUSE_ABORT);
		return false;
	}
	next = atcp_fsm_on_close(sk->sk_state);
	if (next.state == TCP_CLOSE)
		atcp_sock_done(sk, ATCP_CAUSE_CLOSE);
	else
		atcp_sock_set_state(sk, next.state, ATCP_CAUSE_CLOSE);
	if (next.fin)
		atcp_output_fin(sk);
	return sk->sk_state != TCP_CLOSE;
}

/* Second half, as an orphan that is not in CLOSE, BH off and locked. */
static void atcp_close_orphan(struct sock *sk)
{
	if (sk->sk_state == TCP_FIN_WAIT2 && atcp_close_orphan_fin_wait2(sk, false))
		return;
	if (atcp_sock_orphan_excess(sk)) {
		ATCP_SK_INC(sk, TCPABORTONMEMORY);
		atcp_output_rst(sk, GFP_ATOMIC);
		atcp_sock_done(sk, ATCP_CAUSE_MEMORY);
	} else if (!check_net(sock_net(sk))) {
		/* The namespace is going: there is nobody to send to. */
		atcp_sock_done(sk, ATCP_CAUSE_CLOSE);
	}
}

static bool atcp_close_unacked(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state)) & (TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK);
}

/* SO_LINGER: until the peer has acknowledged our FIN, or for so long. */
static void atcp_close_linger(struct sock *sk, long timeout)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	if (!timeout)
		return;
	add_wait_queue(sk_sleep(sk), &wait);
	while (timeout && !signal_pending(current) &&
	       !sk_wait_event(sk, &timeout, !atcp_close_unacked(sk), &wait))
		;
	remove_wait_queue(sk_sleep(sk), &wait);
}

void atcp_close_lock(struct sock *sk)
	__acquires(&sk->sk_lock.slock)
{
	local_bh_disable();
	bh_lock_sock(sk);
	while (unlikely(sock_owned_by_user(sk))) {
		bh_unlock_sock(sk);
		local_bh_enable();
		/* A listener that closes holds its own lock. */
		lock_sock_nested(sk, SINGLE_DEPTH_NESTING);
		release_sock(sk);
		local_bh_disable();
		bh_lock_sock(sk);
	}
}

int atcp_close_destroy(struct sock *sk, int err)
{
	int ret = 0;

	lock_sock(sk);
	/* Process context, but what follows is also for segments: as they have it. */
	local_bh_disable();
	bh_lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE) {
		ret = -ENOENT;
	} else if (sk->sk_state != TCP_LISTEN) {
		if (atcp_close_need_reset(sk->sk_state))
			atcp_output_rst(sk, GFP_ATOMIC);
		atcp_sock_abort(sk, err, ATCP_CAUSE_ABORT);
	}
	bh_unlock_sock(sk);
	local_bh_enable();
	if (sk->sk_state == TCP_LISTEN) {
		/* accept(2) finds that it does not listen, poll(2) the error. */
		WRITE_ONCE(sk->sk_err, err);
		atcp_close_listener(sk);
		WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
		sk->sk_state_change(sk);
		sk_error_report(sk);
	}
	release_sock(sk);
	return ret;
}

void atcp_close(struct sock *sk, long timeout)
{
	int state;

	lock_sock(sk);
	if (atcp_close_begin(sk))
		atcp_close_linger(sk, timeout);

	state = sk->sk_state;
	sock_hold(sk);
	sock_orphan(sk);
	if (state != TCP_CLOSE)
		percpu_counter_inc(&atcp_sock_net(sk)->orphans);

	/* The last release in its life: works off the backlog. */
	release_sock(sk);
	atcp_close_lock(sk);
	/* What ended it meanwhile has destroyed it, as an orphan. */
	if (state == TCP_CLOSE)
		atcp_sock_free(sk);
	else if (sk->sk_state != TCP_CLOSE)
		atcp_close_orphan(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	if (!sk->sk_net_refcnt)
		atcp_timer_stop_all(sk);
	sock_put(sk);
}
