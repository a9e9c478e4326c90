// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/atcp/tcp and tcp6: every connection, in the kernel's own columns.
 *
 * The file is walked (control/connwalk.c). Sockets are not locked: a row may
 * mix values of two moments. For a listener rx_queue is the accept queue and
 * tx_queue its limit, which the kernel shows through sock_diag alone: ss makes
 * Recv-Q and Send-Q of them.
 */
#include <linux/jiffies.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/user_namespace.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "control/conntab.h"
#include "control/conntell.h"
#include "control/connwalk.h"
#include "state/conn/sock.h"
#include "state/listen/req.h"
#include "state/shared/hash.h"
#include "state/shared/twq.h"

#define ATCP_CONNTAB_HEAD4						\
	"  sl  local_address rem_address   st tx_queue rx_queue tr "	\
	"tm->when retrnsmt   uid  timeout inode"
#define ATCP_CONNTAB_HEAD6						\
	"  sl  local_address                         "			\
	"remote_address                        "			\
	"st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"

/* The kernel pads the rows of the IPv4 file to this width. */
#define ATCP_CONNTAB_WIDTH4	149

/**
 * struct atcp_conntab_walk - where a walk is
 * @m: file
 * @family: AF_INET or AF_INET6: rows of this file
 * @num: number of the row
 */
struct atcp_conntab_walk {
	struct seq_file	*m;
	int		family;
	int		num;
};

/**
 * struct atcp_conntab_row - the columns that all kinds of rows have
 * @laddr: local address, IPv4 as v4-mapped
 * @raddr: peer's address, likewise
 * @lport: local port, host order
 * @rport: peer's port, host order
 * @state: TCP_ESTABLISHED and so on
 * @told: queues and timer
 * @uid: owner
 * @ino: inode, 0 for none
 * @ref: references
 * @id: what %p makes an identifier of
 */
struct atcp_conntab_row {
	struct in6_addr	laddr;
	struct in6_addr	raddr;
	u16		lport;
	u16		rport;
	int		state;
	struct atcp_conntell told;
	kuid_t		uid;
	u64		ino;
	int		ref;
	const void	*id;
};

static void atcp_conntab_put_addr(struct seq_file *m, int family,
				  const struct in6_addr *a, u16 port)
{
	if (family == AF_INET)
		seq_printf(m, " %08X:%04X", (__force u32)a->s6_addr32[3], port);
	else
		seq_printf(m, " %08X%08X%08X%08X:%04X",
			   (__force u32)a->s6_addr32[0],
			   (__force u32)a->s6_addr32[1],
			   (__force u32)a->s6_addr32[2],
			   (__force u32)a->s6_addr32[3], port);
}

static void atcp_conntab_begin(struct atcp_conntab_walk *w,
			       const struct atcp_conntab_row *r)
{
	struct seq_file *m = w->m;

	if (w->family == AF_INET)
		seq_setwidth(m, ATCP_CONNTAB_WIDTH4);
	seq_printf(m, "%4d:", w->num);
	atcp_conntab_put_addr(m, w->family, &r->laddr, r->lport);
	atcp_conntab_put_addr(m, w->family, &r->raddr, r->rport);
	seq_printf(m, " %02X %08X:%08X %02X:%08lX %08X %5u %8d %llu %d %p",
		   r->state, r->told.tx, r->told.rx, r->told.timer,
		   (unsigned long)jiffies_delta_to_clock_t(r->told.when), r->told.retries,
		   from_kuid_munged(seq_user_ns(m), r->uid), (int)r->told.probes, r->ino,
		   r->ref, r->id);
}

static void atcp_conntab_end(struct atcp_conntab_walk *w)
{
	if (w->family == AF_INET)
		seq_pad(w->m, '\n');
	else
		seq_putc(w->m, '\n');
}

static void atcp_conntab_sock_addrs(struct atcp_conntab_row *r,
				    const struct sock *sk)
{
	r->lport = ntohs(inet_sk(sk)->inet_sport);
	r->rport = ntohs(sk->sk_dport);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		r->laddr = sk->sk_v6_rcv_saddr;
		r->raddr = sk->sk_v6_daddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &r->laddr);
	ipv6_addr_set_v4mapped(sk->sk_daddr, &r->raddr);
}

/* What a listener's row ends with: no RTO, no cwnd. */
static void atcp_conntab_listener(struct atcp_conntab_walk *w, struct sock *sk)
{
	struct atcp_conntab_row r = {
		.state	= TCP_LISTEN,
		.uid	= READ_ONCE(sk->sk_uid),
		.ino	= sock_i_ino(sk),
		.ref	= refcount_read(&sk->sk_refcnt),
		.id	= sk,
	};

	atcp_conntab_sock_addrs(&r, sk);
	atcp_conntell_sock(sk, &r.told);
	atcp_conntab_begin(w, &r);
	seq_puts(w->m, " 0 0 0 0 0");
	atcp_conntab_end(w);
}

