/* SPDX-License-Identifier: GPL-2.0 */
/* A socket's memory: what the socket layer knows of, and the link in the connection table. */
#ifndef _ATCP_SOCKSLAB_H
#define _ATCP_SOCKSLAB_H

/* A part of state/conn/sock.h, which includes it. */

/**
 * struct atcp_sock_slab4 - the memory of an IPv4 socket
 * @sock: what the socket layer knows of, clears and copies
 * @node: link in the connection table, which readers may stand on while that is done
 */
struct atcp_sock_slab4 {
	struct atcp_sock	sock;
	struct atcp_node	node;
};

/**
 * struct atcp_sock_slab6 - the same of an IPv6 socket
 * @sock: likewise
 * @node: likewise
 */
struct atcp_sock_slab6 {
	struct atcp6_sock	sock;
	struct atcp_node	node;
};

static_assert(offsetof(struct atcp_sock_slab4, node) == sizeof(struct atcp_sock));
static_assert(offsetof(struct atcp_sock_slab6, node) == sizeof(struct atcp6_sock));

static inline struct atcp_sock *atcp_sock_of(struct atcp_node *node)
{
	if (unlikely(node->u0))
		return &container_of(node, struct atcp_sock_slab6, node)->sock.atcp;
	return &container_of(node, struct atcp_sock_slab4, node)->sock;
}

/* Its link in the connection table: behind what it was made of. */
static inline struct atcp_node *atcp_sock_node(const struct sock *sk)
{
	return (struct atcp_node *)((char *)sk + sk->sk_prot_creator->obj_size);
}

#endif /* _ATCP_SOCKSLAB_H */
