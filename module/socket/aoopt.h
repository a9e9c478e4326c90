/* SPDX-License-Identifier: GPL-2.0 */
/* TCP-AO's options (TCP_AO_*) as programs set and get them. */
#ifndef _ATCP_AOOPT_H
#define _ATCP_AOOPT_H

#include <linux/sockptr.h>
#include <linux/tcp.h>
#include <linux/atcp_ao.h>

struct sock;

/* Is @optname one of them? */
static inline bool atcp_aoopt_settable(int optname)
{
	return optname == TCP_AO_ADD_KEY || optname == TCP_AO_DEL_KEY ||
	       optname == TCP_AO_INFO || optname == TCP_AO_REPAIR;
}

static inline bool atcp_aoopt_gettable(int optname)
{
	return optname == TCP_AO_INFO || optname == TCP_AO_GET_KEYS || optname == TCP_AO_REPAIR;
}

/* Sets or gets one of them: 0 or -errno, as Linux. Socket not locked, process context. */
int atcp_aoopt_set(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen);
int atcp_aoopt_get(struct sock *sk, int optname, char __user *optval, int __user *optlen);

/* socket/aokeys.c: TCP_AO_GET_KEYS, socket locked. */
int atcp_aokeys_get(struct sock *sk, char __user *optval, int __user *optlen);

/*
 * A struct of @size bytes, of which the program knows @len: what it has beyond must be zeros
 * (-E2BIG), what it lacks is zeros.
 */
int atcp_aoopt_read(void *to, size_t size, sockptr_t optval, unsigned int len);

/*
 * The peers of @addr/@prefix: 0, -EINVAL, or -EAFNOSUPPORT: of no family. @addr: as v4-mapped, and
 * @prefix of that.
 */
int atcp_aoopt_addr(const struct __kernel_sockaddr_storage *from, struct in6_addr *addr,
		    u8 *prefix);

#endif /* _ATCP_AOOPT_H */
