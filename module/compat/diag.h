/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about inet_diag. */
#ifndef _ATCP_COMPAT_DIAG_H
#define _ATCP_COMPAT_DIAG_H

#include <linux/inet_diag.h>
#include <linux/module.h>
#include <net/sock.h>

/* A handler is held while it works, since 6.9; before that unregistering waited for it. */
#ifdef ATCP_COMPAT_DIAG_OWNER
#define ATCP_COMPAT_DIAG_OWNED	.owner = THIS_MODULE,
#else
#define ATCP_COMPAT_DIAG_OWNED
#endif

/**
 * atcp_compat_diag_match() - does a socket pass the request's filter?
 * @data: the request's attributes; the filter alone was given until 6.19
 * @sk: the socket, or what looks like one
 */
static inline bool atcp_compat_diag_match(const struct inet_diag_dump_data *data, struct sock *sk)
{
	const void *arg;

	if (__builtin_types_compatible_p(typeof(inet_diag_bc_sk),
					 int (const struct nlattr *, struct sock *)))
		arg = data->inet_diag_nla_bc;
	else
		arg = data;
	return inet_diag_bc_sk(arg, sk);
}

#endif /* _ATCP_COMPAT_DIAG_H */
