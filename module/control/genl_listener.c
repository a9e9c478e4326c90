// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink's family atcp: listeners are told of, one or all.
 *
 * A dump goes on from the number of the last listener it told of; between two pieces it
 * holds nothing. Numbers only grow, so none that stays is missed and none comes twice;
 * whether others came or went meanwhile says NLM_F_DUMP_INTR.
 */
#include <linux/atcp.h>
#include <linux/atcp_netlink.h>
#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat/genetlink.h"
#include "control/genl.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/listener.h"
#include "state/listen/synq.h"
#include "state/shared/mib.h"
#include "state/shared/net.h"

/* Room for one listener with all that there is to say of it. */
#define ATCP_GENL_LISTENER_SIZE	8192
#define ATCP_GENL_LISTENER_ALL	U32_MAX
#define ATCP_GENL_BATCH		16

/**
 * struct atcp_genl_dump - where a dump of listeners is
 * @after: the last one that was told of
 * @parts: what is wanted
 * @port: of these only; 0: of all
 */
struct atcp_genl_dump {
	u32	after;
	u32	parts;
	u32	port;
};

int atcp_genl_put_identity(struct sk_buff *skb, u32 id, int family, const void *addr, u16 port,
			   int ifindex)
{
	int len = family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);

	if (nla_put_u32(skb, ATCP_A_LISTENER_ID, id) ||
	    nla_put_u32(skb, ATCP_A_LISTENER_FAMILY, family) ||
	    nla_put(skb, ATCP_A_LISTENER_ADDR, len, addr) ||
	    nla_put_u32(skb, ATCP_A_LISTENER_PORT, port) ||
	    (ifindex && nla_put_u32(skb, ATCP_A_LISTENER_IFINDEX, ifindex)))
		return -EMSGSIZE;
	return 0;
}

static enum atcp_chooser atcp_genl_listener_chooser(const struct atcp_listener *l)
{
	if (!atcp_group_size(l))
		return ATCP_CHOOSER_NONE;
	return atcp_group_by_bpf(l) ? ATCP_CHOOSER_BPF : ATCP_CHOOSER_BALANCE;
}

static int atcp_genl_listener_put_socket(struct sk_buff *skb, const struct atcp_listener *l)
{
	struct sock *sk = l->sk;
	const void *addr = &sk->sk_rcv_saddr;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		addr = &sk->sk_v6_rcv_saddr;
#endif
	if (atcp_genl_put_identity(skb, l->id, sk->sk_family, addr, READ_ONCE(sk->sk_num),
				   READ_ONCE(sk->sk_bound_dev_if)) ||
	    nla_put_u64_64bit(skb, ATCP_A_LISTENER_INODE, sock_i_ino(sk), ATCP_A_LISTENER_PAD) ||
	    nla_put_u32(skb, ATCP_A_LISTENER_UID,
			from_kuid_munged(current_user_ns(), READ_ONCE(sk->sk_uid))) ||
	    nla_put_u32(skb, ATCP_A_LISTENER_STATE, atcp_listener_draining(l) ?
			ATCP_LISTENER_STATE_DRAIN : ATCP_LISTENER_STATE_LISTEN) ||
	    nla_put_u32(skb, ATCP_A_LISTENER_GROUP_SIZE, atcp_group_size(l)) ||
	    nla_put_u32(skb, ATCP_A_LISTENER_CHOSEN_BY, atcp_genl_listener_chooser(l)))
		return -EMSGSIZE;
	return 0;
}

