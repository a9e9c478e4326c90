// SPDX-License-Identifier: GPL-2.0
/* splice(2) from a socket: its pages go into a pipe and no byte is copied. */
#include <linux/file.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "compat/rps.h"
#include "output/rcvack.h"
#include "proto/seg.h"
#include "socket/recvmsg.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/rcvq.h"
#include "state/conn/sock.h"
#include "state/conn/urgent.h"

/* The skb that has byte @seq, or the FIN there; what is before it is eaten. */
static struct sk_buff *atcp_splice_find(struct sock *sk, u32 seq, u32 *off)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&sk->sk_receive_queue))) {
		*off = seq - ATCP_CB(skb)->seq;
		if (*off < skb->len || (ATCP_CB(skb)->flags & ATCP_F_FIN))
			return skb;
		atcp_rcvq_eat(sk, skb);
	}
	return NULL;
}

int atcp_splice_read_sock(struct sock *sk, read_descriptor_t *desc, sk_read_actor_t actor)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 seq = as->copied_seq;
	struct sk_buff *skb;
	int copied = 0;
	u32 off;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;

	while ((skb = atcp_splice_find(sk, seq, &off))) {
		if (off < skb->len) {
			u32 len = atcp_urgent_before(as, seq, skb->len - off);
			int used;

			/* recv(2) is what gets past the mark. */
			if (!len)
				break;
			used = actor(desc, skb, off, len);
			if (used <= 0) {
				if (!copied)
					copied = used;
				break;
			}
			seq += used;
			copied += used;
			/* The actor may have let go of the lock: @skb may have grown or gone. */
			skb = atcp_splice_find(sk, seq - 1, &off);
			if (!skb)
				break;
			if (off + 1 < skb->len) {
				WRITE_ONCE(as->copied_seq, seq);
				if (!desc->count)
					break;
				continue;
			}
		}
		if (ATCP_CB(skb)->flags & ATCP_F_FIN) {
			atcp_rcvq_eat(sk, skb);
			seq++;
			break;
		}
		atcp_rcvq_eat(sk, skb);
		WRITE_ONCE(as->copied_seq, seq);
		if (!desc->count)
			break;
	}
	WRITE_ONCE(as->copied_seq, seq);
	atcp_rcvbuf_adjust(sk);
	if (copied > 0)
		atcp_rcvack_read(sk, copied);
	return copied;
}

struct atcp_splice {
	struct pipe_inode_info	*pipe;
	unsigned int		flags;
};

static int atcp_splice_actor(read_descriptor_t *desc, struct sk_buff *skb,
			     unsigned int offset, size_t len)
{
	struct atcp_splice *s = desc->arg.data;
	int ret;

	ret = skb_splice_bits(skb, skb->sk, offset, s->pipe, min(desc->count, len), s->flags);
	if (ret > 0)
		desc->count -= ret;
	return ret;
}

/* Nothing was there: 0 to go on, 1 at the end, or a negative errno. */
static int atcp_splice_wait(struct sock *sk, long *timeo)
{
	int ret;

	if (sock_flag(sk, SOCK_DONE))
		return 1;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 1;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!*timeo)
		return -EAGAIN;
	/* Bytes are there that the pipe did not take: do not spin. */
	if (!skb_queue_empty(&sk->sk_receive_queue))
		return 1;
	atcp_rcvack_sleep(sk);
	ret = sk_wait_data(sk, timeo, NULL);
	if (ret < 0)
		return ret;
	return signal_pending(current) ? sock_intr_errno(*timeo) : 0;
}

ssize_t atcp_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			 size_t len, unsigned int flags)
{
	struct atcp_splice s = { .pipe = pipe, .flags = flags };
	struct sock *sk = sock->sk;
	ssize_t spliced = 0;
	int ret = 0;
	long timeo;

	if (*ppos)
		return -ESPIPE;

	sock_rps_record_flow(sk);
	lock_sock(sk);
	timeo = sock_rcvtimeo(sk, sock->file->f_flags & O_NONBLOCK);
	while (len) {
		read_descriptor_t desc = { .arg.data = &s, .count = len };

		ret = atcp_splice_read_sock(sk, &desc, atcp_splice_actor);
		if (ret < 0)
			break;
		if (!ret) {
			if (spliced)
				break;
			ret = atcp_splice_wait(sk, &timeo);
			if (ret)
				break;
			continue;
		}
		len -= ret;
		spliced += ret;
		if (!timeo)
			break;
		release_sock(sk);
		lock_sock(sk);
		if (sk->sk_err || sk->sk_state == TCP_CLOSE ||
		    (sk->sk_shutdown & RCV_SHUTDOWN) || signal_pending(current))
			break;
	}
	release_sock(sk);

	if (spliced)
		return spliced;
	return min(ret, 0);
}
