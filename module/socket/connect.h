/* SPDX-License-Identifier: GPL-2.0 */
/* connect(2): an active open. */
#ifndef _ATCP_SOCKET_CONNECT_H
#define _ATCP_SOCKET_CONNECT_H

struct sock;
struct sockaddr;

/* proto.connect, socket locked: 0, or what tcp_v4_connect() and tcp_v6_connect() return. */
int atcp_connect_start(struct sock *sk, struct sockaddr *uaddr, int addr_len);

/* As if connect(2) had not been called: port and addresses are given up. Socket locked. */
void atcp_connect_failed(struct sock *sk);

/* proto.pre_connect: what cgroup programs say to it, and may change in @uaddr. */
int atcp_connect_pre_v4(struct sock *sk, struct sockaddr *uaddr, int addr_len);
int atcp_connect_pre_v6(struct sock *sk, struct sockaddr *uaddr, int addr_len);

#endif /* _ATCP_SOCKET_CONNECT_H */
