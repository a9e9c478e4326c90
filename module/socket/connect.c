// SPDX-License-Identifier: GPL-2.0
/* connect(2): addresses, a route, a port, a place in the table, and a SYN. */
#include <linux/bpf-cgroup.h>
#include <net/ipv6.h>

#include "compat/proto.h"
#include "output/route.h"
#include "socket/connect.h"
#include "socket/fastopen.h"
#include "socket/repair.h"
#include "state/conn/sock.h"
#include "state/conn/sockfilter.h"
#include "state/shared/port.h"
#include "state/shared/trace.h"

void atcp_connect_failed(struct sock *sk)
{
	/* This unhashes it and gives up a port that it did not ask for. */
	atcp_sock_set_state(sk, TCP_CLOSE, ATCP_CAUSE_CONNECT);
	sk_dst_reset(sk);
	sk->sk_route_caps = 0;
	inet_sk(sk)->inet_dport = 0;
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK)) {
		atcp_port_moved(sk);
		inet_reset_saddr(sk);
	}
}

int atcp_connect_start(struct sock *sk, struct sockaddr *uaddr, int addr_len)
{
	int err = atcp_route_connect(sk, uaddr, addr_len);

	atcp_sockfilter_see(sk);
	if (err)
		return err;

	/*
	 * SYN-SENT before the table: from there on segments find the socket, and
	 * wait in its backlog for us to let go of it.
	 */
	atcp_sock_set_state(sk, TCP_SYN_SENT, ATCP_CAUSE_CONNECT);
	err = atcp_port_connect(sk);
	if (err)
		goto failed;
	err = atcp_route_connect_ports(sk);
	if (err)
		goto failed;
	if (unlikely(atcp_sk(sk)->ask.repair))
		err = atcp_repair_connect(sk);
	else
		err = atcp_fastopen_connect(sk);
	if (err)
		goto failed;
	return 0;

failed:
	atcp_connect_failed(sk);
	return err;
}

int atcp_connect_pre_v4(struct sock *sk, struct sockaddr *uaddr, int addr_len)
{
	if (addr_len < sizeof(struct sockaddr_in))
		return -EINVAL;
	sock_owned_by_me(sk);
	return ATCP_COMPAT_BPF_CONNECT4(sk, uaddr, addr_len);
}

int atcp_connect_pre_v6(struct sock *sk, struct sockaddr *uaddr, int addr_len)
{
	/* A v4-mapped destination is still asked of the IPv6 program, as TCP's is. */
	if (addr_len < SIN6_LEN_RFC2133)
		return -EINVAL;
	sock_owned_by_me(sk);
	return ATCP_COMPAT_BPF_CONNECT6(sk, uaddr, addr_len);
}
