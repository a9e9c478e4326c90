// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_REPAIR: a connection is taken down to numbers and bytes, and built of them elsewhere, as
 * CRIU does it, with Linux's options and errnos. Who may is who has CAP_NET_ADMIN over the
 * namespace's owner. Which of the queues the calls are about is said by TCP_REPAIR_QUEUE.
 */
#include "socket/repair.h"

#include <linux/capability.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/uaccess.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "conn/ack.h"
#include "output/mtuprobe.h"
#include "output/output.h"
#include "output/route.h"
#include "output/xmit.h"
#include "proto/seg.h"
#include "proto/seq.h"
#include "state/conn/rcvbuf.h"
#include "state/conn/rcvmem.h"
#include "state/conn/rcvq.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/sock.h"
#include "state/shared/mib.h"

/* RFC 9293 3.7.1 (MUST-15): what a peer takes of which nothing is said. */
static u16 atcp_repair_default_mss(const struct atcp_sock *as)
{
	return as->af_ops->family == AF_INET ? TCP_MSS_DEFAULT : 1220;
}

/* An ACK of something old: the peer's answer says what it has and how much it takes. */
static void atcp_repair_probe(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (sk->sk_state != TCP_ESTABLISHED)
		return;
	/* Whatever number the answer has, its window counts. */
	as->snd_wl1 = as->rcv_nxt - 1;
	ATCP_SK_INC(sk, TCPWINPROBE);
	atcp_xmit_ctl(sk, as->snd_una - 1, ATCP_F_ACK, sk_gfp_mask(sk, GFP_ATOMIC));
}

static int atcp_repair_set_mode(struct sock *sk, int val)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN) || sk->sk_state == TCP_LISTEN)
		return -EPERM;
	switch (val) {
	case TCP_REPAIR_ON:
		as->ask.repair = true;
		as->ask.repair_queue = TCP_NO_QUEUE;
		sk->sk_reuse = SK_FORCE_REUSE;
		return 0;
	case TCP_REPAIR_OFF:
	case TCP_REPAIR_OFF_NO_WP:
		as->ask.repair = false;
		sk->sk_reuse = SK_NO_REUSE;
		if (val == TCP_REPAIR_OFF)
			atcp_repair_probe(sk);
		return 0;
	default:
		return -EINVAL;
	}
}

static int atcp_repair_set_queue(struct atcp_sock *as, int val)
{
	if (!as->ask.repair)
		return -EPERM;
	if (val < 0 || val >= TCP_QUEUES_NR)
		return -EINVAL;
	as->ask.repair_queue = val;
	return 0;
}

/* The number that the queue's first byte will have. */
static int atcp_repair_set_seq(struct sock *sk, int val)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (sk->sk_state != TCP_CLOSE)
		return -EPERM;
	switch (as->ask.repair_queue) {
	case TCP_SEND_QUEUE:
		if (!atcp_rtxq_empty(as))
			return -EPERM;
		WRITE_ONCE(as->write_seq, val);
		return 0;
	case TCP_RECV_QUEUE:
		if (as->rcv_nxt != as->copied_seq)
			return -EPERM;
		/* All of it was read. */
		atcp_rcvq_purge(sk);
		WRITE_ONCE(as->rcv_nxt, val);
		WRITE_ONCE(as->copied_seq, val);
		return 0;
	default:
		return -EINVAL;
	}
}

/* Window scaling was agreed; until now it was not. */
static int atcp_repair_set_wscale(struct sock *sk, u32 val)
{
	u16 snd = val & 0xffff, rcv = val >> 16;
	struct atcp_sock *as = atcp_sk(sk);

	if (snd > TCP_MAX_WSCALE || rcv > TCP_MAX_WSCALE)
		return -EFBIG;
	as->snd_wscale = snd;
	as->rcv_wscale = rcv;
	as->wscale_ok = 1;
	if (!as->clamp_user)
		as->window_clamp = min(atcp_rcvbuf_full(sk), (u32)U16_MAX << rcv);
	return 0;
}

static int atcp_repair_set_option(struct sock *sk, const struct tcp_repair_opt *opt)
{
	struct atcp_sock *as = atcp_sk(sk);

	switch (opt->opt_code) {
	case TCPOPT_MSS:
		as->mss_clamp = opt->opt_val;
		atcp_mtuprobe_begin(sk);
		break;
	case TCPOPT_WINDOW:
		return atcp_repair_set_wscale(sk, opt->opt_val);
	case TCPOPT_SACK_PERM:
		if (opt->opt_val)
			return -EINVAL;
		as->sack_ok = 1;
		break;
	case TCPOPT_TIMESTAMP:
		if (opt->opt_val)
			return -EINVAL;
		as->ts_ok = 1;
		break;
	}
	return 0;
}

