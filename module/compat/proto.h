/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about protocols, their operations and the kernel TCP's tables. */
#ifndef _ATCP_COMPAT_PROTO_H
#define _ATCP_COMPAT_PROTO_H

#include <linux/net.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/sock.h>

/*
 * Operations whose parameters have changed. Each macro defines a static
 * function @name, for the struct's initializer, that calls @fn; @fn always has
 * the one signature that is given here. Where both types can be written down,
 * the type of the struct's member is asked and not the version.
 */
#define ATCP_COMPAT_IS(type, member, fn) \
	__builtin_types_compatible_p(typeof(((type *)NULL)->member), typeof(fn) *)

/* struct sock *fn(struct sock *sk, int flags, int *err, bool kern); one argument since 6.10 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define ATCP_COMPAT_ACCEPT(name, fn)						\
static struct sock *name(struct sock *sk, struct proto_accept_arg *arg)	\
{										\
	return fn(sk, arg->flags, &arg->err, arg->kern);			\
}
#else
#define ATCP_COMPAT_ACCEPT(name, fn)						\
static struct sock *name(struct sock *sk, int flags, int *err, bool kern)	\
{										\
	return fn(sk, flags, err, kern);					\
}
#endif

/* inet_accept(), and then @done(the new socket); struct proto_ops's operation likewise */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define ATCP_COMPAT_INET_ACCEPT(name, done)					\
static int name(struct socket *sock, struct socket *newsock, struct proto_accept_arg *arg) \
{										\
	int err = inet_accept(sock, newsock, arg);				\
										\
	if (!err)								\
		done(newsock);							\
	return err;								\
}
#else
#define ATCP_COMPAT_INET_ACCEPT(name, done)					\
static int name(struct socket *sock, struct socket *newsock, int flags, bool kern) \
{										\
	int err = inet_accept(sock, newsock, flags, kern);			\
										\
	if (!err)								\
		done(newsock);							\
	return err;								\
}
#endif

/* int fn(struct sock *sk, int cmd, int *answer); copied out by the caller since 6.5 */
#define ATCP_COMPAT_IOCTL(name, fn)						\
static int __maybe_unused name##_user(struct sock *sk, int cmd, unsigned long arg) \
{										\
	int answer, err = fn(sk, cmd, &answer);					\
										\
	return err ?: put_user(answer, (int __user *)arg);			\
}										\
static int __maybe_unused name##_kernel(struct sock *sk, int cmd, int *answer)	\
{										\
	return fn(sk, cmd, answer);						\
}

#define ATCP_COMPAT_IOCTL_OP(name)						\
	__builtin_choose_expr(ATCP_COMPAT_IS(struct proto, ioctl, name##_user),	\
			      name##_user, name##_kernel)

/*
 * int fn(struct sock *sk, struct msghdr *msg, size_t len, int flags); also with addr_len,
 * which fn sets in @msg
 */
#define ATCP_COMPAT_RECVMSG(name, fn)						\
static int __maybe_unused name##_len(struct sock *sk, struct msghdr *msg,	\
				     size_t len, int flags, int *addr_len)	\
{										\
	int ret;								\
										\
	msg->msg_namelen = 0;							\
	ret = fn(sk, msg, len, flags);						\
	*addr_len = msg->msg_namelen;						\
	return ret;								\
}										\
static int __maybe_unused name##_nolen(struct sock *sk, struct msghdr *msg,	\
				       size_t len, int flags)			\
{										\
	return fn(sk, msg, len, flags);						\
}

#define ATCP_COMPAT_RECVMSG_OP(name)						\
	__builtin_choose_expr(ATCP_COMPAT_IS(struct proto, recvmsg, name##_len),	\
			      name##_len, name##_nolen)

/* int fn(struct sock *sk, struct sockaddr *addr, int len); of a type of unknown size since 6.19 */
struct sockaddr_unsized;
#define ATCP_COMPAT_ADDR(name, fn)						\
static int __maybe_unused name##_sized(struct sock *sk, struct sockaddr *addr,	\
				       int len)					\
{										\
	return fn(sk, addr, len);						\
}										\
static int __maybe_unused name##_unsized(struct sock *sk,			\
					 struct sockaddr_unsized *addr, int len) \
{										\
	return fn(sk, (struct sockaddr *)addr, len);				\
}

