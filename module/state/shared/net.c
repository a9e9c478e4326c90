// SPDX-License-Identifier: GPL-2.0
/*
 * A namespace's atcp: made with it, its knobs at their defaults, and unmade.
 *
 * Other files that keep something per namespace register pernet_operations of
 * their own after atcp_net_init(): the kernel runs init in the order of
 * registration and exit in reverse, so what is here comes first and goes last.
 */
#include <linux/atcp.h>
#include <linux/cache.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/swap.h>
#include <linux/user_namespace.h>

#include "proto/accecn.h"
#include "proto/ecn.h"
#include "state/listen/fastopen.h"
#include "state/shared/mib.h"
#include "state/shared/net.h"
#include "state/shared/portmap.h"

unsigned int atcp_net_id __read_mostly;

/* Size of the connection table, that some defaults are scaled by. */
static unsigned int atcp_net_table __read_mostly;

#define ATCP_NET_PORT_LOW	20000
#define ATCP_NET_PORT_HIGH	32767

/* Limits on queued memory, as Linux scales tcp_mem, tcp_rmem and tcp_wmem. */
static void atcp_net_default_mem(struct atcp_sysctl *sc)
{
	unsigned long pages = nr_free_buffer_pages();
	unsigned long limit = max(pages / 16, 128UL);
	unsigned long share = pages << (PAGE_SHIFT - 7);

	sc->mem[0] = limit / 4 * 3;
	sc->mem[1] = limit;
	sc->mem[2] = sc->mem[0] * 2;

	sc->wmem[0] = PAGE_SIZE;
	sc->wmem[1] = 16 * 1024;
	sc->wmem[2] = max_t(int, 64 * 1024, min(4UL << 20, share));

	sc->rmem[0] = PAGE_SIZE;
	sc->rmem[1] = 128 * 1024;
	sc->rmem[2] = max_t(int, 128 * 1024, min(6UL << 20, share));
}

static void atcp_net_default_queues(struct atcp_sysctl *sc)
{
	sc->somaxconn = 4096;
	sc->max_syn_backlog = max(128U, atcp_net_table / 128);
	sc->syncookies = ATCP_SYNCOOKIES_AUTO;
	sc->overflow_policy = ATCP_OVERFLOW_PARK;
	/* As Linux has them by a table of an eighth of the size. */
	sc->max_tw_buckets = atcp_net_table / 16;
	sc->max_orphans = atcp_net_table / 16;
	sc->timewait_reuse = 2;
	sc->tw_reuse_delay = MSEC_PER_SEC;
	sc->defer_expire = ATCP_DEFER_EXPIRE_ACCEPT;
	sc->balance = ATCP_BALANCE_HASH;
	sc->wake = ATCP_WAKE_FIFO;
	sc->fair_share = 25;
	sc->fair_prefix4 = 24;
	sc->fair_prefix6 = 64;
	sc->proven_share = 25;
	sc->migrate_req = 1;
	sc->guard_burst = 1000;
	sc->syn_backlog_limit = max(4096, sc->max_syn_backlog);
	sc->port_range = ATCP_NET_PORT_LOW | ATCP_NET_PORT_HIGH << 16;
}

static void atcp_net_default_times(struct atcp_sysctl *sc)
{
	sc->syn_retries = 6;
	sc->syn_linear_timeouts = 4;
	sc->synack_retries = 5;
	sc->synack_rto = 1000;
	sc->synack_retries_limit = 15;
	sc->synack_rto_limit = 10000;
	sc->defer_accept_limit = 120000;
	sc->retries1 = 3;
	sc->retries2 = 15;
	sc->fin_timeout = 60 * HZ;
	sc->keepalive_time = 7200 * HZ;
	sc->keepalive_intvl = 75 * HZ;
	sc->keepalive_probes = 9;
	sc->invalid_ratelimit = HZ / 2;
	sc->rto_min_us = 200 * USEC_PER_MSEC;
	sc->rto_max_ms = 120 * MSEC_PER_SEC;
	sc->reordering = 3;
	sc->max_reordering = 300;
	sc->early_retrans = 3;
	sc->frto = 2;
}

