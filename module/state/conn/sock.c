// SPDX-License-Identifier: GPL-2.0
/* The life of a struct atcp_sock: made, given a state, brought to an end. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <net/inet_common.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/xfrm.h>

#include "compat/zerocopy.h"
#include "proto/wnd.h"
#include "state/conn/ao.h"
#include "state/conn/md5.h"
#include "state/conn/metrics.h"
#include "state/conn/rcvq.h"
#include "state/conn/rtxq.h"
#include "state/conn/sndq.h"
#include "state/conn/sock.h"
#include "state/conn/sockfilter.h"
#include "state/conn/steer.h"
#include "state/conn/timer.h"
#include "state/conn/txstamp.h"
#include "state/listen/fastopen.h"
#include "state/listen/listener.h"
#include "state/listen/synsave.h"
#include "state/listen/wake.h"
#include "state/shared/hash.h"
#include "state/shared/memcg.h"
#include "state/shared/mib.h"
#include "state/shared/port.h"
#include "state/shared/trace.h"
#include "state/shared/twq.h"

/*
 * How long a tombstone answers for a connection that is gone: late duplicates
 * and what was in flight come within a few retransmissions.
 */
#define ATCP_SOCK_TOMBSTONE	(5 * HZ)

#define ATCP_SOCK_MSS_DEFAULT	536

u32 atcp_sock_ts_now(void)
{
	return (u32)div_u64(ktime_get_ns(), NSEC_PER_MSEC);
}

u64 atcp_sock_now_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/* After the last reference; of one that has listened after a grace period too (SOCK_RCU_FREE). */
static void atcp_sock_destruct(struct sock *sk)
{
	struct atcp_listener *l = atcp_sk(sk)->listener;

	if (l)
		atcp_listener_free(l);
	kfree(atcp_sk(sk)->knobs);
	atcp_md5_forget(sk);
	atcp_ao_forget(sk);
	atcp_fastopen_forget(sk);
	/* By what it was made as: IPV6_ADDRFORM leaves it what an IPv6 socket holds. */
	if (sk->sk_prot_creator->obj_size == sizeof(struct atcp6_sock))
		inet6_sock_destruct(sk);
	else
		inet_sock_destruct(sk);
}

/* What a new socket, a disconnected one and a child have in common. */
static void atcp_sock_init_conn(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	struct atcp_net *an = atcp_sock_net(sk);

	atcp_rtxq_init(&as->rtxq);
	as->ofo = RB_ROOT;
	as->ofo_last = NULL;
	as->listener_id = 0;
	memset(&as->sack_rx, 0, sizeof(as->sack_rx));

	as->snd_una = 0;
	as->snd_nxt = 0;
	as->write_seq = 0;
	as->pushed_seq = 0;
	as->snd_sml = 0;
	as->snd_wl1 = 0;
	as->snd_wnd = 0;
	as->max_window = 0;
	as->rcv_nxt = 0;
	as->copied_seq = 0;
	as->rcv_wup = 0;
	as->rcv_wnd = 0;
	as->rcv_mwnd = 0;
	as->rcv_ssthresh = 0;
	as->ts_recent = 0;
	as->ts_recent_stamp = 0;
	as->ts_lastecr = 0;
	as->last_oow_ack = (u32)jiffies - READ_ONCE(an->sysctl.invalid_ratelimit);

	as->mss_cache = ATCP_SOCK_MSS_DEFAULT;
	as->mss_clamp = ATCP_SOCK_MSS_DEFAULT;
	as->rcv_mss = ATCP_SOCK_MSS_DEFAULT;
	as->rcv_last = 0;
	as->rcv_ratio = ATCP_WND_RATIO;
	as->pmtu = 0;
	as->mtup = (struct atcp_mtuprobe) { .high = U32_MAX };

	as->packets_out = 0;
	as->retrans_out = 0;
	as->sacked_out = 0;
	as->lost_out = 0;
	as->sacks_seen = 0;
	as->high_seq = 0;
	as->high_sacked = 0;
	as->undo_marker = 0;
	as->undo_retrans = -1;
	as->retrans_stamp = 0;
	atcp_rack_init(&as->rack);
	as->prr = (struct atcp_prr) {};
	as->tlp_high_seq = 0;
	as->tlp_retrans = false;
	as->frto = false;
	as->syn_spurious = false;
	as->lost = 0;
	as->reordering = READ_ONCE(an->sysctl.reordering);
	as->reord_seen = 0;
	as->ca_state = ATCP_CA_OPEN;
	as->cwnd_limited = false;
	as->max_packets_out = 0;
	as->cwnd_usage_seq = 0;
	as->cwnd_used = 0;
	as->cwnd_stamp = (u32)jiffies;
	as->wstamp_ns = 0;
	as->cong_locked = false;
	/* Until something was delivered the path's rate is not known. */
	as->rate = (struct atcp_rate) { .app_limited = ~0U, .limited = true };
	memset(&as->chrono, 0, sizeof(as->chrono));

	atcp_rtt_init(&as->rtt, READ_ONCE(an->sysctl.rto_min_us));
	as->rto_us = ATCP_RTT_RTO_INIT_US;
	as->backoff = 0;
	as->retransmits = 0;
	as->probes_out = 0;
	as->probe_stamp = 0;
	as->pending = ATCP_TIMER_NONE;
	as->ato = 0;
	as->ack_pending = 0;
	as->quickack = 0;
	as->urg_data = 0;
	as->urg_sending = false;
	as->sacks_held = 0;
	as->sack_nxt = 0;
	as->sack_dups = 0;
	as->rcv_wscale = 0;
	as->snd_wscale = 0;
	as->wscale_ok = 0;
	as->ts_ok = 0;
	as->sack_ok = 0;
	memset(&as->ecn, 0, sizeof(as->ecn));
	as->passive = 0;
	as->fin_queued = 0;
	atcp_fastopen_init(sk);
	as->lsndtime = 0;
	as->rcv_tstamp = (u32)jiffies;
	as->lrcvtime = 0;
	memset(&as->rcvq_space, 0, sizeof(as->rcvq_space));
}

