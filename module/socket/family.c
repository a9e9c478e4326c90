// SPDX-License-Identifier: GPL-2.0
/*
 * The doors: socket(AF_ATCP, SOCK_STREAM, 0 | 4 | 6), and socket(AF_INET or
 * AF_INET6, SOCK_STREAM, IPPROTO_ATCP). Both make the same sockets, which are of
 * AF_INET or AF_INET6 for all who look at them from within.
 *
 * A module reference comes with each struct socket (proto_ops.owner) and with
 * each struct sock (proto.owner): rmmod is refused while one of them lives, a
 * connection that nobody has accepted included.
 */
#include <linux/atcp.h>
#include <linux/ipv6.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/percpu.h>
#include <linux/percpu_counter.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/protocol.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "compat/proto.h"
#include "compat/zerocopy.h"
#include "conn/close.h"
#include "conn/conn.h"
#include "input/hook.h"
#include "socket/accept.h"
#include "socket/connect.h"
#include "socket/family.h"
#include "socket/poll.h"
#include "socket/recvmsg.h"
#include "socket/sendmsg.h"
#include "socket/sockopt.h"
#include "socket/tcpopt.h"
#include "socket/zcrecv.h"
#include "state/conn/sock.h"
#include "state/conn/timer.h"
#include "state/shared/hash.h"
#include "state/shared/port.h"

/*
 * Memory of all namespaces' sockets together, which the socket layer keeps
 * account of. Each namespace has limits of its own (net.atcp.mem) beside it.
 */
static atomic_long_t atcp_family_memory ____cacheline_aligned_in_smp;
static DEFINE_PER_CPU(int, atcp_family_memory_cpu);
static unsigned long atcp_family_pressure __read_mostly;
static struct percpu_counter atcp_family_sockets ____cacheline_aligned_in_smp;
static long atcp_family_mem[3] __read_mostly;
/* Bytes that a socket may always have, whatever the pressure: the first of each. */
static int atcp_family_wmem[3] = { 4096, 16 * 1024, 4 * 1024 * 1024 };
static int atcp_family_rmem[3] = { 4096, 128 * 1024, 6 * 1024 * 1024 };

static int atcp_family_number;

static void atcp_family_enter_pressure(struct sock *sk)
{
	if (!READ_ONCE(atcp_family_pressure))
		WRITE_ONCE(atcp_family_pressure, 1);
}

static void atcp_family_leave_pressure(struct sock *sk)
{
	if (READ_ONCE(atcp_family_pressure))
		WRITE_ONCE(atcp_family_pressure, 0);
}

static int atcp_family_init_sock(struct sock *sk)
{
	return atcp_sock_init(sk) ?: atcp_hook_arm(sock_net(sk));
}

/* Sockets come into a table by connect(2) and listen(2), not by proto.hash. */
static int atcp_family_hash(struct sock *sk)
{
	return 0;
}

/* Called alone for a socket whose making failed. */
static void atcp_family_unhash(struct sock *sk)
{
	atcp_hash_remove(atcp_sock_node(sk));
}

ATCP_COMPAT_ACCEPT(atcp_family_accept, atcp_accept_next)
ATCP_COMPAT_IOCTL(atcp_family_ioctl, atcp_poll_ioctl)
ATCP_COMPAT_RECVMSG(atcp_family_recvmsg, atcp_recvmsg)
ATCP_COMPAT_ADDR(atcp_family_connect, atcp_connect_start)
ATCP_COMPAT_ADDR(atcp_family_pre_v4, atcp_connect_pre_v4)
ATCP_COMPAT_ADDR(atcp_family_pre_v6, atcp_connect_pre_v6)

#define ATCP_FAMILY_PROTO							\
	.owner			= THIS_MODULE,					\
	.close			= atcp_close,					\
	.connect		= ATCP_COMPAT_ADDR_OP(connect, atcp_family_connect), \
	.disconnect		= atcp_close_disconnect,			\
	.diag_destroy		= atcp_close_destroy,				\
	.accept			= atcp_family_accept,				\
	.ioctl			= ATCP_COMPAT_IOCTL_OP(atcp_family_ioctl),	\
	.init			= atcp_family_init_sock,			\
	.destroy		= atcp_sock_destroy,				\
	.shutdown		= atcp_close_shutdown,				\
	.setsockopt		= atcp_sockopt_set,				\
	.getsockopt		= atcp_sockopt_get,				\
	.keepalive		= atcp_sockopt_keepalive,			\
	.sendmsg		= atcp_sendmsg,					\
	.recvmsg		= ATCP_COMPAT_RECVMSG_OP(atcp_family_recvmsg),	\
	ATCP_COMPAT_SENDPAGE(atcp_sendmsg_page)					\
	.splice_eof		= atcp_sendmsg_splice_eof,			\
	.backlog_rcv		= atcp_conn_backlog,				\
	.release_cb		= atcp_timer_release_cb,			\
	.hash			= atcp_family_hash,				\
	.unhash			= atcp_family_unhash,				\
	.get_port		= atcp_port_get,				\
	.put_port		= atcp_port_put,				\
	.stream_memory_free	= atcp_poll_memory_free,			\
	.enter_memory_pressure	= atcp_family_enter_pressure,			\
	.leave_memory_pressure	= atcp_family_leave_pressure,			\
	.memory_allocated	= &atcp_family_memory,				\
	.per_cpu_fw_alloc	= &atcp_family_memory_cpu,			\
	.sockets_allocated	= &atcp_family_sockets,				\
	.memory_pressure	= &atcp_family_pressure,			\
	.sysctl_mem		= atcp_family_mem,				\
	.sysctl_wmem		= atcp_family_wmem,				\
	.sysctl_rmem		= atcp_family_rmem,				\
	.max_header		= MAX_TCP_HEADER,				\
	.no_autobind		= true

