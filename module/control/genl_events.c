// SPDX-License-Identifier: GPL-2.0
/*
 * Events of generic netlink's family atcp: the multicast group "events" of each namespace.
 *
 * What happens, happens under locks and in softirq, and must not wait for those who look
 * on. So while nobody is in the group an event is one test of a bit. Else it is noted in
 * some 300 bytes (GFP_ATOMIC) at the end of a list, and a worker makes and sends the
 * messages. The list is bounded, and what packets can cause is so in time too; what does not
 * fit is counted, and the next event says how many were lost. Events are numbered, the lost
 * ones as well.
 */
#include <linux/atcp.h>
#include <linux/atcp_netlink.h>
#include <linux/cred.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/pid_namespace.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "control/genl.h"
#include "control/genl_events.h"
#include "proto/pressure.h"
#include "state/listen/listener.h"
#include "state/listen/synq.h"
#include "state/shared/net.h"
#include "state/shared/trace.h"

/* Events of a namespace that may wait to be sent. */
#define ATCP_GENL_EVENTS_MAX	4096
/* Those of a second that packets may cause. */
#define ATCP_GENL_EVENTS_RATE	200
/* Longest value that is told of, with its end. */
#define ATCP_GENL_EVENTS_TEXT	48

/**
 * struct atcp_genl_who - a process
 * @uid: user; of who does something
 * @pid: number in the first pid namespace, 0: none
 * @comm: name
 */
struct atcp_genl_who {
	u32	uid;
	u32	pid;
	char	comm[TASK_COMM_LEN];
};

/**
 * struct atcp_genl_turn - a knob that was changed
 * @attr: number of the attribute, 0: none
 * @name: of the knob
 * @origin: whose word it was and is, enum atcp_origin, -1: none's
 * @from: value before
 * @to: value now
 */
struct atcp_genl_turn {
	unsigned int	attr;
	char		name[32];
	int		origin[2];
	char		from[ATCP_GENL_EVENTS_TEXT];
	char		to[ATCP_GENL_EVENTS_TEXT];
};

/**
 * struct atcp_genl_event - one that waits to be sent
 * @node: in the namespace's list
 * @seq: number
 * @time: when, ns since 1970
 * @cmd: ATCP_CMD_*_NTF
 * @id: listener, 0: of the namespace
 * @family: of its address
 * @port: local port
 * @ifindex: device that it is bound to
 * @addr: local address
 * @owner: whose it is
 * @by: who did it, with .comm empty: nobody
 * @load: of a flood, a slow program, a queue
 * @turn: of a knob
 * @key: of a key
 */
struct atcp_genl_event {
	struct list_head	node;
	u64			seq;
	u64			time;
	u8			cmd;
	u32			id;
	int			family;
	u16			port;
	int			ifindex;
	struct in6_addr		addr;
	struct atcp_genl_who	owner;
	struct atcp_genl_who	by;
	union {
		struct atcp_pressure	load;
		struct atcp_genl_turn	turn;
		enum atcp_secret	key;
	};
};

/**
 * struct atcp_genl_events_net - a namespace's
 * @net: it
 * @lock: protects the next three; bottom halves off
 * @list: what waits
 * @len: how much
 * @seq: number of the last
 * @lost: events that were not told of
 * @limit: of what packets cause
 * @work: sends them
 */
struct atcp_genl_events_net {
	struct net		*net;
	spinlock_t		lock;	/* list, len, seq */
	struct list_head	list;
	unsigned int		len;
	u64			seq;
	atomic64_t		lost;
	struct ratelimit_state	limit;
	struct work_struct	work;
};

static unsigned int atcp_genl_events_id __read_mostly;
static struct workqueue_struct *atcp_genl_events_wq;
static bool atcp_genl_events_open_now __read_mostly;

static struct atcp_genl_events_net *atcp_genl_events_get(const struct atcp_net *an)
{
	return net_generic(an->net, atcp_genl_events_id);
}

bool atcp_genl_events_wanted(const struct atcp_net *an)
{
	return READ_ONCE(atcp_genl_events_open_now) && an->net->genl_sock &&
	       genl_has_listeners(&atcp_genl_family, an->net, ATCP_GENL_EVENTS);
}

/* --- noting -------------------------------------------------------------------- */

