// SPDX-License-Identifier: GPL-2.0
/* The send buffer: how large it and what is in it are, whether there is room, and who is told. */

#include <linux/log2.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "state/conn/pace.h"
#include "state/conn/sndq.h"
#include "state/shared/memcg.h"

/* The largest header of TCP and of IP; and the room that makes a head of 512 bytes. */
#define ATCP_SNDQ_HEADERS	(60U + 60U)
#define ATCP_SNDQ_SMALL		((unsigned int)SKB_WITH_OVERHEAD(512))

/*
 * What is in front of an skb's data. Where MAX_TCP_HEADER is needed, for tunnels and the like, it
 * costs an object of twice the size, all of which may have to be cleared (init_on_alloc). Where
 * the route becomes another one that needs more, IP gives the skb a larger head.
 */
unsigned int atcp_sndq_headroom(const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);
	const struct dst_entry *dst;
	unsigned int need = UINT_MAX;

	rcu_read_lock();
	dst = __sk_dst_get((struct sock *)sk);
	if (dst)
		need = ATCP_SNDQ_HEADERS + as->ext_hdr_len + dst->header_len +
		       LL_RESERVED_SPACE(READ_ONCE(dst->dev));
	rcu_read_unlock();
	return need <= ATCP_SNDQ_SMALL ? ATCP_SNDQ_SMALL : MAX_TCP_HEADER;
}

bool atcp_sndq_writable(const struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	const struct atcp_sock *as = atcp_sk(sk);
	u32 lowat = READ_ONCE(as->notsent_lowat) ?: READ_ONCE(an->sysctl.notsent_lowat);

	if (READ_ONCE(sk->sk_wmem_queued) >= READ_ONCE(sk->sk_sndbuf))
		return false;
	return READ_ONCE(as->write_seq) - READ_ONCE(as->snd_nxt) < lowat;
}

void atcp_sndq_write_space(struct sock *sk)
{
	struct socket_wq *wq;
	struct socket *sock;

	/* sock_wfree() has it called for each skb that was sent, in any context. */
	atcp_pace_freed(sk);
	rcu_read_lock();
	/* Its memory is there until a grace period after it has left the socket. */
	sock = READ_ONCE(sk->sk_socket);
	if (!sock || !test_bit(SOCK_NOSPACE, &sock->flags) || !sk_stream_is_writeable(sk)) {
		rcu_read_unlock();
		return;
	}
	clear_bit(SOCK_NOSPACE, &sock->flags);
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM |
					   EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

void atcp_sndq_tune(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	int per_mss, want;
	u32 segs;

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK)
		return;
	/* What two windows of segments cost, or what the algorithm says; as tcp_sndbuf_expand(). */
	per_mss = max_t(u32, as->mss_clamp, as->mss_cache) + MAX_TCP_HEADER +
		  SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	per_mss = roundup_pow_of_two(per_mss) + SKB_DATA_ALIGN(sizeof(struct sk_buff));
	segs = max_t(u32, 10, as->cong.cwnd);
	segs = max_t(u32, segs, as->reordering + 1);
	want = min_t(u64, (as->cong.ops->sndbuf ?: 2ULL) * segs * per_mss,
		     READ_ONCE(an->sysctl.wmem[2]));
	if (want > sk->sk_sndbuf && !atcp_sock_mem_over(sk) && !atcp_memcg_pressed(sk))
		WRITE_ONCE(sk->sk_sndbuf, want);
}

void atcp_sndq_filled(struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);

	/* Where cwnd is full there is enough in the buffer (Linux). */
	if (atcp_sock_in_flight(as) < as->cong.cwnd)
		atcp_sndq_tune(sk);
}