static void atcp_net_default_protocol(struct atcp_sysctl *sc)
{
	sc->timestamps = 1;
	sc->sack = 1;
	sc->dsack = 1;
	sc->window_scaling = 1;
	sc->ecn = ATCP_ECN_MODE_PASSIVE;
	sc->ecn_fallback = 1;
	sc->ecn_option = ATCP_ACCECN_OPTION_FULL;
	sc->ecn_option_beacon = 3;
	sc->moderate_rcvbuf = 1;
	sc->rcvbuf_low_rtt = USEC_PER_MSEC;
	sc->comp_sack_nr = 44;
	sc->comp_sack_rtt_percent = 33;
	sc->comp_sack_delay_ns = NSEC_PER_MSEC;
	sc->comp_sack_slack_ns = 100 * NSEC_PER_USEC;
	sc->challenge_ack_limit = INT_MAX;
	sc->slow_start_after_idle = 1;
	sc->notsent_lowat = UINT_MAX;
	sc->min_snd_mss = 48;
	sc->probe_threshold = 8;
	sc->probe_interval = 600;
	sc->mtu_probe_floor = 48;
	sc->base_mss = 1024;
	sc->pacing_ss_ratio = 200;
	sc->pacing_ca_ratio = 120;
	sc->min_tso_segs = 2;
	sc->retrans_collapse = 1;
	sc->tso_rtt_log = 9;
	sc->tso_win_divisor = 3;
	sc->limit_output_bytes = 16 * 65536;
	sc->no_ssthresh_metrics_save = 1;
	sc->fastopen = ATCP_FASTOPEN_CLIENT;
}

static void atcp_net_keys(struct atcp_net *an)
{
	get_random_bytes(&an->isn_key, sizeof(an->isn_key));
	get_random_bytes(&an->port_key, sizeof(an->port_key));
	get_random_bytes(&an->fair_key, sizeof(an->fair_key));
	get_random_bytes(&an->guard_key, sizeof(an->guard_key));
}

static int atcp_net_gauges_init(struct atcp_net *an)
{
	int err;

	err = percpu_counter_init(&an->orphans, 0, GFP_KERNEL_ACCOUNT);
	if (err)
		return err;
	err = atcp_gauge_init(&an->mem);
	if (err)
		goto err_mem;
	err = percpu_counter_init(&an->reqs, 0, GFP_KERNEL_ACCOUNT);
	if (err)
		goto err_reqs;
	return 0;

err_reqs:
	atcp_gauge_exit(&an->mem);
err_mem:
	percpu_counter_destroy(&an->orphans);
	return err;
}

static void atcp_net_gauges_exit(struct atcp_net *an)
{
	percpu_counter_destroy(&an->reqs);
	atcp_gauge_exit(&an->mem);
	percpu_counter_destroy(&an->orphans);
}

/* @ops, with a reference unless it is built in: atcp is held by sockets, and by no namespace. */
static void atcp_net_cong_replace(struct atcp_net *an, const struct atcp_cong_ops *ops)
{
	const struct atcp_cong_ops *old;

	old = unrcu_pointer(xchg(&an->cong, RCU_INITIALIZER(ops)));
	if (!atcp_cong_is_builtin(old))
		atcp_cong_put(old);
}

static int __net_init atcp_net_ns_init(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);
	int err;

	an->net = net;
	RCU_INIT_POINTER(an->cong, atcp_cong_default());
	atcp_allow_init(&an->allow);
	atcp_log_init(&an->log, net->user_ns != &init_user_ns);
	spin_lock_init(&an->challenge_lock);
	spin_lock_init(&an->listeners_lock);
	INIT_LIST_HEAD(&an->listeners);
	xa_init_flags(&an->listener_ids, XA_FLAGS_ACCOUNT);
	atomic_set(&an->listener_gen, 1);
	mutex_init(&an->set_lock);
	INIT_LIST_HEAD(&an->guard_devs);
	atomic_set(&an->tw_count, 0);
	atcp_net_default_mem(&an->sysctl);
	atcp_net_default_queues(&an->sysctl);
	atcp_net_default_times(&an->sysctl);
	atcp_net_default_protocol(&an->sysctl);
	an->sysctl_first = an->sysctl;
	atcp_net_keys(an);
	atcp_peer_init(&an->peers);
	atcp_cookiekey_init(&an->cookiekeys);

	an->mib = alloc_percpu_gfp(struct atcp_mib, GFP_KERNEL_ACCOUNT);
	if (!an->mib)
		return -ENOMEM;
	err = atcp_net_gauges_init(an);
	if (err)
		goto err_mib;
	return 0;

err_mib:
	free_percpu(an->mib);
	return err;
}

static void __net_exit atcp_net_ns_exit(struct net *net)
{
	struct atcp_net *an = atcp_net_get(net);

	atcp_net_cong_replace(an, atcp_cong_default());
	WARN_ON_ONCE(!list_empty(&an->listeners));
	WARN_ON_ONCE(!xa_empty(&an->listener_ids));
	xa_destroy(&an->listener_ids);
	WARN_ON_ONCE(atomic_read(&an->tw_count));
	atcp_cookiekey_exit(&an->cookiekeys);
	atcp_peer_exit(&an->peers);
	atcp_net_gauges_exit(an);
	free_percpu(an->mib);
	atcp_portmap_exit(an);
}

