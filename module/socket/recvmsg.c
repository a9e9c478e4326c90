// SPDX-License-Identifier: GPL-2.0
/* recv(2): bytes in order from the receive queue to the user, and the window that this opens. */
#include <linux/net.h>
#include <linux/net_tstamp.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <net/busy_poll.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "compat/proto.h"
#include "compat/recv.h"
#include "output/rcvack.h"
#include "proto/seg.h"
#include "proto/seq.h"
#include "socket/recvmsg.h"
#include "socket/repair.h"
#include "state/conn/fwd.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/rcvq.h"
#include "state/conn/sock.h"
#include "state/conn/sockfilter.h"
#include "state/conn/txstamp.h"
#include "state/conn/urgent.h"

/**
 * struct atcp_recvmsg - one call on its way
 * @sk: the socket, locked
 * @msg: where the bytes go
 * @len: bytes still wanted
 * @flags: MSG_*
 * @target: bytes that are enough to stop waiting
 * @copied: bytes given, or a negative errno
 * @timeo: time left, jiffies
 * @seq: next byte: the socket's copied_seq, or @peek
 * @peek: of MSG_PEEK
 * @ahead: bytes after copied_seq at which MSG_PEEK began: SO_PEEK_OFF's
 * @hole: urgent bytes skipped, 0 or 1
 * @stamp: when the last bytes arrived, for SO_TIMESTAMP; or 0
 * @stamp_hw: the same by the device's clock, for SO_TIMESTAMPING; or 0
 */
struct atcp_recvmsg {
	struct sock	*sk;
	struct msghdr	*msg;
	size_t		len;
	int		flags;
	int		target;
	int		copied;
	long		timeo;
	u32		*seq;
	u32		peek;
	u32		ahead;
	u32		hole;
	ktime_t		stamp;
	ktime_t		stamp_hw;
};

/* The skb that has the next byte, or the FIN; *@off: where in it. *@last: the queue's tail. */
static struct sk_buff *atcp_recvmsg_find(struct atcp_recvmsg *c, u32 *off,
					 struct sk_buff **last)
{
	struct sk_buff *skb;

	*last = skb_peek_tail(&c->sk->sk_receive_queue);
	skb_queue_walk(&c->sk->sk_receive_queue, skb) {
		if (WARN_ONCE(atcp_seq_before(*c->seq, ATCP_CB(skb)->seq),
			      "atcp: hole in the receive queue: %x before %x\n",
			      *c->seq, ATCP_CB(skb)->seq))
			return NULL;
		*off = *c->seq - ATCP_CB(skb)->seq;
		if (*off < skb->len || (ATCP_CB(skb)->flags & ATCP_F_FIN))
			return skb;
	}
	return NULL;
}

/* Nothing is there: is this the end? Sets @copied to an errno when nothing was copied. */
static bool atcp_recvmsg_over(struct atcp_recvmsg *c)
{
	struct sock *sk = c->sk;

	if (c->copied >= c->target && !READ_ONCE(sk->sk_backlog.tail))
		return true;
	if (c->copied)
		return !c->timeo || sk->sk_err || sk->sk_state == TCP_CLOSE ||
		       (sk->sk_shutdown & RCV_SHUTDOWN) || signal_pending(current);

	if (sock_flag(sk, SOCK_DONE))
		return true;
	if (sk->sk_err)
		c->copied = sock_error(sk);
	else if (sk->sk_shutdown & RCV_SHUTDOWN)
		return true;
	else if (sk->sk_state == TCP_CLOSE)
		/* It was never connected. */
		c->copied = -ENOTCONN;
	else if (!c->timeo)
		c->copied = -EAGAIN;
	else if (signal_pending(current))
		c->copied = sock_intr_errno(c->timeo);
	return c->copied < 0;
}

