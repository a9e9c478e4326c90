// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/atcp/listen: both queues of every listener.
 *
 * Fields are separated by blanks and named by the first line; new ones are
 * added at the end. Knobs are shown as in force, inheritance resolved.
 */
#include <linux/atcp.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/user_namespace.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "control/listentab.h"
#include "control/listenwalk.h"
#include "state/listen/listener.h"

/* A knob's value as text, with a blank before it. */
static void atcp_listentab_knob(struct seq_file *m, const struct atcp_listener *l,
				enum atcp_knob_id id)
{
	char text[ATCP_KNOB_TEXT];

	atcp_knob_print(id, atcp_knob(l, id), text, sizeof(text));
	seq_printf(m, " %s", text);
}

static void atcp_listentab_local(struct seq_file *m, const struct sock *sk)
{
	const int port = READ_ONCE(sk->sk_num);

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		seq_printf(m, "inet6 [%pI6c]:%d", &sk->sk_v6_rcv_saddr, port);
		return;
	}
#endif
	seq_printf(m, "inet %pI4:%d", &sk->sk_rcv_saddr, port);
}

static void atcp_listentab_row(struct seq_file *m,
			       const struct atcp_listener *l)
{
	const struct atcp_synq *synq = &l->synq;
	const struct atcp_acceptq *acceptq = &l->acceptq;
	struct atcp_listener_stats sum;
	struct sock *sk = l->sk;
	unsigned int i;

	atcp_listener_fold(l, &sum);
	seq_printf(m, "%u %llu %u ", l->id, (u64)sock_i_ino(sk),
		   from_kuid_munged(seq_user_ns(m), READ_ONCE(sk->sk_uid)));
	atcp_listentab_local(m, sk);
	seq_printf(m, " %d %d %d", atomic_read(&synq->qlen),
		   atcp_listener_syn_backlog(l), atomic_read(&synq->young));
	seq_printf(m, " %u %u %u %u", READ_ONCE(sk->sk_ack_backlog),
		   READ_ONCE(sk->sk_max_ack_backlog), READ_ONCE(acceptq->peak),
		   READ_ONCE(acceptq->parked));
	atcp_listentab_knob(m, l, ATCP_KNOB_OVERFLOW);
	atcp_listentab_knob(m, l, ATCP_KNOB_SYNCOOKIES);
	atcp_listentab_knob(m, l, ATCP_KNOB_SYNACK_RETRIES);
	/* The columns are the first counters, in the order of their list. */
	for (i = 0; i <= ATCP_LSTAT_accepted; i++)
		seq_printf(m, " %llu", sum.cell[i]);
	seq_putc(m, '\n');
}

/**
 * struct atcp_listentab_file - an open file
 * @p: its namespace, first, for seq_file_net()
 * @pos: seq_file's number of what it stands at: 0 is the header
 * @walk: where it is
 */
struct atcp_listentab_file {
	struct seq_net_private	p;
	loff_t			pos;
	struct atcp_listenwalk	walk;
};

static void *atcp_listentab_at(struct seq_file *m)
{
	struct atcp_listentab_file *f = m->private;

	return f->pos ? atcp_listenwalk_at(&f->walk, atcp_net_get(seq_file_net(m))) :
			SEQ_START_TOKEN;
}

/* What it stands at is behind. */
static void atcp_listentab_pass(struct atcp_listentab_file *f)
{
	if (f->pos++)
		atcp_listenwalk_next(&f->walk);
}

static void *atcp_listentab_start(struct seq_file *m, loff_t *pos)
{
	struct atcp_listentab_file *f = m->private;

	/* lseek(2): from the beginning, as far as it goes. */
	if (*pos < f->pos) {
		memset(&f->walk, 0, sizeof(f->walk));
		f->pos = 0;
	}
	for (; f->pos < *pos; atcp_listentab_pass(f))
		if (!atcp_listentab_at(m))
			return NULL;
	return atcp_listentab_at(m);
}

static void *atcp_listentab_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct atcp_listentab_file *f = m->private;

	atcp_listentab_pass(f);
	f->pos = ++*pos;
	return atcp_listentab_at(m);
}

static void atcp_listentab_stop(struct seq_file *m, void *v)
{
	struct atcp_listentab_file *f = m->private;

	atcp_listenwalk_stop(&f->walk);
}

static int atcp_listentab_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_puts(m, "id inode uid family local synq synq_max young acceptq acceptq_max acceptq_peak parked overflow syncookies synack_retries syns synack_retrans cookies_sent cookies_recv cookies_failed overflows drops accepted\n");
	else
		atcp_listentab_row(m, v);
	return 0;
}

static const struct seq_operations atcp_listentab_ops = {
	.start	= atcp_listentab_start,
	.next	= atcp_listentab_next,
	.stop	= atcp_listentab_stop,
	.show	= atcp_listentab_show,
};

/**
 * atcp_listentab_create() - make /proc/net/atcp/listen
 * @dir: the directory
 *
 * Return: false: out of memory
 */
bool atcp_listentab_create(struct proc_dir_entry *dir)
{
	return proc_create_net("listen", 0444, dir, &atcp_listentab_ops,
			       sizeof(struct atcp_listentab_file));
}