static struct proto atcp_family_prot_v4 = {
	.name			= "ATCP",
	.obj_size		= sizeof(struct atcp_sock),
	.pre_connect		= ATCP_COMPAT_ADDR_OP(pre_connect, atcp_family_pre_v4),
	ATCP_FAMILY_PROTO,
};

static struct proto atcp_family_prot_v6 = {
	.name			= "ATCPv6",
	.obj_size		= sizeof(struct atcp6_sock),
	ATCP_COMPAT_PINFO(struct atcp6_sock, inet6)
	.pre_connect		= ATCP_COMPAT_ADDR_OP(pre_connect, atcp_family_pre_v6),
	ATCP_FAMILY_PROTO,
};

int atcp_family_inuse(struct net *net, bool v6)
{
	return sock_prot_inuse_get(net, v6 ? &atcp_family_prot_v6 : &atcp_family_prot_v4);
}

ATCP_COMPAT_INET_ACCEPT(atcp_family_accepted, atcp_compat_zerocopy_socket)

#define ATCP_FAMILY_OPS								\
	.owner			= THIS_MODULE,					\
	.connect		= inet_stream_connect,				\
	.socketpair		= sock_no_socketpair,				\
	.accept			= atcp_family_accepted,			\
	.poll			= atcp_poll_mask,				\
	.gettstamp		= sock_gettstamp,				\
	.listen			= atcp_accept_listen,				\
	.shutdown		= inet_shutdown,				\
	.setsockopt		= sock_common_setsockopt,			\
	.getsockopt		= sock_common_getsockopt,			\
	.sendmsg		= inet_sendmsg,					\
	.recvmsg		= inet_recvmsg,					\
	.mmap			= atcp_zcrecv_mmap,				\
	ATCP_COMPAT_SENDPAGE(inet_sendpage)					\
	.splice_eof		= atcp_sendmsg_splice_eof,			\
	.splice_read		= atcp_splice_read,				\
	.sendmsg_locked		= atcp_sendmsg_locked,				\
	.read_sock		= atcp_splice_read_sock,			\
	.peek_len		= atcp_poll_peek_len,				\
	.set_rcvlowat		= atcp_poll_set_rcvlowat,			\
	.set_peek_off		= sk_set_peek_off

static const struct proto_ops atcp_family_ops_v4 = {
	.family			= PF_INET,
	.release		= inet_release,
	.bind			= inet_bind,
	.getname		= inet_getname,
	.ioctl			= inet_ioctl,
	ATCP_FAMILY_OPS,
};

static const struct proto_ops atcp_family_ops_v6 = {
	.family			= PF_INET6,
	.release		= inet6_release,
	.bind			= inet6_bind,
	.getname		= inet6_getname,
	.ioctl			= inet6_ioctl,
	ATCP_FAMILY_OPS,
};

static struct inet_protosw atcp_family_protosw_v4 = {
	.type		= SOCK_STREAM,
	.protocol	= IPPROTO_ATCP,
	.prot		= &atcp_family_prot_v4,
	.ops		= &atcp_family_ops_v4,
};

static struct inet_protosw atcp_family_protosw_v6 = {
	.type		= SOCK_STREAM,
	.protocol	= IPPROTO_ATCP,
	.prot		= &atcp_family_prot_v6,
	.ops		= &atcp_family_ops_v6,
};

int atcp_family_to_v4(struct sock *sk)
{
	struct ipv6_pinfo *np = inet6_sk(sk);

	/* These go with an IPv6 socket, when it is closed. */
	if (np->ipv6_mc_list || np->ipv6_ac_list)
		return -EBUSY;

	sock_prot_inuse_add(sock_net(sk), &atcp_family_prot_v6, -1);
	sock_prot_inuse_add(sock_net(sk), &atcp_family_prot_v4, 1);
	/* The sock stays of the size it has: sk_prot_creator knows where it is from. */
	WRITE_ONCE(sk->sk_prot, &atcp_family_prot_v4);
	WRITE_ONCE(sk->sk_socket->ops, &atcp_family_ops_v4);
	sk->sk_family = PF_INET;
	return 0;
}