/* Waits for more, or lets the backlog in: 0 or a negative errno. */
static int atcp_recvmsg_wait(struct atcp_recvmsg *c, struct sk_buff *last)
{
	struct atcp_sock *as = atcp_sk(c->sk);
	int err;

	if (c->copied >= c->target) {
		__sk_flush_backlog(c->sk);
		err = 0;
	} else {
		atcp_rcvack_read(c->sk, c->copied);
		if (!(c->flags & MSG_PEEK))
			atcp_rcvack_sleep(c->sk);
		atcp_fwd_settle(c->sk);
		err = sk_wait_data(c->sk, &c->timeo, last);
	}
	/* Another reader took bytes that we have peeked at. */
	if ((c->flags & MSG_PEEK) &&
	    c->peek - c->ahead - c->copied - c->hole != as->copied_seq) {
		c->peek = as->copied_seq + c->ahead;
		c->hole = 0;
	}
	return min(err, 0);
}

/* SO_TIMESTAMP and SO_TIMESTAMPNS: when the last of the bytes arrived. */
static void atcp_recvmsg_put_stamp(const struct atcp_recvmsg *c)
{
	bool new = sock_flag(c->sk, SOCK_TSTAMP_NEW);
	struct timespec64 ts = ktime_to_timespec64(c->stamp);

	if (sock_flag(c->sk, SOCK_RCVTSTAMPNS) && new) {
		struct __kernel_timespec t = { ts.tv_sec, ts.tv_nsec };

		put_cmsg(c->msg, SOL_SOCKET, SO_TIMESTAMPNS_NEW, sizeof(t), &t);
	} else if (sock_flag(c->sk, SOCK_RCVTSTAMPNS)) {
		struct __kernel_old_timespec t = { ts.tv_sec, ts.tv_nsec };

		put_cmsg(c->msg, SOL_SOCKET, SO_TIMESTAMPNS_OLD, sizeof(t), &t);
	} else if (new) {
		struct __kernel_sock_timeval t = { ts.tv_sec, ts.tv_nsec / NSEC_PER_USEC };

		put_cmsg(c->msg, SOL_SOCKET, SO_TIMESTAMP_NEW, sizeof(t), &t);
	} else {
		struct __kernel_old_timeval t = { ts.tv_sec, ts.tv_nsec / NSEC_PER_USEC };

		put_cmsg(c->msg, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(t), &t);
	}
}

/* SO_TIMESTAMPING: what it asked for of the two. */
static void atcp_recvmsg_put_stamps(const struct atcp_recvmsg *c)
{
	struct scm_timestamping_internal tss = { };
	u32 flags = READ_ONCE(c->sk->sk_tsflags);
	bool any = false;

	if (c->stamp && (flags & SOF_TIMESTAMPING_SOFTWARE)) {
		tss.ts[0] = ATCP_COMPAT_TSS(c->stamp);
		any = true;
	}
	if (c->stamp_hw && (flags & SOF_TIMESTAMPING_RAW_HARDWARE)) {
		tss.ts[2] = ATCP_COMPAT_TSS(c->stamp_hw);
		any = true;
	}
	if (!any)
		return;
	if (sock_flag(c->sk, SOCK_TSTAMP_NEW))
		put_cmsg_scm_timestamping64(c->msg, &tss);
	else
		put_cmsg_scm_timestamping(c->msg, &tss);
}

static inline void atcp_recvmsg_give_stamps(const struct atcp_recvmsg *c)
{
	if (unlikely(c->stamp && sock_flag(c->sk, SOCK_RCVTSTAMP)))
		atcp_recvmsg_put_stamp(c);
	if (unlikely(READ_ONCE(c->sk->sk_tsflags)))
		atcp_recvmsg_put_stamps(c);
}

/**
 * atcp_recvmsg_stamps() - say when bytes came that recv(2) has not given
 * @sk: socket
 * @msg: where it is said
 * @stamp: when, or 0
 * @stamp_hw: the same by the device's clock, or 0
 */