static int atcp_genl_listener_put_owner(struct sk_buff *skb, struct atcp_listener *l)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_LISTENER_OWNER);
	char comm[TASK_COMM_LEN];
	u32 pid;

	pid = atcp_owner_read(&l->owner, task_active_pid_ns(current), comm);
	if (!nest || (pid && nla_put_u32(skb, ATCP_A_OWNER_PID, pid)) ||
	    nla_put_string(skb, ATCP_A_OWNER_COMM, comm))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_listener_put_synq(struct sk_buff *skb, const struct atcp_listener *l,
				       bool ages)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_LISTENER_SYNQ);

	if (!nest || nla_put_u32(skb, ATCP_A_SYNQ_LEN, atomic_read(&l->synq.qlen)) ||
	    nla_put_u32(skb, ATCP_A_SYNQ_LIMIT, atcp_listener_syn_backlog(l)) ||
	    nla_put_u32(skb, ATCP_A_SYNQ_YOUNG, atomic_read(&l->synq.young)) ||
	    nla_put_u32(skb, ATCP_A_SYNQ_PEAK, READ_ONCE(l->synq.peak)) ||
	    (ages && nla_put_u32(skb, ATCP_A_SYNQ_OLDEST_MS, atcp_synq_oldest_ms(l))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_listener_put_acceptq(struct sk_buff *skb, const struct atcp_listener *l)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_LISTENER_ACCEPTQ);
	int asked = atcp_knob_backlog_asked(l);
	bool cut = (u32)asked > (u32)READ_ONCE(l->an->sysctl.somaxconn);

	if (!nest || nla_put_u32(skb, ATCP_A_ACCEPTQ_LEN, READ_ONCE(l->sk->sk_ack_backlog)) ||
	    nla_put_u32(skb, ATCP_A_ACCEPTQ_LIMIT, READ_ONCE(l->sk->sk_max_ack_backlog)) ||
	    nla_put_u32(skb, ATCP_A_ACCEPTQ_PEAK, READ_ONCE(l->acceptq.peak)) ||
	    nla_put_u32(skb, ATCP_A_ACCEPTQ_OLDEST_MS, atcp_acceptq_oldest_ms(l)) ||
	    nla_put_u32(skb, ATCP_A_ACCEPTQ_PRESSED, READ_ONCE(l->acceptq.pressed)) ||
	    nla_put_u32(skb, ATCP_A_ACCEPTQ_PARKED, READ_ONCE(l->acceptq.parked)) ||
	    nla_put_s32(skb, ATCP_A_ACCEPTQ_ASKED, asked) ||
	    (cut && nla_put_flag(skb, ATCP_A_ACCEPTQ_TRUNCATED)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_listener_put_knobs(struct sk_buff *skb, const struct atcp_listener *l)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_LISTENER_KNOBS);
	unsigned int id;

	if (!nest)
		return -EMSGSIZE;
	for (id = 0; id < ATCP_KNOB_NR; id++)
		if (atcp_genl_put_knob(skb, id, atcp_knob_shown(l, id), atcp_knob_origin(l, id)))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_listener_put_counters(struct sk_buff *skb, const struct atcp_listener *l)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_LISTENER_COUNTERS);
	struct atcp_listener_stats sum;
	unsigned int i;

	/* In the order of their list, behind the padding. */
	BUILD_BUG_ON(ATCP_LSTAT_NR + ATCP_A_COUNTERS_PAD - ATCP_A_COUNTERS_MAX);
	if (!nest)
		return -EMSGSIZE;
	atcp_listener_fold(l, &sum);
	for (i = 0; i < ATCP_LSTAT_NR; i++)
		if (nla_put_u64_64bit(skb, ATCP_A_COUNTERS_PAD + 1 + i, sum.cell[i],
				      ATCP_A_COUNTERS_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	for (i = 0; i < ATCP_LSTAT_NR; i++) {
		if (!atcp_lstat_timed[i] || !sum.cell[i])
			continue;
		nest = nla_nest_start(skb, ATCP_A_LISTENER_LAST);
		if (!nest || nla_put_u32(skb, ATCP_A_LAST_COUNTER, ATCP_A_COUNTERS_PAD + 1 + i) ||
		    nla_put_u32(skb, ATCP_A_LAST_AGO_S, atcp_listener_ago(l, i)))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return nla_put_u32(skb, ATCP_A_LISTENER_SINCE_S, atcp_listener_age(l));
}

static int atcp_genl_listener_put_drops(struct sk_buff *skb, const struct atcp_listener *l)
{
	unsigned int reason;

	for (reason = ATCP_DROP_NONE + 1; reason < ATCP_DROP_MAX; reason++) {
		u64 drops = atcp_listener_fold_drop(l, reason);
		struct nlattr *nest;

		if (!drops)
			continue;
		nest = nla_nest_start(skb, ATCP_A_LISTENER_DROP);
		if (!nest ||
		    nla_put_string(skb, ATCP_A_DROP_REASON, atcp_mib_drop_name(reason)) ||
		    nla_put_u64_64bit(skb, ATCP_A_DROP_COUNT, drops, ATCP_A_DROP_PAD) ||
		    nla_put_u32(skb, ATCP_A_DROP_AGO_S, atcp_listener_drop_ago(l, reason)))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int atcp_genl_listener_put_hists(struct sk_buff *skb, const struct atcp_listener *l)
{
	u64 sum[ATCP_HIST_BUCKETS];

	atcp_hist_fold(l, ATCP_HIST_HANDSHAKE, sum);
	if (nla_put(skb, ATCP_A_LISTENER_HANDSHAKE_US, sizeof(sum), sum))
		return -EMSGSIZE;
	atcp_hist_fold(l, ATCP_HIST_ACCEPT_WAIT, sum);
	if (nla_put(skb, ATCP_A_LISTENER_ACCEPT_WAIT_US, sizeof(sum), sum) ||
	    nla_put_u64_64bit(skb, ATCP_A_LISTENER_HANDSHAKE_SUM_US,
			      atcp_hist_fold_us(l, ATCP_HIST_HANDSHAKE), ATCP_A_LISTENER_PAD) ||
	    nla_put_u64_64bit(skb, ATCP_A_LISTENER_ACCEPT_WAIT_SUM_US,
			      atcp_hist_fold_us(l, ATCP_HIST_ACCEPT_WAIT), ATCP_A_LISTENER_PAD))
		return -EMSGSIZE;
	return 0;
}

static int atcp_genl_listener_put_parts(struct sk_buff *skb, struct atcp_listener *l, u32 parts)
{
	int err = atcp_genl_listener_put_socket(skb, l);

	if (!err && parts & ATCP_PART_OWNER)
		err = atcp_genl_listener_put_owner(skb, l);
	if (!err && parts & ATCP_PART_QUEUES)
		err = atcp_genl_listener_put_synq(skb, l, parts & ATCP_PART_AGES);
	if (!err && parts & ATCP_PART_QUEUES)
		err = atcp_genl_listener_put_acceptq(skb, l);
	if (!err && parts & ATCP_PART_KNOBS)
		err = atcp_genl_listener_put_knobs(skb, l);
	if (!err && parts & ATCP_PART_COUNTERS)
		err = atcp_genl_listener_put_counters(skb, l);
	if (!err && parts & ATCP_PART_DROPS)
		err = atcp_genl_listener_put_drops(skb, l);
	if (!err && parts & ATCP_PART_HISTOGRAMS)
		err = atcp_genl_listener_put_hists(skb, l);
	return err;
}

/* Is that still the listener it was met as? */
static bool atcp_genl_listener_is(const struct sock *sk, u32 id)
{
	return inet_sk_state_load(sk) == TCP_LISTEN && READ_ONCE(atcp_lst(sk)->id) == id;
}

int atcp_genl_listener_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	u32 parts = ATCP_GENL_LISTENER_ALL, id;
	struct sk_buff *msg = NULL;
	struct sock *sk;
	int err = -ENOENT;
	void *hdr;

	if (attrs[ATCP_A_LISTENER_PORT])
		return atcp_genl_refuse(skb, info, -EINVAL, attrs[ATCP_A_LISTENER_PORT],
					"port: chooses among listeners of a dump only");
	if (GENL_REQ_ATTR_CHECK(info, ATCP_A_LISTENER_ID))
		return -EINVAL;
	if (attrs[ATCP_A_LISTENER_PARTS])
		parts = nla_get_u32(attrs[ATCP_A_LISTENER_PARTS]);
	id = nla_get_u32(attrs[ATCP_A_LISTENER_ID]);
	sk = atcp_listener_find_get(atcp_net_get(genl_info_net(info)), id);
	if (!sk || !atcp_genl_listener_is(sk, id))
		goto out;
	err = -ENOMEM;
	msg = genlmsg_new(ATCP_GENL_LISTENER_SIZE, GFP_KERNEL);
	if (!msg)
		goto out;
	hdr = genlmsg_put_reply(msg, info, &atcp_genl_family, 0, ATCP_CMD_LISTENER_GET);
	err = hdr ? atcp_genl_listener_put_parts(msg, atcp_lst(sk), parts) : -EMSGSIZE;
	if (err) {
		nlmsg_free(msg);
		goto out;
	}
	genlmsg_end(msg, hdr);
	err = genlmsg_reply(msg, info);
out:
	if (sk)
		sock_put(sk);
	if (err == -ENOENT)
		err = atcp_genl_refuse(skb, info, err, attrs[ATCP_A_LISTENER_ID],
				       "listener %u: there is none", id);
	return err;
}

int atcp_genl_listener_reset(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[ATCP_A_LISTENER_ID];
	int err = -ENOENT;
	struct sock *sk;
	u32 id;

	if (GENL_REQ_ATTR_CHECK(info, ATCP_A_LISTENER_ID))
		return -EINVAL;
	id = nla_get_u32(attr);
	sk = atcp_listener_find_get(atcp_net_get(genl_info_net(info)), id);
	if (sk) {
		lock_sock(sk);
		if (atcp_genl_listener_is(sk, id))
			err = atcp_listener_reset(atcp_lst(sk));
		release_sock(sk);
		sock_put(sk);
	}
	if (err != -ENOENT)
		return err;
	return atcp_genl_refuse(skb, info, err, attr, "listener %u: there is none", id);
}

int atcp_genl_listener_dump_start(struct netlink_callback *cb)
{
	struct atcp_genl_dump *d = (void *)cb->ctx;
	struct nlattr **attrs = atcp_compat_genl_dump_attrs(cb);

	BUILD_BUG_ON(sizeof(*d) > sizeof(cb->ctx));
	if (attrs[ATCP_A_LISTENER_ID]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[ATCP_A_LISTENER_ID],
				    "id: a dump is of all listeners");
		return -EINVAL;
	}
	d->after = 0;
	d->parts = ATCP_GENL_LISTENER_ALL & ~ATCP_PART_AGES;
	d->port = 0;
	if (attrs[ATCP_A_LISTENER_PARTS])
		d->parts = nla_get_u32(attrs[ATCP_A_LISTENER_PARTS]);
	if (attrs[ATCP_A_LISTENER_PORT])
		d->port = nla_get_u32(attrs[ATCP_A_LISTENER_PORT]);
	/* However small the buffer is that it is read with: one has to fit. */
	cb->min_dump_alloc = ATCP_GENL_LISTENER_SIZE;
	return 0;
}

/* One listener of a dump; 0 or -EMSGSIZE, and nothing of it is there. */
static int atcp_genl_listener_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
				       struct atcp_listener *l, u32 parts)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&atcp_genl_family, NLM_F_MULTI, ATCP_CMD_LISTENER_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (atcp_genl_listener_put_parts(skb, l, parts)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int atcp_genl_listener_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct atcp_net *an = atcp_net_get(sock_net(skb->sk));
	struct atcp_listener_ref refs[ATCP_GENL_BATCH];
	struct atcp_genl_dump *d = (void *)cb->ctx;
	unsigned int i, n;
	int err = 0;

	cb->seq = atomic_read(&an->listener_gen);
	do {
		n = atcp_listener_page(an, d->after, refs, ARRAY_SIZE(refs));
		for (i = 0; i < n; i++) {
			struct sock *sk = refs[i].sk;

			if (!err && atcp_genl_listener_is(sk, refs[i].id) &&
			    (!d->port || READ_ONCE(sk->sk_num) == d->port))
				err = atcp_genl_listener_dump_one(skb, cb, atcp_lst(sk), d->parts);
			if (!err)
				d->after = refs[i].id;
			sock_put(sk);
		}
		cond_resched();
	} while (n && !err);
	/* There is more to come if something is here. */
	return err && !skb->len ? err : skb->len;
}
