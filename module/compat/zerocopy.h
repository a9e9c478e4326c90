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
 * MSG_SPLICE_PAGES, in the place of sendpage since 6.5: @msg's pages are to be taken as they are.
 * atcp_compat_splice_iter(): up to @len bytes of them for @skb: how many, or -EMSGSIZE: no room.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
static inline bool atcp_compat_splices(const struct msghdr *msg)
{
	return msg->msg_flags & MSG_SPLICE_PAGES;
}

typedef ssize_t atcp_compat_splice_gfp(struct sk_buff *skb, struct iov_iter *iter,
				       ssize_t maxsize, gfp_t gfp);
typedef ssize_t atcp_compat_splice_plain(struct sk_buff *skb, struct iov_iter *iter,
					 ssize_t maxsize);

/* It was told how to allocate until 6.17. */
static inline ssize_t atcp_compat_splice_iter(struct sk_buff *skb, struct msghdr *msg, int len,
					      gfp_t gfp)
{
	void *fn = skb_splice_from_iter;

	if (__builtin_types_compatible_p(typeof(skb_splice_from_iter), atcp_compat_splice_gfp))
		return ((atcp_compat_splice_gfp *)fn)(skb, &msg->msg_iter, len, gfp);
	return ((atcp_compat_splice_plain *)fn)(skb, &msg->msg_iter, len);
}
#else
static inline bool atcp_compat_splices(const struct msghdr *msg)
{
	return false;
}

static inline ssize_t atcp_compat_splice_iter(struct sk_buff *skb, struct msghdr *msg, int len,
					      gfp_t gfp)
{
	return -EOPNOTSUPP;
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