/*
 * AF_ATCP's socket(2). The sock is made through the other door and moved over,
 * so that it is in every kernel what inet_create() makes of it, and LSMs and
 * cgroups are asked about an inet socket as they are for TCP.
 */
static int atcp_family_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct socket *inner;
	struct sock *sk;
	int family, err;

	if (protocol < 0 || protocol >= IPPROTO_MAX)
		return -EINVAL;
	if (sock->type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	switch (protocol) {
	case 0:
	case ATCP_PROTO_IPV4:
		family = AF_INET;
		break;
	case ATCP_PROTO_IPV6:
		family = AF_INET6;
		break;
	default:
		return -EPROTONOSUPPORT;
	}

	err = __sock_create(net, family, SOCK_STREAM, IPPROTO_ATCP, &inner, kern);
	if (err)
		return err;
	sk = inner->sk;
	sock->state = SS_UNCONNECTED;
	sock->ops = inner->ops;
	sock_graft(sk, sock);
	atcp_compat_zerocopy_socket(sock);
	inner->sk = NULL;
	sock_release(inner);
	return 0;
}

static struct net_proto_family atcp_family_door = {
	.create	= atcp_family_create,
	.owner	= THIS_MODULE,
};

/* Limits for all, as Linux scales tcp_mem. */
static void atcp_family_scale(void)
{
	unsigned long limit = max(nr_free_buffer_pages() / 16, 128UL);

	atcp_family_mem[0] = limit / 4 * 3;
	atcp_family_mem[1] = limit;
	atcp_family_mem[2] = atcp_family_mem[0] * 2;
}

/*
 * What is new memory of a socket's, and only that: sk_alloc() and sk_clone() clear or overwrite
 * all that is in front of the node, and leave the node alone. (A cache with a constructor is left
 * out of init_on_alloc, Debian's default, by which sockets would be cleared twice.)
 */
static void atcp_family_construct4(void *memory)
{
	struct atcp_sock_slab4 *slab = memory;

	memset(slab, 0, sizeof(*slab));
	slab->node.kind = ATCP_KIND_SOCK;
}

static void atcp_family_construct6(void *memory)
{
	struct atcp_sock_slab6 *slab = memory;

	memset(slab, 0, sizeof(*slab));
	slab->node.kind = ATCP_KIND_SOCK;
	slab->node.u0 = 1;
}

/* proto_register() with a cache of our own; proto_unregister() destroys that too. */
static int atcp_family_register(struct proto *prot, size_t size, void (*construct)(void *memory))
{
	int err;

	prot->slab = kmem_cache_create(prot->name, size, 0,
				       SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT | SLAB_TYPESAFE_BY_RCU,
				       construct);
	if (!prot->slab)
		return -ENOMEM;
	err = proto_register(prot, 0);
	if (err) {
		kmem_cache_destroy(prot->slab);
		prot->slab = NULL;
	}
	return err;
}

int atcp_family_init(int family)
{
	int err;

	atcp_family_scale();
	err = percpu_counter_init(&atcp_family_sockets, 0, GFP_KERNEL);
	if (err)
		return err;
	err = atcp_family_register(&atcp_family_prot_v4, sizeof(struct atcp_sock_slab4),
				   atcp_family_construct4);
	if (err)
		goto err_counter;
	err = atcp_family_register(&atcp_family_prot_v6, sizeof(struct atcp_sock_slab6),
				   atcp_family_construct6);
	if (err)
		goto err_prot_v4;

	inet_register_protosw(&atcp_family_protosw_v4);
	err = inet6_register_protosw(&atcp_family_protosw_v6);
	if (err)
		goto err_protosw_v4;

	atcp_family_number = family;
	atcp_family_door.family = family;
	err = sock_register(&atcp_family_door);
	if (err)
		goto err_protosw_v6;
	return 0;

err_protosw_v6:
	inet6_unregister_protosw(&atcp_family_protosw_v6);
err_protosw_v4:
	inet_unregister_protosw(&atcp_family_protosw_v4);
	proto_unregister(&atcp_family_prot_v6);
err_prot_v4:
	proto_unregister(&atcp_family_prot_v4);
err_counter:
	percpu_counter_destroy(&atcp_family_sockets);
	return err;
}

void atcp_family_exit(void)
{
	sock_unregister(atcp_family_number);
	inet6_unregister_protosw(&atcp_family_protosw_v6);
	inet_unregister_protosw(&atcp_family_protosw_v4);
	proto_unregister(&atcp_family_prot_v6);
	proto_unregister(&atcp_family_prot_v4);
	percpu_counter_destroy(&atcp_family_sockets);
}