static void atcp_sock_clear_figures(struct atcp_sock *as)
{
	as->bytes_acked = 0;
	as->bytes_received = 0;
	as->bytes_sent = 0;
	as->bytes_retrans = 0;
	as->segs_in = 0;
	as->segs_out = 0;
	as->data_segs_in = 0;
	as->data_segs_out = 0;
	as->delivered = 0;
	as->delivered_ce = 0;
	as->total_retrans = 0;
	as->dsack_dups = 0;
	as->rcv_ooopack = 0;
	as->ask.rehashed = 0;
}

int atcp_sock_init(struct sock *sk)
{
	struct atcp_net *an = atcp_net_get(sock_net(sk));
	struct atcp_sock *as = atcp_sk(sk);

	as->an = an;
	if (sk->sk_socket)
		atcp_compat_zerocopy_socket(sk->sk_socket);
	as->deferred = 0;
	INIT_HLIST_NODE(&as->tb_node);
	INIT_LIST_HEAD(&as->aq_node);
	atcp_timer_init(sk);
	atcp_sock_init_conn(sk);

	as->pingpong = 0;
	as->clamp_user = false;
	as->knobs = NULL;
	as->filter_seen = NULL;
	atcp_sockfilter_own(sk);
	atcp_wake_learn(sk);
	atcp_txstamp_init(sk);
	sk->sk_state = TCP_CLOSE;
	sk->sk_destruct = atcp_sock_destruct;
	sk->sk_write_space = atcp_sndq_write_space;
	WRITE_ONCE(sk->sk_sndbuf, READ_ONCE(an->sysctl.wmem[1]));
	WRITE_ONCE(sk->sk_rcvbuf, READ_ONCE(an->sysctl.rmem[1]));

	atcp_steer_init(sk);
	sk_sockets_allocated_inc(sk);
	ATCP_AN_ALLOC(an, 1);
	/* Last: who is refused has a socket that is destroyed like others. */
	return sk->sk_kern_sock ? 0 : atcp_allow_current(&an->allow);
}

/* Last part of a socket's end in process or softirq context; memory goes after RCU. */
void atcp_sock_destroy(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	atcp_timer_stop_all(sk);
	atcp_fastopen_closed(sk);
	atcp_synsave_drop(sk);
	atcp_sndq_purge(sk);
	atcp_rcvq_purge(sk);
	if (as->tb)
		atcp_port_put(sk);
	atcp_steer_release(sk);
	sk_sockets_allocated_dec(sk);
	ATCP_AN_ALLOC(atcp_sock_net(sk), -1);
}

static void atcp_sock_unhash(struct sock *sk)
{
	if (sk->sk_state == TCP_LISTEN)
		atcp_hash_unlisten(sk);
	else
		atcp_hash_remove(atcp_sock_node(sk));
}

void atcp_sock_prove_peer(const struct sock *sk, const struct in6_addr *raddr, u32 rtt_us)
{
	struct atcp_peers *peers = &atcp_sock_net(sk)->peers;
	struct mem_cgroup *before;
	u32 now = ktime_get_seconds();

	/* Once a second is enough: all CPUs that serve clients behind one address write there. */
	if (atcp_peer_fresh(peers, raddr, rtt_us, now))
		return;
	before = atcp_memcg_begin(sk);
	atcp_peer_prove(peers, raddr, rtt_us, now);
	atcp_memcg_end(before);
}

