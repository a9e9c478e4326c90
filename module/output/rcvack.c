// SPDX-License-Identifier: GPL-2.0
/*
 * When what was received is acknowledged (RFC 9293 3.8.6.3, RFC 5681 4.2).
 *
 * At once: while quick ACKs last, which there are at the start and after a pause, until the
 * reader lags behind; when more than a full segment is owed for, and the window can go on; for
 * what the peer must hear of. Else after a time that follows the rhythm of the segments. A
 * connection on which answers follow data at once is interactive: there the ACK waits for the
 * answer, beyond the quick ACKs.
 *
 * Two things are ours. A program that has read all and sleeps for more will not answer: the ACK
 * goes. One that has read all, and neither answers nor sleeps in recv(2), for it waits
 * otherwise, is given a tick. So a peer that holds the rest of a request back until its
 * beginning is acknowledged (Nagle) never waits for the delayed ACK.
 *
 * The quick ACK of a connection's first text waits likewise, if that is one small segment
 * which ends a write, and somebody waits for it, or for the connection: a request, and soon an
 * answer. Who took the connection before, or wrote to this one, within the last tick is as good
 * as who waits: it has not come to that yet. The ACK goes when the one who was woken sleeps again,
 * or after a tick.
 *
 * So does the ACK of a FIN, if somebody waits: who reads the end most often closes, and the FIN of
 * ours carries it. It ends what an answer could be waited for with, so where nobody waits it
 * is acknowledged at once.
 *
 * While there is a hole each segment deserves an ACK. After three of them, which start the
 * peer's recovery, those that only tell of one more segment are left out for part of a round
 * trip, and one goes for them all.
 */
#include "output/rcvack.h"

#include <net/dst.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "output/output.h"
#include "output/window.h"
#include "proto/sack.h"
#include "state/conn/rcvq.h"
#include "state/conn/timer.h"
#include "state/shared/mib.h"

/* Duplicate ACKs that go out before any is left out: what fast retransmit needs. */
#define ATCP_RCVACK_DUPS	3

/* A program that has read all has at least this long for its answer: a whole tick, jiffies. */
#define ATCP_RCVACK_TICK	2

void atcp_rcvack_incr(struct atcp_sock *as, unsigned int max)
{
	unsigned int n = as->rcv_wnd / (2 * max_t(u32, as->rcv_mss, 1));

	n = min(n ?: 2, max);
	as->quickack = max_t(u8, as->quickack, n);
}

void atcp_rcvack_quick(struct atcp_sock *as, unsigned int max)
{
	atcp_rcvack_incr(as, max);
	as->pingpong = 0;
	as->ato = TCP_ATO_MIN;
}

/* The administrator wants no ACK to wait. */
static bool atcp_rcvack_by_route(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);

	return dst && dst_metric(dst, RTAX_QUICKACK);
}

/*
 * Has the program written within the last tick? It may come to read the answer just now. What went
 * with the SYN was written when that was sent, and not when it was acknowledged.
 */
static bool atcp_rcvack_written(const struct atcp_sock *as)
{
	return as->data_segs_out && !as->fo.data && (u32)jiffies - as->lsndtime <= 1;
}

/*
 * Is there an answer to come that the ACK of the first text can go with? Who waits for it reads it
 * now; who waited for the connection accepts it first.
 */
static bool atcp_rcvack_awaited(struct sock *sk)
{
	const u8 ends = ATCP_ACK_PUSHED | ATCP_ACK_PUSHED2;
	const struct atcp_sock *as = atcp_sk(sk);
	bool waits;

	if (as->data_segs_in != 1 || (as->ack_pending & ends) != ATCP_ACK_PUSHED ||
	    as->rcv_nxt - as->rcv_wup > as->rcv_mss || sock_flag(sk, SOCK_DEAD))
		return false;
	rcu_read_lock();
	waits = sk->sk_socket ? atcp_rcvack_written(as) ||
				skwq_has_sleeper(rcu_dereference(sk->sk_wq)) : as->awaited;
	rcu_read_unlock();
	return waits;
}