/* A new event, or NULL: nobody wants to know, or cannot be told. Under RCU. */
static struct atcp_genl_event *atcp_genl_events_new(const struct atcp_net *an, u8 cmd,
						    bool packets)
{
	struct atcp_genl_events_net *en = atcp_genl_events_get(an);
	struct atcp_genl_event *ev = NULL;

	if (!atcp_genl_events_wanted(an))
		return NULL;
	if (READ_ONCE(en->len) < ATCP_GENL_EVENTS_MAX && (!packets || __ratelimit(&en->limit)))
		ev = kzalloc(sizeof(*ev), GFP_ATOMIC | __GFP_NOWARN);
	if (ev) {
		ev->cmd = cmd;
		ev->time = ktime_get_real_ns();
		return ev;
	}
	atomic64_inc(&en->lost);
	/* Its number is missing. */
	spin_lock_bh(&en->lock);
	en->seq++;
	spin_unlock_bh(&en->lock);
	return NULL;
}

/* The same of a listener. */
static struct atcp_genl_event *atcp_genl_events_of(struct atcp_listener *l, u8 cmd, bool packets)
{
	struct atcp_genl_event *ev = atcp_genl_events_new(l->an, cmd, packets);
	const struct sock *sk = l->sk;

	if (!ev)
		return NULL;
	ev->id = l->id;
	ev->family = sk->sk_family;
	ev->port = READ_ONCE(sk->sk_num);
	ev->ifindex = READ_ONCE(sk->sk_bound_dev_if);
	ev->addr.s6_addr32[0] = sk->sk_rcv_saddr;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		ev->addr = sk->sk_v6_rcv_saddr;
#endif
	ev->owner.pid = atcp_owner_read(&l->owner, &init_pid_ns, ev->owner.comm);
	return ev;
}

/* The calling process did it. */
static void atcp_genl_events_by(const struct atcp_net *an, struct atcp_genl_event *ev)
{
	ev->by.uid = from_kuid_munged(an->net->user_ns, current_uid());
	ev->by.pid = task_tgid_nr(current);
	get_task_comm(ev->by.comm, current->group_leader);
}

static void atcp_genl_events_add(const struct atcp_net *an, struct atcp_genl_event *ev)
{
	struct atcp_genl_events_net *en = atcp_genl_events_get(an);

	spin_lock_bh(&en->lock);
	ev->seq = ++en->seq;
	list_add_tail(&ev->node, &en->list);
	WRITE_ONCE(en->len, en->len + 1);
	spin_unlock_bh(&en->lock);
	queue_work(atcp_genl_events_wq, &en->work);
}

static void atcp_genl_events_added(struct atcp_listener *l)
{
	struct atcp_genl_event *ev;

	rcu_read_lock();
	ev = atcp_genl_events_of(l, ATCP_CMD_LISTENER_ADDED_NTF, false);
	if (ev) {
		atcp_genl_events_by(l->an, ev);
		atcp_genl_events_add(l->an, ev);
	}
	rcu_read_unlock();
	l->told = true;
	if (!atcp_listener_draining(l))
		return;
	rcu_read_lock_bh();
	atcp_listener_tick(l);
	rcu_read_unlock_bh();
}

/* One without more than whose it is. */
static void atcp_genl_events_tell(struct atcp_listener *l, u8 cmd, bool packets)
{
	struct atcp_genl_event *ev;

	rcu_read_lock();
	ev = atcp_genl_events_of(l, cmd, packets);
	if (ev)
		atcp_genl_events_add(l->an, ev);
	rcu_read_unlock();
}

static void atcp_genl_events_removed(struct atcp_listener *l)
{
	/* It may be one whose listen(2) failed half-way. */
	if (l->told)
		atcp_genl_events_tell(l, ATCP_CMD_LISTENER_GONE_NTF, false);
	l->told = false;
}

/*
 * Has one that drains nothing left? Looked at once a second: what would have to tell
 * otherwise is the end of every request, and every accept(2).
 */
static bool atcp_genl_events_tick(struct atcp_listener *l)
{
	if (!atcp_listener_draining(l) || READ_ONCE(l->drained))
		return false;
	if (atomic_read(&l->synq.qlen) || READ_ONCE(l->sk->sk_ack_backlog) ||
	    READ_ONCE(l->acceptq.parked))
		return true;
	WRITE_ONCE(l->drained, true);
	atcp_genl_events_tell(l, ATCP_CMD_LISTENER_DRAINED_NTF, true);
	return false;
}

static void atcp_genl_events_changed(struct atcp_listener *l, enum atcp_knob_id id)
{
	if (id != ATCP_KNOB_DRAIN)
		return;
	WRITE_ONCE(l->drained, false);
	if (!atcp_listener_draining(l))
		return;
	rcu_read_lock_bh();
	if (atcp_genl_events_tick(l))
		atcp_listener_tick(l);
	rcu_read_unlock_bh();
}

