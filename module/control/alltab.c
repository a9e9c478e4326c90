// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/atcp/all and namespaces: what there is in all network namespaces.
 *
 * rmmod(8) is refused as long as there is a socket, wherever that is: in a container,
 * or an orphan that sends its last bytes from a namespace that no process and no
 * name is left of. These two files say which. They are in the first namespace alone,
 * and for who may administer that one alone, since what is in others is their own.
 */
#include <linux/capability.h>
#include <linux/proc_fs.h>
#include <linux/rwsem.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/user_namespace.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "control/alltab.h"
#include "control/connwalk.h"
#include "state/conn/sock.h"
#include "state/listen/req.h"
#include "state/shared/mib.h"

#define ATCP_ALLTAB_MODE	0400

static const char *atcp_alltab_state(int state)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED]	= "ESTABLISHED",
		[TCP_SYN_SENT]		= "SYN-SENT",
		[TCP_SYN_RECV]		= "SYN-RECEIVED",
		[TCP_FIN_WAIT1]		= "FIN-WAIT-1",
		[TCP_FIN_WAIT2]		= "FIN-WAIT-2",
		[TCP_TIME_WAIT]		= "TIME-WAIT",
		[TCP_CLOSE]		= "CLOSED",
		[TCP_CLOSE_WAIT]	= "CLOSE-WAIT",
		[TCP_LAST_ACK]		= "LAST-ACK",
		[TCP_LISTEN]		= "LISTEN",
		[TCP_CLOSING]		= "CLOSING",
	};

	return (unsigned int)state < ARRAY_SIZE(names) && names[state] ? names[state] : "?";
}

static void atcp_alltab_addr(struct seq_file *m, int family, const struct in6_addr *a,
			     u16 port)
{
	if (family == AF_INET)
		seq_printf(m, " %pI4:%u", &a->s6_addr32[3], port);
	else
		seq_printf(m, " [%pI6c]:%u", a, port);
}

/* What holds a socket: a process, a listener's accept queue, or what it has yet to send. */
static const char *atcp_alltab_owner(const struct sock *sk)
{
	if (READ_ONCE(sk->sk_socket))
		return "process";
	return sock_flag(sk, SOCK_DEAD) ? "orphan" : "listener";
}

static void atcp_alltab_sock(struct seq_file *m, struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);
	int family = sk->sk_family, state = inet_sk_state_load(sk);
	struct in6_addr laddr, raddr;
	u32 tx = 0, rx;

	if (state == TCP_LISTEN) {
		rx = READ_ONCE(sk->sk_ack_backlog);
	} else {
		tx = READ_ONCE(as->write_seq) - READ_ONCE(as->snd_una);
		rx = max_t(s32, READ_ONCE(as->rcv_nxt) - READ_ONCE(as->copied_seq), 0);
	}
	ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, &laddr);
	ipv6_addr_set_v4mapped(inet_sk(sk)->inet_daddr, &raddr);
#if IS_ENABLED(CONFIG_IPV6)
	if (family == AF_INET6) {
		laddr = sk->sk_v6_rcv_saddr;
		raddr = sk->sk_v6_daddr;
	}
#endif
	seq_printf(m, "%u %s %u %u", sock_net(sk)->ns.inum, atcp_alltab_state(state), rx, tx);
	atcp_alltab_addr(m, family, &laddr, ntohs(inet_sk(sk)->inet_sport));
	atcp_alltab_addr(m, family, &raddr, ntohs(inet_sk(sk)->inet_dport));
	seq_printf(m, " %u %lu %s %u\n",
		   from_kuid_munged(seq_user_ns(m), READ_ONCE(sk->sk_uid)),
		   (unsigned long)sock_i_ino(sk), atcp_alltab_owner(sk),
		   READ_ONCE(as->retransmits));
}

static void atcp_alltab_mini(struct seq_file *m, struct atcp_node *node)
{
	const struct atcp_mini *mini = container_of(node, struct atcp_mini, node);
	bool req = node->kind == ATCP_KIND_REQ;
	kuid_t uid = GLOBAL_ROOT_UID;
	u8 retries = 0;

	if (req) {
		uid = READ_ONCE(atcp_req_of(node)->lsk->sk_uid);
		retries = READ_ONCE(atcp_req_of(node)->num_timeout);
	}
	seq_printf(m, "%u %s 0 0", atcp_hash_net(node)->ns.inum,
		   atcp_alltab_state(req ? TCP_SYN_RECV : READ_ONCE(node->u1)));
	atcp_alltab_addr(m, node->family, &mini->laddr, ntohs(mini->lport));
	atcp_alltab_addr(m, node->family, &mini->raddr, ntohs(mini->rport));
	seq_printf(m, " %u 0 %s %u\n", from_kuid_munged(seq_user_ns(m), uid),
		   req ? "listener" : "kernel", retries);
}

