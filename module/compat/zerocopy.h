/* SPDX-License-Identifier: GPL-2.0 */
/* MSG_ZEROCOPY's helpers, which take a device's memory too since 6.16; and who asks SO_ZEROCOPY. */
#ifndef _ATCP_COMPAT_ZEROCOPY_H
#define _ATCP_COMPAT_ZEROCOPY_H

#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/version.h>
#include <net/sock.h>

/*
 * atcp_compat_zerocopy_realloc(): whom to tell of @size more bytes, by @tail's if that is the last;
 * NULL: too many are owed. atcp_compat_zerocopy_iter(): @len bytes of @msg's pages for @skb.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
static inline struct ubuf_info *atcp_compat_zerocopy_realloc(struct sock *sk, size_t size,
							     struct ubuf_info *tail)
{
	return msg_zerocopy_realloc(sk, size, tail, false);
}

static inline int atcp_compat_zerocopy_iter(struct sock *sk, struct sk_buff *skb,
					    struct msghdr *msg, int len, struct ubuf_info *uarg)
{
	return skb_zerocopy_iter_stream(sk, skb, msg, len, uarg, NULL);
}
#else
static inline struct ubuf_info *atcp_compat_zerocopy_realloc(struct sock *sk, size_t size,
							     struct ubuf_info *tail)
{
	return msg_zerocopy_realloc(sk, size, tail);
}

static inline int atcp_compat_zerocopy_iter(struct sock *sk, struct sk_buff *skb,
					    struct msghdr *msg, int len, struct ubuf_info *uarg)
{
	return skb_zerocopy_iter_stream(sk, skb, msg, len, uarg);
}
#endif

/*
 * sendmsg(2) may be given whom to tell (io_uring); and, where it can be had, SO_ZEROCOPY
 * comes to us, for of its own the core takes it for the kernel's TCP only.
 */
static inline void atcp_compat_zerocopy_socket(struct socket *sock)
{
	set_bit(SOCK_SUPPORT_ZC, &sock->flags);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
#endif
}

#endif /* _ATCP_COMPAT_ZEROCOPY_H */