/* Is the ACK due now? */
static bool atcp_rcvack_due(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	/* A range that came twice is reported by the ACK of its segment (RFC 2883 4). */
	if ((as->ack_pending & ATCP_ACK_NOW) || as->sack_rx.has_dsack || atcp_rcvack_by_route(sk))
		return true;
	/*
	 * More than a full segment. If the window stays behind the reader's ACK will move it, and
	 * where the buffer is half full that ends the quick ACKs as well.
	 */
	if (as->rcv_nxt - as->rcv_wup > as->rcv_mss &&
	    (atcp_rcvq_readable(sk) < READ_ONCE(sk->sk_rcvlowat) ||
	     atcp_window_want(sk) >= as->rcv_wnd))
		return true;
	if (!as->quickack || as->pingpong)
		return false;
	if (!atcp_rcvack_awaited(sk))
		return true;
	as->ack_pending |= ATCP_ACK_HELD;
	return false;
}

/* An ACK that tells of nothing but one more segment beyond a hole: can it be left out? */
static bool atcp_rcvack_hold(struct sock *sk)
{
	const struct atcp_net *an = atcp_sock_net(sk);
	struct atcp_sock *as = atcp_sk(sk);
	u64 delay;

	if (!as->sack_ok || as->sacks_held >= READ_ONCE(an->sysctl.comp_sack_nr))
		return false;
	if (as->sack_nxt != as->rcv_nxt) {
		as->sack_nxt = as->rcv_nxt;
		as->sack_dups = 0;
	}
	if (as->sack_dups < ATCP_RCVACK_DUPS) {
		as->sack_dups++;
		return false;
	}
	as->sacks_held++;
	delay = atcp_sack_delay_ns(as->rcvq_space.rtt_us >> 3, as->rtt.srtt_us >> 3,
				   READ_ONCE(an->sysctl.comp_sack_rtt_percent),
				   READ_ONCE(an->sysctl.comp_sack_delay_ns));
	atcp_timer_arm_sack(sk, delay, READ_ONCE(an->sysctl.comp_sack_slack_ns));
	return true;
}

/* RFC 9293 3.8.6.3: less than 0.5 s, always; and less than the peer's RTO, if it is like ours. */
static unsigned long atcp_rcvack_most(const struct atcp_sock *as)
{
	unsigned long rto_min = usecs_to_jiffies(as->rtt.rto_min_us);

	return min_t(unsigned long, TCP_DELACK_MAX, max(rto_min, 2UL) - 1);
}

static void atcp_rcvack_later(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	unsigned long ato = as->ato ?: TCP_ATO_MIN, most = HZ / 2;

	if (as->ack_pending & ATCP_ACK_HELD) {
		as->ack_pending |= ATCP_ACK_TICK;
		atcp_timer_arm_delack(sk, ATCP_RCVACK_TICK);
		return;
	}
	if (ato > TCP_DELACK_MIN) {
		if (as->pingpong || (as->ack_pending & ATCP_ACK_PUSHED))
			most = TCP_DELACK_MAX;
		if (as->rtt.srtt_us)
			most = min_t(unsigned long, most,
				     max_t(unsigned long, TCP_DELACK_MIN,
					   usecs_to_jiffies(as->rtt.srtt_us >> 3)));
		ato = min(ato, most);
	}
	ato = min(ato, atcp_rcvack_most(as));
	/* The timer is about to fire: it would send this one without its segment's sequel. */
	if ((as->ack_pending & (ATCP_ACK_TIMER | ATCP_ACK_TICK)) == ATCP_ACK_TIMER &&
	    time_before_eq(as->delack_expires, jiffies + (ato >> 2))) {
		atcp_output_ack(sk);
		return;
	}
	atcp_timer_arm_delack(sk, ato);
}

void atcp_rcvack_check(struct sock *sk)
{
	if (!(atcp_sk(sk)->ack_pending & ATCP_ACK_SCHED))
		return;
	if (atcp_rcvack_due(sk))
		atcp_output_ack(sk);
	else if (RB_EMPTY_ROOT(&atcp_sk(sk)->ofo))
		atcp_rcvack_later(sk);
	else if (!atcp_rcvack_hold(sk))
		atcp_output_ack(sk);
}

