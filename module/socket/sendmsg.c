// SPDX-License-Identifier: GPL-2.0
/* send(2): bytes from the user into the send queue, as far as memory goes, and off. */
#include <linux/net.h>
#include <linux/net_tstamp.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "compat/proto.h"
#include "compat/zerocopy.h"
#include "output/output.h"
#include "output/xmit.h"
#include "proto/seq.h"
#include "socket/fastopen.h"
#include "socket/repair.h"
#include "socket/sendmsg.h"
#include "socket/zerocopy.h"
#include "state/conn/chrono.h"
#include "state/conn/sndfill.h"
#include "state/conn/sndq.h"
#include "state/conn/sock.h"
#include "state/conn/sockfilter.h"
#include "state/conn/txstamp.h"

/* Packets queued between two looks at the backlog, so that ACKs are not left lying. */
#define ATCP_SENDMSG_BACKLOG	16

/**
 * struct atcp_sendmsg - one call on its way
 * @sk: the socket, locked
 * @msg: where the bytes come from, or NULL: from @page
 * @page: for sendfile
 * @off: next byte of it
 * @left: bytes of it to come
 * @flags: MSG_*
 * @timeo: time left, jiffies
 * @mss: segment size now
 * @goal: bytes that go into one skb
 * @fresh: skbs since the backlog was looked at
 * @copied: bytes queued
 * @tsflags: SOF_TIMESTAMPING_*, of the socket or the call
 * @z: MSG_ZEROCOPY
 * @splice: @msg's pages are taken as they are (sendfile since 6.5)
 */
struct atcp_sendmsg {
	struct sock	*sk;
	struct msghdr	*msg;
	struct page	*page;
	int		off;
	size_t		left;
	int		flags;
	long		timeo;
	u32		mss;
	int		goal;
	int		fresh;
	int		copied;
	u32		tsflags;
	struct atcp_zerocopy z;
	bool		splice;
};

static size_t atcp_sendmsg_left(const struct atcp_sendmsg *c)
{
	return c->msg ? msg_data_left(c->msg) : c->left;
}

static void atcp_sendmsg_sizes(struct atcp_sendmsg *c)
{
	c->mss = atcp_xmit_mss(c->sk);
	c->goal = atcp_xmit_size_goal(c->sk, c->mss, c->flags & MSG_OOB);
}

/* Appends what fits to @skb: bytes, or a negative errno as atcp_sndfill_copy(). */
static int atcp_sendmsg_append(struct atcp_sendmsg *c, struct sk_buff *skb, int room)
{
	int n = min_t(size_t, room, atcp_sendmsg_left(c));
	bool shared = !(c->flags & MSG_NO_SHARED_FRAGS);

	if (c->z.pages)
		return atcp_sndfill_zerocopy(c->sk, skb, c->msg, n, c->z.uarg);
	if (c->splice)
		return atcp_sndfill_splice(c->sk, skb, c->msg, n, shared);
	if (c->msg)
		return atcp_sndfill_copy(c->sk, skb, &c->msg->msg_iter, n);
	n = atcp_sndfill_page(c->sk, skb, c->page, c->off, n, shared);
	if (n > 0) {
		c->off += n;
		c->left -= n;
	}
	return n;
}

/* An skb is full: get it going while the rest is copied. */
static void atcp_sendmsg_filled(struct atcp_sendmsg *c, struct sk_buff *skb)
{
	struct atcp_sock *as = atcp_sk(c->sk);

	/* What is urgent points to its end, which is not known before all is here. */
	if (unlikely((c->flags & MSG_OOB) || as->ask.repair))
		return;
	if (atcp_seq_after(as->write_seq, as->pushed_seq + (as->max_window >> 1))) {
		atcp_sndq_push_mark(c->sk);
		atcp_output_push(c->sk, ATCP_NAGLE_PUSH);
	} else if (skb == atcp_sndq_head(c->sk)) {
		/* What is left of it, if it was cut, takes more of the same write. */
		atcp_output_push_one(c->sk);
	}
}

