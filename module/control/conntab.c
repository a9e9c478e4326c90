// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/atcp/tcp and tcp6: every connection, in the kernel's own columns.
 *
 * Listeners first, then the connection table. Sockets are not locked: a row may
 * mix values of two moments. For a listener rx_queue is the accept queue and
 * tx_queue its limit, which the kernel shows through sock_diag alone: ss makes
 * Recv-Q and Send-Q of them.
 */
#include <linux/jiffies.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/user_namespace.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "control/conntab.h"
#include "state/hash.h"
#include "state/listener.h"
#include "state/req.h"
#include "state/sock.h"
#include "state/timer.h"
#include "state/twq.h"

#define ATCP_CONNTAB_HEAD4						\
	"  sl  local_address rem_address   st tx_queue rx_queue tr "	\
	"tm->when retrnsmt   uid  timeout inode"
#define ATCP_CONNTAB_HEAD6						\
	"  sl  local_address                         "			\
	"remote_address                        "			\
	"st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"

/* The kernel pads the rows of the IPv4 file to this width. */
#define ATCP_CONNTAB_WIDTH4	149

/* Values of the "tr" column, as the kernel's. */
#define ATCP_CONNTAB_TIMER_NONE		0
#define ATCP_CONNTAB_TIMER_RTX		1
#define ATCP_CONNTAB_TIMER_KEEP		2
#define ATCP_CONNTAB_TIMER_TW		3
#define ATCP_CONNTAB_TIMER_PROBE	4

/**
 * struct atcp_conntab_walk - where a walk is
 * @m: file
 * @family: AF_INET or AF_INET6: rows of this file
 * @num: number of the next row
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
 * @tx: bytes not acknowledged
 * @rx: bytes not read
 * @timer: ATCP_CONNTAB_TIMER_*
 * @when: jiffies until it fires
 * @retries: retransmissions without an answer
 * @uid: owner
 * @probes: probes without an answer
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
	u32		tx;
	u32		rx;
	int		timer;
	long		when;
	u32		retries;
	kuid_t		uid;
	int		probes;
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
	seq_printf(m, "%4d:", w->num++);
	atcp_conntab_put_addr(m, w->family, &r->laddr, r->lport);
	atcp_conntab_put_addr(m, w->family, &r->raddr, r->rport);
	seq_printf(m, " %02X %08X:%08X %02X:%08lX %08X %5u %8d %llu %d %p",
		   r->state, r->tx, r->rx, r->timer,
		   (unsigned long)jiffies_delta_to_clock_t(r->when), r->retries,
		   from_kuid_munged(seq_user_ns(m), r->uid), r->probes, r->ino,
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

static void atcp_conntab_sock_timer(struct atcp_conntab_row *r,
				    const struct sock *sk)
{
	const struct atcp_sock *as = atcp_sk(sk);
	u8 pending = READ_ONCE(as->pending);

	if (pending != ATCP_TIMER_NONE) {
		r->timer = pending == ATCP_TIMER_PROBE ?
			ATCP_CONNTAB_TIMER_PROBE : ATCP_CONNTAB_TIMER_RTX;
		r->when = READ_ONCE(as->rtx_expires) - jiffies;
	} else if (timer_pending(&sk->sk_timer)) {
		r->timer = ATCP_CONNTAB_TIMER_KEEP;
		r->when = READ_ONCE(sk->sk_timer.expires) - jiffies;
	}
}

/* What a listener's row ends with: no RTO, no cwnd. */
static void atcp_conntab_listener(struct atcp_conntab_walk *w, struct sock *sk)
{
	struct atcp_conntab_row r = {
		.state	= TCP_LISTEN,
		.tx	= READ_ONCE(sk->sk_max_ack_backlog),
		.rx	= READ_ONCE(sk->sk_ack_backlog),
		.uid	= READ_ONCE(sk->sk_uid),
		.ino	= sock_i_ino(sk),
		.ref	= refcount_read(&sk->sk_refcnt),
		.id	= sk,
	};

	atcp_conntab_sock_addrs(&r, sk);
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
		.tx	 = READ_ONCE(as->write_seq) - READ_ONCE(as->snd_una),
		.rx	 = max_t(s32, READ_ONCE(as->rcv_nxt) -
				 READ_ONCE(as->copied_seq), 0),
		.retries = READ_ONCE(as->retransmits),
		.uid	 = READ_ONCE(sk->sk_uid),
		.probes	 = READ_ONCE(as->probes_out),
		.ino	 = sock_i_ino(sk),
		/* less the walk's own */
		.ref	 = refcount_read(&sk->sk_refcnt) - 1,
		.id	 = sk,
	};

	atcp_conntab_sock_addrs(&r, sk);
	atcp_conntab_sock_timer(&r, sk);
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
	r->when = (s32)(READ_ONCE(mini->expires) - (u32)jiffies);
	r->id = mini;
	atcp_conntab_begin(w, r);
	atcp_conntab_end(w);
}

