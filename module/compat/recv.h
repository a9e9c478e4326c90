/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about what recvmsg(2) gives beside the bytes. */
#ifndef _ATCP_COMPAT_RECV_H
#define _ATCP_COMPAT_RECV_H

#include <linux/ktime.h>
#include <linux/socket.h>
#include <net/inet_common.h>
#include <net/ipv6.h>

/* A time as a member of struct scm_timestamping_internal: of a type of its own, or as it is. */
#define ATCP_COMPAT_TSS(time)							\
	__builtin_choose_expr(__builtin_types_compatible_p(ktime_t,		\
		typeof(((struct scm_timestamping_internal *)NULL)->ts[0])),	\
			      (time), ktime_to_timespec64(time))

typedef int (*atcp_compat_recv_error_in_msg)(struct sock *sk, struct msghdr *msg, int len);
typedef int (*atcp_compat_recv_error_given)(struct sock *sk, struct msghdr *msg, int len,
					    int *addr_len);

/* inet_recv_error() or ipv6_recv_error(): with a place for the address's length, or none. */
#define ATCP_COMPAT_RECV_ERROR(fn, sk, msg, len)				\
({										\
	atcp_compat_recv_error_in_msg in_msg = (void *)(fn);			\
	atcp_compat_recv_error_given given = (void *)(fn);			\
										\
	__builtin_types_compatible_p(typeof(fn), typeof(*in_msg)) ?		\
		in_msg(sk, msg, len) : given(sk, msg, len, &(msg)->msg_namelen); \
})

#endif /* _ATCP_COMPAT_RECV_H */