/* No memory: send what is there and sleep. 0, -EAGAIN, -EPIPE, or by a signal. */
static int atcp_sendmsg_wait(struct atcp_sendmsg *c)
{
	int err;

	set_bit(SOCK_NOSPACE, &c->sk->sk_socket->flags);
	/* The lock is let go: nobody must find an skb without data, and send it. */
	atcp_sndq_drop_empty(c->sk);
	/* The rest will not join the tail before an ACK has come: it goes, whatever Nagle says. */
	if (c->copied)
		atcp_output_push_sent(c->sk, c->flags & ~MSG_MORE, ATCP_NAGLE_PUSH, c->mss);
	err = sk_stream_wait_memory(c->sk, &c->timeo);
	if (!err)
		atcp_sendmsg_sizes(c);
	return err;
}

/* A new skb at the tail, or NULL: wait first. */
static struct sk_buff *atcp_sendmsg_new(struct atcp_sendmsg *c)
{
	if (!sk_stream_memory_free(c->sk))
		return NULL;
	c->fresh++;
	return atcp_sndq_new(c->sk);
}

/* Queues everything: 0 or a negative errno; @copied counts either way. */
static int atcp_sendmsg_fill(struct atcp_sendmsg *c)
{
	struct sock *sk = c->sk;
	bool full = false;

	while (atcp_sendmsg_left(c)) {
		struct sk_buff *skb = NULL;
		int room, n, err;

		if (c->fresh >= ATCP_SENDMSG_BACKLOG) {
			c->fresh = 0;
			if (sk_flush_backlog(sk)) {
				if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN))
					return -EPIPE;
				atcp_sendmsg_sizes(c);
			}
		}
		if (!full)
			skb = atcp_sndq_room(sk, c->goal, &room);
		full = false;
		if (!skb) {
			skb = atcp_sendmsg_new(c);
			room = c->goal;
		}
		n = skb ? atcp_sendmsg_append(c, skb, room) : -ENOMEM;
		if (n == -ENOSPC) {
			atcp_sndq_push_mark(sk);
			full = true;
			continue;
		}
		if (n == -ENOMEM) {
			err = atcp_sendmsg_wait(c);
			if (err)
				return err;
			continue;
		}
		if (n < 0)
			return n;

		c->copied += n;
		if (n == room && atcp_sendmsg_left(c))
			atcp_sendmsg_filled(c, skb);
	}
	if ((c->flags & MSG_EOR) && c->copied)
		atcp_sndq_eor(sk);
	return 0;
}

/*
 * Is it the user who sets the pace: less than a segment waits, the network has room, and
 * nothing is to be sent again? Then what arrives until now's flight has says nothing of the path.
 */
static void atcp_sendmsg_limited(struct atcp_sendmsg *c)
{
	struct atcp_sock *as = atcp_sk(c->sk);
	u32 flight = atcp_sock_in_flight(as);

	if (as->write_seq - as->snd_nxt < c->mss &&
	    sk_wmem_alloc_get(c->sk) < SKB_TRUESIZE(1) &&
	    flight < as->cong.cwnd && as->lost_out <= as->retrans_out)
		as->rate.app_limited = (as->delivered + flight) ?: 1;
}

/* Common part of sendmsg and sendpage: bytes queued, or a negative errno. */
static int atcp_sendmsg_run(struct atcp_sendmsg *c)
{
	struct sock *sk = c->sk;
	int err;

	c->timeo = sock_sndtimeo(sk, c->flags & MSG_DONTWAIT);
	if (((1 << sk->sk_state) & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) &&
	    !atcp_fastopen_passive(sk)) {
		err = sk_stream_wait_connect(sk, &c->timeo);
		if (err)
			goto failed;
	}
	if (unlikely(atcp_sk(sk)->ask.repair) && !atcp_repair_send(sk, c->msg, &err))
		return err;
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);

	err = -EPIPE;
	if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN))
		goto failed;
	atcp_sendmsg_sizes(c);
	atcp_sendmsg_limited(c);
	if (unlikely(c->tsflags))
		atcp_txstamp_base(sk, c->tsflags);
	err = atcp_sendmsg_fill(c);
	if (err)
		atcp_sndq_drop_empty(sk);
	if (c->copied) {
		if (unlikely(c->tsflags))
			atcp_txstamp_mark(sk, c->tsflags);
		atcp_output_push_sent(sk, c->flags, atcp_sk(sk)->nonagle, c->mss);
		return c->copied;
	}
	if (!err)
		return 0;
