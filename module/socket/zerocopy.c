// SPDX-License-Identifier: GPL-2.0
/*
 * MSG_ZEROCOPY: the user's pages are sent, and it is told when nobody has them any more, by the
 * error queue or by what io_uring gives with the call.
 */
#include "socket/zerocopy.h"

#include <linux/socket.h>
#include <net/sock.h>

#include "compat/zerocopy.h"

int atcp_zerocopy_begin(struct sock *sk, const struct msghdr *msg, size_t size,
			struct atcp_zerocopy *z)
{
	const struct sk_buff *tail = skb_peek_tail(&sk->sk_write_queue);

	*z = (struct atcp_zerocopy) {};
	if (likely(!(msg->msg_flags & MSG_ZEROCOPY)) || !size)
		return 0;
	if (msg->msg_ubuf) {
		z->uarg = msg->msg_ubuf;
		net_zcopy_get(z->uarg);
	} else if (sock_flag(sk, SOCK_ZEROCOPY)) {
		z->uarg = atcp_compat_zerocopy_realloc(sk, size, skb_zcopy((struct sk_buff *)tail));
		if (!z->uarg)
			return -ENOBUFS;
		if (!(sk->sk_route_caps & NETIF_F_SG))
			uarg_to_msgzc(z->uarg)->zerocopy = 0;
	}
	z->pages = z->uarg && (sk->sk_route_caps & NETIF_F_SG);
	return 0;
}

void atcp_zerocopy_end(struct atcp_zerocopy *z, bool sent)
{
	if (likely(!z->uarg))
		return;
	if (sent)
		net_zcopy_put(z->uarg);
	else
		net_zcopy_put_abort(z->uarg, true);
}

int atcp_zerocopy_set(struct sock *sk, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	sock_valbool_flag(sk, SOCK_ZEROCOPY, val);
	return 0;
}

int atcp_zerocopy_get(struct sock *sk)
{
	return sock_flag(sk, SOCK_ZEROCOPY);
}