/* What the handshake agreed on. Others than these four are passed over. */
static int atcp_repair_set_options(struct sock *sk, sockptr_t optval, unsigned int len)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct tcp_repair_opt opt;
	size_t at = 0;
	int err = 0;

	if (!as->ask.repair)
		return -EINVAL;
	if (sk->sk_state != TCP_ESTABLISHED || as->bytes_sent)
		return -EPERM;
	for (; !err && len >= sizeof(opt); len -= sizeof(opt), at += sizeof(opt)) {
		if (copy_from_sockptr_offset(&opt, optval, at, sizeof(opt)))
			err = -EFAULT;
		else
			err = atcp_repair_set_option(sk, &opt);
	}
	atcp_xmit_sync_mss(sk, as->pmtu);
	return err;
}

static int atcp_repair_set_window(struct sock *sk, sockptr_t optval, unsigned int len)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct tcp_repair_window w;

	if (!as->ask.repair)
		return -EPERM;
	if (len != sizeof(w))
		return -EINVAL;
	if (copy_from_sockptr(&w, optval, sizeof(w)))
		return -EFAULT;
	if (w.max_window < w.snd_wnd ||
	    atcp_seq_after(w.snd_wl1, as->rcv_nxt + w.rcv_wnd) ||
	    atcp_seq_after(w.rcv_wup, as->rcv_nxt))
		return -EINVAL;
	as->snd_wl1 = w.snd_wl1;
	as->snd_wnd = w.snd_wnd;
	as->max_window = w.max_window;
	as->rcv_wnd = w.rcv_wnd;
	as->rcv_wup = w.rcv_wup;
	as->rcv_mwnd = w.rcv_wup + w.rcv_wnd;
	return 0;
}

int atcp_repair_set(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen)
{
	int val, err;

	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	lock_sock(sk);
	switch (optname) {
	case TCP_REPAIR:
		err = atcp_repair_set_mode(sk, val);
		break;
	case TCP_REPAIR_QUEUE:
		err = atcp_repair_set_queue(atcp_sk(sk), val);
		break;
	case TCP_QUEUE_SEQ:
		err = atcp_repair_set_seq(sk, val);
		break;
	case TCP_REPAIR_OPTIONS:
		err = atcp_repair_set_options(sk, optval, optlen);
		break;
	default:
		err = atcp_repair_set_window(sk, optval, optlen);
		break;
	}
	release_sock(sk);
	return err;
}

static int atcp_repair_get_window(const struct atcp_sock *as, char __user *optval, int len)
{
	const struct tcp_repair_window w = {
		.snd_wl1	= as->snd_wl1,
		.snd_wnd	= as->snd_wnd,
		.max_window	= as->max_window,
		.rcv_wnd	= as->rcv_wnd,
		.rcv_wup	= as->rcv_wup,
	};

	if (len != sizeof(w))
		return -EINVAL;
	if (!as->ask.repair)
		return -EPERM;
	return copy_to_user(optval, &w, sizeof(w)) ? -EFAULT : 0;
}