void atcp_rcvack_fin(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);
	bool waits;

	as->ack_pending |= ATCP_ACK_SCHED;
	rcu_read_lock();
	waits = sk->sk_state == TCP_ESTABLISHED && sk->sk_socket && RB_EMPTY_ROOT(&as->ofo) &&
		skwq_has_sleeper(rcu_dereference(sk->sk_wq));
	rcu_read_unlock();
	as->ack_pending |= waits ? ATCP_ACK_HELD : ATCP_ACK_NOW;
}

static bool atcp_rcvack_open(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 |
				      TCPF_CLOSE_WAIT);
}

/* An ACK is owed for the end of a write, and all was read. */
static bool atcp_rcvack_all_read(const struct sock *sk)
{
	const u8 owed = ATCP_ACK_SCHED | ATCP_ACK_PUSHED;

	return (atcp_sk(sk)->ack_pending & owed) == owed && !atomic_read(&sk->sk_rmem_alloc);
}

void atcp_rcvack_read(struct sock *sk, int copied)
{
	struct atcp_sock *as = atcp_sk(sk);
	u32 left, wnd;

	if (!atcp_rcvack_open(sk))
		return;
	if (as->ack_pending & ATCP_ACK_SCHED) {
		if (as->rcv_nxt - as->rcv_wup > as->rcv_mss ||
		    (copied > 0 && atcp_rcvack_all_read(sk) && !(as->ack_pending & ATCP_ACK_HELD) &&
		     (!as->pingpong || (as->ack_pending & ATCP_ACK_PUSHED2)))) {
			atcp_output_ack(sk);
			return;
		}
		if (copied > 0 && as->pingpong == ATCP_PINGPONG_ON && atcp_rcvack_all_read(sk)) {
			as->ack_pending |= ATCP_ACK_TICK;
			atcp_timer_arm_delack(sk, ATCP_RCVACK_TICK);
		}
	}
	if (copied <= 0 || (sk->sk_shutdown & RCV_SHUTDOWN))
		return;
	/* RFC 9293 3.8.6.2.2: tell of a window that has at least doubled. */
	left = atcp_sock_rcv_window(as);
	if (2 * left > as->window_clamp)
		return;
	wnd = atcp_window_want(sk);
	if (wnd && wnd >= 2 * left)
		atcp_output_ack(sk);
}

void atcp_rcvack_flush(struct sock *sk)
{
	atcp_sk(sk)->ack_pending |= ATCP_ACK_PUSHED;
	atcp_rcvack_read(sk, 1);
}

void atcp_rcvack_sleep(struct sock *sk)
{
	if (atcp_rcvack_open(sk) && atcp_sk(sk)->pingpong != ATCP_PINGPONG_USER &&
	    atcp_rcvack_all_read(sk))
		atcp_output_ack(sk);
}

void atcp_rcvack_sent(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (unlikely(as->sacks_held)) {
		ATCP_SK_ADD(sk, TCPACKCOMPRESSED, as->sacks_held);
		atcp_timer_stop_sack(sk);
	}
	if (!as->quickack || !(as->ack_pending & ATCP_ACK_SCHED))
		return;
	if (!--as->quickack)
		as->ato = TCP_ATO_MIN;
}

void atcp_rcvack_sack_timeout(struct sock *sk)
{
	/* One goes: the others were left out. */
	atcp_sk(sk)->sacks_held--;
	atcp_output_ack(sk);
}

void atcp_rcvack_timeout(struct sock *sk)
{
	struct atcp_sock *as = atcp_sk(sk);

	if (!(as->ack_pending & ATCP_ACK_SCHED))
		return;
	if (as->ack_pending & ATCP_ACK_TICK) {
		/* It says nothing of the peer. */
	} else if (!as->pingpong) {
		/* The sender waited for this one: be slower to wait next time. */
		as->ato = min_t(u32, as->ato << 1, usecs_to_jiffies(as->rto_us));
	} else {
		as->pingpong = 0;
		as->ato = TCP_ATO_MIN;
	}
	atcp_output_ack(sk);
	ATCP_SK_INC(sk, DELAYEDACKS);
}
