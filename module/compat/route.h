/* SPDX-License-Identifier: GPL-2.0 */
/* Route lookups between kernels: what a flow and a socket's IP options are called. */
#ifndef _ATCP_COMPAT_ROUTE_H
#define _ATCP_COMPAT_ROUTE_H

#include <net/flow.h>
#include <net/inet_dscp.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

/* A TOS byte into a flow: the field became a dscp_t, and its macro's name with it. */
static inline void atcp_compat_fl4_tos(struct flowi4 *fl4, u8 tos)
{
#ifdef flowi4_dscp
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#elif defined(IPTOS_RT_MASK)
	fl4->flowi4_tos = tos & IPTOS_RT_MASK;
#else
	fl4->flowi4_tos = tos & INET_DSCP_MASK;
#endif
}

/* Socket flags became bits that have accessors. */
#ifdef inet_test_bit
#define atcp_compat_recverr4(sk)	inet_test_bit(RECVERR, sk)
#else
#define atcp_compat_recverr4(sk)	(inet_sk(sk)->recverr)
#endif

/* IP_TRANSPARENT */
#ifdef inet_test_bit
#define atcp_compat_transparent(sk)	inet_test_bit(TRANSPARENT, sk)
#define atcp_compat_set_transparent(sk)	inet_set_bit(TRANSPARENT, sk)
#else
#define atcp_compat_transparent(sk)	(inet_sk(sk)->transparent)
#define atcp_compat_set_transparent(sk)	(inet_sk(sk)->transparent = 1)
#endif

#ifdef inet6_test_bit
#define atcp_compat_recverr6(sk)	inet6_test_bit(RECVERR6, sk)
#define atcp_compat_sndflow(sk)		inet6_test_bit(SNDFLOW, sk)
#else
#define atcp_compat_recverr6(sk)	(inet6_sk(sk)->recverr)
#define atcp_compat_sndflow(sk)		(inet6_sk(sk)->sndflow)
#endif

/* A clone has none of the flow labels of its original; their list became inet_sock's. */
static inline void atcp_compat_no_labels(struct sock *child)
{
#ifdef ATCP_COMPAT_LABELS_IN_PINFO
	RCU_INIT_POINTER(inet6_sk(child)->ipv6_fl_list, NULL);
#else
	RCU_INIT_POINTER(inet_sk(child)->ipv6_fl_list, NULL);
#endif
}

/* An IPv6 route into a socket's cache, with the cookie that says if it is still good. */
static inline void atcp_compat_dst_store6(struct sock *sk, struct dst_entry *dst)
{
	inet6_sk(sk)->dst_cookie = rt6_get_cookie(container_of(dst, struct rt6_info, dst));
	sk_setup_caps(sk, dst);
}

#endif /* _ATCP_COMPAT_ROUTE_H */