void atcp_recvmsg_stamps(struct sock *sk, struct msghdr *msg, ktime_t stamp, ktime_t stamp_hw)
{
	const struct atcp_recvmsg c = {
		.sk		= sk,
		.msg		= msg,
		.stamp		= stamp,
		.stamp_hw	= stamp_hw,
	};

	atcp_recvmsg_give_stamps(&c);
}

/* Gives @skb's bytes from @off on: false at the end of what is wanted, or of the stream. */
static bool atcp_recvmsg_take(struct atcp_recvmsg *c, struct sk_buff *skb, u32 off)
{
	bool eat = !(c->flags & MSG_PEEK);
	size_t used;
	int err;

	if (off < skb->len && atcp_urgent_hole(c->sk, *c->seq)) {
		WRITE_ONCE(*c->seq, *c->seq + 1);
		c->hole++;
		off++;
	}
	if (off < skb->len) {
		used = min_t(size_t, skb->len - off, c->len);
		if (*c->seq != atcp_sk(c->sk)->urg_seq)
			used = atcp_urgent_before(atcp_sk(c->sk), *c->seq, used);
		if (!(c->flags & MSG_TRUNC)) {
			err = skb_copy_datagram_msg(skb, off, c->msg, used);
			if (err) {
				if (!c->copied)
					c->copied = -EFAULT;
				return false;
			}
		}
		WRITE_ONCE(*c->seq, *c->seq + used);
		c->copied += used;
		c->len -= used;
		if (eat)
			sk_peek_offset_bwd(c->sk, used);
		else
			sk_peek_offset_fwd(c->sk, used);
		if (unlikely(sock_flag(c->sk, SOCK_RCVTSTAMP) || READ_ONCE(c->sk->sk_tsflags))) {
			c->stamp = atcp_compat_stamp(skb);
			c->stamp_hw = skb_hwtstamps(skb)->hwtstamp;
		}
		atcp_rcvbuf_adjust(c->sk);
		if (off + used < skb->len)
			return c->len > 0;
	}

	if (ATCP_CB(skb)->flags & ATCP_F_FIN) {
		WRITE_ONCE(*c->seq, *c->seq + 1);
		if (eat)
			atcp_rcvq_read_up(c->sk, skb);
		return false;
	}
	if (eat)
		atcp_rcvq_read_up(c->sk, skb);
	return c->len > 0;
}

/* MSG_OOB: the urgent byte, when it is kept apart. As Linux's TCP has it, errors included. */
static int atcp_recvmsg_urgent(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct atcp_sock *as = atcp_sk(sk);
	u8 byte = as->urg_data;
	int err = 0;

	if (sock_flag(sk, SOCK_URGINLINE) || !as->urg_data || as->urg_data == ATCP_URG_READ)
		return -EINVAL;
	if (sk->sk_state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (!(as->urg_data & ATCP_URG_VALID)) {
		if (sk->sk_state == TCP_CLOSE || (sk->sk_shutdown & RCV_SHUTDOWN))
			return 0;
		/* It is announced and not here yet: no waiting, whatever the socket's mode. */
		return -EAGAIN;
	}

	if (!(flags & MSG_PEEK))
		WRITE_ONCE(as->urg_data, ATCP_URG_READ);
	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(flags & MSG_TRUNC))
		err = memcpy_to_msg(msg, &byte, sizeof(byte));
	return err ? -EFAULT : (int)sizeof(byte);
}

/* Bytes do not go on past the mark in one call, so that the reader sees where it is. */
static bool atcp_recvmsg_mark(struct atcp_recvmsg *c)
{
	if (likely(!atcp_urgent_at(atcp_sk(c->sk), *c->seq)))
		return false;
	if (!c->copied && signal_pending(current))
		c->copied = c->timeo ? sock_intr_errno(c->timeo) : -EAGAIN;
	return c->copied;
}

/**
 * atcp_recvmsg_locked() - recv(2) with the socket locked
 * @sk: socket
 * @msg: where the bytes go
 * @len: bytes wanted
 * @flags: MSG_*
 *
 * Return: bytes, 0 at the end, or a negative errno
 */
