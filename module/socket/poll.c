// SPDX-License-Identifier: GPL-2.0
/* Is there something to read, room to write, or an end? Without the socket's lock. */
#include <asm/ioctls.h>
#include <linux/net.h>
#include <linux/sockios.h>
#include <net/sock.h>

#include "compat/proto.h"
#include "proto/seq.h"
#include "proto/wnd.h"
#include "socket/accept.h"
#include "socket/fastopen.h"
#include "socket/poll.h"
#include "state/conn/rcvq.h"
#include "state/conn/sock.h"
#include "state/conn/sockfilter.h"
#include "state/conn/urgent.h"

/* At least @target bytes; fewer are enough when no more can come before some are read. */
static bool atcp_poll_readable(const struct sock *sk, int target)
{
	const struct atcp_sock *as = atcp_sk(sk);
	int rcvbuf = READ_ONCE(sk->sk_rcvbuf);
	int avail = atcp_rcvq_readable(sk);

	if (avail <= 0)
		return false;
	/* No more comes while memory is at its limit: SO_RCVLOWAT would wait in vain. */
	return avail >= target || atcp_sock_mem_over(sk) ||
	       atomic_read(&sk->sk_rmem_alloc) > rcvbuf - (rcvbuf >> 3) ||
	       atcp_sock_rcv_window(as) <= READ_ONCE(as->rcv_mss);
}

static __poll_t atcp_poll_writable(struct sock *sk)
{
	if (__sk_stream_is_writeable(sk, 1))
		return EPOLLOUT | EPOLLWRNORM;

	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/*
	 * Room may have come before the bit that asks for a wake-up was set.
	 * Paired with the barrier before the ACK path tests SOCK_NOSPACE.
	 */
	smp_mb__after_atomic();
	return __sk_stream_is_writeable(sk, 1) ? EPOLLOUT | EPOLLWRNORM : 0;
}

__poll_t atcp_poll_mask(struct file *file, struct socket *sock, poll_table *wait)
{
	struct sock *sk = sock->sk;
	const struct atcp_sock *as = atcp_sk(sk);
	int state, target;
	__poll_t mask = 0;
	u8 shut;

	sock_poll_wait(file, sock, wait);
	atcp_sockfilter_see(sk);

	state = inet_sk_state_load(sk);
	if (state == TCP_LISTEN)
		return atcp_accept_ready(sk) ? EPOLLIN | EPOLLRDNORM : 0;

	/* HUP cannot be masked: only when both directions are over. */
	shut = READ_ONCE(sk->sk_shutdown);
	if (shut == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shut & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;

	if (state == TCP_SYN_SENT && ATCP_COMPAT_DEFER_TEST(sk))
		/* Writing is what makes it connect. */
		mask |= EPOLLOUT | EPOLLWRNORM;
	if ((state != TCP_SYN_SENT && state != TCP_SYN_RECV) || atcp_fastopen_passive(sk)) {
		/* A byte that recv(2) skips is nothing to read. */
		target = sock_rcvlowat(sk, 0, INT_MAX);
		target += atcp_urgent_hole(sk, READ_ONCE(as->copied_seq));
		if (atcp_poll_readable(sk, target))
			mask |= EPOLLIN | EPOLLRDNORM;
		if (READ_ONCE(as->urg_data) & ATCP_URG_VALID)
			mask |= EPOLLPRI;
		if (shut & SEND_SHUTDOWN)
			mask |= EPOLLOUT | EPOLLWRNORM;
		else
			mask |= atcp_poll_writable(sk);
	}

	/* Paired with atcp_sock_abort(): who sees the state it leaves sees the error too. */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) || !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

bool atcp_poll_memory_free(const struct sock *sk, int wake)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	const struct atcp_sock *as = atcp_sk(sk);
	u32 notsent = READ_ONCE(as->write_seq) - READ_ONCE(as->snd_nxt);
	u32 lowat = READ_ONCE(as->notsent_lowat) ?: READ_ONCE(an->sysctl.notsent_lowat);

	/* @wake 1: wakers wait until half of it is free. */
	return (u64)notsent << wake < lowat;
}

int atcp_poll_set_rcvlowat(struct sock *sk, int val)
{
	struct atcp_net *an = atcp_sock_net(sk);
	int cap = READ_ONCE(an->sysctl.rmem[2]) >> 1, space;
	struct atcp_sock *as = atcp_sk(sk);

	if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		cap = sk->sk_rcvbuf >> 1;
	val = min(val, cap);
	WRITE_ONCE(sk->sk_rcvlowat, val ?: 1);

	/* A lower mark may be reached already. */
	if (atcp_poll_readable(sk, sk->sk_rcvlowat))
		sk->sk_data_ready(sk);

	if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		return 0;
	space = atcp_wnd_space_from_by(as->rcv_ratio, val);
	if (space > sk->sk_rcvbuf) {
		WRITE_ONCE(sk->sk_rcvbuf, space);
		if (!as->clamp_user && as->window_clamp < val)
			WRITE_ONCE(as->window_clamp, val);
	}
	return 0;
}

/* Bytes that recv(2) would give now: a FIN is none. */
int atcp_poll_inq(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);
	int bytes;

	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		return 0;
	bytes = atcp_rcvq_readable(sk);
	if (unlikely(as->urg_data) && !sock_flag(sk, SOCK_URGINLINE) &&
	    atcp_seq_before(as->urg_seq, as->rcv_nxt) &&
	    !atcp_seq_before(as->urg_seq, as->copied_seq))
		return as->urg_seq - as->copied_seq;
	if (bytes && sock_flag(sk, SOCK_DONE))
		bytes--;
	return bytes;
}

int atcp_poll_peek_len(struct socket *sock)
{
	return atcp_poll_inq(sock->sk);
}

int atcp_poll_ioctl(struct sock *sk, int cmd, int *answer)
{
	const struct atcp_sock *as = atcp_sk(sk);
	bool slow;

	switch (cmd) {
	case SIOCATMARK:
	case SIOCINQ:
	case SIOCOUTQ:
	case SIOCOUTQNSD:
		break;
	default:
		return -ENOIOCTLCMD;
	}
	if (sk->sk_state == TCP_LISTEN && cmd != SIOCATMARK)
		return -EINVAL;

	slow = lock_sock_fast(sk);
	if (cmd == SIOCATMARK)
		*answer = atcp_urgent_at(as, as->copied_seq);
	else if (cmd == SIOCINQ)
		*answer = atcp_poll_inq(sk);
	else if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		*answer = 0;
	else
		*answer = as->write_seq - (cmd == SIOCOUTQ ? as->snd_una : as->snd_nxt);
	unlock_sock_fast(sk, slow);
	return 0;
}