static void atcp_genl_events_turned(struct atcp_listener *l, const struct atcp_knob_turn *turn)
{
	struct atcp_genl_event *ev;

	rcu_read_lock();
	ev = atcp_genl_events_of(l, ATCP_CMD_KNOB_CHANGED_NTF, false);
	if (ev) {
		ev->turn.attr = turn->id + 1;
		strscpy(ev->turn.name, atcp_knob_name(turn->id), sizeof(ev->turn.name));
		atcp_knob_print(turn->id, turn->from, ev->turn.from, sizeof(ev->turn.from));
		atcp_knob_print(turn->id, turn->to, ev->turn.to, sizeof(ev->turn.to));
		ev->turn.origin[0] = turn->from_origin;
		ev->turn.origin[1] = turn->to_origin;
		atcp_genl_events_by(l->an, ev);
		atcp_genl_events_add(l->an, ev);
	}
	rcu_read_unlock();
}

void atcp_genl_events_default(struct atcp_net *an, unsigned int attr, const char *name,
			      const char *from, const char *to)
{
	struct atcp_genl_event *ev;

	rcu_read_lock();
	ev = atcp_genl_events_new(an, ATCP_CMD_KNOB_CHANGED_NTF, false);
	if (ev) {
		ev->turn.attr = attr;
		strscpy(ev->turn.name, name, sizeof(ev->turn.name));
		strscpy(ev->turn.from, from, sizeof(ev->turn.from));
		strscpy(ev->turn.to, to, sizeof(ev->turn.to));
		ev->turn.origin[0] = -1;
		ev->turn.origin[1] = -1;
		atcp_genl_events_by(an, ev);
		atcp_genl_events_add(an, ev);
	}
	rcu_read_unlock();
}

static void atcp_genl_events_secret(struct atcp_net *an, struct atcp_genl_event *ev,
				    enum atcp_secret key)
{
	if (!ev)
		return;
	ev->key = key;
	atcp_genl_events_by(an, ev);
	atcp_genl_events_add(an, ev);
}

void atcp_genl_events_key(struct atcp_net *an, enum atcp_secret key)
{
	rcu_read_lock();
	atcp_genl_events_secret(an, atcp_genl_events_new(an, ATCP_CMD_KEY_ROTATED_NTF, false), key);
	rcu_read_unlock();
}

/* A listener has another key of its own than before. */
static void atcp_genl_events_rekeyed(struct atcp_listener *l)
{
	rcu_read_lock();
	atcp_genl_events_secret(l->an, atcp_genl_events_of(l, ATCP_CMD_KEY_ROTATED_NTF, false),
				ATCP_SECRET_FASTOPEN);
	rcu_read_unlock();
}

/* The host's own key of cookies has run out, and has a successor. */
static void atcp_genl_events_renewed(struct atcp_cookiekeys *ck)
{
	struct atcp_net *an = container_of(ck, struct atcp_net, cookiekeys);
	struct atcp_genl_event *ev;

	rcu_read_lock();
	ev = atcp_genl_events_new(an, ATCP_CMD_KEY_ROTATED_NTF, true);
	if (ev) {
		ev->key = ATCP_SECRET_COOKIE;
		atcp_genl_events_add(an, ev);
	}
	rcu_read_unlock();
}

static void atcp_genl_events_flood(struct atcp_listener *l, int event,
				   const struct atcp_pressure *p)
{
	static const u8 cmds[ATCP_FLOOD_MAX] = {
		[ATCP_FLOOD_BEGIN]	= ATCP_CMD_FLOOD_BEGUN_NTF,
		[ATCP_FLOOD_END]	= ATCP_CMD_FLOOD_ENDED_NTF,
		[ATCP_FLOOD_SLOW_BEGIN]	= ATCP_CMD_SLOW_BEGUN_NTF,
		[ATCP_FLOOD_SLOW_END]	= ATCP_CMD_SLOW_ENDED_NTF,
	};
	struct atcp_genl_event *ev;

	rcu_read_lock();
	ev = atcp_genl_events_of(l, cmds[event], true);
	if (ev) {
		ev->load = *p;
		atcp_genl_events_add(l->an, ev);
	}
	rcu_read_unlock();
}

