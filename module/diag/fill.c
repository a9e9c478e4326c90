// SPDX-License-Identifier: GPL-2.0
/*
 * A message of sock_diag about a socket, a request or a TIME-WAIT.
 *
 * The kernel's functions make the message of a socket, as of one that is no
 * inet_connection_sock, and what TCP's have is appended here. They are shown requests
 * and TIME-WAITs as a struct inet_timewait_sock on the stack: of what is no full socket
 * they read addresses, ports, device, cookie and mark, which all are in there.
 */
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <net/inet_timewait_sock.h>
#include <net/ipv6.h>
#include <net/netlink.h>
#include <net/tcp.h>
#include <net/tcp_states.h>

#include "compat/diag.h"
#include "compat/tcpinfo.h"
#include "control/conntell.h"
#include "diag/fill.h"
#include "socket/sockopt.h"
#include "state/conn/sock.h"
#include "state/listen/req.h"
#include "state/shared/twq.h"

static siphash_aligned_key_t atcp_fill_key;

void atcp_fill_init(void)
{
	get_random_bytes(&atcp_fill_key, sizeof(atcp_fill_key));
}

static bool atcp_fill_is_req(const struct atcp_mini *mini)
{
	return mini->node.kind == ATCP_KIND_REQ;
}

/*
 * What tells one object of an address pair from the next: a request has no room for a
 * cookie to be kept in. Numbers of sockets' count from 1 and do not come near.
 */
static u64 atcp_fill_cookie(struct atcp_mini *mini)
{
	struct {
		const void	*at;
		u32		seq;
		__be16		rport;
		__be16		lport;
		struct in6_addr	raddr;
	} in = { .at = mini, .rport = mini->rport, .lport = mini->lport, .raddr = mini->raddr };

	in.seq = atcp_fill_is_req(mini) ? atcp_req_of(&mini->node)->snt_isn :
					  atcp_tw_of(&mini->node)->snd_nxt;
	/* Not the one that stands for none. */
	return siphash(&in, sizeof(in), &atcp_fill_key) & ~BIT_ULL(63);
}

/* @tw is zeroed. */
static struct sock *atcp_fill_guise(struct inet_timewait_sock *tw, struct atcp_mini *mini)
{
	tw->tw_family = mini->node.family;
	tw->tw_state = TCP_TIME_WAIT;
	tw->tw_bound_dev_if = mini->ifindex;
	tw->tw_num = ntohs(mini->lport);
	tw->tw_dport = mini->rport;
	tw->tw_v6_rcv_saddr = mini->laddr;
	tw->tw_v6_daddr = mini->raddr;
	if (tw->tw_family == AF_INET) {
		tw->tw_rcv_saddr = mini->laddr.s6_addr32[3];
		tw->tw_daddr = mini->raddr.s6_addr32[3];
	}
	tw->tw_mark = atcp_fill_is_req(mini) ? atcp_req_of(&mini->node)->mark :
					       atcp_tw_of(&mini->node)->mark;
	atomic64_set(&tw->tw_cookie, atcp_fill_cookie(mini));
	return (struct sock *)tw;
}

/* As bits of a request's idiag_states. */
static u32 atcp_fill_states(const struct atcp_fill_obj *o)
{
	if (o->sk)
		return 1U << inet_sk_state_load(o->sk);
	if (atcp_fill_is_req(o->mini))
		return TCPF_SYN_RECV | TCPF_NEW_SYN_RECV;
	return 1U << READ_ONCE(o->mini->node.u1);
}

bool atcp_fill_wanted(const struct atcp_fill_obj *o, const struct netlink_callback *cb,
		      const struct inet_diag_req_v2 *req)
{
	const struct inet_diag_dump_data *data = cb->data;
	struct inet_timewait_sock tw = {};
	struct sock *sk = o->sk ?: atcp_fill_guise(&tw, o->mini);

	if (!(req->idiag_states & atcp_fill_states(o)))
		return false;
	if (req->id.idiag_sport && req->id.idiag_sport != htons(inet_sk(sk)->inet_num))
		return false;
	if (req->id.idiag_dport && req->id.idiag_dport != inet_sk(sk)->inet_dport)
		return false;
	return atcp_compat_diag_match(data, sk);
}

bool atcp_fill_cookie_is(const struct atcp_fill_obj *o, const __u32 *cookie)
{
	u64 own;

	if (o->sk)
		return !sock_diag_check_cookie(o->sk, cookie);
	if (cookie[0] == INET_DIAG_NOCOOKIE && cookie[1] == INET_DIAG_NOCOOKIE)
		return true;
	own = atcp_fill_cookie(o->mini);
	return cookie[0] == (u32)own && cookie[1] == (u32)(own >> 32);
}