static bool atcp_alltab_allowed(const struct seq_file *m)
{
	return file_ns_capable(m->file, &init_user_ns, CAP_NET_ADMIN);
}

static void *atcp_alltab_start(struct seq_file *m, loff_t *pos)
{
	struct atcp_connwalk *w = m->private;

	if (!atcp_alltab_allowed(m))
		return ERR_PTR(-EPERM);
	if (!*pos)
		atcp_connwalk_begin(w, NULL, 0);
	return atcp_connwalk_start(w, *pos);
}

static void *atcp_alltab_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return atcp_connwalk_next(m->private, *pos);
}

static void atcp_alltab_stop(struct seq_file *m, void *v)
{
	atcp_connwalk_stop(m->private);
}

static int atcp_alltab_show(struct seq_file *m, void *v)
{
	struct atcp_node *node = v;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, "netns state rx tx local peer uid inode owner retries\n");
	else if (atcp_connwalk_listens(m->private))
		atcp_alltab_sock(m, v);
	else if (node->kind == ATCP_KIND_SOCK)
		atcp_alltab_sock(m, atcp_sock_sk(atcp_sock_of(node)));
	else
		atcp_alltab_mini(m, node);
	return 0;
}

static const struct seq_operations atcp_alltab_ops = {
	.start	= atcp_alltab_start,
	.next	= atcp_alltab_next,
	.stop	= atcp_alltab_stop,
	.show	= atcp_alltab_show,
};

/* Namespaces that have ever had a socket of ours, and still do: the list's lock is held. */
static void *atcp_alltab_net(loff_t pos)
{
	struct net *net;

	if (!pos)
		return SEQ_START_TOKEN;
	for_each_net(net)
		if (!--pos)
			return net;
	return NULL;
}

static void *atcp_alltab_nets_start(struct seq_file *m, loff_t *pos)
{
	/* stop() comes whatever this returns. */
	down_read(&net_rwsem);
	return atcp_alltab_allowed(m) ? atcp_alltab_net(*pos) : ERR_PTR(-EPERM);
}

static void *atcp_alltab_nets_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return atcp_alltab_net(*pos);
}

static void atcp_alltab_nets_stop(struct seq_file *m, void *v)
{
	up_read(&net_rwsem);
}

static int atcp_alltab_nets_show(struct seq_file *m, void *v)
{
	const struct net *net = v;
	struct atcp_net *an;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "netns sockets connected orphans time_waits requests memory\n");
		return 0;
	}
	an = atcp_net_get(net);
	seq_printf(m, "%u %lu %lu %lld %d %lld %lld\n", net->ns.inum,
		   atcp_mib_alloc(an), atcp_mib_inuse(an),
		   percpu_counter_sum_positive(&an->orphans), atomic_read(&an->tw_count),
		   percpu_counter_sum_positive(&an->reqs),
		   atcp_gauge_sum(&an->mem));
	return 0;
}

static const struct seq_operations atcp_alltab_nets_ops = {
	.start	= atcp_alltab_nets_start,
	.next	= atcp_alltab_nets_next,
	.stop	= atcp_alltab_nets_stop,
	.show	= atcp_alltab_nets_show,
};

/**
 * atcp_alltab_create() - make both in the first namespace's directory
 * @net: namespace; of others there is nothing to make
 * @dir: its directory
 *
 * Return: false: out of memory
 */
bool atcp_alltab_create(struct net *net, struct proc_dir_entry *dir)
{
	if (!net_eq(net, &init_net))
		return true;
	return proc_create_seq_private("all", ATCP_ALLTAB_MODE, dir, &atcp_alltab_ops,
				       sizeof(struct atcp_connwalk), NULL) &&
	       proc_create_seq("namespaces", ATCP_ALLTAB_MODE, dir, &atcp_alltab_nets_ops);
}
