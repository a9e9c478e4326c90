// SPDX-License-Identifier: GPL-2.0
/*
 * SYN floods in the kernel log.
 *
 * A flood begins for a listener when a SYN finds its SYN queue full, and is over
 * when the queue is empty, or at most half full and no SYN found it full for some
 * seconds. There is no timer for that: the SYNs that follow and the requests that
 * expire look, and the last request of a flood does expire.
 */
#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/printk.h>
#include <net/sock.h>

#include "input/flood.h"
#include "state/listener.h"

/* Quiet for so long: over. Not announced again sooner after an announcement. */
#define ATCP_FLOOD_QUIET	(5 * HZ)
#define ATCP_FLOOD_AGAIN	(10 * HZ)

static void atcp_flood_say_begin(const struct sock *sk, const char *action)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		net_info_ratelimited("atcp: Possible SYN flooding on port [%pI6c]:%u. %s.\n",
				     &sk->sk_v6_rcv_saddr, sk->sk_num, action);
		return;
	}
#endif
	net_info_ratelimited("atcp: Possible SYN flooding on port %pI4:%u. %s.\n",
			     &sk->sk_rcv_saddr, sk->sk_num, action);
}

static void atcp_flood_say_end(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		net_info_ratelimited("atcp: SYN flood on port [%pI6c]:%u is over.\n",
				     &sk->sk_v6_rcv_saddr, sk->sk_num);
		return;
	}
#endif
	net_info_ratelimited("atcp: SYN flood on port %pI4:%u is over.\n",
			     &sk->sk_rcv_saddr, sk->sk_num);
}

void atcp_flood_met(struct atcp_listener *l, bool cookie)
{
	if (READ_ONCE(l->flood) ||
	    time_in_range(jiffies, READ_ONCE(l->flood_said),
			  READ_ONCE(l->flood_said) + ATCP_FLOOD_AGAIN))
		return;
	/* One CPU says it. */
	if (xchg(&l->flood, true))
		return;
	WRITE_ONCE(l->flood_said, jiffies);
	atcp_flood_say_begin(l->sk, cookie ? "Sending cookies" :
					     "Dropping request");
}

void atcp_flood_check(struct atcp_listener *l)
{
	unsigned long at;
	int qlen;

	if (likely(!READ_ONCE(l->flood)))
		return;
	at = READ_ONCE(l->synq.overflow_at);
	qlen = atomic_read(&l->synq.qlen);
	if (qlen && (time_in_range(jiffies, at, at + ATCP_FLOOD_QUIET) ||
		     qlen > atcp_listener_syn_backlog(l) / 2))
		return;
	if (xchg(&l->flood, false))
		atcp_flood_say_end(l->sk);
}