static int atcp_repair_get_int(const struct atcp_sock *as, int optname, int *val)
{
	switch (optname) {
	case TCP_REPAIR:
		*val = as->ask.repair;
		return 0;
	case TCP_REPAIR_QUEUE:
		*val = as->ask.repair_queue;
		return as->ask.repair ? 0 : -EINVAL;
	case TCP_QUEUE_SEQ:
		if (as->ask.repair_queue == TCP_NO_QUEUE)
			return -EINVAL;
		*val = as->ask.repair_queue == TCP_SEND_QUEUE ? as->write_seq : as->rcv_nxt;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int atcp_repair_get(struct sock *sk, int optname, char __user *optval, int __user *optlen)
{
	int len, val, err;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	lock_sock(sk);
	if (optname == TCP_REPAIR_WINDOW)
		err = atcp_repair_get_window(atcp_sk(sk), optval, len);
	else
		err = atcp_repair_get_int(atcp_sk(sk), optname, &val);
	release_sock(sk);
	if (err || optname == TCP_REPAIR_WINDOW)
		return err;
	len = min_t(int, len, sizeof(val));
	if (put_user(len, optlen) || copy_to_user(optval, &val, len))
		return -EFAULT;
	return 0;
}

int atcp_repair_connect(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	int err = atcp_output_connect(sk);

	if (err)
		return err;
	/* Nothing is agreed on before TCP_REPAIR_OPTIONS says so. */
	if (!as->user_mss)
		as->mss_clamp = atcp_repair_default_mss(as);
	as->rcv_wscale = 0;
	as->window_clamp = min_t(u32, as->window_clamp, U16_MAX);
	as->rcv_wnd = min_t(u32, as->rcv_wnd, U16_MAX);
	as->rcv_ssthresh = min_t(u32, as->rcv_ssthresh, U16_MAX);

	WRITE_ONCE(as->copied_seq, as->rcv_nxt);
	as->rcv_isn = as->rcv_nxt - 1;
	as->rcv_wup = as->rcv_nxt;
	as->rcv_mwnd = as->rcv_wup + as->rcv_wnd;
	as->max_window = 0;
	/* Our SYN is not among what is acknowledged here. */
	as->passive = 1;
	as->lrcvtime = (u32)jiffies;
	atcp_ack_establish(sk, as->rcv_nxt - 1, as->write_seq, 0);
	as->delivered = 0;
	atcp_rcvbuf_init_mss(as);
	return 0;
}

/* The most that one call puts into the receive queue. */
static size_t atcp_repair_portion(size_t size)
{
	size_t pages = min_t(size_t, size >> PAGE_SHIFT, MAX_SKB_FRAGS);

	return (pages << PAGE_SHIFT) + (size & ~PAGE_MASK);
}

/* Bytes that had arrived, and were acknowledged, before they were read: how many, or -errno. */
static int atcp_repair_fill(struct sock *sk, struct msghdr *msg)
{
	size_t size = atcp_repair_portion(msg_data_left(msg));
	struct atcp_sock *as = atcp_sk(sk);
	struct sk_buff *skb;
	int err;

	if (!size)
		return 0;
	skb = alloc_skb_with_frags(size & ~PAGE_MASK, size & PAGE_MASK, PAGE_ALLOC_COSTLY_ORDER,
				   &err, sk->sk_allocation);
	if (!skb)
		return err;
	skb_put(skb, size & ~PAGE_MASK);
	skb->data_len = size & PAGE_MASK;
	skb->len = size;
	memset(ATCP_CB(skb), 0, sizeof(struct atcp_cb));
	ATCP_CB(skb)->seq = as->rcv_nxt;
	ATCP_CB(skb)->end_seq = as->rcv_nxt + size;
	err = skb_copy_datagram_from_iter(skb, 0, &msg->msg_iter, size);
	if (err)
		goto free;
	err = -ENOMEM;
	if (!atcp_rcvmem_ok(sk, skb)) {
		ATCP_SK_INC(sk, TCPRCVQDROP);
		goto free;
	}
	atcp_rcvq_queue(sk, skb);
	return size;

free:
	kfree_skb(skb);
	return err;
}

bool atcp_repair_send(struct sock *sk, struct msghdr *msg, int *ret)
{
	switch (atcp_sk(sk)->ask.repair_queue) {
	case TCP_SEND_QUEUE:
		return true;
	case TCP_RECV_QUEUE:
		*ret = msg ? atcp_repair_fill(sk, msg) : -EINVAL;
		return false;
	default:
		*ret = -EINVAL;
		return false;
	}
}

/* Copies what is not acknowledged of @skb, and adds to @copied: 0 or -errno. */
static int atcp_repair_peek(const struct atcp_sock *as, const struct sk_buff *skb,
			    struct msghdr *msg, int *copied)
{
	u32 off = 0;
	int err;

	if (atcp_seq_before(ATCP_CB(skb)->seq, as->snd_una))
		off = min(as->snd_una - ATCP_CB(skb)->seq, skb->len);
	err = skb_copy_datagram_msg(skb, off, msg, skb->len - off);
	if (!err)
		*copied += skb->len - off;
	return err;
}

/* The send queue, all of it: -EFAULT if there is no room for that. */
static int atcp_repair_peek_all(struct sock *sk, struct msghdr *msg)
{
	struct atcp_sock *as = atcp_sk(sk);
	int err = 0, copied = 0;
	struct sk_buff *skb;

	if (!atcp_rtxq_empty(as))
		for (skb = atcp_rtxq_head(as); skb && !err; skb = atcp_rtxq_next(skb))
			err = atcp_repair_peek(as, skb, msg, &copied);
	skb_queue_walk(&sk->sk_write_queue, skb) {
		if (err)
			break;
		err = atcp_repair_peek(as, skb, msg, &copied);
	}
	return err ?: copied;
}

bool atcp_repair_recv(struct sock *sk, struct msghdr *msg, int flags, int *ret)
{
	u8 queue = atcp_sk(sk)->ask.repair_queue;

	if (!(flags & MSG_PEEK))
		*ret = -EPERM;
	else if (queue == TCP_SEND_QUEUE)
		*ret = atcp_repair_peek_all(sk, msg);
	else if (queue == TCP_NO_QUEUE)
		*ret = -EINVAL;
	else
		return true;
	return false;
}
