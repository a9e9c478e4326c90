// SPDX-License-Identifier: GPL-2.0
/* What /proc and sock_diag both say of a socket: its queues and its timer. */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "control/conntell.h"
#include "state/conn/sock.h"
#include "state/conn/timer.h"

static void atcp_conntell_timer(const struct sock *sk, struct atcp_conntell *t)
{
	const struct atcp_sock *as = atcp_sk(sk);
	u8 pending = READ_ONCE(as->pending);

	if (pending != ATCP_TIMER_NONE) {
		t->timer = pending == ATCP_TIMER_PROBE ? ATCP_CONNTELL_PROBE : ATCP_CONNTELL_RTX;
		t->when = READ_ONCE(as->rtx_expires) - jiffies;
	} else if (timer_pending(&sk->sk_timer)) {
		t->timer = ATCP_CONNTELL_KEEP;
		t->when = READ_ONCE(sk->sk_timer.expires) - jiffies;
	}
}

void atcp_conntell_sock(const struct sock *sk, struct atcp_conntell *t)
{
	const struct atcp_sock *as = atcp_sk(sk);

	*t = (struct atcp_conntell) {};
	if (inet_sk_state_load(sk) == TCP_LISTEN) {
		t->tx = READ_ONCE(sk->sk_max_ack_backlog);
		t->rx = READ_ONCE(sk->sk_ack_backlog);
		return;
	}
	t->tx = READ_ONCE(as->write_seq) - READ_ONCE(as->snd_una);
	t->rx = max_t(s32, READ_ONCE(as->rcv_nxt) - READ_ONCE(as->copied_seq), 0);
	t->retries = READ_ONCE(as->retransmits);
	t->probes = READ_ONCE(as->probes_out);
	atcp_conntell_timer(sk, t);
}
EXPORT_SYMBOL_GPL(atcp_conntell_sock);