failed:
	err = sk_stream_error(sk, c->flags, err);
	/* An edge-triggered epoll got EAGAIN with nothing queued whose ACK would wake it. */
	if (err == -EAGAIN && !atcp_sndq_head(sk) && !atcp_sndq_rtx_head(sk)) {
		sk->sk_write_space(sk);
		atcp_chrono_stop(sk, ATCP_CHRONO_SNDBUF);
	}
	return err;
}

/* The SYN first, if there is one to be made: bytes that went with it, and @c's with the rest. */
static int atcp_sendmsg_all(struct atcp_sendmsg *c, size_t size)
{
	struct sock *sk = c->sk;
	size_t sent = 0;
	int ret;

	if (((c->flags & MSG_FASTOPEN) || ATCP_COMPAT_DEFER_TEST(sk)) &&
	    !atcp_sk(sk)->ask.repair) {
		ret = atcp_fastopen_sendmsg(sk, c->msg, size, &sent);
		/* What the SYN carries is sent; an error tells that it went for nothing. */
		if (ret == -EINPROGRESS && sent)
			return sent;
		if (ret)
			return sk_stream_error(sk, c->flags, ret);
		if (!msg_data_left(c->msg))
			return sent;
	}
	ret = atcp_sendmsg_run(c);
	/* What went with the SYN is sent, whatever became of the rest. */
	return sent ? sent + max(ret, 0) : ret;
}

int atcp_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct atcp_sendmsg c = {
		.sk	= sk,
		.msg	= msg,
		.flags	= msg->msg_flags,
		.tsflags = READ_ONCE(sk->sk_tsflags),
	};
	int ret;

	if (msg->msg_controllen) {
		struct sockcm_cookie sockc;

		sockcm_init(&sockc, sk);
		if (sock_cmsg_send(sk, msg, &sockc))
			return -EINVAL;
		c.tsflags = sockc.tsflags;
	}
	ret = atcp_zerocopy_begin(sk, msg, size, &c.z);
	if (ret)
		return ret;
	c.splice = unlikely(atcp_compat_splices(msg)) && !c.z.uarg &&
		   sk->sk_route_caps & NETIF_F_SG;
	ret = atcp_sendmsg_all(&c, size);
	atcp_zerocopy_end(&c.z, ret >= 0);
	return ret;
}

int atcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int ret;

	atcp_sockfilter_see(sk);
	lock_sock(sk);
	ret = atcp_sendmsg_locked(sk, msg, size);
	release_sock(sk);
	return ret;
}

int atcp_sendmsg_page(struct sock *sk, struct page *page, int offset, size_t size, int flags)
{
	struct atcp_sendmsg c = {
		.sk	= sk,
		.page	= page,
		.off	= offset,
		.left	= size,
		.flags	= flags,
		.tsflags = READ_ONCE(sk->sk_tsflags),
	};
	int ret;

	if (flags & ATCP_COMPAT_NOTLAST) {
		c.flags |= MSG_MORE;
		/* The last page's last byte is the one that is followed. */
		c.tsflags &= ~SOF_TIMESTAMPING_TX_RECORD_MASK;
	}
	lock_sock(sk);
	ret = atcp_sendmsg_run(&c);
	release_sock(sk);
	return ret;
}

void atcp_sendmsg_splice_eof(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (skb_queue_empty_lockless(&sk->sk_write_queue))
		return;
	lock_sock(sk);
	atcp_output_push_sent(sk, 0, atcp_sk(sk)->nonagle, atcp_xmit_mss(sk));
	release_sock(sk);
}