static struct pernet_operations atcp_net_ops = {
	.init	= atcp_net_ns_init,
	.exit	= atcp_net_ns_exit,
	.id	= &atcp_net_id,
	.size	= sizeof(struct atcp_net),
};

/**
 * atcp_net_challenge_allow() - may a challenge ACK be sent now?
 * @an: namespace
 *
 * RFC 5961 section 7: so many a second. The number is random between a half and
 * one and a half of the limit, and new every second, so that no stranger can
 * use what is left as a side channel (CVE-2016-5696). Any context.
 *
 * Return: false: the limit is reached.
 */
bool atcp_net_challenge_allow(struct atcp_net *an)
{
	u32 limit = READ_ONCE(an->sysctl.challenge_ack_limit);
	unsigned long now = jiffies / HZ;
	bool ok = false;

	if (limit == INT_MAX)
		return true;

	spin_lock_bh(&an->challenge_lock);
	if (an->challenge_second != now) {
		an->challenge_second = now;
		an->challenge_left = limit ? limit / 2 +
			get_random_u32() % limit + 1 : 0;
	}
	if (an->challenge_left) {
		an->challenge_left--;
		ok = true;
	}
	spin_unlock_bh(&an->challenge_lock);
	return ok;
}

/**
 * atcp_net_cong_name() - the name of new sockets' congestion control
 * @an: namespace
 * @name: filled, ATCP_CONG_NAME_MAX bytes
 */
void atcp_net_cong_name(struct atcp_net *an, char *name)
{
	rcu_read_lock();
	memcpy(name, rcu_dereference(an->cong)->name, ATCP_CONG_NAME_MAX);
	rcu_read_unlock();
}

/**
 * atcp_net_cong_get() - new sockets' congestion control, with a reference
 * @an: namespace
 *
 * Return: the algorithm, or the module's default when the module it came from
 * is gone; for atcp_cong_put()
 */
const struct atcp_cong_ops *atcp_net_cong_get(struct atcp_net *an)
{
	const struct atcp_cong_ops *ops;

	rcu_read_lock();
	ops = rcu_dereference(an->cong);
	/* One that has just been replaced may be about to go. */
	if (!atcp_cong_try_get(ops))
		ops = NULL;
	rcu_read_unlock();
	return ops ?: atcp_cong_find_get(atcp_cong_default()->name);
}

/**
 * atcp_net_cong_may() - would atcp_net_cong_set() take that?
 * @an: namespace
 * @name: of an algorithm
 *
 * Return: what it would return now
 */
int atcp_net_cong_may(struct atcp_net *an, const char *name)
{
	const struct atcp_cong_ops *ops = atcp_cong_load_get(name);
	int err = 0;

	if (!ops)
		return -ENOENT;
	if (!net_eq(an->net, &init_net) && READ_ONCE(ops->restricted))
		err = -EPERM;
	atcp_cong_put(ops);
	return err;
}

/**
 * atcp_net_cong_set() - choose new sockets' congestion control
 * @an: namespace
 * @name: of an algorithm
 *
 * A module is asked for if need be. The first namespace's choice is everybody's to choose
 * from then on; others may not choose what is restricted (as on Linux). May sleep.
 *
 * Return: 0, -ENOENT: there is none of this name, or -EPERM
 */
int atcp_net_cong_set(struct atcp_net *an, const char *name)
{
	const struct atcp_cong_ops *ops = atcp_cong_load_get(name);

	if (!ops)
		return -ENOENT;
	if (net_eq(an->net, &init_net)) {
		atcp_cong_allow_one(ops);
	} else if (READ_ONCE(ops->restricted)) {
		atcp_cong_put(ops);
		return -EPERM;
	}
	if (atcp_cong_is_builtin(ops))
		atcp_cong_put(ops);
	atcp_net_cong_replace(an, ops);
	return 0;
}

/**
 * atcp_net_init() - give every network namespace its atcp_net, present and future
 * @ehash_entries: buckets of the connection table, by which max_syn_backlog,
 *	max_tw_buckets and max_orphans are scaled as Linux does
 *
 * Return: 0 or -ENOMEM
 */
int atcp_net_init(unsigned int ehash_entries)
{
	atcp_net_table = ehash_entries;
	return register_pernet_subsys(&atcp_net_ops);
}

/**
 * atcp_net_exit() - take it from all of them; after everything that uses it
 */
void atcp_net_exit(void)
{
	unregister_pernet_subsys(&atcp_net_ops);
}