static void atcp_genl_events_pressed(struct atcp_listener *l)
{
	struct atcp_genl_event *ev;

	rcu_read_lock();
	ev = atcp_genl_events_of(l, READ_ONCE(l->acceptq.pressed) ?
				 ATCP_CMD_QUEUE_PRESSED_NTF : ATCP_CMD_QUEUE_RELIEVED_NTF, true);
	if (ev) {
		ev->load.qlen = atcp_synq_half_open(l);
		ev->load.limit = atcp_listener_syn_backlog(l);
		ev->load.accept_len = READ_ONCE(l->sk->sk_ack_backlog);
		ev->load.accept_limit = READ_ONCE(l->sk->sk_max_ack_backlog);
		atcp_genl_events_add(l->an, ev);
	}
	rcu_read_unlock();
}

static const struct atcp_listener_ops atcp_genl_events_ops = {
	.changed	= atcp_genl_events_changed,
	.turned		= atcp_genl_events_turned,
	.rekeyed	= atcp_genl_events_rekeyed,
	.added		= atcp_genl_events_added,
	.pressed	= atcp_genl_events_pressed,
	.flood		= atcp_genl_events_flood,
	.tick		= atcp_genl_events_tick,
	.removed	= atcp_genl_events_removed,
};

/* --- sending ------------------------------------------------------------------- */

static int atcp_genl_events_put_listener(struct sk_buff *skb, const struct atcp_genl_event *ev)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_EVENT_LISTENER);
	struct nlattr *owner;

	if (!nest || atcp_genl_put_identity(skb, ev->id, ev->family, &ev->addr, ev->port,
					    ev->ifindex))
		return -EMSGSIZE;
	owner = nla_nest_start(skb, ATCP_A_LISTENER_OWNER);
	if (!owner || nla_put_string(skb, ATCP_A_OWNER_COMM, ev->owner.comm) ||
	    (ev->owner.pid && nla_put_u32(skb, ATCP_A_OWNER_PID, ev->owner.pid)))
		return -EMSGSIZE;
	nla_nest_end(skb, owner);
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_events_put_by(struct sk_buff *skb, const struct atcp_genl_who *by)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_EVENT_BY);

	if (!nest || nla_put_u32(skb, ATCP_A_BY_UID, by->uid) ||
	    nla_put_u32(skb, ATCP_A_BY_PID, by->pid) ||
	    nla_put_string(skb, ATCP_A_BY_COMM, by->comm))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_events_put_turn(struct sk_buff *skb, const struct atcp_genl_turn *turn)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_EVENT_TURN);

	if (!nest || (turn->attr && nla_put_u32(skb, ATCP_A_TURN_KNOB, turn->attr)) ||
	    nla_put_string(skb, ATCP_A_TURN_NAME, turn->name) ||
	    nla_put_string(skb, ATCP_A_TURN_FROM, turn->from) ||
	    nla_put_string(skb, ATCP_A_TURN_TO, turn->to))
		return -EMSGSIZE;
	if (turn->origin[0] >= 0 &&
	    (nla_put_u32(skb, ATCP_A_TURN_FROM_ORIGIN, turn->origin[0]) ||
	     nla_put_u32(skb, ATCP_A_TURN_TO_ORIGIN, turn->origin[1])))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_events_put_load(struct sk_buff *skb, const struct atcp_pressure *p)
{
	struct nlattr *nest = nla_nest_start(skb, ATCP_A_EVENT_LOAD);

	if (!nest || nla_put_u32(skb, ATCP_A_LOAD_SYNS, p->syns) ||
	    nla_put_u32(skb, ATCP_A_LOAD_COMPLETED, p->done) ||
	    nla_put_u32(skb, ATCP_A_LOAD_SYNQ_LEN, p->qlen) ||
	    nla_put_u32(skb, ATCP_A_LOAD_SYNQ_LIMIT, p->limit) ||
	    nla_put_u32(skb, ATCP_A_LOAD_ACCEPTQ_LEN, p->accept_len) ||
	    nla_put_u32(skb, ATCP_A_LOAD_ACCEPTQ_LIMIT, p->accept_limit))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int atcp_genl_events_put(struct sk_buff *skb, const struct atcp_genl_event *ev, u64 lost)
{
	void *hdr = genlmsg_put(skb, 0, 0, &atcp_genl_family, 0, ev->cmd);
	int err = 0;

	if (!hdr || nla_put_u64_64bit(skb, ATCP_A_EVENT_SEQ, ev->seq, ATCP_A_EVENT_PAD) ||
	    nla_put_u64_64bit(skb, ATCP_A_EVENT_TIME, ev->time, ATCP_A_EVENT_PAD) ||
	    nla_put_u64_64bit(skb, ATCP_A_EVENT_LOST, lost, ATCP_A_EVENT_PAD))
		return -EMSGSIZE;
	if (ev->id)
		err = atcp_genl_events_put_listener(skb, ev);
	if (!err && *ev->by.comm)
		err = atcp_genl_events_put_by(skb, &ev->by);
	if (err)
		return err;
	switch (ev->cmd) {
	case ATCP_CMD_LISTENER_ADDED_NTF:
	case ATCP_CMD_LISTENER_GONE_NTF:
	case ATCP_CMD_LISTENER_DRAINED_NTF:
		break;
	case ATCP_CMD_KNOB_CHANGED_NTF:
		err = atcp_genl_events_put_turn(skb, &ev->turn);
		break;
	case ATCP_CMD_KEY_ROTATED_NTF:
		err = nla_put_u32(skb, ATCP_A_EVENT_KEY, ev->key);
		break;
	default:
		err = atcp_genl_events_put_load(skb, &ev->load);
	}
	genlmsg_end(skb, hdr);
	return err;
}

static void atcp_genl_events_send(struct atcp_genl_events_net *en,
				  const struct atcp_genl_event *ev)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb || atcp_genl_events_put(skb, ev, atomic64_read(&en->lost))) {
		nlmsg_free(skb);
		atomic64_inc(&en->lost);
		return;
	}
	/* Who is too slow to read is told so by his own socket (ENOBUFS). */
	genlmsg_multicast_netns(&atcp_genl_family, en->net, skb, 0, ATCP_GENL_EVENTS,
				GFP_KERNEL);
}