/* What a connection that ends after its handshake says of its peer. */
static void atcp_sock_remember_peer(const struct sock *sk, int old, enum atcp_cause cause)
{
	if (old == TCP_LISTEN || old == TCP_SYN_SENT || old == TCP_SYN_RECV)
		return;
	if ((1 << old) & (TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 | TCPF_CLOSING | TCPF_LAST_ACK) &&
	    (cause == ATCP_CAUSE_ACK || cause == ATCP_CAUSE_CLOSE || cause == ATCP_CAUSE_FIN))
		atcp_metrics_end(sk);
	atcp_sock_prove_peer(sk, &sk->sk_v6_daddr, atcp_sk(sk)->rtt.srtt_us >> 3);
}

void atcp_sock_set_state(struct sock *sk, int state, enum atcp_cause cause)
{
	int old = sk->sk_state;

	if (old == state)
		return;

	if (state == TCP_ESTABLISHED)
		ATCP_SK_INC(sk, CURRESTAB);
	/* RFC 4022: tcpCurrEstab counts ESTABLISHED and CLOSE-WAIT. */
	if (old == TCP_ESTABLISHED && state != TCP_CLOSE_WAIT)
		ATCP_SK_DEC(sk, CURRESTAB);
	if (old == TCP_CLOSE_WAIT)
		ATCP_SK_DEC(sk, CURRESTAB);

	if (state == TCP_CLOSE) {
		if (old == TCP_CLOSE_WAIT || old == TCP_ESTABLISHED)
			ATCP_SK_INC(sk, ESTABRESETS);
		atcp_sock_remember_peer(sk, old, cause);
		atcp_sock_unhash(sk);
		if (atcp_sk(sk)->tb && !(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
			atcp_port_put(sk);
	}
	trace_atcp_state(sk, NULL, old, state, cause);
	/* After unhashing: nobody must find a closed socket. */
	inet_sk_set_state(sk, state);
}

/* Is there a listener of ours that late segments reach, and that refuses them? */
static bool atcp_sock_listened(const struct sock *sk)
{
	const struct atcp_listener *l;
	u32 id = atcp_sk(sk)->listener_id;
	bool there = false;

	if (!id)
		return false;
	rcu_read_lock();
	l = xa_load(&atcp_sock_net(sk)->listener_ids, id);
	/* Of the same port, as a tproxy's child is not. Its address was the child's or any. */
	if (l && inet_sk_state_load(l->sk) == TCP_LISTEN)
		there = READ_ONCE(inet_sk(l->sk)->inet_num) == inet_sk(sk)->inet_num;
	rcu_read_unlock();
	return there;
}

/*
 * Can anything of the peer's be on its way to @sk, which ends, that nobody of ours would
 * know? Not where its last word was in order: a RST, or the ACK of our FIN, that came after
 * its own.
 */
static bool atcp_sock_leaves(const struct sock *sk, enum atcp_cause cause)
{
	const struct atcp_sock *as = atcp_sk(sk);

	if (sk->sk_state == TCP_LISTEN || !atcp_hash_linked(atcp_sock_node(sk)))
		return false;
	if (cause == ATCP_CAUSE_RST || (cause == ATCP_CAUSE_ACK && sk->sk_state == TCP_LAST_ACK))
		return !RB_EMPTY_ROOT(&as->ofo);
	return !atcp_sock_listened(sk);
}

void atcp_sock_done(struct sock *sk, enum atcp_cause cause)
{
	if (sk->sk_state == TCP_SYN_SENT || sk->sk_state == TCP_SYN_RECV)
		ATCP_SK_INC(sk, ATTEMPTFAILS);
	if (unlikely(atcp_sk(sk)->fo.lsk))
		atcp_fastopen_release(sk, cause == ATCP_CAUSE_RST);

	/*
	 * Without something in its place, a late segment would reach the
	 * kernel's TCP, which would answer for a flow that never was its own.
	 */
	if (atcp_sock_leaves(sk, cause))
		atcp_twq_enter(sk, TCP_CLOSE, ATCP_SOCK_TOMBSTONE);

	atcp_sock_set_state(sk, TCP_CLOSE, cause);
	atcp_timer_stop_all(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);

	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_state_change(sk);
	else
		atcp_sock_free_orphan(sk);
}

void atcp_sock_abort(struct sock *sk, int err, enum atcp_cause cause)
{
	WRITE_ONCE(sk->sk_err, err);
	/* Paired with the read of sk_err before the state's in poll. */
	smp_wmb();
	atcp_sndq_purge(sk);
	atcp_sock_done(sk, cause);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
}

void atcp_sock_free_orphan(struct sock *sk)
{
	percpu_counter_dec(&atcp_sock_net(sk)->orphans);
	atcp_sock_free(sk);
}

void atcp_sock_free(struct sock *sk)
{
	WARN_ON(sk->sk_state != TCP_CLOSE);
	WARN_ON(!sock_flag(sk, SOCK_DEAD));

	sk->sk_prot->destroy(sk);
	sk_stream_kill_queues(sk);
	xfrm_sk_free_policy(sk);
	sock_put(sk);
}

/* Buffers as a new socket has them, but for what the user has fixed or SO_RCVLOWAT needs. */
static void atcp_sock_reset_bufs(struct sock *sk)
{
	const struct atcp_net *an = atcp_sock_net(sk);

	if (!(sk->sk_userlocks & SOCK_SNDBUF_LOCK))
		WRITE_ONCE(sk->sk_sndbuf, READ_ONCE(an->sysctl.wmem[1]));
	if (!(sk->sk_userlocks & SOCK_RCVBUF_LOCK) && READ_ONCE(sk->sk_rcvlowat) <= 1)
		WRITE_ONCE(sk->sk_rcvbuf, READ_ONCE(an->sysctl.rmem[1]));
}

void atcp_sock_reset(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	atcp_timer_stop_all(sk);
	atcp_sndq_purge(sk);
	atcp_rcvq_purge(sk);
	sk_dst_reset(sk);
	dst_release(unrcu_pointer(xchg(&sk->sk_rx_dst, NULL)));
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	WRITE_ONCE(sk->sk_err_soft, 0);
	atcp_sock_reset_bufs(sk);
	as->pingpong = 0;
	/* Like all that was agreed on, as Linux has it. */
	as->user_mss = 0;
	/* What is told of its bytes counts from their beginning; the next one's from its own. */
	atcp_txstamp_finish(sk);
	atomic_set(&sk->sk_tskey, 0);
	atcp_synsave_drop(sk);
	atcp_sock_init_conn(sk);
	atcp_sock_clear_figures(as);
	atcp_steer_restart(sk);
}

void atcp_sock_init_child(struct sock *child)
{
	struct atcp_net *an = atcp_sock_net(child);
	struct atcp_sock *as = atcp_sk(child);

	/* The copy has its listener's pointers: none of them is the child's. */
	sock_reset_flag(child, SOCK_RCU_FREE);
	as->listener = NULL;
	as->knobs = NULL;
	as->fo.lsk = NULL;
	as->ask.saved_syn = NULL;
	as->ask.repair = false;
	RCU_INIT_POINTER(as->ask.md5, NULL);
	RCU_INIT_POINTER(child->sk_rx_dst, NULL);
	RCU_INIT_POINTER(as->ask.ao, NULL);
	RCU_INIT_POINTER(as->fo.secret, NULL);
	as->deferred = 0;
	as->tb = NULL;
	as->hold = NULL;
	INIT_HLIST_NODE(&as->tb_node);
	INIT_LIST_HEAD(&as->aq_node);
	skb_queue_head_init(&child->sk_receive_queue);
	skb_queue_head_init(&child->sk_write_queue);
	atcp_timer_init(child);
	atcp_sock_init_conn(child);
	atcp_sock_clear_figures(as);
	as->cong.ops = NULL;

	/* sk_clone has counted it in sockets_allocated. */
	ATCP_AN_ALLOC(an, 1);
}

/* A namespace may have four times what is left: alone four fifths, as one of two four ninths. */
#define ATCP_SOCK_MEM_SHARE	4

bool atcp_sock_mem_over(const struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	long all, most;

	if (atcp_net_mem_over(an, READ_ONCE(an->sysctl.mem[2])))
		return true;
	all = sk_memory_allocated(sk);
	most = sk_prot_mem_limits(sk, 2);
	if (likely(all < most / 2))
		return false;
	return atcp_gauge_read(&an->mem) >> PAGE_SHIFT >=
	       ATCP_SOCK_MEM_SHARE * max(most - all, 0L);
}

bool atcp_sock_orphan_excess(struct sock *sk)
{
	struct atcp_net *an = atcp_sock_net(sk);
	int shift = 0;
	s64 orphans;

	/* One that costs more counts more: Linux's tcp_out_of_resources(). */
	if (sk->sk_wmem_queued > SOCK_MIN_SNDBUF &&
	    atcp_sock_mem_over(sk))
		goto excess;
	if ((s32)((u32)jiffies - atcp_sk(sk)->lsndtime) > 2 * ATCP_TW_LEN)
		shift++;
	orphans = percpu_counter_read_positive(&an->orphans);
	if (orphans << shift <= READ_ONCE(an->sysctl.max_orphans))
		return false;
	ATCP_SK_BAD(sk, ORPHANLIMIT);
	atcp_log_info(an, EVENT, "too many orphaned sockets\n");
excess:
	return true;
}

void atcp_sock_soft_error(struct sock *sk, int err)
{
	WRITE_ONCE(sk->sk_err_soft, err);
}