int atcp_recvmsg_locked(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_recvmsg c = {
		.sk	= sk,
		.msg	= msg,
		.len	= len,
		.flags	= flags,
		.timeo	= sock_rcvtimeo(sk, flags & MSG_DONTWAIT),
		.target	= sock_rcvlowat(sk, flags & MSG_WAITALL, len),
		.peek	= as->copied_seq,
	};
	struct sk_buff *skb, *last;
	bool more;
	u32 off;
	int err;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	if (flags & MSG_OOB)
		return atcp_recvmsg_urgent(sk, msg, len, flags);
	if (unlikely(as->ask.repair) && !atcp_repair_recv(sk, msg, flags, &err))
		return err;
	c.seq = &as->copied_seq;
	if (flags & MSG_PEEK) {
		c.ahead = max(sk_peek_offset(sk, flags), 0);
		c.peek += c.ahead;
		c.seq = &c.peek;
	}

	do {
		if (atcp_recvmsg_mark(&c))
			break;
		skb = atcp_recvmsg_find(&c, &off, &last);
		if (skb) {
			more = atcp_recvmsg_take(&c, skb, off);
			atcp_urgent_passed(as, as->copied_seq);
			if (!more)
				break;
			continue;
		}
		if (atcp_recvmsg_over(&c))
			break;
		err = atcp_recvmsg_wait(&c, last);
		if (err) {
			c.copied = c.copied ?: err;
			break;
		}
	} while (c.len > 0);

	if (c.copied > 0)
		atcp_recvmsg_give_stamps(&c);
	atcp_rcvack_read(sk, c.flags & MSG_PEEK ? 0 : max(c.copied, 0));
	atcp_fwd_settle(sk);
	return c.copied;
}

/* MSG_ERRQUEUE. The lock keeps other readers from what is not an offset yet. */
static int atcp_recvmsg_error(struct sock *sk, struct msghdr *msg, size_t len)
{
	if (!atcp_txstamp_finish(sk))
		return -EAGAIN;
	return sk->sk_family == AF_INET6 ? ATCP_COMPAT_RECV_ERROR(ipv6_recv_error, sk, msg, len) :
					   ATCP_COMPAT_RECV_ERROR(inet_recv_error, sk, msg, len);
}

/**
 * atcp_recvmsg_inq() - what TCP_INQ says
 * @sk: socket
 *
 * Return: bytes left to read; 1 for the end of the stream, so that the reader comes for it
 */
int atcp_recvmsg_inq(const struct sock *sk)
{
	int inq = max_t(int, atcp_rcvq_readable(sk), 0);

	return !inq && sock_flag(sk, SOCK_DONE) ? 1 : inq;
}

static void atcp_recvmsg_put_inq(struct sock *sk, struct msghdr *msg)
{
	int inq = atcp_recvmsg_inq(sk);

	put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(inq), &inq);
}

int atcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	int ret;

	atcp_sockfilter_see(sk);
	if (flags & MSG_ERRQUEUE) {
		lock_sock(sk);
		ret = atcp_recvmsg_error(sk, msg, len);
		release_sock(sk);
		return ret;
	}
	/* SO_BUSY_POLL: the device is asked before one sleeps. */
	if (sk_can_busy_loop(sk) && skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	    inet_sk_state_load(sk) == TCP_ESTABLISHED)
		sk_busy_loop(sk, flags & MSG_DONTWAIT);
	lock_sock(sk);
	ret = atcp_recvmsg_locked(sk, msg, len, flags);
	/* What came in the meantime is counted too, as far as the lock let it in. */
	release_sock(sk);
	if (unlikely(READ_ONCE(atcp_sk(sk)->inq_hint)) && ret >= 0 && !(flags & MSG_OOB))
		atcp_recvmsg_put_inq(sk, msg);
	return ret;
}