static void atcp_conntab_sock(struct atcp_conntab_walk *w, struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);
	u32 ssthresh = READ_ONCE(as->cong.ssthresh);
	struct atcp_conntab_row r = {
		.state	 = READ_ONCE(sk->sk_state),
		.uid	 = READ_ONCE(sk->sk_uid),
		.ino	 = sock_i_ino(sk),
		/* less the walk's own */
		.ref	 = refcount_read(&sk->sk_refcnt) - 1,
		.id	 = sk,
	};

	atcp_conntab_sock_addrs(&r, sk);
	atcp_conntell_sock(sk, &r.told);
	atcp_conntab_begin(w, &r);
	seq_printf(w->m, " %lu %lu %u %u %d",
		   (unsigned long)jiffies_to_clock_t(usecs_to_jiffies(READ_ONCE(as->rto_us))),
		   (unsigned long)jiffies_to_clock_t(READ_ONCE(as->ato)),
		   READ_ONCE(as->quickack) * 2 + !!READ_ONCE(as->pingpong),
		   READ_ONCE(as->cong.cwnd),
		   ssthresh >= ATCP_CONG_SSTHRESH_INF ? -1 : (int)ssthresh);
	atcp_conntab_end(w);
}

static void atcp_conntab_mini(struct atcp_conntab_walk *w,
			      struct atcp_mini *mini,
			      struct atcp_conntab_row *r)
{
	r->laddr = mini->laddr;
	r->raddr = mini->raddr;
	r->lport = ntohs(mini->lport);
	r->rport = ntohs(mini->rport);
	r->told.when = (s32)(READ_ONCE(mini->expires) - (u32)jiffies);
	r->id = mini;
	atcp_conntab_begin(w, r);
	atcp_conntab_end(w);
}

static void atcp_conntab_req(struct atcp_conntab_walk *w, struct atcp_req *req)
{
	struct atcp_conntab_row r = {
		.state	= TCP_SYN_RECV,
		.told	= {
			.timer	 = ATCP_CONNTELL_RTX,
			.retries = READ_ONCE(req->num_timeout),
		},
		.uid	= READ_ONCE(req->lsk->sk_uid),
	};

	atcp_conntab_mini(w, &req->mini, &r);
}

static void atcp_conntab_tw(struct atcp_conntab_walk *w, struct atcp_mini *tw)
{
	struct atcp_conntab_row r = {
		.state	= READ_ONCE(tw->node.u1),
		.told	= { .timer = ATCP_CONNTELL_TW },
		.uid	= GLOBAL_ROOT_UID,
		.ref	= refcount_read(&tw->ref) - 1,
	};

	atcp_conntab_mini(w, tw, &r);
}

static void atcp_conntab_node(struct atcp_conntab_walk *w, struct atcp_node *node)
{
	switch (node->kind) {
	case ATCP_KIND_SOCK:
		atcp_conntab_sock(w, atcp_sock_sk(atcp_sock_of(node)));
		break;
	case ATCP_KIND_REQ:
		atcp_conntab_req(w, atcp_req_of(node));
		break;
	default:
		atcp_conntab_tw(w, container_of(node, struct atcp_mini, node));
	}
}

/**
 * struct atcp_conntab_file - an open file
 * @p: its namespace, first, for seq_file_net()
 * @walk: where it is; @walk.num goes back when a row has to be shown again
 * @conns: what it walks through
 */
struct atcp_conntab_file {
	struct seq_net_private		p;
	struct atcp_conntab_walk	walk;
	struct atcp_connwalk		conns;
};

static void *atcp_conntab_start(struct seq_file *m, loff_t *pos)
{
	struct atcp_conntab_file *f = m->private;

	if (!*pos) {
		f->walk.m = m;
		f->walk.family = (long)pde_data(file_inode(m->file));
		atcp_connwalk_begin(&f->conns, seq_file_net(m), f->walk.family);
	}
	return atcp_connwalk_start(&f->conns, *pos);
}

static void *atcp_conntab_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct atcp_conntab_file *f = m->private;

	++*pos;
	return atcp_connwalk_next(&f->conns, *pos);
}

static void atcp_conntab_stop(struct seq_file *m, void *v)
{
	struct atcp_conntab_file *f = m->private;

	atcp_connwalk_stop(&f->conns);
}

static void atcp_conntab_head(struct seq_file *m, int family)
{
	if (family == AF_INET) {
		seq_setwidth(m, ATCP_CONNTAB_WIDTH4);
		seq_puts(m, ATCP_CONNTAB_HEAD4);
		seq_pad(m, '\n');
	} else {
		seq_puts(m, ATCP_CONNTAB_HEAD6 "\n");
	}
}

static int atcp_conntab_show(struct seq_file *m, void *v)
{
	struct atcp_conntab_file *f = m->private;

	if (v == SEQ_START_TOKEN) {
		atcp_conntab_head(m, f->walk.family);
		return 0;
	}
	/* The header is at 0. */
	f->walk.num = atcp_connwalk_pos(&f->conns) - 1;
	if (atcp_connwalk_listens(&f->conns))
		atcp_conntab_listener(&f->walk, v);
	else
		atcp_conntab_node(&f->walk, v);
	return 0;
}

static const struct seq_operations atcp_conntab_ops = {
	.start	= atcp_conntab_start,
	.next	= atcp_conntab_next,
	.stop	= atcp_conntab_stop,
	.show	= atcp_conntab_show,
};

/**
 * atcp_conntab_create() - make /proc/net/atcp/tcp and tcp6
 * @dir: the directory
 *
 * Return: false: out of memory
 */
bool atcp_conntab_create(struct proc_dir_entry *dir)
{
	return proc_create_net_data("tcp", 0444, dir, &atcp_conntab_ops,
				    sizeof(struct atcp_conntab_file), (void *)AF_INET) &&
	       proc_create_net_data("tcp6", 0444, dir, &atcp_conntab_ops,
				    sizeof(struct atcp_conntab_file), (void *)AF_INET6);
}
