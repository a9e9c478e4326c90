/* SPDX-License-Identifier: GPL-2.0 */
/* The options of IPPROTO_TCP that are an int. */
#ifndef _ATCP_TCPOPT_H
#define _ATCP_TCPOPT_H

struct sock;

/**
 * struct atcp_sockopt - an option that is an int
 * @name: its number
 * @min: least value; outside of the range is -EINVAL
 * @max: greatest
 * @set: sets it, socket locked: 0 or a negative errno. NULL: cannot be set
 * @get: reads it, socket locked
 */
struct atcp_sockopt {
	int	name;
	int	min;
	int	max;
	int	(*set)(struct sock *sk, int val);
	int	(*get)(struct sock *sk);
};

/* proto.keepalive: SO_KEEPALIVE changes. Socket locked. */
void atcp_sockopt_keepalive(struct sock *sk, int val);

/* The option of that number, or NULL. */
const struct atcp_sockopt *atcp_sockopt_find(int optname);

#endif /* _ATCP_TCPOPT_H */
