/* SPDX-License-Identifier: GPL-2.0 */
/* Routes and IP headers: the only place where IPv4 and IPv6 output differ. */
#ifndef _ATCP_ROUTE_H
#define _ATCP_ROUTE_H

#include <net/flow.h>

#include "state/conn/sock.h"

struct atcp_req;

/**
 * struct atcp_af_ops - one address family's way out
 * @family: AF_INET or AF_INET6
 * @header_len: of the IP header, without options
 * @gso_type: SKB_GSO_TCPV4 or SKB_GSO_TCPV6
 * @route: the socket's route: cached and valid, or looked up anew by its
 *	addresses, ports, device, mark, TOS and LSM label (flow protocol is
 *	IPPROTO_TCP) and cached by sk_setup_caps(). NULL: no route, and
 *	why is sk_err_soft, of which the user hears if the connection ends so. Socket locked.
 * @xmit: sends @skb (data at the TCP header, transport header set, checksum not
 *	yet) by the socket's route: pseudo-header checksum (CHECKSUM_PARTIAL), IP
 *	header with protocol 6, priority, mark; takes @skb over. 0, or -errno with
 *	@skb freed (net_xmit_eval() applied).
 */
struct atcp_af_ops {
	u16	family;
	u16	header_len;
	int	gso_type;
	struct dst_entry *(*route)(struct sock *sk);
	int	(*xmit)(struct sock *sk, struct sk_buff *skb);
};

extern const struct atcp_af_ops atcp_route_v4;
extern const struct atcp_af_ops atcp_route_v6;

/*
 * For connect(2): resolves the route to @uaddr, sets saddr, rcv_saddr, daddr
 * (IPv4 ones also as v4-mapped in sk_v6_daddr and sk_v6_rcv_saddr), dport,
 * af_ops and the cached route. AF_INET6 sockets with a v4-mapped peer become
 * IPv4 inside. Errors as tcp_v4_connect() and tcp_v6_connect(): -EINVAL,
 * -EAFNOSUPPORT, -ENETUNREACH, ... The local port is not needed yet; call
 * atcp_route_connect_ports() when it is chosen to refresh the route.
 */
int atcp_route_connect(struct sock *sk, struct sockaddr *uaddr, int addr_len);
int atcp_route_connect_ports(struct sock *sk);

/* The route of a request's SYN-ACK; NULL: none. */
struct dst_entry *atcp_route_req(const struct sock *lsk, const struct atcp_req *req);
struct dst_entry *atcp_route_req_child(const struct sock *lsk, const struct atcp_req *req);

/*
 * Sends a segment that belongs to no full socket, from @req's tuple by @dst
 * (consumed). @skb as for xmit, checksum done here.
 */
/* ECN bits of a SYN-ACK. */
u8 atcp_route_req_ecn(const struct sock *lsk, const struct atcp_req *req);

int atcp_route_xmit_req(const struct sock *lsk, const struct atcp_req *req,
			struct dst_entry *dst, struct sk_buff *skb);

/* MSS to announce on the path @dst, bytes (advmss metric, user MSS). */
u16 atcp_route_advmss(const struct sock *sk, const struct dst_entry *dst);

/* The socket's IP options have changed: its headers are longer or shorter. Locked. */
void atcp_route_options(struct sock *sk);

/* A new child: its packets go the way that @skb came, if that has options that say so. */
void atcp_route_answer(struct sock *sk, const struct sk_buff *skb);

/* Sets the child's addresses, af_ops, IPv6 part and route from @req; takes @dst over. */
void atcp_route_child(const struct sock *lsk, const struct atcp_req *req,
		      struct sock *child, struct dst_entry *dst);

#endif /* _ATCP_ROUTE_H */