static void atcp_genl_events_work(struct work_struct *work)
{
	struct atcp_genl_events_net *en = container_of(work, struct atcp_genl_events_net, work);
	struct atcp_genl_event *ev, *next;
	LIST_HEAD(list);

	spin_lock_bh(&en->lock);
	list_splice_init(&en->list, &list);
	WRITE_ONCE(en->len, 0);
	spin_unlock_bh(&en->lock);
	list_for_each_entry_safe(ev, next, &list, node) {
		atcp_genl_events_send(en, ev);
		kfree(ev);
		cond_resched();
	}
}

/* --- the namespace's ----------------------------------------------------------- */

static int __net_init atcp_genl_events_net_init(struct net *net)
{
	struct atcp_genl_events_net *en = net_generic(net, atcp_genl_events_id);

	en->net = net;
	spin_lock_init(&en->lock);
	INIT_LIST_HEAD(&en->list);
	INIT_WORK(&en->work, atcp_genl_events_work);
	ratelimit_state_init(&en->limit, HZ, ATCP_GENL_EVENTS_RATE);
	ratelimit_set_flags(&en->limit, RATELIMIT_MSG_ON_RELEASE);
	WRITE_ONCE(atcp_net_get(net)->cookiekeys.renewed, atcp_genl_events_renewed);
	return 0;
}

static void __net_exit atcp_genl_events_net_exit(struct net *net)
{
	struct atcp_genl_events_net *en = net_generic(net, atcp_genl_events_id);
	struct atcp_genl_event *ev, *next;

	WRITE_ONCE(atcp_net_get(net)->cookiekeys.renewed, NULL);
	/* Without a socket in it there is nobody in its group. */
	cancel_work_sync(&en->work);
	list_for_each_entry_safe(ev, next, &en->list, node)
		kfree(ev);
}

static struct pernet_operations atcp_genl_events_net_ops = {
	.init	= atcp_genl_events_net_init,
	.exit	= atcp_genl_events_net_exit,
	.id	= &atcp_genl_events_id,
	.size	= sizeof(struct atcp_genl_events_net),
};

void atcp_genl_events_open(bool open)
{
	WRITE_ONCE(atcp_genl_events_open_now, open);
	if (open)
		return;
	/* Who has seen the group has noted his event, and that has been sent. */
	synchronize_rcu();
	flush_workqueue(atcp_genl_events_wq);
}

int atcp_genl_events_init(void)
{
	int err;

	atcp_genl_events_wq = alloc_workqueue("atcp_events", WQ_UNBOUND, 0);
	if (!atcp_genl_events_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&atcp_genl_events_net_ops);
	if (err)
		destroy_workqueue(atcp_genl_events_wq);
	else
		atcp_listener_watch(&atcp_genl_events_ops);
	return err;
}

void atcp_genl_events_exit(void)
{
	unregister_pernet_subsys(&atcp_genl_events_net_ops);
	destroy_workqueue(atcp_genl_events_wq);
}