size_t atcp_fill_size(void)
{
	return nlmsg_total_size(sizeof(struct inet_diag_msg)) +
	       inet_diag_msg_attrs_size() +
	       nla_total_size(sizeof(struct inet_diag_meminfo)) +
	       nla_total_size(SK_MEMINFO_VARS * sizeof(u32)) +
	       nla_total_size_64bit(sizeof(union atcp_compat_tcp_info)) +
	       nla_total_size(ATCP_CONG_NAME_MAX) +
	       nla_total_size(sizeof(union tcp_cc_info)) + 64;
}

void atcp_fill_info(struct sock *sk, struct inet_diag_msg *r, void *info)
{
	struct atcp_conntell told;

	atcp_conntell_sock(sk, &told);
	r->idiag_rqueue = told.rx;
	r->idiag_wqueue = told.tx;
	r->idiag_timer = told.timer;
	r->idiag_retrans = told.timer == ATCP_CONNTELL_RTX ? told.retries : told.probes;
	r->idiag_expires = told.timer ? jiffies_delta_to_msecs(told.when) : 0;
	if (info)
		atcp_info_fill(sk, info);
}

static int atcp_fill_cc_info(const struct atcp_sock *as, const struct atcp_cong_ops *ops,
			     struct sk_buff *skb)
{
	union tcp_cc_info info = {};
	size_t size;
	int attr;

	size = ops->info(&as->cong, as->mss_cache, &attr, &info);
	return size ? nla_put(skb, attr, size, &info) : 0;
}

/* What TCP's messages have beside those of others. */
static int atcp_fill_tcp(struct sock *sk, struct sk_buff *skb, struct inet_diag_msg *r, int ext)
{
	const struct atcp_cong_ops *ops;
	struct nlattr *attr;
	int err = 0;

	if (ext & (1 << (INET_DIAG_INFO - 1))) {
		attr = nla_reserve_64bit(skb, INET_DIAG_INFO, sizeof(union atcp_compat_tcp_info),
					 INET_DIAG_PAD);
		if (!attr)
			return -EMSGSIZE;
		atcp_fill_info(sk, r, nla_data(attr));
	}
	/* The module that it is in may go, but not before a grace period is over. */
	rcu_read_lock();
	ops = READ_ONCE(atcp_sk(sk)->cong.ops);
	if (ops && (ext & (1 << (INET_DIAG_CONG - 1))))
		err = nla_put_string(skb, INET_DIAG_CONG, ops->name);
	/* Whichever it is: the bits that ask for the others are beyond what @ext has room for. */
	if (ops && ops->info && !err && (ext & (1 << (INET_DIAG_VEGASINFO - 1))))
		err = atcp_fill_cc_info(atcp_sk(sk), ops, skb);
	rcu_read_unlock();
	return err;
}

static int atcp_fill_sock(struct sock *sk, struct sk_buff *skb, struct netlink_callback *cb,
			  const struct inet_diag_req_v2 *req, u16 flags, bool net_admin)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)skb_tail_pointer(skb);
	struct inet_diag_msg *r = nlmsg_data(nlh);
	int err;

	err = inet_sk_diag_fill(sk, NULL, skb, cb, req, flags, net_admin);
	if (err)
		return err;
	if (atcp_fill_tcp(sk, skb, r, req->idiag_ext)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

static int atcp_fill_mini(struct atcp_mini *mini, struct sk_buff *skb,
			  struct netlink_callback *cb, u16 flags, bool net_admin)
{
	struct inet_timewait_sock tw = {};
	struct inet_diag_msg *r;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			cb->nlh->nlmsg_type, sizeof(*r), flags);
	if (!nlh)
		return -EMSGSIZE;
	r = nlmsg_data(nlh);
	memset(r, 0, sizeof(*r));
	inet_diag_msg_common_fill(r, atcp_fill_guise(&tw, mini));
	if (atcp_fill_is_req(mini)) {
		r->idiag_state = TCP_SYN_RECV;
		r->idiag_timer = ATCP_CONNTELL_RTX;
		r->idiag_retrans = READ_ONCE(mini->node.u2);
	} else {
		r->idiag_state = READ_ONCE(mini->node.u1);
		r->idiag_timer = ATCP_CONNTELL_TW;
	}
	r->idiag_expires = jiffies_delta_to_msecs((s32)(READ_ONCE(mini->expires) - (u32)jiffies));
	if (net_admin && nla_put_u32(skb, INET_DIAG_MARK, tw.tw_mark)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

int atcp_fill_msg(const struct atcp_fill_obj *o, struct sk_buff *skb, struct netlink_callback *cb,
		  const struct inet_diag_req_v2 *req, u16 flags, bool net_admin)
{
	if (o->sk)
		return atcp_fill_sock(o->sk, skb, cb, req, flags, net_admin);
	return atcp_fill_mini(o->mini, skb, cb, flags, net_admin);
}