static void atcp_conntab_req(struct atcp_conntab_walk *w, struct atcp_req *req)
{
	struct atcp_conntab_row r = {
		.state	 = TCP_SYN_RECV,
		.timer	 = ATCP_CONNTAB_TIMER_RTX,
		.retries = READ_ONCE(req->num_timeout),
		.uid	 = READ_ONCE(req->lsk->sk_uid),
	};

	atcp_conntab_mini(w, &req->mini, &r);
}

/* Tombstones (CLOSE) are no connections and have no row. */
static void atcp_conntab_tw(struct atcp_conntab_walk *w, struct atcp_mini *tw)
{
	struct atcp_conntab_row r = {
		.state	= READ_ONCE(tw->node.u1),
		.timer	= ATCP_CONNTAB_TIMER_TW,
		.uid	= GLOBAL_ROOT_UID,
		.ref	= refcount_read(&tw->ref) - 1,
	};

	if (r.state != TCP_CLOSE)
		atcp_conntab_mini(w, tw, &r);
}

static int atcp_conntab_node(struct atcp_node *node, void *arg)
{
	struct atcp_conntab_walk *w = arg;
	struct sock *sk;

	/* seq_file will come again with a larger buffer. */
	if (seq_has_overflowed(w->m))
		return 1;

	if (node->kind == ATCP_KIND_SOCK) {
		sk = atcp_sock_sk(atcp_sock_of(node));
		if (sk->sk_family == w->family)
			atcp_conntab_sock(w, sk);
	} else if (node->family != w->family) {
		return 0;
	} else if (node->kind == ATCP_KIND_REQ) {
		atcp_conntab_req(w, atcp_req_of(node));
	} else {
		atcp_conntab_tw(w, container_of(node, struct atcp_mini, node));
	}
	return 0;
}

static int atcp_conntab_show(struct seq_file *m, int family)
{
	struct net *net = seq_file_single_net(m);
	struct atcp_net *an = atcp_net_get(net);
	struct atcp_conntab_walk w = { .m = m, .family = family };
	struct atcp_listener *l;
	int ret;

	rcu_read_lock();
	list_for_each_entry_rcu(l, &an->listeners, node)
		if (l->sk->sk_family == family)
			atcp_conntab_listener(&w, l->sk);
	rcu_read_unlock();

	ret = atcp_hash_walk(net, atcp_conntab_node, &w);
	return min(ret, 0);
}

/**
 * atcp_conntab_show_tcp() - show /proc/net/atcp/tcp
 * @m: file
 * @v: unused
 *
 * Return: 0, or -ENOMEM
 */
int atcp_conntab_show_tcp(struct seq_file *m, void *v)
{
	seq_setwidth(m, ATCP_CONNTAB_WIDTH4);
	seq_puts(m, ATCP_CONNTAB_HEAD4);
	seq_pad(m, '\n');
	return atcp_conntab_show(m, AF_INET);
}

/**
 * atcp_conntab_show_tcp6() - show /proc/net/atcp/tcp6
 * @m: file
 * @v: unused
 *
 * Return: 0, or -ENOMEM
 */
int atcp_conntab_show_tcp6(struct seq_file *m, void *v)
{
	seq_puts(m, ATCP_CONNTAB_HEAD6 "\n");
	return atcp_conntab_show(m, AF_INET6);
}