#define ATCP_COMPAT_ADDR_OP(member, name)					\
	__builtin_choose_expr(ATCP_COMPAT_IS(struct proto, member, name##_sized),	\
			      name##_sized, name##_unsized)

/* Where struct ipv6_pinfo is: told since 6.5, before that always last. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define ATCP_COMPAT_PINFO(type, member)	.ipv6_pinfo_offset = offsetof(type, member),
#else
#define ATCP_COMPAT_PINFO(type, member)
#endif

/* sendpage was replaced by sendmsg with MSG_SPLICE_PAGES in 6.5. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define ATCP_COMPAT_SENDPAGE(fn)	.sendpage = (fn),
#else
#define ATCP_COMPAT_SENDPAGE(fn)
#endif

/* What cgroup programs say to connect(2). The address length is a pointer since 6.7. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define ATCP_COMPAT_BPF_CONNECT4(sk, addr, len)	BPF_CGROUP_RUN_PROG_INET4_CONNECT(sk, addr, &(len))
#define ATCP_COMPAT_BPF_CONNECT6(sk, addr, len)	BPF_CGROUP_RUN_PROG_INET6_CONNECT(sk, addr, &(len))
#else
#define ATCP_COMPAT_BPF_CONNECT4(sk, addr, len)	BPF_CGROUP_RUN_PROG_INET4_CONNECT(sk, addr)
#define ATCP_COMPAT_BPF_CONNECT6(sk, addr, len)	BPF_CGROUP_RUN_PROG_INET6_CONNECT(sk, addr)
#endif

/* A flag of sendpage, that went with it. */
#ifdef MSG_SENDPAGE_NOTLAST
#define ATCP_COMPAT_NOTLAST	MSG_SENDPAGE_NOTLAST
#else
#define ATCP_COMPAT_NOTLAST	0
#endif

/* connect(2) has not sent its SYN: a bit field until 6.6. */
#ifdef inet_set_bit
#define ATCP_COMPAT_DEFER_SET(sk)	inet_set_bit(DEFER_CONNECT, sk)
#define ATCP_COMPAT_DEFER_CLEAR(sk)	inet_clear_bit(DEFER_CONNECT, sk)
#define ATCP_COMPAT_DEFER_TEST(sk)	inet_test_bit(DEFER_CONNECT, sk)
#else
#define ATCP_COMPAT_DEFER_SET(sk)	(inet_sk(sk)->defer_connect = 1)
#define ATCP_COMPAT_DEFER_CLEAR(sk)	(inet_sk(sk)->defer_connect = 0)
#define ATCP_COMPAT_DEFER_TEST(sk)	(inet_sk(sk)->defer_connect)
#endif

/* Lookups in the kernel TCP's tables no longer name them since 6.18. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define ATCP_COMPAT_TABLES(net)		(net)
#else
#define ATCP_COMPAT_TABLES(net)		(net), (net)->ipv4.tcp_death_row.hashinfo
#endif

/**
 * atcp_compat_stamp() - when a received skb came, by the wall clock; or 0
 * @skb: from a hook before IP has delivered it, so that on the same host it may
 *	still say when it was sent, by another clock
 */
static inline ktime_t atcp_compat_stamp(const struct sk_buff *skb)
{
#ifdef SKB_TSTAMP_TYPE_MASK
	bool mono = skb->tstamp_type == SKB_CLOCK_MONOTONIC;
#else
	bool mono = skb->mono_delivery_time;
#endif

	return mono ? ktime_mono_to_real(skb->tstamp) : skb->tstamp;
}

/**
 * atcp_compat_kernel_established() - has the kernel's TCP this connection?
 * @net: namespace
 * @family: AF_INET (addresses are v4-mapped) or AF_INET6
 * @raddr: peer's address
 * @rport: peer's port
 * @laddr: local address
 * @lport: local port, host order
 * @dif: device the connection is bound to, or 0
 */
static inline bool atcp_compat_kernel_established(struct net *net, u8 family,
						  const struct in6_addr *raddr, __be16 rport,
						  const struct in6_addr *laddr, u16 lport,
						  int dif)
{
	struct sock *sk;

	rcu_read_lock();
	if (family == AF_INET)
		sk = __inet_lookup_established(ATCP_COMPAT_TABLES(net), raddr->s6_addr32[3],
					       rport, laddr->s6_addr32[3], lport, dif, 0);
	else
		sk = __inet6_lookup_established(ATCP_COMPAT_TABLES(net), raddr, rport, laddr,
						lport, dif, 0);
	if (sk)
		sock_gen_put(sk);
	rcu_read_unlock();
	return sk;
}

/**
 * atcp_compat_kernel_listens() - has the kernel's TCP a listener for this?
 * @net: namespace
 * @family: AF_INET (addresses are v4-mapped) or AF_INET6
 * @raddr: peer's address
 * @rport: peer's port
 * @laddr: local address
 * @lport: local port, host order
 * @dif: device the connection is bound to, or 0
 */
static inline bool atcp_compat_kernel_listens(struct net *net, u8 family,
					      const struct in6_addr *raddr, __be16 rport,
					      const struct in6_addr *laddr, u16 lport, int dif)
{
	bool found;

	rcu_read_lock();
	if (family == AF_INET)
		found = __inet_lookup_listener(ATCP_COMPAT_TABLES(net), NULL, 0,
					       raddr->s6_addr32[3], rport,
					       laddr->s6_addr32[3], lport, dif, 0);
	else
		found = inet6_lookup_listener(ATCP_COMPAT_TABLES(net), NULL, 0, raddr, rport,
					      laddr, lport, dif, 0);
	rcu_read_unlock();
	return found;
}

#endif /* _ATCP_COMPAT_PROTO_H */
